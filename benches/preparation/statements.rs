//! What the application sends: a kind of statement and a version of the application come in, SQL and the places of its
//! parameters go out.

/// Each kind of write, one statement and one transaction each.
///
/// Only line items are deleted: no table has an index on the columns that reference stores, products or orders, so a delete
/// there would read the referencing table as a whole, with any procedure or none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    InsertStore,
    UpdateStore,
    InsertProduct,
    UpdateProduct,
    InsertOrder,
    UpdateOrder,
    InsertLineItem,
    UpdateLineItem,
    /// To another order of the same store: the foreign key's column changes.
    MoveLineItem,
    DeleteLineItem,
}

impl Kind {
    /// How many of a hundred statements are of each kind.
    pub const SHARES: [(Self, i64); 10] = [
        (Self::InsertStore, 2),
        (Self::UpdateStore, 3),
        (Self::InsertProduct, 3),
        (Self::UpdateProduct, 7),
        (Self::InsertOrder, 15),
        (Self::UpdateOrder, 15),
        (Self::InsertLineItem, 35),
        (Self::UpdateLineItem, 10),
        (Self::MoveLineItem, 5),
        (Self::DeleteLineItem, 5),
    ];

    /// What it does, in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::InsertStore => "insert a store",
            Self::UpdateStore => "update a store",
            Self::InsertProduct => "insert a product",
            Self::UpdateProduct => "update a product",
            Self::InsertOrder => "insert an order",
            Self::UpdateOrder => "update an order",
            Self::InsertLineItem => "insert a line item",
            Self::UpdateLineItem => "update a line item",
            Self::MoveLineItem => "move a line item to another order",
            Self::DeleteLineItem => "delete a line item",
        }
    }

    /// The table that it writes to.
    pub fn table(self) -> Table {
        match self {
            Self::InsertStore | Self::UpdateStore => Table::Stores,
            Self::InsertProduct | Self::UpdateProduct => Table::Products,
            Self::InsertOrder | Self::UpdateOrder => Table::Orders,
            _ => Table::LineItems,
        }
    }

    /// Changes the number of rows by so many.
    pub fn rows(self) -> i64 {
        match self {
            Self::InsertStore | Self::InsertProduct | Self::InsertOrder | Self::InsertLineItem => 1,
            Self::DeleteLineItem => -1,
            _ => 0,
        }
    }
}

/// A table, its id, and the column into which the application writes a number that is compared in the end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Table {
    Stores,
    Products,
    Orders,
    LineItems,
}

impl Table {
    pub const ALL: [Self; 4] = [Self::Stores, Self::Products, Self::Orders, Self::LineItems];

    /// Its name, its id, the column of the number.
    pub fn names(self) -> [&'static str; 3] {
        match self {
            Self::Stores => ["stores", "store_id", "category"],
            Self::Products => ["products", "product_id", "price"],
            Self::Orders => ["orders", "order_id", "status"],
            Self::LineItems => ["line_items", "line_item_id", "quantity"],
        }
    }
}

/// The application before, during and after the preparation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Version {
    /// Knows nothing of the new column.
    Old,
    /// Writes the key. It cannot look line items up by it yet: not every row has one.
    WritesKey,
    /// Writes the key and looks every row up by it and the id.
    UsesKey,
}

impl Version {
    pub const ALL: [Self; 3] = [Self::Old, Self::WritesKey, Self::UsesKey];
}

/// The value that goes into a parameter.
#[derive(Debug, Clone, Copy)]
pub enum Part {
    Store,
    Product,
    Order,
    Id,
    Number,
}

/// The statement. It answers with the id of the row that it wrote.
pub fn sql(kind: Kind, version: Version) -> (&'static str, &'static [Part]) {
    let by_key = version == Version::UsesKey;
    match kind {
        Kind::InsertLineItem if version == Version::Old => (
            "INSERT INTO line_items (product_id, order_id, quantity, line_amount) VALUES ($1, $2, $3, 5) RETURNING line_item_id",
            &[Part::Product, Part::Order, Part::Number],
        ),
        Kind::InsertLineItem => (
            "INSERT INTO line_items (store_id, product_id, order_id, quantity, line_amount) VALUES ($1, $2, $3, $4, 5) RETURNING line_item_id",
            &[Part::Store, Part::Product, Part::Order, Part::Number],
        ),
        Kind::UpdateLineItem if by_key => (
            "UPDATE line_items SET quantity = $3 WHERE store_id = $1 AND line_item_id = $2 RETURNING line_item_id",
            &[Part::Store, Part::Id, Part::Number],
        ),
        Kind::UpdateLineItem => (
            "UPDATE line_items SET quantity = $2 WHERE line_item_id = $1 RETURNING line_item_id",
            &[Part::Id, Part::Number],
        ),
        Kind::MoveLineItem if by_key => (
            "UPDATE line_items SET order_id = $3, quantity = $4 WHERE store_id = $1 AND line_item_id = $2 RETURNING line_item_id",
            &[Part::Store, Part::Id, Part::Order, Part::Number],
        ),
        Kind::MoveLineItem => (
            "UPDATE line_items SET order_id = $2, quantity = $3 WHERE line_item_id = $1 RETURNING line_item_id",
            &[Part::Id, Part::Order, Part::Number],
        ),
        Kind::DeleteLineItem if by_key => (
            "DELETE FROM line_items WHERE store_id = $1 AND line_item_id = $2 RETURNING line_item_id",
            &[Part::Store, Part::Id],
        ),
        Kind::DeleteLineItem => ("DELETE FROM line_items WHERE line_item_id = $1 RETURNING line_item_id", &[Part::Id]),
        _ => of_others(kind, by_key),
    }
}

/// Of the tables that have the key from the start.
fn of_others(kind: Kind, by_key: bool) -> (&'static str, &'static [Part]) {
    match kind {
        Kind::InsertStore => (
            "INSERT INTO stores (name, category) VALUES ('A new store', ($1::bigint)::text) RETURNING store_id",
            &[Part::Number],
        ),
        Kind::UpdateStore => (
            "UPDATE stores SET category = ($2::bigint)::text WHERE store_id = $1 RETURNING store_id",
            &[Part::Id, Part::Number],
        ),
        Kind::InsertProduct => (
            "INSERT INTO products (store_id, name, price) VALUES ($1, 'A new toy', $2::bigint) RETURNING product_id",
            &[Part::Store, Part::Number],
        ),
        Kind::UpdateProduct if by_key => (
            "UPDATE products SET price = $3::bigint WHERE store_id = $1 AND product_id = $2 RETURNING product_id",
            &[Part::Store, Part::Id, Part::Number],
        ),
        Kind::UpdateProduct => (
            "UPDATE products SET price = $2::bigint WHERE product_id = $1 RETURNING product_id",
            &[Part::Id, Part::Number],
        ),
        Kind::InsertOrder => (
            "INSERT INTO orders (store_id, status, ordered_at) VALUES ($1, ($2::bigint)::text, now()) RETURNING order_id",
            &[Part::Store, Part::Number],
        ),
        _ if by_key => (
            "UPDATE orders SET status = ($3::bigint)::text WHERE store_id = $1 AND order_id = $2 RETURNING order_id",
            &[Part::Store, Part::Id, Part::Number],
        ),
        _ => (
            "UPDATE orders SET status = ($2::bigint)::text WHERE order_id = $1 RETURNING order_id",
            &[Part::Id, Part::Number],
        ),
    }
}
