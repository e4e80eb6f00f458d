//! Views over tables that are placed: what is written through them today, and what materialized ones read, comes in as
//! definitions, findings go out.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::draft::Draft;
use super::order::places;
use super::policies::words;
use super::remake::taken_in;
use super::verdict::{ForeignKeyVerdict, PlacedAs, Placing};
use crate::catalog::View;
use crate::classify::Placement;
use crate::graph::TableIx;
use crate::name::TableName;

/// What makes a view one that PostgreSQL does not write through by itself.
const NOT_WRITTEN: [&str; 20] = [
    "avg",
    "bool_and",
    "bool_or",
    "count",
    "cross",
    "distinct",
    "except",
    "fetch",
    "group",
    "having",
    "intersect",
    "join",
    "json_agg",
    "jsonb_agg",
    "limit",
    "max",
    "min",
    "offset",
    "sum",
    "union",
];

/// Reports, for each placed table, the views through which it can be written now; and the materialized views that may be refused.
pub(super) fn check(draft: &mut Draft<'_>) {
    let views: HashMap<&TableName, &View> = draft.graph.catalog().views.iter().map(|view| (&view.name, view)).collect();
    written(draft, &views);
    filled(draft, &views);
}

fn written(draft: &mut Draft<'_>, views: &HashMap<&TableName, &View>) {
    let mut written: BTreeMap<&TableName, Vec<&TableName>> = BTreeMap::new();
    for view in &draft.graph.catalog().views {
        if let Some(table) = written_table(views, view) {
            written.entry(table).or_default().push(&view.name);
        }
    }
    for (table, views) in written {
        let is_placed = draft.graph.find(table).is_some_and(|ix| *draft.placement(ix) != Placement::Local);
        if is_placed {
            let listed = views.iter().map(|view| format!("`{view}`")).collect::<Vec<_>>().join(", ");
            let message = format!("`{table}` can be written through {listed}");
            draft.report("view-written", table, None, message);
        }
    }
}

/// A view is planned by Citus when somebody reads it; a materialized one also when Citus makes it anew.
fn filled(draft: &mut Draft<'_>, views: &HashMap<&TableName, &View>) {
    for view in draft.graph.catalog().views.iter().filter(|view| view.materialized) {
        let is_distributed = |table: &&TableName| {
            let placement = draft.graph.find(table).map(|ix| draft.placement(ix));
            placement.is_some_and(|placement| matches!(placement, Placement::Distributed { .. }))
        };
        let read = tables_read(views, view);
        let distributed: Vec<String> =
            read.into_iter().filter(is_distributed).map(|table| format!("`{table}`")).collect();
        if distributed.len() > 1 {
            let message =
                format!("materialized view `{}` reads the distributed tables {}", view.name, distributed.join(", "));
            draft.report("view-across-tables", &view.name, None, message);
        }
    }
}

/// Reports the materialized views that Citus makes anew, with a table that it takes into its metadata, when they read several
/// distributed tables. Whether it refuses their query then shows in the query; that it may is enough to stop here, for nothing
/// would put their rows back.
pub(super) fn made_anew(draft: &mut Draft<'_>, verdicts: &[ForeignKeyVerdict], order: &[Placing]) {
    let views: HashMap<&TableName, &View> = draft.graph.catalog().views.iter().map(|view| (&view.name, view)).collect();
    let materialized: Vec<&View> = draft.graph.catalog().views.iter().filter(|view| view.materialized).collect();
    if materialized.is_empty() {
        return;
    }
    let taken_in = taken_in(draft, verdicts, order);
    let places = places(draft, order);
    for view in materialized {
        let read: BTreeSet<TableIx> =
            tables_read(&views, view).into_iter().filter_map(|name| draft.graph.find(name)).collect();
        if let Some(why) = refused_anew(draft, &read, &taken_in, (order, &places)) {
            let message = format!("Citus makes the materialized view `{}` anew {why}", view.name);
            draft.report("view-made-anew", &view.name, None, message);
        }
    }
}

/// With which table, and over which distributed ones, a view that reads these tables is made anew.
fn refused_anew(
    draft: &Draft<'_>,
    read: &BTreeSet<TableIx>,
    taken_in: &[(BTreeSet<TableIx>, usize)],
    (order, places): (&[Placing], &[Option<usize>]),
) -> Option<String> {
    taken_in.iter().find_map(|(tables, before)| {
        let with = tables.intersection(read).next()?;
        let is_distributed = |ix: &&TableIx| {
            let place = places[draft.placed_for(**ix).at()].filter(|place| place < before);
            place.is_some_and(|place| order[place].as_what != PlacedAs::Reference)
        };
        let name = |ix: &TableIx| format!("`{}`", draft.table(*ix).name);
        let distributed: Vec<String> = read.iter().filter(is_distributed).map(name).collect();
        let listed = (distributed.len() > 1).then(|| distributed.join(", "))?;
        Some(format!(
            "when it takes {} into its metadata, and by then the view reads the distributed tables {listed}",
            name(with)
        ))
    })
}

/// The tables that a view reads, itself or over other views.
fn tables_read<'c>(views: &HashMap<&TableName, &'c View>, view: &'c View) -> BTreeSet<&'c TableName> {
    let mut seen: BTreeSet<&TableName> = view.reads.iter().collect();
    let mut waiting: Vec<&TableName> = seen.iter().copied().collect();
    while let Some(name) = waiting.pop() {
        let reads = views.get(name).into_iter().flat_map(|view| &view.reads);
        waiting.extend(reads.filter(|name| seen.insert(name)));
    }
    seen.into_iter().filter(|name| !views.contains_key(name)).collect()
}

/// The table to which a write on the view comes in the end.
fn written_table<'c>(views: &HashMap<&TableName, &'c View>, view: &'c View) -> Option<&'c TableName> {
    let mut through = view;
    // A chain of views is no longer than there are views: they cannot be in a circle.
    for _ in 0..=views.len() {
        let [read] = through.reads.as_slice() else { return None };
        if through.materialized || words(&through.definition).any(is_against) {
            return None;
        }
        match views.get(read) {
            Some(next) => through = next,
            None => return Some(read),
        }
    }
    None
}

fn is_against(word: &str) -> bool {
    NOT_WRITTEN.iter().any(|other| word.eq_ignore_ascii_case(other))
}

#[cfg(test)]
mod tests {
    use crate::{Catalog, Classification, Plan, Rules, SchemaGraph};

    #[test]
    fn views_are_followed_to_the_table_that_they_write() {
        let sql = "CREATE TABLE stores (store_id bigint PRIMARY KEY, name text);
            CREATE VIEW named AS SELECT store_id, name FROM stores WHERE name <> 'group';
            CREATE VIEW short AS SELECT store_id FROM named;
            CREATE VIEW counted AS SELECT name, count(*) AS many FROM stores GROUP BY name;
            CREATE VIEW pairs AS SELECT a.name FROM stores a JOIN stores b ON a.store_id = b.store_id;";
        let graph = SchemaGraph::new(Catalog::from_ddl(sql).catalog).expect("valid");
        let rules = Rules::new("stores.store_id".parse().expect("valid"));
        let plan = Plan::new(&Classification::new(&graph, &rules).expect("valid"));
        let found: Vec<&str> = plan
            .findings
            .iter()
            .filter(|finding| finding.rule == "view-written")
            .map(|finding| finding.message.as_str())
            .collect();
        assert_eq!(found, ["`stores` can be written through `named`, `short`"]);
    }
}
