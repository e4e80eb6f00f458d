//! Whether each tenant has a schema of its own already: a catalog comes in, the schemas of the same shape go out. Knows no keys.

use std::collections::BTreeMap;

use serde::Serialize;
use shardplan::{Catalog, DataType, Name};

/// How many schemas of one shape are no accident.
const FEWEST: usize = 3;

/// Schemas that hold the same tables: one for each tenant, it seems.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SchemaPerTenant {
    /// The schemas, by name.
    pub schemas: Vec<Name>,
    /// How many tables each of them has.
    pub tables: usize,
}

/// Tables with their columns.
type Shape<'c> = Vec<(&'c Name, Vec<(&'c Name, &'c DataType)>)>;

/// The largest set of schemas with the same tables and columns, if there is one.
pub(super) fn of(catalog: &Catalog) -> Option<SchemaPerTenant> {
    let mut shapes: BTreeMap<&Name, Shape<'_>> = BTreeMap::new();
    // Types of one schema are printed with its name: they differ from schema to schema, and are left to their columns' names.
    let own = |data_type: &DataType, schema: &Name| data_type.as_str().starts_with(&format!("{schema}."));
    let unknown = DataType::new("");
    for table in &catalog.tables {
        let schema = &table.name.schema;
        let columns = table
            .columns
            .iter()
            .map(|column| (&column.name, if own(&column.data_type, schema) { &unknown } else { &column.data_type }));
        shapes.entry(schema).or_default().push((&table.name.name, columns.collect()));
    }
    let mut alike: BTreeMap<Shape<'_>, Vec<Name>> = BTreeMap::new();
    for (schema, mut shape) in shapes {
        shape.sort();
        alike.entry(shape).or_default().push(schema.clone());
    }
    let (shape, schemas) = alike.into_iter().max_by_key(|(_, schemas)| schemas.len())?;
    (schemas.len() >= FEWEST).then_some(SchemaPerTenant { tables: shape.len(), schemas })
}
