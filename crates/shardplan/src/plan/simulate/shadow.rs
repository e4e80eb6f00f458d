//! What the strategy of shadow tables does to a schema and to a cluster.

use foldhash::HashMap;

use super::cluster::Cluster;
use super::foreign_key;
use super::refusal::Refusal;
use super::schema::Schema;
use crate::catalog::{Catalog, ReplicaIdentity, Table, Trigger};
use crate::name::TableName;
use crate::plan::change::Change;
use crate::plan::shadow::{Shadow, ShadowChange};

impl Schema {
    pub(super) fn apply_to_shadows(&mut self, change: &ShadowChange) {
        match change {
            ShadowChange::Create(shadow) => self.create_like(shadow),
            ShadowChange::Drop { shadow } => {
                self.replace(|catalog| catalog.tables.retain(|table| table.name != *shadow))
            }
            ShadowChange::Disown { sequence } => self.set_owner(sequence, None),
            ShadowChange::Own { sequence, table, column } => self.set_owner(sequence, Some((table, column))),
            ShadowChange::Capture(shadow) => self.capture(shadow),
            ShadowChange::Exchange { shadows, late, .. } => {
                self.exchange(shadows);
                for key in late {
                    self.apply(&Change::DropForeignKey {
                        table: key.from.clone(),
                        name: key.name.clone(),
                        references: key.to.clone(),
                    });
                    self.apply(&Change::add_foreign_key(key.clone()));
                }
            }
            ShadowChange::DropRetired { tables, .. } => self.replace(|catalog| {
                catalog.tables.retain(|table| !tables.contains(&table.name));
                catalog.foreign_keys.retain(|key| !tables.contains(&key.from));
            }),
            ShadowChange::OwnOnWorkers { .. }
            | ShadowChange::MarkBuilt { .. }
            | ShadowChange::DefineReplay(_)
            | ShadowChange::CopyRows(_)
            | ShadowChange::TryForeignKey(_)
            | ShadowChange::CatchUp
            | ShadowChange::Analyze { .. } => {}
        }
    }

    /// What `LIKE` takes over, and the helpers beside it: columns, defaults, checks, their comments, owner and policies.
    fn create_like(&mut self, shadow: &Shadow) {
        let Some(live) = self.table(&shadow.table) else { return };
        let copy = Table {
            name: shadow.shadow.clone(),
            columns: live.columns.clone(),
            checks: live.checks.clone(),
            policies: live.policies.clone(),
            row_security: live.row_security,
            replica_identity: ReplicaIdentity::Default,
            owner: live.owner.clone(),
            ..Table::new(shadow.shadow.clone())
        };
        self.add_table(copy);
    }

    fn capture(&mut self, shadow: &Shadow) {
        let trigger = |name: &str| Trigger {
            name: name.into(),
            definition: String::new(),
            function: TableName::new("shardplan", shadow.function.clone()),
            enabled: true,
        };
        let triggers = [Shadow::ON_CHANGE, Shadow::ON_TRUNCATE].map(trigger);
        self.one(&shadow.table, |table| table.triggers.extend(triggers));
    }

    /// Every table goes on under its other name, and its foreign keys with it.
    fn exchange(&mut self, shadows: &[Shadow]) {
        let names = names_after(shadows);
        let rename = |name: &mut TableName| {
            if let Some(after) = names.get(name) {
                *name = TableName::clone(after);
            }
        };
        self.replace(|catalog| {
            catalog.tables.iter_mut().for_each(|table| rename(&mut table.name));
            catalog.foreign_keys.iter_mut().flat_map(|key| [&mut key.from, &mut key.to]).for_each(rename);
        });
        for shadow in shadows {
            shadow.sequences.iter().for_each(|(name, column)| self.set_owner(name, Some((&shadow.table, column))));
        }
    }

    /// Changes more than one table at once.
    fn replace(&mut self, change: impl FnOnce(&mut Catalog)) {
        let mut catalog = std::mem::replace(self, Self::new(Catalog::default())).into_catalog();
        change(&mut catalog);
        *self = Self::new(catalog);
    }
}

/// The names that tables have after the exchange.
pub(super) fn names_after(shadows: &[Shadow]) -> HashMap<&TableName, &TableName> {
    let pairs = shadows.iter().flat_map(|one| [(&one.table, &one.retired), (&one.shadow, &one.table)]);
    pairs.collect()
}

impl Cluster {
    pub(super) fn apply_to_shadows(&mut self, change: &ShadowChange) -> Result<(), Refusal> {
        if let ShadowChange::TryForeignKey(key) = change {
            foreign_key::added(self, key)?;
        }
        self.schema.apply_to_shadows(change);
        match change {
            ShadowChange::Exchange { shadows, .. } => self.rename(&names_after(shadows)),
            ShadowChange::Drop { shadow } => self.forget(shadow),
            _ => {}
        }
        Ok(())
    }
}
