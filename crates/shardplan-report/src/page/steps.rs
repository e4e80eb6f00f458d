//! The steps of a table come in; what each does, what it locks and its SQL go out.

use maud::{Markup, html};
use shardplan::{Change, PhaseKind, ShadowChange, Step, Undo};
use shardplan_sql::{script_path, step_sql};

use super::{prose, sentence};
use crate::words::shown;

pub(super) fn of(steps: &[(PhaseKind, &Step)]) -> Markup {
    html! {
        h4 { "Steps" }
        ol class="steps" { @for (kind, step) in steps { (one(*kind, step)) } }
    }
}

fn one(kind: PhaseKind, step: &Step) -> Markup {
    let sql = step_sql(step);
    html! {
        li {
            p { span class="phase" { (kind) } " " (prose(&sentence(&step.why))) "." }
            @if !step.locks.is_empty() { p class="quiet" { "Locks: " (locks(step)) "." } }
            @if let Undo::Impossible(why) = &step.undo { p class="quiet" { "Cannot be taken back: " (prose(why)) "." } }
            @if sql.trim().is_empty() {
                p class="quiet" { (apart(step)) " See " code { (script_path(kind)) } "." }
            } @else {
                pre { (lines(&sql)) }
            }
        }
    }
}

fn locks(step: &Step) -> String {
    let locks = step.locks.iter().map(|lock| {
        let waiting = if lock.mode.blocks_writers() { " (writers wait)" } else { "" };
        format!("{} on {}{waiting}", lock.mode, shown(&lock.table))
    });
    locks.collect::<Vec<_>>().join(", ")
}

/// What a change is that is no single statement.
fn apart(step: &Step) -> &'static str {
    match step.changes.first() {
        Some(Change::Backfill(_)) => "Fills the column in batches.",
        Some(Change::CopyColumn(_)) => "Copies the column in batches.",
        Some(Change::DefineTrigger(_)) => "Defines the function of the triggers.",
        Some(Change::ListUndecided(_)) => "Lists the rows about which somebody must decide.",
        Some(Change::Shadow(ShadowChange::CopyRows(_))) => "Copies the rows in batches.",
        _ => "Done by the script as a whole.",
    }
}

/// Text of several lines without what a page cannot hold.
fn lines(text: &str) -> String {
    text.trim_end().lines().map(shown).collect::<Vec<_>>().join("\n")
}
