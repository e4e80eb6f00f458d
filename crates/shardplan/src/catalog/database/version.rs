//! What differs between server versions: a query with marks in, the text for one version out. The only place that compares
//! version numbers.

/// The oldest major version that is read.
pub(super) const OLDEST: u32 = 11;

/// A mark in the queries, what it stands for from a version on, and what it stands for before.
struct Mark {
    name: &'static str,
    since: u32,
    text: &'static str,
    before: &'static str,
}

const MARKS: &[Mark] = &[
    // Relations that an extension owns, with its name.
    Mark {
        name: "{members_of_class}",
        since: 0,
        text: "(SELECT d.objid, e.extname FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid
            WHERE d.refclassid = 'pg_extension'::regclass AND d.classid = 'pg_class'::regclass
                AND d.objsubid = 0 AND d.deptype = 'e')",
        before: "",
    },
    // Before 14 a table that was never analyzed could not be told from an empty one.
    Mark {
        name: "{rows}",
        since: 140_000,
        text: "CASE WHEN c.relkind = 'r' THEN NULLIF(c.reltuples, -1) END",
        before: "CASE WHEN c.relkind = 'r' AND c.relpages > 0 THEN c.reltuples END",
    },
    Mark { name: "{generated}", since: 120_000, text: "a.attgenerated", before: "''::\"char\"" },
    Mark { name: "{nulls_not_distinct}", since: 150_000, text: "i.indnullsnotdistinct", before: "false" },
    Mark { name: "{set_columns}", since: 150_000, text: "o.confdelsetcols", before: "NULL::int2[]" },
    // Before 13 only a dependency tells that a trigger is a copy of another.
    Mark {
        name: "{cloned_trigger}",
        since: 130_000,
        text: "t.tgparentid <> 0",
        before: "EXISTS (SELECT FROM pg_depend AS d WHERE d.classid = 'pg_trigger'::regclass AND d.objid = t.oid
            AND d.refclassid = 'pg_trigger'::regclass)",
    },
    Mark { name: "{sql_body}", since: 140_000, text: "pg_get_function_sqlbody(f.oid)", before: "NULL::text" },
    Mark {
        name: "{published_schemas}",
        since: 150_000,
        text: "ARRAY(SELECT s.nspname::text FROM pg_publication_namespace AS p2
            JOIN pg_namespace AS s ON s.oid = p2.pnnspid WHERE p2.pnpubid = p.oid ORDER BY s.nspname)",
        before: "'{}'::text[]",
    },
];

/// The text of a query for a server of this version (`server_version_num`).
pub(super) fn text(sql: &str, version: u32) -> String {
    MARKS.iter().fold(sql.to_owned(), |sql, mark| {
        sql.replace(mark.name, if version >= mark.since { mark.text } else { mark.before })
    })
}

/// Whether a server of this version (`server_version_num`) cannot be read.
pub(super) fn is_too_old(version: u32) -> bool {
    version / 10_000 < OLDEST
}

/// Whether the role `pg_read_all_data` exists.
pub(super) fn has_read_all_data(version: u32) -> bool {
    version >= 140_000
}

#[cfg(test)]
mod tests {
    use super::{MARKS, is_too_old, text};

    #[test]
    fn ten_is_too_old_and_eleven_is_not() {
        assert!(is_too_old(100_023));
        assert!(is_too_old(90_624));
        assert!(!is_too_old(110_000));
        assert!(!is_too_old(180_004));
    }

    #[test]
    fn each_mark_is_replaced_on_each_version() {
        for mark in MARKS {
            for version in [110_022, 130_023, 150_018, 180_004] {
                assert!(!text(mark.name, version).contains('{') || mark.name == "{published_schemas}", "{}", mark.name);
            }
        }
    }

    #[test]
    fn a_mark_stands_for_what_its_version_has() {
        assert_eq!(text("SELECT {generated}", 110_022), "SELECT ''::\"char\"");
        assert_eq!(text("SELECT {generated}", 120_000), "SELECT a.attgenerated");
    }
}
