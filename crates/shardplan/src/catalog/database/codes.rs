//! The one-letter codes of the system catalogs: a `"char"` in, our enum out, and an error for a letter that we do not know.

use crate::catalog::{Action, Identity, MatchKind, Persistence, PolicyCommand, Timing};
use crate::error::Error;

/// A code as the driver gives it; 0 stands for the empty one.
pub(super) type Code = i8;

/// What `decode` makes of a code, or an error that names the object and the attribute.
pub(super) fn known<T>(
    code: Code,
    decode: fn(u8) -> Option<T>,
    what: &'static str,
    object: impl FnOnce() -> String,
) -> Result<T, Error> {
    decode(code.cast_unsigned()).ok_or_else(|| Error::UnknownCode { object: object(), what, code: shown(code) })
}

fn shown(code: Code) -> String {
    char::from(code.cast_unsigned()).escape_default().to_string()
}

/// `pg_class.relpersistence`.
pub(super) fn persistence(code: u8) -> Option<Persistence> {
    Some(match code {
        b'p' => Persistence::Permanent,
        b'u' => Persistence::Unlogged,
        b't' => Persistence::Temporary,
        _ => return None,
    })
}

/// What kind of relation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum RelationKind {
    Ordinary,
    Partitioned,
    Foreign,
    View,
    MaterializedView,
}

/// `pg_class.relkind`, as far as `relations.sql` asks for it.
pub(super) fn relation_kind(code: u8) -> Option<RelationKind> {
    Some(match code {
        b'r' => RelationKind::Ordinary,
        b'p' => RelationKind::Partitioned,
        b'f' => RelationKind::Foreign,
        b'v' => RelationKind::View,
        b'm' => RelationKind::MaterializedView,
        _ => return None,
    })
}

/// What identifies a row to replication, before its index is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ReplicaIdentityKind {
    Default,
    Full,
    Nothing,
    Index,
}

/// `pg_class.relreplident`.
pub(super) fn replica_identity(code: u8) -> Option<ReplicaIdentityKind> {
    Some(match code {
        b'd' => ReplicaIdentityKind::Default,
        b'f' => ReplicaIdentityKind::Full,
        b'n' => ReplicaIdentityKind::Nothing,
        b'i' => ReplicaIdentityKind::Index,
        _ => return None,
    })
}

/// `pg_attribute.attidentity`.
pub(super) fn identity(code: u8) -> Option<Option<Identity>> {
    Some(match code {
        0 => None,
        b'a' => Some(Identity::Always),
        b'd' => Some(Identity::ByDefault),
        _ => return None,
    })
}

/// How a generated column is kept, before its expression is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GeneratedKind {
    Stored,
    Virtual,
}

/// `pg_attribute.attgenerated`.
pub(super) fn generated(code: u8) -> Option<Option<GeneratedKind>> {
    Some(match code {
        0 => None,
        b's' => Some(GeneratedKind::Stored),
        b'v' => Some(GeneratedKind::Virtual),
        _ => return None,
    })
}

/// What kind of constraint.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ConstraintKind {
    Primary,
    Unique,
    Exclusion,
    ForeignKey,
    Check,
    Trigger,
}

/// `pg_constraint.contype`, as far as `constraints.sql` asks for it.
pub(super) fn constraint_kind(code: u8) -> Option<ConstraintKind> {
    Some(match code {
        b'p' => ConstraintKind::Primary,
        b'u' => ConstraintKind::Unique,
        b'x' => ConstraintKind::Exclusion,
        b'f' => ConstraintKind::ForeignKey,
        b'c' => ConstraintKind::Check,
        b't' => ConstraintKind::Trigger,
        _ => return None,
    })
}

/// `pg_constraint.confmatchtype`.
pub(super) fn match_kind(code: u8) -> Option<MatchKind> {
    Some(match code {
        b's' => MatchKind::Simple,
        b'f' => MatchKind::Full,
        b'p' => MatchKind::Partial,
        _ => return None,
    })
}

/// `pg_constraint.confupdtype` and `confdeltype`.
pub(super) fn action(code: u8) -> Option<Action> {
    Some(match code {
        b'a' => Action::NoAction,
        b'r' => Action::Restrict,
        b'c' => Action::Cascade,
        b'n' => Action::SetNull,
        b'd' => Action::SetDefault,
        _ => return None,
    })
}

/// `pg_constraint.condeferrable` and `condeferred`.
pub(super) fn timing(deferrable: bool, deferred: bool) -> Timing {
    match (deferrable, deferred) {
        (false, _) => Timing::Immediate,
        (true, false) => Timing::Deferrable,
        (true, true) => Timing::Deferred,
    }
}

/// `pg_trigger.tgenabled`: whether the trigger fires in some session.
pub(super) fn trigger_enabled(code: u8) -> Option<bool> {
    Some(match code {
        b'O' | b'R' | b'A' => true,
        b'D' => false,
        _ => return None,
    })
}

/// `pg_policy.polcmd`.
pub(super) fn policy_command(code: u8) -> Option<PolicyCommand> {
    Some(match code {
        b'*' => PolicyCommand::All,
        b'r' => PolicyCommand::Select,
        b'a' => PolicyCommand::Insert,
        b'w' => PolicyCommand::Update,
        b'd' => PolicyCommand::Delete,
        _ => return None,
    })
}

/// What kind of type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TypeCode {
    Enum,
    Domain,
    Composite,
    Range,
}

/// `pg_type.typtype`, as far as `types.sql` asks for it.
pub(super) fn type_kind(code: u8) -> Option<TypeCode> {
    Some(match code {
        b'e' => TypeCode::Enum,
        b'd' => TypeCode::Domain,
        b'c' => TypeCode::Composite,
        b'r' => TypeCode::Range,
        _ => return None,
    })
}

/// `pg_depend.deptype` of a sequence that a column owns: whether it stands behind an identity column.
pub(super) fn owned_by_identity(code: u8) -> Option<bool> {
    Some(match code {
        b'a' => false,
        b'i' => true,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{known, persistence};

    #[test]
    fn an_unknown_code_is_an_error_that_names_it() {
        let error = known(b'z'.cast_signed(), persistence, "persistence", || "table `t`".to_owned()).unwrap_err();
        assert!(error.to_string().starts_with("table `t` has an unknown persistence code `z`"), "{error}");
        assert!(known(-1, persistence, "persistence", String::new).is_err());
    }
}
