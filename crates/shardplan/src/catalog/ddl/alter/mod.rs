//! `ALTER TABLE` and its like in, changed tables out.

mod column;

use super::apply;
use super::constraint::{self, Demand};
use super::cursor::{Cursor, Outcome, Why, fail};
use super::draft::{Draft, Scope};
use super::drop;
use super::inherit;
use super::rename;
use super::table::bound;
use crate::catalog::{Persistence, ReplicaIdentity, RowSecurity, Timing};
use crate::name::{Name, QualifiedName, TableName};

/// What an `ALTER TABLE` is about.
#[derive(Debug)]
struct Target {
    table: TableName,
    scope: Scope,
}

/// Subcommands that say nothing about the model.
const WITHOUT_EFFECT: &[&str] = &[
    "set (",
    "reset (",
    "set tablespace",
    "set access method",
    "set with oids",
    "set without oids",
    "set without cluster",
    "not of",
    "options (",
    "enable rule",
    "disable rule",
    "enable always rule",
    "enable replica rule",
];

/// Reads what follows `ALTER TABLE` or `ALTER FOREIGN TABLE`.
pub(super) fn table(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    if at.eat("all in tablespace") {
        return Ok(());
    }
    let if_exists = at.eat("if exists");
    let scope = Scope::read(at);
    let table = draft.relation(at)?;
    at.eat_symbol("*");
    if !draft.tables.contains_key(&table) {
        return other_relation(at, draft, table, if_exists);
    }
    let target = Target { table, scope };
    if rename::in_table(at, draft, &target.table)? {
        return Ok(());
    }
    for mut part in at.clone().split_commas() {
        if let Err(why) = subcommand(&mut part, draft, &target) {
            draft.skip(why);
        }
    }
    Ok(())
}

/// `ALTER TABLE` also takes views, sequences and indexes.
fn other_relation(at: &mut Cursor<'_>, draft: &mut Draft, name: QualifiedName, if_exists: bool) -> Outcome {
    if draft.relation_exists(&name) {
        return relation(at, draft, &name);
    }
    if if_exists { Ok(()) } else { fail(format!("there is no table `{name}` at this point of the text")) }
}

/// Reads what follows the name in `ALTER VIEW`, `ALTER MATERIALIZED VIEW` and the like.
fn relation(at: &mut Cursor<'_>, draft: &mut Draft, name: &QualifiedName) -> Outcome {
    if at.is_any(&["rename", "set schema"]) {
        return rename::relation(at, draft, name);
    }
    // Owners, options, statistics and storage of what is not a table are not in the model.
    Ok(())
}

/// Reads `ALTER VIEW` or `ALTER MATERIALIZED VIEW` after these words.
pub(super) fn view(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    let if_exists = at.eat("if exists");
    let name = draft.relation(at)?;
    other_relation(at, draft, name, if_exists)
}

/// Reads `ALTER INDEX` after these words.
pub(super) fn index(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    if at.eat("all in tablespace") {
        return Ok(());
    }
    let if_exists = at.eat("if exists");
    let name = draft.relation(at)?;
    if !at.eat("attach partition") {
        return other_relation(at, draft, name, if_exists);
    }
    let child = draft.relation(at)?;
    let Some(table) = draft.index_owner.get(&child).cloned() else {
        return fail(format!("there is no index `{child}` at this point of the text"));
    };
    let table = draft.table(&table)?;
    let keys = table.primary_key.iter_mut().chain(&mut table.unique);
    let key = keys.filter(|key| key.name == child.name).map(|key| &mut key.attached_to);
    let index = table.indexes.iter_mut().filter(|index| index.name == child.name).map(|index| &mut index.attached_to);
    key.chain(index).for_each(|attached_to| *attached_to = Some(name.name.clone()));
    Ok(())
}

fn subcommand(at: &mut Cursor<'_>, draft: &mut Draft, target: &Target) -> Outcome {
    if add_constraint(at, draft, target)?
        || change_constraint(at, draft, target)?
        || hierarchy(at, draft, target)?
        || attribute(at, draft, target)?
        || column::subcommand(at, draft, target)?
    {
        return Ok(());
    }
    let without_effect = WITHOUT_EFFECT.iter().any(|words| match words.strip_suffix(" (") {
        Some(words) => at.is(words) && at.text_at(words.split(' ').count()) == "(",
        None => at.is(words),
    });
    if without_effect {
        return Ok(());
    }
    let begin: String = at.rest_text().chars().take(60).collect();
    fail(format!("`{}` of ALTER TABLE is not known", super::cursor::fold_blanks(&begin)))
}

fn add_constraint(at: &mut Cursor<'_>, draft: &mut Draft, target: &Target) -> Outcome<bool> {
    if !at.is("add") {
        return Ok(false);
    }
    let mut ahead = at.clone();
    ahead.skip();
    if !constraint::is_table_constraint(&ahead) {
        return Ok(false);
    }
    let read = constraint::table_constraint(&mut ahead, draft, &target.table)?;
    if !ahead.done() {
        return fail(ahead.unexpected("the end of the constraint"));
    }
    apply::add(draft, &target.table, read, target.scope)?;
    Ok(true)
}

fn change_constraint(at: &mut Cursor<'_>, draft: &mut Draft, target: &Target) -> Outcome<bool> {
    if at.eat("drop constraint") {
        let if_exists = at.eat("if exists");
        let name = at.name()?;
        drop::constraint(draft, &target.table, &name, if_exists)?;
    } else if at.eat("validate constraint") {
        let name = at.name()?;
        draft
            .table(&target.table)?
            .checks
            .iter_mut()
            .filter(|check| check.name == name)
            .for_each(|c| c.validated = true);
        references_named(draft, &target.table, &name).for_each(|reference| reference.key.validated = true);
    } else if at.eat("alter constraint") {
        let name = at.name()?;
        let demand = Demand::NotNull(name.clone());
        let timing = Timing::Immediate;
        let changed =
            constraint::attributes(at, constraint::Constraint { name: None, demand, timing, validated: true })?;
        references_named(draft, &target.table, &name).for_each(|reference| reference.key.timing = changed.timing);
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn references_named<'d>(
    draft: &'d mut Draft,
    table: &TableName,
    name: &'d Name,
) -> impl Iterator<Item = &'d mut super::draft::Reference> {
    draft.references.get_mut(table).into_iter().flatten().filter(move |reference| reference.key.name == *name)
}

fn hierarchy(at: &mut Cursor<'_>, draft: &mut Draft, target: &Target) -> Outcome<bool> {
    if at.eat("attach partition") {
        let partition = draft.relation(at)?;
        let bound = bound(at)?;
        inherit::attach(draft, &target.table, &partition, bound)?;
    } else if at.eat("detach partition") {
        let partition = draft.relation(at)?;
        inherit::detach(draft, &target.table, &partition)?;
    } else if at.eat("inherit") {
        let parent = draft.relation(at)?;
        inherit::inherit(draft, &target.table, parent)?;
    } else if at.eat("no inherit") {
        let parent = draft.relation(at)?;
        inherit::disinherit(draft, &target.table, &parent)?;
    } else if at.eat("of") {
        let parts = at.path()?;
        let name = draft.find(parts, |name| draft.types.contains_key(name))?;
        draft.table(&target.table)?.of_type = Some(name.qualified().to_string());
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn attribute(at: &mut Cursor<'_>, draft: &mut Draft, target: &Target) -> Outcome<bool> {
    let table = draft.table(&target.table)?;
    if at.eat("replica identity") {
        table.replica_identity = replica_identity(at)?;
    } else if at.eat("owner to") {
        table.owner = Some(at.name()?);
    } else if at.eat("cluster on") {
        table.clustered_on = Some(at.name()?);
    } else if at.eat("set logged") {
        table.persistence = Persistence::Permanent;
    } else if at.eat("set unlogged") {
        table.persistence = Persistence::Unlogged;
    } else if at.is("set without cluster") {
        table.clustered_on = None;
    } else if let Some(row_security) = row_security(at, table.row_security) {
        table.row_security = row_security;
    } else if at.is_any(&["enable trigger", "enable always trigger", "enable replica trigger", "disable trigger"]) {
        let enabled = at.is("enable");
        at.skip_until(|at| at.is("trigger"));
        at.skip();
        let all = at.is_any(&["all", "user"]);
        let name = at.name()?;
        let concerned = table.triggers.iter_mut().filter(|trigger| all || trigger.name == name);
        concerned.for_each(|trigger| trigger.enabled = enabled);
    } else {
        return Ok(false);
    }
    Ok(true)
}

fn replica_identity(at: &mut Cursor<'_>) -> Outcome<ReplicaIdentity> {
    Ok(if at.eat("full") {
        ReplicaIdentity::Full
    } else if at.eat("nothing") {
        ReplicaIdentity::Nothing
    } else if at.eat("default") {
        ReplicaIdentity::Default
    } else {
        at.expect("using index")?;
        ReplicaIdentity::Index(at.name()?)
    })
}

/// The model has no "forced but off": `FORCE` counts as on too, which is how a dump that says both reads.
fn row_security(at: &mut Cursor<'_>, now: RowSecurity) -> Option<RowSecurity> {
    if at.eat("enable row level security") {
        return Some(if now == RowSecurity::Forced { now } else { RowSecurity::On });
    }
    if at.eat("disable row level security") {
        return Some(RowSecurity::Off);
    }
    if at.eat("force row level security") {
        return Some(RowSecurity::Forced);
    }
    at.eat("no force row level security").then_some(if now == RowSecurity::Forced { RowSecurity::On } else { now })
}

/// Reads `CLUSTER table USING index` after `CLUSTER`; without an index it changes nothing.
pub(super) fn cluster(at: &mut Cursor<'_>, draft: &mut Draft) -> Outcome {
    at.eat("verbose");
    if at.done() {
        return Ok(());
    }
    let table = draft.relation(at)?;
    if at.eat("using") {
        draft.table(&table).map(|table| at.name().map(|index| table.clustered_on = Some(index)))??;
    }
    Ok(())
}

/// What to say about a column that is not there.
fn no_column(table: &TableName, column: &Name) -> Why {
    Why(format!("table `{table}` has no column `{column}`"))
}
