//! A plan as a versioned JSON document.

use serde::de::Error as _;

use super::{PhaseKind, Plan};
use crate::document;
use crate::error::Error;

const FORMAT: &str = "shardplan-plan";
const VERSION: u32 = 1;

impl Plan {
    /// Writes the plan as indented JSON with a format name and version; the same plan gives the same bytes.
    #[must_use]
    pub fn to_json(&self) -> String {
        document::write(FORMAT, VERSION, self)
    }

    /// The JSON Schema (draft 2020-12) of what [`Plan::to_json`] writes.
    #[cfg(feature = "schema")]
    #[must_use]
    pub fn json_schema() -> String {
        document::schema::<Self>(FORMAT, VERSION)
    }

    /// Reads what [`Plan::to_json`] wrote.
    ///
    /// # Errors
    /// [`Error::Json`] when it is not such a document (with line and column) or a phase is missing,
    /// [`Error::JsonVersion`] when it is one of another kind or version.
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let plan: Self = document::read(FORMAT, VERSION, text)?;
        // `Plan::phase` relies on it.
        if !plan.phases.iter().map(|phase| phase.kind).eq(PhaseKind::of(plan.strategy)) {
            let source =
                serde_json::Error::custom("`phases` must be all phases of the strategy, each once and in order");
            return Err(Error::Json { expected: FORMAT, source });
        }
        Ok(plan)
    }
}

#[cfg(test)]
mod tests {
    use crate::{Catalog, Classification, Error, Plan, Rules, SchemaGraph};

    fn plan() -> Plan {
        let schema = "CREATE TABLE stores (store_id bigint PRIMARY KEY);
            CREATE TABLE orders (order_id bigint PRIMARY KEY, store_id bigint REFERENCES stores);
            CREATE TABLE items (id bigint PRIMARY KEY, order_id bigint REFERENCES orders);";
        let graph = SchemaGraph::new(Catalog::from_ddl(schema).catalog).unwrap();
        let rules = Rules::new("stores.store_id".parse().unwrap());
        Plan::new(&Classification::new(&graph, &rules).unwrap())
    }

    #[test]
    fn a_plan_without_one_of_its_phases_is_refused() {
        let mut plan = plan();
        assert_eq!(Plan::from_json(&plan.to_json()).unwrap(), plan);
        plan.phases.remove(4);
        assert!(matches!(Plan::from_json(&plan.to_json()), Err(Error::Json { .. })));
    }

    #[test]
    fn a_path_without_hops_is_refused() {
        let mut document: serde_json::Value = serde_json::from_str(&plan().to_json()).unwrap();
        let path = document.pointer_mut("/body/tables/0/placement/distributed/backfill/hops").unwrap();
        *path = serde_json::json!([]);
        let cut = document.to_string();
        assert!(matches!(Plan::from_json(&cut), Err(Error::Json { .. })));
    }
}
