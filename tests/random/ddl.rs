//! A catalog comes in, SQL text that makes it goes out, in the order of a dump: tables, partitions, keys, indexes, foreign
//! keys. Only as much as random catalogs need.

use std::fmt::{Display, Write};

use shardplan::{
    Action, Catalog, Direction, ForeignKey, Index, IndexElement, IndexPart, Key, MatchKind, Name, Table, TableKind,
    TableName, Timing,
};

/// The items with commas between them.
fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

pub(crate) fn text(catalog: &Catalog) -> String {
    tables(catalog) + &foreign_keys(catalog)
}

/// All but the foreign keys.
pub(crate) fn tables(catalog: &Catalog) -> String {
    let mut text = String::new();
    for table in &catalog.tables {
        create(&mut text, table);
    }
    for table in &catalog.tables {
        if let Some(part) = &table.partition_of {
            let (parent, part_name) = (part.parent.qualified(), table.name.qualified());
            let _ = writeln!(text, "ALTER TABLE ONLY {parent} ATTACH PARTITION {part_name} {};", part.bound);
        }
    }
    for table in &catalog.tables {
        for (kind, key) in table
            .primary_key
            .iter()
            .map(|key| ("PRIMARY KEY", key))
            .chain(table.unique.iter().map(|key| ("UNIQUE", key)))
        {
            add_key(&mut text, table, kind, key);
        }
        table.indexes.iter().for_each(|index| create_index(&mut text, table, index));
    }
    for table in &catalog.tables {
        let attached = table.keys().map(|key| (&key.name, &key.attached_to));
        for (name, parent) in attached.chain(table.indexes.iter().map(|index| (&index.name, &index.attached_to))) {
            let Some(parent) = parent else { continue };
            let beside = |name: &Name| TableName::new(table.name.schema.clone(), name.clone());
            let _ = writeln!(
                text,
                "ALTER INDEX {} ATTACH PARTITION {};",
                beside(parent).qualified(),
                beside(name).qualified()
            );
        }
    }
    text
}

/// The foreign keys.
pub(crate) fn foreign_keys(catalog: &Catalog) -> String {
    let mut text = String::new();
    catalog.foreign_keys.iter().for_each(|key| add_foreign_key(&mut text, key));
    text
}

fn create(text: &mut String, table: &Table) {
    let columns = table.columns.iter().map(|column| {
        let not_null = if column.not_null { " NOT NULL" } else { "" };
        format!("\n    {} {}{not_null}", column.name, column.data_type)
    });
    let by = match &table.kind {
        TableKind::Partitioned(by) => format!("\nPARTITION BY {by}"),
        _ => String::new(),
    };
    let _ = writeln!(text, "CREATE TABLE {} ({}\n){by};", table.name.qualified(), list(columns));
    if let Some(comment) = &table.comment {
        let _ = writeln!(text, "COMMENT ON TABLE {} IS '{}';", table.name.qualified(), comment.replace('\'', "''"));
    }
}

fn timing(timing: Timing) -> &'static str {
    match timing {
        Timing::Immediate => "",
        Timing::Deferrable => " DEFERRABLE",
        Timing::Deferred => " DEFERRABLE INITIALLY DEFERRED",
    }
}

fn add_key(text: &mut String, table: &Table, kind: &str, key: &Key) {
    let _ = writeln!(
        text,
        "ALTER TABLE ONLY {} ADD CONSTRAINT {} {kind} ({}){};",
        table.name.qualified(),
        key.name,
        list(&key.columns),
        timing(key.timing)
    );
}

fn create_index(text: &mut String, table: &Table, index: &Index) {
    let unique = if index.unique { "UNIQUE " } else { "" };
    let include = if index.include.is_empty() { String::new() } else { format!(" INCLUDE ({})", list(&index.include)) };
    let predicate = index.predicate.as_ref().map(|condition| format!(" WHERE {condition}")).unwrap_or_default();
    let _ = writeln!(
        text,
        "CREATE {unique}INDEX {} ON ONLY {} USING {} ({}){include}{predicate};",
        index.name,
        table.name.qualified(),
        index.method,
        list(index.elements.iter().map(element))
    );
}

fn element(element: &IndexElement) -> String {
    let part = match &element.part {
        IndexPart::Column(column) => column.to_string(),
        IndexPart::Expression(expression) => expression.clone(),
    };
    let direction = match element.direction {
        Direction::Asc => "",
        Direction::AscNullsFirst => " NULLS FIRST",
        Direction::Desc => " DESC",
        Direction::DescNullsLast => " DESC NULLS LAST",
    };
    format!("{part}{direction}")
}

fn add_foreign_key(text: &mut String, key: &ForeignKey) {
    let full = if key.match_kind == MatchKind::Full { " MATCH FULL" } else { "" };
    let only = if key.set_columns.is_empty() { String::new() } else { format!(" ({})", list(&key.set_columns)) };
    let action = |event: &str, action: Action| match action {
        Action::NoAction => String::new(),
        other => format!(" ON {event} {other}"),
    };
    let _ = writeln!(
        text,
        "ALTER TABLE {} ADD CONSTRAINT {} FOREIGN KEY ({}) REFERENCES {} ({}){full}{}{}{only}{}{};",
        key.from.qualified(),
        key.name,
        list(key.columns.iter().map(|pair| &pair.from)),
        key.to.qualified(),
        list(key.columns.iter().map(|pair| &pair.to)),
        action("UPDATE", key.on_update),
        action("DELETE", key.on_delete),
        timing(key.timing),
        if key.validated { "" } else { " NOT VALID" }
    );
}
