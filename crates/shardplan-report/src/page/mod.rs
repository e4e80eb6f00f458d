//! A plan and its graph come in, one self-contained page goes out. Everything of a plan is text to it: `maud` escapes it, and the script
//! reads it from attributes only.

mod comparison;
mod facts;
mod findings;
mod keys;
mod overview;
mod sections;
mod steps;
mod table;

use maud::{DOCTYPE, Markup, PreEscaped, html};
use shardplan::{Plan, Severity, TableName};

use crate::difficulty;
use crate::graph::{Fate, Graph};
use crate::picture;
use crate::section::Section;
use crate::words::{Class, counted, found, shown};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page may load nothing.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:";

/// The page.
pub(crate) fn of(plan: &Plan, graph: &Graph<'_>, sections: &[Section]) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                title { "Distribution by " (shown(&plan.key)) }
                link rel="icon" href="data:,";
                style { (PreEscaped(picture::PALETTE)) (PreEscaped(picture::STYLE)) (PreEscaped(STYLE)) }
            }
            body {
                a class="skip" href="#main" { "Skip to the content" }
                (header(plan, sections))
                main id="main" tabindex="-1" {
                    (overview::of(plan))
                    (findings::of(plan, graph))
                    (picture_of(graph))
                    (comparison::of(plan))
                    @for section in sections { (sections::of(section)) }
                    (table::all(plan, graph))
                }
                footer { p { "Made by shardplan for " (shown(&plan.target)) ". The scripts and their runbook are in the same folder." } }
                script { (PreEscaped(SCRIPT)) }
            }
        }
    };
    page.into_string()
}

fn header(plan: &Plan, sections: &[Section]) -> Markup {
    let findings = counted(plan.findings.iter().filter(|finding| finding.is_open()).count(), "finding");
    html! {
        header {
            h1 { "Distribution by " code { (shown(&plan.key)) } }
            p class="lead" { (difficulty::line(plan)) }
            @if plan.is_blocked() {
                p class="blocked" {
                    strong { "This plan is blocked: " }
                    "there are no scripts until each of the " a href="#findings" { (counted(found(plan, Severity::Blocker), "blocker")) }
                    " is decided."
                }
            }
            nav aria-label="Sections" {
                ul {
                    li { a href="#summary" { "Summary" } }
                    li { a href="#findings" { (findings) } }
                    li { a href="#picture" { "Picture" } }
                    li { a href="#comparison" { "Before and after" } }
                    @for section in sections { li { a href={"#" (section.id)} { (shown(&section.title)) } } }
                    li { a href="#tables" { (counted(plan.tables.len(), "table")) } }
                }
            }
        }
    }
}

fn picture_of(graph: &Graph<'_>) -> Markup {
    html! {
        section id="picture" aria-labelledby="picture-title" {
            h2 id="picture-title" { "Foreign keys" }
            (legend())
            div class="tools" role="group" aria-label="The picture" hidden {
                label for="focus" { "Focus on a table" }
                input id="focus" list="names" autocomplete="off" spellcheck="false";
                datalist id="names" { @for table in graph.tables { option value=(shown(&table.name)) {} } }
                button type="button" data-do="all" { "Show all" }
                button type="button" data-do="out" aria-label="Zoom out" { "−" }
                button type="button" data-do="in" aria-label="Zoom in" { "+" }
                button type="button" data-do="fit" { "Fit" }
                button type="button" data-do="full" { "100 %" }
            }
            p id="focused" class="focused" role="status" {}
            div class="canvas" tabindex="0" role="region" aria-label="Picture of the foreign keys, scrollable" { (picture::embedded(graph)) }
        }
    }
}

fn legend() -> Markup {
    let edges = Fate::ALL.iter().map(|(fate, words)| (fate.id(), *words)).chain([("path", "path of the backfill")]);
    html! {
        ul class="legend" aria-label="Colours" {
            @for class in Class::ALL { li { (chip(class)) } }
            @for (id, words) in edges { li { span class={"line " (id)} {} (words) } }
        }
    }
}

/// A class as a coloured word.
fn chip(class: Class) -> Markup {
    html! { span class={"chip " (class.id())} { (class) } }
}

/// A table's name, as a link to what is said of it.
fn link(graph: &Graph<'_>, table: &TableName) -> Markup {
    html! {
        @match graph.place(table) {
            Some(at) => a href={"#t" (at)} { (shown(table)) },
            None => (shown(table)),
        }
    }
}

/// Words in which names stand between backquotes: these become code. With an odd number of backquotes nobody knows which are names.
fn prose(text: &str) -> Markup {
    let text = shown(text);
    let parts: Vec<&str> = text.split('`').collect();
    html! {
        @if parts.len().is_multiple_of(2) { (text) } @else {
            @for (at, part) in parts.iter().enumerate() {
                @if at % 2 == 1 { code { (part) } } @else { (part) }
            }
        }
    }
}

/// With a capital at its start.
fn sentence(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| format!("{}{}", first.to_uppercase(), chars.as_str())).unwrap_or_default()
}
