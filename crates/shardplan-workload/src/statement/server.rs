//! A connection comes in, what `pg_stat_statements` has counted there goes out. Runs one query.

use std::time::Duration;

use shardplan::postgres::{self, Client};
use thiserror::Error;

use super::reading::{DAMAGED, Reading};
use super::{Source, Statement};

/// Where the extension lives, and whether it splits the time of a statement (since 1.8 of PostgreSQL 13).
const FIND: &str = "SELECT pg_catalog.quote_ident(n.nspname), EXISTS (
        SELECT FROM pg_catalog.pg_attribute a
        WHERE a.attrelid = pg_catalog.to_regclass(pg_catalog.quote_ident(n.nspname) || '.pg_stat_statements')
          AND a.attname = 'total_exec_time')
    FROM pg_catalog.pg_extension e JOIN pg_catalog.pg_namespace n ON n.oid = e.extnamespace
    WHERE e.extname = 'pg_stat_statements'";

/// The encoding of the answer. Of a database without one the server would refuse the whole answer for one byte.
const AS_IT_IS: &str =
    "CASE pg_catalog.current_setting('server_encoding') WHEN 'SQL_ASCII' THEN 'SQL_ASCII' ELSE 'UTF8' END";

/// Why a server's statistics cannot be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum NoStatistics {
    /// The extension is not there.
    #[error("the extension pg_stat_statements is not installed in this database: CREATE EXTENSION pg_stat_statements")]
    NotInstalled,
    /// The role sees no text but its own.
    #[error("the texts of other roles' statements are hidden: GRANT pg_read_all_stats")]
    Hidden,
    /// The server has refused, as when the module is not in `shared_preload_libraries`.
    #[error("pg_stat_statements cannot be read")]
    Refused(#[source] postgres::Error),
}

/// The statements that a server has counted in this database, in whatever schema its extension lives. One text that ran by several
/// roles, or as part of another statement too, is one statement. In a database without an encoding, what is not in UTF-8 is left out,
/// and counted.
///
/// # Errors
/// The extension is missing or not loaded, or the role may not see what others run.
pub fn read_server(client: &mut Client) -> Result<Reading, NoStatistics> {
    let found = client.query_opt(FIND, &[]).map_err(NoStatistics::Refused)?.ok_or(NoStatistics::NotInstalled)?;
    let (schema, split): (String, bool) = (found.get(0), found.get(1));
    let time = if split { "total_exec_time" } else { "total_time" };
    // Milliseconds. By time, then text: the same order every time.
    let query = format!(
        "SELECT pg_catalog.convert_to(s.query, {AS_IT_IS}), pg_catalog.sum(s.calls)::bigint, pg_catalog.sum(s.{time})::double precision \
         FROM {schema}.pg_stat_statements s \
         WHERE s.dbid = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) \
         GROUP BY s.query ORDER BY 3 DESC, s.query COLLATE \"C\""
    );
    let rows = client.query(&query, &[]).map_err(NoStatistics::Refused)?;
    let mut found = Reading::default();
    for (number, row) in (1..).zip(&rows) {
        let Some(bytes) = row.get::<_, Option<Vec<u8>>>(0) else { continue };
        let Ok(text) = String::from_utf8(bytes) else {
            found.skip(number, DAMAGED);
            continue;
        };
        if text == "<insufficient privilege>" {
            return Err(NoStatistics::Hidden);
        }
        let time = Duration::try_from_secs_f64(row.get::<_, f64>(2) / 1e3).unwrap_or_default();
        let calls = u64::try_from(row.get::<_, i64>(1)).unwrap_or_default();
        found.statements.push(Statement { text: text.into(), calls, time, source: Source::Statistics });
    }
    Ok(found)
}
