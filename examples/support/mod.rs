//! What the examples share: the command line comes in, SQL on stdout, diagnostics on stderr and an exit code go out.

#![allow(dead_code, reason = "each example is a program of its own and uses its part of this")]

mod arguments;
pub mod documented;
mod failure;
pub mod strategies;

pub use arguments::Arguments;
pub use failure::Failure;

use std::io::{self, Write};
use std::process::ExitCode;

use shardplan::{Catalog, Parsed, Plan, Severity};
use shardplan_sql::Script;

/// Writes a line to stderr; a reader that has closed it is no reason to fail.
macro_rules! tell {
    ($($line:tt)*) => {{
        let _ = writeln!(io::stderr(), $($line)*);
    }};
}

/// The exit code of a plan that has a blocker.
const BLOCKED: u8 = 2;

/// Runs an example: reads the command line, plans, says on stderr what a person should know, and ends with the exit code.
pub fn main(usage: &str, options: &[&str], run: impl FnOnce(Arguments) -> Result<Plan, Failure>) -> ExitCode {
    if std::env::args_os().any(|argument| argument == "--help" || argument == "-h") {
        return code(print(usage));
    }
    let planned = Arguments::read(std::env::args_os().skip(1), options).and_then(run);
    match planned {
        Ok(plan) => {
            summary(&plan);
            if plan.is_blocked() { ExitCode::from(BLOCKED) } else { ExitCode::SUCCESS }
        }
        Err(failure) => code(Err(failure)),
    }
}

fn code(outcome: Result<(), Failure>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tell!("error: {}", failure.message);
            ExitCode::from(failure.code)
        }
    }
}

/// The blockers in full, the rest in numbers: the runbook explains each.
fn summary(plan: &Plan) {
    for finding in plan.blockers() {
        tell!("blocker: {}: {}; {}", finding.rule, finding.message, finding.advice);
    }
    let of = |severity: Severity| {
        let found = plan.findings.iter().filter(|finding| finding.severity == severity).count();
        counted(found, &severity.to_string())
    };
    let (blockers, warnings, notices) = (of(Severity::Blocker), of(Severity::Warning), of(Severity::Notice));
    let tables = counted(plan.tables.len(), "table");
    tell!("{tables} by {}: {blockers}, {warnings}, {notices}; the runbook explains each", plan.key);
}

fn counted(number: usize, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

/// The schema of a live server.
pub fn read_database(url: &str) -> Result<Catalog, Failure> {
    Ok(Catalog::from_database(&mut shardplan::connect(url)?)?)
}

/// The catalog of SQL text; what was skipped is said on stderr, with the place that `locate` gives for a line.
pub fn read_ddl(sql: &str, locate: impl Fn(u64) -> String) -> Catalog {
    let Parsed { catalog, skipped } = Catalog::from_ddl(sql);
    for part in skipped {
        tell!("{}: skipped: {}: {}", locate(part.line), part.statement, part.why);
    }
    catalog
}

/// Prints to stdout. A reader that has seen enough (`| head`) is no failure.
pub fn print(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(Failure::unreadable("cannot write to standard output", &error))
        }
        _ => Ok(()),
    }
}

/// The scripts as one text that psql can run: the runbook as a comment, then each script under its name.
///
/// The scripts that take a phase back are left out, or a person who pipes this into psql would undo what was done.
pub fn stream(scripts: &[Script]) -> String {
    let mut text = String::new();
    for script in scripts.iter().filter(|script| !script.path.starts_with("undo/")) {
        text.push_str(&format!("-- ===== {} =====\n", script.path));
        if script.path.ends_with(".sql") {
            // Settings end with the script that made them, as they would in a session of its own.
            text.push_str("RESET ALL;\n");
            text.push_str(&script.text);
        } else {
            // A comment ends at either.
            for line in script.text.split(['\n', '\r']) {
                text.push_str(format!("-- {line}").trim_end());
                text.push('\n');
            }
            text.push_str(
                "-- The scripts under undo/ are not printed: `shardplan plan` with `-o` writes them to files.\n",
            );
        }
        text.push('\n');
    }
    text
}
