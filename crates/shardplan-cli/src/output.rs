//! What a person sees: the product goes to standard output, everything else to standard error, in colour on a terminal only.

use std::fmt::Arguments;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use crate::failure::Failure;

/// An error, and a blocker.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// A warning.
pub(crate) const DOUBTFUL: Style = AnsiColor::Yellow.on_default().bold();
/// What is said besides.
pub(crate) const QUIET: Style = Style::new().dimmed();
/// A title.
pub(crate) const TITLE: Style = Style::new().bold();

/// How much is said on standard error.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Volume {
    Quiet,
    Usual,
    Verbose,
}

/// The two ways out.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Output {
    volume: Volume,
}

impl Output {
    pub(crate) fn new(quiet: bool, verbose: bool) -> Self {
        let volume = match (quiet, verbose) {
            (true, _) => Volume::Quiet,
            (false, true) => Volume::Verbose,
            (false, false) => Volume::Usual,
        };
        Self { volume }
    }

    /// The product. A reader that has seen enough (`| head`) is no failure.
    pub(crate) fn product(text: &str) -> Result<(), Failure> {
        let mut out = anstream::stdout().lock();
        match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Failure::unreadable("cannot write to standard output", &error))
            }
            _ => Ok(()),
        }
    }

    /// What a person should know.
    pub(crate) fn note(self, line: Arguments<'_>) {
        if self.volume > Volume::Quiet {
            tell(line);
        }
    }

    /// What is said with `--verbose`.
    pub(crate) fn detail(self, line: Arguments<'_>) {
        if self.volume > Volume::Usual {
            tell(format_args!("{QUIET}{line}{QUIET:#}"));
        }
    }

    /// Why it has failed, which is always said.
    pub(crate) fn error(failure: &Failure) {
        tell(format_args!("{BAD}error:{BAD:#} {}", failure.message));
    }
}

/// A reader that has closed standard error is no reason to fail.
fn tell(line: Arguments<'_>) {
    let _ = writeln!(anstream::stderr(), "{line}");
}
