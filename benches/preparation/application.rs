//! An application that writes at a fixed rate, whatever the server does: signals come in, waits, errors and what it wrote go out.
//!
//! Each statement is due at a time of its own. If the server stalls, those that fell due meanwhile are sent afterwards, one after
//! the other, and their waits count from when they were due: a stall is as long as it would be for the users.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use postgres::types::ToSql;
use postgres::{Client, Statement};

use crate::Failure;
use crate::data::Sizes;
use crate::random::Random;
use crate::statements::{Kind, Part, Table, Version, sql};
use crate::waits::Wait;

/// Connections, each with a thread of its own.
pub const WRITERS: i64 = 4;

/// Statements a second of all writers together.
pub const RATE: f64 = 100.0;

/// What the run tells the application.
#[derive(Debug, Default)]
pub struct Signals {
    version: AtomicU8,
    stop: AtomicBool,
}

impl Signals {
    /// Statements that are sent from now on are this version's.
    pub fn deploy(&self, version: Version) {
        self.version.store(version as u8, Ordering::Relaxed);
    }

    /// The writers send what is due, and end.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether the run is over.
    pub fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn version(&self) -> Version {
        Version::ALL[usize::from(self.version.load(Ordering::Relaxed))]
    }
}

/// What one or all writers did.
#[derive(Debug, Default)]
pub struct Done {
    pub waits: Vec<Wait>,
    /// What the server refused, by message and statement; an update that found no row is one as well.
    pub errors: BTreeMap<String, usize>,
    /// The number last written to a row, or `None` if the row was deleted.
    pub numbers: HashMap<(Table, i64), Option<i64>>,
    /// Rows more than before.
    pub rows: HashMap<Table, i64>,
}

impl Done {
    /// Both; no two writers write to the same row.
    pub fn add(&mut self, other: Self) {
        self.waits.extend(other.waits);
        self.numbers.extend(other.numbers);
        for (message, count) in other.errors {
            *self.errors.entry(message).or_default() += count;
        }
        for (table, rows) in other.rows {
            *self.rows.entry(table).or_default() += rows;
        }
    }
}

/// One of [`WRITERS`].
pub struct Writer {
    place: i64,
    sizes: Sizes,
    client: Client,
    prepared: HashMap<(Kind, Version), (Statement, &'static [Part])>,
    random: Random,
    /// Rows that it has inserted, with their stores.
    orders: Vec<(i64, i64)>,
    line_items: Vec<(i64, i64)>,
    done: Done,
}

/// The row that a statement is about; parts that it does not need are 0.
#[derive(Debug, Clone, Copy, Default)]
struct Row {
    store: i64,
    product: i64,
    order: i64,
    id: i64,
    number: i64,
}

impl Writer {
    pub fn new(place: i64, sizes: Sizes, client: Client) -> Self {
        let random = Random::new(place as u64);
        let (prepared, orders, line_items, done) = Default::default();
        Self { place, sizes, client, prepared, random, orders, line_items, done }
    }

    /// Writes until it is told to stop.
    pub fn run(mut self, start: Instant, signals: &Signals) -> Result<Done, Failure> {
        for number in 0.. {
            let due = start + Duration::from_secs_f64((number * WRITERS + self.place) as f64 / RATE);
            let early = due.saturating_duration_since(Instant::now());
            thread::sleep(early);
            if !early.is_zero() && signals.stopped() {
                break;
            }
            let kind = self.kind();
            self.write(kind, due, number, signals.version())?;
        }
        Ok(self.done)
    }

    /// What to do next. It deletes only line items of its own, so that there is always something to update.
    fn kind(&mut self) -> Kind {
        let mut at = self.random.below(100);
        let kind = Kind::SHARES.into_iter().find(|(_, share)| {
            at -= share;
            at < 0
        });
        match kind {
            Some((Kind::DeleteLineItem, _)) if self.line_items.is_empty() => Kind::InsertLineItem,
            Some((kind, _)) => kind,
            None => Kind::InsertLineItem,
        }
    }

    fn write(&mut self, kind: Kind, due: Instant, number: i64, version: Version) -> Result<(), Failure> {
        let row = Row { number, ..self.row(kind) };
        let answer = self.send(kind, version, row);
        self.done.waits.push(Wait { due, took: due.elapsed(), what: kind.name() });
        match answer {
            Ok(Some(id)) => self.note(kind, Row { id, ..row }),
            Ok(None) => self.fail(format!("{} ({version:?}): no such row", kind.name())),
            Err(error) if self.client.is_closed() => return Err(error.into()),
            Err(error) => {
                let message = error.as_db_error().map_or_else(|| error.to_string(), |error| error.message().to_owned());
                self.fail(format!("{} ({version:?}): {message}", kind.name()));
            }
        }
        Ok(())
    }

    fn fail(&mut self, message: String) {
        *self.done.errors.entry(message).or_default() += 1;
    }

    /// The id of the row that was written.
    fn send(&mut self, kind: Kind, version: Version, row: Row) -> Result<Option<i64>, postgres::Error> {
        if !self.prepared.contains_key(&(kind, version)) {
            let (text, parts) = sql(kind, version);
            self.prepared.insert((kind, version), (self.client.prepare(text)?, parts));
        }
        let (statement, parts) = &self.prepared[&(kind, version)];
        let values: Vec<i64> = parts.iter().map(|part| row.part(*part)).collect();
        let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as _).collect();
        Ok(self.client.query_opt(statement, &values)?.map(|row| row.get(0)))
    }

    /// Picks a row. Those that were there before belong to one writer each, by their ids.
    fn row(&mut self, kind: Kind) -> Row {
        match kind {
            Kind::InsertStore => Row::default(),
            Kind::UpdateStore => Row { id: self.mine(self.sizes.stores), ..Row::default() },
            Kind::InsertProduct | Kind::InsertOrder => Row { store: self.any_store(), ..Row::default() },
            Kind::UpdateProduct => {
                let id = self.mine(self.sizes.products);
                Row { id, store: self.sizes.store_of(id), ..Row::default() }
            }
            Kind::UpdateOrder => {
                let id = self.mine(self.sizes.orders);
                let (id, store) = one_of(&mut self.random, &self.orders).unwrap_or((id, self.sizes.store_of(id)));
                Row { id, store, ..Row::default() }
            }
            Kind::InsertLineItem => {
                let store = self.any_store();
                let order = self.any_order(store);
                let (order, store) = one_of(&mut self.random, &self.orders).unwrap_or((order, store));
                let product = self.random.below(self.sizes.products_per_store());
                Row { store, order, product: self.sizes.product_of_store(store, product), ..Row::default() }
            }
            Kind::DeleteLineItem => {
                let at = self.random.below(self.line_items.len() as i64) as usize;
                let (id, store) = self.line_items.swap_remove(at);
                Row { id, store, ..Row::default() }
            }
            Kind::UpdateLineItem | Kind::MoveLineItem => {
                let id = self.mine(self.sizes.line_items);
                let store = self.sizes.store_of(self.sizes.order_of_line_item(id));
                let (id, store) = one_of(&mut self.random, &self.line_items).unwrap_or((id, store));
                Row { id, store, order: self.any_order(store), ..Row::default() }
            }
        }
    }

    fn mine(&mut self, rows: i64) -> i64 {
        1 + self.place + WRITERS * self.random.below((rows - 1 - self.place) / WRITERS + 1)
    }

    fn any_store(&mut self) -> i64 {
        1 + self.random.below(self.sizes.stores)
    }

    fn any_order(&mut self, store: i64) -> i64 {
        let number = self.random.below(self.sizes.orders_per_store());
        self.sizes.order_of_store(store, number)
    }

    /// Remembers what was committed.
    fn note(&mut self, kind: Kind, row: Row) {
        match kind {
            Kind::InsertOrder => self.orders.push((row.id, row.store)),
            Kind::InsertLineItem => self.line_items.push((row.id, row.store)),
            _ => {}
        }
        let number = (kind != Kind::DeleteLineItem).then_some(row.number);
        self.done.numbers.insert((kind.table(), row.id), number);
        *self.done.rows.entry(kind.table()).or_default() += kind.rows();
    }
}

/// One of these rows, every second time.
fn one_of(random: &mut Random, rows: &[(i64, i64)]) -> Option<(i64, i64)> {
    let at = random.below(2 * rows.len() as i64) as usize;
    rows.get(at).copied()
}

impl Row {
    fn part(&self, part: Part) -> i64 {
        match part {
            Part::Store => self.store,
            Part::Product => self.product,
            Part::Order => self.order,
            Part::Id => self.id,
            Part::Number => self.number,
        }
    }
}
