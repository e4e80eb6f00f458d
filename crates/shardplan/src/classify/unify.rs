//! Columns that hold the key in another type than the root's: which of them the plan converts, and what stands against it for
//! the others. Only integers are widened, and only where a new column can take over all that hangs on the old one.

use super::holders::Holders;
use super::key_type;
use super::scene::Scene;
use crate::catalog::{
    Action, Catalog, Column, Generated, Index, IndexPart, Persistence, Publication, Table, TableKind, mentions,
};
use crate::graph::TableIx;
use crate::name::Name;

/// The integer types, from narrow to wide.
const INTEGERS: [&str; 3] = ["smallint", "integer", "bigint"];

/// A column that holds the key in another type.
pub(super) struct Other<'g> {
    pub(super) table: TableIx,
    pub(super) column: &'g Column,
    /// Why it cannot get the type of the root's key; nothing if it does.
    pub(super) obstacle: Option<String>,
    /// The functions that name the column and its table.
    functions: Vec<String>,
}

impl Other<'_> {
    /// `; functions that name it: …`, if there are any.
    pub(super) fn named_by(&self) -> String {
        if self.functions.is_empty() {
            return String::new();
        }
        format!("; functions that name it: {}", self.functions.join(", "))
    }
}

/// Every table that holds the key in another type, partitions apart, in order.
pub(super) fn decide<'g>(scene: &Scene<'g>, holders: &Holders<'g>) -> Vec<Other<'g>> {
    let tables = scene.graph.indices().filter(|table| *table != scene.root && !scene.is_partition(*table));
    let others = tables.filter_map(|table| {
        let column = scene.table(table).column(holders.get(table)?.column)?;
        if key_type::is_same(column, scene.key) {
            return None;
        }
        let obstacle = obstacle(scene, table, column);
        let functions = functions(scene.graph.catalog(), scene.table(table), &column.name);
        Some(Other { table, column, obstacle, functions })
    });
    others.collect()
}

fn obstacle(scene: &Scene<'_>, ix: TableIx, column: &Column) -> Option<String> {
    let table = scene.table(ix);
    not_wider(column, scene.key)
        .or_else(|| forbidden(scene, table))
        .or_else(|| kind(scene, table))
        .or_else(|| own(column))
        .or_else(|| foreign_keys(scene, ix, column))
        .or_else(|| on_the_table(table, &column.name))
        .or_else(|| indexes(table, &column.name))
        .or_else(|| elsewhere(scene.graph.catalog(), table, &column.name))
}

fn not_wider(column: &Column, key: &Column) -> Option<String> {
    let width = |column: &Column| INTEGERS.iter().position(|name| *name == column.data_type.as_str());
    let wider = width(column).zip(width(key)).is_some_and(|(own, wanted)| own < wanted);
    (!wider).then(|| "only a narrower integer type is widened to the root's".to_owned())
}

fn forbidden(scene: &Scene<'_>, table: &Table) -> Option<String> {
    let rule = scene.rules.tables.get(&table.name).filter(|rule| rule.keep_type)?;
    Some(format!("the rules forbid it ({})", rule.reason.as_deref().unwrap_or_default()))
}

fn kind(scene: &Scene<'_>, table: &Table) -> Option<String> {
    let inherited = || scene.graph.tables().iter().any(|other| other.inherits.contains(&table.name));
    let what = match table.kind {
        TableKind::Partitioned(_) => "the table is partitioned",
        TableKind::Foreign => "it is a foreign table",
        TableKind::Ordinary if table.persistence == Persistence::Temporary => "it is a temporary table",
        TableKind::Ordinary if table.of_type.is_some() => "the table has the type of its columns (OF)",
        TableKind::Ordinary if !table.inherits.is_empty() || inherited() => "the table takes part in inheritance",
        TableKind::Ordinary => return None,
    };
    Some(what.to_owned())
}

fn own(column: &Column) -> Option<String> {
    let constant = |default: &String| {
        let (value, _) = default.split_once("::").unwrap_or((default, ""));
        value.trim_matches(['(', ')', '\'', '-']).parse::<u64>().is_ok()
    };
    if column.identity.is_some() || column.sequence.is_some() {
        Some("its values come from a sequence".to_owned())
    } else if column.generated.is_some() {
        Some("it is generated".to_owned())
    } else {
        let default = column.default.as_ref().filter(|default| !constant(default))?;
        Some(format!("its default `{default}` is no constant"))
    }
}

fn foreign_keys(scene: &Scene<'_>, ix: TableIx, column: &Column) -> Option<String> {
    let incoming = scene.graph.incoming(ix).map(|key| scene.graph.key_at(key));
    let mut to_it = incoming.filter(|key| key.columns.iter().any(|pair| pair.to == column.name));
    if let Some(key) = to_it.next() {
        return Some(format!("foreign key `{}` of `{}` references it", key.name, key.from));
    }
    let own = scene.graph.references(&scene.table(ix).name);
    let mut from_it = own.filter(|key| key.columns.iter().any(|pair| pair.from == column.name));
    // While there are two columns, the default of one would be overwritten by the other.
    let key = from_it.find(|key| [key.on_delete, key.on_update].contains(&Action::SetDefault))?;
    Some(format!("foreign key `{}` sets it to its default", key.name))
}

/// What belongs to the table, and would stay with the old column or go with it.
fn on_the_table(table: &Table, column: &Name) -> Option<String> {
    let named = |text: &Option<String>| text.as_ref().is_some_and(|text| mentions(text, column));
    let checks = table.checks.iter().filter(|check| mentions(&check.expression, column));
    let policies = table.policies.iter().filter(|policy| named(&policy.using) || named(&policy.with_check));
    let triggers = table.triggers.iter().filter(|trigger| mentions(&trigger.definition, column));
    let generated = table.columns.iter().filter(|other| match &other.generated {
        Some(Generated::Stored(text) | Generated::Virtual(text)) => mentions(text, column),
        None => false,
    });
    let (what, name) = (checks.map(|check| ("check", &check.name)))
        .chain(policies.map(|policy| ("policy", &policy.name)))
        .chain(triggers.map(|trigger| ("trigger", &trigger.name)))
        .chain(table.rules.iter().map(|rule| ("rule", &rule.name)))
        .chain(generated.map(|other| ("generated column", &other.name)))
        .next()?;
    Some(format!("{what} `{name}` depends on it"))
}

fn indexes(table: &Table, column: &Name) -> Option<String> {
    let computed = |index: &&Index| {
        let by_name = |part: &IndexPart| matches!(part, IndexPart::Column(name) if name == column);
        let part = index.elements.iter().any(|element| match &element.part {
            IndexPart::Expression(text) => mentions(text, column),
            part => by_name(part) && (!element.options.is_empty() || !index.valid),
        });
        part || index.predicate.as_ref().is_some_and(|predicate| mentions(predicate, column))
    };
    if let Some(index) = table.indexes.iter().find(computed) {
        return Some(format!("index `{}` is invalid, or computes with it", index.name));
    }
    let excludes = table.exclusions.iter().find(|exclusion| {
        let part = exclusion.elements.iter().any(|part| match &part.element.part {
            IndexPart::Column(name) => name == column,
            IndexPart::Expression(text) => mentions(text, column),
        });
        part || exclusion.predicate.as_ref().is_some_and(|predicate| mentions(predicate, column))
    })?;
    Some(format!("exclusion constraint `{}` depends on it", excludes.name))
}

fn elsewhere(catalog: &Catalog, table: &Table, column: &Name) -> Option<String> {
    if let Some(view) = catalog.views.iter().find(|view| view.reads.contains(&table.name)) {
        return Some(format!("view `{}` reads the table", view.name));
    }
    let name = &table.name;
    let publishes =
        |one: &&Publication| one.all_tables || one.tables.contains(name) || one.schemas.contains(&name.schema);
    if let Some(publication) = catalog.publications.iter().find(publishes) {
        return Some(format!("publication `{}` would miss the new column at its subscribers", publication.name));
    }
    let row_type = name.qualified().to_string();
    let is_row_type = |text: &str| text.strip_suffix("[]").unwrap_or(text) == row_type;
    let columns = catalog.tables.iter().flat_map(|other| other.columns.iter().map(move |column| (other, column)));
    if let Some((other, user)) = columns.into_iter().find(|(_, column)| is_row_type(column.data_type.as_str())) {
        return Some(format!("column `{}` of `{}` has the type of its rows", user.name, other.name));
    }
    let bound = catalog.functions.iter().find(|function| {
        // A body in standard SQL is bound to the column itself, the others to its name.
        let standard = function.body.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("begin"))
            && function.language == "sql"
            && mentions(&function.body, column);
        let returned = function.returns.as_deref().map(|text| text.strip_prefix("SETOF ").unwrap_or(text));
        standard || returned.is_some_and(is_row_type) || function.arguments.iter().any(|one| is_row_type(one.as_str()))
    })?;
    Some(format!("function `{}` depends on it, or has the type of its rows", bound.name))
}

/// The functions whose text names the table and the column.
fn functions(catalog: &Catalog, table: &Table, column: &Name) -> Vec<String> {
    let names =
        catalog.functions.iter().filter(|one| mentions(&one.body, column) && mentions(&one.body, &table.name.name));
    names.map(|function| format!("`{}`", function.name)).collect()
}
