//! The keys and foreign keys of a table come in; what they are before and after goes out as tables.

use maud::{Markup, html};
use shardplan::{
    Action, ForeignKey, ForeignKeyFate, ForeignKeyVerdict, KeyFate, KeyVerdict, MatchKind, Suspension, TableName,
    Timing,
};

use super::facts::Unenforced;
use super::link;
use crate::graph::{Graph, list};
use crate::words::{columns, key_fate, kind, shown};

pub(super) fn of_table(keys: &[&KeyVerdict]) -> Markup {
    html! {
        table {
            caption { "Keys" }
            thead { tr {
                th scope="col" { "Key" } th scope="col" { "Kind" } th scope="col" { "Before" } th scope="col" { "After" } th scope="col" { "No longer promised" }
            } }
            tbody { @for key in keys {
                tr {
                    th scope="row" { code { (shown(&key.name)) } }
                    td { (kind(key.kind)) }
                    td { code { (columns(&key.before)) } }
                    td { (after(key)) }
                    td { (key.fate.lost(columns(&key.before))) }
                }
            } }
        }
    }
}

fn after(key: &KeyVerdict) -> Markup {
    html! {
        @match &key.fate {
            KeyFate::Kept => code { (columns(&key.before)) },
            KeyFate::Widened { after, .. } => code { (columns(after)) },
            KeyFate::Impossible | KeyFate::GivenUp => (key_fate(key)),
        }
    }
}

pub(super) fn foreign(graph: &Graph<'_>, verdicts: &[&ForeignKeyVerdict], unenforced: &Unenforced<'_>) -> Markup {
    html! {
        table {
            caption { "Foreign keys" }
            thead { tr {
                th scope="col" { "Foreign key" } th scope="col" { "References" } th scope="col" { "Before" } th scope="col" { "After" }
                th scope="col" { "During the distribution" } th scope="col" { "Not enforced for" }
            } }
            tbody { @for verdict in verdicts { (row(graph, verdict, unenforced)) } }
        }
    }
}

fn row(graph: &Graph<'_>, verdict: &ForeignKeyVerdict, unenforced: &Unenforced<'_>) -> Markup {
    let key = &verdict.foreign_key;
    let name = verdict.after().map_or(&key.name, |after| &after.name);
    let times = [&key.name, name].into_iter().find_map(|name| unenforced.get(&(&key.from, name)));
    html! {
        tr {
            th scope="row" { code { (shown(&key.name)) } }
            td { (link(graph, &key.to)) }
            td { @if verdict.fate == ForeignKeyFate::Added { "–" } @else { code { (definition(key)) } } }
            td { (becomes(verdict)) }
            td { (meanwhile(graph, verdict.suspension.as_ref())) }
            td { @match times { Some(time) => (time), None => "–" } }
        }
    }
}

fn becomes(verdict: &ForeignKeyVerdict) -> Markup {
    html! {
        @match &verdict.fate {
            ForeignKeyFate::Kept => "stays",
            ForeignKeyFate::Added => { "added: " code { (definition(&verdict.foreign_key)) } },
            ForeignKeyFate::GivenUp => "given up",
            ForeignKeyFate::Impossible { rule } => { "impossible: " (shown(rule)) },
            ForeignKeyFate::Replaced { by, lost_actions, .. } => {
                code { (definition(by)) }
                @if by.name != verdict.foreign_key.name { ", called " code { (shown(&by.name)) } }
                @for action in lost_actions { ", without " (action) }
            },
        }
    }
}

/// As SQL has it, the referenced table left out.
fn definition(key: &ForeignKey) -> String {
    let mut text = format!(
        "({}) → ({})",
        list(key.columns.iter().map(|pair| &pair.from)),
        list(key.columns.iter().map(|pair| &pair.to))
    );
    let clauses = [
        (key.match_kind == MatchKind::Full).then(|| " MATCH FULL".to_owned()),
        (key.on_update != Action::NoAction).then(|| format!(" ON UPDATE {}", key.on_update)),
        (key.on_delete != Action::NoAction).then(|| format!(" ON DELETE {}", key.on_delete)),
        (!key.set_columns.is_empty()).then(|| format!(" ({})", list(key.set_columns.iter()))),
        (key.timing != Timing::Immediate).then(|| " DEFERRABLE".to_owned()),
        (!key.validated).then(|| " NOT VALID".to_owned()),
    ];
    clauses.into_iter().flatten().for_each(|clause| text.push_str(&clause));
    text
}

fn meanwhile(graph: &Graph<'_>, suspension: Option<&Suspension>) -> Markup {
    html! {
        @match suspension {
            None => "stays",
            Some(Suspension { before, after, why }) => {
                @if before == after { "away while " (link(graph, before)) " is distributed" }
                @else { "away from before " (link(graph, before)) " until after " (link(graph, after)) }
                ": " (why)
            },
        }
    }
}

/// The tables that reference one, each with the foreign key.
pub(super) fn referenced_by(graph: &Graph<'_>, verdicts: &[&ForeignKeyVerdict]) -> Markup {
    let ends: Vec<(&TableName, String)> =
        verdicts.iter().map(|verdict| (&verdict.foreign_key.from, shown(&verdict.foreign_key.name))).collect();
    html! {
        p {
            "Referenced by "
            @for (number, (table, name)) in ends.iter().enumerate() {
                @if number > 0 { ", " }
                (link(graph, table)) " (" (name) ")"
            }
            "."
        }
    }
}
