//! What Citus accepts: the one `const` table of rules, by id. Knows no plan.
//!
//! The messages and behaviour were measured on Citus 13.2.2 with PostgreSQL 15.20.

use crate::finding::Severity;

/// A rule: what is so, for every finding that carries its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Rule {
    /// Its stable id, in kebab case.
    pub id: &'static str,
    /// How much a finding of it weighs.
    pub severity: Severity,
    /// What it says, in one sentence.
    pub summary: &'static str,
    /// What Citus prints, where it refuses.
    pub message: Option<&'static str>,
    /// What to do.
    pub advice: &'static str,
}

/// Every rule, by id.
pub const RULES: &[Rule] = &[];

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}
