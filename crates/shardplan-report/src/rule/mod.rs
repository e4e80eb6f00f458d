//! A rule comes in, the page that explains it goes out, as Markdown: what it says, why, for which targets, what to do, an example.

use std::fmt::Write;

use shardplan::{ChoiceIn, Effect, Example, FindingRule, Profile};

/// What a finding of each rule says in its example, by id: one line each, id and message between a tabulator. Written by the test that
/// tries the examples.
const SAID: &str = include_str!("said.tsv");

/// The page of a rule.
pub(crate) fn page(rule: &FindingRule) -> String {
    let mut text = format!("# {}\n\n**{}.** {}\n", rule.id, sentence(&rule.severity.to_string()), closed(rule.summary));
    let _ = writeln!(text, "\n## Why\n\n{}", why(rule));
    let _ = writeln!(text, "\n## Which versions\n\n{}", closed(&targets(rule)));
    let _ = writeln!(text, "\n## What to do\n\n{}", closed(rule.advice));
    if let Some((section, settings)) = rule.choices {
        let settings: Vec<String> = settings.iter().map(|setting| format!("`{setting}`")).collect();
        let _ = writeln!(
            text,
            "\nThe rules file decides it: {} under `{}`, with a `reason`.",
            settings.join(" or "),
            header(section)
        );
    }
    let _ = writeln!(text, "\n## Example\n\n{}", example(rule));
    text
}

/// What Citus does, and with which words.
fn why(rule: &FindingRule) -> String {
    let effect = match rule.effect {
        Effect::Refused => "Citus refuses it.",
        Effect::Altered => "Citus accepts it, and something means another thing afterwards, or is made anew.",
        Effect::Lost => "Citus accepts it, and something is gone afterwards, for a time or for good.",
        _ => "Citus has no part in it: the planner needs it, or a person should know.",
    };
    let Some(message) = rule.message else { return effect.to_owned() };
    let mut text = format!("{effect} What it prints (measured on 13.2.2; `…` stands for names):\n\n```\n{message}\n");
    let _ = rule.detail.map(|detail| writeln!(text, "DETAIL: {detail}"));
    let _ = rule.sqlstate.map(|state| writeln!(text, "SQLSTATE: {state}"));
    text.push_str("```");
    text
}

fn targets(rule: &FindingRule) -> String {
    let holds: Vec<Profile> = Profile::ALL.into_iter().filter(|target| rule.severity_on(*target).is_some()).collect();
    let names = |targets: &[Profile]| targets.iter().map(|target| format!("`{target}`")).collect::<Vec<_>>().join(", ");
    let mut text = if holds.len() == Profile::ALL.len() { "all targets".to_owned() } else { names(&holds) };
    for target in holds {
        let other = rule.severity_on(target).filter(|severity| *severity != rule.severity);
        let _ = other.map(|severity| write!(text, "; a {severity} for `{target}`"));
    }
    text
}

fn header(section: ChoiceIn) -> &'static str {
    match section {
        ChoiceIn::Tables => "[tables.TABLE]",
        ChoiceIn::ForeignKeys => "[foreign_keys.TABLE.KEY]",
        ChoiceIn::Keys => "[keys.TABLE.KEY]",
        ChoiceIn::Triggers => "[triggers.TABLE.TRIGGER]",
        ChoiceIn::RewriteRules => "[rewrite_rules.TABLE.RULE]",
        ChoiceIn::Policies => "[policies.TABLE.POLICY]",
        _ => "its section",
    }
}

/// Where it can be seen, and what a finding of it says there.
fn example(rule: &FindingRule) -> String {
    let place = match rule.example {
        Example::Fixture(fixture) => format!("The plan of `fixtures/{fixture}`"),
        Example::Server(fixture) => format!("The plan of `fixtures/{fixture}`, read from a server where it is so"),
        Example::Comparison(fixture) => {
            format!("The plan of `fixtures/{fixture}`, when its rules name no strategy and all are compared")
        }
        Example::Gate(gate) => return format!("No plan has a finding of it: the gate `{gate}` of the scripts stops."),
        Example::Simulation(test) => return format!("No schema is known that has it: the test `{test}` makes it."),
        Example::Error(error) => format!("No plan is made, but an error (`Error::{error}`)"),
        _ => "The plan of its example".to_owned(),
    };
    let said = SAID.lines().filter_map(|line| line.split_once('\t')).find(|(id, _)| *id == rule.id);
    said.map_or_else(|| format!("{place}."), |(_, message)| format!("{place} says:\n\n> {message}"))
}

/// With a capital at its start.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
    first + letters.as_str()
}

/// A sentence with its full stop.
fn closed(text: &str) -> String {
    let stop = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{}{stop}", sentence(text))
}
