//! What hangs on tables and views besides rows: a server comes in, one line for each comment, grant, position, index, trigger,
//! rule, default and setting goes out, to be compared.

use shardplan_testkit::psql;

/// All of it, sorted.
pub(crate) fn kept(url: &str) -> Vec<String> {
    let answer = psql(url, &format!("\\pset format unaligned\n\\pset tuples_only on\n{KEPT}")).unwrap();
    answer.lines().filter(|line| line.contains("kept: ")).map(str::to_owned).collect()
}

/// Shards and what belongs to an extension are left out.
const KEPT: &str = r#"
SET client_min_messages = warning;
WITH
relation AS (
  SELECT c.oid AS id, c.*, format('%I.%I', nspname, relname) AS name
  FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = relnamespace
  WHERE nspname !~ '^(pg_|information_schema|citus|columnar|shardplan)' AND relname !~ '_\d{6}$'
    AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')),
described AS (
  SELECT * FROM pg_description, pg_identify_object(classoid, objoid, objsubid)
  WHERE objoid >= 16384 AND identity !~ '_\d{6}' AND identity !~ '^(citus|columnar|pg_catalog|shardplan)'
    AND type NOT IN ('schema', 'extension', 'function', 'type', 'procedure'))
SELECT 'kept: comment on ' || type || ' ' || identity || ': ' || description FROM described
UNION ALL SELECT 'kept: ' || privilege_type || ' on ' || name || ' to ' || CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END || is_grantable
FROM relation, aclexplode(coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))) WHERE relkind IN ('r', 'p', 'v', 'm', 'S')
UNION ALL SELECT 'kept: ' || privilege_type || ' of ' || attname || ' on ' || name || ' to ' || CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END
FROM relation JOIN pg_attribute ON attrelid = id, aclexplode(attacl)
UNION ALL SELECT 'kept: ' || name || '.' || attname || ' with statistics ' || attstattarget || ' stored ' || attstorage::text || attcompression::text
FROM relation JOIN pg_attribute ON attrelid = id WHERE attnum > 0 AND NOT attisdropped AND relkind IN ('r', 'p', 'm')
UNION ALL SELECT 'kept: ' || name || '.' || attname || ': ' || option_name || ' ' || option_value
FROM relation JOIN pg_attribute ON attrelid = id, pg_options_to_table(attoptions) WHERE option_name LIKE 'n%'
UNION ALL SELECT 'kept: ' || name || ' identified by ' || relreplident::text || ', filled ' || relispopulated || ', owned by ' || relowner::regrole FROM relation WHERE relkind IN ('r', 'p', 'v', 'm')
UNION ALL SELECT 'kept: ' || name || ': ' || option_name || ' ' || option_value FROM relation, pg_options_to_table(reloptions) WHERE relkind IN ('r', 'v', 'm', 'i')
UNION ALL SELECT 'kept: ' || pg_get_indexdef(indexrelid) || indisclustered FROM relation JOIN pg_index ON indrelid = id WHERE relkind = 'm'
UNION ALL SELECT 'kept: ' || name || '.' || attname || ' by default ' || pg_get_expr(adbin, adrelid) FROM relation JOIN pg_attrdef ON adrelid = id JOIN pg_attribute ON attrelid = adrelid AND attnum = adnum
UNION ALL SELECT 'kept: ' || regexp_replace(pg_get_ruledef(r.oid), '\s+', ' ', 'g') FROM relation JOIN pg_rewrite AS r ON ev_class = id WHERE rulename <> '_RETURN'
UNION ALL SELECT 'kept: ' || pg_get_triggerdef(t.oid) FROM relation JOIN pg_trigger AS t ON tgrelid = id WHERE NOT tgisinternal
ORDER BY 1;
SELECT format($$SELECT 'kept: rows of %I.%I: ' || count(*) FROM %1$I.%2$I$$, schemaname, matviewname) FROM pg_matviews WHERE ispopulated ORDER BY 1 \gexec
"#;
