//! `shardplan explain`: the id of a rule comes in, what it says goes out.

use std::fmt::Write;

use shardplan::{Effect, FindingRule, finding_rules};

use crate::failure::Failure;
use crate::output::{Output, TITLE};

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

fn page(rule: &FindingRule) -> String {
    let mut text = format!("{TITLE}{}{TITLE:#} ({})\n\n{}\n", rule.id, rule.severity, sentence(rule.summary));
    let effect = match rule.effect {
        Effect::Refused => "Citus refuses it.",
        Effect::Altered => "Citus accepts it, and something means another thing afterwards, or is made anew.",
        Effect::Lost => "Citus accepts it, and something is gone afterwards, for a time or for good.",
        _ => "Citus has no part in it: the planner needs it, or a person should know.",
    };
    let _ = writeln!(text, "{effect}");
    for (what, words) in [("prints", rule.message), ("DETAIL", rule.detail), ("SQLSTATE", rule.sqlstate)] {
        let _ = words.map(|words| writeln!(text, "  {what:<9} {words}"));
    }
    let _ = writeln!(text, "\n{TITLE}Holds for:{TITLE:#} {}", targets(rule));
    if let Some((last, severity)) = rule.earlier {
        let _ = writeln!(text, "Up to {last}, it is a {severity}.");
    }
    let _ = writeln!(text, "{TITLE}What to do:{TITLE:#} {}", sentence(rule.advice));
    text
}

fn targets(rule: &FindingRule) -> String {
    match (rule.since, rule.until) {
        (None, None) => "all targets".to_owned(),
        (Some(since), None) => format!("{since} and later"),
        (None, Some(until)) => format!("all up to {until}"),
        (Some(since), Some(until)) => format!("{since} to {until}"),
    }
}

/// With a capital and a full stop.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{stop}", letters.as_str())
}

/// The rules that share the most words with what was asked for.
fn similar(id: &str) -> String {
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
