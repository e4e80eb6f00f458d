//! A plan and what Citus knows of its tables come in; where they differ goes out in words.

use std::collections::BTreeMap;

use shardplan::{Catalog, Name, PlacedAs, Placement, Placing, Plan, TableName};

use crate::failure::Failure;

/// The view `citus_tables` is in the schema `public` where there was one when Citus was installed, else in `pg_catalog`; what it shows is
/// always in the same place.
const HAS_CITUS: &str = "SELECT to_regclass('pg_catalog.pg_dist_partition') IS NOT NULL";

/// What each table is to Citus. Tables that only Citus itself has put into its metadata, because of a foreign key, are `local` there.
const TABLES: &str = "
SELECT n.nspname::text, c.relname::text,
  CASE WHEN p.partkey IS NOT NULL THEN 'distributed' WHEN p.repmodel = 't' THEN 'reference' WHEN p.colocationid = 0 THEN 'local'
    ELSE 'distributed' END,
  coalesce(pg_catalog.column_to_column_name(p.logicalrelid, p.partkey), '<none>'), p.colocationid
FROM pg_catalog.pg_dist_partition AS p
JOIN pg_catalog.pg_class AS c ON c.oid = p.logicalrelid
JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace";

/// What Citus knows of its tables.
pub(crate) struct Metadata(BTreeMap<TableName, Standing>);

struct Standing {
    kind: String,
    column: String,
    group: i32,
}

impl Metadata {
    /// Reads it; nothing where there is no Citus.
    pub(crate) fn read(url: &str) -> Result<Option<Self>, Failure> {
        let mut client = shardplan::connect(url)?;
        let unreadable = |error| Failure::unreadable("cannot read the tables of Citus", &error);
        if !client.query_one(HAS_CITUS, &[]).map_err(unreadable)?.get::<_, bool>(0) {
            return Ok(None);
        }
        let rows = client.query(TABLES, &[]).map_err(unreadable)?;
        let standing = rows.iter().map(|row| {
            let name = TableName::new(Name::new(row.get::<_, String>(0)), Name::new(row.get::<_, String>(1)));
            (name, Standing { kind: row.get(2), column: row.get(3), group: row.get(4) })
        });
        Ok(Some(Self(standing.collect())))
    }

    /// What is not where the plan says. Before the tables are placed, one that is not there yet is none of it.
    pub(crate) fn differences(&self, plan: &Plan, live: &Catalog, is_placed: bool) -> Vec<String> {
        let group = self.0.get(&plan.key.table).map(|root| root.group);
        let mut lines: Vec<String> =
            plan.order.iter().filter_map(|placing| self.difference(placing, group, is_placed)).collect();
        let local = plan.tables.iter().filter(|table| table.placement == Placement::Local);
        for (table, standing) in local.filter_map(|table| Some((&table.name, self.0.get(&table.name)?))) {
            if standing.kind != "local" {
                lines.push(format!(
                    "`{table}` is a {} table of the cluster, and the plan leaves it local",
                    standing.kind
                ));
            }
        }
        if is_placed {
            lines.extend(
                self.left_out(plan, live).map(|table| format!("`{table}` is local among the distributed tables")),
            );
        }
        lines
    }

    /// Whether a table is one of the cluster.
    pub(crate) fn has(&self, table: &TableName) -> bool {
        self.0.get(table).is_some_and(|standing| standing.kind != "local")
    }

    /// How a table stands that the plan places.
    fn difference(&self, Placing { table, as_what }: &Placing, group: Option<i32>, is_placed: bool) -> Option<String> {
        let Some(found) = self.0.get(table).filter(|found| found.kind != "local") else {
            return is_placed.then(|| format!("`{table}` is not a table of the cluster any more"));
        };
        match as_what {
            PlacedAs::Reference if found.kind == "reference" => None,
            PlacedAs::Reference => Some(format!("`{table}` is a {} table, not a reference table", found.kind)),
            PlacedAs::Distributed { .. } if found.kind != "distributed" => {
                Some(format!("`{table}` is a {} table, not a distributed one", found.kind))
            }
            PlacedAs::Distributed { column, .. } if found.column != column.as_str() => {
                Some(format!("`{table}` is distributed by `{}`, not by `{column}`", Name::new(found.column.as_str())))
            }
            PlacedAs::Distributed { .. } if Some(found.group) != group => {
                Some(format!("`{table}` is in another colocation group than the root"))
            }
            PlacedAs::Distributed { .. } => None,
        }
    }

    /// Tables that came after the plan and that nobody has distributed.
    fn left_out<'l>(&self, plan: &Plan, live: &'l Catalog) -> impl Iterator<Item = &'l TableName> {
        let known = |table: &TableName| plan.tables.iter().any(|planned| planned.name == *table);
        let theirs = live.tables.iter().filter(|table| table.extension.is_none()).map(|table| &table.name);
        theirs.filter(|table| !known(table) && !self.has(table)).collect::<Vec<_>>().into_iter()
    }
}
