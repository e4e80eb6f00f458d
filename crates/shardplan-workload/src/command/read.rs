//! The text of a command comes in, what PostgreSQL's own parser makes of it goes out in our nouns. With `alter.rs` beside it and the
//! reader of PL/pgSQL the only places that name pg_query.

use pg_query::NodeEnum;
use pg_query::protobuf::{self, Node, ObjectType, RangeVar};
use shardplan::{Function, Name, QualifiedName};

use super::{Command, Deed, TableRef, alter};
use crate::parse::{Unread, within_bounds};
use crate::statement::{Part, parts};

/// What the text of one statement is; `None` for what is left to the parser of queries.
pub(super) fn command(text: &str) -> Result<Option<Command>, Unread> {
    let tree = pg_query::parse(text, 0).map_err(|error| Unread::NotParsed(error.to_string()))?;
    let [statement] = &tree.protobuf.stmts[..] else { return Ok(None) };
    let Some(node) = statement.stmt.as_deref().and_then(|node| node.node.as_ref()) else { return Ok(None) };
    Ok(match node {
        NodeEnum::DoStmt(block) => Some(Command::Block(statements(block)?)),
        NodeEnum::RefreshMatViewStmt(refresh) => refresh.relation.as_ref().map(|view| Command::Refresh(named(view))),
        NodeEnum::CreateTableAsStmt(_) => None,
        other => Some(Command::Deeds(deeds(other))),
    })
}

fn deeds(node: &NodeEnum) -> Vec<(TableRef, Deed)> {
    let one = |table: Option<&RangeVar>, deed: Deed| table.map(|table| (named(table), deed)).into_iter().collect();
    let each = |tables: &[Node]| tables.iter().filter_map(listed).map(|table| (table, Deed::Runs)).collect();
    match node {
        NodeEnum::AlterTableStmt(statement) => alter::table(statement),
        NodeEnum::RenameStmt(statement) => one(statement.relation.as_ref(), renaming(statement.rename_type())),
        NodeEnum::AlterObjectSchemaStmt(statement) => one(statement.relation.as_ref(), Deed::Runs),
        NodeEnum::LockStmt(statement) => each(&statement.relations),
        NodeEnum::TruncateStmt(statement) => each(&statement.relations),
        NodeEnum::VacuumStmt(statement) => each(&statement.rels),
        NodeEnum::CreateStatsStmt(statement) => each(&statement.relations),
        NodeEnum::ClusterStmt(statement) => one(statement.relation.as_ref(), Deed::Runs),
        NodeEnum::ReindexStmt(statement) => one(statement.relation.as_ref(), Deed::Runs),
        NodeEnum::IndexStmt(statement) => one(statement.relation.as_ref(), index(statement)),
        NodeEnum::CreateTrigStmt(statement) => one(statement.relation.as_ref(), Deed::Trigger),
        NodeEnum::RuleStmt(statement) => one(statement.relation.as_ref(), Deed::NotKnown("rewrite rules")),
        NodeEnum::CreatePolicyStmt(statement) => {
            let conditions = statement.qual.iter().chain(&statement.with_check);
            one(statement.table.as_ref(), policy(conditions.map(|node| &**node)))
        }
        NodeEnum::AlterPolicyStmt(statement) => {
            let conditions = statement.qual.iter().chain(&statement.with_check);
            one(statement.table.as_ref(), policy(conditions.map(|node| &**node)))
        }
        NodeEnum::CreateStmt(statement) => created(statement),
        NodeEnum::DropStmt(statement) => dropped(statement),
        NodeEnum::CommentStmt(statement) if statement.objtype() == ObjectType::ObjectTable => {
            statement.object.iter().filter_map(|node| listed(node)).map(|table| (table, Deed::Runs)).collect()
        }
        NodeEnum::GrantStmt(statement) if statement.objtype() == ObjectType::ObjectTable => each(&statement.objects),
        _ => Vec::new(),
    }
}

pub(super) fn named(table: &RangeVar) -> TableRef {
    let schema = Some(&table.schemaname).filter(|schema| !schema.is_empty());
    TableRef { schema: schema.map(|schema| Name::from(schema.as_str())), name: Name::from(table.relname.as_str()) }
}

/// A table in a list, in whatever form the parser has it.
fn listed(node: &Node) -> Option<TableRef> {
    match node.node.as_ref()? {
        NodeEnum::RangeVar(table) => Some(named(table)),
        NodeEnum::VacuumRelation(vacuumed) => vacuumed.relation.as_ref().map(named),
        NodeEnum::List(parts) => dotted(&parts.items),
        _ => None,
    }
}

/// A name of one part or several.
fn dotted(parts: &[Node]) -> Option<TableRef> {
    match &names(parts)[..] {
        [name] => Some(TableRef { schema: None, name: name.clone() }),
        [.., schema, name] => Some(TableRef { schema: Some(schema.clone()), name: name.clone() }),
        [] => None,
    }
}

pub(super) fn names(nodes: &[Node]) -> Vec<Name> {
    nodes.iter().filter_map(string).map(Name::from).collect()
}

fn string(node: &Node) -> Option<&str> {
    match node.node.as_ref()? {
        NodeEnum::String(text) => Some(&text.sval),
        _ => None,
    }
}

fn renaming(what: ObjectType) -> Deed {
    if what == ObjectType::ObjectTabconstraint { Deed::RenamesConstraint } else { Deed::Runs }
}

fn index(statement: &protobuf::IndexStmt) -> Deed {
    if !statement.unique {
        return Deed::Runs;
    }
    let column = |node: &Node| match node.node.as_ref()? {
        NodeEnum::IndexElem(element) => Some(element.name.as_str()).filter(|name| !name.is_empty()).map(Name::from),
        _ => None,
    };
    Deed::UniqueIndex(statement.index_params.iter().filter_map(column).collect())
}

/// A condition of a policy may stand in as many parentheses as the text may nest.
fn policy<'n>(mut conditions: impl Iterator<Item = &'n Node>) -> Deed {
    let has_query = |condition: &Node| {
        let node = condition.node.as_ref();
        node.is_some_and(|node| node.nodes().iter().any(|(inner, ..)| matches!(inner, pg_query::NodeRef::SubLink(_))))
    };
    if conditions.any(has_query) { Deed::PolicyWithQuery } else { Deed::Runs }
}

fn created(statement: &protobuf::CreateStmt) -> Vec<(TableRef, Deed)> {
    let deed = if statement.partbound.is_some() { Deed::Runs } else { Deed::IsInherited };
    statement.inh_relations.iter().filter_map(listed).map(|table| (table, deed.clone())).collect()
}

/// What is dropped with a table's name: the table, or its trigger, rule or policy, whose own name comes last.
fn dropped(statement: &protobuf::DropStmt) -> Vec<(TableRef, Deed)> {
    let (own, deed) = match statement.remove_type() {
        ObjectType::ObjectTable => (0, Deed::Runs),
        ObjectType::ObjectTrigger => (1, Deed::Trigger),
        ObjectType::ObjectPolicy => (1, Deed::Runs),
        ObjectType::ObjectRule => (1, Deed::NotKnown("rewrite rules")),
        _ => return Vec::new(),
    };
    let table = |node: &Node| match node.node.as_ref()? {
        NodeEnum::List(parts) => dotted(parts.items.get(..parts.items.len().checked_sub(own)?)?),
        _ => None,
    };
    statement.objects.iter().filter_map(table).map(|table| (table, deed.clone())).collect()
}

/// The statements of a DO block.
fn statements(block: &protobuf::DoStmt) -> Result<Vec<String>, Unread> {
    let argument = |name: &str| {
        block.args.iter().find_map(|node| match node.node.as_ref()? {
            NodeEnum::DefElem(element) if element.defname == name => string(element.arg.as_deref()?),
            _ => None,
        })
    };
    let language = argument("language").unwrap_or("plpgsql").to_ascii_lowercase();
    if language != "plpgsql" {
        return Err(Unread::NotParsed(format!("it is written in {language}")));
    }
    let function = Function {
        name: QualifiedName::new("public", "do"),
        arguments: Vec::new(),
        language: Name::from(language),
        body: argument("as").unwrap_or_default().to_owned(),
        returns: Some("void".to_owned()),
    };
    let statement = |part| match part {
        Part::Statement { text, .. } => Ok(text),
        Part::Dynamic { text, .. } => Err(Unread::Dynamic(text)),
    };
    parts(&function)?.into_iter().map(statement).collect()
}

/// The statements that a rewrite rule runs, from the statement that makes it.
pub(crate) fn rule_actions(definition: &str) -> Result<Vec<String>, Unread> {
    within_bounds(definition)?;
    let failed = |error: pg_query::Error| Unread::NotParsed(error.to_string());
    let tree = pg_query::parse(definition, 0).map_err(failed)?;
    let node = tree.protobuf.stmts.first().and_then(|statement| statement.stmt.as_deref()?.node.as_ref());
    let Some(NodeEnum::RuleStmt(rule)) = node else { return Ok(Vec::new()) };
    let is_query = |node: &&NodeEnum| {
        use NodeEnum::{DeleteStmt, InsertStmt, SelectStmt, UpdateStmt};
        matches!(node, DeleteStmt(_) | InsertStmt(_) | SelectStmt(_) | UpdateStmt(_))
    };
    let actions = rule.actions.iter().filter_map(|node| node.node.as_ref()).filter(is_query);
    actions.map(|action| action.deparse(pg_query::DeparseOptions::default()).map_err(failed)).collect()
}
