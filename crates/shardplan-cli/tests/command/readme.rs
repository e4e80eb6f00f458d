//! What the README shows of the command is what the command prints: each line of its transcripts, but for the times.

use std::fs;
use std::path::Path;
use std::process::Command;

use shardplan_testkit::shared;

use crate::{Folder, shardplan};

fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

fn readme() -> String {
    fs::read_to_string(root().join("README.md")).unwrap()
}

/// Without what differs from run to run.
fn timeless(line: &str) -> String {
    let is_time = line.starts_with("  done in ") && line.ends_with(" s");
    if is_time { "  done in … s".to_owned() } else { line.trim_end().to_owned() }
}

/// Whether the lines are shown, from the first to the last; `…` stands for any number of lines.
fn is_shown(shown: &[String], printed: &[String]) -> bool {
    match shown {
        [] => printed.is_empty(),
        [first, rest @ ..] if first == "…" => {
            (0..=printed.len()).any(|left_out| is_shown(rest, &printed[left_out..]))
        }
        [first, rest @ ..] => printed.first() == Some(first) && is_shown(rest, &printed[1..]),
    }
}

#[test]
fn the_readme_shows_the_way_from_an_empty_server_to_a_prepared_schema() {
    let readme = readme();
    let (_, transcript) = readme.split_once("```\n$ createdb shop\n").unwrap();
    let (database, folder) = (shared().fresh_database(), Folder::new());
    let mut commands = transcript.split_once("```").unwrap().0.split("$ ").skip(1);
    let load = commands.next().unwrap().trim();
    assert_eq!(load, "psql -q -d shop -f fixtures/tailspin/schema.sql -f fixtures/tailspin/data.sql");
    let mut psql = Command::new("psql");
    psql.args(["-q", "-d", &database.url(), "-f", "fixtures/tailspin/schema.sql", "-f", "fixtures/tailspin/data.sql"]);
    assert!(psql.current_dir(root()).output().unwrap().status.success());
    let mut tried = 0;
    for command in commands {
        let (line, shown) = command.split_once('\n').unwrap();
        let (url, dir) = (database.url(), folder.path("plan"));
        let mut words: Vec<&str> = line.split(' ').skip(1).collect();
        for word in words.iter_mut().skip(1) {
            match *word {
                "plan" => *word = &dir,
                "postgres:///shop" => *word = &url,
                _ => {}
            }
        }
        let output = shardplan(&words).output().unwrap();
        assert!(output.status.code() < Some(2), "{line}: {}", String::from_utf8_lossy(&output.stderr));
        let printed = [output.stdout, output.stderr].map(|text| String::from_utf8(text).unwrap()).concat();
        let lines = |text: &str| text.lines().map(timeless).collect::<Vec<_>>();
        assert!(
            is_shown(&lines(shown), &lines(&printed)),
            "the README shows for `{line}`:\n{shown}\nand this is printed:\n{printed}"
        );
        tried += 1;
    }
    assert_eq!(tried, 3);
}

#[test]
fn one_command_leads_from_a_clone_to_the_report() {
    let readme = readme();
    let line = readme.lines().find(|line| line.contains("plan/report.html")).unwrap();
    let words = line.split_once(" #").unwrap().0.trim().strip_prefix("cargo run -p shardplan-cli -- ").unwrap();
    let folder = Folder::new();
    let mut words: Vec<&str> = words.split(' ').collect();
    let dir = folder.path("plan");
    assert_eq!(words.pop(), Some("plan"));
    words.push(&dir);
    let output = shardplan(&words).current_dir(root()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(fs::read_to_string(folder.path("plan/report.html")).unwrap().contains("<h1>"));
}
