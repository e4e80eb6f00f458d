//! The user's overrides, checked: rules come in, one choice per table or the first override that cannot be followed goes out.

use std::collections::BTreeMap;

use super::root::{stays_local, unknown_table};
use super::{ForcedClass, RemovalRule, Rules, Strategy, TableRule};
use crate::catalog::Table;
use crate::error::Error;
use crate::graph::{SchemaGraph, TableIx};
use crate::name::{Name, TableName};

/// What is decided about a table before any foreign key is looked at.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Choice<'g> {
    /// Nothing.
    Free,
    /// Its kind decides: what kind that is.
    Stays(&'static str),
    /// To be local.
    Local,
    /// To be a reference table.
    Reference,
    /// To be distributed by this existing column.
    Holds(&'g Name),
    /// To be distributed, with the key from along these foreign keys.
    Along(&'g [Name]),
    /// To be distributed by what its foreign keys and columns say.
    Distributed,
}

pub(super) fn choices<'g>(graph: &'g SchemaGraph, rules: &'g Rules, root: TableIx) -> Result<Vec<Choice<'g>>, Error> {
    check_keys(graph, rules)?;
    check_removals(graph, rules)?;
    rules.accepted.iter().try_for_each(|accepted| accepted.check(graph))?;
    let mut choices: Vec<Choice<'g>> = graph.tables().iter().map(by_kind).collect();
    for (name, rule) in &rules.tables {
        let table = graph.find(name).ok_or_else(|| unknown(graph, name))?;
        check_method(rule, rules.strategy.unwrap_or_default()).map_err(|why| refuse(name, why))?;
        let choice = choice(graph.table_at(table), rule).map_err(|why| refuse(name, why))?;
        if choice != Choice::Free || rule.keep_type || rule.keep_identity {
            check_reason(rule.reason.as_deref(), &format!("table `{name}`"))?;
        }
        if choice != Choice::Free {
            check_place(graph.table_at(table), choice).map_err(|why| refuse(name, why))?;
            choices[table.at()] = choice;
        }
    }
    let key = &rules.key.column;
    match choices[root.at()] {
        Choice::Free | Choice::Distributed => {}
        Choice::Holds(column) if column == key => {}
        _ => return Err(refuse(&rules.key.table, format!("it is the root, which is distributed by `{key}`"))),
    }
    // The root is what it is; a choice that says so adds nothing.
    choices[root.at()] = Choice::Free;
    Ok(choices)
}

/// Only one strategy chooses for each table.
fn check_method(rule: &TableRule, strategy: Strategy) -> Result<(), String> {
    if rule.method.is_none() || strategy == Strategy::Combined {
        return Ok(());
    }
    Err(format!(
        "its `method` contradicts the strategy `{strategy}`, which chooses for all tables; take one of them out"
    ))
}

fn by_kind(table: &Table) -> Choice<'static> {
    match (stays_local(table), &table.extension) {
        (Some(what), _) => Choice::Stays(what),
        (None, Some(_)) => Choice::Stays("owned by an extension"),
        (None, None) => Choice::Free,
    }
}

fn choice<'g>(table: &Table, rule: &'g TableRule) -> Result<Choice<'g>, String> {
    let undistributed = match rule.class {
        Some(ForcedClass::Local) => Some(Choice::Local),
        Some(ForcedClass::Reference) => Some(Choice::Reference),
        Some(ForcedClass::Distributed) | None => None,
    };
    let existing = rule.column.as_ref().filter(|column| table.column(column).is_some());
    match (undistributed, rule.path.as_slice(), existing) {
        (Some(choice), [], _) if rule.column.is_none() => Ok(choice),
        (Some(_), ..) => Err("`column` and `path` are for a distributed table; take them out or change `class`".into()),
        (None, [], Some(column)) => Ok(Choice::Holds(column)),
        (None, [], None) if rule.class.is_none() && rule.column.is_none() => Ok(Choice::Free),
        (None, [], None) => Ok(Choice::Distributed),
        (None, _, Some(column)) => {
            Err(format!("it has a column `{column}` already; with a `path`, `column` names the one to add"))
        }
        (None, path, None) => Ok(Choice::Along(path)),
    }
}

/// Where no choice is possible at all.
fn check_place(table: &Table, choice: Choice<'_>) -> Result<(), String> {
    if let Some(part) = &table.partition_of {
        return Err(format!(
            "it is a partition and goes where its partitioned table `{}` goes; override that",
            part.parent
        ));
    }
    match stays_local(table) {
        Some(what) if choice != Choice::Local => Err(format!("it is {what}, which always stays local")),
        _ => Ok(()),
    }
}

fn check_keys(graph: &SchemaGraph, rules: &Rules) -> Result<(), Error> {
    for ((name, key), rule) in &rules.foreign_keys {
        graph.table(name).ok_or_else(|| unknown(graph, name))?;
        if !graph.references(name).any(|found| found.name == *key) {
            return Err(refuse(name, format!("it has no foreign key `{key}`")));
        }
        if rule.drop && (rule.on_delete.is_some() || rule.on_update.is_some()) {
            return Err(refuse(name, format!("foreign key `{key}` cannot both be dropped and get another action")));
        }
        check_reason(Some(&rule.reason), &format!("foreign key `{key}` of table `{name}`"))?;
    }
    for ((name, key), rule) in &rules.keys {
        let table = graph.table(name).ok_or_else(|| unknown(graph, name))?;
        if !has_key(table, key) {
            let what = "no primary key, unique constraint, unique index or exclusion constraint";
            return Err(refuse(name, format!("it has {what} `{key}`")));
        }
        if rule.drop && table.primary_key.as_ref().is_some_and(|primary| primary.name == *key) {
            return Err(refuse(
                name,
                format!("primary key `{key}` cannot be given up; it gains the distribution column"),
            ));
        }
        check_reason(Some(&rule.reason), &format!("key `{key}` of table `{name}`"))?;
    }
    Ok(())
}

/// The rules about one kind of what hangs on a table, with its name and how it is found.
type Removals<'r> = (&'r BTreeMap<(TableName, Name), RemovalRule>, &'static str, fn(&Table, &Name) -> bool);

fn check_removals(graph: &SchemaGraph, rules: &Rules) -> Result<(), Error> {
    let kinds: [Removals<'_>; 3] = [
        (&rules.triggers, "trigger", |table, name| table.triggers.iter().any(|one| one.name == *name)),
        (&rules.rewrite_rules, "rewrite rule", |table, name| table.rules.iter().any(|one| one.name == *name)),
        (&rules.policies, "policy", |table, name| table.policies.iter().any(|one| one.name == *name)),
    ];
    for (removals, what, has) in kinds {
        for ((name, object), rule) in removals {
            let table = graph.table(name).ok_or_else(|| unknown(graph, name))?;
            if !has(table, object) {
                return Err(refuse(name, format!("it has no {what} `{object}`")));
            }
            check_reason(Some(&rule.reason), &format!("{what} `{object}` of table `{name}`"))?;
        }
    }
    Ok(())
}

fn has_key(table: &Table, name: &Name) -> bool {
    table.keys().any(|key| key.name == *name)
        || table.indexes.iter().any(|index| index.unique && index.name == *name)
        || table.exclusions.iter().any(|exclusion| exclusion.name == *name)
}

pub(super) fn check_reason(reason: Option<&str>, target: &str) -> Result<(), Error> {
    match reason {
        Some(reason) if !reason.trim().is_empty() => Ok(()),
        _ => Err(Error::Override { target: target.to_owned(), why: "it needs a `reason`; say why".into() }),
    }
}

pub(super) fn unknown(graph: &SchemaGraph, name: &TableName) -> Error {
    refuse(name, unknown_table(graph, name).to_string())
}

/// The error of an override for a table.
pub(super) fn refuse(table: &TableName, why: String) -> Error {
    Error::Override { target: format!("table `{table}`"), why }
}
