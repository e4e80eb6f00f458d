//! `shardplan status`: the folder of a plan and a database come in; which phases are done, how far each table is, what runs and what
//! has changed since the plan was made go out.

use std::fmt::Write;

use clap::ValueEnum;
use serde::Serialize;
use shardplan::PhaseKind;

use crate::apply::{Expected, Folder, Metadata, Progress, Seen, Server, State, Stop, TableStanding, Watch, word};
use crate::arguments::StatusArguments;
use crate::failure::Failure;
use crate::output::{DOUBTFUL, Output, TITLE};
use crate::sheet::{columns, title};
use crate::source;

const UNDER_WAY: u8 = 1;
const CHANGED: u8 = 2;

/// The form of what is said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum StatusFormat {
    /// For a terminal.
    #[default]
    Text,
    /// For other programs.
    Json,
}

/// Where a plan stands in a database.
#[derive(Serialize)]
struct Status {
    phases: Vec<PhaseStanding>,
    /// Whether scripts were run, and none of them by `apply`.
    #[serde(skip)]
    is_by_hand: bool,
    tables: Vec<TableStanding>,
    /// What runs now.
    running: Vec<Progress>,
    /// What has changed in the schema since the plan was made.
    changed: Vec<String>,
}

#[derive(Serialize)]
struct PhaseStanding {
    script: String,
    #[serde(skip)]
    kind: PhaseKind,
    /// `to do`, `begun` or `done`.
    standing: &'static str,
    steps: usize,
}

impl PhaseStanding {
    fn is_done(&self) -> bool {
        self.standing == "done"
    }
}

/// Says how far it is, and answers with the exit code.
pub(crate) fn run(arguments: &StatusArguments, output: Output) -> Result<u8, Failure> {
    let folder = Folder::read(&arguments.plan)?;
    let status = read(&folder, &arguments.url, output)?;
    Output::product(&match arguments.format {
        StatusFormat::Text => text(&status),
        StatusFormat::Json => json(&status)?,
    })?;
    Ok(match (status.changed.is_empty(), status.phases.iter().all(PhaseStanding::is_done)) {
        (false, _) => CHANGED,
        (true, false) => UNDER_WAY,
        (true, true) => 0,
    })
}

fn read(folder: &Folder, url: &str, output: Output) -> Result<Status, Failure> {
    let live = source::database(url, output)?;
    let server = Server::new(url)?;
    let state = State::read(&server, &folder.id).map_err(failure)?;
    let phases = phases(folder, &state);
    let places = |phase: &&PhaseStanding| [PhaseKind::Distribute, PhaseKind::Exchange].contains(&phase.kind);
    let is_placed = phases.iter().filter(places).any(PhaseStanding::is_done);
    let is_placing = phases.iter().any(|phase| phase.kind == PhaseKind::Distribute && phase.standing == "begun");
    let mut watch = Watch::new(&server);
    let running = watch.look(is_placing.then_some(folder));
    let expected = Expected::on_the_way(&folder.plan, &folder.catalog);
    let metadata = Metadata::read(url)?;
    let mut changed = expected.differences(&live);
    changed.extend(metadata.iter().flat_map(|found| found.differences(&folder.plan, &live, is_placed)));
    let seen = Seen { live: &live, filled: &watch.filled(), metadata: metadata.as_ref() };
    let tables = TableStanding::of_all(&folder.plan, &folder.catalog, &expected.goal, &seen);
    let is_by_hand = state.begun.is_empty() && expected.is_begun(&folder.catalog, &live);
    Ok(Status { phases, is_by_hand, tables, running, changed })
}

fn phases(folder: &Folder, state: &State) -> Vec<PhaseStanding> {
    let standing = |name: &str| match (state.finished.contains(name), state.begun.contains(name)) {
        (true, _) => "done",
        (false, true) => "begun",
        (false, false) => "to do",
    };
    let both = folder.plan.phases.iter().zip(&folder.scripts);
    let of = both.map(|(phase, script)| PhaseStanding {
        script: script.path.clone(),
        kind: phase.kind,
        standing: standing(word(&script.path)),
        steps: phase.steps.len(),
    });
    of.collect()
}

fn text(status: &Status) -> String {
    let mut text = String::new();
    for PhaseStanding { script, standing, steps, .. } in &status.phases {
        let _ = writeln!(text, "{standing:<6} {script:<26} {steps} steps");
    }
    if status.is_by_hand {
        text.push_str("Scripts were run with psql, which notes no phase: the tables tell how far it is.\n");
    }
    for one in &status.running {
        let _ = writeln!(text, "now    {}", one.to_string().replace(char::is_control, " "));
    }
    let done = status.tables.iter().filter(|table| table.is_done()).count();
    text.push_str(&title(format_args!("Tables: {done} of {} done", status.tables.len())));
    let left = status.tables.iter().filter(|table| !table.is_done());
    text.push_str(&columns(&left.map(TableStanding::cells).collect::<Vec<_>>()));
    if !status.changed.is_empty() {
        let _ = writeln!(text, "\n{TITLE}Since the plan was made:{TITLE:#}");
    }
    for line in &status.changed {
        let _ = writeln!(text, "  {DOUBTFUL}{}{DOUBTFUL:#}", line.replace(char::is_control, " "));
    }
    text
}

fn json(status: &Status) -> Result<String, Failure> {
    let text =
        serde_json::to_string_pretty(status).map_err(|error| Failure::unreadable("cannot write JSON", &error))?;
    Ok(text + "\n")
}

fn failure(stop: Stop) -> Failure {
    match stop {
        Stop::Failed(failure) => failure,
        Stop::Lost(said) | Stop::Refused(said) => {
            Failure::unreadable("cannot ask the server", &std::io::Error::other(said))
        }
    }
}
