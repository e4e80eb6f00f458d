//! What the user says of strategies and limits on the command line comes in, rules go out; and all strategies with their numbers as
//! a comment of SQL.

use std::fmt::Write;

use shardplan::{Candidate, Figures, Outlook, Rules};

use super::{Arguments, Failure};

/// The options that [`told`] reads.
pub const OPTIONS: [&str; 4] = ["--strategy", "--copy-rate", "--max-write-block", "--max-unenforced"];

/// The options in words, for the usage of an example.
pub const USAGE: &str = "  --strategy NAME           combined, atomic or online, whatever the rules say; without it and without one in the rules,
                            the best one within the limits is taken
  --max-write-block SECONDS for how long a write may have to wait
  --max-unenforced SECONDS  for how long a foreign key may be unenforced
  --copy-rate BYTES         how much a cluster copies in a second, with indexes; without it, what was measured (32000000)
";

/// Adds what the command line says to the rules, but not the strategy, which it gives as text.
pub fn told(mut rules: Rules, arguments: &mut Arguments) -> Result<(Rules, Option<String>), Failure> {
    if let Some(rate) = arguments.value("--copy-rate")? {
        rules.copy_rate = rate.parse()?;
    }
    if let Some(limit) = arguments.value("--max-write-block")? {
        rules.max_write_block = Some(limit.parse()?);
    }
    if let Some(limit) = arguments.value("--max-unenforced")? {
        rules.max_unenforced = Some(limit.parse()?);
    }
    Ok((rules, arguments.value("--strategy")?))
}

/// The same with the strategy.
pub fn rules(rules: Rules, arguments: &mut Arguments) -> Result<Rules, Failure> {
    let (mut rules, strategy) = told(rules, arguments)?;
    if let Some(strategy) = strategy {
        rules.strategy = Some(strategy.parse()?);
    }
    Ok(rules)
}

/// All strategies with their numbers, and others by name, as comments of SQL.
pub fn table(candidates: &[Candidate], others: &[(&str, Figures)]) -> String {
    let mut text = "-- ===== strategies =====\n".to_owned();
    let mut row = |cells: [&str; 6]| {
        let mut line = format!("-- {:<12}", cells[0]);
        cells[1..].iter().for_each(|cell| {
            let _ = write!(line, " {cell:<18}");
        });
        text.push_str(line.trim_end());
        text.push('\n');
    };
    row(["", "a write waits", "a key unenforced", "all of them", "in all", "limits"]);
    for Candidate { strategy, figures, outlook } in candidates {
        row_of(&mut row, &strategy.to_string(), figures.as_ref(), said(outlook));
    }
    for (name, figures) in others {
        row_of(&mut row, name, Some(figures), "for comparison only");
    }
    text.push('\n');
    text
}

fn row_of(row: &mut impl FnMut([&str; 6]), name: &str, figures: Option<&Figures>, limits: &str) {
    let times = figures.map(|one| [one.longest_write_wait, one.longest_unenforced, one.unenforced, one.total]);
    let times = times.map(|times| times.map(|time| time.to_string())).unwrap_or_default();
    row([name, &times[0], &times[1], &times[2], &times[3], limits]);
}

fn said(outlook: &Outlook) -> &'static str {
    match outlook {
        Outlook::Within => "within",
        Outlook::Unknown => "nobody knows",
        Outlook::Beyond { .. } => "beyond",
        Outlook::Blocked(_) => "blocked",
        Outlook::Contradicted => "contradicts the rules",
    }
}
