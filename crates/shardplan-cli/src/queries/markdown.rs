//! Findings about statements come in, a page for a wiki or a pull request goes out.

use std::fmt::Write;

use shardplan_workload::{Judged, TableChanges};

use super::Found;
use super::said::{self, LISTED};

/// The page.
pub(super) fn of(found: &Found) -> String {
    let mut text =
        format!("**{}**\n\n| verdict | statements | calls | time |\n|---|---|---|---|\n", said::in_short(found));
    for row in said::shares(&found.audit) {
        let _ = writeln!(text, "| {} |", row.join(" | "));
    }
    if let Some(left_out) = said::left_out(found) {
        let _ = writeln!(text, "\n{left_out}.");
    }
    if !found.audit.tables.is_empty() {
        text.push_str("\n## What the application must change\n");
        found.audit.tables.iter().for_each(|changes| of_table(&mut text, found, changes));
    }
    let unknown = said::unknown(&found.audit);
    if !unknown.is_empty() {
        text.push_str("\n## Unknown: look at these yourself\n\n");
        unknown.iter().take(LISTED).for_each(|judged| item(&mut text, &said::place(judged), judged));
    }
    if found.blocked && !found.workload.is_empty() {
        let _ = writeln!(text, "\n{}.", said::NOT_KNOWN);
    }
    let meanwhile = said::meanwhile(found);
    if !meanwhile.is_empty() {
        let _ = writeln!(text, "\n## Refused only while the plan runs (strategy {})\n", found.strategy);
        text.push_str("| for | rule | statement |\n|---|---|---|\n");
        for [time, rule, statement] in meanwhile {
            let _ = writeln!(text, "| {time} | `{rule}` | {} |", code(&statement));
        }
        if found.meanwhile.len() > LISTED {
            let _ = writeln!(text, "\nAnd {} more; `--format json` has them all.", found.meanwhile.len() - LISTED);
        }
    }
    let strategies = said::by_strategy(found);
    if !strategies.is_empty() {
        text.push_str(
            "\n## By strategy\n\n| strategy | refused while its plan runs | the longest for |\n|---|---|---|\n",
        );
        for row in strategies {
            let _ = writeln!(text, "| {} |", row.join(" | "));
        }
    }
    text
}

fn of_table(text: &mut String, found: &Found, changes: &TableChanges) {
    let _ = writeln!(text, "\n### {}\n", code(&changes.table.to_string()));
    let statement = |at: usize| found.audit.statements.get(at);
    for judged in changes.statements.iter().take(LISTED).filter_map(|at| statement(*at)) {
        let place = format!("{} of calls: {}", said::share_of(found, judged), said::place(judged));
        item(text, &place, judged);
    }
    for place in &changes.functions {
        let Some(judged) = statement(place.statement) else { continue };
        item(text, &format!("function {}, line {}: ", code(&place.name.to_string()), place.line), judged);
    }
    for judged in changes.views.iter().filter_map(|place| statement(place.statement)) {
        item(text, &said::place(judged), judged);
    }
}

fn item(text: &mut String, place: &str, judged: &Judged) {
    let _ = writeln!(text, "- {place}{}\n  {}", code(&said::head(&judged.text)), said::why(judged));
    let _ = said::instead(judged).map(|sql| writeln!(text, "  Instead: {}", code(&sql)));
}

/// Text between backticks, with as many as it takes; a bar would end a cell of a table.
fn code(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let ticks = "`".repeat(longest + 1);
    let blank = if longest > 0 { " " } else { "" };
    format!("{ticks}{blank}{}{blank}{ticks}", text.replace('|', "\\|"))
}
