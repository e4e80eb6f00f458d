//! Sizes, activity and column statistics, as `ANALYZE` and the counters left them.

use shardplan::ColumnStatistics;
use shardplan_testkit::shared;

use crate::{read, table};

const FILLED: &str = "
    CREATE TABLE t (id int PRIMARY KEY, kind text, maybe int, labels text[]);
    INSERT INTO t SELECT i, CASE WHEN i % 4 = 0 THEN 'it''s, \"rare\"' ELSE 'common' END,
        CASE WHEN i % 2 = 0 THEN i END, ARRAY['a', 'b c'] FROM generate_series(1, 1000) AS i;
    CREATE TABLE fresh (id int);
    CREATE TABLE p (id int, at int) PARTITION BY RANGE (at);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (100);
    CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (at);
    CREATE TABLE p2a PARTITION OF p2 FOR VALUES FROM (100) TO (150);
    INSERT INTO p SELECT i, i FROM generate_series(0, 149) AS i;
    CREATE TABLE parent (id int);
    CREATE TABLE child () INHERITS (parent);
    INSERT INTO parent SELECT 1 FROM generate_series(1, 10);
    INSERT INTO child SELECT 2 FROM generate_series(1, 30);
    ANALYZE t; ANALYZE p; ANALYZE p1; ANALYZE p2a; ANALYZE parent; ANALYZE child;
";

#[test]
fn statistics_are_those_of_the_server() {
    let database = shared().fresh_database();
    database.psql(FILLED).unwrap();
    let catalog = read(&database);

    let t = table(&catalog, "t");
    let size = t.statistics.unwrap();
    assert_eq!(size.rows, Some(1000));
    assert!(size.bytes.unwrap() > 8192);
    let statistics = |name: &str| -> ColumnStatistics { t.column(&name.into()).unwrap().statistics.clone().unwrap() };
    assert_eq!(statistics("id").distinct, -1.0);
    assert_eq!(statistics("maybe").null_fraction, 0.5);
    let kinds: Vec<_> = statistics("kind").common.into_iter().map(|it| (it.value, it.frequency)).collect();
    assert_eq!(kinds, [("common".to_owned(), 0.75), ("it's, \"rare\"".to_owned(), 0.25)]);
    assert_eq!(statistics("labels").common[0].value, "{a,\"b c\"}");

    let fresh = table(&catalog, "fresh");
    assert_eq!((fresh.statistics.unwrap().rows, fresh.statistics.unwrap().bytes), (None, Some(0)));
    assert_eq!(fresh.columns[0].statistics, None);

    let rows = |name: &str| table(&catalog, name).statistics.unwrap().rows;
    assert_eq!((rows("p"), rows("p1"), rows("p2"), rows("p2a")), (Some(150), Some(100), Some(50), Some(50)));
    assert!(table(&catalog, "p").statistics.unwrap().bytes.unwrap() > 0);
    assert!(table(&catalog, "p").columns[0].statistics.is_some());
    assert_eq!(rows("parent"), Some(10));
    let parent = table(&catalog, "parent").columns[0].statistics.clone().unwrap();
    assert_eq!(parent.common[0].value, "1");
}

#[test]
fn writes_are_counted() {
    let database = shared().fresh_database();
    let mut writer = database.connect().unwrap();
    writer.batch_execute("CREATE TABLE w (id int); INSERT INTO w SELECT generate_series(1, 5)").unwrap();
    writer.batch_execute("UPDATE w SET id = 0 WHERE id = 1; DELETE FROM w WHERE id = 0").unwrap();
    // The counters are reported when the session ends.
    drop(writer);
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(10);
    loop {
        let writes = table(&read(&database), "w").statistics.unwrap().writes;
        if writes == Some(7) {
            return;
        }
        assert!(std::time::Instant::now() < deadline, "{writes:?}");
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}
