//! What the statements of an application say for a key: statements and where a plan puts the tables come in, the share of them that
//! one shard answers goes out. Knows no candidates.

use std::collections::BTreeSet;
use std::time::Duration;

use serde::Serialize;
use shardplan::{Catalog, TableName};

use crate::names::Names;
use crate::placement::Placements;
use crate::shape::{Shape, shapes};
use crate::statement::Statement;

/// What was made of the statements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Read {
    /// Those that name a table of the schema: they count.
    pub counted: usize,
    /// Those that name none: settings, transactions, the server's own tables.
    pub without_tables: usize,
    /// Those that could not be parsed.
    pub unread: usize,
}

/// The share of the statements that one shard answers, as they are, from 0 to 1. All statements on tables of the schema are the whole:
/// a key by which few of them are about distributed tables serves few.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct SingleShard {
    /// By how often they run.
    pub by_calls: f64,
    /// By how long they run, if that was measured.
    pub by_time: Option<f64>,
}

impl SingleShard {
    pub(super) fn mean(self) -> f64 {
        self.by_time.map_or(self.by_calls, |by_time| f64::midpoint(self.by_calls, by_time))
    }
}

/// Statements that were parsed once, to be judged under several plans.
pub(super) struct Workload {
    shapes: Vec<(Shape, u64, Duration)>,
    pub(super) read: Read,
}

impl Workload {
    pub(super) fn new(catalog: &Catalog, statements: &[Statement]) -> Self {
        let tables: BTreeSet<&TableName> = catalog.tables.iter().map(|table| &table.name).collect();
        let (mut kept, mut read) = (Vec::new(), Read::default());
        for (statement, shape) in statements.iter().zip(shapes(&Names::new(catalog), statements)) {
            match shape {
                Err(_) => read.unread += 1,
                Ok(shape) if shape.tables().any(|table| tables.contains(table)) => {
                    read.counted += 1;
                    kept.push((shape, statement.calls, statement.time));
                }
                Ok(_) => read.without_tables += 1,
            }
        }
        Self { shapes: kept, read }
    }

    /// The share that one shard answers; `None` when no statement counts.
    pub(super) fn single_shard(&self, placements: &Placements) -> Option<SingleShard> {
        let (mut calls, mut time) = (Share::default(), Share::default());
        for (shape, called, took) in &self.shapes {
            let distributed = shape.tables().any(|table| placements.key(table).is_some());
            let single = distributed && shape.is_single_shard(placements);
            calls.add(*called as f64, single);
            time.add(took.as_secs_f64(), single);
        }
        Some(SingleShard { by_calls: calls.share()?, by_time: time.share() })
    }
}

/// A part of a whole.
#[derive(Default)]
struct Share {
    part: f64,
    whole: f64,
}

impl Share {
    fn add(&mut self, amount: f64, counts: bool) {
        self.whole += amount;
        self.part += if counts { amount } else { 0.0 };
    }

    fn share(&self) -> Option<f64> {
        (self.whole > 0.0).then(|| self.part / self.whole)
    }
}
