//! Columns that could be the distribution key: facts come in; for each candidate its root and the tables that hold it go out.
//!
//! Names count by being the same in several tables, not by what they mean: `tenant_id` is no better a name than `x17`. Only which table
//! a column without foreign keys belongs to is guessed from names, and only to show it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use shardplan::Name;

use super::facts::Facts;

/// What the tenants of a candidate are listed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Standing {
    /// The table that foreign keys reference.
    Referenced,
    /// A table whose name and key make the column's name; no foreign key says so.
    Named,
    /// No table: the column stands for something outside of the database. The key is then named by the table that most others lead to.
    Nothing,
}

/// A candidate.
pub(super) struct Candidate<'g> {
    /// The table that names the key.
    pub(super) root: usize,
    /// Its column.
    pub(super) key: &'g Name,
    /// What most other tables call it.
    pub(super) word: &'g Name,
    pub(super) standing: Standing,
    /// The tables that hold it, with their columns; the root is one of them.
    pub(super) holders: BTreeMap<usize, &'g Name>,
}

/// A column that identifies a row of its table: the end of foreign keys.
type Source<'g> = (usize, &'g Name);

/// Who holds what.
struct Columns<'g> {
    /// The columns of referencing tables, by what they reference.
    referencing: BTreeMap<Source<'g>, BTreeMap<usize, BTreeSet<&'g Name>>>,
    /// What columns of a name reference anywhere.
    meant: BTreeMap<&'g Name, BTreeSet<Source<'g>>>,
    /// The tables that have a column of this name, by its family.
    groups: BTreeMap<(&'g Name, &'static str), Vec<usize>>,
    /// The names that are the same but for case and underscores.
    spellings: BTreeMap<String, BTreeSet<&'g Name>>,
}

/// All candidates, in the order of their roots and columns.
pub(super) fn of<'g>(facts: &Facts<'g>) -> Vec<Candidate<'g>> {
    let columns = columns(facts);
    let mut taken = BTreeSet::new();
    let mut found: Vec<Candidate<'_>> =
        columns.referencing.keys().filter_map(|source| referenced(facts, &columns, *source, &mut taken)).collect();
    found.extend(columns.groups.iter().filter(|(group, _)| !taken.contains(*group)).filter_map(
        |((name, family), tables)| {
            if columns.meant.contains_key(name) { None } else { shared(facts, name, family, tables) }
        },
    ));
    found
}

fn columns<'g>(facts: &Facts<'g>) -> Columns<'g> {
    let mut columns = Columns {
        referencing: BTreeMap::new(),
        meant: BTreeMap::new(),
        groups: BTreeMap::new(),
        spellings: BTreeMap::new(),
    };
    for link in &facts.links {
        // A pair of a key of several columns, such as (tenant, number), passes a value on that comes from elsewhere.
        for pair in link.key.columns.iter().filter(|pair| facts.is_unique(link.to, &pair.to)) {
            let source = (link.to, &pair.to);
            columns.referencing.entry(source).or_default().entry(link.from).or_default().insert(&pair.from);
            columns.meant.entry(&pair.from).or_default().insert(source);
        }
    }
    for (at, table) in facts.tables.iter().enumerate() {
        for column in &table.columns {
            if let Some(family) = facts.family(&column.data_type) {
                columns.groups.entry((&column.name, family)).or_default().push(at);
                columns.spellings.entry(folded(&column.name)).or_default().insert(&column.name);
            }
        }
    }
    columns
}

/// The candidate of a column that foreign keys reference. Where a name always means it, columns of that name hold it even without a
/// foreign key.
fn referenced<'g>(
    facts: &Facts<'g>,
    columns: &Columns<'g>,
    source: Source<'g>,
    taken: &mut BTreeSet<(&'g Name, &'static str)>,
) -> Option<Candidate<'g>> {
    let (root, key) = source;
    let referencing = columns.referencing.get(&source)?;
    let mut names: BTreeMap<&Name, usize> = BTreeMap::new();
    for name in referencing.iter().filter(|(table, _)| **table != root).flat_map(|(_, names)| names) {
        *names.entry(name).or_default() += 1;
    }
    let mut names: Vec<(&Name, usize)> = names.into_iter().collect();
    names.sort_by_key(|(name, count)| (usize::MAX - count, *name));
    let (word, _) = *names.first()?;
    let mut holders = BTreeMap::from([(root, key)]);
    for (table, own) in referencing {
        holders.entry(*table).or_insert(if own.contains(word) { word } else { own.first()? });
    }
    let family = facts.family(&facts.column(root, key)?.data_type);
    let spelled = |name: &Name| columns.spellings.get(&folded(name)).into_iter().flatten().copied();
    for name in names.into_iter().flat_map(|(name, _)| spelled(name)) {
        if columns.meant.get(name).is_some_and(|meant| *meant != BTreeSet::from([source])) {
            continue;
        }
        let Some(group) = family.map(|family| (name, family)) else { continue };
        taken.insert(group);
        for table in columns.groups.get(&group).into_iter().flatten().filter(|table| !facts.is_unique(**table, name)) {
            holders.entry(*table).or_insert(name);
        }
    }
    Some(Candidate { root, key, word, standing: Standing::Referenced, holders })
}

/// The candidate of a column that several tables have and no foreign key explains, if somewhere rows are told apart within it.
fn shared<'g>(facts: &Facts<'g>, name: &'g Name, family: &str, tables: &[usize]) -> Option<Candidate<'g>> {
    let holding = || tables.iter().copied().filter(|table| !facts.is_unique(*table, name));
    // A text by which rows are looked up says how they are (a state, a name) rather than whose.
    let tells = |table| facts.divides(table, name) || (family != "text" && facts.leads(table, name));
    if holding().count() < 2 || !holding().any(tells) {
        return None;
    }
    let mut holders: BTreeMap<usize, &Name> = holding().map(|table| (table, name)).collect();
    if let Some((root, key)) = named(facts, name, family) {
        holders.insert(root, key);
        return Some(Candidate { root, key, word: name, standing: Standing::Named, holders });
    }
    let led_to = |table: &usize| {
        facts.incoming[*table].iter().map(|link| facts.links[*link].from).collect::<BTreeSet<_>>().len()
    };
    let root = holding().max_by_key(|table| (led_to(table), usize::MAX - table))?;
    Some(Candidate { root, key: name, word: name, standing: Standing::Nothing, holders })
}

/// The table whose name and key make the name of the column: `zone` with `id` for `zone_id`.
fn named<'g>(facts: &Facts<'g>, name: &Name, family: &str) -> Option<(usize, &'g Name)> {
    let wanted = folded(name);
    facts.tables.iter().enumerate().find_map(|(at, table)| {
        let [key] = table.primary_key.as_ref()?.columns.as_slice() else { return None };
        let fits = facts.family(&table.column(key)?.data_type) == Some(family);
        (fits && folded(&table.name.name) + &folded(key) == wanted).then_some((at, key))
    })
}

/// What all spellings of a name have in common: `tenantId` and `tenant_id`.
fn folded(name: &Name) -> String {
    name.as_str().chars().filter(|letter| *letter != '_').flat_map(char::to_lowercase).collect()
}
