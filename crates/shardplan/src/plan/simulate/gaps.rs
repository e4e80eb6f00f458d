//! For how long a foreign key is not enforced during the distribution: changes and the cluster after each come in, gaps go out.

use foldhash::HashMap;

use super::At;
use super::cluster::{Cluster, Standing};
use super::proof::Unkept;
use super::schema::Tie;
use crate::name::{Name, TableName};
use crate::plan::change::Change;
use crate::plan::shadow::ShadowChange;

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
    /// By referencing table, in no order: few foreign keys share one, so its gaps are found by looking through them.
    tables: HashMap<TableName, Vec<Gap>>,
}

impl Gaps {
    /// Takes notice of a change that was carried out.
    pub(super) fn note(&mut self, cluster: &Cluster, change: &Change, at: At) {
        match change {
            Change::DropForeignKey { table, name, .. } => {
                self.close(table, name, Unenforced::OnReferencedSide, at);
                self.open(table, name, Unenforced::Altogether, at);
            }
            Change::Shadow(ShadowChange::Exchange { let_go, .. }) => {
                let_go.iter().for_each(|key| self.open(&key.from, &key.name, Unenforced::Altogether, at));
            }
            Change::AddForeignKey { foreign_key } => {
                self.close(&foreign_key.from, &foreign_key.name, Unenforced::Altogether, at);
                if is_half_blind(cluster.standing(&foreign_key.from), cluster.standing(&foreign_key.to)) {
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
        let Some(place) = cluster.schema.tables().find(table) else { return };
        let half_blind = |tie: &&Tie| is_half_blind(cluster.standing_at(tie.from), cluster.standing_at(tie.to));
        for Tie { key, .. } in cluster.schema.incoming(place).filter(half_blind) {
            self.open(&key.from, &key.name, Unenforced::OnReferencedSide, at);
        }
        for Tie { key, .. } in cluster.schema.outgoing(place).filter(|tie| !half_blind(tie)) {
            self.close(&key.from, &key.name, Unenforced::OnReferencedSide, at);
        }
    }

    fn open(&mut self, table: &TableName, name: &Name, what: Unenforced, at: At) {
        if self.find(table, name, what).is_none() {
            let gap = Gap { table: table.clone(), foreign_key: name.clone(), what, from: at, until: None };
            self.tables.entry(table.clone()).or_default().push(gap);
        }
    }

    /// What begins and ends in the same step is seen by nobody.
    fn close(&mut self, table: &TableName, name: &Name, what: Unenforced, at: At) {
        let Some((gaps, open)) = self.find(table, name, what) else { return };
        if gaps[open].from == at {
            gaps.swap_remove(open);
        } else {
            gaps[open].until = Some(at);
        }
    }

    /// The gaps of a table, and the open one among them.
    fn find(&mut self, table: &TableName, name: &Name, what: Unenforced) -> Option<(&mut Vec<Gap>, usize)> {
        let gaps = self.tables.get_mut(table)?;
        let is_open = |gap: &Gap| gap.until.is_none() && gap.what == what && gap.foreign_key == *name;
        let open = gaps.iter().position(is_open)?;
        Some((gaps, open))
    }

    /// All of them, by table, foreign key and kind.
    pub(super) fn into_list(self) -> Vec<Gap> {
        let mut tables: Vec<(TableName, Vec<Gap>)> = self.tables.into_iter().collect();
        tables.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        for (_, gaps) in &mut tables {
            gaps.sort_by(|one, other| order(one).cmp(&order(other)));
        }
        tables.into_iter().flat_map(|(_, gaps)| gaps).collect()
    }
}

fn order(gap: &Gap) -> (&Name, Unenforced, At) {
    (&gap.foreign_key, gap.what, gap.from)
}

/// From a plain table to one whose rows are on shards.
fn is_half_blind(from: &Standing, to: &Standing) -> bool {
    matches!(to, Standing::Distributed { .. } | Standing::Reference) && *from == Standing::Plain
}
