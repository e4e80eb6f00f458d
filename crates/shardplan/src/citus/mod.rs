//! What Citus accepts: the rules that the planner's findings carry, and the versions and services that they hold for. Knows no plan.

mod profile;
mod rules;

pub use profile::{Evidence, Profile};
pub(crate) use rules::{rule, rules};
