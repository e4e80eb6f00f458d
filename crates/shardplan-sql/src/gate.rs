//! What must hold before a phase comes in; a statement that stops the script when it does not goes out.

use std::fmt::{Display, Write};

use shardplan::{Gate, Name, TableName};

use crate::cluster::Check;
use crate::probe;
use crate::quote::{dollar, list, literal, name_literal, relation_literal};
use crate::undecided;

/// Writes the statement that stops the script when one of the gates is closed.
pub(crate) fn statement(text: &mut String, gates: &[Gate]) {
    text.push_str("DO ");
    dollar(text, |text| {
        text.push_str("\nBEGIN\n");
        for gate in gates {
            let _ = require(text, gate);
        }
        text.push_str("END\n");
    });
    text.push_str(";\n");
}

/// Writes a statement that stops the script in any case.
pub(crate) fn stop(text: &mut String, message: &str, hint: &str) {
    let _ = writeln!(text, "SELECT pg_temp.require(false, {}, {});", literal(message), literal(hint));
}

fn require(body: &mut String, gate: &Gate) -> std::fmt::Result {
    match gate {
        Gate::CitusIsReady { concurrent } => citus(body, *concurrent),
        Gate::AreColocated { tables } if tables.is_empty() => Ok(()),
        Gate::AreColocated { tables } => call(body, "colocated", &[&array(tables.iter().map(name_literal))]),
        Gate::PlacedTogether { tables } => call(body, "together", &[&array(tables.iter().map(name_literal))]),
        Gate::TableIs { table, columns } => {
            let names = array(columns.iter().map(|(name, _)| literal(name.as_str())));
            let types = array(columns.iter().map(|(_, data_type)| literal(data_type)));
            of(body, "columns", table, &[&names, &types])
        }
        Gate::ColumnIs { table, column, data_types } => {
            of_column(body, "type", table, column, &[&array(data_types.iter().map(literal))])
        }
        Gate::ColumnCanBeReplaced { table, column, data_type } => {
            of_column(body, "replaceable", table, column, &[&literal(data_type)])
        }
        Gate::ColumnCanBeAdded { table, column, key, path } => {
            let agreement = literal(probe::agrees(table, column, path));
            of_column(
                body,
                "addable",
                table,
                column,
                &[&name_literal(&key.table), &literal(key.column.as_str()), &agreement],
            )
        }
        Gate::HasForeignKey { table, names } => of(body, "foreign_key", table, &[&texts(names)]),
        Gate::NoOtherForeignKeys { table, known } => {
            let tables = array(known.iter().map(|(from, _)| name_literal(from)));
            let names = array(known.iter().map(|(_, name)| literal(name.as_str())));
            of(body, "known_foreign_keys", table, &[&tables, &names])
        }
        Gate::HasKey { table, name } => of_column(body, "key", table, name, &[]),
        Gate::NoOtherKeys { table, known } => of(body, "known_keys", table, &[&texts(known)]),
        Gate::NoOtherPartitions { table, known } => {
            of(body, "known_partitions", table, &[&array(known.iter().map(name_literal))])
        }
        Gate::NoViewNeedsKey { table, name } => of_column(body, "no_view_on", table, name, &[]),
        Gate::NoNulls { table, column } => of_column(body, "no_nulls", table, column, &[]),
        Gate::NoDisagreement { table, foreign_key, parts } => {
            let kind = literal(undecided::kind(foreign_key));
            of_column(body, "agreement", table, foreign_key, &[&kind, &array(parts.iter().map(name_literal))])
        }
        Gate::WrittenWithKey { table, column, parts } => {
            of_column(body, "written", table, column, &[&array(parts.iter().map(name_literal))])
        }
        Gate::IndexIsValid { table, index, becomes, positions } => {
            let (index, key) = (relation_literal(&table.schema, index), relation_literal(&table.schema, becomes));
            call(body, "index", &[&index, &key, positions])
        }
        Gate::DomainIsPlain { data_type } => call(body, "plain_domain", &[&literal(data_type)]),
        Gate::KeyIsDeterministic { table, column } => of_column(body, "deterministic", table, column, &[]),
        Gate::SeesAllRows { table } => of(body, "sight", table, &[]),
        Gate::PublishesKey { table, column } => of_column(body, "published", table, column, &[]),
        Gate::NoTriggers { table } => of(body, "no_triggers", table, &[]),
        Gate::IsNotNull { table, column } => of_column(body, "not_null", table, column, &[]),
        Gate::IsPlain { table } => of(body, "plain", table, &[]),
        Gate::IsBuilt { table } => of(body, "built", table, &[]),
        Gate::IsCopied { table } => of(body, "copied", table, &[]),
        Gate::IsDistributed { table, column } => of_column(body, "distributed", table, column, &[]),
        Gate::IsReference { table } => of(body, "reference", table, &[]),
        Gate::IsEnforced { table, foreign_key, validated } => {
            of_column(body, "enforced", table, foreign_key, &[validated])
        }
    }
}

/// A call of `pg_temp.require_…`.
fn call(body: &mut String, function: &str, arguments: &[&dyn Display]) -> std::fmt::Result {
    writeln!(body, "  PERFORM pg_temp.require_{function}({});", list(arguments))
}

/// A call about a table.
fn of(body: &mut String, function: &str, table: &TableName, more: &[&dyn Display]) -> std::fmt::Result {
    let table = name_literal(table);
    let mut arguments: Vec<&dyn Display> = vec![&table];
    arguments.extend(more);
    call(body, function, &arguments)
}

/// A call about a column, a constraint or an index of a table.
fn of_column(
    body: &mut String,
    function: &str,
    table: &TableName,
    name: &Name,
    more: &[&dyn Display],
) -> std::fmt::Result {
    let name = literal(name.as_str());
    let mut arguments: Vec<&dyn Display> = vec![&name];
    arguments.extend(more);
    of(body, function, table, &arguments)
}

/// An array of texts.
fn array(items: impl Iterator<Item = impl Display> + Clone) -> impl Display {
    std::fmt::from_fn(move |f| {
        f.write_str("ARRAY[")?;
        list(items.clone()).fmt(f)?;
        f.write_str("]::text[]")
    })
}

fn texts(names: &[Name]) -> impl Display {
    array(names.iter().map(|name| literal(name.as_str())))
}

fn citus(body: &mut String, concurrent: bool) -> std::fmt::Result {
    for Check { holds, message, hint, .. } in Check::demanded(concurrent) {
        writeln!(body, "  PERFORM pg_temp.require({holds}, {}, {});", literal(message), literal(hint))?;
    }
    Ok(())
}
