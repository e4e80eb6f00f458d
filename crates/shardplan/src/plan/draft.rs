//! What the parts of the planner share while a plan is made: the classification by index, free names, findings so far.

use foldhash::{HashMap, HashSet};

use super::names::Names;
use crate::catalog::{Catalog, DataType, ForeignKey, Table, TableKind, TypeKind, View};
use crate::citus::{self, Profile};
use crate::classify::{Classification, Placement, Rules, Strategy};
use crate::finding::{Choice, ChoiceIn, Finding, FindingRule, Probe};
use crate::graph::{SchemaGraph, TableIx};
use crate::name::{Name, TableName};

pub(super) struct Draft<'c> {
    pub(super) classification: &'c Classification<'c>,
    pub(super) graph: &'c SchemaGraph,
    pub(super) rules: &'c Rules,
    /// The Citus that the plan is for.
    pub(super) target: Profile,
    /// How all tables together are distributed.
    pub(super) strategy: Strategy,
    pub(super) names: Names,
    pub(super) findings: Vec<Finding>,
    /// The tables that the plan gives a check that stays, with one such.
    pub(super) checked: HashMap<TableIx, Name>,
    /// The views that read a table or view directly.
    readers: HashMap<&'c TableName, Vec<&'c View>>,
    /// The tables that others inherit from.
    inherited: HashSet<&'c TableName>,
    /// What uses a user-defined type, by the type's text without array brackets: columns first, then functions.
    type_users: HashMap<&'c str, String>,
}

impl<'c> Draft<'c> {
    pub(super) fn new(classification: &'c Classification<'c>) -> Self {
        let graph = classification.graph();
        Self {
            classification,
            graph,
            rules: classification.rules(),
            target: target(classification),
            strategy: classification.rules().strategy.unwrap_or_default(),
            names: Names::new(graph.catalog(), &classification.root().name),
            findings: classification.findings().to_vec(),
            checked: HashMap::default(),
            readers: readers(graph.catalog()),
            inherited: graph.tables().iter().flat_map(|table| &table.inherits).collect(),
            type_users: type_users(graph.catalog()),
        }
    }

    /// Every table with its index, by name.
    pub(super) fn tables(&self) -> impl Iterator<Item = (TableIx, &'c Table)> + use<'c> {
        self.graph.indices().zip(self.graph.tables())
    }

    pub(super) fn table(&self, ix: TableIx) -> &'c Table {
        self.graph.table_at(ix)
    }

    pub(super) fn find(&self, name: &TableName) -> TableIx {
        self.graph.find(name).expect("the graph has resolved every reference")
    }

    pub(super) fn placement(&self, ix: TableIx) -> &'c Placement {
        &self.classification.at(ix).placement
    }

    /// The distribution column of a distributed table.
    pub(super) fn column(&self, ix: TableIx) -> Option<&'c Name> {
        match self.placement(ix) {
            Placement::Distributed { column, .. } => Some(column),
            Placement::Reference | Placement::Local => None,
        }
    }

    /// The type and collation of the root's key.
    pub(super) fn key_type(&self) -> (&'c DataType, Option<&'c String>) {
        let root = self.classification.root();
        let column = root.column(&self.rules.key.column).expect("the classification has checked the key");
        (&column.data_type, column.collation.as_ref())
    }

    /// The types that the distribution column of a table has before and after the preparation, if they differ.
    pub(super) fn unified(&self, ix: TableIx) -> Option<[&'c DataType; 2]> {
        let column = self.column(ix).filter(|_| self.classification.is_unified(ix))?;
        let before = &self.table(ix).column(column)?.data_type;
        Some([before, self.key_type().0])
    }

    /// The server's `server_version_num`, when the catalog came from one.
    pub(super) fn server_version(&self) -> Option<u32> {
        self.graph.catalog().settings.get("server_version_num")?.parse().ok()
    }

    /// The table that is placed for this one: itself, or the topmost partitioned table that it is a part of.
    pub(super) fn placed_for(&self, ix: TableIx) -> TableIx {
        self.graph.topmost(ix)
    }

    pub(super) fn is_partitioned(&self, ix: TableIx) -> bool {
        matches!(self.table(ix).kind, TableKind::Partitioned(_))
    }

    pub(super) fn report(&mut self, rule: &str, table: &TableName, object: Option<&Name>, message: String) {
        self.report_with(rule, table, object, message, None);
    }

    pub(super) fn report_with(
        &mut self,
        rule: &str,
        table: &TableName,
        object: Option<&Name>,
        message: String,
        query: Option<Probe>,
    ) {
        self.push(rule, Some(table), object, message, query);
    }

    /// About the server, and no table.
    pub(super) fn report_server(&mut self, rule: &str, message: String) {
        self.push(rule, None, None, message, None);
    }

    /// Takes a finding down, unless its rule does not hold for the target.
    fn push(
        &mut self,
        rule: &str,
        table: Option<&TableName>,
        object: Option<&Name>,
        message: String,
        query: Option<Probe>,
    ) {
        let rule = citus::rule(rule).expect("every id that the planner uses stands in the table of rules");
        let Some(severity) = rule.severity_on(self.target) else { return };
        self.findings.push(Finding {
            rule: rule.id.into(),
            severity,
            table: table.cloned(),
            object: object.cloned(),
            message,
            advice: rule.advice.into(),
            query,
            choice: table.and_then(|table| Choice::of(rule, self.decided_for(rule, table), object)),
            accepted: None,
        });
    }

    /// The table that the override file decides about: a partition goes where its partitioned table goes.
    fn decided_for<'t>(&self, rule: &FindingRule, table: &'t TableName) -> &'t TableName
    where
        'c: 't,
    {
        let of_table = matches!(rule.choices, Some((ChoiceIn::Tables, _)));
        let topmost = self.graph.find(table).filter(|_| of_table).map(|ix| self.placed_for(ix));
        topmost.map_or(table, |ix| &self.table(ix).name)
    }

    pub(super) fn report_key(&mut self, rule: &str, key: &ForeignKey, message: String) {
        self.report(rule, &key.from, Some(&key.name), message);
    }

    pub(super) fn report_key_with(&mut self, rule: &str, key: &ForeignKey, message: String, query: Probe) {
        self.report_with(rule, &key.from, Some(&key.name), message, Some(query));
    }

    /// The views that read the table, directly or through other views, nearest first.
    pub(super) fn readers(&self, table: &TableName) -> Vec<&'c View> {
        let mut found: Vec<&'c View> = Vec::new();
        let mut seen: HashSet<&TableName> = HashSet::default();
        let direct = |name: &TableName| self.readers.get(name).into_iter().flatten().copied();
        found.extend(direct(table).filter(|view| seen.insert(&view.name)));
        let mut next = 0;
        while let Some(view) = found.get(next) {
            found.extend(direct(&view.name).filter(|view| seen.insert(&view.name)));
            next += 1;
        }
        found
    }

    /// Whether it is a composite type or the row type of a table.
    pub(super) fn is_composite(&self, data_type: &DataType) -> bool {
        let Some(named) = user_type(data_type.as_str()) else { return false };
        let is = |name: &TableName| name.qualified().to_string() == named;
        let catalog = self.graph.catalog();
        let composite = |kind: &TypeKind| matches!(kind, TypeKind::Composite(_));
        catalog.types.iter().any(|one| composite(&one.kind) && is(&one.name))
            || catalog.tables.iter().any(|table| is(&table.name))
    }

    pub(super) fn is_domain(&self, data_type: &DataType) -> bool {
        is_domain(self.graph.catalog(), data_type)
    }

    /// Whether the key is compared as another type than its own.
    pub(super) fn is_key_compared_as_another(&self) -> bool {
        is_compared_as_another(self.graph.catalog(), self.key_type().0)
    }

    /// Whether another table inherits from it.
    pub(super) fn is_inherited(&self, table: &TableName) -> bool {
        self.inherited.contains(table)
    }

    /// What uses the row type of the table, if anything does.
    pub(super) fn row_type_user(&self, table: &TableName) -> Option<&String> {
        if self.type_users.is_empty() {
            return None;
        }
        self.type_users.get(table.qualified().to_string().as_str())
    }
}

/// What the rules name, or what the catalog has, or the default.
fn target(classification: &Classification<'_>) -> Profile {
    let extensions = &classification.graph().catalog().extensions;
    let citus = extensions.iter().find(|extension| extension.name == "citus");
    let installed = citus.and_then(|citus| Profile::of_extension(citus.version.as_deref()?));
    classification.rules().target.or(installed).unwrap_or_default()
}

fn readers(catalog: &Catalog) -> HashMap<&TableName, Vec<&View>> {
    let mut readers: HashMap<&TableName, Vec<&View>> = HashMap::default();
    for view in &catalog.views {
        for table in &view.reads {
            readers.entry(table).or_default().push(view);
        }
    }
    readers
}

fn type_users(catalog: &Catalog) -> HashMap<&str, String> {
    let mut users = HashMap::default();
    for table in &catalog.tables {
        for column in &table.columns {
            if let Some(base) = user_type(column.data_type.as_str()) {
                users.entry(base).or_insert_with(|| format!("column `{}` of `{}`", column.name, table.name));
            }
        }
    }
    for function in &catalog.functions {
        let arguments = function.arguments.iter().map(DataType::as_str);
        for base in arguments.chain(function.returns.as_deref()).filter_map(user_type) {
            users.entry(base).or_insert_with(|| format!("function `{}`", function.name));
        }
    }
    users
}

fn is_domain(catalog: &Catalog, data_type: &DataType) -> bool {
    let Some(named) = user_type(data_type.as_str()) else { return false };
    let domain = |kind: &TypeKind| matches!(kind, TypeKind::Domain(_));
    catalog.types.iter().any(|one| domain(&one.kind) && one.name.qualified().to_string() == named)
}

/// Whether values of the type are compared as those of another one: in a query of PostgreSQL's own that does so, Citus does not
/// see that two tables are joined on their distribution columns (measured).
pub(super) fn is_compared_as_another(catalog: &Catalog, data_type: &DataType) -> bool {
    data_type.as_str().starts_with("character varying") || is_domain(catalog, data_type)
}

/// The name of a user-defined type without array brackets: only those are printed with a schema.
pub(super) fn user_type(text: &str) -> Option<&str> {
    let base = text.strip_prefix("SETOF ").unwrap_or(text);
    let base = base.strip_suffix("[]").unwrap_or(base);
    base.contains('.').then_some(base)
}

/// The schema of a user-defined type.
pub(super) fn type_schema(data_type: &DataType) -> Option<Name> {
    let named = user_type(data_type.as_str())?;
    let base = named.split('(').next().unwrap_or(named);
    base.parse::<TableName>().ok().map(|name| name.schema)
}
