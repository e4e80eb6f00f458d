//! Shadows come in, the statements that make and remove the tables go out.

use std::collections::BTreeSet;
use std::fmt::{self, Write};

use shardplan::{Change, Name, Phase, Shadow, ShadowChange, ShadowPart, TableName};

use crate::helpers::{self, define};
use crate::put::qualified;
use crate::quote::{list, name_literal};

/// Writes the function that gives a new table what `LIKE` does not copy.
pub(crate) fn shared(text: &mut String) {
    text.push_str("\n-- Gives a new table the owner, the privileges and the policies of the live one.\n");
    let head = "PROCEDURE shardplan.take_after(live regclass, shadow regclass) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp";
    define(text, head, concat!("\n", include_str!("take_after.sql")));
}

/// An empty table with the columns, defaults and checks of the live one; its keys come later. A sequence that the live table
/// draws from serves both; an identity column gets one of its own.
pub(super) fn create(text: &mut String, shadow: &Shadow) -> fmt::Result {
    let (new, live) = (&shadow.shadow, &shadow.table);
    like(text, live, new)?;
    if let Some(by) = &shadow.partitioned_by {
        write!(text, " PARTITION BY {by}")?;
    }
    write!(text, ";\nCALL shardplan.take_after({}, {})", name_literal(live), name_literal(new))?;
    for ShadowPart { table, shadow: part, bound, .. } in &shadow.parts {
        text.push_str(";\n");
        like(text, table, part)?;
        writeln!(text, ";\nCALL shardplan.take_after({}, {});", name_literal(table), name_literal(part))?;
        write!(text, "ALTER TABLE {} ATTACH PARTITION {} {bound}", new.qualified(), part.qualified())?;
    }
    Ok(())
}

fn like(text: &mut String, live: &TableName, new: &TableName) -> fmt::Result {
    writeln!(text, "CREATE SCHEMA IF NOT EXISTS {};", new.schema)?;
    write!(
        text,
        "CREATE TABLE IF NOT EXISTS {} (LIKE {} INCLUDING ALL EXCLUDING INDEXES EXCLUDING STATISTICS)",
        new.qualified(),
        live.qualified()
    )
}

/// All tables together, because foreign keys tie them to each other. Whatever else hangs on one of them stops it.
pub(super) fn drop_retired(text: &mut String, tables: &[TableName], schemas: &[Name]) -> fmt::Result {
    write!(text, "DROP TABLE IF EXISTS {}", list(tables.iter().map(qualified)))?;
    for schema in schemas {
        write!(text, ";\nDROP SCHEMA IF EXISTS {schema}")?;
    }
    // With the tables their triggers went, and nothing needs what those called.
    text.push_str(";\n");
    helpers::drop_capture(text);
    text.truncate(text.trim_end_matches(";\n").len());
    Ok(())
}

/// Writes what removes the schemas of the shadows of a phase, if nothing is left in them.
pub(crate) fn drop_schemas(text: &mut String, phase: &Phase) {
    let family = shadows(phase).flat_map(Shadow::family);
    let schemas: BTreeSet<&Name> = family.map(|[_, copy, _]| &copy.schema).collect();
    text.push('\n');
    for schema in schemas {
        let _ = writeln!(text, "DROP SCHEMA IF EXISTS {schema};");
    }
}

/// Writes what removes all rows from the shadows of a phase.
pub(crate) fn empty(text: &mut String, phase: &Phase) {
    let tables: Vec<String> = shadows(phase).map(|shadow| shadow.shadow.qualified().to_string()).collect();
    if !tables.is_empty() {
        let _ = writeln!(text, "\n-- The copies are made anew.\nTRUNCATE {};", list(tables));
    }
}

fn shadows(phase: &Phase) -> impl Iterator<Item = &Shadow> {
    phase.steps.iter().flat_map(|step| &step.changes).filter_map(|change| match change {
        Change::Shadow(ShadowChange::Create(shadow)) => Some(&**shadow),
        Change::Shadow(ShadowChange::CopyRows(copy)) => Some(&copy.shadow),
        _ => None,
    })
}
