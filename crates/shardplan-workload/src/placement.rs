//! Where tables are, or would be: a plan, or the state of a cluster, comes in; what each table is to it goes out.

use std::collections::BTreeMap;

use shardplan::{Catalog, Cluster, Name, Placement, Plan, Standing, TableName};

/// What a table is to a cluster.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Spot {
    /// In shards, by this column; all tables that are belong to one colocation group.
    Distributed(Name),
    /// On every node.
    Reference,
    /// On the coordinator only.
    Local,
}

impl From<&Standing> for Spot {
    fn from(standing: &Standing) -> Self {
        match standing {
            Standing::Distributed { column, .. } => Self::Distributed(column.clone()),
            Standing::Reference => Self::Reference,
            Standing::CitusLocal | Standing::Plain => Self::Local,
        }
    }
}

/// Where tables are; a table that is not listed is local.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Placements(pub BTreeMap<TableName, Spot>);

impl Placements {
    /// Where a plan puts the tables of a catalog; partitions go where their table goes.
    #[must_use]
    pub fn of_plan(plan: &Plan, catalog: &Catalog) -> Self {
        let spot = |placement: &Placement| match placement {
            Placement::Distributed { column, .. } => Spot::Distributed(column.clone()),
            Placement::Reference => Spot::Reference,
            _ => Spot::Local,
        };
        let mut found = Self(plan.tables.iter().map(|table| (table.name.clone(), spot(&table.placement))).collect());
        // Partitions of partitions stand after what they hang on only by chance, and such tables cannot be distributed.
        for table in &catalog.tables {
            if let Some(parent) = &table.partition_of {
                let spot = found.spot(&parent.parent).clone();
                found.0.insert(table.name.clone(), spot);
            }
        }
        found
    }

    /// Where the tables of a cluster are.
    #[must_use]
    pub fn of_cluster(cluster: &Cluster) -> Self {
        let spot = |table: &TableName| Spot::from(cluster.standing(table));
        Self(cluster.tables().map(|table| (table.name.clone(), spot(&table.name))).collect())
    }

    /// What a table is.
    #[must_use]
    pub fn spot(&self, table: &TableName) -> &Spot {
        self.0.get(table).unwrap_or(&Spot::Local)
    }

    /// The distribution column of a table.
    #[must_use]
    pub fn key(&self, table: &TableName) -> Option<&Name> {
        match self.spot(table) {
            Spot::Distributed(column) => Some(column),
            _ => None,
        }
    }
}
