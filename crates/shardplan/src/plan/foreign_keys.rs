//! What becomes of each foreign key: kept, replaced by one that Citus keeps, added, or impossible.

use super::draft::Draft;
use super::keys::{GivenUp, Keys, Unique, uniques};
use super::verdict::{ForeignKeyFate, ForeignKeyVerdict, LostAction};
use crate::catalog::{Action, ColumnPair, ForeignKey, IndexPart, MatchKind, Timing};
use crate::classify::{ForeignKeyRule, Placement};
use crate::finding::Probe;
use crate::graph::TableIx;
use crate::name::{Name, TableName};

pub(super) fn decide<'c>(draft: &mut Draft<'c>, keys: &Keys<'c>) -> Vec<ForeignKeyVerdict> {
    let mut verdicts = Vec::with_capacity(draft.graph.foreign_keys().len());
    for key in draft.graph.foreign_keys() {
        let fate = fate(draft, keys, key);
        verdicts.push(ForeignKeyVerdict { foreign_key: key.clone(), fate, suspension: None });
    }
    add_keys_to_root(draft, keys, &mut verdicts);
    // Two sorted runs.
    verdicts.sort_by(|a, b| place(&a.foreign_key).cmp(&place(&b.foreign_key)));
    verdicts
}

/// By referencing table and name.
fn place(key: &ForeignKey) -> (&TableName, &Name) {
    (&key.from, &key.name)
}

/// What stands against a foreign key: the rule and what is so.
struct Refusal {
    rule: &'static str,
    message: String,
}

impl Refusal {
    fn new(rule: &'static str, message: String) -> Self {
        Self { rule, message }
    }
}

fn fate(draft: &mut Draft<'_>, keys: &Keys<'_>, key: &ForeignKey) -> ForeignKeyFate {
    let rule = draft.rules.foreign_keys.get(&(key.from.clone(), key.name.clone()));
    if rule.is_some_and(|rule| rule.drop) {
        let message =
            format!("foreign key `{}` of `{}` to `{}` is given up, as the rules say", key.name, key.from, key.to);
        draft.report_key("foreign-key-given-up", key, message);
        return ForeignKeyFate::GivenUp;
    }
    let (from, to) = (draft.find(&key.from), draft.find(&key.to));
    let verdict = match (draft.placement(from), draft.placement(to)) {
        (Placement::Distributed { column, .. }, Placement::Distributed { column: referenced, .. }) => {
            between_distributed(draft, keys, key, rule, (column, referenced))
        }
        (Placement::Distributed { column, .. }, Placement::Reference) => to_reference(draft, key, rule, column),
        (_, Placement::Distributed { .. }) => Err(Refusal::new(
            "foreign-key-to-distributed",
            format!(
                "foreign key `{}` leads from `{}`, which is not distributed, to the distributed `{}`",
                key.name, key.from, key.to
            ),
        )),
        (Placement::Distributed { .. }, Placement::Local) => Err(to_local(key, "distributed")),
        (Placement::Reference, Placement::Local) => Err(to_local(key, "reference table")),
        (Placement::Reference | Placement::Local, Placement::Reference) | (Placement::Local, Placement::Local) => {
            Ok(ForeignKeyFate::Kept)
        }
    };
    verdict.unwrap_or_else(|refusal| {
        draft.report_key(refusal.rule, key, refusal.message);
        ForeignKeyFate::Impossible { rule: refusal.rule.to_owned() }
    })
}

fn between_distributed(
    draft: &mut Draft<'_>,
    keys: &Keys<'_>,
    key: &ForeignKey,
    rule: Option<&ForeignKeyRule>,
    (column, referenced): (&Name, &Name),
) -> Result<ForeignKeyFate, Refusal> {
    let pair = ColumnPair { from: column.clone(), to: referenced.clone() };
    let has_pair = key.columns.contains(&pair);
    let touches = key.columns.iter().any(|columns| columns.from == pair.from || columns.to == pair.to);
    if !has_pair && touches {
        return Err(Refusal::new(
            "foreign-key-across-keys",
            format!(
                "foreign key `{}` of `{}` does not pair `{column}` with `{referenced}` of `{}`: it may lead to a row on another node",
                key.name, key.from, key.to
            ),
        ));
    }
    check_referenced_key(draft, keys, key)?;
    if !key.validated {
        let message = format!(
            "foreign key `{}` of `{}` is NOT VALID: a row that violates it stops the distribution",
            key.name, key.from
        );
        draft.report_key("not-valid-foreign-key", key, message);
    }
    let (on_delete, on_update, lost_actions) = actions(draft, key, rule)?;
    if has_pair && lost_actions.is_empty() {
        return Ok(ForeignKeyFate::Kept);
    }
    let mut columns = key.columns.clone();
    if !has_pair {
        columns.insert(0, pair.clone());
    }
    let (by, interim) = replacement(draft, key, columns, (on_delete, on_update));
    let all_or_none = all_or_none(draft, key);
    Ok(ForeignKeyFate::Replaced { by, interim, added: (!has_pair).then_some(pair), lost_actions, all_or_none })
}

/// The key that the foreign key references must survive in some form, or one that equals it.
fn check_referenced_key(draft: &Draft<'_>, keys: &Keys<'_>, key: &ForeignKey) -> Result<(), Refusal> {
    let to = draft.find(&key.to);
    if keys.widened_of(to).any(|widened| is_referencable(widened.old) && widened.old.is_referenced_by(key)) {
        return Ok(());
    }
    let is_target = |given_up: &&GivenUp<'_>| given_up.table == to && given_up.old.is_referenced_by(key);
    keys.given_up.iter().find(is_target).map_or(Ok(()), |given_up| {
        let message = format!(
            "foreign key `{}` of `{}` references `{}` of `{}`, which is given up",
            key.name,
            key.from,
            given_up.old.name(),
            key.to
        );
        Err(Refusal::new("foreign-key-without-target", message))
    })
}

/// The actions that the foreign key can have once the distribution column is part of it, and what is lost.
fn actions(
    draft: &mut Draft<'_>,
    key: &ForeignKey,
    rule: Option<&ForeignKeyRule>,
) -> Result<(Action, Action, Vec<LostAction>), Refusal> {
    let chosen_delete = rule.and_then(|rule| rule.on_delete);
    let chosen_update = rule.and_then(|rule| rule.on_update);
    let on_delete = chosen_delete.unwrap_or(match key.on_delete {
        kept @ (Action::NoAction | Action::Restrict | Action::Cascade) => kept,
        Action::SetNull | Action::SetDefault => Action::NoAction,
    });
    let on_update = chosen_update.unwrap_or(match key.on_update {
        kept @ (Action::NoAction | Action::Restrict) => kept,
        Action::Cascade | Action::SetNull | Action::SetDefault => Action::NoAction,
    });
    if matches!(on_delete, Action::SetNull | Action::SetDefault) {
        let message = format!(
            "the rules ask for ON DELETE {on_delete} on foreign key `{}` of `{}`, which Citus refuses",
            key.name, key.from
        );
        return Err(Refusal::new("set-null-with-key", message));
    }
    if matches!(on_update, Action::Cascade | Action::SetNull | Action::SetDefault) {
        let message = format!(
            "the rules ask for ON UPDATE {on_update} on foreign key `{}` of `{}`, which Citus refuses",
            key.name, key.from
        );
        return Err(Refusal::new("on-update-with-key", message));
    }
    let mut lost = Vec::new();
    if on_delete != key.on_delete {
        lost.push(LostAction::OnDelete(key.on_delete));
        // What the rules decide needs no decision.
        if chosen_delete.is_none() {
            report_lost_delete(draft, key);
        }
    }
    if on_update != key.on_update {
        lost.push(LostAction::OnUpdate(key.on_update));
        report_lost_update(draft, key);
    }
    Ok((on_delete, on_update, lost))
}

/// With the rows that were deleted so far: where there are none, the action was never needed.
fn report_lost_delete(draft: &mut Draft<'_>, key: &ForeignKey) {
    let message = format!(
        "foreign key `{}` of `{}` loses ON DELETE {}: a row of `{}` that is still referenced is refused to be deleted afterwards",
        key.name, key.from, key.on_delete, key.to
    );
    draft.report_key_with("on-delete-lost", key, message, Probe::Deleted { table: key.to.clone() });
}

/// With the updates that may have changed a key so far.
fn report_lost_update(draft: &mut Draft<'_>, key: &ForeignKey) {
    let message = format!(
        "foreign key `{}` of `{}` loses ON UPDATE {}: a change of the referenced key that went through before is refused afterwards",
        key.name, key.from, key.on_update
    );
    draft.report_key_with("on-update-lost", key, message, Probe::KeyUpdated { table: key.to.clone() });
}

/// The foreign key that takes the place of `key`, and the name that it has until the old one has gone, if it takes that over.
fn replacement(
    draft: &mut Draft<'_>,
    key: &ForeignKey,
    columns: Vec<ColumnPair>,
    (on_delete, on_update): (Action, Action),
) -> (Box<ForeignKey>, Option<Name>) {
    let same_columns = columns == key.columns;
    let free = draft.names.foreign_key(&key.from, columns.iter().map(|pair| &pair.from));
    let (name, interim) = if same_columns { (key.name.clone(), Some(free)) } else { (free, None) };
    let by = ForeignKey {
        name,
        from: key.from.clone(),
        to: key.to.clone(),
        columns,
        match_kind: MatchKind::Simple,
        on_update,
        on_delete,
        set_columns: Vec::new(),
        timing: key.timing,
        validated: key.validated,
        comment: key.comment.clone(),
    };
    (Box::new(by), interim)
}

/// With a column that is never NULL in it, MATCH FULL would refuse every row whose other columns are NULL. Over one old column
/// MATCH SIMPLE means the same as before; over several a CHECK says the rest.
fn all_or_none(draft: &mut Draft<'_>, key: &ForeignKey) -> Option<Name> {
    let table = draft.table(draft.find(&key.from));
    let is_nullable = |name: &Name| table.column(name).is_some_and(|column| !column.not_null);
    let matters = key.match_kind == MatchKind::Full
        && key.columns.len() > 1
        && key.columns.iter().any(|pair| is_nullable(&pair.from));
    if !matters {
        return None;
    }
    let name = draft.names.constraint(&key.from, key.columns.iter().map(|pair| &pair.from), "all_or_none");
    let message =
        format!("foreign key `{}` of `{}` becomes MATCH SIMPLE; the CHECK `{name}` says the rest", key.name, key.from);
    draft.report_key("match-full-split", key, message);
    draft.checked.insert(draft.find(&key.from), name.clone());
    Some(name)
}

fn to_reference(
    draft: &mut Draft<'_>,
    key: &ForeignKey,
    rule: Option<&ForeignKeyRule>,
    column: &Name,
) -> Result<ForeignKeyFate, Refusal> {
    if key.columns.iter().any(|pair| pair.from == *column) {
        let (on_delete, on_update, lost_actions) = actions(draft, key, rule)?;
        if lost_actions.is_empty() {
            return Ok(ForeignKeyFate::Kept);
        }
        let (by, interim) = replacement(draft, key, key.columns.clone(), (on_delete, on_update));
        let all_or_none = all_or_none(draft, key);
        return Ok(ForeignKeyFate::Replaced { by, interim, added: None, lost_actions, all_or_none });
    }
    let sets_default = [key.on_delete, key.on_update].contains(&Action::SetDefault);
    let table = draft.table(draft.find(&key.from));
    let from_sequence = key
        .columns
        .iter()
        .filter_map(|pair| table.column(&pair.from))
        .any(|column| column.default.as_deref().is_some_and(|default| default.contains("nextval(")));
    if sets_default && from_sequence {
        return Err(Refusal::new(
            "set-default-from-sequence",
            format!(
                "foreign key `{}` of `{}` sets a column to a default that comes from a sequence",
                key.name, key.from
            ),
        ));
    }
    Ok(ForeignKeyFate::Kept)
}

fn to_local(key: &ForeignKey, what: &str) -> Refusal {
    let message = format!("foreign key `{}` leads from the {what} `{}` to the local `{}`", key.name, key.from, key.to);
    Refusal::new("foreign-key-to-local", message)
}

/// From each filled distribution column to the root, where the root's key is unique by itself: the old keys promised it
/// only along the path.
fn add_keys_to_root(draft: &mut Draft<'_>, keys: &Keys<'_>, verdicts: &mut Vec<ForeignKeyVerdict>) {
    let root = draft.classification.root();
    let key_column = &draft.rules.key.column;
    let is_unique = uniques(root).any(|unique| {
        let elements = unique.elements();
        let alone = matches!(&elements[..], [element] if element.part == IndexPart::Column(key_column.clone()));
        alone && is_referencable(unique) && !keys.given_up.iter().any(|given_up| given_up.old.name() == unique.name())
    });
    if !is_unique {
        return;
    }
    for (ix, table) in draft.tables() {
        let Some(column) = filled_column(draft, ix) else { continue };
        let key = ForeignKey {
            name: draft.names.foreign_key(&table.name, std::iter::once(column)),
            from: table.name.clone(),
            to: root.name.clone(),
            columns: vec![ColumnPair { from: column.clone(), to: key_column.clone() }],
            match_kind: MatchKind::Simple,
            on_update: Action::NoAction,
            on_delete: Action::NoAction,
            set_columns: Vec::new(),
            timing: Timing::Immediate,
            validated: true,
            comment: None,
        };
        verdicts.push(ForeignKeyVerdict { foreign_key: key, fate: ForeignKeyFate::Added, suspension: None });
    }
}

/// Whether a foreign key can reference it: no condition, and not deferrable.
pub(super) fn is_referencable(unique: Unique<'_>) -> bool {
    match unique {
        Unique::Primary(key) | Unique::Constraint(key) => key.timing == Timing::Immediate,
        Unique::Index(index) => index.predicate.is_none() && index.valid,
        Unique::Exclusion(_) => false,
    }
}

/// The column that the plan adds and fills; partitions get theirs from their partitioned table.
fn filled_column<'c>(draft: &Draft<'c>, ix: TableIx) -> Option<&'c Name> {
    match draft.placement(ix) {
        Placement::Distributed { column, backfill: Some(_) } if draft.table(ix).partition_of.is_none() => Some(column),
        _ => None,
    }
}
