//! A plan comes in; what is there before and after it, and what every strategy would cost, go out side by side.

use maud::{Markup, html};
use shardplan::{
    Candidate, Figures, ForeignKeyFate, ForeignKeyVerdict, KeyFate, KeyVerdict, Loss, Placement, Plan, PlannedTable,
};

use crate::words::Class;

pub(super) fn of(plan: &Plan) -> Markup {
    html! {
        section id="comparison" aria-labelledby="comparison-title" {
            h2 id="comparison-title" { "Before and after" }
            (schema(plan))
            @if !plan.candidates.is_empty() {
                h3 { "The strategies" }
                (strategies(plan))
            }
        }
    }
}

fn schema(plan: &Plan) -> Markup {
    let keys = |test: fn(&KeyFate) -> bool| plan.keys.iter().filter(|key: &&KeyVerdict| test(&key.fate)).count();
    let links = |test: fn(&ForeignKeyFate) -> bool| {
        plan.foreign_keys.iter().filter(|key: &&ForeignKeyVerdict| test(&key.fate)).count()
    };
    let all = plan.tables.len();
    let holds = |table: &&PlannedTable| matches!(table.placement, Placement::Distributed { .. });
    let holding = plan.tables.iter().filter(holds).count();
    let added = links(|fate| matches!(fate, ForeignKeyFate::Added));
    let gone = links(|fate| matches!(fate, ForeignKeyFate::GivenUp | ForeignKeyFate::Impossible { .. }));
    let before = plan.foreign_keys.len() - added;
    let lost = keys(|fate| matches!(fate, KeyFate::GivenUp | KeyFate::Impossible));
    let away = plan.foreign_keys.iter().filter(|key| key.suspension.is_some()).count();
    let rows = [
        ("Tables on one node", all, Class::Local.count(plan)),
        ("Distributed tables", 0, holding),
        ("Reference tables", 0, Class::Reference.count(plan)),
        ("Tables with the distribution column", Class::Ready.count(plan), holding),
        ("Keys (primary, unique, exclusion)", plan.keys.len(), plan.keys.len() - lost),
        ("… of them with the distribution column added", 0, keys(|fate| matches!(fate, KeyFate::Widened { .. }))),
        (
            "… of them unique per tenant only",
            0,
            keys(|fate| matches!(fate, KeyFate::Widened { loses: Loss::AcrossKeys, .. })),
        ),
        ("Foreign keys", before, plan.foreign_keys.len() - gone),
        ("… of them changed", 0, links(|fate| matches!(fate, ForeignKeyFate::Replaced { .. }))),
        ("… of them added", 0, added),
        ("… of them away for a time during the distribution", 0, away),
    ];
    html! {
        table {
            caption { "The schema before and after" }
            thead { tr { th scope="col" { "What" } th scope="col" class="number" { "Before" } th scope="col" class="number" { "After" } } }
            tbody {
                @for (what, before, after) in rows {
                    tr { th scope="row" { (what) } td class="number" { (before) } td class="number" { (after) } }
                }
            }
        }
    }
}

const COLUMNS: [&str; 8] = [
    "Strategy",
    "Longest wait of a write",
    "Longest time of a foreign key unenforced",
    "Of all of them",
    "In all",
    "Copied",
    "Stored twice",
    "Limits",
];

fn strategies(plan: &Plan) -> Markup {
    html! {
        table class="wide" {
            caption { "What each strategy would cost; this plan follows " (plan.strategy) }
            thead { tr { @for column in COLUMNS { th scope="col" { (column) } } } }
            tbody { @for candidate in &plan.candidates { (strategy(plan, candidate)) } }
        }
    }
}

fn strategy(plan: &Plan, candidate: &Candidate) -> Markup {
    let chosen = candidate.strategy == plan.strategy;
    html! {
        tr class=[chosen.then_some("chosen")] {
            th scope="row" { (candidate.strategy) @if chosen { " (chosen)" } }
            @if let Some(Figures { longest_write_wait, longest_unenforced, unenforced, total, bytes_copied, extra_disk }) = candidate.figures {
                td { (longest_write_wait) } td { (longest_unenforced) } td { (unenforced) } td { (total) } td { (bytes_copied) } td { (extra_disk) }
            } @else {
                @for _ in 0..6 { td { "–" } }
            }
            td { (candidate.outlook) }
        }
    }
}
