//! What a statement does to tables: a text and the names of a schema come in; which columns must be equal, which are bound to a
//! value, and what else the verdict asks, go out. Knows no placement: one shape serves any number of them.

mod build;
mod computed;
mod expression;
mod from;
mod functions;
mod kind;
mod output;
mod predicate;
mod reach;
mod read;
mod scope;
mod search;
mod select;
mod write;

use shardplan::{Name, TableName};

pub(crate) use computed::of_index;
pub(crate) use kind::Kind;
pub(crate) use reach::{Reach, classes};

use crate::command::Deed;
use crate::names::Names;
use crate::parse::{Unread, on_a_deep_stack};
use crate::statement::Statement;

/// A statement that was parsed and whose names were found.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    pub(crate) uses: Vec<Use>,
    pub(crate) blocks: Vec<Block>,
    pub(crate) nodes: Vec<Node>,
    /// What is bound to a value binds the other to the same: both ways for most equalities, one way where a join keeps rows that
    /// have no partner, or where a condition is pushed into a subquery.
    pub(crate) flows: Vec<(NodeId, NodeId)>,
    /// Flows that only hold if the first is bound by a condition that a missing row does not meet: it makes an outer join inner.
    pub(crate) if_bound: Vec<(NodeId, NodeId)>,
    /// Columns that must be equal for rows to meet.
    pub(crate) ties: Vec<(NodeId, NodeId)>,
    pub(crate) binds: Vec<Bind>,
    /// Columns that are one of several values.
    pub(crate) listed: Vec<NodeId>,
    /// Columns of which rows are sought in order: by a range, or as the first few.
    pub(crate) sought: Vec<NodeId>,
    /// Columns that say where a page of rows begins, and by which it is put in order.
    pub(crate) paged: Vec<NodeId>,
    pub(crate) writes: Vec<Write>,
    pub(crate) deeds: Vec<Done>,
    pub(crate) facts: Vec<Fact>,
    pub(crate) reach: Reach,
}

pub(crate) type UseId = usize;
pub(crate) type BlockId = usize;
pub(crate) type NodeId = usize;

/// One mention of a table.
#[derive(Debug, Clone)]
pub(crate) struct Use {
    pub(crate) table: TableName,
    /// The name by which the statement knows it.
    pub(crate) alias: Name,
    pub(crate) block: BlockId,
    /// Whether the statement writes to it.
    pub(crate) written: bool,
    /// Whether a condition of the statement can choose its rows: not so for the target of an INSERT.
    pub(crate) restricted: bool,
}

/// A level of a statement: a SELECT, an arm of a set operation, a statement that writes.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    pub(crate) parent: Option<BlockId>,
    pub(crate) place: Place,
    /// The outermost block whose columns it mentions, itself if no other.
    pub(crate) reaches: BlockId,
    pub(crate) limited: bool,
    /// Whether it joins with an outer join.
    pub(crate) outer: bool,
    /// Whether one of its conditions makes two tables meet otherwise than by plain equality.
    pub(crate) loose: bool,
    /// Blocks whose conditions become one when the server plans.
    pub(crate) domain: usize,
    /// Whether functions stand in its FROM.
    pub(crate) calls: bool,
    /// Whether conditions only reach into it, as with NOT EXISTS.
    one_way: bool,
}

/// Where a block stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Top,
    /// A subquery in FROM.
    From,
    Cte,
    /// An arm of a set operation.
    Arm,
    /// A subquery of a condition that the server turns into a join: IN, EXISTS.
    Condition,
    /// Any other subquery of an expression.
    Value(Clause),
}

/// Where an expression stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Clause {
    Targets,
    Where,
    Having,
    OrderBy,
    Values,
    Set,
    Conflict,
    ConflictWhere,
    Returning,
    Other,
}

/// A column of a use, or of the result of a block, or what is computed of a use's columns.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Column(UseId, Name),
    Output(BlockId, usize),
    /// By its text, as a key would have it.
    Computed(UseId, Name),
}

/// A column that equals a value.
#[derive(Debug, Clone)]
pub(crate) struct Bind {
    pub(crate) node: NodeId,
    pub(crate) value: Value,
    /// Whether a row that an outer join leaves empty fails it.
    pub(crate) strict: bool,
}

/// A value that is known before the statement runs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Value {
    Literal(String),
    /// A parameter or a variable: what it holds is known when it runs.
    Parameter(String),
}

/// A statement's writing to one table.
#[derive(Debug, Clone)]
pub(crate) struct Write {
    pub(crate) table: UseId,
    pub(crate) block: BlockId,
    pub(crate) kind: WriteKind,
}

#[derive(Debug, Clone)]
pub(crate) enum WriteKind {
    Insert(Inserted),
    /// The columns that it sets to something else than themselves.
    Update(Vec<Assigned>),
    Delete,
    Merge(Merged),
}

/// A column that is set.
#[derive(Debug, Clone)]
pub(crate) struct Assigned {
    pub(crate) column: Name,
    /// The value, where it stands in the text.
    pub(crate) value: Option<Value>,
    /// The column that it gets.
    pub(crate) from: Option<NodeId>,
}

/// What a command does to a table.
#[derive(Debug, Clone)]
pub(crate) struct Done {
    pub(crate) of: UseId,
    pub(crate) deed: Deed,
    /// The table that a foreign key references.
    pub(crate) other: Option<UseId>,
}

/// What an INSERT gives.
#[derive(Debug, Clone, Default)]
pub(crate) struct Inserted {
    /// The columns that get a value, in their order.
    pub(crate) columns: Vec<Name>,
    /// What each row gives them; empty for INSERT … SELECT and COPY.
    pub(crate) rows: Vec<Vec<Given>>,
    /// The result of INSERT … SELECT.
    pub(crate) from: Option<BlockId>,
    pub(crate) conflict: Option<Conflict>,
}

/// What a row gives a column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Given {
    Value(Value),
    Null,
    Default,
    /// A query of its own.
    Query,
    Expression,
}

/// `ON CONFLICT`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Conflict {
    /// The columns of its target; empty without one.
    pub(crate) columns: Vec<Name>,
    /// What `DO UPDATE` sets.
    pub(crate) sets: Vec<Assigned>,
}

/// What a MERGE does.
#[derive(Debug, Clone, Default)]
pub(crate) struct Merged {
    /// What its actions set, columns that get themselves left out.
    pub(crate) sets: Vec<Assigned>,
    /// The columns of its INSERT.
    pub(crate) inserts: Option<Vec<Name>>,
    /// Whether its source is a table or a query that reads one.
    pub(crate) reads: bool,
    /// The uses of its source.
    pub(crate) sources: Vec<UseId>,
}

/// Something that a rule asks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fact {
    /// `FOR UPDATE` and the like.
    RowLock(BlockId),
    /// GROUPING SETS, ROLLUP, CUBE.
    GroupingSets(BlockId),
    /// A recursive query.
    Recursive(BlockId),
    /// A call in a statement that writes.
    Call { write: UseId, clause: Clause, what: Called },
    /// A subquery that refers to its outer query, or stands where Citus takes none.
    Within { block: BlockId, clause: Clause },
    /// Rows are told apart by where a cursor stands.
    ByCursor(BlockId),
    /// Rows are told apart by where they lie.
    ByCtid(BlockId),
    /// A limit in a subquery that sees the tables before it.
    LateralLimit(BlockId),
}

/// What a called function may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Called {
    Volatile,
    /// Stable, without a column among its arguments.
    Stable,
    /// Stable, with one.
    StableOverColumn,
    /// Either, where only some rows get to it, by a column: within CASE or COALESCE.
    WithinCase,
}

impl Shape {
    /// Parses a text and finds its names. On a thread of usual stack use [`shapes`], which has room for the deepest tree.
    ///
    /// # Errors
    /// It cannot be parsed, or is beyond the bounds of what is read.
    pub(crate) fn new(names: &Names, text: &str) -> Result<Self, Unread> {
        Ok(build::shape(names, &read::read(text)?))
    }

    /// The tables that it names, itself or by a view, in the order of the text.
    pub fn tables(&self) -> impl Iterator<Item = &TableName> {
        self.uses.iter().map(|mention| &mention.table)
    }

    /// The node of a column of a use, if anything mentions it.
    pub(crate) fn column(&self, of: UseId, name: &Name) -> Option<NodeId> {
        self.nodes.iter().position(|node| matches!(node, Node::Column(other, column) if *other == of && column == name))
    }

    /// The node of an expression over a use's columns.
    pub(crate) fn computed(&self, of: UseId, text: &Name) -> Option<NodeId> {
        self.nodes.iter().position(|node| matches!(node, Node::Computed(other, own) if *other == of && own == text))
    }
}

/// The shapes of many statements, in their order, by as many threads as the machine has processors.
#[must_use]
pub fn shapes(names: &Names, statements: &[Statement]) -> Vec<Result<Shape, Unread>> {
    each(statements, |statement| Shape::new(names, &statement.text))
}

/// Does something with each statement on threads with room for the deepest tree, and keeps the order.
pub(crate) fn each<T: Send>(statements: &[Statement], work: impl Fn(&Statement) -> T + Sync) -> Vec<T> {
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let share = statements.len().div_ceil(threads).max(1);
    let work = &work;
    std::thread::scope(|scope| {
        let parts: Vec<_> = statements
            .chunks(share)
            .map(|part| (part, on_a_deep_stack(scope, move || part.iter().map(work).collect::<Vec<T>>())))
            .collect();
        let done = parts.into_iter().flat_map(|(part, thread)| match thread {
            // A panic there is one of ours, and goes on here.
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(_) => part.iter().map(work).collect(),
        });
        done.collect()
    })
}
