//! `shardplan skew`: a schema with statistics, or a live database, and a key come in; how evenly the rows will lie goes out.

use std::fmt::Write;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Args, ValueEnum};
use shardplan::{Classification, SchemaGraph};
use shardplan_report::words::counted;
use shardplan_report::{Part, Section};
use shardplan_workload::{Evidence, Load, ScanOptions, ShardLoad, Shards, Skew, Spread, TableLoad, Tenant, scan};

use crate::arguments::Source;
use crate::failure::Failure;
use crate::output::Output;
use crate::rules::{refused, rules};
use crate::sheet::{Sheet, bytes, percent, rows};
use crate::source;

pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  no tenant is known to have more than an average shard
  1  a tenant has, or nothing is known of the rows
  3  wrong arguments or input
  4  a file or a server cannot be read";

/// How many shards a terminal shows, the fullest first.
const SHARDS_SHOWN: usize = 16;
/// How many shards and nodes there are, if nobody says how many.
const SHARDS: u32 = 32;
const NODES: u32 = 2;
/// How many characters of a tenant's name a table shows.
const NAME: usize = 40;
/// How wide a bar may be.
const BAR: f64 = 30.0;

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("rows").required(true).args(["url", "catalog"]))]
pub(crate) struct SkewArguments {
    /// The distribution key, with SQL's quoting: `stores.store_id`.
    #[arg(long, value_name = "TABLE.COLUMN")]
    key: String,
    #[arg(long, value_name = "URL", help = crate::arguments::URL)]
    url: Option<String>,
    /// What `shardplan snapshot --common-values` has written.
    #[arg(long, value_name = "FILE")]
    catalog: Option<PathBuf>,
    /// Overrides, as TOML.
    #[arg(long, value_name = "FILE")]
    rules: Option<PathBuf>,
    /// How many shards.
    #[arg(long, value_name = "NUMBER", default_value_t = SHARDS, value_parser = clap::value_parser!(u32).range(1..=i64::from(Shards::MOST)))]
    shards: u32,
    /// How many nodes have shards.
    #[arg(long, value_name = "NUMBER", default_value_t = NODES, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    nodes: u32,
    /// Counts every row, instead of believing the statistics: reads all distributed tables, and changes nothing.
    #[arg(long, conflicts_with = "catalog")]
    scan: bool,
    /// How long the count of one table may take; without it, any time.
    #[arg(long, value_name = "SECONDS", requires = "scan")]
    timeout: Option<u32>,
    /// The form of the answer.
    #[arg(long, value_name = "FORMAT", value_enum, default_value_t)]
    format: SkewFormat,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
enum SkewFormat {
    /// For a terminal.
    #[default]
    Text,
    /// All of it, for other programs.
    Json,
    /// For a wiki or a pull request.
    Markdown,
    /// A picture of the shards.
    Svg,
}

/// Answers, with the exit code.
pub(crate) fn run(arguments: &SkewArguments, output: Output) -> Result<u8, Failure> {
    let rules = rules(&arguments.key, arguments.rules.as_deref(), None)?;
    let from = Source { url: arguments.url.clone(), ddl: Vec::new(), catalog: arguments.catalog.clone() };
    let graph = SchemaGraph::new(source::catalog(&from, output)?)?;
    let classification = Classification::new(&graph, &rules);
    let classification = classification.map_err(|error| refused(error, arguments.rules.as_deref()))?;
    let spreads = spreads(arguments, &classification)?;
    let shards = Shards::new(arguments.shards).ok_or_else(|| Failure::wrong("no such number of shards"))?;
    let skew = Skew::new(&classification, &spreads, shards, arguments.nodes);
    Output::product(&match arguments.format {
        SkewFormat::Text => sheet(&skew, Sheet::text()),
        SkewFormat::Markdown => sheet(&skew, Sheet::markdown()),
        SkewFormat::Json => skew.to_json(),
        SkewFormat::Svg => skew.to_svg(),
    })?;
    Ok(u8::from(!skew.isolate.is_empty() || skew.hottest_shard.is_none()))
}

/// What the report says of it, from the statistics in the catalog; nothing where there are none.
pub(crate) fn section(classification: &Classification<'_>) -> Option<Section> {
    let skew = Skew::new(classification, &Spread::estimated(classification), Shards::new(SHARDS)?, NODES);
    let hottest = skew.hottest_shard?;
    let tenants = number_of_tenants(&skew);
    let mut parts = vec![Part::Text(format!(
        "{tenants}; the fullest of {SHARDS} shards has {hottest:.2} times the average. Advised: {}; {}. `shardplan skew --scan` counts instead of estimating.",
        counted(skew.advice.shard_count, "shard"),
        skew.advice.reason
    ))];
    parts.push(Part::Picture { svg: skew.to_svg(), says: format!("How full each of {SHARDS} shards will be") });
    let tenant = |one: &Tenant| vec![shown(&one.value), rows(one.load.rows), bytes(one.load.bytes), percent(one.share)];
    if !skew.largest.is_empty() {
        let head = ["tenant", "rows", "bytes", "of all"].map(str::to_owned).to_vec();
        parts.push(Part::Table { head, rows: skew.largest.iter().map(tenant).collect() });
    }
    let isolated: Vec<&str> = skew.isolate.iter().map(|one| one.sql.as_str()).collect();
    if !isolated.is_empty() {
        let what = "Worth a shard of their own, once the tables are distributed".to_owned();
        parts.push(Part::Entry { what, about: Vec::new(), sql: Some(isolated.join("\n")) });
    }
    parts.extend(skew.notes.into_iter().map(Part::Text));
    Some(Section { id: "evenness", title: "How even the shards will be".to_owned(), parts })
}

fn spreads(arguments: &SkewArguments, classification: &Classification<'_>) -> Result<Vec<Spread>, Failure> {
    match &arguments.url {
        Some(url) if arguments.scan => {
            let timeout = Duration::from_secs(arguments.timeout.unwrap_or(0).into());
            let options = ScanOptions { timeout, ..ScanOptions::default() };
            Ok(scan(&mut shardplan::connect(url)?, classification, &options)?)
        }
        _ => Ok(Spread::estimated(classification)),
    }
}

fn number_of_tenants(skew: &Skew) -> String {
    let number = skew.tenants.map(|count| counted(rows(count as f64), "tenant"));
    number.unwrap_or_else(|| "an unknown number of tenants".to_owned())
}

fn sheet(skew: &Skew, mut sheet: Sheet) -> String {
    let tenants = number_of_tenants(skew);
    sheet.title(format_args!("Skew of {} ({}): {tenants}", skew.key, skew.data_type));
    if let (Some(shard), Some(node)) = (skew.hottest_shard, skew.hottest_node) {
        sheet.line(format_args!(
            "The fullest of {} has {shard:.2} times the average, the fullest of {} {node:.2} times.",
            counted(skew.shards.len(), "shard"),
            counted(skew.nodes.len(), "node")
        ));
    }
    sheet.line(format_args!("Advised: {}; {}.", counted(skew.advice.shard_count, "shard"), skew.advice.reason));
    tables(&mut sheet, skew);
    tenants_of(&mut sheet, skew);
    nodes(&mut sheet, skew);
    shards(&mut sheet, skew);
    isolate(&mut sheet, skew);
    if !skew.notes.is_empty() {
        sheet.part("What this rests on");
        skew.notes.iter().for_each(|note| sheet.item(note));
    }
    sheet.finished()
}

fn tables(sheet: &mut Sheet, skew: &Skew) {
    sheet.part("Tables");
    let row = |table: &TableLoad| {
        [table.table.to_string(), rows(table.load.rows), bytes(table.load.bytes), evidence(&table.evidence)]
    };
    sheet.table(&["table", "rows", "bytes", "spread known from"], &skew.tables.iter().map(row).collect::<Vec<_>>());
}

fn evidence(evidence: &Evidence) -> String {
    match evidence {
        Evidence::Counted => "counted".to_owned(),
        Evidence::Statistics => "statistics".to_owned(),
        Evidence::As(table) => format!("that of {table}"),
        Evidence::OnePerTenant => "one row for each tenant".to_owned(),
        _ => "nothing".to_owned(),
    }
}

fn tenants_of(sheet: &mut Sheet, skew: &Skew) {
    if skew.largest.is_empty() {
        return;
    }
    sheet.part("Largest tenants");
    let row = |tenant: &Tenant| {
        let shard = tenant.shard.map(|shard| shard.to_string()).unwrap_or_default();
        let known = if tenant.load.rows > 0.0 { tenant.load.known_rows / tenant.load.rows } else { 0.0 };
        let [rows, bytes] = amounts(&tenant.load);
        [shown(&tenant.value), rows, bytes, percent(tenant.share), percent(known), shard]
    };
    let all: Vec<[String; 6]> = skew.largest.iter().map(row).collect();
    sheet.table(&["tenant", "rows", "bytes", "of all", "of it known", "shard"], &all);
}

/// The name of a tenant on one line of a table; the whole of it is in the JSON form.
fn shown(value: &str) -> String {
    let mut text: String = value.chars().take(NAME).flat_map(escaped).collect();
    if value.chars().nth(NAME).is_some() {
        let _ = write!(text, "… ({} characters)", value.chars().count());
    }
    text
}

/// What would move the cursor, or hide, is said in letters.
fn escaped(letter: char) -> impl Iterator<Item = char> {
    let hides = letter.is_control()
        || matches!(letter, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    let (own, said) = if hides { (None, Some(letter.escape_default())) } else { (Some(letter), None) };
    own.into_iter().chain(said.into_iter().flatten())
}

fn amounts(load: &Load) -> [String; 2] {
    [rows(load.rows), bytes(load.bytes)]
}

fn nodes(sheet: &mut Sheet, skew: &Skew) {
    if skew.nodes.is_empty() {
        return;
    }
    sheet.part("Nodes");
    let most = skew.nodes.iter().map(|node| node.load.weight()).fold(0.0, f64::max);
    let all: Vec<[String; 5]> = skew
        .nodes
        .iter()
        .map(|node| {
            let [rows, bytes] = amounts(&node.load);
            [node.node.to_string(), node.shards.to_string(), rows, bytes, bar(node.load.weight(), most)]
        })
        .collect();
    sheet.table(&["node", "shards", "rows", "bytes", ""], &all);
}

fn shards(sheet: &mut Sheet, skew: &Skew) {
    let mut fullest: Vec<&ShardLoad> = skew.shards.iter().collect();
    fullest.sort_by(|one, other| other.load.weight().total_cmp(&one.load.weight()).then(one.shard.cmp(&other.shard)));
    let Some(most) = fullest.first().map(|shard| shard.load.weight()) else { return };
    let shown = fullest.len().min(SHARDS_SHOWN);
    let which =
        if shown < fullest.len() { format!("the fullest {shown} of {}", fullest.len()) } else { "all".to_owned() };
    sheet.part(format_args!("Shards: {which}"));
    let row = |shard: &&ShardLoad| {
        let [rows, bytes] = amounts(&shard.load);
        [shard.shard.to_string(), shard.node.to_string(), rows, bytes, bar(shard.load.weight(), most)]
    };
    let all: Vec<[String; 5]> = fullest[..shown].iter().map(row).collect();
    sheet.table(&["shard", "node", "rows", "bytes", ""], &all);
}

fn bar(weight: f64, most: f64) -> String {
    let share = if most > 0.0 { weight / most } else { 0.0 };
    "█".repeat((share * BAR).round() as usize)
}

fn isolate(sheet: &mut Sheet, skew: &Skew) {
    if skew.isolate.is_empty() {
        return;
    }
    sheet.part("Worth a shard of their own, once the tables are distributed");
    for one in &skew.isolate {
        sheet.statement(&one.sql);
    }
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_name_stays_on_its_line() {
        assert_eq!(shown("store\n7\t\u{1b}[31m"), "store\\n7\\t\\u{1b}[31m");
        assert_eq!(shown("Käse \u{202e}x"), "Käse \\u{202e}x");
        assert_eq!(shown(&"ä".repeat(40)), "ä".repeat(40));
        assert_eq!(shown(&"ä".repeat(4_000)), format!("{}… (4000 characters)", "ä".repeat(40)));
    }
}
