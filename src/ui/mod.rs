//! Draws State, yields Actions: shell, theme, widgets, panels (the PANELS table).
