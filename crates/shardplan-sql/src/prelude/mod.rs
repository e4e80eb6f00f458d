//! The questions that a script asks the server, as functions that live as long as its session: a phase comes in, their
//! definitions go out.

mod demands;
mod kept;
mod questions;
mod removed;

use std::collections::BTreeSet;

use shardplan::{Change, Gate, Phase, PhaseKind};

use demands::DEMANDS;
use kept::{CATCH_UP, KEPT, UNDISTRIBUTE};
use questions::QUESTIONS;
pub(crate) use removed::{FORGET, has_removed};

use crate::{helpers, steps};

/// A function in `pg_temp`.
struct Function {
    name: &'static str,
    /// What follows `CREATE OR REPLACE FUNCTION`, up to its language.
    signature: &'static str,
    body: &'static str,
}

/// Every function, those that others call first.
fn functions() -> impl Iterator<Item = &'static Function> {
    QUESTIONS.iter().chain(DEMANDS)
}

/// The functions that the script of a phase calls.
fn called(kind: PhaseKind) -> &'static [&'static str] {
    match kind {
        // Its own `require` notes what does not hold, instead of stopping.
        PhaseKind::Preflight => &[
            "require_columns",
            "require_addable",
            "require_foreign_key",
            "require_known_foreign_keys",
            "require_key",
            "require_known_keys",
            "require_known_partitions",
            "require_no_view_on",
        ],
        PhaseKind::UnifyTypes => {
            &["require", "has_constraint", "is_valid", "is_not_null", "has_type", "has_trigger", "drop_leftover"]
        }
        PhaseKind::AddColumns | PhaseKind::Backfill => &[],
        PhaseKind::Triggers => &["has_trigger"],
        PhaseKind::HandOver => &["require", "is_not_null", "require_not_null", "require_written"],
        PhaseKind::UniqueIndexes => &["require", "is_attached", "is_key", "drop_leftover", "require_no_nulls"],
        PhaseKind::Keys => &[
            "require",
            "has_constraint",
            "lacks_constraint",
            "is_valid",
            "is_not_null",
            "refuses_null",
            "is_key",
            "is_gone",
            "require_index",
            "require_agreement",
        ],
        PhaseKind::Distribute => &[
            "require",
            "has_constraint",
            "is_not_null",
            "is_distributed",
            "is_in_metadata",
            "is_reference",
            "require_no_triggers",
            "require_not_null",
        ],
        PhaseKind::Shadows => {
            &["is_disowned", "require", "has_constraint", "is_not_null", "is_distributed", "is_reference"]
        }
        PhaseKind::Capture => &["has_trigger"],
        PhaseKind::Copy => &["require"],
        PhaseKind::Build => &["has_constraint"],
        PhaseKind::Exchange => &["has_constraint", "is_distributed", "is_reference", "require", "require_written"],
        PhaseKind::ForeignKeys => &["has_constraint", "is_in_metadata", "is_valid"],
        PhaseKind::CleanUp => &["require", "is_reference", "require_distributed", "require_reference"],
        PhaseKind::Verify => &[
            "require",
            "is_reference",
            "require_distributed",
            "require_reference",
            "require_colocated",
            "require_enforced",
        ],
    }
}

/// The functions that few schemas need, by the gates that call them.
fn called_by(gate: &Gate) -> &'static [&'static str] {
    match gate {
        Gate::ColumnIs { .. } => &["require", "require_type"],
        Gate::ColumnCanBeReplaced { .. } => &["require", "require_replaceable"],
        Gate::DomainIsPlain { .. } => &["require", "require_plain_domain"],
        Gate::KeyIsDeterministic { .. } => &["require", "require_deterministic"],
        Gate::SeesAllRows { .. } => &["require", "require_sight"],
        Gate::PlacedTogether { .. } => &["require", "require_together"],
        Gate::IsPlain { .. } => &["require", "require_plain"],
        Gate::IsBuilt { .. } => &["require", "require_built"],
        Gate::IsCopied { .. } => &["require", "require_copied"],
        Gate::PublishesKey { .. } => &["require", "require_published"],
        _ => &[],
    }
}

/// Runs statements that need a lock which the application has to wait for: in short attempts, with growing rests between them,
/// so that it never queues for long.
const WITH_PATIENCE: &str = "
DECLARE
  lock_wait text := coalesce(nullif(current_setting('shardplan.lock_wait', true), ''), '50ms');
  patience interval := coalesce(nullif(current_setting('shardplan.lock_patience', true), ''), '10min');
  autovacuum_wait text := (SELECT setting::bigint + 2000 FROM pg_settings WHERE name = 'deadlock_timeout');
  give_up timestamptz := clock_timestamp() + patience;
  attempt int := 0;
BEGIN
  IF done THEN
    RETURN;
  END IF;
  LOOP
    BEGIN
      -- First what no writer waits for, for longer than deadlock_timeout: then a running autovacuum gives way.
      IF tables <> '' THEN
        PERFORM set_config('lock_timeout', autovacuum_wait, true);
        EXECUTE 'LOCK TABLE ' || tables || ' IN SHARE UPDATE EXCLUSIVE MODE';
      END IF;
      PERFORM set_config('lock_timeout', lock_wait, true);
      EXECUTE statements;
      RETURN;
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
      IF clock_timestamp() > give_up THEN
        RAISE EXCEPTION USING ERRCODE = 'lock_not_available', MESSAGE = format('no lock for %s, always after %s: %s', patience, lock_wait, SQLERRM),
          HINT = 'look for long transactions in pg_stat_activity, then run this script again';
      END IF;
    END;
    COMMIT;
    PERFORM pg_sleep(least(0.05 * 2 ^ least(attempt, 10), 5) * (0.5 + random()));
    attempt := attempt + 1;
  END LOOP;
END
";

/// Takes the locks of a transaction before it does anything, in short attempts with growing rests between them. An attempt that
/// fails gives back what it got: it is a subtransaction.
const LOCK_WITH_PATIENCE: &str = "
DECLARE
  lock_wait text := coalesce(nullif(current_setting('shardplan.lock_wait', true), ''), '50ms');
  patience interval := coalesce(nullif(current_setting('shardplan.lock_patience', true), ''), '10min');
  autovacuum_wait text := (SELECT setting::bigint + 2000 FROM pg_settings WHERE name = 'deadlock_timeout');
  give_up timestamptz := clock_timestamp() + patience;
  attempt int := 0;
  started timestamptz;
  milliseconds numeric;
BEGIN
  PERFORM set_config('lock_timeout', lock_wait, true);
  milliseconds := (SELECT setting::numeric FROM pg_settings WHERE name = 'lock_timeout');
  LOOP
    BEGIN
      -- First what no writer waits for, for longer than deadlock_timeout: then a running autovacuum gives way.
      PERFORM set_config('lock_timeout', autovacuum_wait, true);
      EXECUTE 'LOCK TABLE ' || array_to_string(tables, ', ') || ' IN SHARE UPDATE EXCLUSIVE MODE';
      started := clock_timestamp();
      FOR at IN 1 .. cardinality(tables) LOOP
        -- What is left of the one wait: who queues behind the first table waits for the last one too.
        PERFORM set_config('lock_timeout', CASE milliseconds WHEN 0 THEN '0' ELSE
          greatest(1, ceil(milliseconds - 1000 * extract(epoch FROM clock_timestamp() - started)))::text END, true);
        EXECUTE 'LOCK TABLE ' || tables[at] || ' IN ' || modes[at] || ' MODE';
      END LOOP;
      RETURN;
    EXCEPTION WHEN lock_not_available OR deadlock_detected THEN
      IF clock_timestamp() > give_up THEN
        RAISE EXCEPTION USING ERRCODE = 'lock_not_available', MESSAGE = format('not all locks for %s, always after %s: %s', patience, lock_wait, SQLERRM),
          HINT = 'look for long transactions in pg_stat_activity, then run this script again';
      END IF;
    END;
    PERFORM pg_sleep(least(0.05 * 2 ^ least(attempt, 10), 5) * (0.5 + random()));
    attempt := attempt + 1;
  END LOOP;
END
";

/// Writes the functions that the script of a phase calls.
pub(crate) fn write(text: &mut String, phase: &Phase) {
    let mut called: BTreeSet<&str> =
        phase.gates.iter().map(called_by).chain([called(phase.kind)]).flatten().copied().collect();
    if phase.kind == PhaseKind::Preflight {
        called.remove("require");
    }
    let remembers = phase.steps.iter().flat_map(|step| &step.changes).any(|it| matches!(it, Change::Remember { .. }));
    let patient = steps::needs_patience(phase);
    let locking = phase.steps.iter().any(steps::locks_first);
    if called.is_empty() && !patient {
        return;
    }
    text.push_str("\n-- What the script asks the server; these functions go with the session.\n");
    for function in functions().filter(|function| called.contains(&function.name)) {
        define(text, function);
    }
    if remembers {
        put_back(text);
    }
    removed::write(text, removed::forward(phase));
    if phase.steps.iter().flat_map(|step| &step.changes).any(Change::is_concurrent) {
        define(text, &CATCH_UP);
    }
    if patient {
        with_patience(text);
    }
    if locking {
        lock_with_patience(text);
    }
}

/// Writes the functions that a script which takes a phase back calls.
pub(crate) fn write_for_undo(text: &mut String, phase: &Phase) {
    let kind = phase.kind;
    const CALLED: [&str; 6] = ["has_constraint", "has_trigger", "is_valid", "is_key", "is_no_key", "drop_leftover"];
    let more = if kind == PhaseKind::UnifyTypes { "has_type" } else { "" };
    let is_called = |name: &str| CALLED.contains(&name) || name == more;
    functions().filter(|function| is_called(function.name)).for_each(|function| define(text, function));
    removed::write(text, removed::back(phase));
    if steps::undo_needs_patience(phase) {
        with_patience(text);
    }
    if kind == PhaseKind::Distribute {
        write_require(text);
        put_back(text);
        define(text, &UNDISTRIBUTE);
    }
}

fn with_patience(text: &mut String) {
    text.push_str(
        "-- Tries again and again: each attempt short, so that the application never queues behind it for long.\n",
    );
    helpers::define(
        text,
        "PROCEDURE pg_temp.with_patience(tables text, statements text, done boolean DEFAULT false) LANGUAGE plpgsql",
        WITH_PATIENCE,
    );
}

fn lock_with_patience(text: &mut String) {
    text.push_str(
        "-- Locks all tables or none, in attempts so short that the application never queues behind them for long.\n",
    );
    helpers::define(
        text,
        "PROCEDURE pg_temp.lock_with_patience(tables text[], modes text[]) LANGUAGE plpgsql SET lock_timeout = 0",
        LOCK_WITH_PATIENCE,
    );
}

fn put_back(text: &mut String) {
    text.push_str("-- Citus takes something from a table that it makes anew. This puts it back, before anybody sees that it was away.\n");
    KEPT.iter().for_each(|function| define(text, function));
}

/// Writes the function that stops a script.
pub(crate) fn write_require(text: &mut String) {
    functions().filter(|function| function.name == "require").for_each(|function| define(text, function));
}

fn define(text: &mut String, function: &Function) {
    helpers::define(text, format_args!("FUNCTION {}", function.signature), &format!("\n{}", function.body));
}
