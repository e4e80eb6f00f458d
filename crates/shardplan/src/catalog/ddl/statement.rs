//! One statement in, the reader that understands it called. Knows which statements exist, not what is in them.

use super::cursor::{Cursor, Outcome, fail, fold_blanks};
use super::draft::Draft;
use super::lex::Kind;
use super::routine::Kinds;
use super::view::{Rows, Taken};
use super::{alter, drop, global, index, routine, sequence, table, trigger, userdef, view};
use crate::catalog::{Persistence, TableKind};

/// How statements begin that say nothing about the model: they run queries, change rows, sessions and rights, or make objects
/// that no table, key or query of the model depends on by its structure. What is neither here nor has a reader is reported.
#[rustfmt::skip]
const HARMLESS: &[&str] = &[
    "abort", "alter aggregate", "alter collation", "alter conversion", "alter database", "alter default privileges",
    "alter foreign data wrapper", "alter function", "alter group", "alter language", "alter large object", "alter operator",
    "alter procedure", "alter procedural language", "alter role", "alter routine", "alter rule", "alter schema", "alter server",
    "alter statistics", "alter subscription", "alter system", "alter tablespace", "alter text search", "alter trigger",
    "alter user", "analyse", "analyze", "begin", "checkpoint", "close", "comment", "commit", "copy", "create access method",
    "create aggregate", "create cast", "create collation", "create conversion", "create database", "create default conversion",
    "create foreign data wrapper", "create group", "create language", "create operator", "create or replace aggregate",
    "create or replace language", "create or replace procedural language", "create or replace transform",
    "create procedural language", "create role", "create server", "create statistics", "create subscription",
    "create tablespace", "create text search", "create transform", "create trusted", "create user", "deallocate", "declare",
    "delete", "discard", "drop access method", "drop aggregate", "drop cast", "drop collation", "drop conversion",
    "drop database", "drop foreign data wrapper", "drop group", "drop language", "drop operator", "drop owned",
    "drop procedural language", "drop role", "drop server", "drop statistics", "drop subscription", "drop tablespace",
    "drop text search", "drop transform", "drop user", "end", "explain", "fetch", "grant", "insert", "listen", "lock", "merge",
    "move", "notify", "prepare", "reassign", "refresh", "reindex", "release", "reset", "revoke", "rollback", "savepoint",
    "security label", "show", "start", "table", "truncate", "unlisten", "update", "vacuum", "values", "with",
];

/// Reads one statement into the draft.
pub(super) fn read(mut at: Cursor<'_>, draft: &mut Draft) -> Outcome {
    if at.has(Kind::Unclosed) {
        return fail("a quote or comment is not closed");
    }
    if at.eat("create") {
        return create(&mut at, draft);
    }
    if at.eat("alter") {
        return change(&mut at, draft);
    }
    if at.eat("drop") {
        return remove(&mut at, draft);
    }
    if at.eat("comment on") {
        return global::comment(&mut at, draft);
    }
    if at.eat("set") {
        return global::set(&mut at, draft);
    }
    if at.eat("reset search_path") || at.eat("reset all") {
        draft.search_path = vec!["public".into()];
        return Ok(());
    }
    if at.eat("select") {
        return global::select(&mut at, draft);
    }
    if at.eat("cluster") {
        return alter::cluster(&mut at, draft);
    }
    harmless(&at, "")
}

/// Accepts a statement that says nothing about the model; `verb` is what has been read of it.
fn harmless(at: &Cursor<'_>, verb: &str) -> Outcome {
    let known = HARMLESS.iter().any(|words| match words.strip_prefix(verb) {
        Some(rest) => at.is(rest.trim_start()),
        None => false,
    });
    if known {
        return Ok(());
    }
    let beginning: String = fold_blanks(&at.rest_text()).chars().take(40).collect();
    fail(format!("`{}` is not understood", format!("{}{beginning}", verb.to_uppercase()).trim()))
}

fn create(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    let whole = format!("CREATE {}", at.rest_text());
    let start = at.mark();
    let taken = if at.eat("or replace") { Taken::Replace } else { Taken::Fail };
    let persistence = persistence(at);
    if at.eat("table") {
        return table::create(at, draft, TableKind::Ordinary, persistence);
    }
    if at.eat("foreign table") {
        return table::create(at, draft, TableKind::Foreign, persistence);
    }
    if at.eat("view") || at.eat("recursive view") {
        return view::create(at, draft, Rows::Computed, taken);
    }
    if at.eat("materialized view") {
        return view::create(at, draft, Rows::Materialized, taken);
    }
    if at.eat("sequence") {
        return sequence::create(at, draft);
    }
    if at.eat("unique index") {
        return index::create(at, draft, true);
    }
    if at.eat("index") {
        return index::create(at, draft, false);
    }
    create_other(at, draft, whole).unwrap_or_else(|| {
        at.back(start);
        harmless(at, "create ")
    })
}

/// The rest of what can be created; `None` when it is none of that.
fn create_other(at: &mut Cursor<'_>, draft: &mut Draft, whole: String) -> Option<Outcome> {
    Some(if at.eat("type") {
        userdef::create_type(at, draft)
    } else if at.eat("domain") {
        userdef::create_domain(at, draft)
    } else if at.eat("function") {
        routine::create(at, draft, Kinds::Function)
    } else if at.eat("procedure") {
        routine::create(at, draft, Kinds::Procedure)
    } else if at.eat("trigger") || at.eat("constraint trigger") {
        trigger::trigger(at, draft, whole)
    } else if at.eat("rule") {
        trigger::rule(at, draft, &whole)
    } else if at.eat("policy") {
        trigger::policy(at, draft)
    } else if at.eat("extension") {
        global::create_extension(at, draft)
    } else if at.eat("publication") {
        global::create_publication(at, draft)
    } else if at.eat("schema") {
        global::create_schema(at)
    } else {
        return None;
    })
}

fn persistence(at: &mut Cursor<'_>) -> Persistence {
    if at.eat("unlogged") {
        return Persistence::Unlogged;
    }
    _ = at.eat("global") || at.eat("local");
    if at.eat("temporary") || at.eat("temp") { Persistence::Temporary } else { Persistence::Permanent }
}

fn change(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    if at.eat("table") || at.eat("foreign table") {
        alter::table(at, draft)
    } else if at.eat("index") {
        alter::index(at, draft)
    } else if at.eat("view") || at.eat("materialized view") {
        alter::view(at, draft)
    } else if at.eat("sequence") {
        alter_sequence(at, draft)
    } else if at.eat("type") || at.eat("domain") {
        userdef::alter(at, draft)
    } else if at.eat("policy") {
        trigger::alter_policy(at, draft)
    } else if at.eat("publication") {
        global::alter_publication(at, draft)
    } else if at.eat("extension") {
        global::alter_extension(at, draft)
    } else {
        alter_by_name(at)
    }
}

fn alter_sequence(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    let start = at.mark();
    at.eat("if exists");
    at.path()?;
    let renamed = at.is_any(&["rename", "set schema"]);
    at.back(start);
    if renamed { alter::view(at, draft) } else { sequence::alter(at, draft) }
}

/// Schemas, functions, triggers and rules can be renamed, which would change the model; the rest of what can be altered about
/// them would not.
fn alter_by_name(at: &mut Cursor<'_>) -> Outcome {
    if at.is_any(&["schema", "function", "procedure", "routine", "trigger", "rule"]) {
        let mut rest = at.clone();
        rest.skip_until(|at| at.is("rename to") || at.is("set schema"));
        if !rest.done() {
            return fail("renaming it is not supported");
        }
    }
    harmless(at, "alter ")
}

fn remove(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    const RELATIONS: &[&str] = &["table", "foreign table", "view", "materialized view", "sequence", "index"];
    if RELATIONS.iter().any(|kind| at.eat(kind)) {
        drop::relations(at, draft)
    } else if at.eat("type") || at.eat("domain") {
        drop::types(at, draft)
    } else if at.eat("function") || at.eat("procedure") || at.eat("routine") {
        drop::routines(at, draft)
    } else if at.eat("schema") {
        drop::schemas(at, draft)
    } else if at.eat("trigger") {
        drop::of_table(at, draft, trigger::drop_trigger)
    } else if at.eat("rule") {
        drop::of_table(at, draft, trigger::drop_rule)
    } else if at.eat("policy") {
        drop::of_table(at, draft, trigger::drop_policy)
    } else if at.eat("extension") {
        drop::global(at, draft, |draft, name| _ = draft.extensions.remove(name))
    } else if at.eat("publication") {
        drop::global(at, draft, |draft, name| _ = draft.publications.remove(name))
    } else {
        harmless(at, "drop ")
    }
}
