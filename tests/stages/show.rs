//! What each stage says, as text for people: one line per thing, names as SQL writes them.

use std::fmt::{Display, Write};

use shardplan::{
    Classification, Finding, ForeignKey, ForeignKeyFate, ForeignKeyVerdict, KeyFate, KeyVerdict, Loss, LostAction,
    Method, Path, PlacedAs, Placement, Plan, Reason, SchemaGraph, Skipped, Step, Suspended, Table, Transaction, Undo,
    UniqueKind,
};

use crate::changes;

/// The items with commas between them.
pub(crate) fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    items.into_iter().map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

/// A heading with its lines, or with `nothing`.
fn section(text: &mut String, title: &str, lines: impl IntoIterator<Item = String>) {
    let _ = writeln!(text, "{title}:");
    let before = text.len();
    for line in lines {
        let _ = writeln!(text, "  {line}");
    }
    if text.len() == before {
        text.push_str("  nothing\n");
    }
}

pub(crate) fn skipped(skipped: &[Skipped]) -> String {
    let mut text = String::new();
    let lines = skipped.iter().map(|one| format!("line {}: {}: {}", one.line, one.statement, one.why));
    section(&mut text, "skipped", lines);
    text
}

pub(crate) fn graph(graph: &SchemaGraph) -> String {
    let mut text = String::new();
    let tables = |tables: &[&Table]| list(tables.iter().map(|table| &table.name));
    section(&mut text, "components", graph.components().iter().map(|component| tables(component)));
    let cycles = graph.cycles();
    let cycles = cycles.iter().map(|cycle| {
        let keys = cycle.foreign_keys.iter().map(|key| format!("{} of {}", key.name, key.from));
        format!("{}: over {}", tables(&cycle.tables), list(keys))
    });
    section(&mut text, "cycles", cycles);
    let order = graph.order();
    section(&mut text, "order", order.tables.iter().map(|table| with_references(graph, table)));
    let broken = order.broken.iter().map(|key| format!("{} of {} to {}", key.name, key.from, key.to));
    section(&mut text, "broken", broken);
    text
}

fn with_references(graph: &SchemaGraph, table: &Table) -> String {
    let references = list(graph.references(&table.name).map(|key| &key.to));
    if references.is_empty() { table.name.to_string() } else { format!("{} -> {references}", table.name) }
}

pub(crate) fn classification(classification: &Classification<'_>) -> String {
    let mut text = String::new();
    for one in classification.tables() {
        let _ = writeln!(text, "{}: {}; {}", one.table.name, placement(&one.placement), reason(&one.reason));
        for other in &one.other_paths {
            let _ = writeln!(text, "  also {}", path(other));
        }
    }
    text
}

fn placement(placement: &Placement) -> String {
    match placement {
        Placement::Distributed { column, backfill: None } => format!("ready by {column}"),
        Placement::Distributed { column, backfill: Some(way) } => format!("needs backfill of {column} {}", path(way)),
        Placement::Reference => "reference".to_owned(),
        Placement::Local => "local".to_owned(),
    }
}

/// The foreign keys with the tables that they lead to, and the column at the end.
pub(crate) fn path(path: &Path) -> String {
    let hops = path.hops.iter().map(|hop| {
        let nullable = if hop.nullable { " (nullable)" } else { "" };
        let not_valid = if hop.validated { "" } else { " (not valid)" };
        format!("over {}{nullable}{not_valid} to {}", hop.foreign_key, hop.to)
    });
    format!("{}.{}", hops.collect::<Vec<_>>().join(" "), path.column)
}

fn reason(reason: &Reason) -> String {
    match reason {
        Reason::Root => "the root".to_owned(),
        Reason::HoldsKey { foreign_key, references } => format!("{foreign_key} takes it from {references}"),
        Reason::SameColumn => "a column of the key's name".to_owned(),
        Reason::Reaches => "reaches the key".to_owned(),
        Reason::ReferencedBy { table, foreign_key } => format!("{foreign_key} of {table} references it"),
        Reason::Unconnected => "unconnected".to_owned(),
        Reason::PartitionOf(table) => format!("partition of {table}"),
        Reason::Forced { why } => format!("forced: {why}"),
    }
}

pub(crate) fn plan(plan: &Plan) -> String {
    let mut text = String::new();
    section(&mut text, "findings", plan.findings.iter().map(finding));
    section(&mut text, "keys", plan.keys.iter().map(key_verdict));
    section(&mut text, "foreign keys", plan.foreign_keys.iter().map(foreign_key_verdict));
    let order = plan.order.iter().map(|placing| match &placing.as_what {
        PlacedAs::Reference => format!("{}: reference", placing.table),
        PlacedAs::Distributed { column, method } => format!("{} by {column}: {}", placing.table, name_of(*method)),
    });
    section(&mut text, "order", order);
    if plan.is_blocked() {
        text.push_str("steps: none, the plan is blocked\n");
        return text;
    }
    for phase in &plan.phases {
        let gates: Vec<String> = phase.gates.iter().map(changes::gate).collect();
        let gates = (!gates.is_empty()).then(|| format!("gates: {}", gates.join("; ")));
        section(&mut text, &phase.kind.to_string(), gates.into_iter().chain(phase.steps.iter().map(step)));
    }
    text
}

fn name_of(method: Method) -> &'static str {
    match method {
        Method::Blocking => "blocking",
        Method::Concurrent => "concurrent",
    }
}

fn finding(finding: &Finding) -> String {
    let counted = if finding.query.is_some() { " (counted by a query)" } else { "" };
    format!("{} {}: {}{counted}", finding.severity, finding.rule, finding.message)
}

fn key_verdict(verdict: &KeyVerdict) -> String {
    let kind = match verdict.kind {
        UniqueKind::PrimaryKey => "primary key",
        UniqueKind::Constraint => "unique",
        UniqueKind::Index => "unique index",
        UniqueKind::Exclusion => "exclusion",
    };
    let fate = match &verdict.fate {
        KeyFate::Kept => "kept".to_owned(),
        KeyFate::Widened { after, loses } => {
            let loses = match loses {
                Loss::Generated => "values are generated",
                Loss::AsReferenced => "as unique as what it references",
                Loss::AcrossKeys => "unique per key",
            };
            format!("widened to ({}), {loses}", list(after))
        }
        KeyFate::Impossible => "impossible".to_owned(),
        KeyFate::GivenUp => "given up".to_owned(),
    };
    format!("{}: {kind} {} ({}): {fate}", verdict.table, verdict.name, list(&verdict.before))
}

/// `a_b_fkey (b, c) -> b (b, c) on delete cascade`
pub(crate) fn foreign_key(key: &ForeignKey) -> String {
    let from = list(key.columns.iter().map(|pair| &pair.from));
    let to = list(key.columns.iter().map(|pair| &pair.to));
    let mut text = format!("{} ({from}) -> {} ({to})", key.name, key.to);
    for (event, action) in [("delete", key.on_delete), ("update", key.on_update)] {
        if action != shardplan::Action::NoAction {
            let _ = write!(text, " on {event} {}", action.to_string().to_lowercase());
        }
    }
    if !key.set_columns.is_empty() {
        let _ = write!(text, " ({})", list(&key.set_columns));
    }
    text.push_str(match key.match_kind {
        shardplan::MatchKind::Simple => "",
        shardplan::MatchKind::Full => " match full",
        shardplan::MatchKind::Partial => " match partial",
    });
    text.push_str(changes::timing(key.timing));
    text.push_str(if key.validated { "" } else { " not valid" });
    text
}

fn foreign_key_verdict(verdict: &ForeignKeyVerdict) -> String {
    let fate = match &verdict.fate {
        ForeignKeyFate::Kept => "kept".to_owned(),
        ForeignKeyFate::Added => "added".to_owned(),
        ForeignKeyFate::GivenUp => "given up".to_owned(),
        ForeignKeyFate::Impossible { rule } => format!("impossible: {rule}"),
        ForeignKeyFate::Replaced { by, lost_actions, .. } => {
            let lost = lost_actions.iter().map(|lost| match lost {
                LostAction::OnDelete(action) => format!(", loses on delete {action}"),
                LostAction::OnUpdate(action) => format!(", loses on update {action}"),
            });
            format!("replaced by {}{}", foreign_key(by), lost.collect::<String>())
        }
    };
    let away = verdict.suspension.as_ref().map_or_else(String::new, |suspension| {
        let why = match suspension.why {
            Suspended::Concurrent => "concurrent",
            Suspended::Cycle => "cycle",
            Suspended::Attached => "attached",
            Suspended::LocalToReference => "local to reference",
        };
        format!("; away from before {} until after {}: {why}", suspension.before, suspension.after)
    });
    format!("{}: {}: {fate}{away}", verdict.foreign_key.from, foreign_key(&verdict.foreign_key))
}

/// What it does, with its locks and its demand on transactions in brackets, then how it is taken back.
fn step(step: &Step) -> String {
    let transaction = match step.transaction {
        Transaction::Allowed => None,
        Transaction::Required => Some("in one transaction".to_owned()),
        Transaction::Forbidden => Some("outside a transaction".to_owned()),
    };
    let locks = step.locks.iter().map(|lock| match lock.table == step.table {
        true => lock.mode.to_string(),
        false => format!("{} on {}", lock.mode, lock.table),
    });
    let costs = list(locks.chain(transaction));
    let costs = if costs.is_empty() { costs } else { format!(" [{costs}]") };
    let undo = match &step.undo {
        Undo::Nothing => String::new(),
        Undo::Impossible(why) => format!("\n    no undo: {why}"),
        Undo::Changes(groups) => {
            let groups = groups.iter().map(|group| changes::all(group, &step.table));
            format!("\n    undo: {}", groups.collect::<Vec<_>>().join(" | "))
        }
    };
    format!("{}: {}{costs}{undo}", step.table, changes::all(&step.changes, &step.table))
}

/// All files one after the other, each under its path.
pub(crate) fn scripts(plan: &Plan) -> String {
    let mut text = String::new();
    for script in shardplan_sql::render(plan) {
        let _ = writeln!(text, "===== {} =====\n{}", script.path, script.text);
    }
    text
}
