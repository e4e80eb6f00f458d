//! Free names for what the plan creates, as PostgreSQL would choose them.

use foldhash::{HashMap, HashSet};

use crate::catalog::{Catalog, IndexElement, IndexPart, Table, TableKind, object_name};
use crate::name::{Name, TableName};

/// The names in use, of relations and of constraints, by schema: PostgreSQL avoids a constraint name that any table of the
/// schema has. Only asked, never listed, so hashing is safe.
pub(super) struct Names {
    relations: HashMap<Name, HashSet<Name>>,
    constraints: HashMap<Name, HashSet<Name>>,
    /// Tables with a foreign key onto a partitioned table.
    onto_partitioned: HashSet<TableName>,
    /// What the plan has in a schema of its own.
    helpers: HashSet<Name>,
    /// Schemas of the plan's own, each beside one of the application.
    schemas: HashMap<(&'static str, Name), Name>,
}

impl Names {
    pub(super) fn new(catalog: &Catalog, root: &TableName) -> Self {
        let mut names = Self {
            relations: HashMap::default(),
            constraints: HashMap::default(),
            onto_partitioned: onto_partitioned(catalog, root),
            helpers: HashSet::default(),
            schemas: HashMap::default(),
        };
        for table in &catalog.tables {
            names.take_table(table);
        }
        for key in &catalog.foreign_keys {
            names.constraints.entry(key.from.schema.clone()).or_default().insert(key.name.clone());
        }
        for sequence in &catalog.sequences {
            names.relations_of(&sequence.name.schema).insert(sequence.name.name.clone());
        }
        for view in &catalog.views {
            let relations = names.relations_of(&view.name.schema);
            relations.insert(view.name.name.clone());
            relations.extend(view.indexes.iter().map(|index| index.name.clone()));
        }
        names
    }

    fn take_table(&mut self, table: &Table) {
        let exclusions = table.exclusions.iter().map(|exclusion| &exclusion.name);
        let keys: Vec<Name> = table.keys().map(|key| &key.name).chain(exclusions).cloned().collect();
        let relations = self.relations_of(&table.name.schema);
        relations.insert(table.name.name.clone());
        relations.extend(table.indexes.iter().map(|index| index.name.clone()));
        relations.extend(keys.iter().cloned());
        let constraints = self.constraints.entry(table.name.schema.clone()).or_default();
        constraints.extend(keys);
        constraints.extend(table.checks.iter().map(|check| check.name.clone()));
    }

    fn relations_of(&mut self, schema: &Name) -> &mut HashSet<Name> {
        self.relations.entry(schema.clone()).or_default()
    }

    /// A free name for an index on these elements: `orders_store_id_order_id_idx`.
    pub(super) fn index(&mut self, table: &TableName, elements: &[IndexElement]) -> Name {
        let columns = elements.iter().map(element_name).collect::<Vec<_>>().join("_");
        choose(self.relations_of(&table.schema), table.name.as_str(), &columns, "idx")
    }

    /// A free name for a constraint on these columns: `orders_store_id_fkey`.
    pub(super) fn constraint<'n>(
        &mut self,
        table: &TableName,
        columns: impl Iterator<Item = &'n Name>,
        label: &str,
    ) -> Name {
        let columns = columns.map(Name::as_str).collect::<Vec<_>>().join("_");
        let taken = self.constraints.entry(table.schema.clone()).or_default();
        choose(taken, table.name.as_str(), &columns, label)
    }

    /// A free name for a column of the table: `store_id_bigint`.
    pub(super) fn column(table: &Table, column: &Name, label: &str) -> Name {
        let mut taken = table.columns.iter().map(|column| column.name.clone()).collect();
        choose(&mut taken, column.as_str(), "", label)
    }

    /// A free name for a foreign key on these columns.
    ///
    /// The server makes another constraint for each partition of the referenced table, under names of its own choice:
    /// `orders_store_id_fkey`, numbered. They are in no catalog, so a table with such a foreign key gets `orders_store_id_fk`.
    pub(super) fn foreign_key<'n>(&mut self, table: &TableName, columns: impl Iterator<Item = &'n Name>) -> Name {
        let label = if self.onto_partitioned.contains(table) { "fk" } else { "fkey" };
        self.constraint(table, columns, label)
    }

    /// The schema of that purpose beside a schema of the application, always the same: `shardplan_new_public`.
    pub(super) fn beside(&mut self, word: &'static str, schema: &Name) -> Name {
        if let Some(name) = self.schemas.get(&(word, schema.clone())) {
            return name.clone();
        }
        let mut taken: HashSet<Name> = self.relations.keys().chain(self.schemas.values()).cloned().collect();
        let name = choose(&mut taken, word, schema.as_str(), "");
        self.schemas.insert((word, schema.clone()), name.clone());
        name
    }

    /// A free name for a function or a sequence in the schema of the helpers: `line_items_store_id_fill`.
    pub(super) fn helper(&mut self, table: &TableName, column: &Name, label: &str) -> Name {
        choose(&mut self.helpers, table.name.as_str(), column.as_str(), label)
    }
}

/// Every table can be tied to the root.
fn onto_partitioned(catalog: &Catalog, root: &TableName) -> HashSet<TableName> {
    let partitioned = catalog.tables.iter().filter(|table| matches!(table.kind, TableKind::Partitioned(_)));
    let partitioned: HashSet<&TableName> = partitioned.map(|table| &table.name).collect();
    if partitioned.contains(root) {
        return catalog.tables.iter().map(|table| table.name.clone()).collect();
    }
    let keys = catalog.foreign_keys.iter().filter(|key| partitioned.contains(&key.to));
    keys.map(|key| key.from.clone()).collect()
}

fn element_name(element: &IndexElement) -> &str {
    match &element.part {
        IndexPart::Column(column) => column.as_str(),
        IndexPart::Expression(_) => "expr",
    }
}

/// The first of `label`, `label1`, `label2`, … that makes a free name; takes it.
fn choose(taken: &mut HashSet<Name>, name1: &str, name2: &str, label: &str) -> Name {
    let mut candidate = object_name(name1, name2, label);
    let mut pass = 0u32;
    while taken.contains(&candidate) {
        pass += 1;
        candidate = object_name(name1, name2, &format!("{label}{pass}"));
    }
    taken.insert(candidate.clone());
    candidate
}
