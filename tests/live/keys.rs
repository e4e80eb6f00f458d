//! Whether every row has its key, and the same one along every path.

use shardplan::{Path, Placement, Plan, PlannedTable, Probe};
use shardplan_sql::probe_query;

/// The rows without a key, and those for which a path of the plan gives another key than the column has.
pub(crate) fn problems(url: &str, plan: &Plan) -> Vec<String> {
    let mut client = shardplan::connect(url).unwrap();
    let mut found = Vec::new();
    for (what, query) in plan.tables.iter().flat_map(questions) {
        let count: i64 = client.query_one(&query, &[]).unwrap_or_else(|error| panic!("{query}: {error:?}")).get(0);
        if count != 0 {
            found.push(format!("{count} rows: {what}"));
        }
    }
    found
}

fn questions(planned: &PlannedTable) -> Vec<(String, String)> {
    let table = &planned.name;
    let Placement::Distributed { column, backfill } = &planned.placement else { return Vec::new() };
    let null = Probe::IsNull { table: table.clone(), column: column.clone() };
    let disagree = |other: &Path| Probe::PathsDisagree {
        table: table.clone(),
        chosen: None,
        column: Some(column.clone()),
        other: other.clone(),
    };
    let mut questions = vec![(format!("{table}.{column} is null"), probe_query(&null))];
    for path in backfill.iter().chain(&planned.other_paths) {
        questions.push((format!("{table}.{column} is not what {} says", path.end()), probe_query(&disagree(path))));
    }
    questions
}
