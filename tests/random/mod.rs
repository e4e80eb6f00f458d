//! Random catalogs with plans for them, for more than one binary of tests; and rows for those that are run.

#![allow(dead_code, reason = "each binary uses its part")]

pub(crate) mod catalogs;
pub(crate) mod ddl;
mod names;
pub(crate) mod open;
pub(crate) mod rows;
