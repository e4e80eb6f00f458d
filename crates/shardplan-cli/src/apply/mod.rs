//! `shardplan apply`: the folder of a plan and a database come in; the plan is carried out, phase by phase, from where it stands.

mod copies;
mod drift;
mod folder;
mod metadata;
mod progress;
mod results;
mod server;
mod session;
mod standing;
mod state;
mod view;
mod watch;

use std::io::{self, BufRead, IsTerminal};
use std::thread;
use std::time::Duration;

use shardplan::{Catalog, Error, PhaseKind};

use crate::arguments::ApplyArguments;
use crate::failure::Failure;
use crate::output::Output;
use crate::source;

pub(crate) use drift::Expected;
use drift::changes;
pub(crate) use folder::{Folder, word};
pub(crate) use metadata::Metadata;
pub(crate) use progress::Progress;
pub(crate) use server::Server;
pub(crate) use session::Stop;
use session::{Rows, Session};
pub(crate) use standing::{Seen, TableStanding};
pub(crate) use state::State;
use view::View;
pub(crate) use watch::Watch;

/// A closed gate, or a statement that the server has refused.
pub(crate) const STOPPED: u8 = 2;

/// What to do about a schema that is not the one that was planned for.
const ANEW: &str = "make a new plan";
/// About one in which some of the scripts were run, but not by `apply`.
const ON_THE_WAY: &str = "that is what the scripts of this plan make: if they were run with psql, go on with psql, script by script; if not, make a new plan";
/// The same, and something that is not of the plan.
const BESIDES: &str = "the rest is what the scripts of this plan make: if they were run with psql, look at what is new here, and go on with psql, script by script; if not, make a new plan";

/// How long it waits after a lost connection, longer each time. Each phase that ends begins anew.
const PATIENCE: [u64; 7] = [1, 2, 4, 8, 16, 30, 60];

/// Applies a plan, and answers with the exit code.
pub(crate) fn run(arguments: &ApplyArguments, output: Output) -> Result<u8, Failure> {
    let folder = Folder::read(&arguments.plan)?;
    let phases = folder.until(arguments.until.as_deref())?;
    if arguments.dry_run {
        Output::product(&view::outline(&folder, &phases))?;
        return Ok(0);
    }
    let server = Server::new(&arguments.url)?;
    let mut run = Run { folder, phases, server, arguments, view: View::new(output) };
    let mut attempts = 0;
    loop {
        match run.go(&mut attempts) {
            Ok(()) => return Ok(0),
            Err(Stop::Failed(failure)) => return Err(failure),
            Err(Stop::Refused(said)) => {
                run.view.stopped(&said);
                return Ok(STOPPED);
            }
            Err(Stop::Lost(said)) => {
                let Some(seconds) = PATIENCE.get(attempts).filter(|_| !run.is_first_contact(&said)) else {
                    return Err(Failure::unreadable("cannot connect", &io::Error::other(said)));
                };
                run.view.lost(&said, *seconds);
                thread::sleep(Duration::from_secs(*seconds));
                attempts += 1;
            }
        }
    }
}

struct Run<'a> {
    folder: Folder,
    phases: Vec<usize>,
    server: Server,
    arguments: &'a ApplyArguments,
    view: View,
}

impl Run<'_> {
    /// A server that was never reached will not come back.
    fn is_first_contact(&self, said: &str) -> bool {
        !self.view.was_connected() && said.starts_with("psql: error: connection to server")
    }

    /// Goes on from where the plan stands. With each phase that is finished, the attempts to connect are counted anew.
    fn go(&mut self, attempts: &mut usize) -> Result<(), Stop> {
        let mut state = State::read(&self.server, &self.folder.id)?;
        state.claim()?;
        self.view.connected();
        if state.begun.is_empty() {
            self.same_schema()?;
        }
        for at in self.phases.clone() {
            let name = word(&self.folder.scripts[at].path).to_owned();
            if state.finished.contains(&name) {
                self.view.skipped(&self.folder, at);
                continue;
            }
            self.agreed(at)?;
            let kind = self.folder.kind(at);
            if [PhaseKind::Distribute, PhaseKind::Shadows].contains(&kind) && !state.begun.contains(&name) {
                // It was weeks ago, and perhaps before there was a cluster.
                self.phase(0)?;
            }
            state.begin(&name)?;
            self.phase(at)?;
            state.finish(&name)?;
            *attempts = 0;
        }
        self.view.done(self.phases.len() == self.folder.scripts.len());
        Ok(())
    }

    /// Before the first step, the schema must be the one that was planned for.
    fn same_schema(&self) -> Result<(), Stop> {
        let live = source::live(&self.arguments.url).map_err(|error| match error {
            Error::Connect { .. } | Error::Database { .. } => Stop::Lost(Failure::from(error).message),
            _ => Stop::Failed(error.into()),
        })?;
        let mut found = changes(&self.folder.catalog, &live);
        let next = self.after_change(&live, &mut found);
        match found.first() {
            None => Ok(()),
            Some(first) => Err(Stop::Failed(Failure::wrong(format!(
                "this is not the schema that the plan was made for: {first}{}; {next}",
                if found.len() > 1 { format!(", and {} more", found.len() - 1) } else { String::new() }
            )))),
        }
    }

    /// What to do about changes. In the middle of a plan whose scripts psql has run, only those count that it does not make itself.
    fn after_change(&self, live: &Catalog, found: &mut Vec<String>) -> &'static str {
        let (plan, before) = (&self.folder.plan, &self.folder.catalog);
        if found.is_empty() {
            return ANEW;
        }
        let expected = Expected::on_the_way(plan, before);
        let others = expected.differences(live);
        match (expected.is_begun(before, live), others.is_empty()) {
            (false, _) => ANEW,
            (true, true) => ON_THE_WAY,
            (true, false) => {
                *found = others;
                BESIDES
            }
        }
    }

    /// A person at a terminal is asked before each phase that changes something, unless `--yes` was said.
    fn agreed(&mut self, at: usize) -> Result<(), Stop> {
        let kind = self.folder.kind(at);
        if self.arguments.yes || kind == PhaseKind::Preflight || self.folder.plan.phases[at].steps.is_empty() {
            return Ok(());
        }
        if !io::stdin().is_terminal() {
            let failure =
                Failure::wrong("nobody can be asked here: say `--yes` to run all phases, or `--dry-run` to see them");
            return Err(Stop::Failed(failure));
        }
        self.view.ask(&self.folder, at);
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        match read {
            Ok(_) if answer.trim().eq_ignore_ascii_case("y") => Ok(()),
            _ => Err(Stop::Failed(Failure::wrong(format!(
                "stopped before the phase `{kind}`; run the same command again to go on"
            )))),
        }
    }

    fn phase(&mut self, at: usize) -> Result<(), Stop> {
        let (phase, script) = (&self.folder.plan.phases[at], &self.folder.scripts[at]);
        let (mut session, mut watch) = (Session::open(&self.server, Rows::Titled)?, Watch::new(&self.server));
        self.view.phase(&self.folder, at);
        let placing = (phase.kind == PhaseKind::Distribute).then_some(&self.folder);
        for part in shardplan_sql::parts(phase, &script.text) {
            self.view.part(phase, part.step);
            let view = &mut self.view;
            session.run(part.text, |line| match line {
                Some(line) => view.printed(line),
                None => view.progress(&watch.look(placing)),
            })?;
        }
        self.view.phase_is_over();
        Ok(())
    }
}
