//! What the preparation of Tailspin costs an application that goes on writing, by the documented procedure and by the plan, and
//! what the backfill costs: nothing comes in, figures go out.
//!
//! `cargo bench --bench preparation` prints one line `figure NAME VALUE UNIT` per figure at its end; `README.md` in the folder above
//! says what each means. `-- --scale S` sets the size: at 1 it is that of the documents.

mod application;
mod backfill;
mod by_document;
mod by_plan;
mod bystander;
mod data;
mod equality;
mod memory;
mod random;
mod report;
mod run;
mod statements;
mod steps;
mod waits;

use std::error::Error;
use std::thread;
use std::time::Duration;

use data::{Sizes, Template};
use run::Outcome;

/// Large enough that the documented procedure takes its locks for a while, small enough for two minutes.
const SCALE: f64 = 0.25;

/// How long the application is watched with nothing else going on.
const IDLE: Duration = Duration::from_secs(10);

type Failure = Box<dyn Error + Send + Sync>;
type Figure = (String, f64, &'static str);

fn main() -> Result<(), Failure> {
    let sizes = Sizes::of_scale(scale()?);
    let server = data::server()?;
    let template = Template::load(&server, sizes)?;
    let mut figures = backfill::figures(&template)?;
    figures.extend(memory::figures(&template)?);
    let idle = run::under_load(&template, "idle", |_, steps| {
        steps.step("nothing", || {
            thread::sleep(IDLE);
            Ok(())
        })
    })?;
    let documented = run::under_load(&template, "documented", by_document::prepare)?;
    let plan = run::under_load(&template, "plan", by_plan::prepare)?;
    let longest = |outcome: &Outcome| outcome.waits.longest().as_secs_f64();
    figures.push(("write_wait_ratio".to_owned(), longest(&documented) / longest(&plan), "ratio"));
    for (name, outcome) in [("idle", &idle), ("documented", &documented), ("plan", &plan)] {
        figures.extend(of(name, outcome));
    }
    for (name, value, unit) in figures {
        println!("figure {name} {value:.3} {unit}");
    }
    Ok(())
}

/// The value of `--scale`. Cargo adds `--bench` of its own.
fn scale() -> Result<f64, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    match &arguments[..] {
        [] => Ok(SCALE),
        [flag, value] if flag == "--scale" => Ok(value.parse()?),
        _ => Err("usage: cargo bench --bench preparation [-- --scale S]".into()),
    }
}

/// The figures of one way to go about it.
fn of(name: &str, outcome: &Outcome) -> Vec<Figure> {
    let milliseconds = |wait: Duration| wait.as_secs_f64() * 1e3;
    // The plan's errors are those that count.
    let errors = if name == "plan" { "application_errors".to_owned() } else { format!("application_errors_{name}") };
    let mut figures = vec![
        (format!("write_wait_{name}"), milliseconds(outcome.waits.longest()), "ms"),
        (format!("write_wait_{name}_p999"), milliseconds(outcome.waits.quantile(0.999)), "ms"),
        (format!("bystander_wait_{name}"), milliseconds(outcome.bystander.longest()), "ms"),
        (errors, outcome.errors as f64, "errors"),
    ];
    if name != "idle" {
        figures.push((format!("deadlocks_{name}"), outcome.deadlocks as f64, "deadlocks"));
        figures.push((format!("total_{name}"), outcome.took.as_secs_f64(), "s"));
        figures.push((format!("wrong_rows_{name}"), outcome.wrong_rows as f64, "rows"));
    }
    figures
}
