//! A session of psql: text goes in part by part, what it prints comes out, and why it has stopped.
//!
//! psql runs the scripts here as it does for a person, so passwords, services and certificates work as there. A part is a file that
//! psql is told to include: when this process dies, psql ends after that part instead of running what is left of it in a pipe.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tempfile::TempDir;

use super::server::Server;
use crate::failure::Failure;

/// Why a session has ended before its time.
#[derive(Debug)]
pub(crate) enum Stop {
    /// The connection is gone, or could not be made.
    Lost(String),
    /// The server has refused something: its words.
    Refused(String),
    /// Something on this machine.
    Failed(Failure),
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// What psql exits with when the connection has gone.
const CONNECTION_LOST: i32 = 2;

/// How long a part runs before somebody looks how far it is, and again.
const LOOK: Duration = Duration::from_secs(1);

/// What stands between two values. A name may have a tab in it.
pub(super) const BETWEEN: &str = "\u{1f}";

/// How psql prints rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rows {
    /// A line each, between their titles and their number, with [`BETWEEN`] between the values.
    Titled,
    /// The same without titles and number.
    Bare,
}

/// A running psql.
pub(crate) struct Session {
    psql: Child,
    input: Option<ChildStdin>,
    output: Receiver<String>,
    errors: Option<JoinHandle<String>>,
    parts: TempDir,
    number: usize,
}

impl Session {
    pub(crate) fn open(server: &Server, rows: Rows) -> Result<Self, Stop> {
        let mut command = Command::new("psql");
        command.args(["-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", "-"]);
        match rows {
            Rows::Titled => command.args(["-A", "-F", BETWEEN]),
            Rows::Bare => command.args(["-A", "-t", "-F", BETWEEN]),
        };
        server.tell(&mut command);
        let unusable = |what: &str, error| Stop::Failed(Failure::unreadable(what, &error));
        let parts = tempfile::Builder::new()
            .prefix("shardplan-")
            .tempdir()
            .map_err(|error| unusable("cannot make a temporary folder", error))?;
        let piped = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut psql = piped.spawn().map_err(|error| unusable("cannot start psql; is it installed?", error))?;
        let (input, output, errors) = (psql.stdin.take(), lines(psql.stdout.take()), text(psql.stderr.take()));
        Ok(Self { psql, input, output, errors: Some(errors), parts, number: 0 })
    }

    /// Runs a part; each line that it prints goes to `seen`, and nothing each second without one.
    pub(crate) fn run(&mut self, part: &str, mut seen: impl FnMut(Option<&str>)) -> Result<(), Stop> {
        self.number += 1;
        let (file, mark) = (self.parts.path().join("part.sql"), format!("shardplan-part-{}-is-done", self.number));
        let unusable = |error| Stop::Failed(Failure::unreadable("cannot write a temporary file", &error));
        fs::write(&file, part).map_err(unusable)?;
        let path = file.display().to_string().replace('\'', "''");
        let told = self.input.as_mut().is_some_and(|input| {
            input.write_all(format!("\\i '{path}'\n\\echo {mark}\n").as_bytes()).and_then(|()| input.flush()).is_ok()
        });
        if told && self.is_reached(&mark, &mut seen) { Ok(()) } else { Err(self.end()) }
    }

    /// Whether psql has come to this line before it ended.
    fn is_reached(&self, mark: &str, seen: &mut impl FnMut(Option<&str>)) -> bool {
        loop {
            match self.output.recv_timeout(LOOK) {
                Ok(line) if line == mark => return true,
                Ok(line) => seen(Some(&line)),
                Err(RecvTimeoutError::Timeout) => seen(None),
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }

    /// The rows of a query, with [`Rows::Bare`].
    pub(crate) fn rows(&mut self, query: &str) -> Result<Vec<Vec<String>>, Stop> {
        let mut rows = Vec::new();
        self.run(query, |line| rows.extend(line.map(|line| line.split(BETWEEN).map(str::to_owned).collect())))?;
        Ok(rows)
    }

    /// psql says in which file and line it is, which nobody can look at.
    fn without_place(&self, said: &str) -> String {
        let place = format!("psql:{}:", self.parts.path().join("part.sql").display());
        let lines = said.lines().map(|line| match line.strip_prefix(&place).and_then(|rest| rest.split_once(": ")) {
            Some((_, words)) => words,
            None => line,
        });
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Why it has ended.
    fn end(&mut self) -> Stop {
        drop(self.input.take());
        let status = self.psql.wait().ok().and_then(|status| status.code());
        let said = self.errors.take().and_then(|errors| errors.join().ok()).unwrap_or_default();
        let said = self.without_place(said.trim_end());
        if status == Some(CONNECTION_LOST) || is_over(&said) { Stop::Lost(said) } else { Stop::Refused(said) }
    }
}

/// A server that shuts down says so to each session, and psql then exits as after any error.
fn is_over(said: &str) -> bool {
    ["terminating connection due to administrator command", "server closed the connection unexpectedly"]
        .iter()
        .any(|words| said.contains(words))
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.input.take());
        // It has nothing left to do; nothing can be done about a failure here.
        let _ = self.psql.wait();
    }
}

fn lines(from: Option<impl Read + Send + 'static>) -> Receiver<String> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let Some(from) = from else { return };
        for line in BufReader::new(from).split(b'\n').map_while(Result::ok) {
            if sender.send(String::from_utf8_lossy(&line).into_owned()).is_err() {
                return;
            }
        }
    });
    receiver
}

fn text(from: Option<impl Read + Send + 'static>) -> JoinHandle<String> {
    thread::spawn(move || {
        let mut text = Vec::new();
        let _ = from.map(|mut from| from.read_to_end(&mut text));
        String::from_utf8_lossy(&text).into_owned()
    })
}
