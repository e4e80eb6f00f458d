//! A catalog comes in; what a name in a statement stands for goes out: a table with its columns, or a view with its query.

use std::sync::Arc;

use foldhash::HashMap;
use shardplan::{Catalog, Column, Name, TableName};
use sqlparser::ast::{Ident, ObjectName, Query, Statement};

use crate::parse::parse;
use crate::shape::Kind;

/// What the names of a schema stand for.
#[derive(Debug, Default)]
pub struct Names {
    relations: HashMap<TableName, Relation>,
    /// The schemas that have a relation of that name, sorted.
    schemas: HashMap<Name, Vec<Name>>,
    search_path: Vec<Name>,
    /// The columns of tables whose types some operators depend on.
    kinds: HashMap<TableName, HashMap<Name, Kind>>,
    /// The queries of materialized views.
    stored: HashMap<TableName, Arc<Query>>,
}

/// A table or a view.
#[derive(Debug)]
pub(crate) enum Relation {
    /// A table, or a view that is stored, with its columns in their order.
    Table(Vec<Name>),
    /// A view with its query; `None` when that cannot be parsed.
    View(Option<Arc<Query>>),
}

impl Names {
    /// The names of a catalog, with `public` as the search path.
    #[must_use]
    pub fn new(catalog: &Catalog) -> Self {
        let mut names = Self { search_path: vec![Name::from("public")], ..Self::default() };
        for table in &catalog.tables {
            let columns = table.columns.iter().map(|column| column.name.clone()).collect();
            names.insert(&table.name, Relation::Table(columns));
            let kind = |column: &Column| Some((column.name.clone(), Kind::of_column(column.data_type.as_str())?));
            names.kinds.insert(table.name.clone(), table.columns.iter().filter_map(kind).collect());
        }
        for view in &catalog.views {
            let query = query(&view.definition).map(Arc::new);
            let relation = if view.materialized {
                names.stored.extend(query.map(|query| (view.name.clone(), query)));
                Relation::Table(Vec::new())
            } else {
                Relation::View(query)
            };
            names.insert(&view.name, relation);
        }
        names.schemas.values_mut().for_each(|schemas| schemas.sort());
        names
    }

    /// The schemas in which a name without one is looked for, in order.
    #[must_use]
    pub fn with_search_path(self, search_path: Vec<Name>) -> Self {
        Self { search_path, ..self }
    }

    fn insert(&mut self, name: &TableName, relation: Relation) {
        self.schemas.entry(name.name.clone()).or_default().push(name.schema.clone());
        self.relations.insert(name.clone(), relation);
    }

    /// What a name stands for: in the search path, or else in the only schema that has one of that name, since applications set a
    /// search path that no statement shows.
    pub(crate) fn find(&self, name: &ObjectName) -> Option<(&TableName, &Relation)> {
        let parts: Option<Vec<Name>> = name.0.iter().map(|part| part.as_ident().map(folded)).collect();
        match &parts?[..] {
            [name] => self.find_named(None, name),
            [.., schema, name] => self.find_named(Some(schema), name),
            [] => None,
        }
    }

    /// The same for a name whose parts are known.
    pub(crate) fn find_named(&self, schema: Option<&Name>, name: &Name) -> Option<(&TableName, &Relation)> {
        let schemas = self.schemas.get(name)?;
        let in_path = || self.search_path.iter().find(|schema| schemas.contains(schema));
        let only = || schemas.first().filter(|_| schemas.len() == 1);
        let schema = match schema {
            Some(schema) => schema,
            None => in_path().or_else(only)?,
        };
        self.relations.get_key_value(&TableName::new(schema.clone(), name.clone()))
    }

    /// The query that a materialized view runs when it is refreshed.
    pub(crate) fn stored(&self, schema: Option<&Name>, name: &Name) -> Option<&Query> {
        self.stored.get(self.find_named(schema, name)?.0).map(|query| &**query)
    }

    /// What is known of the type of a table's column.
    pub(crate) fn kind(&self, table: &TableName, column: &Name) -> Option<Kind> {
        self.kinds.get(table)?.get(column).copied()
    }

    /// The columns of a table.
    pub(crate) fn columns(&self, table: &TableName) -> &[Name] {
        match self.relations.get(table) {
            Some(Relation::Table(columns)) => columns,
            _ => &[],
        }
    }
}

/// An identifier as the server stores it.
pub(crate) fn folded(ident: &Ident) -> Name {
    match ident.quote_style {
        Some(_) => Name::from(ident.value.as_str()),
        None => Name::from(ident.value.to_lowercase()),
    }
}

fn query(text: &str) -> Option<Query> {
    match parse(text).ok()?.statements.pop()? {
        Statement::Query(query) => Some(*query),
        _ => None,
    }
}
