//! The functions of the prelude that take from tables what must not go to the cluster, and bring it back as the server had it.

use shardplan::{Change, Phase, Step, Undo};

use super::{Function, define};

/// Writes the functions that these changes call.
pub(super) fn write<'p>(text: &mut String, changes: impl Iterator<Item = &'p Change> + Clone) {
    if changes.clone().any(|change| matches!(change, Change::Remove { .. } | Change::BringBack { .. })) {
        text.push_str(crate::helpers::SCHEMA);
        text.push_str(KEPT);
        REMOVALS.iter().for_each(|function| define(text, function));
    }
    if changes.clone().any(|change| matches!(change, Change::SetIdentity { .. })) {
        text.push_str("-- The table is locked before the sequence is read: nobody draws from it meanwhile.\n");
        define(text, &SET_IDENTITY);
    }
}

/// The changes that the steps of a phase make.
pub(super) fn forward(phase: &Phase) -> impl Iterator<Item = &Change> + Clone {
    phase.steps.iter().flat_map(|step| &step.changes)
}

/// The changes that take the steps of a phase back.
pub(super) fn back(phase: &Phase) -> impl Iterator<Item = &Change> + Clone {
    fn groups(step: &Step) -> &[Vec<Change>] {
        match &step.undo {
            Undo::Changes(groups) => groups,
            Undo::Nothing | Undo::Impossible(_) => &[],
        }
    }
    phase.steps.iter().flat_map(groups).flatten()
}

/// Whether a phase has removed something that this brings back.
pub(crate) fn has_removed(phase: &Phase) -> bool {
    forward(phase).any(|change| matches!(change, Change::Remove { .. }))
}

/// Where the statements are kept that make again what has been removed.
const KEPT: &str = "\
-- What is removed, as the statements that make it again.
CREATE TABLE IF NOT EXISTS shardplan.removed (of_table text, kind text, name text, statements text[], PRIMARY KEY (of_table, kind, name));
";

/// What goes once everything is back.
pub(crate) const FORGET: &str = "
BEGIN
  DROP TABLE IF EXISTS shardplan.removed;
  BEGIN
    DROP SCHEMA IF EXISTS shardplan;
  EXCEPTION WHEN dependent_objects_still_exist THEN
    NULL; -- the backfill needs it still
  END;
END
";

const REMOVALS: &[Function] = &[
    Function {
        name: "made_again",
        signature: "pg_temp.made_again(of_table text, kind text, name text) RETURNS text[] LANGUAGE sql SET search_path = pg_catalog",
        body: "\
  WITH object (catalog, id, statement, state) AS (
    SELECT 'pg_trigger'::regclass, oid, pg_get_triggerdef(oid),
      CASE tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' END
    FROM pg_trigger WHERE kind = 'trigger' AND tgrelid = to_regclass(of_table) AND tgname = name
    UNION ALL
    SELECT 'pg_rewrite'::regclass, oid, pg_get_ruledef(oid),
      CASE ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'A' THEN 'ENABLE ALWAYS' WHEN 'R' THEN 'ENABLE REPLICA' END
    FROM pg_rewrite WHERE kind = 'rule' AND ev_class = to_regclass(of_table) AND rulename = name
    UNION ALL
    SELECT 'pg_policy'::regclass, oid,
      format('CREATE POLICY %I ON %s AS %s FOR %s TO %s', polname, of_table, CASE WHEN polpermissive THEN 'PERMISSIVE' ELSE 'RESTRICTIVE' END,
        CASE polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE' WHEN 'd' THEN 'DELETE' ELSE 'ALL' END,
        (SELECT string_agg(CASE WHEN id = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(id)) END, ', ') FROM unnest(polroles) AS id))
      || coalesce(' USING (' || pg_get_expr(polqual, polrelid) || ')', '')
      || coalesce(' WITH CHECK (' || pg_get_expr(polwithcheck, polrelid) || ')', ''), NULL
    FROM pg_policy WHERE kind = 'policy' AND polrelid = to_regclass(of_table) AND polname = name)
  SELECT array_remove(ARRAY[statement,
    format('ALTER TABLE %s %s %s %I', of_table, state, upper(kind), name) || CASE WHEN state IS NULL THEN NULL ELSE '' END,
    (SELECT format('COMMENT ON %s %I ON %s IS %L', upper(kind), name, of_table, description)
     FROM pg_description WHERE classoid = catalog AND objoid = id)], NULL)
  FROM object
",
    },
    Function {
        name: "remove",
        signature: "pg_temp.remove(of_table text, kind text, name text) RETURNS void LANGUAGE plpgsql",
        body: "\
DECLARE
  again text[];
BEGIN
  EXECUTE 'LOCK TABLE ' || of_table || ' IN ACCESS EXCLUSIVE MODE';
  again := pg_temp.made_again(of_table, kind, name);
  IF again IS NULL THEN
    RETURN; -- it has gone already
  END IF;
  INSERT INTO shardplan.removed VALUES (of_table, kind, name, again)
  ON CONFLICT ON CONSTRAINT removed_pkey DO UPDATE SET statements = EXCLUDED.statements;
  EXECUTE format('DROP %s %I ON %s', kind, name, of_table);
END
",
    },
    Function {
        name: "bring_back",
        signature: "pg_temp.bring_back(of_table text, kind text, name text) RETURNS void LANGUAGE plpgsql",
        body: "\
DECLARE
  gone record;
  statement text;
BEGIN
  IF pg_temp.made_again(of_table, kind, name) IS NOT NULL THEN
    RETURN; -- it is back already
  END IF;
  SELECT * INTO gone FROM shardplan.removed AS r WHERE (r.of_table, r.kind, r.name) = ($1, $2, $3);
  IF NOT FOUND THEN
    RAISE WARNING '% % of % does not come back: nothing is known of it', kind, name, of_table;
    RETURN;
  END IF;
  FOREACH statement IN ARRAY gone.statements LOOP
    EXECUTE statement;
  END LOOP;
END
",
    },
];

/// The sequence keeps its name, position, options, owner, privileges and comment. Who may insert may draw from it: an identity
/// asks nobody, a default does.
const SET_IDENTITY: Function = Function {
    name: "set_identity",
    signature: "pg_temp.set_identity(of_table text, column_name text, becomes text) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog",
    body: include_str!("set_identity.sql"),
};
