//! The schema in which the preparation keeps what it needs: what all of it shares, and how it goes again.

use std::fmt::{Display, Write};

use shardplan::Name;

use crate::put::Put;
use crate::quote::dollar;

/// The settings of a function that compares values: nothing of the caller's search path, and the schemas in which the operators
/// of their types are.
pub(crate) fn search_path(operators: &[Name]) -> String {
    let mut text = "SET search_path = pg_catalog".to_owned();
    for schema in operators {
        let _ = write!(text, ", {schema}");
    }
    text.push_str(", pg_temp");
    text
}

/// Makes the schema.
pub(crate) const SCHEMA: &str = "
-- What the preparation needs lives in a schema of its own.
CREATE SCHEMA IF NOT EXISTS shardplan;
";

/// Takes the job off the schedule, if it is still there.
const UNSCHEDULE: &str = "\
SELECT to_regclass('cron.job') IS NOT NULL AS has_cron \\gset
\\if :has_cron
SELECT cron.unschedule(jobid) FROM cron.job WHERE jobname = 'shardplan_backfill';
\\endif
";

/// Only what the backfill made.
const DROP_BACKFILL: &str = "
DECLARE
  made record;
BEGIN
  IF to_regclass('shardplan.backfill') IS NOT NULL THEN
    FOR made IN SELECT batch_function FROM shardplan.backfill LOOP
      EXECUTE format('DROP FUNCTION IF EXISTS shardplan.%I(text[], bigint, boolean)', made.batch_function);
    END LOOP;
  END IF;
  DROP VIEW IF EXISTS shardplan.progress, shardplan.undecided;
  DROP PROCEDURE IF EXISTS shardplan.run_backfill(interval);
  DROP PROCEDURE IF EXISTS shardplan.delete_undecided(text, text);
  DROP PROCEDURE IF EXISTS shardplan.assign_undecided(text, text);
  DROP FUNCTION IF EXISTS shardplan.run_batch(text);
  DROP FUNCTION IF EXISTS shardplan.reason_to_pause(text);
  DROP FUNCTION IF EXISTS shardplan.undecided_rows(text, text);
  DROP TABLE IF EXISTS shardplan.backfill, shardplan.settings, shardplan.watched;
END
";

/// What notes changed rows, and what copies them; the triggers go before.
const DROP_CAPTURE: &str = "
DECLARE
  made record;
BEGIN
  IF to_regclass('shardplan.shadows') IS NOT NULL THEN
    FOR made IN SELECT log, capture FROM shardplan.shadows LOOP
      EXECUTE format('DROP FUNCTION IF EXISTS shardplan.%I()', made.capture);
      EXECUTE format('DROP TABLE IF EXISTS shardplan.%I', made.log);
    END LOOP;
  END IF;
  DROP PROCEDURE IF EXISTS shardplan.exchange();
  DROP PROCEDURE IF EXISTS shardplan.swap();
  DROP PROCEDURE IF EXISTS shardplan.catch_up(interval);
  DROP PROCEDURE IF EXISTS shardplan.take_after(regclass, regclass);
  DROP FUNCTION IF EXISTS shardplan.replay(boolean);
  DROP FUNCTION IF EXISTS shardplan.waiting();
  DROP TABLE IF EXISTS shardplan.shadows, shardplan.truncated, shardplan.built;
END
";

/// What the triggers left behind, and the schema itself; one that holds anything else stays.
const DROP_REST: &str = "
DECLARE
  made record;
BEGIN
  FOR made IN SELECT oid::regprocedure AS function FROM pg_proc
    WHERE pronamespace = to_regnamespace('shardplan') AND prorettype = 'trigger'::regtype AND proname ~ '_(keep|pass|copy)[0-9]*$' LOOP
    EXECUTE 'DROP FUNCTION ' || made.function;
  END LOOP;
  DROP VIEW IF EXISTS shardplan.keyless;
  IF to_regclass('shardplan.counters') IS NOT NULL THEN
    FOR made IN SELECT counter FROM shardplan.counters LOOP
      EXECUTE format('DROP SEQUENCE IF EXISTS shardplan.%I', made.counter);
    END LOOP;
  END IF;
  DROP TABLE IF EXISTS shardplan.keyless_minutes, shardplan.counters, shardplan.before, shardplan.removed;
  DROP FUNCTION IF EXISTS shardplan.note_keyless(regclass);
  DROP SCHEMA IF EXISTS shardplan;
EXCEPTION WHEN dependent_objects_still_exist THEN
  RAISE WARNING 'the schema shardplan stays: %', SQLERRM;
END
";

/// Writes what removes the helpers of the backfill.
pub(crate) fn drop_backfill(text: &mut String) {
    text.push_str(UNSCHEDULE);
    block(text, DROP_BACKFILL);
}

/// Writes what removes the helpers of the strategy of shadow tables.
pub(crate) fn drop_capture(text: &mut String) {
    block(text, DROP_CAPTURE);
}

/// Writes what removes all helpers but the triggers, which go before.
pub(crate) fn drop_all(text: &mut String) {
    drop_backfill(text);
    drop_rest(text);
}

/// Writes what removes what the triggers left behind, and the schema.
pub(crate) fn drop_rest(text: &mut String) {
    block(text, DROP_REST);
}

/// Writes a block that runs at once.
pub(crate) fn block(text: &mut String, body: &str) {
    text.push_str("DO ");
    dollar(text, |text| text.push_str(body));
    text.push_str(";\n");
}

/// Writes the definition of a function or procedure: what follows `CREATE OR REPLACE`, up to its body.
pub(crate) fn define(text: &mut String, head: impl Display, body: impl Put) {
    let _ = write!(text, "CREATE OR REPLACE {head} AS ");
    dollar(text, |text| {
        let _ = body.put(text);
    });
    text.push_str(";\n");
}
