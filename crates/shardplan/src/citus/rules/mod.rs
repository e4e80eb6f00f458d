//! The table of rules, by theme: an id comes in, its rule goes out. Knows no plan and no catalog.
//!
//! What Citus prints is what Citus 13.2.2 with PostgreSQL 15.20 printed when it was measured; `…` stands for what differs from
//! case to case. Where a rule does not hold for every profile, the entry says so with `since`, `until` or `weighs_until`, from the
//! changelog of Citus.

mod columns;
mod concurrent;
mod foreign_keys;
mod keys;
mod planning;
mod server;
mod tables;

use crate::finding::FindingRule;

/// Each sorted by id.
const THEMES: [&[FindingRule]; 7] = [
    columns::RULES,
    concurrent::RULES,
    foreign_keys::RULES,
    keys::RULES,
    planning::RULES,
    server::RULES,
    tables::RULES,
];

/// Every rule of the planner, by theme and id.
pub(crate) fn rules() -> impl Iterator<Item = &'static FindingRule> {
    THEMES.into_iter().flatten()
}

/// The planner's rule of that id.
pub(crate) fn rule(id: &str) -> Option<&'static FindingRule> {
    THEMES.iter().find_map(|theme| theme.binary_search_by(|rule| rule.id.cmp(id)).ok().map(|at| &theme[at]))
}

#[cfg(test)]
mod tests {
    use super::{THEMES, rule, rules};

    #[test]
    fn every_rule_is_found_by_its_id() {
        assert!(THEMES.iter().all(|theme| theme.is_sorted_by(|one, other| one.id < other.id)));
        for one in rules() {
            assert_eq!(rule(one.id), Some(one));
        }
        assert_eq!(rule("no-such-rule"), None);
    }
}
