//! `shardplan status`: the folder of a plan and a database come in; which phases are done, what runs and what has changed since the
//! plan was made go out.

use std::fmt::Write;

use shardplan::PhaseKind;

use crate::apply::{Expected, Folder, Metadata, Server, State, Stop, Watch, word};
use crate::arguments::StatusArguments;
use crate::failure::Failure;
use crate::output::{DOUBTFUL, Output, TITLE};
use crate::source;

const UNDER_WAY: u8 = 1;
const CHANGED: u8 = 2;

/// Says how far it is, and answers with the exit code.
pub(crate) fn run(arguments: &StatusArguments, output: Output) -> Result<u8, Failure> {
    let folder = Folder::read(&arguments.plan)?;
    let live = source::database(&arguments.url, output)?;
    let server = Server::new(&arguments.url)?;
    let state = State::read(&server, &folder.id).map_err(failure)?;
    let mut text = String::new();
    let (mut is_done, mut is_placed) = (true, false);
    for (phase, script) in folder.plan.phases.iter().zip(&folder.scripts) {
        let name = word(&script.path);
        let (done, begun) = (state.finished.contains(name), state.begun.contains(name));
        is_done &= done;
        is_placed |= done && [PhaseKind::Distribute, PhaseKind::Exchange].contains(&phase.kind);
        let standing = match (done, begun) {
            (true, _) => "done",
            (false, true) => "begun",
            (false, false) => "to do",
        };
        let _ = writeln!(text, "{standing:<6} {:<26} {} steps", script.path, phase.steps.len());
    }
    for one in Watch::new(&server).look() {
        let _ = writeln!(text, "now    {}", one.to_string().replace(char::is_control, " "));
    }
    let mut changed = Expected::on_the_way(&folder.plan, &folder.catalog).differences(&live);
    if let Some(metadata) = Metadata::read(&arguments.url)? {
        changed.extend(metadata.differences(&folder.plan, &live, is_placed));
    }
    if !changed.is_empty() {
        let _ = writeln!(text, "{TITLE}Since the plan was made:{TITLE:#}");
    }
    for line in &changed {
        let _ = writeln!(text, "  {DOUBTFUL}{}{DOUBTFUL:#}", line.replace(char::is_control, " "));
    }
    Output::product(&text)?;
    Ok(match (changed.is_empty(), is_done) {
        (false, _) => CHANGED,
        (true, false) => UNDER_WAY,
        (true, true) => 0,
    })
}

fn failure(stop: Stop) -> Failure {
    match stop {
        Stop::Failed(failure) => failure,
        Stop::Lost(said) | Stop::Refused(said) => {
            Failure::unreadable("cannot ask the server", &std::io::Error::other(said))
        }
    }
}
