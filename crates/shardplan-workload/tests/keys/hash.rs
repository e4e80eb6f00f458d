//! Hashes against those of the server's own functions, for random values of each type.

use shardplan::postgres::SimpleQueryMessage;
use shardplan::{Catalog, DataType};
use shardplan_testkit::shared;
use shardplan_workload::KeyHash;

/// A type, the server's hash of a value `v` of it, and random values of it made of `i` (1 to the number of rows).
pub(crate) const TYPES: &[(&str, &str, &str)] = &[
    ("smallint", "hashint2(v)", "(random() * 65535 - 32768)::int2"),
    ("integer", "hashint4(v)", "(random() * 4294967295 - 2147483648)::int8::int4"),
    ("bigint", "hashint8(v)", "(random() * 2 - 1)::numeric * (10::numeric ^ (i % 19))"),
    ("oid", "hashoid(v)", "(random() * 4294967295)::int8"),
    ("boolean", "hashchar(v::int4::\"char\")", "random() < 0.5"),
    ("\"char\"", "hashchar(v)", "chr(1 + i % 127)"),
    ("text", "hashtext(v)", WORDS),
    ("character varying(200)", "hashtext(v)", WORDS),
    ("name", "hashname(v)", "substr(md5(random()::text), 1, i % 32)"),
    ("character(40)", "hashbpchar(v)", "repeat(chr(97 + i % 26), i % 41) || repeat(' ', i % 3)"),
    ("bytea", ELEMENT, "decode(repeat(md5(random()::text), 1 + i % 3), 'hex')"),
    ("uuid", "uuid_hash(v)", "gen_random_uuid()"),
    ("numeric", "hash_numeric(v)", NUMBERS),
    ("numeric(30,8)", "hash_numeric(v)", "(random() * 2 - 1)::numeric * (10::numeric ^ (i % 20))"),
    ("real", "hashfloat4(v)", "(random() * 2 - 1) * (10::float8 ^ (i % 70 - 35))"),
    ("double precision", "hashfloat8(v)", "(random() * 2 - 1) * (10::float8 ^ (i % 500 - 250))"),
    ("date", ELEMENT, "'4000-01-01 BC'::date + (random() * 4000000)::int4"),
    ("time without time zone", "time_hash(v)", "'00:00'::time + random() * interval '1 day'"),
    ("time with time zone", "timetz_hash(v)", "timetz(('00:00'::time + random() * interval '1 day')::text || ZONE)"),
    ("timestamp without time zone", "timestamp_hash(v)", MOMENTS),
    ("timestamp(0) without time zone", "timestamp_hash(v)", MOMENTS),
    ("timestamp with time zone", ELEMENT, MOMENTS),
    ("interval", "interval_hash(v)", INTERVALS),
    ("inet", "hashinet(v)", ADDRESSES),
    ("cidr", "hashinet(v)", "network((host('10.0.0.0'::inet + (random() * 100000000)::int8) || '/' || i % 33)::inet)"),
    ("macaddr", "hashmacaddr(v)", "substr(md5(random()::text), 1, 12)::macaddr"),
    ("macaddr8", "hashmacaddr8(v)", "substr(md5(random()::text), 1, 16)::macaddr8"),
];

const WORDS: &str = "substr(repeat(md5(random()::text) || ' äß€ 漢字 \\ '' ', 3), 1 + i % 7, i % 131)";
/// Functions that cannot be called from SQL for the type itself: an array of one element adds 31 to its hash, with 32 bits.
const ELEMENT: &str = "(hash_array(ARRAY[v])::int8 - 31 + 6442450944) % 4294967296 - 2147483648";
const NUMBERS: &str = "CASE i % 50 WHEN 0 THEN 'NaN' WHEN 1 THEN 'Infinity' WHEN 2 THEN '-Infinity' WHEN 3 THEN 0 WHEN 4 THEN 0.000
     WHEN 5 THEN 10000::numeric ^ (i % 40) ELSE round((random() * 2 - 1)::numeric * (10::numeric ^ (i % 61 - 20)), i % 17) END";
const MOMENTS: &str = "CASE i % 1000 WHEN 0 THEN 'infinity' WHEN 1 THEN '-infinity'
     ELSE '4700-01-01 BC'::timestamp + random() * interval '10000 years' END";
const INTERVALS: &str = "make_interval(years => (random() * 200 - 100)::int4, months => (random() * 24 - 12)::int4,
     days => (random() * 100 - 50)::int4, secs => random() * 200000 - 100000)";
const ADDRESSES: &str = "CASE i % 3 WHEN 0 THEN ('10.0.0.0'::inet + (random() * 100000000)::int8)
     WHEN 1 THEN (host('10.0.0.0'::inet + (random() * 100000000)::int8) || '/' || i % 33)::inet
     ELSE ('2001:db8::'::inet + (random() * 9e18)::int8) END";

/// How many values of each type are compared.
const ROWS: u32 = 100_000;

/// The text forms of random values, each with the answer to a question about it, `{}` for the value.
pub(crate) fn values(data_type: &str, value: &str, rows: u32) -> String {
    let value = value.replace("ZONE", "(CASE WHEN i % 2 = 0 THEN '+' ELSE '-' END || i % 14 || ':30')");
    format!("SELECT ({value})::{data_type} AS v FROM generate_series(1, {rows}) AS i")
}

#[test]
fn hashes_are_the_server_s() {
    let mut client = shared().fresh_database().connect().unwrap();
    for zone in ["UTC", "Asia/Kolkata"] {
        client.batch_execute(&format!("SET TimeZone = '{zone}'")).unwrap();
        for (data_type, function, value) in TYPES {
            if zone != "UTC" && !data_type.contains("with time zone") {
                continue;
            }
            let hash = KeyHash::new(&Catalog::default(), &DataType::from(*data_type)).unwrap();
            let sql = format!("SELECT v, {function} FROM ({}) AS made", values(data_type, value, ROWS));
            let mut compared = 0;
            for message in client.simple_query(&sql).unwrap() {
                let SimpleQueryMessage::Row(row) = message else { continue };
                let (text, expected) = (row.get(0).unwrap(), row.get(1).unwrap());
                assert_eq!(hash.of(text).map(|hash| hash.to_string()).as_deref(), Ok(expected), "{data_type} {text:?}");
                compared += 1;
            }
            assert_eq!(compared, ROWS, "{data_type}");
        }
    }
}
