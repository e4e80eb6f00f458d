//! What PostgreSQL's own functions may do: a name comes in, whether it is volatile or stable goes out (`pg_proc.provolatile` of
//! PostgreSQL 15). A function that is not listed is taken for immutable: what is not known is not accused.

use super::Called;

/// Different at every call. Sorted.
const VOLATILE: &[&str] = &[
    "clock_timestamp",
    "currval",
    "gen_random_bytes",
    "gen_random_uuid",
    "lastval",
    "nextval",
    "pg_advisory_lock",
    "pg_advisory_xact_lock",
    "pg_notify",
    "pg_sleep",
    "pg_try_advisory_lock",
    "pg_try_advisory_xact_lock",
    "random",
    "set_config",
    "setseed",
    "setval",
    "timeofday",
    "uuid_generate_v1",
    "uuid_generate_v4",
    "uuidv4",
    "uuidv7",
];

/// The same within a statement; with a column among the arguments, Citus refuses it in some places. Sorted.
const STABLE: &[&str] = &[
    "array_to_json",
    "concat",
    "concat_ws",
    "current_date",
    "current_schema",
    "current_setting",
    "current_time",
    "current_timestamp",
    "current_user",
    "format",
    "json_build_array",
    "json_build_object",
    "jsonb_build_array",
    "jsonb_build_object",
    "localtime",
    "localtimestamp",
    "now",
    "row_to_json",
    "session_user",
    "statement_timestamp",
    "to_char",
    "to_date",
    "to_json",
    "to_jsonb",
    "to_timestamp",
    "to_tsquery",
    "to_tsvector",
    "transaction_timestamp",
    "user",
];

/// Takes many rows and gives one. Sorted.
const AGGREGATES: &[&str] = &[
    "array_agg",
    "avg",
    "bit_and",
    "bit_or",
    "bool_and",
    "bool_or",
    "corr",
    "count",
    "covar_pop",
    "covar_samp",
    "every",
    "json_agg",
    "json_object_agg",
    "jsonb_agg",
    "jsonb_object_agg",
    "max",
    "min",
    "mode",
    "percentile_cont",
    "percentile_disc",
    "range_agg",
    "regr_slope",
    "stddev",
    "stddev_pop",
    "stddev_samp",
    "string_agg",
    "sum",
    "var_pop",
    "var_samp",
    "variance",
    "xmlagg",
];

/// Immutable: the server computes a call of constants before Citus looks at it. Those that conditions on a key have. Sorted.
const COMPUTED: &[&str] = &["abs", "btrim", "coalesce", "length", "lower", "ltrim", "md5", "replace", "rtrim", "upper"];

fn is_in(list: &[&str], name: &str) -> bool {
    list.binary_search(&name).is_ok()
}

/// What a function may do; `None` for an immutable one.
pub(super) fn called(name: &str, over_column: bool) -> Option<Called> {
    if is_in(VOLATILE, name) {
        return Some(Called::Volatile);
    }
    is_in(STABLE, name).then_some(if over_column { Called::StableOverColumn } else { Called::Stable })
}

/// Whether a call of values is a value itself.
pub(super) fn is_computed_before(name: &str) -> bool {
    is_in(COMPUTED, name)
}

pub(super) fn is_aggregate(name: &str) -> bool {
    is_in(AGGREGATES, name)
}

#[cfg(test)]
mod tests {
    use super::{AGGREGATES, COMPUTED, STABLE, VOLATILE};

    #[test]
    fn the_lists_can_be_searched() {
        for list in [VOLATILE, STABLE, AGGREGATES, COMPUTED] {
            assert!(list.is_sorted_by(|one, other| one < other), "{list:?}");
        }
    }
}
