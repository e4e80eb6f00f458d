//! What a person sees while a plan is applied: phases, steps with their locks, and how far the one under way is.

use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use shardplan::{Phase, Step};

use super::folder::{Folder, word};
use super::progress::Progress;
use super::results::Results;
use crate::output::{BAD, DOUBTFUL, Output, QUIET, TITLE};

/// A line that moves on a terminal, lines that stay elsewhere.
pub(super) struct View {
    output: Output,
    bar: Option<ProgressBar>,
    /// The step under way, which stands above what is told of it.
    step: String,
    results: Results,
    phase_begun: Instant,
    was_connected: bool,
}

impl View {
    pub(super) fn new(output: Output) -> Self {
        Self {
            output,
            bar: None,
            step: String::new(),
            results: Results::default(),
            phase_begun: Instant::now(),
            was_connected: false,
        }
    }

    pub(super) fn connected(&mut self) {
        self.was_connected = true;
    }

    pub(super) fn was_connected(&self) -> bool {
        self.was_connected
    }

    pub(super) fn skipped(&self, folder: &Folder, at: usize) {
        self.output.detail(format_args!("{}: done before", folder.scripts[at].path));
    }

    pub(super) fn ask(&self, folder: &Folder, at: usize) {
        let phase = &folder.plan.phases[at];
        let steps = phase.steps.len();
        self.output.note(format_args!("{TITLE}{}{TITLE:#}: {steps} steps. Run it? [y/N]", folder.scripts[at].path));
    }

    pub(super) fn phase(&mut self, folder: &Folder, at: usize) {
        self.phase_begun = Instant::now();
        self.output.note(format_args!("{TITLE}{}{TITLE:#}", folder.scripts[at].path));
        if stderr().is_terminal() {
            let style = ProgressStyle::with_template("  {spinner} {elapsed} {msg}");
            let bar = ProgressBar::new_spinner().with_style(style.unwrap_or_else(|_| ProgressStyle::default_spinner()));
            bar.enable_steady_tick(Duration::from_millis(120));
            self.bar = Some(bar);
        }
    }

    /// A step begins, or what a script does before its steps.
    pub(super) fn part(&mut self, phase: &Phase, step: Option<usize>) {
        self.tell_results();
        self.step =
            step.map_or_else(String::new, |at| format!("{}/{} {}", at + 1, phase.steps.len(), title(&phase.steps[at])));
        match &self.bar {
            Some(bar) => bar.set_message(self.step.clone()),
            None if step.is_some() => self.output.note(format_args!("  {}", self.step)),
            None => {}
        }
    }

    /// The step, and below it a bar for each thing that runs.
    pub(super) fn progress(&self, under_way: &[Progress]) {
        let Some(bar) = &self.bar else { return };
        let lines = under_way.iter().map(|one| format!("\n    {}", one.with_bar().replace(char::is_control, " ")));
        bar.set_message(format!("{}{}", self.step, lines.collect::<String>()));
    }

    /// What a script itself prints. The rows of a table of results are told when it has ended.
    pub(super) fn printed(&mut self, line: &str) {
        if self.results.take(line) {
            return;
        }
        let is_end = self.results.are_ended_by(line);
        self.tell_results();
        if !is_end {
            self.say(&line.replace(char::is_control, " "));
        }
    }

    fn tell_results(&mut self) {
        self.results.told().iter().for_each(|line| self.say(line));
    }

    fn say(&self, line: &str) {
        let say = || self.output.note(format_args!("  {line}"));
        match &self.bar {
            Some(bar) => bar.suspend(say),
            None => say(),
        }
    }

    pub(super) fn phase_is_over(&mut self) {
        self.tell_results();
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        self.output.note(format_args!("  {QUIET}done in {:.1} s{QUIET:#}", self.phase_begun.elapsed().as_secs_f64()));
    }

    pub(super) fn lost(&mut self, said: &str, seconds: u64) {
        self.tell_results();
        self.bar.take();
        self.output
            .note(format_args!("{DOUBTFUL}the connection is lost{DOUBTFUL:#}: {said}\ntrying again in {seconds} s"));
    }

    pub(super) fn stopped(&mut self, said: &str) {
        self.tell_results();
        self.bar.take();
        self.output.note(format_args!(
            "{BAD}stopped{BAD:#}: {said}\nNothing is lost: mend this, and run the same command again to go on."
        ));
    }

    pub(super) fn done(&self, is_whole: bool) {
        let words = if is_whole { "The plan is carried out." } else { "The phases that were asked for are done." };
        self.output.note(format_args!("{words}"));
    }
}

/// What a step does, and what waits for it meanwhile.
fn title(step: &Step) -> String {
    let locks: Vec<String> = step
        .locks
        .iter()
        .filter(|lock| lock.mode.blocks_writers())
        .map(|lock| format!("{} on {}", lock.mode, lock.table))
        .collect();
    let locked = if locks.is_empty() { String::new() } else { format!(" [{}]", locks.join(", ")) };
    format!("{}: {}{locked}", step.table, step.why).replace(char::is_control, " ")
}

/// What would be run.
pub(super) fn outline(folder: &Folder, phases: &[usize]) -> String {
    let mut text = String::new();
    for at in phases {
        let (phase, script) = (&folder.plan.phases[*at], &folder.scripts[*at]);
        text.push_str(&format!(
            "{TITLE}{}{TITLE:#} ({}): {} gates, {} steps\n",
            script.path,
            word(&script.path),
            phase.gates.len(),
            phase.steps.len()
        ));
        for (number, step) in phase.steps.iter().enumerate() {
            text.push_str(&format!("  {}/{} {}\n", number + 1, phase.steps.len(), title(step)));
        }
    }
    text
}
