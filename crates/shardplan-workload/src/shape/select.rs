//! Queries: a tree comes in; its blocks, and the result that the query around it sees, go out.

use shardplan::Name;
use sqlparser::ast::{
    Cte, CteAsMaterialized, Distinct, Expr, GroupByExpr, Query, Select, SelectItem, SelectItemQualifiedWildcardKind,
    SetExpr, WindowType,
};

use super::build::{Builder, Named};
use super::expression::{any, has_aggregate};
use super::output::{Column, Output};
use super::predicate::Over;
use super::{BlockId, Clause, Fact, NodeId, Place};
use crate::names::folded;

impl<'a> Builder<'a> {
    /// Reads a query with its named queries.
    pub(super) fn query(&mut self, query: &'a Query, place: Place) -> Output {
        let before = self.queries.len();
        if let Some(with) = &query.with {
            for cte in &with.cte_tables {
                self.name_query(cte, query, with.recursive);
            }
        }
        let output = self.arms(query, place);
        self.queries.truncate(before);
        output
    }

    /// A named query: it stands for its text if it is mentioned once, has no effects and is not MATERIALIZED, as the server
    /// decides, and is read where it is mentioned; else it is read here and once.
    fn name_query(&mut self, cte: &'a Cte, within: &'a Query, recursive: bool) {
        let name = folded(&cte.alias.name);
        let mentions = mentions_of(&name, within);
        let recurs = recursive && mentions_of(&name, &cte.query) > 0;
        let writes = !matches!(
            &*cte.query.body,
            SetExpr::Select(_) | SetExpr::Query(_) | SetExpr::SetOperation { .. } | SetExpr::Values(_)
        );
        let once = mentions <= 1 || cte.materialized == Some(CteAsMaterialized::NotMaterialized);
        let inlined = once && !recurs && !writes && cte.materialized != Some(CteAsMaterialized::Materialized);
        let place = self.queries.len();
        let columns = cte.alias.columns.iter().map(|column| folded(&column.name)).collect::<Vec<_>>();
        self.queries.push(Named { name, cte, result: None });
        if inlined {
            return;
        }
        // A recursive query sees itself, as a result of which nothing is known.
        self.queries[place].result = Some(columns.clone());
        let output = self.apart(|builder| builder.query(&cte.query, Place::Cte));
        if recurs {
            self.fact(Fact::Recursive(output.block));
        }
        let names = output.columns.into_iter().map(|column| column.name);
        self.queries[place].result = Some(if columns.is_empty() { names.collect() } else { columns });
    }

    fn arms(&mut self, query: &'a Query, place: Place) -> Output {
        let mut arms = Vec::new();
        let mut open = vec![&*query.body];
        while let Some(part) = open.pop() {
            match part {
                SetExpr::SetOperation { left, right, .. } => open.extend([&**right, &**left]),
                other => arms.push(other),
            }
        }
        let output = match &arms[..] {
            [SetExpr::Query(inner)] => self.query(inner, place),
            [SetExpr::Select(select)] => return self.single(query, select, place),
            [only] => self.other_body(only, place),
            several => self.set_operation(several, place),
        };
        self.tail(query, output)
    }

    /// ORDER BY, LIMIT and locks after something else than a plain SELECT.
    fn tail(&mut self, query: &'a Query, mut output: Output) -> Output {
        if is_limited(query) {
            self.shape.blocks[output.block].limited = true;
            output.columns.iter_mut().for_each(|column| column.open = false);
            output.merges = false;
        }
        if !query.locks.is_empty() {
            self.fact(Fact::RowLock(output.block));
        }
        output
    }

    fn other_body(&mut self, body: &'a SetExpr, place: Place) -> Output {
        let first = self.shape.blocks.len();
        match body {
            SetExpr::Insert(statement)
            | SetExpr::Update(statement)
            | SetExpr::Delete(statement)
            | SetExpr::Merge(statement) => {
                let outer = self.write;
                self.writing(statement, place);
                self.write = outer;
            }
            SetExpr::Values(values) => {
                self.open(place);
                self.scan_all(values.rows.iter().flat_map(|row| &row.content), Clause::Values);
                self.close();
            }
            _ => {
                self.open(place);
                self.close();
            }
        }
        let width = match body {
            SetExpr::Values(values) => values.rows.first().map_or(0, |row| row.content.len()),
            _ => 0,
        };
        let column = |at| Column {
            name: Name::from(format!("column{}", at + 1)),
            from: Vec::new(),
            open: false,
            whole: false,
            value: None,
        };
        // A statement that writes opens none when it names nothing that is known.
        if self.shape.blocks.len() == first {
            self.open(place);
            self.close();
        }
        let unsure = (!matches!(body, SetExpr::Values(_))).then_some(0);
        Output { block: first, columns: (0..width).map(column).collect(), unsure, merges: false }
    }

    fn set_operation(&mut self, arms: &[&'a SetExpr], place: Place) -> Output {
        let block = self.open(place);
        let mut columns: Vec<Column> = Vec::new();
        let mut unsure: Option<usize> = None;
        for (number, arm) in arms.iter().enumerate() {
            let output = match arm {
                SetExpr::Query(inner) => self.query(inner, Place::Arm),
                SetExpr::Select(select) => self.plain(select, Place::Arm),
                other => self.other_body(other, Place::Arm),
            };
            let shown: Vec<Option<NodeId>> = (0..output.columns.len()).map(|at| self.shown(&output, at)).collect();
            unsure = unsure.into_iter().chain(output.unsure).min();
            if number == 0 {
                columns = output.columns;
                for column in &mut columns {
                    column.from.clear();
                    (column.open, column.whole) = (true, true);
                }
            }
            for (column, node) in columns.iter_mut().zip(shown.iter().copied().chain(std::iter::repeat(None))) {
                column.value = None;
                column.from.extend(node);
                column.whole &= node.is_some();
            }
        }
        self.close();
        Output { block, columns, unsure, merges: false }
    }

    /// A query of one SELECT.
    fn single(&mut self, query: &'a Query, select: &'a Select, place: Place) -> Output {
        let simple = is_simple(query, select);
        let block = self.open(place);
        let mut output = self.body(select, block);
        if let Some(by) = &query.order_by
            && let sqlparser::ast::OrderByKind::Expressions(list) = &by.kind
        {
            self.scan_order(list);
        }
        self.seek_first(query, select);
        self.close();
        output.merges = simple && matches!(place, Place::From | Place::Condition | Place::Cte | Place::Top);
        if output.merges {
            self.merge(block);
        }
        self.tail(query, output)
    }

    fn plain(&mut self, select: &'a Select, place: Place) -> Output {
        let block = self.open(place);
        let output = self.body(select, block);
        self.close();
        output
    }

    /// The server takes the tables of the block into the one around it.
    fn merge(&mut self, block: BlockId) {
        if let Some(parent) = self.shape.blocks[block].parent.filter(|_| self.shape.blocks[block].place == Place::From)
        {
            let (from, to) = (self.shape.blocks[block].domain, self.shape.blocks[parent].domain);
            self.shape.blocks[block..]
                .iter_mut()
                .filter(|inner| inner.domain == from)
                .for_each(|inner| inner.domain = to);
        }
    }

    /// The clauses of a SELECT, its block being open.
    fn body(&mut self, select: &'a Select, block: BlockId) -> Output {
        self.from(&select.from);
        if let Some(condition) = &select.selection {
            self.condition(condition, Over::All);
        }
        let groups = self.grouping(select, block);
        if let Some(condition) = &select.having {
            self.scan(condition, Clause::Having);
        }
        let (columns, unsure) = self.columns(select, groups.as_deref());
        Output { block, columns, unsure, merges: false }
    }

    /// The columns that a condition on the result may be moved through; `None` for all of them.
    fn grouping(&mut self, select: &'a Select, block: BlockId) -> Option<Vec<NodeId>> {
        let GroupByExpr::Expressions(list, modifiers) = &select.group_by else { return Some(Vec::new()) };
        let sets = |part: &Expr| matches!(part, Expr::GroupingSets(_) | Expr::Cube(_) | Expr::Rollup(_));
        if !modifiers.is_empty() || list.iter().any(|expression| any(expression, sets)) {
            self.fact(Fact::GroupingSets(block));
        }
        let mut allowed: Option<Vec<NodeId>> = None;
        let mut only = |nodes: Vec<NodeId>| match &mut allowed {
            None => allowed = Some(nodes),
            Some(before) => before.retain(|node| nodes.contains(node)),
        };
        let aggregates = select.projection.iter().filter_map(item).any(has_aggregate) || select.having.is_some();
        if !list.is_empty() || aggregates {
            only(list.iter().filter_map(|expression| self.grouped(expression, select)).collect());
        }
        if let Some(Distinct::On(list)) = &select.distinct {
            only(list.iter().filter_map(|expression| self.grouped(expression, select)).collect());
        }
        for window in windows(select) {
            let nodes = window.iter().filter_map(|expression| self.column(expression)).collect();
            only(nodes);
        }
        self.scan_all(list, Clause::Other);
        allowed
    }

    /// The column that an entry of GROUP BY stands for, by its expression, its name in the result or its number there.
    fn grouped(&mut self, expression: &'a Expr, select: &'a Select) -> Option<NodeId> {
        if let Some(node) = self.column(expression) {
            return Some(node);
        }
        let place: usize = match expression {
            Expr::Value(value) => value.to_string().parse().ok()?,
            Expr::Identifier(name) => {
                let called = |item: &&SelectItem| matches!(item, SelectItem::ExprWithAlias { alias, .. } if folded(alias) == folded(name));
                let named = select.projection.iter().find(called)?;
                return self.column(item(named)?);
            }
            _ => return None,
        };
        let named = select.projection.get(place.checked_sub(1)?)?;
        self.column(item(named)?)
    }

    /// The columns of a SELECT, and from which on nobody knows which is which.
    fn columns(&mut self, select: &'a Select, groups: Option<&[NodeId]>) -> (Vec<Column>, Option<usize>) {
        let mut columns = Vec::new();
        let mut unsure = None;
        for part in &select.projection {
            let before = columns.len();
            let is_known = match part {
                SelectItem::Wildcard(_) => self.all_of(None, &mut columns),
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::ObjectName(name), _) => {
                    let table = name.0.last().and_then(|part| part.as_ident()).map(folded);
                    self.all_of(table, &mut columns)
                }
                SelectItem::QualifiedWildcard(SelectItemQualifiedWildcardKind::Expr(expression), _)
                | SelectItem::ExprWithAliases { expr: expression, .. } => {
                    self.scan(expression, Clause::Targets);
                    false
                }
                SelectItem::UnnamedExpr(expression) => self.one_column(expression, None, &mut columns),
                SelectItem::ExprWithAlias { expr, alias } => self.one_column(expr, Some(folded(alias)), &mut columns),
            };
            if !is_known {
                unsure = unsure.or(Some(before));
            }
        }
        for column in &mut columns {
            column.open = groups.is_none_or(|groups| column.from.iter().all(|node| groups.contains(node)));
        }
        (columns, unsure)
    }

    fn one_column(&mut self, expression: &'a Expr, alias: Option<Name>, into: &mut Vec<Column>) -> bool {
        let column = self.item_column(expression, alias);
        into.push(column);
        true
    }

    fn item_column(&mut self, expression: &'a Expr, alias: Option<Name>) -> Column {
        self.scan(expression, Clause::Targets);
        let node = self.column(expression);
        let own = || match expression {
            Expr::Identifier(name) => folded(name),
            Expr::CompoundIdentifier(names) => names.last().map_or_else(|| Name::from(""), folded),
            Expr::Function(function) => Name::from(super::expression::function_name(function)),
            _ => Name::from("?column?"),
        };
        let value = node.is_none().then(|| self.value_of(expression)).flatten();
        Column {
            name: alias.unwrap_or_else(own),
            from: node.into_iter().collect(),
            open: true,
            whole: node.is_some(),
            value,
        }
    }

    /// What `*` or `t.*` stands for, and whether all of that is known.
    fn all_of(&mut self, table: Option<Name>, into: &mut Vec<Column>) -> bool {
        let Some(scope) = self.scopes.last() else { return false };
        let called = |visible: &&super::scope::Visible| table.is_none() || visible.alias == table;
        let relations: Vec<_> = scope.relations.iter().filter(called).cloned().collect();
        let is_known = relations.iter().all(|relation| !relation.names().is_empty());
        for relation in relations {
            for name in relation.names() {
                let node = self.column_of(&relation, &name).flatten();
                into.push(Column {
                    name,
                    from: node.into_iter().collect(),
                    open: true,
                    whole: node.is_some(),
                    value: None,
                });
            }
        }
        is_known
    }
}

pub(super) fn item(item: &SelectItem) -> Option<&Expr> {
    match item {
        SelectItem::UnnamedExpr(expression)
        | SelectItem::ExprWithAlias { expr: expression, .. }
        | SelectItem::ExprWithAliases { expr: expression, .. } => Some(expression),
        _ => None,
    }
}

fn is_limited(query: &Query) -> bool {
    query.limit_clause.is_some() || query.fetch.is_some()
}

/// Whether the server takes the query's tables into the query around it.
fn is_simple(query: &Query, select: &Select) -> bool {
    let ungrouped = matches!(&select.group_by, GroupByExpr::Expressions(list, modifiers) if list.is_empty() && modifiers.is_empty());
    let items = || select.projection.iter().filter_map(item);
    let has_window =
        |expression| any(expression, |part| matches!(part, Expr::Function(function) if function.over.is_some()));
    ungrouped
        && query.with.is_none()
        && !is_limited(query)
        && query.locks.is_empty()
        && select.distinct.is_none()
        && select.having.is_none()
        && !items().any(|expression| has_aggregate(expression) || has_window(expression))
}

/// The PARTITION BY of each window of a SELECT.
fn windows(select: &Select) -> Vec<&[Expr]> {
    let mut found: Vec<&[Expr]> = Vec::new();
    for expression in select.projection.iter().filter_map(item) {
        let mut open = vec![super::expression::Part::Expression(expression)];
        while let Some(part) = open.pop() {
            let super::expression::Part::Expression(part) = part else { continue };
            if let Expr::Function(function) = part
                && let Some(over) = &function.over
            {
                found.push(match over {
                    WindowType::WindowSpec(window) => &window.partition_by,
                    // A named window: nothing is moved through it.
                    WindowType::NamedWindow(_) => &[],
                });
            }
            super::expression::parts(part, &mut open);
        }
    }
    found
}

/// How often a query names a relation.
fn mentions_of(name: &Name, query: &Query) -> usize {
    let mut count = 0;
    let _ = sqlparser::ast::visit_relations(query, |relation| {
        let is_it = matches!(&relation.0[..], [part] if part.as_ident().is_some_and(|ident| folded(ident) == *name));
        count += usize::from(is_it);
        std::ops::ControlFlow::<()>::Continue(())
    });
    count
}
