//! The user's overrides, checked: rules come in, one choice per table or the first override that cannot be followed goes out.

use std::collections::BTreeMap;

use super::root::{stays_local, unknown_table};
use super::similar::did_you_mean;
use super::{ForcedClass, ForeignKeyRule, KeyRule, RemovalRule, Rules, Strategy, TableRule};
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
    for (number, accepted) in rules.accepted.iter().enumerate() {
        accepted.check(graph).map_err(|error| rules.at(format_args!("accept.{number}"), error))?;
    }
    let mut choices: Vec<Choice<'g>> = graph.tables().iter().map(by_kind).collect();
    for (name, rule) in &rules.tables {
        let chosen = of_table(graph, rules, name, rule);
        let (table, choice) = chosen.map_err(|error| rules.at(format_args!("tables.{name}"), error))?;
        if choice != Choice::Free {
            choices[table.at()] = choice;
        }
    }
    let key = &rules.key.column;
    match choices[root.at()] {
        Choice::Free | Choice::Distributed => {}
        Choice::Holds(column) if column == key => {}
        _ => {
            let why = format!("it is the root, which is distributed by `{key}`");
            let root = &rules.key.table;
            return Err(rules.at(format_args!("tables.{root}"), refuse(root, why)));
        }
    }
    // The root is what it is; a choice that says so adds nothing.
    choices[root.at()] = Choice::Free;
    Ok(choices)
}

/// The table that a rule is about, and what it chooses.
fn of_table<'g>(
    graph: &'g SchemaGraph,
    rules: &Rules,
    name: &TableName,
    rule: &'g TableRule,
) -> Result<(TableIx, Choice<'g>), Error> {
    let table = graph.find(name).ok_or_else(|| unknown(graph, name))?;
    check_method(rule, rules.strategy.unwrap_or_default()).map_err(|why| refuse(name, why))?;
    let choice = choice(graph.table_at(table), rule).map_err(|why| refuse(name, why))?;
    if choice != Choice::Free || rule.keep_type || rule.keep_identity {
        check_reason(rule.reason.as_deref(), &format!("table `{name}`"))?;
    }
    if choice != Choice::Free {
        check_place(graph.table_at(table), choice).map_err(|why| refuse(name, why))?;
    }
    Ok((table, choice))
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
        let at = |error| rules.at(format_args!("foreign_keys.{name}.{key}"), error);
        check_foreign_key(graph, name, key, rule).map_err(at)?;
    }
    for ((name, key), rule) in &rules.keys {
        check_key(graph, name, key, rule).map_err(|error| rules.at(format_args!("keys.{name}.{key}"), error))?;
    }
    Ok(())
}

fn check_foreign_key(graph: &SchemaGraph, name: &TableName, key: &Name, rule: &ForeignKeyRule) -> Result<(), Error> {
    graph.table(name).ok_or_else(|| unknown(graph, name))?;
    if !graph.references(name).any(|found| found.name == *key) {
        return Err(none(name, "foreign key", key, graph.references(name).map(|found| &found.name)));
    }
    if rule.drop && (rule.on_delete.is_some() || rule.on_update.is_some()) {
        return Err(refuse(name, format!("foreign key `{key}` cannot both be dropped and get another action")));
    }
    check_reason(Some(&rule.reason), &format!("foreign key `{key}` of table `{name}`"))
}

fn check_key(graph: &SchemaGraph, name: &TableName, key: &Name, rule: &KeyRule) -> Result<(), Error> {
    let table = graph.table(name).ok_or_else(|| unknown(graph, name))?;
    if !keys(table).any(|found| found == key) {
        let what = "primary key, unique constraint, unique index or exclusion constraint";
        return Err(none(name, what, key, keys(table)));
    }
    if rule.drop && table.primary_key.as_ref().is_some_and(|primary| primary.name == *key) {
        return Err(refuse(name, format!("primary key `{key}` cannot be given up; it gains the distribution column")));
    }
    check_reason(Some(&rule.reason), &format!("key `{key}` of table `{name}`"))
}

/// The rules about one kind of what hangs on a table: their section, what it is called, and how the names of all are found.
type Removals<'r> =
    (&'r BTreeMap<(TableName, Name), RemovalRule>, &'static str, &'static str, fn(&Table) -> Vec<&Name>);

fn check_removals(graph: &SchemaGraph, rules: &Rules) -> Result<(), Error> {
    let kinds: [Removals<'_>; 3] = [
        (&rules.triggers, "triggers", "trigger", |table| table.triggers.iter().map(|one| &one.name).collect()),
        (&rules.rewrite_rules, "rewrite_rules", "rewrite rule", |table| {
            table.rules.iter().map(|one| &one.name).collect()
        }),
        (&rules.policies, "policies", "policy", |table| table.policies.iter().map(|one| &one.name).collect()),
    ];
    for (removals, section, what, names) in kinds {
        for ((name, object), rule) in removals {
            let check = || {
                let found = names(graph.table(name).ok_or_else(|| unknown(graph, name))?);
                if !found.contains(&object) {
                    return Err(none(name, what, object, found.into_iter()));
                }
                check_reason(Some(&rule.reason), &format!("{what} `{object}` of table `{name}`"))
            };
            check().map_err(|error| rules.at(format_args!("{section}.{name}.{object}"), error))?;
        }
    }
    Ok(())
}

/// The error of a name that a table has nothing of.
fn none<'n>(table: &TableName, what: &str, wanted: &Name, known: impl Iterator<Item = &'n Name>) -> Error {
    let similar = did_you_mean(wanted.as_str(), known.map(Name::as_str));
    refuse(table, format!("it has no {what} `{wanted}`{similar}"))
}

/// The names of all that keeps rows apart.
fn keys(table: &Table) -> impl Iterator<Item = &Name> {
    let indexes = table.indexes.iter().filter(|index| index.unique).map(|index| &index.name);
    let exclusions = table.exclusions.iter().map(|exclusion| &exclusion.name);
    table.keys().map(|key| &key.name).chain(indexes).chain(exclusions)
}

pub(super) fn check_reason(reason: Option<&str>, target: &str) -> Result<(), Error> {
    match reason {
        Some(reason) if !reason.trim().is_empty() => Ok(()),
        _ => {
            let why = "it needs a `reason`; say why".to_owned();
            Err(Error::Override { place: None, target: target.to_owned(), why })
        }
    }
}

pub(super) fn unknown(graph: &SchemaGraph, name: &TableName) -> Error {
    refuse(name, unknown_table(graph, name).to_string())
}

/// The error of an override for a table.
pub(super) fn refuse(table: &TableName, why: String) -> Error {
    Error::Override { place: None, target: format!("table `{table}`"), why }
}
