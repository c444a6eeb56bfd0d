//! Tests of panels.
