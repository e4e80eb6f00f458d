//! Every statement that is rendered parses, or is of a kind that sqlparser does not know yet.

use std::collections::BTreeSet;

use shardplan::Plan;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;

use crate::fixtures;
use crate::split::statements;

/// A kind of statement that PostgreSQL takes and sqlparser does not.
struct Exception {
    /// How it starts.
    start: &'static str,
    /// The words that are too much for sqlparser.
    words: &'static str,
    /// Words that it takes in their place, so that at least the rest is parsed.
    stand_in: &'static str,
}

/// All of them; one that sqlparser has learned must go.
const EXCEPTIONS: &[Exception] = &[
    // sqlparser has no DO.
    Exception { start: "DO ", words: "DO ", stand_in: "SELECT " },
    // It knows CREATE PROCEDURE in the manner of other servers only, and no OR REPLACE.
    Exception { start: "CREATE OR REPLACE ", words: " PROCEDURE ", stand_in: " FUNCTION " },
    // It knows the word where an index is created only.
    Exception { start: "DROP INDEX CONCURRENTLY ", words: " CONCURRENTLY ", stand_in: " " },
    // Of partitioned indexes it knows neither how one is built alone nor how parts are attached to it.
    Exception { start: "CREATE ", words: " ON ONLY ", stand_in: " ON " },
    Exception { start: "ALTER INDEX ", words: " ATTACH PARTITION ", stand_in: " RENAME TO " },
    // It does not know that an action can be for some of the columns only.
    Exception { start: "ALTER TABLE ", words: " ON DELETE SET NULL (", stand_in: " ON DELETE SET NULL, ADD UNIQUE (" },
    Exception {
        start: "ALTER TABLE ",
        words: " ON DELETE SET DEFAULT (",
        stand_in: " ON DELETE SET DEFAULT, ADD UNIQUE (",
    },
];

/// The statements of a plan that do not parse and are no exception, and the words of the exceptions that were met.
pub(crate) fn unparsed(plan: &Plan) -> (Vec<String>, BTreeSet<&'static str>) {
    let (mut failures, mut met) = (Vec::new(), BTreeSet::new());
    for script in shardplan_sql::render(plan).iter().filter(|script| script.path.ends_with(".sql")) {
        for statement in statements(&script.text) {
            let failed = parse(statement).and_then(|()| within(statement));
            let failed = failed.or_else(|error| match stand_in(statement) {
                Some((words, instead)) => {
                    met.insert(words);
                    parse(&instead).and_then(|()| within(statement))
                }
                None => Err(error),
            });
            failures.extend(failed.err().map(|error| format!("{}: {error}", script.path)));
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

fn stand_in(statement: &str) -> Option<(&'static str, String)> {
    let known = |exception: &Exception| {
        let replaced = statement.replacen(exception.words, exception.stand_in, 1);
        (statement.starts_with(exception.start) && replaced != statement).then_some((exception.words, replaced))
    };
    EXCEPTIONS.iter().find_map(known)
}

/// Parses what it can of the body of a DO statement or a function: conditions with their messages, and updates.
fn within(statement: &str) -> Result<(), String> {
    if !["DO ", "CREATE OR REPLACE FUNCTION ", "CREATE OR REPLACE PROCEDURE "]
        .iter()
        .any(|start| statement.starts_with(start))
    {
        return Ok(());
    }
    let Some((_, body)) = statement.split_once("$shardplan") else { return Err(format!("no body: {statement}")) };
    let Some((_, body)) = body.split_once('$') else { return Err(format!("no body: {statement}")) };
    let Some(end) = body.rfind("$shardplan") else { return Err(format!("no end: {statement}")) };
    statements(&body[..end].replacen("<<batch>>", "", 1).replace("END\n", "END;\n")).into_iter().try_for_each(|inner| {
        let raise = " THEN\n    RAISE EXCEPTION USING MESSAGE = ";
        match inner.split_once("IF ").and_then(|(_, rest)| rest.split_once(raise)) {
            Some((condition, message)) => parse(&format!("SELECT {condition}, {}", message.replacen("HINT =", "", 1))),
            None if inner.starts_with("UPDATE ") && !inner.contains("RETURNING") => parse(inner),
            None => Ok(()),
        }
    })
}

#[test]
fn every_statement_of_the_fixtures_parses_and_every_exception_is_needed() {
    let mut met = BTreeSet::new();
    for (fixture, plan) in fixtures::plans() {
        let (failures, exceptions) = unparsed(&plan);
        assert!(failures.is_empty(), "{fixture}: {}", failures.join("\n"));
        met.extend(exceptions);
    }
    let unneeded: Vec<_> = EXCEPTIONS.iter().map(|known| known.words).filter(|words| !met.contains(words)).collect();
    assert!(unneeded.is_empty(), "sqlparser takes these, or no fixture has them: {unneeded:?}");
}
