//! A runbook comes in, the same with its long lists cut short goes out: a person reads it from the top. Knows not what they list.

/// So many entries of a list at most are left whole.
const WHOLE: usize = 40;
/// So many of a longer one are shown.
const SHOWN: usize = 20;
/// What must be read to its end.
const NEVER: [&str; 2] = ["## Blockers", "## How to run it"];

/// What a line is to a list.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Entry,
    /// Belongs to the entry before it.
    More,
    Other,
}

impl Line {
    fn of(line: &str) -> Self {
        let is_number = || line.split_once(". ").is_some_and(|(first, _)| first.parse::<u32>().is_ok());
        match line {
            _ if line.starts_with("| ") || line.starts_with("- ") || is_number() => Self::Entry,
            _ if line.starts_with("  ") => Self::More,
            _ => Self::Other,
        }
    }
}

/// Cuts each list that is longer than a person reads, and says where the rest is.
pub(crate) fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len().min(100_000));
    let mut list: Vec<&str> = Vec::new();
    let mut is_whole = false;
    for line in text.split_inclusive('\n') {
        if line.starts_with("## ") {
            is_whole = NEVER.iter().any(|title| line.trim_end() == *title);
        }
        if Line::of(line) == Line::Other || is_whole {
            flush(&mut folded, &mut list);
            folded.push_str(line);
        } else {
            list.push(line);
        }
    }
    flush(&mut folded, &mut list);
    folded
}

fn flush(folded: &mut String, list: &mut Vec<&str>) {
    let entries = || list.iter().enumerate().filter(|(_, line)| Line::of(line) == Line::Entry);
    let count = entries().count();
    let cut = entries().nth(SHOWN).map_or(list.len(), |(at, _)| at);
    let shown = if count > WHOLE { cut } else { list.len() };
    list[..shown].iter().for_each(|line| folded.push_str(line));
    if shown < list.len() {
        folded.push_str(&format!("\n… and {} more: `report.html` and `plan.json` have all of them.\n", count - SHOWN));
    }
    list.clear();
}

#[cfg(test)]
mod tests {
    use super::fold;

    fn list(title: &str, entry: &str, count: usize) -> String {
        format!("## {title}\n\n{}\nend\n", entry.repeat(count))
    }

    #[test]
    fn only_long_lists_are_cut_and_say_so() {
        for entry in ["- a\n  count\n", "| a | b |\n", "7. a\n"] {
            let short = list("Tables", entry, 40);
            assert_eq!(fold(&short), short);
            let long = fold(&list("Tables", entry, 1_000));
            let told = "\n… and 980 more: `report.html` and `plan.json` have all of them.\n\nend\n";
            assert_eq!(long, format!("## Tables\n\n{}{told}", entry.repeat(20)));
            let blockers = list("Blockers", entry, 1_000);
            assert_eq!(fold(&blockers), blockers, "each of them must be read");
        }
    }
}
