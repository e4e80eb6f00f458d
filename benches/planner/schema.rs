//! A made-up schema of a service with many tenants: a number of tables comes in, a catalog goes out. It must not know what is
//! measured with it. The same number gives the same catalog.
//!
//! Tables come in modules of ten: three hold the tenant's key, four reach it over one to three foreign keys, one is a
//! reference table and two are local. A module has twenty foreign keys, among them parallel ones, self-references, two paths
//! to the key, and in some modules a cycle.

use shardplan::{
    Catalog, Column, ColumnPair, DataType, Direction, ForeignKey, Index, IndexElement, IndexPart, Key, MatchKind, Name,
    Sequence, Statistics, Table, TableName, Timing,
};

/// The distribution key.
pub const KEY: &str = "tenants.id";

/// A module's tables by role: the plural names the table, the singular a column that references it.
const ROLES: [(&str, &str); MODULE] = [
    ("accounts", "account"),
    ("projects", "project"),
    ("members", "member"),
    ("orders", "order"),
    ("invoices", "invoice"),
    ("order_lines", "order_line"),
    ("line_taxes", "line_tax"),
    ("currencies", "currency"),
    ("audit_entries", "audit_entry"),
    ("audit_sources", "audit_source"),
];

/// Tables in a module.
const MODULE: usize = 10;

/// The role that the root takes in the first module.
const ROOT: usize = 9;

/// What fills a table up to six columns.
const FILLERS: [(&str, &str); 5] = [
    ("code", "character varying(40)"),
    ("name", "text"),
    ("created_at", "timestamp with time zone"),
    ("amount", "numeric(12,2)"),
    ("status", "text"),
];

/// A catalog of so many tables (rounded down to whole modules) and twice as many foreign keys.
pub fn catalog(tables: usize) -> Catalog {
    let modules = tables / MODULE;
    let mut catalog = Catalog { sequences: vec![sequence()], ..Catalog::default() };
    for module in 0..modules {
        for role in 0..MODULE {
            let references = references(module, role, modules);
            catalog.tables.push(table(module, role, &references));
            catalog.foreign_keys.extend(references.into_iter().map(|reference| reference.into_key(module, role)));
        }
    }
    catalog.sort();
    catalog
}

/// All primary keys come from one sequence, so that no time goes into sequences.
fn sequence() -> Sequence {
    Sequence {
        name: TableName::new("public", "ids"),
        data_type: DataType::from("bigint"),
        increment: 1,
        owned_by: None,
        identity: false,
    }
}

/// A column that references the primary key of another table.
struct Reference {
    column: String,
    to: TableName,
    not_null: bool,
}

impl Reference {
    fn into_key(self, module: usize, role: usize) -> ForeignKey {
        let from = name(module, role);
        ForeignKey {
            name: Name::from(format!("{}_{}_fkey", from.name, self.column)),
            from,
            to: self.to,
            columns: vec![ColumnPair { from: Name::from(self.column), to: Name::from("id") }],
            match_kind: MatchKind::default(),
            on_update: Default::default(),
            on_delete: Default::default(),
            set_columns: Vec::new(),
            timing: Timing::default(),
            validated: true,
            comment: None,
        }
    }
}

/// The tables that a table references.
fn references(module: usize, role: usize, modules: usize) -> Vec<Reference> {
    let to = |role: usize| Reference { column: column(role), to: name(module, role), not_null: true };
    let nullable = |prefix: &str, role: usize| Reference {
        column: format!("{prefix}_{}", column(role)),
        to: name(module, role),
        not_null: false,
    };
    // Some other module, so that modules are woven together.
    let elsewhere =
        |role: usize| Reference { to: name((module * 7919 + 13) % modules, role), ..nullable("other", role) };
    let root = || Reference { column: "tenant_id".to_owned(), to: name(0, ROOT), not_null: true };
    match role {
        0 if module % 20 == 7 => vec![root(), nullable("first", 1)],
        0 if module % 20 == 17 => vec![root(), nullable("first", 2)],
        0 => vec![root(), to(7)],
        1 => vec![root(), to(0), to(7)],
        2 => vec![root(), to(1), nullable("parent", 2)],
        3 => vec![to(0), elsewhere(7)],
        4 => vec![to(1), nullable("billed", 1), to(7)],
        5 => vec![to(3), nullable("last", 4), elsewhere(7)],
        6 => vec![to(5), nullable("corrected", 5)],
        // Reference tables form a tree.
        7 => vec![Reference { to: name(module / 8, 7), ..nullable("base", 7) }],
        8 if module == 0 => vec![nullable("parent", 8)],
        8 => vec![to(9)],
        _ => Vec::new(),
    }
}

fn name(module: usize, role: usize) -> TableName {
    match (module, role) {
        (0, ROOT) => TableName::new("public", "tenants"),
        _ => TableName::new("public", format!("{}_{module:05}", ROLES[role].0)),
    }
}

fn column(role: usize) -> String {
    format!("{}_id", ROLES[role].1)
}

fn table(module: usize, role: usize, references: &[Reference]) -> Table {
    let mut table = Table::new(name(module, role));
    let id = Column { default: Some("nextval('public.ids'::regclass)".to_owned()), ..Column::new("id", "bigint") };
    table.columns.push(Column { not_null: true, ..id });
    let foreign = references
        .iter()
        .map(|reference| Column { not_null: reference.not_null, ..Column::new(reference.column.as_str(), "bigint") });
    table.columns.extend(foreign);
    let fill = 6usize.saturating_sub(table.columns.len()).max(1);
    table.columns.extend(FILLERS.iter().take(fill).map(|(name, data_type)| Column::new(*name, *data_type)));
    table.primary_key = Some(key(format!("{}_pkey", table.name.name), &["id"]));
    let unique: &[&str] = match role {
        0 => &["tenant_id", "code"],
        3 | 7 => &["code"],
        _ => &[],
    };
    if !unique.is_empty() {
        table.unique.push(key(format!("{}_code_key", table.name.name), unique));
    }
    if let (1 | 2 | 4 | 5, [first, ..]) = (role, references) {
        table.indexes.push(index(&table.name, &first.column));
    }
    // Every fourth module is a large one.
    let rows = [5_000, 60_000, 90_000, 80_000, 90_000, 95_000, 90_000, 200, 9_000, 50][role];
    let rows = if module % 4 == 3 && role != 7 { rows * 20 } else { rows };
    table.statistics = Some(Statistics { rows: Some(rows), bytes: Some(rows * 120), writes: Some(rows / 10) });
    table
}

fn key(name: String, columns: &[&str]) -> Key {
    Key {
        name: Name::from(name),
        columns: columns.iter().map(|column| Name::from(*column)).collect(),
        include: Vec::new(),
        nulls_not_distinct: false,
        timing: Timing::default(),
        attached_to: None,
        comment: None,
    }
}

fn index(table: &TableName, column: &str) -> Index {
    let part = IndexPart::Column(Name::from(column));
    Index {
        name: Name::from(format!("{}_{column}_idx", table.name)),
        unique: false,
        method: "btree".to_owned(),
        elements: vec![IndexElement { part, options: String::new(), direction: Direction::Asc }],
        include: Vec::new(),
        predicate: None,
        nulls_not_distinct: false,
        valid: true,
        attached_to: None,
        comment: None,
    }
}
