//! A plan comes in, what a person reads of it first goes out.

mod text;

use shardplan::Plan;

use crate::arguments::Format;

/// The plan in one of its forms. The runbook is the Markdown one.
pub(crate) fn of(plan: &Plan, format: Format) -> String {
    match format {
        Format::Text => text::of(plan),
        Format::Json => plan.to_json(),
        Format::Markdown => {
            let scripts = shardplan_sql::render(plan);
            let runbook = scripts.first().map_or("", |script| script.text.as_str());
            format!("**{}**\n\n{runbook}", shardplan_report::in_short(plan))
        }
    }
}
