//! What is written about the project against what is so: the list of rules, and the code and SQL that the README shows.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use shardplan::{Catalog, Classification, FindingRule, Plan, Rules, SchemaGraph, finding_rules};

/// Set to 1, the generated document is written instead of compared.
const BLESS: &str = "SHARDPLAN_BLESS";

const README: &str = include_str!("../README.md");

fn rules_document() -> String {
    let mut rules: Vec<&FindingRule> = finding_rules().collect();
    rules.sort_by_key(|rule| (rule.severity, rule.id));
    let mut text = "\
# The rules that findings come from

Generated from `shardplan::finding_rules()`; `SHARDPLAN_BLESS=1 cargo test --test docs` writes it anew.

A blocker stops the plan. A warning changes what the database promises, or can fail on the data, and needs a decision. A notice
is good to know. What Citus prints was measured on 13.2.2, with the names of objects left out.

| rule | severity | what it says | what Citus prints | what to do |
|---|---|---|---|---|
"
    .to_owned();
    for rule in rules {
        let message = rule.message.map(|message| format!("`{message}`")).unwrap_or_default();
        let cells = [&format!("`{}`", rule.id), &rule.severity.to_string(), rule.summary, &message, rule.advice];
        let cells = cells.map(|cell| cell.replace('|', "\\|"));
        let _ = writeln!(text, "| {} |", cells.join(" | "));
    }
    text
}

#[test]
fn the_list_of_rules_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/rules.md");
    let expected = rules_document();
    if std::env::var(BLESS).is_ok_and(|value| value == "1") {
        std::fs::write(&path, &expected).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == expected, "docs/rules.md is out of date: run `{BLESS}=1 cargo test --test docs`");
}

#[test]
fn rule_ids_are_unique_and_in_kebab_case() {
    let mut seen = BTreeSet::new();
    for rule in finding_rules() {
        assert!(seen.insert(rule.id), "`{}` stands twice", rule.id);
        let words = rule.id.split('-');
        let plain = |word: &str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
        assert!(words.into_iter().all(plain), "`{}` is not in kebab case", rule.id);
    }
}

#[test]
fn rules_are_sentences_that_can_be_joined() {
    for FindingRule { id, summary, advice, .. } in finding_rules() {
        for text in [summary, advice] {
            assert!(!text.is_empty() && !text.ends_with('.') && !text.contains('\n'), "{id}: {text}");
        }
    }
}

/// The plan of a schema, by the key that its header names.
fn plan(schema: &str, overrides: &str) -> Plan {
    let graph = SchemaGraph::new(Catalog::from_ddl(schema).catalog).unwrap();
    let key = schema.lines().find_map(|line| line.strip_prefix("-- Key: ")).expect("a fixture names its key");
    let rules = Rules::new(key.parse().unwrap()).with_overrides(overrides).unwrap();
    Plan::new(&Classification::new(&graph, &rules).unwrap())
}

#[test]
fn every_finding_comes_from_a_listed_rule() {
    let mut seen = BTreeSet::new();
    for fixture in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")).unwrap() {
        let folder = fixture.unwrap().path();
        let Ok(schema) = std::fs::read_to_string(folder.join("schema.sql")) else { continue };
        let overrides = std::fs::read_to_string(folder.join("rules.toml")).unwrap_or_default();
        for finding in plan(&schema, &overrides).findings {
            let rule = finding_rules().find(|rule| rule.id == finding.rule);
            let severity = rule.map(|rule| rule.severity);
            assert_eq!(severity, Some(finding.severity), "{}: {}", folder.display(), finding.rule);
            seen.insert(finding.rule);
        }
    }
    assert!(seen.len() > 20, "the fixtures trip few rules: {seen:?}");
}

/// The blocks of a language in the README.
fn blocks(language: &str) -> Vec<&'static str> {
    let fence = format!("```{language}\n");
    README.split(&fence).skip(1).map(|rest| rest.split("```").next().unwrap()).collect()
}

#[test]
fn the_readme_shows_the_example_that_is_compiled_and_run() {
    let embed = include_str!("../examples/embed.rs");
    let code = embed.split_once("\n\n").unwrap().1;
    assert_eq!(blocks("rust"), [code]);
}

#[test]
fn the_readme_shows_sql_that_is_printed() {
    let plan = plan(include_str!("../fixtures/tailspin/schema.sql"), include_str!("../fixtures/tailspin/rules.toml"));
    let printed: String = shardplan_sql::render(&plan).into_iter().map(|script| script.text).collect();
    let shown = blocks("sql");
    assert!(!shown.is_empty());
    for part in shown.iter().flat_map(|block| block.split("\n-- …\n")) {
        assert!(printed.contains(part.trim()), "not printed any more:\n{part}");
    }
}
