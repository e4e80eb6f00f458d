//! What the strategy of shadow tables does to a schema and to a cluster.

use foldhash::HashMap;

use super::cluster::Cluster;
use super::foreign_key;
use super::refusal::Refusal;
use super::schema::Schema;
use crate::catalog::{PartitionOf, ReplicaIdentity, Table, Trigger};
use crate::name::TableName;
use crate::plan::change::Change;
use crate::plan::shadow::{Shadow, ShadowChange};

impl Schema {
    pub(super) fn apply_to_shadows(&mut self, change: &ShadowChange) {
        match change {
            ShadowChange::Create(shadow) => self.create_like(shadow),
            ShadowChange::Drop { shadow } => self.drop_tables([shadow]),
            ShadowChange::Disown { sequence } => self.set_owner(sequence, None),
            ShadowChange::Own { sequence, table, column } => self.set_owner(sequence, Some((table, column))),
            ShadowChange::Capture(shadow) => self.capture(shadow),
            ShadowChange::Exchange { shadows, late, let_go, .. } => {
                for key in let_go {
                    self.apply(&Change::DropForeignKey {
                        table: key.from.clone(),
                        name: key.name.clone(),
                        references: key.to.clone(),
                    });
                }
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
            ShadowChange::DropRetired { tables, .. } => self.drop_tables(tables),
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
        self.add_like(&shadow.table, &shadow.shadow, None);
        for part in &shadow.parts {
            let of = PartitionOf { parent: shadow.shadow.clone(), bound: part.bound.clone() };
            self.add_like(&part.table, &part.shadow, Some(of));
        }
    }

    fn add_like(&mut self, live: &TableName, copy: &TableName, partition_of: Option<PartitionOf>) {
        let Some(live) = self.table(live) else { return };
        let copy = Table {
            kind: live.kind.clone(),
            partition_of,
            columns: live.columns.clone(),
            checks: live.checks.clone(),
            policies: live.policies.clone(),
            row_security: live.row_security,
            replica_identity: ReplicaIdentity::Default,
            owner: live.owner.clone(),
            ..Table::new(copy.clone())
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
        let on_truncate = triggers[1].clone();
        self.one(&shadow.table, |table| table.triggers.extend(triggers));
        for part in &shadow.parts {
            self.one(&part.table, |table| table.triggers.push(on_truncate.clone()));
        }
    }

    /// Every table goes on under its other name, and its sequences go with the name.
    fn exchange(&mut self, shadows: &[Shadow]) {
        self.rename(&names_after(shadows));
        for shadow in shadows {
            shadow.sequences.iter().for_each(|(name, column)| self.set_owner(name, Some((&shadow.table, column))));
        }
    }
}

/// The names that tables have after the exchange.
pub(super) fn names_after(shadows: &[Shadow]) -> HashMap<&TableName, &TableName> {
    let family = shadows.iter().flat_map(Shadow::family);
    let pairs = family.flat_map(|[table, shadow, retired]| [(table, retired), (shadow, table)]);
    pairs.collect()
}

impl Cluster {
    pub(super) fn apply_to_shadows(&mut self, change: &ShadowChange) -> Result<(), Refusal> {
        if let ShadowChange::TryForeignKey(key) = change {
            foreign_key::added(self, key, self.find(&key.from)?, self.find(&key.to)?)?;
        }
        if let ShadowChange::Drop { shadow } = change {
            self.forget(shadow);
        }
        self.schema.apply_to_shadows(change);
        if let ShadowChange::Exchange { shadows, .. } = change {
            self.rename(&names_after(shadows));
        }
        Ok(())
    }
}
