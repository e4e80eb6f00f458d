//! A shape with its tables in their places: what the rules ask of it.

use shardplan::{Name, TableName};

use super::{Missing, Reason, StatementRule};
use crate::placement::{Placements, Spot};
use crate::shape::{BlockId, NodeId, Shape, UseId, Value};

pub(super) struct Scene<'s> {
    pub(super) shape: &'s Shape,
    /// By use.
    spots: Vec<&'s Spot>,
    /// The node of the distribution column, by use, where the statement mentions it.
    keys: Vec<Option<NodeId>>,
}

impl<'s> Scene<'s> {
    pub(super) fn new(shape: &'s Shape, placements: &'s Placements) -> Self {
        let spots: Vec<&Spot> = shape.uses.iter().map(|mention| placements.spot(&mention.table)).collect();
        let key = |(of, spot): (UseId, &&Spot)| match spot {
            Spot::Distributed(column) => shape.column(of, column),
            _ => None,
        };
        let keys = spots.iter().enumerate().map(key).collect();
        Self { shape, spots, keys }
    }

    /// The distribution column of a use.
    pub(super) fn key(&self, of: UseId) -> Option<&'s Name> {
        match self.spots[of] {
            Spot::Distributed(column) => Some(column),
            _ => None,
        }
    }

    pub(super) fn is_reference(&self, of: UseId) -> bool {
        *self.spots[of] == Spot::Reference
    }

    pub(super) fn is_local(&self, of: UseId) -> bool {
        *self.spots[of] == Spot::Local
    }

    /// The uses of distributed tables.
    pub(super) fn distributed(&self) -> impl Iterator<Item = UseId> + '_ {
        (0..self.spots.len()).filter(|of| self.key(*of).is_some())
    }

    /// Those whose rows a condition can choose.
    pub(super) fn restricted(&self) -> impl Iterator<Item = UseId> + '_ {
        self.distributed().filter(|of| self.shape.uses[*of].restricted)
    }

    /// The value that the distribution column of a use is bound to.
    pub(super) fn bound(&self, of: UseId) -> Option<&'s Value> {
        self.shape.reach.bound[self.keys[of]?].as_ref()
    }

    /// The class of the distribution column of a use; `None` when the statement does not mention it.
    pub(super) fn class(&self, of: UseId) -> Option<usize> {
        Some(self.shape.reach.class[self.keys[of]?])
    }

    pub(super) fn key_node(&self, of: UseId) -> Option<NodeId> {
        self.keys[of]
    }

    /// Whether a block lies within another, or is it.
    pub(super) fn is_within(&self, inner: BlockId, outer: BlockId) -> bool {
        let mut at = Some(inner);
        while let Some(block) = at {
            if block == outer {
                return true;
            }
            at = self.shape.blocks[block].parent;
        }
        false
    }

    /// The uses in a block and in those within it.
    pub(super) fn uses_within(&self, block: BlockId) -> impl Iterator<Item = UseId> + '_ {
        (0..self.spots.len()).filter(move |of| self.is_within(self.shape.uses[*of].block, block))
    }

    /// Whether one shard answers what lies within a block.
    pub(super) fn is_single_within(&self, block: BlockId) -> bool {
        let uses: Vec<UseId> =
            self.uses_within(block).filter(|of| self.key(*of).is_some() && self.shape.uses[*of].restricted).collect();
        self.agree(&uses)
    }

    /// Whether one value binds all of these.
    pub(super) fn agree(&self, uses: &[UseId]) -> bool {
        let values: Option<Vec<&Value>> = uses.iter().map(|of| self.bound(*of)).collect();
        values.is_some_and(|values| may_be_one(&values))
    }

    /// A reason about a table and the column that is missing there.
    pub(super) fn reason(&self, rule: &'static str, of: Option<UseId>) -> Reason {
        let missing = of.and_then(|of| {
            let mention = &self.shape.uses[of];
            let (table, alias) = (mention.table.clone(), mention.alias.clone());
            Some(Missing { table, alias, column: self.key(of)?.clone() })
        });
        Reason { rule: StatementRule::of(rule), missing }
    }

    pub(super) fn table(&self, of: UseId) -> &'s TableName {
        &self.shape.uses[of].table
    }
}

/// Whether values may be the same: of those that stand in the text, all are.
pub(super) fn may_be_one(values: &[&Value]) -> bool {
    let mut literals = values.iter().filter_map(|value| match value {
        Value::Literal(text) => Some(text),
        Value::Parameter(_) => None,
    });
    literals.next().is_none_or(|first| literals.all(|other| other == first))
}
