//! A graph comes in, the same as text for Mermaid goes out: `graph.mmd`, which wikis and forges draw.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::graph::{Edge, Fate, Graph, note};
use crate::words::{Class, counted, shown};

/// The classes as `classDef`, with the colours of the picture.
const STYLES: &str = "  classDef ready fill:#b7e4c7,stroke:#2d6a4f,color:#14202b
  classDef backfill fill:#fed7aa,stroke:#c2570c,color:#14202b
  classDef reference fill:#bfdbfe,stroke:#1e4fa3,color:#14202b
  classDef local fill:#e2e5ea,stroke:#5b6675,color:#14202b
";

/// What Mermaid draws at most, unless its configuration says otherwise: characters (`maxTextSize`) and arrows (`maxEdges`).
const MOST_CHARACTERS: usize = 50_000;
const MOST_EDGES: usize = 500;

/// What is left out of a picture that would be too large, step by step until it is not.
const LESS: [(&str, Wanted); 3] = [
    ("", |_, _| true),
    ("the tables that no foreign key connects, and the names of columns", |graph, at| graph.is_connected(at)),
    ("all but the tables that get the key and those on their paths, and the names of columns", |graph, at| {
        graph.is_on_path(at)
    }),
];

/// Whether a table is drawn.
type Wanted = fn(&Graph<'_>, usize) -> bool;

/// The picture as a flowchart from right to left. One that Mermaid would not draw has less in it, and says so.
pub(crate) fn of(graph: &Graph<'_>) -> String {
    let fits = |text: &String| text.chars().count() <= MOST_CHARACTERS && edges(text) <= MOST_EDGES;
    let pictures = LESS.iter().map(|(without, wanted)| picture(graph, without, *wanted));
    pictures.into_iter().find(fits).unwrap_or_else(|| counts(graph))
}

fn edges(text: &str) -> usize {
    text.lines().filter(|line| line.contains("|\"") || line.contains("> t") || line.contains("x t")).count()
}

fn picture(graph: &Graph<'_>, without: &str, wanted: Wanted) -> String {
    let mut text = String::from(
        "%% An arrow goes from the referencing to the referenced table; a thick one is the path of a backfill.\n",
    );
    if !without.is_empty() {
        let _ =
            writeln!(text, "%% Mermaid draws no more: without {without}. graph.svg and report.html have everything.");
    }
    text.push_str("flowchart RL\n");
    for (at, table) in graph.tables.iter().enumerate().filter(|(at, _)| wanted(graph, *at)) {
        let class = Class::of(&table.placement).id();
        let _ = writeln!(text, "  t{at}[\"{}<br/>{}\"]:::{class}", quoted(&shown(&table.name)), quoted(&note(table)));
    }
    for edge in graph.edges.iter().filter(|edge| wanted(graph, edge.from) && wanted(graph, edge.to)) {
        let label = if without.is_empty() { format!("|\"{}\"|", quoted(&label(edge))) } else { String::new() };
        let _ = writeln!(text, "  t{} {}{label} t{}", edge.from, arrow(edge), edge.to);
    }
    text.push_str(STYLES);
    text
}

/// A schema so large that none of it fits: a box for each class, with the number of its tables, and an arrow for each kind of reference.
fn counts(graph: &Graph<'_>) -> String {
    let mut text = format!(
        "%% {} tables and {} foreign keys: Mermaid draws no more than their numbers. graph.svg and report.html have everything.\nflowchart RL\n",
        graph.tables.len(),
        graph.edges.len()
    );
    let of = |at: usize| Class::of(&graph.tables[at].placement);
    for class in Class::ALL {
        let number = (0..graph.tables.len()).filter(|at| of(*at) == class).count();
        let _ = writeln!(text, "  {0}[\"{class}<br/>{1}\"]:::{0}", class.id(), counted(number, "table"));
    }
    let mut links: BTreeMap<(Class, Class), usize> = BTreeMap::new();
    graph.edges.iter().for_each(|edge| *links.entry((of(edge.from), of(edge.to))).or_default() += 1);
    for ((from, to), number) in links {
        let _ = writeln!(text, "  {} -->|\"{}\"| {}", from.id(), counted(number, "foreign key"), to.id());
    }
    text.push_str(STYLES);
    text
}

fn arrow(edge: &Edge<'_>) -> &'static str {
    match (edge.is_path, edge.fate) {
        (true, _) => "==>",
        (false, Fate::Kept | Fate::Changed) => "-->",
        (false, Fate::Added) => "-.->",
        (false, Fate::Gone) => "-.-x",
    }
}

fn label(edge: &Edge<'_>) -> String {
    let fate = match edge.fate {
        Fate::Kept | Fate::Changed => "",
        Fate::Added => ", added",
        Fate::Gone => ", goes",
    };
    format!("{}{fate}", edge.label())
}

/// Between double quotes; what Mermaid or Markdown would read otherwise goes as a character code.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_alphanumeric() || " _.,+-()".contains(c) {
            quoted.push(c);
        } else {
            let _ = write!(quoted, "#{};", u32::from(c));
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use std::fmt::Write;

    use shardplan::{Catalog, Classification, Plan, Rules, SchemaGraph};

    use super::{MOST_CHARACTERS, MOST_EDGES, edges, of, quoted};
    use crate::graph::Graph;

    fn drawn(ddl: &str) -> String {
        let graph = SchemaGraph::new(Catalog::from_ddl(ddl).catalog).unwrap();
        let rules = Rules::new("stores.id".parse().unwrap());
        let plan = Plan::new(&Classification::new(&graph, &rules).unwrap());
        let text = of(&Graph::new(&plan));
        assert!(text.chars().count() <= MOST_CHARACTERS && edges(&text) <= MOST_EDGES, "{}", text.len());
        text
    }

    /// Stores, tables that hold the key, tables that get it from them, and tables that nothing connects.
    fn schema(holding: usize, filled: usize, lone: usize) -> String {
        let mut ddl = "CREATE TABLE stores (id bigint PRIMARY KEY);".to_owned();
        for at in 0..holding {
            let _ = write!(ddl, "CREATE TABLE h{at} (id bigint PRIMARY KEY, store bigint REFERENCES stores);");
        }
        for at in 0..filled {
            let _ = write!(ddl, "CREATE TABLE f{at} (id bigint PRIMARY KEY, up bigint REFERENCES h{at});");
        }
        for at in 0..lone {
            let _ = write!(ddl, "CREATE TABLE l{at} (id bigint PRIMARY KEY);");
        }
        ddl
    }

    #[test]
    fn a_picture_that_mermaid_would_not_draw_has_less_in_it_and_says_so() {
        let whole = drawn(&schema(3, 3, 3));
        assert!(!whole.contains("Mermaid draws no more") && edges(&whole) == 9, "{whole}");
        let connected = drawn(&schema(50, 50, 2_000));
        assert!(connected.contains("without the tables that no foreign key connects"), "{connected}");
        assert!(edges(&connected) == 150 && !connected.contains("l0"));
        let paths = drawn(&schema(600, 50, 10));
        assert!(paths.contains("without all but the tables that get the key") && edges(&paths) == 50, "{paths}");
        let counts = drawn(&schema(700, 600, 10));
        assert!(
            counts.contains("1311 tables and 1900 foreign keys: Mermaid draws no more than their numbers"),
            "{counts}"
        );
        assert!(counts.contains("-->|\"1200 foreign keys\"|"), "{counts}");
    }

    #[test]
    fn nothing_of_a_name_is_read_as_mermaid() {
        assert_eq!(quoted("a_b"), "a_b");
        assert_eq!(quoted("\"]; --> </script>"), "#34;#93;#59; --#62; #60;#47;script#62;");
    }
}
