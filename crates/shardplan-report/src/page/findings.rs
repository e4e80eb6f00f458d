//! The findings of a plan come in, what a person must read goes out: by severity, then by rule.

use std::collections::BTreeMap;

use maud::{Markup, html};
use shardplan::{Finding, Plan, Severity};
use shardplan_sql::probe_query;

use super::{link, prose, sentence};
use crate::graph::Graph;
use crate::words::shown;

pub(super) fn of(plan: &Plan, graph: &Graph<'_>) -> Markup {
    let severities = [(Severity::Blocker, "Blockers"), (Severity::Warning, "Warnings"), (Severity::Notice, "Notices")];
    html! {
        section id="findings" aria-labelledby="findings-title" {
            h2 id="findings-title" { "Findings" }
            @if plan.findings.is_empty() { p { "There is nothing to decide." } }
            @for (severity, title) in severities { (of_severity(plan, graph, severity, title)) }
            (accepted(plan, graph))
        }
    }
}

/// What somebody has decided to bear, and why.
fn accepted(plan: &Plan, graph: &Graph<'_>) -> Markup {
    let count = plan.accepted().count();
    html! {
        @if count > 0 {
            div class="severity accepted" {
                h3 { "Accepted (" (count) ")" }
                ul { @for (finding, reason) in plan.accepted() {
                    li {
                        (finding.severity) " " (shown(&finding.rule)) ", "
                        @if let Some(table) = &finding.table { (link(graph, table)) ": " }
                        (prose(&finding.message)) ". "
                        strong { "Accepted:" } " " (prose(reason))
                    }
                } }
            }
        }
    }
}

fn of_severity(plan: &Plan, graph: &Graph<'_>, severity: Severity, title: &str) -> Markup {
    let mut by_rule: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    plan.open(severity).for_each(|finding| by_rule.entry(&finding.rule).or_default().push(finding));
    let count: usize = by_rule.values().map(Vec::len).sum();
    html! {
        @if count > 0 {
            div class={"severity " (severity)} {
                h3 { (title) " (" (count) ")" }
                @for (rule, findings) in by_rule { (of_rule(graph, rule, &findings)) }
            }
        }
    }
}

/// All findings of a rule; what to do about them once, if it is the same for all.
fn of_rule(graph: &Graph<'_>, rule: &str, findings: &[&Finding]) -> Markup {
    let shared = findings.iter().all(|finding| finding.advice == findings[0].advice);
    html! {
        div class="rule" {
            h4 { (shown(rule)) " (" (findings.len()) ")" }
            @if shared { p { (advice(findings[0])) } }
            ul {
                @for finding in findings {
                    li {
                        @if let Some(table) = &finding.table { (link(graph, table)) ": " }
                        (prose(&finding.message))
                        @if !shared { ". " (advice(finding)) }
                        @if let Some(query) = &finding.query {
                            div class="count" { "Count them: " code { (shown(&probe_query(query))) } }
                        }
                    }
                }
            }
        }
    }
}

fn advice(finding: &Finding) -> Markup {
    prose(&format!("{}.", sentence(&finding.advice)))
}

/// Those of one table, with a word for how grave they are.
pub(super) fn of_table(findings: &[&Finding]) -> Markup {
    html! {
        h4 { "Findings" }
        ul { @for finding in findings {
            li {
                strong class=(finding.severity) { (finding.severity) } " " (shown(&finding.rule)) ": " (prose(&finding.message))
                @if let Some(reason) = &finding.accepted { " (accepted: " (prose(reason)) ")" }
            }
        } }
    }
}
