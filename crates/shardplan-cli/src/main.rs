//! `shardplan`: plans the move of a PostgreSQL schema to a distributed Citus cluster.
//!
//! The command line comes in; the product on standard output or in a folder, what a person should know on standard error, and an
//! exit code go out. It holds no knowledge of its own about schemas or clusters.

mod apply;
mod arguments;
mod evidence;
mod explain;
mod failure;
mod output;
mod plan;
mod queries;
mod redact;
mod rules;
mod sheet;
mod skew;
mod snapshot;
mod source;
mod statements;
mod status;
mod suggest;
mod summary;

use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser};
use shardplan::Plan;

use arguments::{Arguments, Command};
use failure::Failure;
use output::Output;

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            return ExitCode::from(told(&error));
        }
    };
    match run(&arguments) {
        Ok(code) => ExitCode::from(code),
        Err(failure) => {
            Output::error(&failure);
            ExitCode::from(failure.code)
        }
    }
}

/// Prints help that was asked for, or what is wrong with the arguments; answers with the exit code.
fn told(error: &clap::Error) -> u8 {
    if !matches!(error.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion) {
        // Nothing can be done about a closed standard error.
        let _ = error.print();
        return failure::WRONG;
    }
    Output::product(&error.render().ansi().to_string()).map_or_else(
        |failure| {
            Output::error(&failure);
            failure.code
        },
        |()| 0,
    )
}

/// The exit code of what was asked for.
fn run(arguments: &Arguments) -> Result<u8, Failure> {
    let output = Output::new(arguments.quiet, arguments.verbose);
    match &arguments.command {
        Command::Plan(arguments) => return plan::run(arguments, output),
        Command::Apply(arguments) => return apply::run(arguments, output),
        Command::Status(arguments) => return status::run(arguments, output),
        Command::Queries(arguments) => return queries::run(arguments, output),
        Command::Snapshot(arguments) => snapshot::run(arguments, output)?,
        Command::Suggest(arguments) => return suggest::run(arguments, output),
        Command::Skew(arguments) => return skew::run(arguments, output),
        Command::Explain { rule } => explain::run(rule.as_deref())?,
        Command::Schema => Output::product(&Plan::json_schema())?,
        Command::Completions { shell } => {
            let mut text = Vec::new();
            clap_complete::generate(*shell, &mut Arguments::command(), "shardplan", &mut text);
            Output::product(&String::from_utf8_lossy(&text))?;
        }
        Command::Man => {
            let mut text = Vec::new();
            let page = clap_mangen::Man::new(Arguments::command());
            page.render(&mut text).map_err(|error| Failure::unreadable("cannot write the page", &error))?;
            Output::product(&String::from_utf8_lossy(&text))?;
        }
    }
    Ok(0)
}
