//! Findings about statements come in, what fits on a terminal goes out.

use std::fmt::Write;

use shardplan_report::words::counted;
use shardplan_workload::{Judged, TableChanges};

use super::Found;
use super::said::{self, LISTED};
use crate::output::{QUIET, TITLE};
use crate::sheet::{columns, title};

/// The summary.
pub(super) fn of(found: &Found) -> String {
    let mut text = format!("{TITLE}{}{TITLE:#}\n\n", said::in_short(found));
    text.push_str(&columns(&said::shares(&found.audit)));
    if found.audit.elsewhere.statements > 0 {
        let others = counted(found.audit.elsewhere.statements, "statement");
        let _ = writeln!(text, "  {QUIET}{others} that name no table of the plan are left out{QUIET:#}");
    }
    if let Some(left_out) = said::left_out(found) {
        let _ = writeln!(text, "  {left_out}");
    }
    if !found.audit.tables.is_empty() {
        text.push_str(&title("What the application must change"));
        found.audit.tables.iter().for_each(|changes| of_table(&mut text, found, changes));
    }
    unknown(&mut text, &said::unknown(&found.audit));
    meanwhile(&mut text, found);
    let strategies = said::by_strategy(found);
    if !strategies.is_empty() {
        text.push_str(&title("Refused for a while, and the longest for, by strategy"));
        text.push_str(&columns(&strategies));
    }
    text
}

fn of_table(text: &mut String, found: &Found, changes: &TableChanges) {
    let _ = writeln!(text, "\n  {TITLE}{}{TITLE:#}", changes.table);
    let statement = |at: usize| found.audit.statements.get(at);
    for judged in changes.statements.iter().take(LISTED).filter_map(|at| statement(*at)) {
        let place = said::place(judged);
        let _ = writeln!(text, "  {} of calls: {place}{}", said::share_of(found, judged), said::head(&judged.text));
        reasons(text, judged);
    }
    more(text, changes.statements.len());
    for place in &changes.functions {
        let Some(judged) = statement(place.statement) else { continue };
        let _ = writeln!(text, "  function {}, line {}: {}", place.name, place.line, said::head(&judged.text));
        reasons(text, judged);
    }
    for judged in changes.views.iter().filter_map(|place| statement(place.statement)) {
        let _ = writeln!(text, "  {}: {}", judged.source, said::head(&judged.text));
        reasons(text, judged);
    }
}

fn reasons(text: &mut String, judged: &Judged) {
    let _ = writeln!(text, "      {}", said::why(judged));
    let _ = said::advice(judged).map(|advice| writeln!(text, "      {QUIET}{advice}{QUIET:#}"));
    let _ = said::instead(judged).map(|sql| writeln!(text, "      instead: {sql}"));
}

fn more(text: &mut String, all: usize) {
    if all > LISTED {
        let _ = writeln!(text, "  {QUIET}and {} more; --format json has them all{QUIET:#}", all - LISTED);
    }
}

fn unknown(text: &mut String, list: &[&Judged]) {
    if list.is_empty() {
        return;
    }
    text.push_str(&title("Unknown: look at these yourself"));
    for judged in list.iter().take(LISTED) {
        let _ = writeln!(text, "  {}{}", said::place(judged), said::head(&judged.text));
        let _ = writeln!(text, "      {}", said::why(judged));
    }
    more(text, list.len());
}

fn meanwhile(text: &mut String, found: &Found) {
    let rows = said::meanwhile(found);
    if found.workload.is_empty() {
        return;
    }
    if found.blocked {
        text.push_str(&title(said::NOT_KNOWN));
        return;
    }
    if rows.is_empty() {
        text.push_str(&title(format_args!(
            "While the plan runs (strategy {}), no other statement is refused",
            found.strategy
        )));
        return;
    }
    text.push_str(&title(format_args!("Refused only while the plan runs (strategy {})", found.strategy)));
    text.push_str(&columns(&rows));
    more(text, found.meanwhile.len());
}
