//! The rules of statements as a document: the table and its cases come in, `docs/statements.md` goes out.

use std::fmt::Write;
use std::path::Path;

use shardplan_workload::{StatementRule, Verdict, statement_rules};

use crate::cases::cases;

/// Set to 1, the document is written instead of compared.
const BLESS: &str = "SHARDPLAN_BLESS";

const HEAD: &str = "\
# The rules about statements

Generated from `shardplan_workload::statement_rules()`; `SHARDPLAN_BLESS=1 cargo test -p shardplan-workload --test workload` writes it
anew. Each rule shows one statement of the cases in `crates/shardplan-workload/tests/workload/cases.sql`, over the tables of
`schema.sql` beside it: `orders`, `line_items`, `products` and `stores` are distributed by `store_id`, `countries` is a reference
table, `settings` is local.

All cases were run on Citus 13.2.2 with PostgreSQL 15.20: what is refused is refused there with these words, what one shard answers
has one task there, what is parallel has more. `SHARDPLAN_CITUS_URL=… cargo test -p shardplan-workload --test workload -- --ignored`
does it again.

A key that gains the distribution column keeps a plain index on its old columns where the plan makes one: a range over it is
parallel then, and only what relies on its uniqueness must be changed. The condition of a trigger (`WHEN`) can have no query.

What is not found: functions that are called per row and read distributed tables, `||` of a text and something else over more than
one shard, types of what a subquery gives (`ordered_at > (SELECT now())`), functions of your own that are volatile, what a view of
another schema than the plan's hides, and whether a transaction mixes statements that Citus does not take together. A function that
no list names is taken for immutable. `SET key = $1 … WHERE key = $2` is refused whatever the values; only of values that stand in
the text does Citus see that they are the same.

| rule | verdict | what it says |
|---|---|---|
";

fn document() -> String {
    let mut text = HEAD.to_owned();
    let mut rules: Vec<&StatementRule> = statement_rules().collect();
    rules.sort_by_key(|rule| (std::cmp::Reverse(rule.verdict), rule.id));
    for rule in &rules {
        let _ = writeln!(text, "| [`{}`](#{}) | {} | {} |", rule.id, rule.id, rule.verdict, rule.summary);
    }
    rules.sort_by_key(|rule| rule.id);
    rules.into_iter().for_each(|rule| section(&mut text, rule));
    text
}

fn section(text: &mut String, rule: &StatementRule) {
    let cases = cases();
    let (_, example) = cases.iter().find(|(id, _)| *id == rule.id).unwrap();
    let _ = writeln!(text, "\n## `{}`\n\n{}: {}.\n", rule.id, rule.verdict, rule.summary);
    let _ = writeln!(text, "```sql\n{example};\n```");
    if let (Some(message), Some(state)) = (rule.message, rule.sqlstate) {
        let _ = writeln!(text, "\nCitus prints `{message}` ({state}).");
    }
    if !rule.advice.is_empty() {
        let _ = writeln!(text, "\nWhat to do: {}.", rule.advice);
    }
}

#[test]
fn the_document_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/statements.md");
    let expected = document();
    if std::env::var(BLESS).is_ok_and(|value| value == "1") {
        std::fs::write(&path, &expected).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(written == expected, "docs/statements.md is out of date: run `{BLESS}=1 cargo test -p shardplan-workload`");
    assert!(Verdict::ALL[..4].iter().all(|verdict| statement_rules().any(|rule| rule.verdict == *verdict)));
}
