//! For how long a foreign key is not enforced during the distribution: changes and the cluster after each come in, gaps go out.

use std::collections::BTreeMap;

use super::At;
use super::cluster::{Cluster, Standing};
use super::proof::Unkept;
use crate::catalog::ForeignKey;
use crate::name::{Name, TableName};
use crate::plan::change::Change;

/// What of a foreign key is not enforced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unenforced {
    /// All of it: it is away.
    Altogether,
    /// A DELETE or a change of key in the referenced table is not checked: PostgreSQL looks for referencing rows on a shard.
    OnReferencedSide,
}

/// The time in which a foreign key is not enforced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Gap {
    /// The referencing table.
    pub table: TableName,
    /// The foreign key.
    pub foreign_key: Name,
    /// What is not enforced.
    pub what: Unenforced,
    /// The step that begins it.
    pub from: At,
    /// The step that ends it; `None` if none does.
    pub until: Option<At>,
}

impl Gap {
    /// The promise that it breaks when nothing ends it.
    pub(super) fn never_ends(&self) -> Unkept {
        Unkept::Unenforced { table: self.table.clone(), name: self.foreign_key.clone() }
    }
}

/// The gaps so far.
#[derive(Default)]
pub(super) struct Gaps {
    open: BTreeMap<(TableName, Name, Unenforced), At>,
    closed: Vec<Gap>,
}

impl Gaps {
    /// Takes notice of a change that was carried out.
    pub(super) fn note(&mut self, cluster: &Cluster, change: &Change, at: At) {
        match change {
            Change::DropForeignKey { table, name, .. } => {
                self.close(table, name, Unenforced::OnReferencedSide, at);
                self.open(table, name, Unenforced::Altogether, at);
            }
            Change::AddForeignKey { foreign_key } => {
                self.close(&foreign_key.from, &foreign_key.name, Unenforced::Altogether, at);
                if is_half_blind(cluster, foreign_key) {
                    self.open(&foreign_key.from, &foreign_key.name, Unenforced::OnReferencedSide, at);
                }
            }
            Change::CreateReferenceTable { table } | Change::Distribute { table, .. } => {
                self.placed(cluster, table, at)
            }
            _ => {}
        }
    }

    fn placed(&mut self, cluster: &Cluster, table: &TableName, at: At) {
        for part in cluster.schema.family(table) {
            for key in cluster.schema.incoming(&part.name).filter(|key| is_half_blind(cluster, key)) {
                self.open(&key.from, &key.name, Unenforced::OnReferencedSide, at);
            }
            for key in cluster.schema.outgoing(&part.name).filter(|key| !is_half_blind(cluster, key)) {
                self.close(&key.from, &key.name, Unenforced::OnReferencedSide, at);
            }
        }
    }

    fn open(&mut self, table: &TableName, name: &Name, what: Unenforced, at: At) {
        self.open.entry((table.clone(), name.clone(), what)).or_insert(at);
    }

    /// What begins and ends in the same step is seen by nobody.
    fn close(&mut self, table: &TableName, name: &Name, what: Unenforced, at: At) {
        let key = (table.clone(), name.clone(), what);
        if let Some(from) = self.open.remove(&key).filter(|from| *from != at) {
            let (table, foreign_key, what) = key;
            self.closed.push(Gap { table, foreign_key, what, from, until: Some(at) });
        }
    }

    /// All of them, by table, foreign key and kind.
    pub(super) fn into_list(self) -> Vec<Gap> {
        let open = self.open.into_iter().map(|((table, foreign_key, what), from)| Gap {
            table,
            foreign_key,
            what,
            from,
            until: None,
        });
        let mut gaps: Vec<Gap> = self.closed.into_iter().chain(open).collect();
        gaps.sort_by(|one, other| order(one).cmp(&order(other)));
        gaps
    }
}

fn order(gap: &Gap) -> (&TableName, &Name, Unenforced, At) {
    (&gap.table, &gap.foreign_key, gap.what, gap.from)
}

/// From a plain table to one whose rows are on shards.
fn is_half_blind(cluster: &Cluster, key: &ForeignKey) -> bool {
    let is_placed = matches!(cluster.standing(&key.to), Standing::Distributed { .. } | Standing::Reference);
    is_placed && *cluster.standing(&key.from) == Standing::Plain
}
