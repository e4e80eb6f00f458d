//! The tables of a plan come in; a list of all, and everything that is said of each, go out.

use maud::{Markup, html};
use shardplan::{Path, Plan, PlannedTable};

use super::facts::{Facts, Unenforced};
use super::{chip, facts, findings, keys, link, steps};
use crate::graph::Graph;
use crate::words::{Class, shown, why};

/// The section of all tables, and what concerns none of them.
pub(super) fn all(plan: &Plan, graph: &Graph<'_>) -> Markup {
    let mut facts = facts::by_table(plan);
    let unenforced = facts::unenforced(plan);
    let of_tables: Vec<Facts<'_>> =
        plan.tables.iter().map(|table| facts.remove(&table.name).unwrap_or_default()).collect();
    let mut others: Vec<_> = facts.into_iter().filter(|(_, facts)| !facts.steps.is_empty()).collect();
    others.sort_by_key(|(table, _)| *table);
    html! {
        section id="tables" aria-labelledby="tables-title" {
            h2 id="tables-title" { "Tables" }
            div class="tools" role="search" hidden {
                label for="search" { "Search" }
                input id="search" type="search" autocomplete="off" spellcheck="false" placeholder="a table, a class, a column";
                button type="button" data-do="open" { "Open all" }
                button type="button" data-do="close" { "Close all" }
                span id="hits" role="status" {}
            }
            (list(plan, &of_tables))
            @for (at, facts) in of_tables.iter().enumerate() { (one(graph, at, facts, &unenforced)) }
            @for (table, facts) in others {
                details class="table" { summary { h3 { (shown(table)) } } (steps::of(&facts.steps)) }
            }
        }
    }
}

fn list(plan: &Plan, facts: &[Facts<'_>]) -> Markup {
    html! {
        table id="list" {
            caption { "All tables" }
            thead { tr {
                th scope="col" { "Table" } th scope="col" { "Class" } th scope="col" { "Why" }
                th scope="col" class="number" { "Rows" } th scope="col" { "Longest wait of a write" } th scope="col" class="number" { "Findings" }
            } }
            tbody { @for ((at, table), facts) in plan.tables.iter().enumerate().zip(facts) {
                tr data-table=(at) {
                    th scope="row" { a href={"#t" (at)} { (shown(&table.name)) } }
                    td { (chip(Class::of(&table.placement))) }
                    td class="why" { (why(table)) }
                    td class="number" { (rows(table)) }
                    td { (wait(plan, facts)) }
                    td class="number" { (facts.findings.len()) }
                }
            } }
        }
    }
}

fn rows(table: &PlannedTable) -> String {
    table.rows.map_or_else(|| "unknown".to_owned(), |rows| rows.to_string())
}

/// A table whose writes never wait is left out of the costs.
fn wait(plan: &Plan, facts: &Facts<'_>) -> String {
    match (facts.wait, &plan.cost) {
        (Some(wait), _) => wait.longest.to_string(),
        (None, Some(_)) => "none".to_owned(),
        (None, None) => "–".to_owned(),
    }
}

fn one(graph: &Graph<'_>, at: usize, facts: &Facts<'_>, unenforced: &Unenforced<'_>) -> Markup {
    let table = &graph.tables[at];
    html! {
        details class="table" id={"t" (at)} data-table=(at) {
            summary { h3 { (shown(&table.name)) } " " (chip(Class::of(&table.placement))) " " span class="why" { (why(table)) } }
            (numbers(table, facts))
            (other_paths(graph, &table.other_paths))
            @if !facts.keys.is_empty() { (keys::of_table(&facts.keys)) }
            @if !facts.foreign_keys.is_empty() { (keys::foreign(graph, &facts.foreign_keys, unenforced)) }
            @if !facts.referenced_by.is_empty() { (keys::referenced_by(graph, &facts.referenced_by)) }
            @if !facts.findings.is_empty() { (findings::of_table(&facts.findings)) }
            @if !facts.locked.is_empty() { (locked(graph, facts)) }
            @if !facts.steps.is_empty() { (steps::of(&facts.steps)) }
        }
    }
}

fn numbers(table: &PlannedTable, facts: &Facts<'_>) -> Markup {
    html! {
        p {
            button type="button" class="show" data-focus=(shown(&table.name)) hidden { "Show in the picture" }
            " Rows: " (rows(table)) "."
            @if let Some(wait) = facts.wait {
                " A write waits for " (wait.longest) " at the longest, for " (wait.total) " in all."
            }
        }
    }
}

fn other_paths(graph: &Graph<'_>, paths: &[Path]) -> Markup {
    html! {
        @if !paths.is_empty() {
            p { "Other paths to the key: " }
            ul { @for path in paths {
                li { @for (number, hop) in path.hops.iter().enumerate() {
                    @if number > 0 { ", then " }
                    code { (shown(&hop.foreign_key)) } " to " (link(graph, &hop.to))
                } }
            } }
        }
    }
}

fn locked(graph: &Graph<'_>, facts: &Facts<'_>) -> Markup {
    html! {
        h4 { "Locked by steps of other tables" }
        ul { @for (kind, table, mode) in &facts.locked {
            li { span class="phase" { (kind) } " " (mode) ", for " (link(graph, table)) }
        } }
    }
}
