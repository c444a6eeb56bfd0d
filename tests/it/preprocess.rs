//! Tests of preprocess.
