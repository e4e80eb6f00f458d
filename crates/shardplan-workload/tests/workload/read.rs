//! Files and logs come in, statements with their weight and place go out; a server's statistics too.

use std::time::Duration;

use shardplan_testkit::Options;
use shardplan_workload::{NoStatistics, Reading, Source, merged, read_log, read_server, read_sql};

fn millis(text: &str) -> Vec<(String, f64, String)> {
    let found = read_log("log", text).unwrap().statements;
    found.into_iter().map(|one| (one.text.to_string(), one.time.as_secs_f64() * 1e3, one.source.to_string())).collect()
}

#[test]
fn a_file_has_lines_and_no_commands() {
    let text = "\\set x 1\n-- first\nSELECT 1; SELECT\n ';';\nCOPY t FROM stdin;\n1\tSELECT\n\\.\n\\echo done\nUPDATE t SET a = $$;$$;";
    let found = read_sql("app.sql", text).statements;
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
fn a_command_that_sends_a_statement_ends_it() {
    let text =
        "SELECT 1 \\gx\nSELECT 2 \\gset x_\nSELECT $1 \\bind 5 \\g\nSELECT 4\n\\crosstabview\n\\getenv a B\nSELECT 5";
    let found = read_sql("app.sql", text).statements;
    let shown: Vec<String> = found.iter().map(|one| format!("{} {}", one.source, one.text)).collect();
    let expected = [(1, "SELECT 1"), (2, "SELECT 2"), (3, "SELECT $1"), (4, "SELECT 4"), (7, "SELECT 5")];
    assert_eq!(shown, expected.map(|(line, text)| format!("app.sql:{line} {text}")));
}

#[test]
fn more_rows_of_a_statement_are_no_call() {
    let text = r#"{"session_id":"a","message":"duration: 2 ms  execute s/C_1: SELECT 1"}
{"session_id":"a","message":"duration: 1 ms  execute fetch from s/C_1: SELECT 1"}"#;
    let found = merged(read_log("log", text).unwrap().statements);
    assert_eq!((found.len(), found[0].calls, found[0].time), (1, 1, Duration::from_millis(3)));
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
    assert_eq!(read_log("log", "{").unwrap_err().line, 1);
    assert_eq!(read_log("log", "[{\n]").unwrap_err().line, 2);
    assert!(read_log("log", "\"a\"b\n").unwrap_err().to_string().contains("closing quote"));
    assert!(read_log("log", "\"a").is_err());
    assert_eq!(read_log("log", "").unwrap(), Reading::default());
}

/// The texts that were read, and the lines that were not.
fn shown(found: &Reading) -> (Vec<&str>, Vec<u64>) {
    (found.statements.iter().map(|one| &*one.text).collect(), found.skipped.iter().map(|line| line.line).collect())
}

#[test]
fn a_bad_line_is_left_out_and_counted() {
    let json =
        b"on\":1,\"message\":\"statement: SELECT 0\"}\n{\"message\":\"statement: SELECT 1\"}\n{\"message\":\"state\n\
        {\"message\":\"statement: SELECT '\xff'\"}\n{\"message\":\"statement: SELECT 2\"}\n{\"mess";
    assert_eq!(shown(&read_log("log", json).unwrap()), (vec!["SELECT 1", "SELECT 2"], vec![1, 3, 4, 6]));
    let line = |message: &str| {
        format!(
            "2026-01-01,\"u\",\"d\",1,\"h\",s,1,\"SELECT\",now,1/1,0,LOG,00000,\"{message}\",,,,,,,,,\"app\",\"client backend\",,0\n"
        )
    };
    let whole = |number| line(&format!("statement: SELECT {number}"));
    let cut = |number, end: &str| whole(number)[..90].trim_end_matches('"').to_owned() + end;
    // Cut off at its end and at its beginning, in the midst of a statement of two lines, and run into the next.
    let csv = [
        &cut(0, "\n")[20..],
        &whole(1),
        &cut(2, "\n"),
        &whole(3),
        &cut(4, "\n  FROM t\n"),
        &whole(5),
        &cut(6, ""),
        &whole(7),
        &whole(8),
    ]
    .concat();
    let found = read_log("log", &csv).unwrap();
    assert_eq!(shown(&found), (vec!["SELECT 1", "SELECT 3", "SELECT 5", "SELECT 8"], vec![1, 3, 5, 6, 8]), "{csv}");
    let mut bytes = csv.into_bytes();
    let at = bytes.windows(8).position(|part| part == b"SELECT 3").unwrap();
    bytes[at] = 0xE9;
    assert_eq!(shown(&read_log("log", &bytes).unwrap()).1, [1, 3, 4, 5, 6, 8]);
    let sql = b"SELECT 1;\nSELECT '\xe9';\nSELECT 2;";
    assert_eq!(shown(&read_sql("app.sql", sql)), (vec!["SELECT 1", "SELECT 2"], vec![2]));
}

#[test]
fn a_byte_order_mark_is_no_text() {
    let with_mark = |text: &str| format!("\u{feff}{text}");
    assert_eq!(shown(&read_sql("app.sql", with_mark("SELECT 1"))).0, ["SELECT 1"]);
    assert_eq!(shown(&read_log("log", with_mark("{\"message\":\"statement: SELECT 1\"}")).unwrap()).0, ["SELECT 1"]);
    assert_eq!(shown(&read_log("log", with_mark("query,calls\nSELECT 1,5\n")).unwrap()).0, ["SELECT 1"]);
}

#[test]
fn a_copy_of_the_statistics_is_read() {
    let csv = "userid,calls,query,total_exec_time\n10,5,\"SELECT a,\n b FROM t\",2.5\n10,x,SELECT 2,1\n10,7,\"SELECT \"\"3\"\"\",1\n10,1,,1\n10,1,SEL";
    let found = read_log("copy.csv", csv).unwrap();
    assert_eq!(shown(&found), (vec!["SELECT a,\n b FROM t", "SELECT \"3\""], vec![4, 7]));
    assert_eq!((found.statements[0].calls, found.statements[0].time), (5, Duration::from_micros(2_500)));
    assert!(found.statements.iter().all(|one| one.source == Source::Statistics));
    let row = r#"{"query":"SELECT 1","calls":3,"total_time":4.0}"#;
    for json in [format!("[{row},\n {{\"query\":null,\"calls\":1}}]"), row.to_owned()] {
        let found = read_log("copy.json", json).unwrap();
        assert_eq!((found.statements[0].calls, found.statements[0].time.as_millis()), (3, 4));
        assert_eq!(shown(&found), (vec!["SELECT 1"], vec![]));
    }
}

#[test]
fn a_server_without_an_encoding_is_read_but_for_what_is_none() {
    let server = Options::new().preload("pg_stat_statements").start().unwrap();
    let mut client = server.fresh_database().connect().unwrap();
    client.batch_execute("CREATE DATABASE ascii ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0").unwrap();
    let mut client = shardplan::connect(&server.url("ascii")).unwrap();
    let odd = "SET pg_stat_statements.track = 'all'; CREATE EXTENSION pg_stat_statements;
        DO $$BEGIN EXECUTE 'SELECT 1 AS ' || quote_ident(convert_from('\\xe9'::bytea, 'SQL_ASCII')); END$$; SELECT 'whole'";
    client.batch_execute(odd).unwrap();
    let found = read_server(&mut client).unwrap();
    assert_eq!(found.skipped.len(), 1, "{found:?}");
    assert!(found.statements.iter().any(|one| &*one.text == "SELECT $1"));
}

#[test]
fn one_text_is_one_statement() {
    let log = "{\"message\":\"duration: 1 ms  statement: SELECT 1\"}\n".repeat(3);
    let found = merged(read_log("log", &log).unwrap().statements);
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
    let found = read_server(&mut client).unwrap().statements;
    // Two roles, one text.
    let counted: Vec<_> = found.iter().filter(|one| one.text.starts_with("SELECT * FROM t ")).collect();
    let [one] = &counted[..] else { panic!("{found:?}") };
    assert_eq!((one.calls, &one.source, &*one.text), (3, &Source::Statistics, "SELECT * FROM t WHERE a = $1"));
    assert!(one.time > Duration::ZERO);
    let usage = "GRANT USAGE ON SCHEMA \"Odd Stats\" TO other; SET ROLE other";
    client.batch_execute(usage).unwrap();
    assert!(matches!(read_server(&mut client), Err(NoStatistics::Hidden)));
}
