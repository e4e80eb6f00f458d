//! Findings about statements come in, a section of the report goes out.

use shardplan_report::{Part, Section};
use shardplan_workload::{Judged, TableChanges};

use super::Found;
use super::said::{self, LISTED};

/// The section.
pub(super) fn of(found: &Found) -> Section {
    let mut parts = vec![Part::Text(format!("{}.", said::in_short(found)))];
    parts.push(table(["verdict", "statements", "calls", "time"], said::shares(&found.audit)));
    parts.extend(said::left_out(found).map(|left_out| Part::Text(format!("{left_out}."))));
    parts.extend(found.audit.tables.iter().flat_map(|changes| of_table(found, changes)));
    let unknown = said::unknown(&found.audit);
    if !unknown.is_empty() {
        parts.push(Part::Title("Unknown: look at these yourself".to_owned()));
        parts.extend(unknown.iter().take(LISTED).map(|judged| entry(said::place(judged), judged)));
        parts.extend(more(unknown.len()));
    }
    parts.extend(meanwhile(found));
    Section { id: "application", title: "What the application must change".to_owned(), parts }
}

fn table<const COLUMNS: usize>(head: [&str; COLUMNS], rows: Vec<[String; COLUMNS]>) -> Part {
    Part::Table { head: head.map(str::to_owned).to_vec(), rows: rows.into_iter().map(Vec::from).collect() }
}

fn of_table(found: &Found, changes: &TableChanges) -> Vec<Part> {
    let statement = |at: &usize| found.audit.statements.get(*at);
    let mut parts = vec![Part::Title(format!("`{}`", changes.table))];
    let listed = changes.statements.iter().take(LISTED).filter_map(statement);
    parts.extend(
        listed.map(|judged| {
            entry(format!("{} of calls: {}", said::share_of(found, judged), said::place(judged)), judged)
        }),
    );
    parts.extend(more(changes.statements.len()));
    let functions = changes.functions.iter().filter_map(|place| Some((place, statement(&place.statement)?)));
    parts.extend(
        functions.map(|(place, judged)| entry(format!("function `{}`, line {}: ", place.name, place.line), judged)),
    );
    let views = changes.views.iter().filter_map(|place| statement(&place.statement));
    parts.extend(views.map(|judged| entry(format!("{}: ", judged.source), judged)));
    parts
}

fn entry(place: String, judged: &Judged) -> Part {
    let what = format!("{place}{}", said::head(&judged.text));
    let about = std::iter::once(said::why(judged)).chain(said::advice(judged)).collect();
    Part::Entry { what, about, sql: said::instead(judged) }
}

fn more(all: usize) -> Option<Part> {
    (all > LISTED)
        .then(|| Part::Text(format!("And {} more; `shardplan queries --format json` has them all.", all - LISTED)))
}

fn meanwhile(found: &Found) -> Vec<Part> {
    if found.blocked && !found.workload.is_empty() {
        return vec![Part::Text(format!("{}.", said::NOT_KNOWN))];
    }
    let rows = said::meanwhile(found);
    if rows.is_empty() {
        return Vec::new();
    }
    let title = format!("Refused only while the plan runs (strategy {})", found.strategy);
    let mut parts = vec![Part::Title(title), table(["for", "rule", "statement"], rows)];
    parts.extend(more(found.meanwhile.len()));
    parts
}
