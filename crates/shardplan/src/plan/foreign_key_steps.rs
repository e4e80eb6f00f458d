//! The steps by which foreign keys get the distribution column, without a moment in which one is not enforced.

use super::change::{Change, Commented};
use super::condition::Condition;
use super::draft::Draft;
use super::foreign_keys::is_referencable;
use super::keys::{Keys, Widened};
use super::step::{Step, Undo};
use super::verdict::{ForeignKeyFate, ForeignKeyVerdict};
use crate::catalog::ForeignKey;
use crate::name::Name;

/// A foreign key that the preparation adds, beside the old one if it replaces one.
pub(super) struct New<'v> {
    /// As it will be.
    key: &'v ForeignKey,
    /// The one that it replaces.
    old: Option<&'v ForeignKey>,
    /// The name that it has while that one is still there, if it takes over its name.
    interim: Option<&'v Name>,
    /// The CHECK that says what the old one said beside.
    all_or_none: Option<&'v Name>,
}

impl<'v> New<'v> {
    fn of(verdict: &'v ForeignKeyVerdict) -> Option<Self> {
        match &verdict.fate {
            ForeignKeyFate::Replaced { by, interim, all_or_none, .. } => Some(Self {
                key: by,
                old: Some(&verdict.foreign_key),
                interim: interim.as_ref(),
                all_or_none: all_or_none.as_ref(),
            }),
            ForeignKeyFate::Added => {
                Some(Self { key: &verdict.foreign_key, old: None, interim: None, all_or_none: None })
            }
            ForeignKeyFate::Kept | ForeignKeyFate::Impossible { .. } | ForeignKeyFate::GivenUp => None,
        }
    }

    /// The name under which it is added.
    fn added_name(&self) -> Name {
        self.interim.unwrap_or(&self.key.name).clone()
    }
}

/// Adds the new foreign keys while the old ones still hold, then validates them.
pub(super) fn add(draft: &mut Draft<'_>, keys: &Keys<'_>, verdicts: &[ForeignKeyVerdict], steps: &mut Vec<Step>) {
    verdicts.iter().filter_map(New::of).for_each(|new| check_instead(&new, steps));
    let news = verdicts.iter().filter_map(New::of);
    let news: Vec<New<'_>> = news.filter(|new| !waits_for_swap(draft, keys, new)).collect();
    for new in &news {
        let at_once = draft.is_partitioned(draft.find(&new.key.from));
        if at_once {
            let message =
                format!("adding foreign key `{}` scans `{}` while its writers wait", new.key.name, new.key.from);
            draft.report_key("partitioned-foreign-key", new.key, message);
        }
        let why = match new.old {
            Some(_) => "enforced for new rows from here on, while the old foreign key still holds",
            None => "ties the filled column to the root",
        };
        let key = in_preparation(new, at_once);
        let drop = drop_of(&key);
        let change = Change::add_foreign_key(key);
        steps.push(Step::new(&new.key.from, why, vec![change], Undo::by(drop)));
    }
    for new in &news {
        if new.key.validated && !draft.is_partitioned(draft.find(&new.key.from)) {
            steps.push(validate(new.key, new.added_name()));
        }
    }
}

/// Adds and validates the CHECK that takes over a part of what the old foreign key said.
fn check_instead(new: &New<'_>, steps: &mut Vec<Step>) {
    let (Some(old), Some(name)) = (new.old, new.all_or_none) else { return };
    let columns = old.columns.iter().map(|pair| pair.from.clone()).collect();
    let check =
        Change::AddCheck { table: old.from.clone(), name: name.clone(), condition: Condition::AllOrNone(columns) };
    let drop = Change::DropConstraint { table: old.from.clone(), name: name.clone() };
    let why = "says what MATCH FULL says of these columns, which the foreign key cannot once the key is in it";
    steps.push(Step::new(&old.from, why, vec![check], Undo::by(drop)));
    if old.validated {
        let validation = Change::ValidateConstraint { table: old.from.clone(), name: name.clone(), references: None };
        let why = "looks at the old rows while readers and writers go on";
        steps.push(Step::new(&old.from, why, vec![validation], Undo::Nothing));
    }
}

fn validate(key: &ForeignKey, name: Name) -> Step {
    let changes = vec![validation(key, name)];
    Step::new(&key.from, "looks at the old rows while readers and writers go on", changes, Undo::Nothing)
}

/// The new foreign key as it is added: not validated, under its interim name if it needs one.
fn in_preparation(new: &New<'_>, validated: bool) -> ForeignKey {
    ForeignKey { name: new.added_name(), validated, comment: None, ..new.key.clone() }
}

pub(super) fn drop_of(key: &ForeignKey) -> Change {
    Change::DropForeignKey { table: key.from.clone(), name: key.name.clone(), references: key.to.clone() }
}

/// A partitioned table gets its widened key only in the swap: a foreign key to it moves in the same transaction.
fn waits_for_swap(draft: &Draft<'_>, keys: &Keys<'_>, new: &New<'_>) -> bool {
    targets(draft, keys, new).next().is_some_and(|widened| widened.parts.is_some())
}

/// The widened keys that take the place of those on the columns which the old foreign key references, in the order in which
/// they are swapped. There may be several, and the server ties the new foreign key to the oldest of their indexes.
fn targets<'k, 'c>(draft: &Draft<'_>, keys: &'k Keys<'c>, new: &New<'_>) -> impl Iterator<Item = &'k Widened<'c>> {
    let old = new.old.filter(|old| old.columns.len() < new.key.columns.len());
    old.into_iter().flat_map(|old| {
        let widened = keys.widened_of(draft.find(&old.to));
        widened.filter(move |widened| is_referencable(widened.old) && widened.old.is_referenced_by(old))
    })
}

/// The new foreign keys that come when this widened key does, if its swap makes it: of several equal ones the first.
pub(super) fn moved<'v>(
    draft: &Draft<'_>,
    keys: &Keys<'_>,
    widened: &Widened<'_>,
    verdicts: &'v [ForeignKeyVerdict],
) -> Vec<New<'v>> {
    // Any other key than that of a partitioned table was there, as an index, before.
    if widened.parts.is_none() {
        return Vec::new();
    }
    let is_first = |new: &New<'_>| targets(draft, keys, new).next().is_some_and(|first| std::ptr::eq(first, widened));
    referencing(draft, widened, verdicts).filter(is_first).collect()
}

/// The new foreign keys that must go before the swap of this key is taken back: of several equal ones the last, whose swap is
/// taken back first, because they may be tied to any of them.
pub(super) fn taken_back_with<'v>(
    draft: &Draft<'_>,
    keys: &Keys<'_>,
    widened: &Widened<'_>,
    verdicts: &'v [ForeignKeyVerdict],
) -> Vec<New<'v>> {
    let is_last = |new: &New<'_>| targets(draft, keys, new).last().is_some_and(|last| std::ptr::eq(last, widened));
    referencing(draft, widened, verdicts).filter(is_last).collect()
}

/// The new foreign keys that reference the table of this key.
fn referencing<'v>(
    draft: &Draft<'_>,
    widened: &Widened<'_>,
    verdicts: &'v [ForeignKeyVerdict],
) -> impl Iterator<Item = New<'v>> {
    let incoming = draft.graph.incoming(widened.table).map(|key| draft.graph.key_at(key));
    let verdict = move |key: &ForeignKey| {
        let place = |verdict: &ForeignKeyVerdict| {
            (&verdict.foreign_key.from, &verdict.foreign_key.name).cmp(&(&key.from, &key.name))
        };
        verdicts.binary_search_by(place).ok().map(|at| &verdicts[at])
    };
    incoming.filter_map(verdict).filter_map(New::of)
}

/// The changes that let the old foreign keys go before their key does.
pub(super) fn leave(moved: &[New<'_>]) -> Vec<Change> {
    moved.iter().filter_map(|new| new.old).map(drop_of).collect()
}

/// The changes that bring the new foreign keys once their key is there: in the same transaction, so no row slips through.
pub(super) fn arrive(draft: &Draft<'_>, moved: &[New<'_>]) -> Vec<Change> {
    let add = |new: &New<'_>| {
        let validated = draft.is_partitioned(draft.find(&new.key.from));
        Change::add_foreign_key(ForeignKey { validated, comment: None, ..new.key.clone() })
    };
    moved.iter().map(add).chain(moved.iter().filter_map(|new| comment_of(new.key))).collect()
}

pub(super) fn validate_moved(draft: &Draft<'_>, moved: &[New<'_>], steps: &mut Vec<Step>) {
    for new in moved {
        if new.key.validated && !draft.is_partitioned(draft.find(&new.key.from)) {
            steps.push(validate(new.key, new.key.name.clone()));
        }
    }
}

/// Takes the swap of a key back: the new foreign keys leave before it, the old ones arrive after it, and are validated.
pub(super) fn take_back(draft: &Draft<'_>, targeting: &[New<'_>], swap_back: Vec<Change>) -> Vec<Vec<Change>> {
    let olds = || targeting.iter().filter_map(|new| new.old);
    let mut transaction: Vec<Change> = targeting.iter().map(|new| drop_of(new.key)).collect();
    transaction.extend(swap_back);
    transaction.extend(olds().flat_map(|old| add_again(draft, old)));
    let validations = olds().filter_map(|old| validate_again(draft, old));
    std::iter::once(transaction).chain(validations).collect()
}

/// A foreign key as it was, and validated if it was.
pub(super) fn added_again(draft: &Draft<'_>, old: &ForeignKey) -> Undo {
    Undo::Changes(std::iter::once(add_again(draft, old)).chain(validate_again(draft, old)).collect())
}

/// An old foreign key as it was, its comment included; not validated where the server can do that later.
fn add_again(draft: &Draft<'_>, old: &ForeignKey) -> Vec<Change> {
    let validated = draft.is_partitioned(draft.find(&old.from));
    let add = Change::add_foreign_key(ForeignKey { validated, comment: None, ..old.clone() });
    std::iter::once(add).chain(comment_of(old)).collect()
}

fn validate_again(draft: &Draft<'_>, old: &ForeignKey) -> Option<Vec<Change>> {
    let needs = old.validated && !draft.is_partitioned(draft.find(&old.from));
    needs.then(|| vec![validation(old, old.name.clone())])
}

pub(super) fn validation(key: &ForeignKey, name: Name) -> Change {
    Change::ValidateConstraint { table: key.from.clone(), name, references: Some(key.to.clone()) }
}

/// What validates a foreign key between tables that are placed.
///
/// Over a key that is compared as another type than its own, as `character varying` is, Citus does not see that the two tables
/// are colocated and refuses the query by which PostgreSQL validates (measured). It lets the shards look at their rows when
/// the foreign key is added; the validation that follows has nothing left to do, and tells that this is done.
pub(super) fn validation_when_placed(draft: &Draft<'_>, key: &ForeignKey) -> Vec<Change> {
    let validation = validation(key, key.name.clone());
    let ends = [&key.from, &key.to].map(|table| draft.column(draft.find(table)));
    if ends.contains(&None) || !draft.is_key_compared_as_another() {
        return vec![validation];
    }
    let added = ForeignKey { comment: None, ..key.clone() };
    vec![drop_of(key), Change::add_foreign_key(added), validation]
}

pub(super) fn comment_of(key: &ForeignKey) -> Option<Change> {
    let text = key.comment.clone()?;
    Some(Change::Comment { on: Commented::Constraint(key.from.clone(), key.name.clone()), text })
}

/// Drops the old foreign keys, now that the new ones hold, and those that the user gives up.
pub(super) fn retire(draft: &Draft<'_>, keys: &Keys<'_>, verdicts: &[ForeignKeyVerdict], steps: &mut Vec<Step>) {
    for verdict in verdicts {
        let old = &verdict.foreign_key;
        match New::of(verdict) {
            Some(new) if new.old.is_some() && !waits_for_swap(draft, keys, &new) => {
                let undo = way_back(draft, &new, old);
                let changes = take_over(&new, old);
                steps.push(Step::new(&old.from, "the new foreign key holds: the old one goes", changes, undo));
            }
            _ if verdict.fate == ForeignKeyFate::GivenUp => {
                let undo = added_again(draft, old);
                steps.push(Step::new(&old.from, "given up, as the rules say", vec![drop_of(old)], undo));
            }
            _ => {}
        }
    }
}

/// The old foreign key again, unless the swap of its key, taken back before, has brought it.
fn way_back(draft: &Draft<'_>, new: &New<'_>, old: &ForeignKey) -> Undo {
    let mut transaction = Vec::new();
    if let Some(interim) = new.interim {
        transaction.push(Change::RenameConstraint {
            table: old.from.clone(),
            from: new.key.name.clone(),
            to: interim.clone(),
        });
    }
    transaction.extend(add_again(draft, old));
    Undo::Changes(std::iter::once(transaction).chain(validate_again(draft, old)).collect())
}

fn take_over(new: &New<'_>, old: &ForeignKey) -> Vec<Change> {
    let mut changes = vec![drop_of(old)];
    if let Some(interim) = new.interim {
        changes.push(Change::RenameConstraint {
            table: old.from.clone(),
            from: interim.clone(),
            to: new.key.name.clone(),
        });
    }
    changes.extend(comment_of(new.key));
    changes
}
