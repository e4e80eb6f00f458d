//! What the program that runs the backfill holds in memory: a template comes in, its figures go out.

use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use shardplan::PhaseKind;
use shardplan_testkit::{Database, Installation};

use crate::data::Template;
use crate::{Failure, Figure, by_plan};

/// How long between two looks.
const LOOK: Duration = Duration::from_millis(20);

/// The most that psql held until the end of the script, and that over the most until a tenth of the time had gone.
pub fn figures(template: &Template<'_>) -> Result<Vec<Figure>, Failure> {
    let database = template.copy("memory")?;
    let mut peaks = Vec::new();
    for (kind, script) in by_plan::scripts(&database)? {
        if kind == PhaseKind::Backfill {
            peaks = peaks_of_psql(&database, &script.text)?;
            break;
        }
        database.psql(&script.text)?;
    }
    let (Some(early), Some(last)) = (peaks.get(peaks.len() / 10), peaks.last()) else {
        return Err("the backfill ended before anybody looked".into());
    };
    println!(
        "psql in the backfill: {early} KiB after a tenth of the time, {last} KiB at its end, {} looks",
        peaks.len()
    );
    let figures = vec![
        ("backfill_client_memory".to_owned(), *last as f64 / 1024.0, "MiB"),
        ("backfill_client_memory_growth".to_owned(), *last as f64 / *early as f64, "ratio"),
    ];
    template.discard(&database)?;
    Ok(figures)
}

/// The most that psql has held so far in KiB, at each look, while it runs a script as a person would let it.
fn peaks_of_psql(database: &Database<'_>, script: &str) -> Result<Vec<u64>, Failure> {
    let mut psql = Command::new(Installation::installed()?.program("psql"))
        .args(["-X", "-v", "ON_ERROR_STOP=1", "-f", "-", "-d", &database.url()])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    if let Some(mut stdin) = psql.stdin.take() {
        stdin.write_all(script.as_bytes())?;
    }
    let status = format!("/proc/{}/status", psql.id());
    let mut peaks = Vec::new();
    let end = loop {
        // A process that has ended has no such line any more.
        peaks.extend(std::fs::read_to_string(&status).ok().and_then(|text| peak(&text)));
        if let Some(end) = psql.try_wait()? {
            break end;
        }
        thread::sleep(LOOK);
    };
    if end.success() { Ok(peaks) } else { Err(format!("psql ended with {end}").into()) }
}

/// `VmHWM` in what the kernel says of a process, in KiB.
fn peak(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches("kB").trim().parse().ok()
}
