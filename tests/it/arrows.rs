//! Tests of arrows.
