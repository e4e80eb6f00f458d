//! Whether a foreign key is enforced: a row whose referenced row is gone must be refused.

use shardplan::postgres::{Client, Error, Transaction, error::SqlState};
use shardplan::{Catalog, ForeignKey, Generated, Plan, TableKind, TableName};

/// The foreign keys of the prepared schema that let a row in that has nothing to reference.
///
/// In a transaction that is rolled back: the referenced row goes while nothing looks, the referencing row goes and comes
/// again. That works for columns of every type. Foreign keys that no row uses are left out.
pub(crate) fn problems(url: &str, plan: &Plan, catalog: &Catalog) -> Vec<String> {
    let mut client = shardplan::connect(url).unwrap();
    let keys: Vec<&ForeignKey> = plan.foreign_keys.iter().filter_map(|verdict| verdict.after()).collect();
    keys.iter().filter_map(|key| problem(&mut client, catalog, key)).collect()
}

fn problem(client: &mut Client, catalog: &Catalog, key: &ForeignKey) -> Option<String> {
    let mut transaction = client.transaction().unwrap();
    let of = format!("foreign key {} of {}", key.name, key.from);
    match attempt(&mut transaction, catalog, key) {
        Ok(Outcome::NoRow) => None,
        Ok(Outcome::LetIn) => Some(format!("{of}: a row without a referenced row came in")),
        Err(error) => {
            let refused = error.code() == Some(&SqlState::FOREIGN_KEY_VIOLATION);
            (!refused).then(|| format!("{of}: {:?}", error.as_db_error().map(|error| error.message())))
        }
    }
}

enum Outcome {
    NoRow,
    LetIn,
}

fn attempt(transaction: &mut Transaction<'_>, catalog: &Catalog, key: &ForeignKey) -> Result<Outcome, Error> {
    // The other foreign keys would refuse the row as well.
    for other in catalog.foreign_keys.iter().filter(|other| other.from == key.from && other.name != key.name) {
        let sql = format!("ALTER TABLE {} DROP CONSTRAINT {}", key.from.qualified(), other.name);
        transaction.batch_execute(&sql)?;
    }
    let (from, to) = (source(catalog, &key.from), source(catalog, &key.to));
    let same: Vec<String> = key.columns.iter().map(|pair| format!("f.{} = t.{}", pair.from, pair.to)).collect();
    let moved = transaction.execute(
        &format!(
            "CREATE TEMP TABLE moved ON COMMIT DROP AS
             SELECT f.*, f.tableoid AS f_oid, f.ctid AS f_ctid, t.tableoid AS t_oid, t.ctid AS t_ctid
             FROM {from} AS f JOIN {to} AS t ON {} WHERE (f.tableoid, f.ctid) <> (t.tableoid, t.ctid) LIMIT 1",
            same.join(" AND ")
        ),
        &[],
    )?;
    if moved == 0 {
        return Ok(Outcome::NoRow);
    }
    let columns = written_columns(catalog, &key.from);
    transaction.batch_execute(&format!(
        "SET LOCAL session_replication_role = replica;
         DELETE FROM {to} AS t USING moved AS m WHERE (t.tableoid, t.ctid) = (m.t_oid, m.t_ctid);
         DELETE FROM {from} AS f USING moved AS m WHERE (f.tableoid, f.ctid) = (m.f_oid, m.f_ctid);
         SET LOCAL session_replication_role = origin;
         INSERT INTO {} ({columns}) OVERRIDING SYSTEM VALUE SELECT {columns} FROM moved;
         SET CONSTRAINTS ALL IMMEDIATE",
        key.from.qualified()
    ))?;
    Ok(Outcome::LetIn)
}

/// The table without those that inherit from it: a foreign key does not reach them.
fn source(catalog: &Catalog, name: &TableName) -> String {
    let partitioned =
        catalog.tables.iter().any(|table| table.name == *name && matches!(table.kind, TableKind::Partitioned(_)));
    if partitioned { name.qualified().to_string() } else { format!("ONLY {}", name.qualified()) }
}

fn written_columns(catalog: &Catalog, name: &TableName) -> String {
    let table = catalog.tables.iter().find(|table| table.name == *name).unwrap();
    let columns = table
        .columns
        .iter()
        .filter(|column| !matches!(column.generated, Some(Generated::Stored(_) | Generated::Virtual(_))));
    columns.map(|column| column.name.to_string()).collect::<Vec<_>>().join(", ")
}
