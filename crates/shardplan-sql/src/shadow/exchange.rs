//! Shadows come in, the procedure that puts them in the place of the live tables goes out.

use std::collections::BTreeSet;
use std::fmt::Write;

use shardplan::{ForeignKey, LockMode, Name, Shadow, TableLock, TableName};

use crate::helpers::define;
use crate::quote::{list, literal, name_literal};
use crate::statement::Definition;

/// Writes the schemas for the old tables, and the procedures.
pub(super) fn procedures(
    text: &mut String,
    shadows: &[Shadow],
    (views, locks): (&[TableName], &[TableLock]),
    goes: (&[ForeignKey], &[ForeignKey], &[(TableName, Name)]),
) {
    let family = shadows.iter().flat_map(Shadow::family);
    let schemas: BTreeSet<&Name> = family.map(|[.., retired]| &retired.schema).collect();
    for schema in schemas {
        let _ = writeln!(text, "CREATE SCHEMA IF NOT EXISTS {schema};");
    }
    text.push_str(
        "-- Puts the copies in the place of the tables. What hangs on a table itself is made anew, or stops it.\n",
    );
    let head = "PROCEDURE shardplan.swap() LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp";
    define(text, head, swap(shadows, goes));
    text.push_str(
        "-- Waits for the locks in short attempts, and gives them back when too much has changed meanwhile.\n",
    );
    let tables = views.iter().chain(locks.iter().map(|lock| &lock.table));
    let tables = list(tables.map(name_literal)).to_string();
    let modes = views.iter().map(|_| LockMode::AccessExclusive).chain(locks.iter().map(|lock| lock.mode));
    let modes = list(modes.map(|mode| literal(mode).to_string())).to_string();
    let body = filled(include_str!("exchange.sql"), &[("{tables}", &tables), ("{modes}", &modes)]);
    define(text, "PROCEDURE shardplan.exchange() LANGUAGE plpgsql", format!("\n{body}"));
}

/// The old tables go first: only then are their names free, and those of their sequences.
fn swap(shadows: &[Shadow], (late, let_go, given_up): (&[ForeignKey], &[ForeignKey], &[(TableName, Name)])) -> String {
    let family: Vec<[&TableName; 3]> = shadows.iter().flat_map(Shadow::family).collect();
    let classes = |at: usize| family.iter().map(move |names| format!("{}::regclass", name_literal(names[at])));
    let (live, copies) = (list(classes(0)).to_string(), list(classes(1)).to_string());
    let keys = shadows.iter().flat_map(|shadow| {
        let key = shadow.key.as_ref().map(|key| literal(key.column.as_str()).to_string());
        shadow.family().map(move |_| key.clone().unwrap_or_else(|| "NULL".to_owned()))
    });
    let keys = list(keys.collect::<Vec<_>>()).to_string();
    let given_up = given_up
        .iter()
        .map(|(table, trigger)| format!("({}::regclass, {}::name)", name_literal(table), literal(trigger.as_str())));
    // In a VALUES list there is at least one row.
    let given_up = list(given_up.chain(["(NULL::regclass, NULL::name)".to_owned()]).collect::<Vec<_>>()).to_string();
    let mut moves = String::new();
    for key in let_go {
        let _ = writeln!(moves, "  ALTER TABLE {} DROP CONSTRAINT IF EXISTS {};", key.from.qualified(), key.name);
    }
    for [table, _, retired] in &family {
        let _ = writeln!(moves, "  ALTER TABLE {} SET SCHEMA {};", table.qualified(), retired.schema);
    }
    for [table, copy, _] in &family {
        let _ = writeln!(moves, "  ALTER TABLE {} SET SCHEMA {};", copy.qualified(), table.schema);
    }
    for shadow in shadows {
        for column in &shadow.identities {
            let values = [
                ("{new}", &*name_literal(&shadow.table).to_string()),
                ("{old}", &*name_literal(&shadow.retired).to_string()),
                ("{column}", &*literal(column.as_str()).to_string()),
            ];
            moves.push_str(&filled(include_str!("identity.sql"), &values));
        }
    }
    for key in late {
        let (table, name) = (key.from.qualified(), &key.name);
        let _ = writeln!(moves, "  ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name};");
        let _ = writeln!(moves, "  ALTER TABLE {table} ADD CONSTRAINT {name} {};", Definition(key));
    }
    let owned = shadows.iter().flat_map(|shadow| shadow.sequences.iter().map(move |one| (&shadow.table, one)));
    let mut owned = owned.peekable();
    if owned.peek().is_some() {
        // The workers draw from it by its name.
        moves.push_str("  PERFORM set_config('citus.enable_ddl_propagation', 'off', true);\n");
        for (table, (sequence, column)) in owned {
            let _ =
                writeln!(moves, "  ALTER SEQUENCE {} OWNED BY {}.{column};", sequence.qualified(), table.qualified());
        }
        moves.push_str("  PERFORM set_config('citus.enable_ddl_propagation', 'on', true);\n");
    }
    filled(
        include_str!("swap.sql"),
        &[("{live}", &live), ("{copies}", &copies), ("{keys}", &keys), ("{given_up}", &given_up), ("{moves}", &moves)],
    )
}

/// A text with values in the place of marks. Names may look like marks, so what was put in is not looked at again.
pub(super) fn filled(text: &str, values: &[(&str, &str)]) -> String {
    let (mut done, mut rest) = (String::new(), text);
    let next = |rest: &str| {
        let found = values.iter().filter_map(|(mark, value)| Some((rest.find(mark)?, *mark, *value)));
        found.min_by_key(|(at, ..)| *at)
    };
    while let Some((at, mark, value)) = next(rest) {
        done.push_str(&rest[..at]);
        done.push_str(value);
        rest = &rest[at + mark.len()..];
    }
    done.push_str(rest);
    done
}
