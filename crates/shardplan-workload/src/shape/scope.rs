//! What a block can see: a name comes in, the column, variable or nothing that it stands for goes out.

use shardplan::Name;
use sqlparser::ast::Ident;

use super::build::Builder;
use super::{BlockId, Node, NodeId, UseId};
use crate::names::folded;

/// The relations of one block's FROM.
#[derive(Default)]
pub(super) struct Scope {
    pub(super) block: BlockId,
    pub(super) relations: Vec<Visible>,
}

/// A relation in sight.
#[derive(Clone)]
pub(super) struct Visible {
    pub(super) alias: Option<Name>,
    pub(super) schema: Option<Name>,
    pub(super) columns: Columns,
}

/// The columns of a relation.
#[derive(Clone)]
pub(super) enum Columns {
    /// A table's, by the names that the statement has for them.
    Table(UseId, Vec<(Name, Name)>),
    /// A subquery's.
    Result(Vec<(Name, Option<NodeId>)>),
    /// Nobody knows: a function's, or a table's that the schema does not have.
    Unknown,
}

/// What a name in an expression stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Found {
    Column(NodeId),
    /// A column, and nothing more is known of it.
    Something,
    /// None that is in sight: a variable or an argument of a function.
    Variable(String),
}

impl Scope {
    pub(super) fn new(block: BlockId) -> Self {
        Self { block, relations: Vec::new() }
    }

    /// Takes what is in sight away, and hands it out.
    pub(super) fn hide(&mut self) -> Self {
        Self { block: self.block, relations: std::mem::take(&mut self.relations) }
    }
}

impl Visible {
    /// The names of its columns, in order.
    pub(super) fn names(&self) -> Vec<Name> {
        match &self.columns {
            Columns::Table(_, names) => names.iter().map(|(name, _)| name.clone()).collect(),
            Columns::Result(names) => names.iter().map(|(name, _)| name.clone()).collect(),
            Columns::Unknown => Vec::new(),
        }
    }

    fn has(&self, column: &Name) -> bool {
        match &self.columns {
            Columns::Table(_, names) => names.iter().any(|(name, _)| name == column),
            Columns::Result(names) => names.iter().any(|(name, _)| name == column),
            Columns::Unknown => false,
        }
    }

    fn is_called(&self, name: &Name, schema: Option<&Name>) -> bool {
        self.alias.as_ref() == Some(name)
            && schema.is_none_or(|schema| self.schema.as_ref().is_none_or(|own| own == schema))
    }
}

impl Builder<'_> {
    /// The node of a column of a relation; the first `None` if it has none of that name.
    pub(super) fn column_of(&mut self, relation: &Visible, name: &Name) -> Option<Option<NodeId>> {
        match &relation.columns {
            Columns::Table(of, names) => {
                let (_, column) = names.iter().find(|(shown, _)| shown == name)?;
                Some(Some(self.node(Node::Column(*of, column.clone()))))
            }
            Columns::Result(names) => names.iter().find(|(shown, _)| shown == name).map(|(_, node)| *node),
            Columns::Unknown => None,
        }
    }

    /// What `a`, `t.a` or `s.t.a` stands for, and notes if it belongs to an outer block.
    pub(super) fn resolve(&mut self, parts: &[Ident]) -> Found {
        match self.search(parts) {
            Hit::Column { at, relation, column } => {
                self.reach(at);
                let relation = self.scopes[at].relations[relation].clone();
                self.column_of(&relation, &column).flatten().map_or(Found::Something, Found::Column)
            }
            Hit::Within(at) => {
                self.reach(at);
                Found::Something
            }
            Hit::Nothing { unknown: true } => Found::Something,
            Hit::Nothing { unknown: false } => Found::Variable(dotted(parts)),
        }
    }

    /// Whether a name is in sight, without any trace: a column of whatever kind, or a variable.
    pub(super) fn look_up(&self, parts: &[Ident]) -> Found {
        match self.search(parts) {
            Hit::Nothing { unknown: false } => Found::Variable(dotted(parts)),
            _ => Found::Something,
        }
    }

    /// From the innermost block outwards.
    fn search(&self, parts: &[Ident]) -> Hit {
        let names: Vec<Name> = parts.iter().map(folded).collect();
        let (column, table, schema) = match &names[..] {
            [column] => (column, None, None),
            [table, column] => (column, Some(table), None),
            [.., schema, table, column] => (column, Some(table), Some(schema)),
            [] => return Hit::Nothing { unknown: true },
        };
        let mut unknown = false;
        for (at, scope) in self.scopes.iter().enumerate().rev() {
            for (place, relation) in scope.relations.iter().enumerate() {
                if table.is_some_and(|table| !relation.is_called(table, schema)) {
                    continue;
                }
                if relation.has(column) {
                    return Hit::Column { at, relation: place, column: column.clone() };
                }
                if table.is_some() {
                    return Hit::Within(at);
                }
                unknown |= matches!(relation.columns, Columns::Unknown);
            }
        }
        Hit::Nothing { unknown }
    }

    /// The blocks inside the one at this place refer to it.
    fn reach(&mut self, at: usize) {
        let outer = self.scopes[at].block;
        for inner in &self.scopes[at + 1..] {
            let block = &mut self.shape.blocks[inner.block];
            block.reaches = block.reaches.min(outer);
        }
    }
}

/// Where a name was found.
enum Hit {
    Column {
        at: usize,
        relation: usize,
        column: Name,
    },
    /// In a relation of that name, of which the column is not known.
    Within(usize),
    Nothing {
        unknown: bool,
    },
}

fn dotted(parts: &[Ident]) -> String {
    parts.iter().map(|part| folded(part).as_str().to_owned()).collect::<Vec<_>>().join(".")
}
