//! A plan comes in, what a person reads of it first goes out.

mod difficulty;
mod text;

use shardplan::{Placement, Plan, Severity};

use crate::arguments::Format;

/// The plan in one of its forms. The runbook is the Markdown one.
pub(crate) fn of(plan: &Plan, format: Format) -> String {
    match format {
        Format::Text => text::of(plan),
        Format::Json => plan.to_json(),
        Format::Markdown => {
            let scripts = shardplan_sql::render(plan);
            let runbook = scripts.first().map_or("", |script| script.text.as_str());
            format!("**{}**\n\n{runbook}", difficulty::line(plan))
        }
    }
}

/// The plan in one line.
pub(crate) fn in_short(plan: &Plan) -> String {
    difficulty::line(plan)
}

/// How many tables are of which class.
#[derive(Debug, Default, PartialEq, Eq)]
struct Classes {
    ready: usize,
    backfill: usize,
    reference: usize,
    local: usize,
}

impl Classes {
    fn of(plan: &Plan) -> Self {
        let mut classes = Self::default();
        for table in &plan.tables {
            *match table.placement {
                Placement::Distributed { backfill: None, .. } => &mut classes.ready,
                Placement::Distributed { backfill: Some(_), .. } => &mut classes.backfill,
                Placement::Reference => &mut classes.reference,
                Placement::Local => &mut classes.local,
            } += 1;
        }
        classes
    }
}

fn found(plan: &Plan, severity: Severity) -> usize {
    plan.findings.iter().filter(|finding| finding.severity == severity).count()
}

/// `1 table`, `2 tables`.
fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
