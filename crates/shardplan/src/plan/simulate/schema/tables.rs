//! The tables of a schema and the foreign keys between them, each table at a place of its own: tables and foreign keys come and go,
//! whoever is tied to a table goes out. A name is looked up once; from there on places lead to places.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use foldhash::HashMap;

use crate::catalog::{ForeignKey, Table};
use crate::name::{Name, TableName};

/// Where a table stands among the tables of a schema.
pub(in crate::plan::simulate) type Place = usize;

/// A foreign key and the places of its tables.
#[derive(Clone)]
pub(in crate::plan::simulate) struct Tie {
    pub(in crate::plan::simulate) key: ForeignKey,
    pub(in crate::plan::simulate) from: Place,
    pub(in crate::plan::simulate) to: Place,
}

/// What is known at a place.
#[derive(Default)]
struct Slot {
    /// Shared with whoever has taken a copy of the tables; `None` where a name is used of a table that is not there.
    table: Option<Arc<Table>>,
    /// The foreign keys of the table, by name, as places in the list of all.
    outgoing: Vec<usize>,
    /// Those that reference it: the referencing table, and the place in the list of all.
    incoming: BTreeSet<(Place, usize)>,
    /// One level down.
    partitions: Vec<Place>,
    parent: Option<Place>,
    is_inherited: bool,
}

#[derive(Default)]
pub(in crate::plan::simulate) struct Tables {
    slots: Vec<Slot>,
    places: HashMap<TableName, Place>,
    ties: Vec<Option<Arc<Tie>>>,
}

impl Tables {
    /// Places are in the order of the list.
    pub(super) fn new(tables: Vec<Table>, keys: Vec<ForeignKey>) -> Self {
        let mut all = Self::default();
        all.slots.reserve(tables.len());
        all.places.reserve(tables.len());
        all.ties.reserve(keys.len());
        for table in tables {
            let at = all.place_for(&table.name);
            all.slots[at].table = Some(Arc::new(table));
        }
        (0..all.slots.len()).for_each(|at| all.tie_to_parents(at));
        keys.into_iter().for_each(|key| all.add_key(key));
        all
    }

    /// The tables by place, and the foreign keys by referencing table and name.
    pub(super) fn into_lists(self) -> (Vec<Table>, Vec<ForeignKey>) {
        let keys = self.keys().map(|tie| tie.key.clone()).collect();
        let tables = self.slots.into_iter().filter_map(|slot| slot.table).map(Arc::unwrap_or_clone);
        (tables.collect(), keys)
    }

    /// Adds a table, after the one that it is a partition of.
    pub(super) fn add(&mut self, table: Table) {
        let at = self.place_for(&table.name);
        self.slots[at].table = Some(Arc::new(table));
        self.tie_to_parents(at);
    }

    fn tie_to_parents(&mut self, at: Place) {
        let Some(table) = self.slots[at].table.clone() else { return };
        if let Some(part) = &table.partition_of {
            let parent = self.place_for(&part.parent);
            self.slots[parent].partitions.push(at);
            self.slots[at].parent = Some(parent);
        }
        for above in &table.inherits {
            let above = self.place_for(above);
            self.slots[above].is_inherited = true;
        }
    }

    /// Puts a table, as it was before, back to its place.
    pub(super) fn put(&mut self, place: Place, table: Arc<Table>) {
        self.slots[place].table = Some(table);
    }

    /// The table goes; what references it, and its own foreign keys, stay.
    pub(super) fn remove(&mut self, place: Place) {
        self.slots[place].table = None;
        if let Some(parent) = self.slots[place].parent.take() {
            self.slots[parent].partitions.retain(|part| *part != place);
        }
    }

    /// Tables go on under other names, where they are, and their foreign keys with them.
    pub(super) fn rename(&mut self, names: &HashMap<&TableName, &TableName>) {
        let after = |name: &TableName| names.get(name).map(|after| TableName::clone(after));
        let places = std::mem::take(&mut self.places).into_iter();
        self.places = places.map(|(name, at)| (after(&name).unwrap_or(name), at)).collect();
        for table in self.slots.iter_mut().filter_map(|slot| slot.table.as_mut()) {
            if let Some(name) = after(&table.name) {
                Arc::make_mut(table).name = name;
            }
            if let Some(name) = table.partition_of.as_ref().and_then(|part| after(&part.parent)) {
                Arc::make_mut(table).partition_of.iter_mut().for_each(|part| part.parent = name.clone());
            }
        }
        for tie in self.ties.iter_mut().flatten() {
            let [from, to] = [&tie.key.from, &tie.key.to].map(after);
            if from.is_some() || to.is_some() {
                let key = &mut Arc::make_mut(tie).key;
                from.into_iter().for_each(|name| key.from = name);
                to.into_iter().for_each(|name| key.to = name);
            }
        }
    }

    /// The place of that name, made for it if there is none.
    fn place_for(&mut self, name: &TableName) -> Place {
        if let Some(at) = self.places.get(name) {
            return *at;
        }
        self.places.insert(name.clone(), self.slots.len());
        self.slots.push(Slot::default());
        self.slots.len() - 1
    }

    /// Where the table of that name is.
    pub(in crate::plan::simulate) fn find(&self, name: &TableName) -> Option<Place> {
        self.places.get(name).copied().filter(|at| self.slots[*at].table.is_some())
    }

    pub(in crate::plan::simulate) fn at(&self, place: Place) -> Option<&Arc<Table>> {
        self.slots[place].table.as_ref()
    }

    /// All of them, by place.
    pub(in crate::plan::simulate) fn all(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.slots.iter().filter_map(|slot| slot.table.as_ref())
    }

    /// To change it. Whoever has taken a copy of the tables keeps the table as it was.
    pub(super) fn change(&mut self, place: Place) -> Option<&mut Table> {
        self.slots[place].table.as_mut().map(Arc::make_mut)
    }

    /// The table and, if it is partitioned, its partitions on every level.
    pub(in crate::plan::simulate) fn family(&self, place: Place) -> impl Iterator<Item = Place> {
        let mut waiting = VecDeque::new();
        std::iter::successors(Some(place), move |at| {
            waiting.extend(self.slots[*at].partitions.iter().copied());
            waiting.pop_front()
        })
    }

    /// The table itself, or the partitioned table that a partition belongs to in the end.
    pub(in crate::plan::simulate) fn topmost(&self, place: Place) -> Place {
        let mut top = place;
        while let Some(parent) = self.slots[top].parent {
            top = parent;
        }
        top
    }

    /// Whether another table inherits from it.
    pub(in crate::plan::simulate) fn is_inherited(&self, place: Place) -> bool {
        self.slots[place].is_inherited
    }

    /// The foreign keys of a table, by name.
    pub(in crate::plan::simulate) fn outgoing(&self, place: Place) -> impl Iterator<Item = &Tie> {
        self.slots[place].outgoing.iter().filter_map(|at| self.ties[*at].as_deref())
    }

    /// The foreign keys that reference a table, by referencing table.
    pub(in crate::plan::simulate) fn incoming(&self, place: Place) -> impl Iterator<Item = &Tie> {
        self.slots[place].incoming.iter().filter_map(|(_, at)| self.ties[*at].as_deref())
    }

    /// All foreign keys, by referencing table and name.
    pub(in crate::plan::simulate) fn keys(&self) -> impl Iterator<Item = &Arc<Tie>> {
        self.slots.iter().flat_map(|slot| &slot.outgoing).filter_map(|at| self.ties[*at].as_ref())
    }

    /// The foreign key of that table and name.
    pub(in crate::plan::simulate) fn key(&self, table: &TableName, name: &Name) -> Option<&Arc<Tie>> {
        let from = *self.places.get(table)?;
        self.ties[self.number(from, name)?].as_ref()
    }

    /// Where the foreign key of that name is in the list of all.
    fn number(&self, from: Place, name: &Name) -> Option<usize> {
        let is = |at: &&usize| self.ties[**at].as_ref().is_some_and(|tie| tie.key.name == *name);
        self.slots[from].outgoing.iter().find(is).copied()
    }

    /// Adds a foreign key; one of the same name and table goes.
    pub(super) fn add_key(&mut self, key: ForeignKey) {
        let [from, to] = [&key.from, &key.to].map(|name| self.place_for(name));
        self.remove_key(from, &key.name);
        let number = self.ties.len();
        let earlier = |at: &usize| self.ties[*at].as_ref().is_some_and(|tie| tie.key.name < key.name);
        let among = self.slots[from].outgoing.partition_point(earlier);
        self.slots[from].outgoing.insert(among, number);
        self.slots[to].incoming.insert((from, number));
        self.ties.push(Some(Arc::new(Tie { key, from, to })));
    }

    /// Takes a foreign key away.
    pub(super) fn drop_key(&mut self, table: &TableName, name: &Name) -> Option<Arc<Tie>> {
        let from = *self.places.get(table)?;
        self.remove_key(from, name)
    }

    fn remove_key(&mut self, from: Place, name: &Name) -> Option<Arc<Tie>> {
        let number = self.number(from, name)?;
        let tie = self.ties[number].take()?;
        self.slots[from].outgoing.retain(|at| *at != number);
        self.slots[tie.to].incoming.remove(&(from, number));
        Some(tie)
    }

    /// Changes a foreign key, but neither its name nor its tables.
    pub(super) fn change_key(&mut self, table: &TableName, name: &Name, change: impl FnOnce(&mut ForeignKey)) {
        let number = self.places.get(table).and_then(|from| self.number(*from, name));
        if let Some(tie) = number.and_then(|at| self.ties[at].as_mut()) {
            change(&mut Arc::make_mut(tie).key);
        }
    }

    /// Takes all foreign keys of a table away.
    pub(super) fn drop_keys_of(&mut self, from: Place) {
        for number in std::mem::take(&mut self.slots[from].outgoing) {
            if let Some(tie) = self.ties[number].take() {
                self.slots[tie.to].incoming.remove(&(from, number));
            }
        }
    }

    /// Changes all foreign keys of a table, but neither their names nor their tables.
    pub(super) fn change_keys_of(&mut self, place: Place, change: impl Fn(&mut ForeignKey)) {
        for at in &self.slots[place].outgoing {
            if let Some(tie) = &mut self.ties[*at] {
                change(&mut Arc::make_mut(tie).key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use foldhash::HashMap;

    use super::Tables;
    use crate::catalog::Catalog;
    use crate::name::{Name, TableName};

    const SQL: &str = "
        CREATE TABLE a (id bigint PRIMARY KEY);
        CREATE TABLE b (x bigint CONSTRAINT z REFERENCES a, y bigint CONSTRAINT m REFERENCES a);";

    fn tables() -> Tables {
        let catalog = Catalog::from_ddl(SQL).catalog;
        Tables::new(catalog.tables, catalog.foreign_keys)
    }

    fn table(name: &str) -> TableName {
        TableName::new("public", name)
    }

    fn names<'t>(ties: impl Iterator<Item = &'t super::Tie>) -> Vec<&'t str> {
        ties.map(|tie| tie.key.name.as_str()).collect()
    }

    #[test]
    fn foreign_keys_come_back_in_their_order() {
        let mut tables = tables();
        let (a, b) = (tables.find(&table("a")).unwrap(), tables.find(&table("b")).unwrap());
        let tie = tables.drop_key(&table("b"), &Name::from("m")).unwrap();
        assert_eq!((names(tables.outgoing(b)), names(tables.incoming(a))), (vec!["z"], vec!["z"]));
        tables.add_key(tie.key.clone());
        assert_eq!(names(tables.outgoing(b)), ["m", "z"]);
        assert_eq!(names(tables.incoming(a)).len(), 2);
        assert!(tables.drop_key(&table("b"), &Name::from("unknown")).is_none());
    }

    #[test]
    fn who_has_a_copy_keeps_it() {
        let mut tables = tables();
        let copy: Vec<_> = tables.all().cloned().collect();
        let a = tables.find(&table("a")).unwrap();
        tables.change(a).unwrap().comment = Some("changed".to_owned());
        assert_eq!(copy[a].comment, None);
        assert!(!Arc::ptr_eq(&copy[a], tables.at(a).unwrap()));
    }

    #[test]
    fn a_table_stays_in_its_place_under_another_name() {
        let mut tables = tables();
        let a = tables.find(&table("a")).unwrap();
        let (old, new) = (table("a"), table("retired"));
        tables.rename(&HashMap::from_iter([(&old, &new)]));
        assert_eq!((tables.find(&new), tables.find(&old)), (Some(a), None));
        assert!(tables.incoming(a).all(|tie| tie.key.to == new));
        tables.remove(a);
        assert_eq!(tables.find(&new), None);
    }
}
