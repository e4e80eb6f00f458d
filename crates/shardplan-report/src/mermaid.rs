//! A graph comes in, the same as text for Mermaid goes out: `graph.mmd`, which wikis and forges draw.

use std::fmt::Write;

use crate::graph::{Edge, Fate, Graph, note};
use crate::words::{Class, shown};

/// The classes as `classDef`, with the colours of the picture.
const STYLES: &str = "  classDef ready fill:#b7e4c7,stroke:#2d6a4f,color:#14202b
  classDef backfill fill:#fed7aa,stroke:#c2570c,color:#14202b
  classDef reference fill:#bfdbfe,stroke:#1e4fa3,color:#14202b
  classDef local fill:#e2e5ea,stroke:#5b6675,color:#14202b
";

/// The picture as a flowchart from right to left.
pub(crate) fn of(graph: &Graph<'_>) -> String {
    let mut text = String::from(
        "%% An arrow goes from the referencing to the referenced table; a thick one is the path of a backfill.\n",
    );
    text.push_str("flowchart RL\n");
    for (at, table) in graph.tables.iter().enumerate() {
        let class = Class::of(&table.placement).id();
        let _ = writeln!(text, "  t{at}[\"{}<br/>{}\"]:::{class}", quoted(&shown(&table.name)), quoted(&note(table)));
    }
    for edge in &graph.edges {
        let _ = writeln!(text, "  t{} {}|\"{}\"| t{}", edge.from, arrow(edge), quoted(&label(edge)), edge.to);
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
    use super::quoted;

    #[test]
    fn nothing_of_a_name_is_read_as_mermaid() {
        assert_eq!(quoted("a_b"), "a_b");
        assert_eq!(quoted("\"]; --> </script>"), "#34;#93;#59; --#62; #60;#47;script#62;");
    }
}
