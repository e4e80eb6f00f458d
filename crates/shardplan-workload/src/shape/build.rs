//! Parsed statements come in, their shape goes out: the state of the walk through a tree, and what every part of it needs. How deep
//! it recurses is bounded by what the parser takes.

use foldhash::HashMap;
use shardplan::{Name, TableName};
use sqlparser::ast::{CopySource, CreatePolicy, Cte, Expr, Ident, ObjectName, Query, Statement};

use super::read::Read;
use super::scope::Scope;
use super::{Block, BlockId, Done, Fact, Node, NodeId, Place, Reach, Shape, Use, UseId};
use crate::command::{Deed, TableRef};
use crate::names::{Names, Relation, folded};

/// So many views may be looked through, one inside the other.
const MAX_VIEWS: usize = 16;
/// So many blocks a statement may have, the views' among them: views of views multiply.
const MAX_BLOCKS: usize = 2_000;

/// The shape of the statements of one text.
pub(super) fn shape(names: &Names, statements: &[Read]) -> Shape {
    let mut builder = Builder {
        names,
        shape: Shape::default(),
        places: HashMap::default(),
        scopes: Vec::new(),
        queries: Vec::new(),
        views: 0,
        write: None,
        anti: None,
        equalities: Vec::new(),
    };
    for statement in statements {
        match statement {
            Read::Query(statement) => builder.statement(statement),
            Read::Deeds(deeds) => deeds.iter().for_each(|(table, deed)| builder.deed(table, deed)),
            Read::Refresh(view) => {
                if let Some(query) = names.stored(view.schema.as_ref(), &view.name) {
                    builder.query(query, Place::Top);
                }
            }
        }
    }
    builder.finish()
}

/// A named query of a WITH clause.
#[derive(Clone)]
pub(super) struct Named<'a> {
    pub(super) name: Name,
    pub(super) cte: &'a Cte,
    /// Its result, once it was read; before that it stands for its text where it is mentioned.
    pub(super) result: Option<Vec<Name>>,
}

pub(super) struct Builder<'a> {
    pub(super) names: &'a Names,
    pub(super) shape: Shape,
    places: HashMap<Node, NodeId>,
    /// What each open block can see, the innermost last.
    pub(super) scopes: Vec<Scope>,
    /// The named queries in sight, the nearest last.
    pub(super) queries: Vec<Named<'a>>,
    pub(super) views: usize,
    /// The table that the statement at hand writes to.
    pub(super) write: Option<UseId>,
    /// The block of a NOT EXISTS that is about to be opened.
    pub(super) anti: Option<BlockId>,
    /// Columns that are equal. What that binds shows when it is known which blocks become one.
    equalities: Vec<(NodeId, NodeId)>,
}

impl<'a> Builder<'a> {
    fn statement(&mut self, statement: &'a Statement) {
        match statement {
            Statement::Query(query) => {
                self.query(query, Place::Top);
            }
            Statement::Explain { statement, .. } | Statement::Prepare { statement, .. } => self.inner(statement),
            Statement::Declare { stmts } => {
                for query in stmts.iter().filter_map(|declared| declared.for_query.as_deref()) {
                    self.query(query, Place::Top);
                }
            }
            Statement::CreateTable(table) => {
                if let Some(query) = &table.query {
                    self.query(query, Place::Top);
                }
            }
            Statement::Copy { source: CopySource::Query(query), .. } => {
                self.query(query, Place::Top);
            }
            Statement::Copy { source: CopySource::Table { table_name, columns }, to, .. } => {
                self.copy(table_name, columns, *to);
            }
            Statement::CreateView(view) => {
                self.query(&view.query, Place::Top);
            }
            Statement::CreatePolicy(policy) => self.policy(policy),
            other => self.writing(other, Place::Top),
        }
    }

    /// The statement that another one explains or prepares.
    fn inner(&mut self, statement: &'a Statement) {
        match statement {
            Statement::Query(query) => {
                self.query(query, Place::Top);
            }
            other => self.writing(other, Place::Top),
        }
    }

    fn copy(&mut self, table: &ObjectName, columns: &[Ident], reads: bool) {
        let block = self.open(Place::Top);
        if let Some(target) = self.mention(table, None, block) {
            let columns = columns.iter().map(folded).collect();
            self.copied(target, block, columns, reads);
        }
        self.close();
    }

    /// A command's deed on a table, which no condition restricts.
    fn deed(&mut self, table: &TableRef, deed: &Deed) {
        let block = self.open(Place::Top);
        let other = match deed {
            Deed::References(key) => self.mention_named(&key.to, block),
            _ => None,
        };
        if let Some(of) = self.mention_named(table, block) {
            self.shape.uses[of].written = true;
            self.shape.deeds.push(Done { of, deed: deed.clone(), other });
        }
        self.close();
    }

    fn mention_named(&mut self, table: &TableRef, block: BlockId) -> Option<UseId> {
        let (table, relation) = self.names.find_named(table.schema.as_ref(), &table.name)?;
        let of = matches!(relation, Relation::Table(_)).then(|| self.use_of(table.clone(), None, block))?;
        self.shape.uses[of].restricted = false;
        Some(of)
    }

    /// The conditions of a policy are read as those of a query on its table.
    fn policy(&mut self, policy: &'a CreatePolicy) {
        let block = self.open(Place::Top);
        self.reads(&policy.table_name, block);
        let conditions = [&policy.using, &policy.with_check];
        conditions.into_iter().for_each(|condition| self.optional_condition(condition.as_ref()));
        self.close();
    }

    /// Opens a block within the innermost one.
    pub(super) fn open(&mut self, place: Place) -> BlockId {
        let id = self.shape.blocks.len();
        let parent = self.scopes.last().map(|scope| scope.block);
        let joined = matches!(place, Place::Condition);
        let domain = parent.filter(|_| joined).map_or(id, |parent| self.shape.blocks[parent].domain);
        self.shape.blocks.push(Block {
            parent,
            place,
            reaches: id,
            limited: false,
            outer: false,
            loose: false,
            domain,
            calls: false,
            one_way: self.anti == Some(id),
        });
        self.scopes.push(Scope::new(id));
        id
    }

    pub(super) fn close(&mut self) {
        self.scopes.pop();
    }

    /// The innermost open block.
    pub(super) fn block(&self) -> BlockId {
        self.scopes.last().map_or(0, |scope| scope.block)
    }

    /// Whether there is room for one more view.
    pub(super) fn may_look_through(&self) -> bool {
        self.views < MAX_VIEWS && self.shape.blocks.len() < MAX_BLOCKS
    }

    pub(super) fn fact(&mut self, fact: Fact) {
        if !self.shape.facts.contains(&fact) {
            self.shape.facts.push(fact);
        }
    }

    /// Notes a table; `None` for a view, and for what the schema does not have.
    pub(super) fn mention(&mut self, name: &ObjectName, alias: Option<Name>, block: BlockId) -> Option<UseId> {
        let (table, relation) = self.names.find(name)?;
        matches!(relation, Relation::Table(_)).then(|| self.use_of(table.clone(), alias, block))
    }

    pub(super) fn use_of(&mut self, table: TableName, alias: Option<Name>, block: BlockId) -> UseId {
        let alias = alias.unwrap_or_else(|| table.name.clone());
        self.shape.uses.push(Use { table, alias, block, written: false, restricted: true });
        self.shape.uses.len() - 1
    }

    pub(super) fn node(&mut self, node: Node) -> NodeId {
        if let Some(found) = self.places.get(&node) {
            return *found;
        }
        let id = self.shape.nodes.len();
        self.shape.nodes.push(node.clone());
        self.places.insert(node, id);
        id
    }

    /// The block that a node belongs to.
    pub(super) fn block_of(&self, node: NodeId) -> BlockId {
        match &self.shape.nodes[node] {
            Node::Column(of, _) | Node::Computed(of, _) => self.shape.uses[*of].block,
            // A result is seen from outside.
            Node::Output(block, _) => self.shape.blocks[*block].parent.unwrap_or(*block),
        }
    }

    /// Notes that rows meet only where both are equal.
    pub(super) fn equal(&mut self, one: NodeId, other: NodeId) {
        self.shape.ties.push((one, other));
        self.equalities.push((one, other));
    }

    fn finish(mut self) -> Shape {
        for (one, other) in std::mem::take(&mut self.equalities) {
            self.binds_each_other(one, other);
        }
        self.shape.reach = Reach::of(&self.shape);
        self.shape
    }

    fn binds_each_other(&mut self, one: NodeId, other: NodeId) {
        let (a, b) = (self.block_of(one), self.block_of(other));
        if self.shape.blocks[a].domain != self.shape.blocks[b].domain {
            return;
        }
        // Of two blocks, the later one is the inner one.
        if b >= a || !self.shape.blocks[a].one_way {
            self.flow(one, other);
        }
        if a >= b || !self.shape.blocks[b].one_way {
            self.flow(other, one);
        }
    }

    pub(super) fn flow(&mut self, from: NodeId, to: NodeId) {
        self.shape.flows.push((from, to));
    }

    /// Looks through a query that stands by itself, with its names out of the sight of others.
    pub(super) fn apart<T>(&mut self, look: impl FnOnce(&mut Self) -> T) -> T {
        let scopes: Vec<Scope> = self.scopes.iter_mut().map(Scope::hide).collect();
        let found = look(self);
        for (scope, kept) in self.scopes.iter_mut().zip(scopes) {
            *scope = kept;
        }
        found
    }

    pub(super) fn value_of(&self, expression: &Expr) -> Option<super::Value> {
        super::predicate::value(self, expression)
    }

    pub(super) fn named(&self, name: &ObjectName) -> Option<usize> {
        let [part] = &name.0[..] else { return None };
        let name = folded(part.as_ident()?);
        self.queries.iter().rposition(|query| query.name == name)
    }

    /// Reads a query and answers with its block and what its columns are called.
    pub(super) fn subquery(&mut self, query: &'a Query, place: Place) -> super::output::Output {
        self.query(query, place)
    }
}
