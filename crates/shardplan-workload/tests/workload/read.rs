//! Files and logs come in, statements with their weight and place go out; a server's statistics too.

use std::time::Duration;

use shardplan_testkit::Options;
use shardplan_workload::{NoStatistics, Source, merged, read_log, read_server, read_sql};

fn millis(text: &str) -> Vec<(String, f64, String)> {
    let found = read_log("log", text).unwrap();
    found.into_iter().map(|one| (one.text.to_string(), one.time.as_secs_f64() * 1e3, one.source.to_string())).collect()
}

#[test]
fn a_file_has_lines_and_no_commands() {
    let text = "\\set x 1\n-- first\nSELECT 1; SELECT\n ';';\nCOPY t FROM stdin;\n1\tSELECT\n\\.\n\\echo done\nUPDATE t SET a = $$;$$;";
    let found = read_sql("app.sql", text);
    let shown: Vec<String> = found.iter().map(|one| format!("{} {}", one.source, one.text)).collect();
    let expected = [
        "app.sql:3 SELECT 1",
        "app.sql:3 SELECT\n ';'",
        "app.sql:5 COPY t FROM stdin",
        "app.sql:9 UPDATE t SET a = $$;$$",
    ];
    assert_eq!(shown, expected);
}

#[test]
fn a_json_log_is_read() {
    let text = r#"{"session_id":"a","message":"statement: SELECT 1"}
{"session_id":"b","message":"execute <unnamed>: SELECT $1"}
{"session_id":"a","message":"duration: 1.5 ms"}
{"session_id":"a","message":"connection authorized"}

{"session_id":"b","message":"duration: 2.5 ms  execute s1: SELECT $1: 2"}
{"session_id":"b","message":"duration: 9.5 ms  parse s1: SELECT $1"}
"#;
    let expected = [("SELECT 1", 1.5, "log:1"), ("SELECT $1", 0.0, "log:2"), ("SELECT $1: 2", 2.5, "log:6")];
    assert_eq!(millis(text), expected.map(|(text, time, place)| (text.to_owned(), time, place.to_owned())));
}

#[test]
fn a_csv_log_is_read() {
    let line = |session: &str, message: &str| {
        format!(
            "2026-01-01,u,d,1,h,{session},1,SELECT,now,1/1,0,LOG,00000,\"{message}\",,,,,,,,,app,client backend,,0\n"
        )
    };
    let text = [
        line("a", "statement: SELECT \"\"A\"\"\n  FROM t"),
        line("b", "duration: 3.000 ms  statement: SELECT 2"),
        line("a", "duration: 4.000 ms"),
    ]
    .concat();
    let expected = [("SELECT \"A\"\n  FROM t", 4.0, "log:1"), ("SELECT 2", 3.0, "log:3")];
    assert_eq!(millis(&text), expected.map(|(text, time, place)| (text.to_owned(), time, place.to_owned())));
}

#[test]
fn what_is_no_log_is_refused_with_its_line() {
    assert_eq!(read_log("log", "a,b\n").unwrap_err().line, 1);
    assert_eq!(read_log("log", "{\"message\":\"x\"}\n{").unwrap_err().line, 2);
    assert!(read_log("log", "\"a\"b\n").unwrap_err().to_string().contains("closing quote"));
    assert!(read_log("log", "\"a").is_err());
    assert_eq!(read_log("log", "").unwrap(), []);
}

#[test]
fn one_text_is_one_statement() {
    let log = "{\"message\":\"duration: 1 ms  statement: SELECT 1\"}\n".repeat(3);
    let found = merged(read_log("log", &log).unwrap());
    let [one] = &found[..] else { panic!("{found:?}") };
    assert_eq!((one.calls, one.time, &one.source.to_string()[..]), (3, Duration::from_millis(3), "log:1"));
}

#[test]
fn a_server_counts_in_whatever_schema() {
    let server = Options::new().preload("pg_stat_statements").start().unwrap();
    let database = server.fresh_database();
    let mut client = database.connect().unwrap();
    assert!(matches!(read_server(&mut client), Err(NoStatistics::NotInstalled)));
    let sql =
        "CREATE SCHEMA \"Odd Stats\"; CREATE EXTENSION pg_stat_statements SCHEMA \"Odd Stats\"; CREATE TABLE t (a int);
        CREATE ROLE other; GRANT SELECT ON t TO other";
    client.batch_execute(sql).unwrap();
    for role in ["postgres", "other", "other"] {
        client.batch_execute(&format!("SET ROLE {role}")).unwrap();
        client.simple_query("SELECT * FROM t WHERE a = 5").unwrap();
        client.batch_execute("RESET ROLE").unwrap();
    }
    let found = read_server(&mut client).unwrap();
    // Two roles, one text.
    let counted: Vec<_> = found.iter().filter(|one| one.text.starts_with("SELECT * FROM t ")).collect();
    let [one] = &counted[..] else { panic!("{found:?}") };
    assert_eq!((one.calls, &one.source, &*one.text), (3, &Source::Statistics, "SELECT * FROM t WHERE a = $1"));
    assert!(one.time > Duration::ZERO);
    let usage = "GRANT USAGE ON SCHEMA \"Odd Stats\" TO other; SET ROLE other";
    client.batch_execute(usage).unwrap();
    assert!(matches!(read_server(&mut client), Err(NoStatistics::Hidden)));
}
