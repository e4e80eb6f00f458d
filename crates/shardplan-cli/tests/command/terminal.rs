//! `apply` at a terminal, and what is told while something runs: bars, questions, Ctrl-C.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::apply::Shop;

/// What `apply` shows at a terminal, which `script` of util-linux makes, to somebody who types this. Its exit code comes first.
fn at_terminal(shop: &Shop, more: &str, typed: &str) -> (i32, String) {
    let program = assert_cmd::cargo::cargo_bin("shardplan");
    let line = format!("{} apply {} --url {} {more}", program.display(), shop.dir(), shop.database.url());
    let mut command = Command::new("script");
    command.args(["-qefc", &line, "/dev/null"]).stdin(Stdio::piped()).stdout(Stdio::piped()).env("TERM", "xterm");
    let mut script = command.spawn().unwrap();
    script.stdin.as_mut().unwrap().write_all(typed.as_bytes()).unwrap();
    let output = script.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn a_person_is_asked_before_each_phase_that_changes_something() {
    let shop = Shop::new();
    let (code, shown) = at_terminal(&shop, "--until triggers", "y\nn\n");
    assert_eq!(code, 3, "{shown}");
    assert!(shown.contains("10_add_columns.sql") && shown.contains(": 1 steps. Run it? [y/N]"), "{shown}");
    assert!(shown.contains("stopped before the phase `triggers`; run the same command again to go on"), "{shown}");
    assert!(shop.status().1.contains("done   10_add_columns.sql"));
    assert!(shop.status().1.contains("to do  15_triggers.sql"));
}

#[test]
fn at_a_terminal_there_are_bars_and_colours() {
    let shop = Shop::new();
    assert_eq!(shop.apply(&["--yes", "--until", "triggers"]).0, 0);
    shop.database.psql("ANALYZE").unwrap();
    // A row that somebody holds is filled later, so there is something to look at.
    let mut holder = psql(&shop, "BEGIN; UPDATE line_items SET quantity = quantity WHERE line_item_id = 7;\n");
    let shown = thread::scope(|scope| {
        let run = scope.spawn(|| at_terminal(&shop, "--yes --until backfill", ""));
        says(&shop, "public.line_items: ");
        thread::sleep(Duration::from_secs(3));
        holder.stdin.as_mut().unwrap().write_all(b"COMMIT;\n").unwrap();
        run.join().unwrap()
    });
    drop(holder.stdin.take());
    assert!(holder.wait().unwrap().success());
    let (code, shown) = shown;
    assert_eq!(code, 0, "{shown}");
    assert!(shown.contains("\u{1b}["), "{shown}");
    assert!(shown.contains(" % public.line_items: ") && shown.contains(" of about 480 rows"), "{shown}");
    assert!(shown.contains("░"), "{shown}");
}

/// A session that runs this and waits for more.
fn psql(shop: &Shop, text: &str) -> Child {
    let mut command = Command::new("psql");
    command.args(["-qX", "-d", &shop.database.url()]).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    child.stdin.as_mut().unwrap().write_all(text.as_bytes()).unwrap();
    child
}

/// Until `status` says it.
fn says(shop: &Shop, words: &str) {
    let begun = Instant::now();
    loop {
        let out = shop.status().1;
        if out.lines().any(|line| line.starts_with("now    ") && line.contains(words)) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "`{words}` is not in {out}");
        thread::sleep(Duration::from_millis(200));
    }
}

#[test]
fn index_builds_are_told() {
    let shop = Shop::new();
    // Whoever has written and not committed keeps an index from being built.
    let mut writer = psql(
        &shop,
        "BEGIN; DELETE FROM line_items WHERE line_item_id = -1; LOCK TABLE line_items IN ROW EXCLUSIVE MODE;\n",
    );
    thread::sleep(Duration::from_millis(500));
    let mut builder = psql(&shop, "CREATE INDEX CONCURRENTLY slow ON line_items (quantity);\n");
    says(&shop, "index of line_items: waiting for writers before build: ");
    drop(writer.stdin.take());
    drop(builder.stdin.take());
    assert!(writer.wait().unwrap().success() && builder.wait().unwrap().success());
}

/// Ctrl-C reaches all that runs at the terminal at once.
#[test]
fn an_interrupt_changes_nothing() {
    let shop = Shop::new();
    for pause in [150_u64, 250, 400, 600, 900, 300, 700] {
        let program = assert_cmd::cargo::cargo_bin("shardplan");
        let mut command = Command::new(program);
        command.args(["apply", &shop.dir(), "--url", &shop.database.url(), "--yes", "--until", "hand_over"]);
        let mut apply = command.process_group(0).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(pause));
        let _ = Command::new("kill").args(["-INT", "--", &format!("-{}", apply.id())]).output().unwrap();
        apply.wait().unwrap();
    }
    let (code, _, err) = shop.apply(&["--yes", "--until", "hand_over"]);
    assert_eq!(code, 0, "{err}");
    shop.is_prepared();
}
