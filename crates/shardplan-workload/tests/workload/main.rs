//! Statements in, verdicts out: the cases of the table of rules, functions, files and logs, and what no text may do to the parser.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod audit;
mod cases;
mod citus;
mod document;
mod mutated;
mod read;
