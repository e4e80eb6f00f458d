//! Tests of the graph: examples in [`examples`], properties in [`properties`].

mod examples;
mod properties;
