//! What the user bears: the cost of a plan and the rules come in, whether it is within the limits, and findings where it is not,
//! go out. Knows no other plan.

use std::time::Duration;

use super::cost::{Cost, Estimate, Figures};
use super::simulate;
use crate::classify::{Limit, Rules};
use crate::finding::Finding;
use crate::name::TableName;

/// How an amount of time stands to its limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fit {
    Within,
    /// Something that goes into it is unknown.
    Unknown,
    /// Too long by so much at least.
    Beyond(Duration),
}

impl Fit {
    fn of(time: Estimate<Duration>, limit: Option<Limit>) -> Self {
        let Some(limit) = limit.map(Limit::get) else { return Self::Within };
        match time.known().checked_sub(limit).filter(|over| !over.is_zero()) {
            Some(over) => Self::Beyond(over),
            None if time.is_known() => Self::Within,
            None => Self::Unknown,
        }
    }
}

/// How a plan stands to the limit on waiting writes, and to that on foreign keys.
pub(super) fn fits(figures: &Figures, rules: &Rules) -> (Fit, Fit) {
    (
        Fit::of(figures.longest_write_wait, rules.max_write_block),
        Fit::of(figures.longest_unenforced, rules.max_unenforced),
    )
}

/// A finding for each limit that the plan breaks, or of which nobody knows whether it does.
pub(super) fn findings(cost: &Cost, rules: &Rules, root: &TableName) -> Vec<Finding> {
    let (write_block, unenforced) = fits(&cost.figures, rules);
    let mut findings = Vec::new();
    if let (Some(limit), Some(wait)) =
        (rules.max_write_block, cost.write_waits.iter().max_by_key(|wait| wait.longest.known()))
    {
        let what = format!("a write to `{}` may wait {}", wait.table, wait.longest);
        findings.extend(finding("write-block-limit", write_block, limit, &wait.table, what));
    }
    if let (Some(limit), Some(key)) = (rules.max_unenforced, cost.unenforced.iter().max_by_key(|key| key.time.known()))
    {
        let what = format!("foreign key `{}` of `{}` is not enforced for {}", key.foreign_key, key.table, key.time);
        let found = finding("unenforced-limit", unenforced, limit, &key.table, what);
        findings.extend(found.map(|found| Finding { object: Some(key.foreign_key.clone()), ..found }));
    }
    let unknown = [(write_block, "max_write_block"), (unenforced, "max_unenforced")];
    for (_, name) in unknown.into_iter().filter(|(fit, _)| *fit == Fit::Unknown) {
        let message =
            format!("nobody knows whether the plan is within `{name}`: it depends on a table of unknown size");
        findings.push(simulate::finding("limit-unknown", root, message));
    }
    findings
}

fn finding(rule: &str, fit: Fit, limit: Limit, table: &TableName, what: String) -> Option<Finding> {
    let Fit::Beyond(over) = fit else { return None };
    let over = Estimate::About(over);
    Some(simulate::finding(rule, table, format!("{what}: {over} more than the limit of {limit}")))
}
