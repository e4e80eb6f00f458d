//! `ALTER TABLE`: PostgreSQL's tree of it comes in, what each part does to the table goes out.

use pg_query::NodeEnum;
use pg_query::protobuf::{AlterTableCmd, AlterTableStmt, AlterTableType, ColumnDef, ConstrType, Constraint, Node};
use shardplan::Name;

use super::read::{named, names};
use super::{Deed, ForeignKey, TableRef};

/// What a statement does to its table, part by part.
pub(super) fn table(statement: &AlterTableStmt) -> Vec<(TableRef, Deed)> {
    let Some(table) = statement.relation.as_ref().map(named) else { return Vec::new() };
    let parts: Vec<&AlterTableCmd> = statement.cmds.iter().filter_map(part).collect();
    let constrains = |part: &&AlterTableCmd| part.subtype() == AlterTableType::AtAddConstraint;
    let mut deeds: Vec<Deed> = parts.iter().flat_map(|part| of_part(part)).collect();
    if parts.len() > 1 && parts.iter().any(constrains) {
        deeds.insert(0, Deed::WithConstraint);
    }
    if deeds.is_empty() {
        deeds.push(Deed::Runs);
    }
    deeds.into_iter().map(|deed| (table.clone(), deed)).collect()
}

fn part(node: &Node) -> Option<&AlterTableCmd> {
    match node.node.as_ref()? {
        NodeEnum::AlterTableCmd(part) => Some(part),
        _ => None,
    }
}

fn of_part(part: &AlterTableCmd) -> Vec<Deed> {
    use AlterTableType as Type;
    let definition = part.def.as_deref().and_then(|node| node.node.as_ref());
    match (part.subtype(), definition) {
        (Type::AtAddColumn, Some(NodeEnum::ColumnDef(column))) => added_column(column),
        (Type::AtAddConstraint, Some(NodeEnum::Constraint(constraint))) => constrained(constraint, None),
        (Type::AtAlterColumnType | Type::AtDropColumn | Type::AtDropNotNull, _) => {
            vec![Deed::Column(Name::from(part.name.as_str()))]
        }
        (Type::AtDetachPartition, Some(NodeEnum::PartitionCmd(detached))) if detached.concurrent => {
            vec![Deed::DetachesConcurrently]
        }
        (
            Type::AtEnableTrig
            | Type::AtEnableAlwaysTrig
            | Type::AtEnableReplicaTrig
            | Type::AtDisableTrig
            | Type::AtEnableTrigAll
            | Type::AtDisableTrigAll
            | Type::AtEnableTrigUser
            | Type::AtDisableTrigUser,
            _,
        ) => vec![Deed::Trigger],
        (one, _) if RUN.contains(&one) => vec![Deed::Runs],
        _ => vec![Deed::Unsupported],
    }
}

/// What Citus takes: the list that it prints when it refuses another part, and what it was seen to take besides.
const RUN: &[AlterTableType] = &[
    AlterTableType::AtAddColumn,
    AlterTableType::AtColumnDefault,
    AlterTableType::AtSetNotNull,
    AlterTableType::AtAddConstraint,
    AlterTableType::AtDropConstraint,
    AlterTableType::AtValidateConstraint,
    AlterTableType::AtChangeOwner,
    AlterTableType::AtSetLogged,
    AlterTableType::AtSetUnLogged,
    AlterTableType::AtSetRelOptions,
    AlterTableType::AtResetRelOptions,
    AlterTableType::AtReplicaIdentity,
    AlterTableType::AtEnableRowSecurity,
    AlterTableType::AtDisableRowSecurity,
    AlterTableType::AtForceRowSecurity,
    AlterTableType::AtNoForceRowSecurity,
    AlterTableType::AtAttachPartition,
    AlterTableType::AtDetachPartition,
];

fn added_column(column: &ColumnDef) -> Vec<Deed> {
    let types = column.type_name.as_ref().map(|found| names(&found.names)).unwrap_or_default();
    let is_serial =
        |name: &Name| ["bigserial", "serial", "serial2", "serial4", "serial8", "smallserial"].contains(&name.as_str());
    let mut deeds = Vec::new();
    if types.last().is_some_and(is_serial) {
        deeds.push(Deed::ColumnWithSequence);
    }
    let own = Name::from(column.colname.as_str());
    for node in &column.constraints {
        if let Some(NodeEnum::Constraint(constraint)) = &node.node {
            deeds.extend(constrained(constraint, Some(&own)));
        }
    }
    deeds
}

/// What a constraint means; that of a column is on this one.
fn constrained(constraint: &Constraint, column: Option<&Name>) -> Vec<Deed> {
    let on = |keys: &[Node]| column.map_or_else(|| names(keys), |column| vec![column.clone()]);
    match constraint.contype() {
        // Which columns an index has does not show here.
        ConstrType::ConstrPrimary | ConstrType::ConstrUnique if !constraint.indexname.is_empty() => vec![Deed::Runs],
        ConstrType::ConstrPrimary | ConstrType::ConstrUnique => vec![Deed::Unique(on(&constraint.keys))],
        ConstrType::ConstrExclusion => vec![Deed::Unique(excluded(&constraint.exclusions))],
        ConstrType::ConstrCheck if column.is_some() => vec![Deed::ColumnWithCheck],
        ConstrType::ConstrIdentity => vec![Deed::ColumnWithSequence],
        ConstrType::ConstrDefault if is_next_value(constraint) => vec![Deed::ColumnWithSequence],
        ConstrType::ConstrForeign => references(constraint, on(&constraint.fk_attrs)).into_iter().collect(),
        _ => Vec::new(),
    }
}

/// The columns that an exclusion constraint compares by equality.
fn excluded(pairs: &[Node]) -> Vec<Name> {
    let column = |node: &Node| {
        let Some(NodeEnum::List(pair)) = &node.node else { return None };
        let [element, operator] = &pair.items[..] else { return None };
        let Some(NodeEnum::List(operator)) = &operator.node else { return None };
        match &element.node {
            Some(NodeEnum::IndexElem(element)) if names(&operator.items).last().is_some_and(|name| *name == "=") => {
                Some(Name::from(element.name.as_str()))
            }
            _ => None,
        }
    };
    pairs.iter().filter_map(column).collect()
}

fn is_next_value(constraint: &Constraint) -> bool {
    let Some(NodeEnum::FuncCall(call)) = constraint.raw_expr.as_deref().and_then(|node| node.node.as_ref()) else {
        return false;
    };
    names(&call.funcname).last().is_some_and(|name| *name == "nextval")
}

fn references(constraint: &Constraint, columns: Vec<Name>) -> Option<Deed> {
    let to = named(constraint.pktable.as_ref()?);
    // `a`, `r`, `c`, `n` and `d` are the first letters of the actions.
    let sets_on_delete = ["n", "d"].contains(&constraint.fk_del_action.as_str());
    let acts_on_update = ["c", "n", "d"].contains(&constraint.fk_upd_action.as_str());
    let referenced = names(&constraint.pk_attrs);
    Some(Deed::References(ForeignKey { to, columns, referenced, sets_on_delete, acts_on_update }))
}
