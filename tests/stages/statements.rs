//! Every statement that is rendered parses, or is of a kind that sqlparser does not know yet.

use std::collections::BTreeSet;

use shardplan::Plan;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use crate::fixtures;
use crate::split::{statements, token};

/// A kind of statement that PostgreSQL takes and sqlparser does not.
struct Exception {
    /// How it starts.
    start: &'static str,
    /// The words that are too much for sqlparser, and words that it takes in their place, one after the other: so at least
    /// the rest is parsed.
    stand_ins: &'static [(&'static str, &'static str)],
}

/// All of them; one that sqlparser has learned must go.
const EXCEPTIONS: &[Exception] = &[
    // sqlparser has no DO.
    Exception { start: "DO ", stand_ins: &[("DO ", "SELECT ")] },
    // It knows CREATE PROCEDURE in the manner of other servers only, and no OR REPLACE.
    Exception { start: "CREATE OR REPLACE PROCEDURE ", stand_ins: &[(" PROCEDURE ", " FUNCTION ")] },
    // It has no ALTER SEQUENCE.
    Exception { start: "ALTER SEQUENCE ", stand_ins: &[(" OWNED BY ", " RENAME TO "), ("SEQUENCE", "TABLE")] },
    // It knows LIKE without what is to be included.
    Exception { start: "CREATE TABLE ", stand_ins: &[(" INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS)", ")")] },
    // It knows the word where an index is created only.
    Exception { start: "DROP INDEX CONCURRENTLY ", stand_ins: &[(" CONCURRENTLY ", " ")] },
    // It knows comments on columns, not those on constraints.
    Exception {
        start: "COMMENT ON CONSTRAINT ",
        stand_ins: &[("COMMENT ON CONSTRAINT ", "COMMENT "), (" ON ", "."), ("COMMENT ", "COMMENT ON COLUMN ")],
    },
    // Of partitioned indexes it knows neither how one is built alone nor how parts are attached to it.
    Exception { start: "CREATE ", stand_ins: &[(" ON ONLY ", " ON ")] },
    Exception { start: "ALTER INDEX ", stand_ins: &[(" ATTACH PARTITION ", " RENAME TO ")] },
    // Nor how a table becomes a partition.
    Exception {
        start: "ALTER TABLE ",
        stand_ins: &[(" ATTACH PARTITION ", " RENAME TO "), (" FOR VALUES ", " -- "), (" DEFAULT", "")],
    },
    // It knows CLUSTER as a statement of its own only, if at all.
    Exception { start: "ALTER TABLE ", stand_ins: &[(" CLUSTER ON ", " DROP COLUMN ")] },
    // Of the locks on rows it knows two of four.
    Exception { start: "SELECT FROM ", stand_ins: &[("\n    FOR KEY SHARE", "\n    FOR SHARE")] },
    // It knows no type that is named by a column: of the tenant, and twice of a key, which has at most 32.
    Exception { start: "CREATE OR REPLACE FUNCTION shardplan_actions.", stand_ins: &[("%TYPE", ""); 65] },
    // It knows no variables of psql.
    Exception { start: "SELECT ", stand_ins: &[(":'tenant'", "'tenant'"), (":'mode'", "'mode'")] },
    Exception { start: "SELECT citus_rebalance_start(", stand_ins: &[(":'mode'", "'mode'")] },
    // It does not know that an action can be for some of the columns only.
    Exception { start: "ALTER TABLE ", stand_ins: &[(" ON DELETE SET NULL (", " ON DELETE SET NULL, ADD UNIQUE (")] },
    Exception {
        start: "ALTER TABLE ",
        stand_ins: &[(" ON DELETE SET DEFAULT (", " ON DELETE SET DEFAULT, ADD UNIQUE (")],
    },
];

/// The statements of a plan that do not parse and are no exception, and the words of the exceptions that were met.
pub(crate) fn unparsed(plan: &Plan) -> (Vec<String>, BTreeSet<&'static str>) {
    let (mut failures, mut met) = (Vec::new(), BTreeSet::new());
    for script in shardplan_sql::render(plan).iter().filter(|script| script.path.ends_with(".sql")) {
        for statement in statements(&script.text) {
            let parsed = parse_or_stand_in(statement, &mut met).and_then(|()| within(statement, &mut met));
            failures.extend(parsed.err().map(|error| format!("{}: {error}", script.path)));
        }
    }
    (failures, met)
}

fn parse(statement: &str) -> Result<(), String> {
    match Parser::parse_sql(&PostgreSqlDialect {}, statement) {
        Ok(parsed) if parsed.len() == 1 => Ok(()),
        Ok(parsed) => Err(format!("{} statements: {statement}", parsed.len())),
        Err(error) => Err(format!("{error}: {statement}")),
    }
}

/// Parses it, or what stands in for it; notes the words of the exception.
fn parse_or_stand_in(statement: &str, met: &mut BTreeSet<&'static str>) -> Result<(), String> {
    parse(statement).or_else(|error| {
        let (words, instead) = stand_in(statement).ok_or(error)?;
        met.insert(words);
        parse(&instead)
    })
}

fn stand_in(statement: &str) -> Option<(&'static str, String)> {
    let known = |exception: &Exception| {
        let (words, _) = exception.stand_ins[0];
        let covers = statement.starts_with(exception.start) && statement.contains(words);
        let replace = |text: String, (words, instead): &(&str, &str)| text.replacen(words, instead, 1);
        covers.then(|| (words, exception.stand_ins.iter().fold(statement.to_owned(), replace)))
    };
    EXCEPTIONS.iter().find_map(known)
}

/// Parses what it can of the body of a DO statement or a function: all of SQL, the calls and updates of PL/pgSQL.
fn within(statement: &str, met: &mut BTreeSet<&'static str>) -> Result<(), String> {
    let kinds = ["DO $", "CREATE OR REPLACE FUNCTION ", "CREATE OR REPLACE PROCEDURE "];
    if statement.starts_with(PATIENT) {
        return patient(statement, met);
    }
    if !kinds.iter().any(|kind| statement.starts_with(kind)) {
        return Ok(());
    }
    let none = || format!("no body: {statement}");
    // A name in the head may hold dollar signs: the body starts after these words.
    let starts = ["DO $", "LANGUAGE sql", "LANGUAGE plpgsql"].into_iter();
    let head = starts.filter_map(|words| Some(statement.find(words)? + words.len())).min().ok_or_else(none)?;
    let start = if statement.starts_with("DO $") {
        head - 1
    } else {
        head + body_start(&statement[head..]).ok_or_else(none)?
    };
    let (head, quoted) = statement.split_at(start);
    let tag = &quoted[..quoted[1..].find('$').ok_or_else(none)? + 2];
    let body = &quoted[tag.len()..quoted.rfind(tag).filter(|end| *end >= tag.len()).ok_or_else(none)?];
    if head.contains("LANGUAGE sql") {
        return statements(&format!("{body};")).into_iter().try_for_each(parse);
    }
    let body = body.replacen("<<batch>>", "", 1).replace("BEGIN\n", "BEGIN;\n");
    let body = format!("{};", body.trim_end());
    statements(&body).into_iter().map(unconditional).try_for_each(|inner| match inner.strip_prefix("PERFORM ") {
        Some(call) => parse_or_stand_in(&format!("SELECT {call}"), met),
        None if is_parsed(inner) => parse(inner),
        None => Ok(()),
    })
}

/// Of a function's statements, those without a target for what they return.
fn is_parsed(inner: &str) -> bool {
    let starts = ["UPDATE ", "DELETE ", "WITH "];
    starts.iter().any(|start| inner.starts_with(start)) && !inner.contains("RETURNING")
}

/// The statement behind the condition under which it runs.
fn unconditional(statement: &str) -> &str {
    let is_branch = |word: &&str| statement.starts_with(*word);
    let branch = [("IF ", "THEN\n"), ("ELSIF ", "THEN\n"), ("ELSE\n", "ELSE\n")];
    let behind = branch.iter().find(|(word, _)| is_branch(word)).and_then(|(_, end)| statement.split_once(end));
    let mut rest = behind.map_or(statement, |(_, rest)| rest).trim_start();
    while rest.starts_with("--") {
        rest = rest.split_once('\n').map_or("", |(_, rest)| rest).trim_start();
    }
    rest
}

/// What comes before the dollar quote of a function.
const BODY: &str = " AS $";

fn body_start(after_language: &str) -> Option<usize> {
    Some(after_language.find(BODY)? + BODY.len() - 1)
}

/// How statements are called that are tried again and again.
const PATIENT: &str = "CALL pg_temp.with_patience(";

/// Parses each of the statements that are tried together.
fn patient(call: &str, met: &mut BTreeSet<&'static str>) -> Result<(), String> {
    // Behind the tables, which may be called `, $$`.
    let mut quoted = &call[PATIENT.len()..];
    while !quoted.starts_with('$') {
        quoted = &quoted[token(quoted)..];
    }
    let tag = &quoted[..quoted[1..].find('$').map_or(0, |end| end + 2)];
    let body = quoted.strip_prefix(tag).and_then(|rest| rest.split(tag).next()).unwrap_or_default();
    statements(body).into_iter().try_for_each(|inner| parse_or_stand_in(inner, met))
}

#[test]
fn every_statement_of_the_fixtures_parses_and_every_exception_is_needed() {
    let mut met = BTreeSet::new();
    for (fixture, plan) in fixtures::plans() {
        let (failures, exceptions) = unparsed(&plan);
        assert!(failures.is_empty(), "{fixture}: {}", failures.join("\n"));
        met.extend(exceptions);
    }
    let unneeded: Vec<_> =
        EXCEPTIONS.iter().map(|known| known.stand_ins[0].0).filter(|words| !met.contains(words)).collect();
    assert!(unneeded.is_empty(), "sqlparser takes these, or no fixture has them: {unneeded:?}");
}
