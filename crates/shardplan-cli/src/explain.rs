//! `shardplan explain`: the id of a rule comes in, what it says goes out.

use std::fmt::Write;

use shardplan::{FindingRule, finding_rules};

use crate::failure::Failure;
use crate::output::{Output, TITLE};

/// So many letters may be wrong in what is near.
const SLIPS: usize = 3;

/// Prints a rule, or the list of all.
pub(crate) fn run(id: Option<&str>) -> Result<(), Failure> {
    let Some(id) = id else { return Output::product(&list()) };
    Output::product(&page(known(id)?))
}

/// The rule of that id, or the error that says which ids there are.
pub(crate) fn known(id: &str) -> Result<&'static FindingRule, Failure> {
    let found = finding_rules().find(|rule| rule.id == id);
    found.ok_or_else(|| Failure::wrong(format!("no rule `{id}`{} `shardplan explain` lists them", similar(id))))
}

fn list() -> String {
    let mut rules: Vec<&FindingRule> = finding_rules().collect();
    rules.sort_by_key(|rule| rule.id);
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let lines =
        rules.iter().map(|rule| format!("{:width$}  {:8} {}\n", rule.id, rule.severity.to_string(), rule.summary));
    lines.collect()
}

/// The page of the rule, its titles made bold instead of marked.
fn page(rule: &FindingRule) -> String {
    let mut text = String::new();
    for line in shardplan_report::rule_page(rule).lines() {
        let title = line.strip_prefix("## ").or(line.strip_prefix("# "));
        let _ = match title {
            Some(title) => writeln!(text, "{TITLE}{title}{TITLE:#}"),
            None => writeln!(text, "{line}"),
        };
    }
    text
}

/// The nearest rule; without one that is near, those that share the most words with what was asked for.
fn similar(id: &str) -> String {
    let near = |rule: &FindingRule| strsim::damerau_levenshtein(id, rule.id);
    if let Some(nearest) = finding_rules().min_by_key(|rule| near(rule)).filter(|rule| near(rule) <= SLIPS) {
        return format!("; did you mean `{}`?", nearest.id);
    }
    let words: Vec<&str> = id.split('-').collect();
    let shared = |rule: &FindingRule| rule.id.split('-').filter(|word| words.contains(word)).count();
    let most = finding_rules().map(shared).max().unwrap_or(0);
    if most == 0 {
        return ";".to_owned();
    }
    let mut best: Vec<String> =
        finding_rules().filter(|rule| shared(rule) == most).map(|rule| format!("`{}`", rule.id)).collect();
    best.sort();
    best.truncate(5);
    format!("; did you mean {}?", best.join(", "))
}
