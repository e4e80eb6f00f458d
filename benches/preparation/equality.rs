//! Whether everything that was committed is there: what the application wrote and its database come in, the number of rows that
//! are wrong goes out, by what is wrong with them.

use postgres::Client;

use crate::Failure;
use crate::application::Done;
use crate::data::Sizes;
use crate::statements::Table;

/// Rows without a key and rows whose paths give them different keys. The first two tables hold the key themselves.
const KEYS: &str = "
SELECT 'products without a key', count(*) FROM products WHERE store_id IS NULL
UNION ALL SELECT 'orders without a key', count(*) FROM orders WHERE store_id IS NULL
UNION ALL SELECT 'products of a store that is not there', count(*) FROM products AS p
  WHERE NOT EXISTS (SELECT FROM stores AS s WHERE s.store_id = p.store_id)
UNION ALL SELECT 'orders of a store that is not there', count(*) FROM orders AS o
  WHERE NOT EXISTS (SELECT FROM stores AS s WHERE s.store_id = o.store_id)";
const ADDED_KEYS: &str = "
SELECT 'line items without a key', count(*) FROM line_items WHERE store_id IS NULL
UNION ALL SELECT 'line items with another key than their order', count(*) FROM line_items AS l
  LEFT JOIN orders AS o ON o.order_id = l.order_id WHERE l.store_id IS DISTINCT FROM o.store_id
UNION ALL SELECT 'line items with another key than their product', count(*) FROM line_items AS l
  LEFT JOIN products AS p ON p.product_id = l.product_id WHERE l.store_id IS DISTINCT FROM p.store_id";

const HAS_KEY: &str =
    "SELECT EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'line_items'::regclass AND attname = 'store_id')";

/// What is wrong, with the number of rows; nothing if all is well.
pub fn differences(sizes: Sizes, client: &mut Client, done: &Done) -> Result<Vec<(String, i64)>, Failure> {
    let mut found = Vec::new();
    for table in Table::ALL {
        let [name, id, number] = table.names();
        let rows: i64 = client.query_one(&format!("SELECT count(*) FROM {name}"), &[])?.get(0);
        let expected = before(sizes, table) + done.rows.get(&table).unwrap_or(&0);
        found.push((format!("{name} has {rows} rows instead of {expected}"), (rows - expected).abs()));
        let written = done.numbers.iter().filter(|((of, _), _)| *of == table);
        let (ids, numbers): (Vec<i64>, Vec<Option<i64>>) = written.map(|((_, id), number)| (id, number)).unzip();
        let lost = format!(
            "SELECT count(*) FROM unnest($1::bigint[], $2::bigint[]) AS w (id, number) LEFT JOIN {name} AS t ON t.{id} = w.id
             WHERE w.number::text IS DISTINCT FROM t.{number}::text"
        );
        let lost = client.query_one(&lost, &[&ids, &numbers])?.get(0);
        found.push((format!("{name} is not as the application left it"), lost));
    }
    let has_key: bool = client.query_one(HAS_KEY, &[])?.get(0);
    for query in [KEYS, ADDED_KEYS].into_iter().take(if has_key { 2 } else { 1 }) {
        found.extend(client.query(query, &[])?.iter().map(|row| (row.get(0), row.get(1))));
    }
    found.retain(|(_, count)| *count != 0);
    Ok(found)
}

fn before(sizes: Sizes, table: Table) -> i64 {
    match table {
        Table::Stores => sizes.stores,
        Table::Products => sizes.products,
        Table::Orders => sizes.orders,
        Table::LineItems => sizes.line_items,
    }
}
