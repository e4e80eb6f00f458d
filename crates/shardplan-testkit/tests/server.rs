//! A throwaway server starts, serves, and leaves nothing behind.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use shardplan_testkit::{Options, Server, VERSIONS, shared, versions};

#[test]
fn a_dropped_server_leaves_nothing_behind() {
    let server = Server::start().unwrap();
    let (dir, port) = (server.socket_dir().to_owned(), server.port());
    assert!(dir.join(format!(".s.PGSQL.{port}")).exists());
    drop(server);
    assert!(!dir.exists());
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}

/// Not a test of its own: the process that [`a_killed_process_leaves_nothing_behind`] starts and kills.
#[test]
fn child_that_is_killed() {
    if std::env::var_os("SHARDPLAN_TESTKIT_CHILD").is_some() {
        println!("folder {}", shared().socket_dir().display());
        sleep(Duration::from_secs(60));
    }
}

#[test]
fn a_killed_process_leaves_nothing_behind() {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_is_killed", "--nocapture"])
        .env("SHARDPLAN_TESTKIT_CHILD", "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let dir = folder_named_by(&mut child);
    assert!(dir.exists());
    child.kill().unwrap();
    child.wait().unwrap();
    let killed = Instant::now();
    while dir.exists() {
        assert!(killed.elapsed() < Duration::from_secs(20), "{} is still there", dir.display());
        sleep(Duration::from_millis(50));
    }
}

fn folder_named_by(child: &mut std::process::Child) -> PathBuf {
    use std::io::{BufRead, BufReader};
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let line = lines.map_while(Result::ok).find(|line| line.contains("folder ")).unwrap();
    PathBuf::from(line.split_once("folder ").unwrap().1)
}

#[test]
fn fresh_databases_are_empty_and_apart() {
    let (one, two) = (shared().fresh_database(), shared().fresh_database());
    one.psql("CREATE TABLE here (id int)").unwrap();
    assert_ne!(one.name(), two.name());
    assert!(one.dump().unwrap().contains("CREATE TABLE public.here"));
    assert!(!two.dump().unwrap().contains("CREATE TABLE"));
}

#[test]
fn psql_stops_at_the_first_error() {
    let database = shared().fresh_database();
    let failure = database.psql("CREATE TABLE a (id int);\nNONSENSE;\nCREATE TABLE b (id int);").unwrap_err();
    assert!(failure.to_string().contains("NONSENSE"), "{failure}");
    assert!(!database.dump().unwrap().contains("public.b"));
}

#[test]
fn settings_reach_the_server() {
    let server = Options::new().set("wal_level", "logical").start().unwrap();
    let level = server.database("postgres").connect().unwrap().query_one("SHOW wal_level", &[]).unwrap();
    assert_eq!(level.get::<_, String>(0), "logical");
}

#[test]
fn a_server_that_cannot_start_says_why() {
    let failure = Options::new().set("wal_level", "sideways").start().unwrap_err();
    assert!(failure.to_string().contains("sideways"), "{failure}");
}

#[test]
fn each_fetched_version_starts() {
    for major in versions().unwrap() {
        assert!(VERSIONS.contains(&major));
        let server = Server::start_version(major).unwrap();
        let row = server.database("postgres").connect().unwrap().query_one("SHOW server_version_num", &[]).unwrap();
        assert_eq!(row.get::<_, String>(0).parse::<u32>().unwrap() / 10_000, major);
    }
}
