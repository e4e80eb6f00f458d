//! A cluster as far as a plan can tell: what each table is to it, and whether it accepts the next change.
//!
//! A schema comes in; for each change, a refusal or what it alters goes out. Knows no plan. Measured on Citus 13.2.2.

use std::collections::BTreeSet;

use foldhash::{HashMap, HashSet};

use super::alteration::Alteration;
use super::refusal::Refusal;
use super::schema::{Place, Remembered, Schema, Tie};
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
    /// By place; what has none here is plain.
    standings: Vec<Standing>,
    /// What a transaction has remembered of tables, to put it back.
    remembered: Vec<Remembered>,
    /// Tables that still have their old rows on the coordinator.
    shells: HashSet<Place>,
    /// What truncations have reached since the last change of another kind: whatever references it was reached then.
    emptied: HashSet<Place>,
    /// `citus.enable_local_reference_table_foreign_keys`.
    pub(super) converts: bool,
}

impl Cluster {
    /// A cluster on whose coordinator nothing but plain tables are.
    #[must_use]
    pub fn new(catalog: Catalog) -> Self {
        Self {
            schema: Schema::new(catalog),
            standings: Vec::new(),
            shells: HashSet::default(),
            emptied: HashSet::default(),
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
        self.schema.tables().all().map(|table| &**table)
    }

    /// The foreign keys that are in place now, in no order that means anything.
    pub fn foreign_keys(&self) -> impl Iterator<Item = &ForeignKey> {
        self.schema.tables().keys().map(|tie| &tie.key)
    }

    /// The schema as it is now.
    #[must_use]
    pub fn into_catalog(self) -> Catalog {
        self.schema.into_catalog()
    }

    /// What a table is; a partition is what its partitioned table is.
    #[must_use]
    pub fn standing(&self, table: &TableName) -> &Standing {
        self.schema.tables().find(table).map_or(&Standing::Plain, |at| self.standing_at(at))
    }

    /// [`standing`](Self::standing) of the table at a place.
    pub(super) fn standing_at(&self, place: Place) -> &Standing {
        self.standings.get(self.schema.tables().topmost(place)).unwrap_or(&Standing::Plain)
    }

    /// Whether the rows that a table had before it was placed are still on the coordinator.
    #[must_use]
    pub fn is_shell(&self, table: &TableName) -> bool {
        self.schema.tables().find(table).is_some_and(|at| self.shells.contains(&at))
    }

    /// Carries a change out.
    ///
    /// # Errors
    /// The cluster refuses it; nothing has changed then.
    pub fn apply(&mut self, change: &Change, in_transaction: bool) -> Result<Vec<Alteration>, Refusal> {
        if !matches!(change, Change::TruncateLocalData { .. }) {
            self.emptied.clear();
        }
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
                let places = tables.iter().filter_map(|table| self.schema.tables().find(table));
                self.remembered = places.flat_map(|at| self.schema.remember(at)).collect();
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
                foreign_key::validated(self, self.needs_foreign_key(table, name)?)?;
                Ok(self.done(change))
            }
            Change::Shadow(change) => {
                self.apply_to_shadows(change)?;
                Ok(Vec::new())
            }
            other => Ok(self.done(other)),
        }
    }

    /// Tables have gone on under other names.
    pub(super) fn rename(&mut self, names: &HashMap<&TableName, &TableName>) {
        for standing in &mut self.standings {
            if let Standing::Distributed { group, .. } = standing
                && let Some(after) = names.get(group)
            {
                *group = TableName::clone(after);
            }
        }
    }

    /// The table goes.
    pub(super) fn forget(&mut self, table: &TableName) {
        if let Some(at) = self.schema.tables().find(table) {
            self.place(at, Standing::Plain);
            self.shells.remove(&at);
        }
    }

    fn done(&mut self, change: &Change) -> Vec<Alteration> {
        self.schema.apply(change);
        Vec::new()
    }

    /// Where the table of that name is.
    pub(super) fn find(&self, name: &TableName) -> Result<Place, Refusal> {
        self.schema.tables().find(name).ok_or_else(|| Refusal::NoTable(name.clone()))
    }

    /// The table at a place where one was found.
    pub(super) fn table(&self, place: Place) -> &Table {
        self.schema.tables().at(place).expect("a table that was found is there")
    }

    fn needs_foreign_key(&self, table: &TableName, name: &Name) -> Result<&ForeignKey, Refusal> {
        let missing = || Refusal::NoConstraint { table: table.clone(), name: name.clone() };
        self.schema.tables().key(table, name).map(|tie| &tie.key).ok_or_else(missing)
    }

    fn make_reference(&mut self, name: &TableName) -> Result<Vec<Alteration>, Refusal> {
        let at = self.find(name)?;
        let table = self.table(at);
        placing::kind(self, at)?;
        if matches!(table.kind, TableKind::Partitioned(_)) {
            return Err(Refusal::PartitionedReference);
        }
        placing::behaviour(table)?;
        placing::row_types(self, table)?;
        foreign_key::of_reference(self, at)?;
        let altered = if self.converts { self.convert_neighbours(at)? } else { Vec::new() };
        self.place_as_shell(at, Standing::Reference);
        Ok(altered)
    }

    fn add_to_metadata(&mut self, name: &TableName) -> Result<Vec<Alteration>, Refusal> {
        let at = self.find(name)?;
        placing::kind(self, at)?;
        if *self.standing_at(at) != Standing::Plain {
            return Err(Refusal::AlreadyPlaced(name.clone()));
        }
        if self.schema.outgoing(at).chain(self.schema.incoming(at)).next().is_some() {
            return Err(Refusal::ConcurrentReferences(name.clone()));
        }
        self.convert(at)
    }

    fn distribute(
        &mut self,
        name: &TableName,
        column: &Name,
        method: Method,
        with: Option<&TableName>,
    ) -> Result<Vec<Alteration>, Refusal> {
        let at = self.find(name)?;
        let table = self.table(at);
        placing::kind(self, at)?;
        placing::behaviour(table)?;
        placing::row_types(self, table)?;
        placing::column(table, column)?;
        let group = placing::group(self, table, column, with)?;
        match method {
            Method::Blocking => {
                placing::keys(self, at, column)?;
                foreign_key::of_distributed(self, at, column, &group)?;
                self.place_as_shell(at, Standing::Distributed { column: column.clone(), group });
                Ok(Vec::new())
            }
            Method::Concurrent => {
                foreign_key::of_concurrent(self, at)?;
                placing::concurrent(self, at, column)?;
                // A local table of the cluster has been made anew already.
                let is_plain = *self.standing_at(at) == Standing::Plain;
                let altered = if is_plain { self.convert(at)? } else { Vec::new() };
                self.place(at, Standing::Distributed { column: column.clone(), group });
                // The rows go to the shards, and the old table with them.
                self.shells.remove(&at);
                Ok(altered)
            }
        }
    }

    fn place(&mut self, at: Place, standing: Standing) {
        if self.standings.len() <= at {
            self.standings.resize(at + 1, Standing::Plain);
        }
        self.standings[at] = standing;
    }

    /// Places a table whose rows stay on the coordinator besides.
    fn place_as_shell(&mut self, at: Place, standing: Standing) {
        self.place(at, standing);
        self.shells.insert(at);
    }

    fn undistribute(&mut self, name: &TableName) -> Result<Vec<Alteration>, Refusal> {
        let at = self.find(name)?;
        if *self.standing_at(at) == Standing::Plain {
            return Err(Refusal::NotDistributed(name.clone()));
        }
        if self.table(at).columns.iter().any(|column| column.identity.is_some()) {
            return Err(Refusal::Identity);
        }
        let is_tied = |at: &Place| {
            let tables = self.schema.tables();
            tables.outgoing(*at).chain(tables.incoming(*at)).next().is_some()
        };
        if let Some(tied) = self.schema.tables().family(at).find(is_tied) {
            return Err(Refusal::HasForeignKey(self.table(tied).name.clone()));
        }
        let altered = Alteration::of_remake(&self.schema, at);
        self.schema.make_anew(at);
        self.place(at, Standing::Plain);
        self.shells.remove(&at);
        Ok(altered)
    }

    fn add_foreign_key(&mut self, change: &Change, key: &ForeignKey) -> Result<Vec<Alteration>, Refusal> {
        let (from, to) = (self.find(&key.from)?, self.find(&key.to)?);
        foreign_key::added(self, key, from, to)?;
        self.schema.apply(change);
        let from_plain = *self.standing_at(from) == Standing::Plain;
        if self.converts && from_plain && *self.standing_at(to) == Standing::Reference {
            return self.convert(from);
        }
        Ok(Vec::new())
    }

    /// The tables that the foreign keys of a table tie it to, itself among them if one references it.
    fn neighbours(&self, at: Place) -> impl Iterator<Item = Place> {
        let tables = self.schema.tables();
        tables.outgoing(at).map(|tie| tie.to).chain(tables.incoming(at).map(|tie| tie.from))
    }

    /// What a new reference table does to the plain tables around it.
    fn convert_neighbours(&mut self, at: Place) -> Result<Vec<Alteration>, Refusal> {
        let around: BTreeSet<Place> = self.neighbours(at).filter(|other| *other != at).collect();
        let mut altered = Vec::new();
        for other in around {
            if *self.standing_at(other) == Standing::Plain {
                altered.extend(self.convert(other)?);
            }
        }
        Ok(altered)
    }

    /// Makes a plain table, and the plain tables that foreign keys connect to it, local tables of the cluster.
    fn convert(&mut self, at: Place) -> Result<Vec<Alteration>, Refusal> {
        let connected = self.connected_plain(at)?;
        connected.iter().try_for_each(|at| placing::as_local(self, *at))?;
        let mut altered = Vec::new();
        for at in connected {
            let Some(table) = self.schema.tables().at(at) else { continue };
            altered.extend(Alteration::of_remake(&self.schema, at));
            altered.push(Alteration::Converted(table.name.clone()));
            self.schema.make_anew(at);
            self.place(at, Standing::CitusLocal);
        }
        Ok(altered)
    }

    fn connected_plain(&self, at: Place) -> Result<BTreeSet<Place>, Refusal> {
        let mut found = BTreeSet::from([at]);
        let mut waiting = vec![at];
        while let Some(next) = waiting.pop() {
            for other in self.neighbours(next) {
                match self.standing_at(other) {
                    Standing::Plain if found.insert(other) => waiting.push(other),
                    Standing::Distributed { .. } => return Err(Refusal::ToDistributed),
                    _ => {}
                }
            }
        }
        Ok(found)
    }

    /// Truncation cascades over the foreign keys to the table, and over those to what it reaches so.
    fn truncate(&mut self, name: &TableName) -> Result<Vec<Alteration>, Refusal> {
        let at = self.find(name)?;
        if *self.standing_at(at) == Standing::Plain {
            return Err(Refusal::NothingToTruncate);
        }
        let mut reached: HashSet<Place> = HashSet::from_iter([at]);
        let mut waiting = vec![at];
        while let Some(next) = waiting.pop() {
            for Tie { key, from, to } in self.schema.incoming(next) {
                if *self.standing_at(*from) == Standing::Plain {
                    let directly = self.schema.tables().topmost(*to) == at;
                    let reaches = || Refusal::TruncateReaches(key.from.clone());
                    return Err(if directly { Refusal::TruncateReferenced } else { reaches() });
                }
                if !self.emptied.contains(from) && reached.insert(*from) {
                    waiting.push(*from);
                }
            }
        }
        for table in &reached {
            self.shells.remove(table);
        }
        self.emptied.extend(reached);
        Ok(Vec::new())
    }
}
