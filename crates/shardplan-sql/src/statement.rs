//! One change comes in, its statement goes out, without a final semicolon.

use std::fmt::{self, Display};

use shardplan::{
    Action, Change, ColumnPair, Commented, Direction, ForeignKey, Index, IndexBuild, IndexElement, IndexPart, Key,
    KeyKind, MatchKind, Method, Name, ReplicaIdentity, TableName, Timing,
};

use crate::quote::{list, literal, name_literal};

/// The statement of a change; `None` for a backfill and for the removal of its helpers, which are scripts of their own.
pub(crate) fn statement(change: &Change) -> Option<String> {
    Some(match change {
        Change::Backfill(_) | Change::DropHelpers => return None,
        Change::CreateIndex { .. }
        | Change::AttachIndex { .. }
        | Change::DropIndex { .. }
        | Change::RenameIndex { .. } => index_statement(change)?,
        Change::CreateReferenceTable { .. }
        | Change::Distribute { .. }
        | Change::Undistribute { .. }
        | Change::TruncateLocalData { .. } => citus_statement(change)?,
        Change::Comment { on, text } => comment_on(on, text),
        other => alter_table(other)?,
    })
}

fn alter_table(change: &Change) -> Option<String> {
    let (table, only, action) = match change {
        Change::AddColumn { table, column, data_type, collation } => {
            let collation = collation.as_ref().map(|name| format!(" COLLATE {name}")).unwrap_or_default();
            (table, "", format!("ADD COLUMN IF NOT EXISTS {column} {data_type}{collation}"))
        }
        Change::DropColumn { table, column } => (table, "", format!("DROP COLUMN IF EXISTS {column}")),
        Change::AddNotNullCheck { table, name, column } => {
            (table, "", format!("ADD CONSTRAINT {name} CHECK ({column} IS NOT NULL) NOT VALID"))
        }
        Change::ValidateConstraint { table, name, .. } => (table, "", format!("VALIDATE CONSTRAINT {name}")),
        Change::SetNotNull { table, column } => (table, "", format!("ALTER COLUMN {column} SET NOT NULL")),
        Change::DropNotNull { table, column } => (table, "", format!("ALTER COLUMN {column} DROP NOT NULL")),
        Change::DropConstraint { table, name } | Change::DropForeignKey { table, name, .. } => {
            (table, "", format!("DROP CONSTRAINT IF EXISTS {name}"))
        }
        Change::RenameConstraint { table, from, to } => (table, "", format!("RENAME CONSTRAINT {from} TO {to}")),
        Change::AddForeignKey { foreign_key } => {
            (&foreign_key.from, "", format!("ADD CONSTRAINT {} {}", foreign_key.name, Definition(foreign_key)))
        }
        Change::AddKeyUsingIndex { table, name, kind, index, timing } => {
            let kind = key_kind(*kind);
            (table, "", format!("ADD CONSTRAINT {name} {kind} USING INDEX {index}{}", timing_clause(*timing)))
        }
        Change::AddKeyOnly { table, name, kind, columns, include, timing } => {
            (table, "ONLY ", format!("ADD CONSTRAINT {name} {}", key_clause(*kind, columns, include, false, *timing)))
        }
        Change::AddKey { table, kind, key } => (table, "", add_key(*kind, key)),
        Change::SetReplicaIdentity { table, identity } => (table, "", replica_identity(identity)),
        Change::ClusterOn { table, index } => (table, "", format!("CLUSTER ON {index}")),
        _ => return None,
    };
    Some(format!("ALTER TABLE {only}{} {action}", table.qualified()))
}

fn add_key(kind: KeyKind, key: &Key) -> String {
    let clause = key_clause(kind, &key.columns, &key.include, key.nulls_not_distinct, key.timing);
    format!("ADD CONSTRAINT {} {clause}", key.name)
}

fn key_clause(kind: KeyKind, columns: &[Name], include: &[Name], nulls_not_distinct: bool, timing: Timing) -> String {
    let kind = key_kind(kind);
    let nulls = if nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
    format!("{kind}{nulls} ({}){}{}", list(columns), include_clause(include), timing_clause(timing))
}

fn include_clause(include: &[Name]) -> String {
    if include.is_empty() { String::new() } else { format!(" INCLUDE ({})", list(include)) }
}

fn key_kind(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Primary => "PRIMARY KEY",
        KeyKind::Unique => "UNIQUE",
    }
}

fn timing_clause(timing: Timing) -> &'static str {
    match timing {
        Timing::Immediate => "",
        Timing::Deferrable => " DEFERRABLE",
        Timing::Deferred => " DEFERRABLE INITIALLY DEFERRED",
    }
}

fn replica_identity(identity: &ReplicaIdentity) -> String {
    match identity {
        ReplicaIdentity::Default => "REPLICA IDENTITY DEFAULT".to_owned(),
        ReplicaIdentity::Full => "REPLICA IDENTITY FULL".to_owned(),
        ReplicaIdentity::Nothing => "REPLICA IDENTITY NOTHING".to_owned(),
        ReplicaIdentity::Index(index) => format!("REPLICA IDENTITY USING INDEX {index}"),
    }
}

/// What follows the name of a foreign key.
struct Definition<'a>(&'a ForeignKey);

impl Display for Definition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let key = self.0;
        let side = |pick: fn(&ColumnPair) -> &Name| list(key.columns.iter().map(pick));
        write!(f, "FOREIGN KEY ({}) ", side(|pair| &pair.from))?;
        write!(f, "REFERENCES {} ({})", key.to.qualified(), side(|pair| &pair.to))?;
        match key.match_kind {
            MatchKind::Simple => {}
            MatchKind::Full => f.write_str(" MATCH FULL")?,
            MatchKind::Partial => f.write_str(" MATCH PARTIAL")?,
        }
        if key.on_update != Action::NoAction {
            write!(f, " ON UPDATE {}", key.on_update)?;
        }
        if key.on_delete != Action::NoAction {
            write!(f, " ON DELETE {}", key.on_delete)?;
            if !key.set_columns.is_empty() {
                write!(f, " ({})", list(&key.set_columns))?;
            }
        }
        f.write_str(timing_clause(key.timing))?;
        f.write_str(if key.validated { "" } else { " NOT VALID" })
    }
}

fn index_statement(change: &Change) -> Option<String> {
    Some(match change {
        Change::CreateIndex { table, index, build } => create_index(table, index, *build),
        Change::AttachIndex { parent, parent_index, table, index } => {
            let (parent_index, index) = (beside(parent, parent_index), beside(table, index));
            format!("ALTER INDEX {} ATTACH PARTITION {}", parent_index.qualified(), index.qualified())
        }
        Change::DropIndex { table, index, concurrently } => {
            let how = if *concurrently { "CONCURRENTLY " } else { "" };
            format!("DROP INDEX {how}IF EXISTS {}", beside(table, index).qualified())
        }
        Change::RenameIndex { table, from, to } => {
            format!("ALTER INDEX {} RENAME TO {to}", beside(table, from).qualified())
        }
        _ => return None,
    })
}

/// An index lives in the schema of its table.
pub(crate) fn beside(table: &TableName, index: &Name) -> TableName {
    TableName::new(table.schema.clone(), index.clone())
}

fn create_index(table: &TableName, index: &Index, build: IndexBuild) -> String {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let (concurrently, only) = match build {
        IndexBuild::Concurrently => ("CONCURRENTLY ", ""),
        IndexBuild::OnlyParent => ("", "ONLY "),
        IndexBuild::Blocking => ("", ""),
    };
    let method =
        if index.method == "btree" { String::new() } else { format!(" USING {}", Name::from(index.method.as_str())) };
    let nulls = if index.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
    let predicate = index.predicate.as_ref().map(|condition| format!(" WHERE {condition}")).unwrap_or_default();
    format!(
        "CREATE {unique}INDEX {concurrently}IF NOT EXISTS {} ON {only}{}{method} ({}){}{nulls}{predicate}",
        index.name,
        table.qualified(),
        list(index.elements.iter().map(element)),
        include_clause(&index.include),
    )
}

fn element(element: &IndexElement) -> String {
    let part = match &element.part {
        IndexPart::Column(column) => column.to_string(),
        IndexPart::Expression(expression) => expression.clone(),
    };
    let options = if element.options.is_empty() { String::new() } else { format!(" {}", element.options) };
    let direction = match element.direction {
        Direction::Asc => "",
        Direction::AscNullsFirst => " NULLS FIRST",
        Direction::Desc => " DESC",
        Direction::DescNullsLast => " DESC NULLS LAST",
    };
    format!("{part}{options}{direction}")
}

fn citus_statement(change: &Change) -> Option<String> {
    Some(match change {
        Change::CreateReferenceTable { table } => format!("SELECT create_reference_table({})", name_literal(table)),
        Change::Distribute { table, column, method, colocate_with } => {
            let function = match method {
                Method::Blocking => "create_distributed_table",
                Method::Concurrent => "create_distributed_table_concurrently",
            };
            let group = match colocate_with {
                Some(other) => name_literal(other).to_string(),
                None => literal("none").to_string(),
            };
            // The column is a plain text for Citus: neither folded nor unquoted.
            let column = literal(column.as_str());
            format!("SELECT {function}({}, {column}, colocate_with => {group})", name_literal(table))
        }
        Change::Undistribute { table } => format!(
            "SELECT undistribute_table(logicalrelid, cascade_via_foreign_keys => true) FROM pg_dist_partition WHERE logicalrelid = to_regclass({})",
            name_literal(table)
        ),
        Change::TruncateLocalData { table } => {
            format!("SELECT truncate_local_data_after_distributing_table({})", name_literal(table))
        }
        _ => return None,
    })
}

fn comment_on(on: &Commented, text: &str) -> String {
    let object = match on {
        Commented::Table(table) => format!("TABLE {}", table.qualified()),
        Commented::Column(table, column) => format!("COLUMN {}.{column}", table.qualified()),
        Commented::Constraint(table, name) => format!("CONSTRAINT {name} ON {}", table.qualified()),
        Commented::Index(table, index) => format!("INDEX {}", beside(table, index).qualified()),
        Commented::View(view) => format!("VIEW {}", view.qualified()),
    };
    format!("COMMENT ON {object} IS {}", literal(text))
}
