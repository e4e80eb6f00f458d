//! Tests of the classification, by stage.
