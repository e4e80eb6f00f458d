//! A cluster as far as a plan can tell: what each table is to it, and whether it accepts the next change.
//!
//! A schema comes in; for each change, a refusal or what it alters goes out. Knows no plan. Measured on Citus 13.2.2.

use std::collections::BTreeSet;

use foldhash::HashMap;

use super::alteration::Alteration;
use super::refusal::Refusal;
use super::schema::{Remembered, Schema};
use super::{foreign_key, placing};
use crate::catalog::{Catalog, ForeignKey, Table, TableKind};
use crate::name::{Name, TableName};
use crate::plan::change::{Change, Method};

/// What a table is to a cluster.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Not in its metadata.
    Plain,
    /// In its metadata, with its rows on the coordinator: Citus converted it because of a foreign key.
    CitusLocal,
    /// On every node.
    Reference,
    /// In shards.
    Distributed {
        /// By this column.
        column: Name,
        /// The first table of its colocation group.
        group: TableName,
    },
}

/// A cluster with a schema on it.
///
/// Its answers hold for rows that break no constraint, and for a session with `citus.multi_shard_modify_mode` set to
/// `sequential`, as the scripts set it.
pub struct Cluster {
    pub(super) schema: Schema,
    standings: HashMap<TableName, Standing>,
    /// What a transaction has remembered of tables, to put it back.
    remembered: Vec<Remembered>,
    /// Tables that still have their old rows on the coordinator.
    shells: BTreeSet<TableName>,
    /// `citus.enable_local_reference_table_foreign_keys`.
    pub(super) converts: bool,
}

impl Cluster {
    /// A cluster on whose coordinator nothing but plain tables are.
    #[must_use]
    pub fn new(catalog: Catalog) -> Self {
        Self {
            schema: Schema::new(catalog),
            standings: HashMap::default(),
            shells: BTreeSet::new(),
            remembered: Vec::new(),
            converts: false,
        }
    }

    /// Whether a foreign key between a plain table and a reference table makes the plain one, and all that are connected to it,
    /// local tables of the cluster: `citus.enable_local_reference_table_foreign_keys`.
    pub fn convert_local_tables(&mut self, converts: bool) {
        self.converts = converts;
    }

    /// The tables as they are now, in no order that means anything.
    pub fn tables(&self) -> impl Iterator<Item = &Table> {
        self.schema.catalog().tables.iter()
    }

    /// The foreign keys that are in place now, in no order that means anything.
    pub fn foreign_keys(&self) -> impl Iterator<Item = &ForeignKey> {
        self.schema.foreign_keys()
    }

    /// The schema as it is now.
    #[must_use]
    pub fn into_catalog(self) -> Catalog {
        self.schema.into_catalog()
    }

    /// What a table is; a partition is what its partitioned table is.
    #[must_use]
    pub fn standing(&self, table: &TableName) -> &Standing {
        self.standings.get(self.placed_for(table)).unwrap_or(&Standing::Plain)
    }

    /// Whether the rows that a table had before it was placed are still on the coordinator.
    #[must_use]
    pub fn is_shell(&self, table: &TableName) -> bool {
        self.shells.contains(table)
    }

    /// Carries a change out.
    ///
    /// # Errors
    /// The cluster refuses it; nothing has changed then.
    pub fn apply(&mut self, change: &Change, in_transaction: bool) -> Result<Vec<Alteration>, Refusal> {
        match change {
            Change::CreateReferenceTable { table } => self.make_reference(table),
            Change::Distribute { table, column, method, colocate_with } => {
                if in_transaction && *method == Method::Concurrent {
                    return Err(Refusal::InTransaction);
                }
                self.distribute(table, column, *method, colocate_with.as_ref())
            }
            Change::AddToMetadata { table } => self.add_to_metadata(table),
            Change::Remember { tables } => {
                self.remembered = tables.iter().flat_map(|table| self.schema.remember(table)).collect();
                Ok(Vec::new())
            }
            Change::PutBack => {
                std::mem::take(&mut self.remembered).into_iter().for_each(|kept| self.schema.put_back(kept));
                Ok(Vec::new())
            }
            Change::Undistribute { table } => self.undistribute(table),
            Change::TruncateLocalData { table } => self.truncate(table),
            Change::AddForeignKey { foreign_key } => self.add_foreign_key(change, foreign_key),
            Change::DropForeignKey { table, name, .. } => {
                self.needs_foreign_key(table, name)?;
                Ok(self.done(change))
            }
            Change::ValidateConstraint { table, name, references: Some(_) } => {
                self.needs_foreign_key(table, name)?;
                Ok(self.done(change))
            }
            Change::Shadow(change) => {
                self.apply_to_shadows(change)?;
                Ok(Vec::new())
            }
            other => Ok(self.done(other)),
        }
    }

    /// Tables go on under other names.
    pub(super) fn rename(&mut self, names: &HashMap<&TableName, &TableName>) {
        let after = |name: TableName| names.get(&name).map_or(name, |after| TableName::clone(after));
        let standings = std::mem::take(&mut self.standings).into_iter().map(|(table, standing)| {
            let standing = match standing {
                Standing::Distributed { column, group } => Standing::Distributed { column, group: after(group) },
                other => other,
            };
            (after(table), standing)
        });
        self.standings = standings.collect();
        self.shells = std::mem::take(&mut self.shells).into_iter().map(after).collect();
    }

    /// The table is gone.
    pub(super) fn forget(&mut self, table: &TableName) {
        self.standings.remove(table);
        self.shells.remove(table);
    }

    fn done(&mut self, change: &Change) -> Vec<Alteration> {
        self.schema.apply(change);
        Vec::new()
    }

    pub(super) fn table(&self, name: &TableName) -> Result<&Table, Refusal> {
        self.schema.table(name).ok_or_else(|| Refusal::NoTable(name.clone()))
    }

    fn needs_foreign_key(&self, table: &TableName, name: &Name) -> Result<(), Refusal> {
        let missing = || Refusal::NoConstraint { table: table.clone(), name: name.clone() };
        self.schema.foreign_key(table, name).map(|_| ()).ok_or_else(missing)
    }

    /// The table itself, or the partitioned table that a partition belongs to in the end.
    fn placed_for<'a>(&'a self, table: &'a TableName) -> &'a TableName {
        let mut placed = table;
        while let Some(part) = self.schema.table(placed).and_then(|table| table.partition_of.as_ref()) {
            placed = &part.parent;
        }
        placed
    }

    fn make_reference(&mut self, name: &TableName) -> Result<Vec<Alteration>, Refusal> {
        let table = self.table(name)?;
        placing::kind(self, table)?;
        if matches!(table.kind, TableKind::Partitioned(_)) {
            return Err(Refusal::PartitionedReference);
        }
        placing::behaviour(table)?;
        placing::row_types(self, table)?;
        foreign_key::of_reference(self, name)?;
        let altered = if self.converts { self.convert_neighbours(name)? } else { Vec::new() };
        self.place(name, Standing::Reference);
        Ok(altered)
    }

    fn add_to_metadata(&mut self, name: &TableName) -> Result<Vec<Alteration>, Refusal> {
        let table = self.table(name)?;
        placing::kind(self, table)?;
        if *self.standing(name) != Standing::Plain {
            return Err(Refusal::AlreadyPlaced(name.clone()));
        }
        let family = self.schema.family(name);
        let keys = |table: &Table| self.schema.outgoing(&table.name).chain(self.schema.incoming(&table.name)).count();
        if family.iter().any(|table| keys(table) > 0) {
            return Err(Refusal::ConcurrentReferences(name.clone()));
        }
        self.convert(name)
    }

    fn distribute(
        &mut self,
        name: &TableName,
        column: &Name,
        method: Method,
        with: Option<&TableName>,
    ) -> Result<Vec<Alteration>, Refusal> {
        let table = self.table(name)?;
        placing::kind(self, table)?;
        placing::behaviour(table)?;
        placing::row_types(self, table)?;
        placing::column(table, column)?;
        let group = placing::group(self, table, column, with)?;
        match method {
            Method::Blocking => {
                placing::keys(self, name, column)?;
                foreign_key::of_distributed(self, name, column, &group)?;
                self.place(name, Standing::Distributed { column: column.clone(), group });
                Ok(Vec::new())
            }
            Method::Concurrent => {
                foreign_key::of_concurrent(self, name)?;
                placing::concurrent(self, name, column)?;
                // A local table of the cluster has been made anew already.
                let is_plain = *self.standing(name) == Standing::Plain;
                let altered = if is_plain { self.convert(name)? } else { Vec::new() };
                self.place(name, Standing::Distributed { column: column.clone(), group });
                // The rows go to the shards, and the old table with them.
                self.shells.remove(name);
                Ok(altered)
            }
        }
    }

    fn place(&mut self, table: &TableName, standing: Standing) {
        self.standings.insert(table.clone(), standing);
        self.shells.insert(table.clone());
    }

    fn undistribute(&mut self, name: &TableName) -> Result<Vec<Alteration>, Refusal> {
        if *self.standing(name) == Standing::Plain {
            return Err(Refusal::NotDistributed(name.clone()));
        }
        if self.table(name)?.columns.iter().any(|column| column.identity.is_some()) {
            return Err(Refusal::Identity);
        }
        let family = self.schema.family(name);
        let tied = |table: &&&Table| {
            self.schema.outgoing(&table.name).chain(self.schema.incoming(&table.name)).next().is_some()
        };
        if let Some(table) = family.iter().find(tied) {
            return Err(Refusal::HasForeignKey(table.name.clone()));
        }
        let altered = Alteration::of_remake(&self.schema, name);
        self.schema.forget_comments(name);
        self.standings.remove(name);
        self.shells.remove(name);
        Ok(altered)
    }

    fn add_foreign_key(&mut self, change: &Change, key: &ForeignKey) -> Result<Vec<Alteration>, Refusal> {
        foreign_key::added(self, key)?;
        self.schema.apply(change);
        let from_plain = *self.standing(&key.from) == Standing::Plain;
        if self.converts && from_plain && *self.standing(&key.to) == Standing::Reference {
            return self.convert(&key.from);
        }
        Ok(Vec::new())
    }

    /// What a new reference table does to the plain tables around it.
    fn convert_neighbours(&mut self, table: &TableName) -> Result<Vec<Alteration>, Refusal> {
        let keys = self.schema.outgoing(table).map(|key| &key.to);
        let around: BTreeSet<TableName> = keys
            .chain(self.schema.incoming(table).map(|key| &key.from))
            .filter(|other| *other != table)
            .cloned()
            .collect();
        let mut altered = Vec::new();
        for other in around {
            if *self.standing(&other) == Standing::Plain {
                altered.extend(self.convert(&other)?);
            }
        }
        Ok(altered)
    }

    /// Makes a plain table, and the plain tables that foreign keys connect to it, local tables of the cluster.
    fn convert(&mut self, table: &TableName) -> Result<Vec<Alteration>, Refusal> {
        let connected = self.connected_plain(table)?;
        let mut altered = Vec::new();
        for table in connected {
            altered.extend(Alteration::of_remake(&self.schema, &table));
            altered.push(Alteration::Converted(table.clone()));
            self.schema.forget_comments(&table);
            self.standings.insert(table, Standing::CitusLocal);
        }
        Ok(altered)
    }

    fn connected_plain(&self, table: &TableName) -> Result<BTreeSet<TableName>, Refusal> {
        let mut found = BTreeSet::from([table.clone()]);
        let mut waiting = vec![table.clone()];
        while let Some(next) = waiting.pop() {
            let references = self.schema.outgoing(&next).map(|key| &key.to);
            for other in references.chain(self.schema.incoming(&next).map(|key| &key.from)) {
                match self.standing(other) {
                    Standing::Plain if found.insert(other.clone()) => waiting.push(other.clone()),
                    Standing::Distributed { .. } => return Err(Refusal::ToDistributed),
                    _ => {}
                }
            }
        }
        Ok(found)
    }

    /// Truncation cascades over the foreign keys to the table, and over those to what it reaches so.
    fn truncate(&mut self, name: &TableName) -> Result<Vec<Alteration>, Refusal> {
        if *self.standing(name) == Standing::Plain {
            return Err(Refusal::NothingToTruncate);
        }
        let mut reached = BTreeSet::from([name.clone()]);
        let mut waiting = vec![name.clone()];
        while let Some(next) = waiting.pop() {
            let family = self.schema.family(&next);
            for key in family.iter().flat_map(|table| self.schema.incoming(&table.name)) {
                if *self.standing(&key.from) == Standing::Plain {
                    let directly = self.placed_for(&key.to) == name;
                    let reaches = || Refusal::TruncateReaches(key.from.clone());
                    return Err(if directly { Refusal::TruncateReferenced } else { reaches() });
                }
                if reached.insert(key.from.clone()) {
                    waiting.push(key.from.clone());
                }
            }
        }
        for table in &reached {
            self.shells.remove(table);
        }
        Ok(Vec::new())
    }
}
