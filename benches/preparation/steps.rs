//! The steps of a procedure: work comes in and is done, a log goes out of when and how often.

use std::thread;
use std::time::{Duration, Instant};

use crate::Failure;
use crate::application::Signals;
use crate::statements::Version;

/// From a column being there to the application that writes it.
const LEISURE: Duration = Duration::from_secs(1);

/// How often a step is repeated that lost a deadlock or got no lock.
const TRIES: usize = 20;

/// One step of a procedure, as the log has it.
pub struct Step {
    pub name: String,
    pub from: Instant,
    pub to: Instant,
    /// How often it was run again.
    pub repeats: usize,
}

/// What a procedure runs its steps with.
pub struct Steps<'s> {
    signals: &'s Signals,
    log: Vec<Step>,
}

impl<'s> Steps<'s> {
    pub fn new(signals: &'s Signals) -> Self {
        Self { signals, log: Vec::new() }
    }

    /// What was run, in order.
    pub fn log(&self) -> &[Step] {
        &self.log
    }

    /// Runs a step, again if it lost a deadlock, got no lock, or met a row that was let in while a foreign key was away: what a
    /// person would do.
    pub fn step(&mut self, name: &str, mut work: impl FnMut() -> Result<(), Failure>) -> Result<(), Failure> {
        let from = Instant::now();
        let mut repeats = 0;
        let outcome = loop {
            match work() {
                Err(failure) if repeats < TRIES && gives_hope(&failure) => repeats += 1,
                outcome => break outcome,
            }
        };
        self.log.push(Step { name: name.to_owned(), from, to: Instant::now(), repeats });
        outcome.map_err(|failure| format!("{name}: {failure}").into())
    }

    /// The same; a little later the application gets its new version, and the step ends after that.
    pub fn step_with_deployment(
        &mut self,
        name: &str,
        version: Version,
        work: impl FnMut() -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let signals = self.signals;
        thread::scope(|scope| {
            scope.spawn(|| {
                thread::sleep(LEISURE);
                signals.deploy(version);
            });
            self.step(name, work)
        })
    }

    /// The application gets its new version.
    pub fn deploy(&self, version: Version) {
        self.signals.deploy(version);
    }
}

fn gives_hope(failure: &Failure) -> bool {
    let text = failure.to_string();
    ["deadlock detected", "lock timeout", "no lock for", "violates foreign key constraint"]
        .iter()
        .any(|known| text.contains(known))
}
