//! One change comes in, its statement goes out, without a final semicolon.

use std::fmt::{self, Display};

use shardplan::{
    Action, Change, ColumnPair, Commented, Direction, Exclusion, ForeignKey, Identity, Index, IndexBuild, IndexElement,
    IndexPart, Key, KeyKind, MatchKind, Method, Name, ReplicaIdentity, TableLock, TableName, TableObject, Timing,
};

use crate::put::{Put, qualified};
use crate::quote::{list, literal, name_literal};
use crate::{shadow, trigger};

/// Writes the statement of a change, several for triggers; nothing for what is written apart: functions of triggers, a backfill,
/// the rows about which someone must decide, the removal of the helpers. No arm takes the rest: a new kind of change compiles only with its
/// statement.
pub(crate) fn statement(text: &mut String, change: &Change) -> fmt::Result {
    match change {
        Change::DefineTrigger(_)
        | Change::CopyColumn(_)
        | Change::Backfill(_)
        | Change::ListUndecided(_)
        | Change::DropHelpers => Ok(()),
        Change::Shadow(change) => shadow::statement(text, change),
        Change::CreateTrigger(trigger) => trigger::triggers(text, trigger),
        Change::DropTriggers { table, triggers } => drop_triggers(text, table, triggers),
        Change::AddColumn { table, column, data_type, collation } => {
            let collation = collation.as_ref().map(|name| (" COLLATE ", name));
            alter(text, table, ("ADD COLUMN IF NOT EXISTS ", column, " ", data_type, collation))
        }
        Change::DropColumn { table, column } => alter(text, table, ("DROP COLUMN IF EXISTS ", column)),
        Change::RenameColumn { table, from, to } => alter(text, table, ("RENAME COLUMN ", from, " TO ", to)),
        Change::SetDefault { table, column, default } => {
            alter(text, table, ("ALTER COLUMN ", column, " SET DEFAULT ", default))
        }
        Change::ChangeType { table, column, data_type } => {
            alter(text, table, ("ALTER COLUMN ", column, " TYPE ", data_type))
        }
        Change::SetNotNull { table, column } => alter(text, table, ("ALTER COLUMN ", column, " SET NOT NULL")),
        Change::DropNotNull { table, column } => alter(text, table, ("ALTER COLUMN ", column, " DROP NOT NULL")),
        Change::AddCheck { table, name, condition } => {
            alter(text, table, ("ADD CONSTRAINT ", name, " CHECK ", format_args!("{condition}"), " NOT VALID"))
        }
        Change::ValidateConstraint { table, name, .. } => alter(text, table, ("VALIDATE CONSTRAINT ", name)),
        Change::DropConstraint { table, name } | Change::DropForeignKey { table, name, .. } => {
            alter(text, table, ("DROP CONSTRAINT IF EXISTS ", name))
        }
        Change::RenameConstraint { table, from, to } => alter(text, table, ("RENAME CONSTRAINT ", from, " TO ", to)),
        Change::AddForeignKey { foreign_key: key } => {
            alter(text, &key.from, ("ADD CONSTRAINT ", &key.name, " ", Definition(key)))
        }
        Change::AddKeyUsingIndex { table, name, kind, index, timing } => {
            let (kind, timing) = (key_kind(*kind), timing_clause(*timing));
            alter(text, table, ("ADD CONSTRAINT ", name, " ", kind, " USING INDEX ", index, timing))
        }
        Change::AddKeyOnly { table, name, kind, columns, include, timing } => {
            let clause = key_clause(*kind, columns, include, false, *timing);
            ("ALTER TABLE ONLY ", qualified(table), " ADD CONSTRAINT ", name, " ", clause).put(text)
        }
        Change::AddKey { table, kind, key } => add_key(text, table, *kind, key),
        Change::AddExclusion { table, exclusion } => add_exclusion(text, table, exclusion),
        Change::SetReplicaIdentity { table, identity } => alter(text, table, replica_identity(identity)),
        Change::ClusterOn { table, index } => alter(text, table, ("CLUSTER ON ", index)),
        Change::CreateIndex { table, index, build } => create_index(text, table, index, *build),
        Change::AttachIndex { parent, parent_index, table, index } => {
            ("ALTER INDEX ", beside(parent, parent_index), " ATTACH PARTITION ", beside(table, index)).put(text)
        }
        Change::DropIndex { table, index, concurrently } => {
            let how = if *concurrently { "CONCURRENTLY " } else { "" };
            ("DROP INDEX ", how, "IF EXISTS ", beside(table, index)).put(text)
        }
        Change::RenameIndex { table, from, to } => ("ALTER INDEX ", beside(table, from), " RENAME TO ", to).put(text),
        Change::Remember { tables } => remember(text, tables),
        Change::PutBack => "SELECT pg_temp.put_back()".put(text),
        Change::AddToMetadata { table } => call(text, "citus_add_local_table_to_metadata", table),
        Change::OneConnection => "SET LOCAL citus.multi_shard_modify_mode = 'sequential'".put(text),
        Change::LockTables { locks } => lock_tables(text, locks),
        Change::CreateReferenceTable { table } => call(text, "create_reference_table", table),
        Change::Distribute { table, column, method, colocate_with } => {
            distribute(text, table, (column, *method), colocate_with.as_ref())
        }
        Change::Undistribute { table } => call(text, "pg_temp.undistribute", table),
        Change::TruncateLocalData { table } => call(text, "truncate_local_data_after_distributing_table", table),
        Change::Remove { table, object } => removal(text, "remove", table, object),
        Change::BringBack { table, object } => removal(text, "bring_back", table, object),
        Change::SetIdentity { table, column, identity, .. } => set_identity(text, table, column, *identity),
        Change::Comment { on, text: comment } => comment_on(text, on, comment),
    }
}

/// By a function of the prelude, which keeps what the server says of the object.
fn removal(text: &mut String, function: &str, table: &TableName, object: &TableObject) -> fmt::Result {
    let (kind, name) = (literal(object.kind()), literal(object.name().as_str()));
    ("SELECT pg_temp.", function, "(", name_literal(table), ", ", kind, ", ", name, ")").put(text)
}

/// By a function of the prelude, which reads the sequence's position under the lock.
fn set_identity(text: &mut String, table: &TableName, column: &Name, identity: Option<Identity>) -> fmt::Result {
    let becomes = match identity {
        None => "",
        Some(Identity::Always) => "ALWAYS",
        Some(Identity::ByDefault) => "BY DEFAULT",
    };
    let (table, column) = (name_literal(table), literal(column.as_str()));
    ("SELECT pg_temp.set_identity(", table, ", ", column, ", ", literal(becomes), ")").put(text)
}

fn alter(text: &mut String, table: &TableName, action: impl Put) -> fmt::Result {
    ("ALTER TABLE ", qualified(table), " ", action).put(text)
}

fn add_key(text: &mut String, table: &TableName, kind: KeyKind, key: &Key) -> fmt::Result {
    let clause = key_clause(kind, &key.columns, &key.include, key.nulls_not_distinct, key.timing);
    alter(text, table, ("ADD CONSTRAINT ", &key.name, " ", clause))
}

fn add_exclusion(text: &mut String, table: &TableName, exclusion: &Exclusion) -> fmt::Result {
    alter(text, table, ("ADD CONSTRAINT ", &exclusion.name, " ", exclusion_clause(exclusion)))
}

fn drop_triggers(text: &mut String, table: &TableName, triggers: &[Name]) -> fmt::Result {
    for (at, name) in triggers.iter().enumerate() {
        let end = if at == 0 { "" } else { ";\n" };
        (end, "DROP TRIGGER IF EXISTS ", name, " ON ", qualified(table)).put(text)?;
    }
    Ok(())
}

fn key_clause(kind: KeyKind, columns: &[Name], include: &[Name], nulls_not_distinct: bool, timing: Timing) -> String {
    let kind = key_kind(kind);
    let nulls = if nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
    format!("{kind}{nulls} ({}){}{}", list(columns), include_clause(include), timing_clause(timing))
}

fn exclusion_clause(exclusion: &Exclusion) -> String {
    let parts = list(exclusion.elements.iter().map(|part| (Element(&part.element), " WITH ", &part.operator)));
    let predicate = exclusion.predicate.as_ref().map(|condition| format!(" WHERE ({condition})")).unwrap_or_default();
    let method = Name::from(exclusion.method.as_str());
    format!("EXCLUDE USING {method} ({parts}){predicate}{}", timing_clause(exclusion.timing))
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
pub(crate) struct Definition<'a>(pub(crate) &'a ForeignKey);

impl Put for Definition<'_> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        let key = self.0;
        let side = |pick: fn(&ColumnPair) -> &Name| list(key.columns.iter().map(pick));
        ("FOREIGN KEY (", side(|pair| &pair.from), ") ").put(to)?;
        ("REFERENCES ", qualified(&key.to), " (", side(|pair| &pair.to), ")").put(to)?;
        match key.match_kind {
            MatchKind::Simple => {}
            MatchKind::Full => to.write_str(" MATCH FULL")?,
            MatchKind::Partial => to.write_str(" MATCH PARTIAL")?,
        }
        if key.on_update != Action::NoAction {
            write!(to, " ON UPDATE {}", key.on_update)?;
        }
        if key.on_delete != Action::NoAction {
            write!(to, " ON DELETE {}", key.on_delete)?;
            if !key.set_columns.is_empty() {
                (" (", list(&key.set_columns), ")").put(to)?;
            }
        }
        to.write_str(timing_clause(key.timing))?;
        to.write_str(if key.validated { "" } else { " NOT VALID" })
    }
}

impl Display for Definition<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.put(f)
    }
}

/// An index lives in the schema of its table.
pub(crate) fn beside<'n>(table: &'n TableName, index: &'n Name) -> impl Put + 'n {
    (&table.schema, ".", index)
}

fn create_index(text: &mut String, table: &TableName, index: &Index, build: IndexBuild) -> fmt::Result {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let (concurrently, only) = match build {
        IndexBuild::Concurrently => ("CONCURRENTLY ", ""),
        IndexBuild::OnlyParent => ("", "ONLY "),
        IndexBuild::Blocking => ("", ""),
    };
    let method = (index.method != "btree").then(|| (" USING ", Name::from(index.method.as_str())));
    let nulls = if index.nulls_not_distinct { " NULLS NOT DISTINCT" } else { "" };
    let predicate = index.predicate.as_ref().map(|condition| (" WHERE ", condition));
    ("CREATE ", unique, "INDEX ", concurrently, "IF NOT EXISTS ", &index.name, " ON ", only).put(text)?;
    (qualified(table), method, " (", list(index.elements.iter().map(Element)), ")").put(text)?;
    (include_clause(&index.include), nulls, predicate).put(text)
}

/// What stands at a position of an index.
struct Element<'i>(&'i IndexElement);

impl Put for Element<'_> {
    fn put<W: fmt::Write + ?Sized>(&self, to: &mut W) -> fmt::Result {
        let element = self.0;
        let direction = match element.direction {
            Direction::Asc => "",
            Direction::AscNullsFirst => " NULLS FIRST",
            Direction::Desc => " DESC",
            Direction::DescNullsLast => " DESC NULLS LAST",
        };
        match &element.part {
            IndexPart::Column(column) => column.put(to)?,
            IndexPart::Expression(expression) => expression.put(to)?,
        }
        let blank = if element.options.is_empty() { "" } else { " " };
        (blank, &element.options, direction).put(to)
    }
}

/// All of them or none, in short attempts: by a procedure of the prelude.
fn lock_tables(text: &mut String, locks: &[TableLock]) -> fmt::Result {
    let tables = list(locks.iter().map(|lock| name_literal(&lock.table)));
    let modes = list(locks.iter().map(|lock| literal(lock.mode)));
    ("CALL pg_temp.lock_with_patience(ARRAY[", tables, "], ARRAY[", modes, "])").put(text)
}

/// By a function of the prelude, in the transaction that makes the tables anew.
fn remember(text: &mut String, tables: &[TableName]) -> fmt::Result {
    ("SELECT pg_temp.remember(ARRAY[", list(tables.iter().map(name_literal)), "])").put(text)
}

/// A call of a function that takes a table and nothing else.
fn call(text: &mut String, function: &str, table: &TableName) -> fmt::Result {
    ("SELECT ", function, "(", name_literal(table), ")").put(text)
}

fn distribute(
    text: &mut String,
    table: &TableName,
    (column, method): (&Name, Method),
    colocate_with: Option<&TableName>,
) -> fmt::Result {
    let function = match method {
        Method::Blocking => "create_distributed_table",
        Method::Concurrent => "create_distributed_table_concurrently",
    };
    // The column is a plain text for Citus: neither folded nor unquoted.
    let column = literal(column.as_str());
    ("SELECT ", function, "(", name_literal(table), ", ", column, ", colocate_with => ").put(text)?;
    match colocate_with {
        Some(other) => name_literal(other).put(text)?,
        None => text.push_str("'none'"),
    }
    ")".put(text)
}

fn comment_on(text: &mut String, on: &Commented, comment: &str) -> fmt::Result {
    let object = match on {
        Commented::Table(table) => format!("TABLE {}", table.qualified()),
        Commented::Column(table, column) => format!("COLUMN {}.{column}", table.qualified()),
        Commented::Constraint(table, name) => format!("CONSTRAINT {name} ON {}", table.qualified()),
        Commented::Index(table, index) => format!("INDEX {}.{index}", table.schema),
        Commented::View(view) => format!("VIEW {}", view.qualified()),
    };
    ("COMMENT ON ", object, " IS ", literal(comment)).put(text)
}
