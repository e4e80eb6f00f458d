//! Changes and gates of a plan come in, a few words for each go out.

use std::fmt::Display;

use shardplan::{
    Change, Commented, Gate, Identity, Index, IndexBuild, IndexPart, Key, KeyKind, KeyTrigger, Method, Name, TableName,
    Timing, Undecided,
};

use crate::show::{foreign_key, list, path};

/// The changes of a step, with their tables where they are not the step's.
pub(crate) fn all(changes: &[Change], of: &TableName) -> String {
    let one = |change: &Change| match change_of(change) {
        (Some(table), text) if table != of => format!("{text} on {table}"),
        (_, text) => text,
    };
    changes.iter().map(one).collect::<Vec<_>>().join("; ")
}

/// What a change does, and to which table.
fn change_of(change: &Change) -> (Option<&TableName>, String) {
    let (table, text) = match change {
        Change::AddColumn { table, column, data_type, collation } => {
            let collation = collation.as_ref().map(|name| format!(" collate {name}")).unwrap_or_default();
            (table, format!("add column {column} {data_type}{collation}"))
        }
        Change::DropColumn { table, column } => (table, format!("drop column {column}")),
        Change::Backfill(fill) => {
            let by = if fill.row_key.is_empty() {
                "blocks".to_owned()
            } else {
                list(fill.row_key.iter().map(|(name, _)| name))
            };
            (
                &fill.from.table,
                format!("wave {}: fill {} {}, in batches of {by}", fill.wave, fill.from.column, path(&fill.from.path)),
            )
        }
        Change::RenameColumn { table, from, to } => (table, format!("rename column {from} to {to}")),
        Change::SetDefault { table, column, default } => (table, format!("default of {column}: {default}")),
        Change::ChangeType { table, column, data_type } => (table, format!("make {column} {data_type}")),
        Change::CopyColumn(copy) => {
            let by = list(copy.row_key.iter().map(|(name, _)| name));
            let by = if by.is_empty() { "blocks".to_owned() } else { by };
            (&copy.table, format!("copy {} into {}, in batches of {by}", copy.from, copy.to))
        }
        Change::DefineTrigger(trigger) => (trigger.on(), "define".to_owned()),
        Change::CreateTrigger(trigger) => (trigger.on(), key_trigger(trigger)),
        Change::DropTriggers { table, triggers } => (table, format!("drop triggers {}", list(triggers))),
        Change::ListUndecided(undecided) => return (None, rows(undecided)),
        Change::SetNotNull { table, column } => (table, format!("set {column} not null")),
        Change::DropNotNull { table, column } => (table, format!("let {column} be null")),
        Change::SetReplicaIdentity { table, identity } => (table, format!("replica identity {identity:?}")),
        Change::OneConnection => return (None, "one connection for each node".to_owned()),
        Change::LockTables { locks } => {
            return (None, format!("lock {}", list(locks.iter().map(|lock| format!("{} {}", lock.table, lock.mode)))));
        }
        Change::Remember { tables } => return (None, format!("remember {}", list(tables))),
        Change::PutBack => return (None, "put back".to_owned()),
        Change::AddToMetadata { table } => (table, "add to the metadata".to_owned()),
        Change::CreateReferenceTable { table } => (table, "make a reference table".to_owned()),
        Change::Distribute { table, column, method, colocate_with } => {
            let how = if *method == Method::Concurrent { " concurrently" } else { "" };
            let group = colocate_with.as_ref().map(|other| format!(" with {other}")).unwrap_or_default();
            (table, format!("distribute by {column}{how}{group}"))
        }
        Change::Undistribute { table } => (table, "undistribute".to_owned()),
        Change::TruncateLocalData { table } => (table, "truncate local data".to_owned()),
        Change::Comment { on, text } => return (None, format!("comment on {} '{text}'", commented(on))),
        Change::DropHelpers => return (None, "drop helpers".to_owned()),
        Change::Remove { table, object } => (table, format!("remove {} {}", object.kind(), object.name())),
        Change::BringBack { table, object } => (table, format!("bring back {} {}", object.kind(), object.name())),
        Change::SetIdentity { table, column, sequence, identity } => {
            let becomes = match identity {
                None => "one with a default",
                Some(Identity::Always) => "an identity, always",
                Some(Identity::ByDefault) => "an identity by default",
            };
            (table, format!("make {column} {becomes}, with {sequence}"))
        }
        other => return constraint_change(other),
    };
    (Some(table), text)
}

fn key_trigger(trigger: &KeyTrigger) -> String {
    match trigger {
        KeyTrigger::Keep(keep) => format!("triggers keep {} {}", keep.from.column, path(&keep.from.path)),
        KeyTrigger::Pass(pass) => format!("trigger {} passes on to {}", pass.function, pass.from.table),
        KeyTrigger::Copy(keep) => format!("trigger {} copies {} into {}", keep.trigger, keep.copy.from, keep.copy.to),
    }
}

/// The rows about which a person must decide.
fn rows(undecided: &Undecided) -> String {
    let unassigned = undecided.unassigned.iter().map(|one| format!("{} without {}", one.table, one.column));
    let disagreeing = undecided.disagreeing.iter().map(|one| format!("{} over {}", one.table, one.foreign_key));
    format!("list rows of {}", list(unassigned.chain(disagreeing).collect::<Vec<_>>()))
}

fn constraint_change(change: &Change) -> (Option<&TableName>, String) {
    let (table, text) = match change {
        Change::AddCheck { table, name, condition } => (table, format!("add check {name}: {condition}, not valid")),
        Change::ValidateConstraint { table, name, .. } => (table, format!("validate {name}")),
        Change::DropConstraint { table, name } => (table, format!("drop {name}")),
        Change::DropForeignKey { table, name, .. } => (table, format!("drop foreign key {name}")),
        Change::RenameConstraint { table, from, to } => (table, format!("rename {from} to {to}")),
        Change::AddForeignKey { foreign_key: key } => (&key.from, format!("add foreign key {}", foreign_key(key))),
        Change::AddKeyUsingIndex { table, name, kind, index, timing: when } => {
            (table, format!("add {} {name} using {index}{}", key_kind(*kind), timing(*when)))
        }
        Change::AddKeyOnly { table, name, kind, columns, timing: when, .. } => {
            (table, format!("add {} {name} ({}) only{}", key_kind(*kind), list(columns), timing(*when)))
        }
        Change::AddKey { table, kind, key } => {
            let Key { name, columns, timing: when, .. } = &**key;
            (table, format!("add {} {name} ({}){}", key_kind(*kind), list(columns), timing(*when)))
        }
        other => return index_change(other),
    };
    (Some(table), text)
}

fn index_change(change: &Change) -> (Option<&TableName>, String) {
    let (table, text) = match change {
        Change::CreateIndex { table, index: built, build } => {
            let how = match build {
                IndexBuild::Concurrently => " concurrently",
                IndexBuild::OnlyParent => " only",
                IndexBuild::Blocking => "",
            };
            (table, format!("build {}{how}", index(built)))
        }
        Change::AttachIndex { parent, parent_index, table, index } => {
            (table, format!("attach {index} to {parent_index} of {parent}"))
        }
        Change::DropIndex { table, index, concurrently } => {
            (table, format!("drop index {index}{}", if *concurrently { " concurrently" } else { "" }))
        }
        Change::RenameIndex { table, from, to } => (table, format!("rename index {from} to {to}")),
        Change::ClusterOn { table, index } => (table, format!("cluster on {index}")),
        other => return (None, format!("{other:?}")),
    };
    (Some(table), text)
}

fn index(index: &Index) -> String {
    let unique = if index.unique { "unique " } else { "" };
    let elements = index.elements.iter().map(|element| match &element.part {
        IndexPart::Column(column) => column.to_string(),
        IndexPart::Expression(expression) => expression.clone(),
    });
    let predicate = index.predicate.as_ref().map(|condition| format!(" where {condition}")).unwrap_or_default();
    format!("{unique}index {} ({}){predicate}", index.name, list(elements))
}

fn key_kind(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Primary => "primary key",
        KeyKind::Unique => "unique",
    }
}

pub(crate) fn timing(timing: Timing) -> &'static str {
    match timing {
        Timing::Immediate => "",
        Timing::Deferrable => " deferrable",
        Timing::Deferred => " initially deferred",
    }
}

fn commented(on: &Commented) -> String {
    match on {
        Commented::Table(table) => format!("table {table}"),
        Commented::Column(table, column) => format!("column {table}.{column}"),
        Commented::Constraint(table, name) => format!("constraint {name} of {table}"),
        Commented::Index(table, name) => format!("index {name} of {table}"),
        Commented::View(view) => format!("view {view}"),
    }
}

pub(crate) fn gate(gate: &Gate) -> String {
    match gate {
        Gate::TableIs { table, columns } => {
            format!("{table} is ({})", list(columns.iter().map(|(name, data_type)| format!("{name} {data_type}"))))
        }
        Gate::ColumnIs { table, column, data_types } => {
            let types = data_types.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ");
            format!("{table}.{column} is {types}")
        }
        Gate::ColumnCanBeReplaced { table, column, .. } => format!("nothing else hangs on {table}.{column}"),
        Gate::ColumnCanBeAdded { table, column, key, path: way } => {
            format!("{table}.{column} is free, or like {key} and filled {}", path(way))
        }
        Gate::HasForeignKey { table, names } => format!("{table} has foreign key {}", or(names)),
        Gate::NoOtherForeignKeys { table, known } => {
            let known = known.iter().map(|(from, name)| format!("{name} of {from}"));
            format!("{table} has no foreign keys but {}", or_nothing(known))
        }
        Gate::HasKey { table, name } => format!("{table} has key {name}"),
        Gate::NoOtherKeys { table, known } => format!("{table} has no keys but {}", or_nothing(known)),
        Gate::NoOtherPartitions { table, known } => format!("{table} has no partitions but {}", or_nothing(known)),
        Gate::NoViewNeedsKey { table, name } => format!("no view needs {name} of {table}"),
        Gate::NoNulls { table, column } => format!("{table}.{column} has no nulls"),
        Gate::IndexIsValid { table, index, becomes, .. } => format!("{index} of {table} is valid, or is {becomes}"),
        Gate::NoDisagreement { table, foreign_key, .. } => {
            format!("{table} has no rows of two tenants over {foreign_key}")
        }
        Gate::WrittenWithKey { table, column, .. } => format!("the application writes {table}.{column}"),
        Gate::KeyIsDeterministic { table, column } => format!("the collation of {table}.{column} is deterministic"),
        Gate::DomainIsPlain { data_type } => format!("domain {data_type} says nothing of its own"),
        Gate::PlacedTogether { tables } => format!("all placed or none: {}", list(tables)),
        Gate::SeesAllRows { table } => format!("all rows of {table} are seen"),
        Gate::PublishesKey { table, column } => format!("publications of {table} have {column}"),
        Gate::IsPlain { table } => format!("{table} is in no metadata"),
        Gate::IsBuilt { table } => format!("all is built on the copy of {table}"),
        Gate::IsCopied { table } => format!("{table} is copied"),
        Gate::NoTriggers { table } => format!("{table} has no triggers"),
        Gate::IsNotNull { table, column } => format!("{table}.{column} is not null"),
        Gate::CitusIsReady { concurrent: true } => "Citus is ready, with logical decoding".to_owned(),
        Gate::CitusIsReady { concurrent: false } => "Citus is ready".to_owned(),
        Gate::IsDistributed { table, column } => format!("{table} is distributed by {column}"),
        Gate::IsReference { table } => format!("{table} is a reference table"),
        Gate::AreColocated { tables } => format!("colocated: {}", list(tables)),
        Gate::IsEnforced { table, foreign_key, validated } => {
            format!("{foreign_key} of {table} is enforced{}", if *validated { " and valid" } else { "" })
        }
    }
}

fn or(names: &[Name]) -> String {
    names.iter().map(Name::to_string).collect::<Vec<_>>().join(" or ")
}

fn or_nothing<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let items = list(items);
    if items.is_empty() { "nothing".to_owned() } else { items }
}
