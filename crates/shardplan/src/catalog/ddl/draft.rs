//! What has been read so far: statements come in one after the other, as a server would run them, and a catalog grows. Knows
//! names and what exists; the readers know the statements.

use std::collections::{BTreeMap, BTreeSet};

use super::Skipped;
use super::cursor::{Cursor, Outcome, Why, fail};
use super::extension;
use crate::catalog::naming::choose_free_name;
use crate::catalog::{DataType, Extension, ForeignKey, Function, Publication, Sequence, Table, Type, View};
use crate::name::{Name, QualifiedName, TableName};

/// Where a statement stands and how it begins.
#[derive(Debug, Clone, Default)]
pub(super) struct Place {
    pub(super) line: u64,
    pub(super) statement: String,
}

/// A foreign key whose referenced columns may not be known yet.
#[derive(Debug, Clone)]
pub(super) struct Reference {
    /// The key; its column pairs are filled when all has been read.
    pub(super) key: ForeignKey,
    /// The referencing columns.
    pub(super) columns: Vec<Name>,
    /// The referenced columns; empty for the primary key.
    pub(super) referenced: Vec<Name>,
    /// The statement that made it.
    pub(super) place: Place,
}

/// The catalog in the making.
#[derive(Debug)]
pub(super) struct Draft {
    pub(super) tables: BTreeMap<TableName, Table>,
    pub(super) views: BTreeMap<TableName, View>,
    pub(super) sequences: BTreeMap<QualifiedName, Sequence>,
    pub(super) types: BTreeMap<QualifiedName, Type>,
    pub(super) functions: BTreeMap<(QualifiedName, Vec<DataType>), Function>,
    pub(super) publications: BTreeMap<Name, Publication>,
    /// Extensions with the schema that they live in.
    pub(super) extensions: BTreeMap<Name, (Name, Extension)>,
    /// By referencing table.
    pub(super) references: BTreeMap<TableName, Vec<Reference>>,
    /// The table or materialized view of each index, those of constraints included.
    pub(super) index_owner: BTreeMap<QualifiedName, TableName>,
    /// Partitions and inheriting tables of each table.
    pub(super) children: BTreeMap<TableName, BTreeSet<TableName>>,
    pub(super) search_path: Vec<Name>,
    pub(super) skipped: Vec<Skipped>,
    pub(super) place: Place,
    /// Constraint names with their schema, and how many tables use each.
    constraint_names: BTreeMap<QualifiedName, usize>,
}

impl Draft {
    pub(super) fn new() -> Self {
        Self {
            tables: BTreeMap::new(),
            views: BTreeMap::new(),
            sequences: BTreeMap::new(),
            types: BTreeMap::new(),
            functions: BTreeMap::new(),
            publications: BTreeMap::new(),
            extensions: BTreeMap::new(),
            references: BTreeMap::new(),
            index_owner: BTreeMap::new(),
            children: BTreeMap::new(),
            search_path: vec![Name::from("public")],
            skipped: Vec::new(),
            place: Place::default(),
            constraint_names: BTreeMap::new(),
        }
    }

    /// Notes that the current statement, or a part of it, was not understood.
    pub(super) fn skip(&mut self, Why(why): Why) {
        let Place { line, statement } = self.place.clone();
        self.skipped.push(Skipped { file: None, line, statement, why });
    }

    /// The schema in which an unqualified name is created.
    pub(super) fn creation_schema(&self) -> Name {
        self.search_path.first().cloned().unwrap_or_else(|| Name::from("public"))
    }

    /// Reads the name of something that is being created.
    pub(super) fn new_name(&self, at: &mut Cursor<'_>) -> Outcome<QualifiedName> {
        Ok(match <[Name; 1]>::try_from(at.path()?) {
            Ok([name]) => QualifiedName { schema: self.creation_schema(), name },
            Err(parts) => qualified(parts)?,
        })
    }

    /// Reads the name of a table, view, sequence or index that exists, wherever the search path finds it.
    pub(super) fn relation(&self, at: &mut Cursor<'_>) -> Outcome<QualifiedName> {
        let parts = at.path()?;
        self.find(parts, |name| self.relation_exists(name))
    }

    /// The object of these name parts: in the first schema of the search path that `exists` confirms, else where it would be
    /// created.
    pub(super) fn find(&self, parts: Vec<Name>, exists: impl Fn(&QualifiedName) -> bool) -> Outcome<QualifiedName> {
        let name = match <[Name; 1]>::try_from(parts) {
            Ok([name]) => name,
            Err(parts) => return qualified(parts),
        };
        let in_schema = |schema: &Name| QualifiedName { schema: schema.clone(), name: name.clone() };
        let found = self.search_path.iter().map(in_schema).find(exists);
        Ok(found.unwrap_or_else(|| in_schema(&self.creation_schema())))
    }

    /// Whether the name is taken among tables, views, sequences and indexes, which share one namespace.
    pub(super) fn relation_exists(&self, name: &QualifiedName) -> bool {
        self.tables.contains_key(name)
            || self.views.contains_key(name)
            || self.sequences.contains_key(name)
            || self.index_owner.contains_key(name)
    }

    /// Whether the name is a type: a user's own or the row type of a table or view.
    pub(super) fn type_exists(&self, name: &QualifiedName) -> bool {
        self.types.contains_key(name) || self.tables.contains_key(name) || self.views.contains_key(name)
    }

    /// The schema of the extension that brings the type, when the extension was created.
    pub(super) fn extension_type_schema(&self, type_name: &str) -> Option<Name> {
        let extension = extension::of_type(type_name)?;
        let known = self.extensions.get(&Name::from(extension)).map(|(schema, _)| schema.clone());
        Some(known.unwrap_or_else(|| Name::from("public")))
    }

    /// The table of that name.
    pub(super) fn table(&mut self, name: &TableName) -> Outcome<&mut Table> {
        self.tables.get_mut(name).ok_or_else(|| Why(format!("there is no table `{name}` at this point of the text")))
    }

    /// A table and all that inherit from it, partitions included, the nearest first; only the table with
    /// [`Scope::Only`].
    pub(super) fn family(&self, root: &TableName, scope: Scope) -> Vec<TableName> {
        let mut family = vec![root.clone()];
        let mut seen = BTreeSet::from([root.clone()]);
        let mut next = 0;
        while scope == Scope::WithChildren && next < family.len() {
            for child in self.children.get(&family[next]).into_iter().flatten() {
                if seen.insert(child.clone()) {
                    family.push(child.clone());
                }
            }
            next += 1;
        }
        family
    }

    /// The partitions that hang directly under a table.
    pub(super) fn partitions(&self, parent: &TableName) -> Vec<TableName> {
        let children = self.children.get(parent).into_iter().flatten();
        let is_partition = |name: &&TableName| self.tables.get(*name).is_some_and(|table| table.partition_of.is_some());
        children.filter(is_partition).cloned().collect()
    }

    /// A name for an index or sequence that nobody named (PostgreSQL's `ChooseRelationName`).
    pub(super) fn choose_relation_name(&self, table: &TableName, columns: &str, label: &str) -> Name {
        choose_free_name(table.name.as_str(), columns, label, |name| {
            self.relation_exists(&QualifiedName { schema: table.schema.clone(), name: name.clone() })
        })
    }

    /// A name for the index of a constraint: free among relations and among constraints.
    pub(super) fn choose_key_name(&self, table: &TableName, columns: &str, label: &str) -> Name {
        choose_free_name(table.name.as_str(), columns, label, |name| {
            let name = QualifiedName { schema: table.schema.clone(), name: name.clone() };
            self.relation_exists(&name) || self.constraint_names.contains_key(&name)
        })
    }

    /// A name for a CHECK or FOREIGN KEY that nobody named, unique in the schema (PostgreSQL's `ChooseConstraintName`).
    pub(super) fn choose_constraint_name(&self, table: &TableName, columns: &str, label: &str) -> Name {
        choose_free_name(table.name.as_str(), columns, label, |name| {
            self.constraint_names.contains_key(&QualifiedName { schema: table.schema.clone(), name: name.clone() })
        })
    }

    /// Notes that a table has a constraint of that name.
    pub(super) fn take_constraint_name(&mut self, table: &TableName, name: &Name) {
        let name = QualifiedName { schema: table.schema.clone(), name: name.clone() };
        *self.constraint_names.entry(name).or_default() += 1;
    }

    /// Notes that a table has lost the constraint of that name.
    pub(super) fn free_constraint_name(&mut self, table: &TableName, name: &Name) {
        let name = QualifiedName { schema: table.schema.clone(), name: name.clone() };
        if let Some(count) = self.constraint_names.get_mut(&name) {
            *count -= 1;
            if *count == 0 {
                self.constraint_names.remove(&name);
            }
        }
    }

    /// Notes that a table has an index of that name.
    pub(super) fn take_index_name(&mut self, table: &TableName, name: &Name) {
        self.index_owner.insert(QualifiedName { schema: table.schema.clone(), name: name.clone() }, table.clone());
    }

    /// Notes that a table has lost the index of that name.
    pub(super) fn free_index_name(&mut self, table: &TableName, name: &Name) {
        self.index_owner.remove(&QualifiedName { schema: table.schema.clone(), name: name.clone() });
    }
}

/// Whether a statement says `ONLY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    Only,
    WithChildren,
}

impl Scope {
    /// Reads an optional `ONLY`.
    pub(super) fn read(at: &mut Cursor<'_>) -> Self {
        if at.eat("only") { Self::Only } else { Self::WithChildren }
    }
}

/// `schema.name` or `database.schema.name`.
pub(super) fn qualified(mut parts: Vec<Name>) -> Outcome<QualifiedName> {
    let (Some(name), Some(schema)) = (parts.pop(), parts.pop()) else {
        return fail("a name with a schema was expected");
    };
    if parts.len() > 1 { fail("a name with too many parts") } else { Ok(QualifiedName { schema, name }) }
}
