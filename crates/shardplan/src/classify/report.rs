//! What the user must read about the verdicts: placed tables come in, findings go out, sorted. Decides nothing.

use std::collections::BTreeMap;

use super::findings::*;
use super::forced::Choice;
use super::holders::{Holder, How, SameName, same_name};
use super::links::{Link, LinkIx, is_nullable};
use super::place::{Placed, hop};
use super::scene::Scene;
use super::unify::Other;
use super::{Path, Placement, expected_rows};
use crate::catalog::Skipped;
use crate::finding::{Finding, Probe, toml_string};
use crate::graph::TableIx;
use crate::name::{Name, TableName};

/// How many statements of one kind are shown.
const SHOWN: usize = 5;
/// From how many writes on a reference table can be a busy one.
const BUSY_WRITES: u64 = 10_000;

pub(super) fn findings(scene: &Scene<'_>, placed: &Placed<'_>, others: &[Other<'_>]) -> Vec<Finding> {
    let mut report = Report { scene, placed, findings: Vec::new() };
    others.iter().for_each(|other| report.type_differs(other));
    for table in scene.graph.indices().filter(|table| !scene.is_partition(*table)) {
        report.same_name(table);
        report.stays(table);
        match &placed.tables[table.at()].placement {
            Placement::Distributed { backfill: Some(path), .. } => report.backfilled(table, path),
            Placement::Distributed { backfill: None, column } => report.held(table, column),
            Placement::Reference => report.reference(table),
            Placement::Local => {}
        }
    }
    report.bounds();
    report.strays();
    report.skipped();
    let mut findings = report.findings;
    let place = |one: &Finding| (one.severity, one.table.clone(), one.rule.clone(), one.object.clone());
    findings.sort_by_cached_key(place);
    findings
}

struct Report<'a, 'g> {
    scene: &'a Scene<'g>,
    placed: &'a Placed<'g>,
    findings: Vec<Finding>,
}

impl<'a, 'g> Report<'a, 'g> {
    fn name(&self, table: TableIx) -> &'g TableName {
        &self.scene.table(table).name
    }

    fn held(&mut self, table: TableIx, column: &Name) {
        if let Some(holder) = self.placed.holders.get(table).copied().filter(|_| table != self.scene.root) {
            self.nullable(table, column);
            self.assumed(table, holder);
            self.several(table, holder);
        }
        for link in self.scene.links.out(table) {
            let (to, paired) = (self.scene.links.get(*link).to, self.paired_with_key(self.scene.links.get(*link)));
            if !paired && self.placed.is_distributed(to) {
                let other = self.onward(*link);
                self.may_disagree(table, *link, None, other);
            }
        }
    }

    /// Whether the link names the key of the row that it leads to.
    fn paired_with_key(&self, link: &Link) -> bool {
        let holder = self.placed.holders.get(link.to);
        holder.is_some_and(|holder| link.paired(self.scene.graph, holder.column).next().is_some())
    }

    fn type_differs(&mut self, other: &Other<'_>) {
        let (key, name, column) = (self.scene.key, self.name(other.table), other.column);
        let collated = |collation: &Option<String>| match collation {
            Some(collation) => format!(" COLLATE {collation}"),
            None => String::new(),
        };
        let message = format!(
            "`{}` of `{name}` is {}{}, but the distribution key `{}` is {}{}: Citus colocates only equal types",
            column.name,
            column.data_type,
            collated(&column.collation),
            self.scene.rules.key,
            key.data_type,
            collated(&key.collation),
        );
        self.findings.push(match &other.obstacle {
            Some(why) => {
                let message = format!("{message}, and the plan does not convert it: {why}");
                Finding::of(&KEY_TYPE_DIFFERS, name, message).about(&column.name)
            }
            None => {
                let message = format!("{message}; a new column of that type takes its place{}", other.named_by());
                Finding::of(&KEY_TYPE_UNIFIED, name, message).about(&column.name).decided_by(name, "keep_type = true")
            }
        });
    }

    fn nullable(&mut self, table: TableIx, column: &Name) {
        let found = self.scene.table(table);
        if is_nullable(found, column) {
            let message = format!("`{column}` of `{}` may be NULL, and Citus refuses such rows", found.name);
            let probe = Probe::IsNull { table: found.name.clone(), column: column.clone() };
            self.findings.push(Finding::of(&NULLABLE_KEY, &found.name, message).about(column).counted_by(probe));
        }
    }

    fn assumed(&mut self, table: TableIx, holder: Holder<'_>) {
        if holder.how != How::SameName {
            return;
        }
        let (name, key) = (self.name(table), &self.scene.rules.key);
        let message =
            format!("`{}` of `{name}` is taken for `{key}` by its name; no foreign key says so", holder.column);
        let probe = Probe::NotInRoot {
            table: name.clone(),
            column: holder.column.clone(),
            root: key.table.clone(),
            root_column: key.column.clone(),
        };
        let found = Finding::of(&ASSUMED_KEY, name, message).about(holder.column).counted_by(probe);
        self.findings.push(found.decided_by(name, "class = \"local\""));
    }

    fn several(&mut self, table: TableIx, holder: Holder<'_>) {
        let paired: Vec<&Name> = self.placed.holders.pairings(self.scene, table).map(|(column, _)| column).collect();
        let found = self.scene.table(table);
        let named = self.scene.column_of_key_name(table).map(|column| &column.name);
        let by_name = |column: &Name| Some(column) == named && same_name(self.scene, table) == SameName::Assumed;
        let leads = |column: &&Name| paired.contains(column) || by_name(column) || *column == holder.column;
        let columns: Vec<&Name> = found.columns.iter().map(|column| &column.name).filter(leads).collect();
        if columns.len() < 2 || holder.how == How::Forced {
            return;
        }
        let listed = columns.iter().map(|column| format!("`{column}`")).collect::<Vec<_>>().join(", ");
        let message = format!(
            "{listed} of `{}` all lead to `{}`; `{}` was taken as its distribution column",
            found.name, self.scene.rules.key, holder.column
        );
        let line = format!("column = {}", toml_string(holder.column.as_str()));
        let several = Finding::of(&SEVERAL_KEY_COLUMNS, &found.name, message).about(holder.column);
        self.findings.push(several.decided_by(&found.name, &line));
    }

    fn backfilled(&mut self, table: TableIx, chosen: &Path) {
        if chosen.is_doubtful() {
            self.doubtful(table, chosen);
        }
        let first = &chosen.hops[0].foreign_key;
        for link in self.scene.links.out(table) {
            let Link { to, key, .. } = *self.scene.links.get(*link);
            if self.placed.is_distributed(to) && self.scene.graph.key_at(key).name != *first {
                let other = self.onward(*link);
                self.may_disagree(table, *link, Some(chosen), other);
            }
        }
        self.around(table, chosen);
        if self.placed.renamed.binary_search(&table).is_ok() {
            self.renamed(table);
        }
    }

    /// A link, and from there what the table at its end derives its own key from. That these agree for every link of every
    /// table is all that has to be known: longer ways then agree link by link.
    fn onward(&self, link: LinkIx) -> Option<Path> {
        let first = hop(self.scene, link);
        match &self.placed.tables[self.scene.links.get(link).to.at()].placement {
            Placement::Distributed { backfill: None, column } => {
                Some(Path { hops: vec![first], column: column.clone() })
            }
            Placement::Distributed { backfill: Some(path), .. } => {
                let hops = std::iter::once(first).chain(path.hops.iter().cloned()).collect();
                Some(Path { hops, column: path.column.clone() })
            }
            Placement::Reference | Placement::Local => None,
        }
    }

    /// Paths over tables that are not distributed themselves: nothing else compares these.
    fn around(&mut self, table: TableIx, chosen: &Path) {
        let placed = self.placed;
        for other in &placed.tables[table.at()].other_paths {
            let over = self.scene.graph.find(&other.hops[0].to);
            let named = |link: &&LinkIx| {
                self.scene.graph.key_at(self.scene.links.get(**link).key).name == other.hops[0].foreign_key
            };
            let link = self.scene.links.out(table).iter().find(named);
            if let (Some(over), Some(link)) = (over, link)
                && !placed.is_distributed(over)
            {
                self.may_disagree(table, *link, Some(chosen), Some(other.clone()));
            }
        }
    }

    fn may_disagree(&mut self, table: TableIx, link: LinkIx, chosen: Option<&Path>, other: Option<Path>) {
        let (Some(other), name) = (other, self.name(table)) else { return };
        let link = self.scene.links.get(link);
        let key = &self.scene.graph.key_at(link.key).name;
        let to = self.name(link.to);
        let column = match chosen {
            Some(_) => None,
            None => self.placed.holders.get(table).map(|holder| holder.column.clone()),
        };
        let from = match (chosen, &column) {
            (Some(chosen), _) => format!("over `{}`", chosen.hops[0].foreign_key),
            (None, Some(column)) => format!("in `{column}`"),
            (None, None) => return,
        };
        let message = format!(
            "`{name}` has its key {from}; the row of `{to}` that its foreign key `{key}` references may have another key"
        );
        let probe = Probe::PathsDisagree { table: name.clone(), chosen: chosen.cloned(), column, other };
        self.findings.push(Finding::of(&PATHS_MAY_DISAGREE, name, message).about(key).counted_by(probe));
    }

    fn doubtful(&mut self, table: TableIx, chosen: &Path) {
        let name = self.name(table);
        let doubts = chosen.hops.iter().filter(|hop| hop.nullable || !hop.validated).map(|hop| {
            let what = match (hop.nullable, hop.validated) {
                (true, true) => "may be NULL",
                (false, _) => "was not validated",
                (true, false) => "may be NULL and was not validated",
            };
            format!("`{}` of `{}` {what}", hop.foreign_key, hop.from)
        });
        let doubts = doubts.collect::<Vec<_>>().join(", ");
        let message = format!("the path from which `{name}` gets its key is not certain: {doubts}");
        let probe = Probe::NoKeyAlong { table: name.clone(), path: chosen.clone() };
        let about = &chosen.hops[0].foreign_key;
        self.findings.push(Finding::of(&DOUBTFUL_PATH, name, message).about(about).counted_by(probe));
    }

    fn renamed(&mut self, table: TableIx) {
        let (name, wanted) = (self.name(table), self.scene.added_name.clone());
        let Placement::Distributed { column, .. } = &self.placed.tables[table.at()].placement else { return };
        let message =
            format!("`{name}` has a column `{wanted}` that is not the key; the added column is called `{column}`");
        let line = format!("column = {}", toml_string(wanted.as_str()));
        let found = Finding::of(&COLUMN_NAME_TAKEN, name, message).about(&wanted);
        self.findings.push(found.decided_by(name, &line));
    }

    fn reference(&mut self, table: TableIx) {
        let found = self.scene.table(table);
        let rows = expected_rows(self.scene.rules, found);
        if let Some(rows) = rows.filter(|rows| *rows >= self.scene.rules.large_reference_rows) {
            let message = format!("`{}` becomes a reference table with about {rows} rows on every node", found.name);
            let large = Finding::of(&LARGE_REFERENCE, &found.name, message);
            self.findings.push(large.decided_by(&found.name, "class = \"reference\""));
        }
        let writes = found.statistics.and_then(|statistics| statistics.writes).unwrap_or(0);
        if writes > BUSY_WRITES && writes >= rows.unwrap_or(0) / 10 {
            let message = format!(
                "`{}` becomes a reference table, and {writes} of its rows were written since the statistics were reset",
                found.name
            );
            self.findings.push(Finding::of(&BUSY_REFERENCE, &found.name, message));
        }
    }

    /// A column of the key's name on a table that does not hold the key.
    fn same_name(&mut self, table: TableIx) {
        if self.placed.holders.get(table).is_some() {
            return;
        }
        let found = self.scene.table(table);
        let Some(column) = self.scene.column_of_key_name(table) else { return };
        let key = &column.name;
        match same_name(self.scene, table) {
            SameName::No | SameName::Assumed => {}
            SameName::OtherType => {
                let message = format!(
                    "`{key}` of `{}` is {} and cannot hold `{}`, which is {}",
                    found.name, column.data_type, self.scene.rules.key, self.scene.key.data_type
                );
                self.findings.push(Finding::of(&SAME_NAME_OTHER_TYPE, &found.name, message).about(key));
            }
            SameName::Other(why) => {
                let message = format!("`{key}` of `{}` is not taken for `{}`: {why}", found.name, self.scene.rules.key);
                let line = format!("column = {}", toml_string(key.as_str()));
                let other = Finding::of(&SAME_NAME_NOT_ASSUMED, &found.name, message).about(key);
                self.findings.push(other.decided_by(&found.name, &line));
            }
        }
    }

    fn stays(&mut self, table: TableIx) {
        let Choice::Stays(what) = self.scene.choice(table) else { return };
        let found = self.scene.table(table);
        let named = self.scene.column_of_key_name(table).is_some();
        let referenced = self.placed.referenced[table.at()].is_some();
        if named || referenced || self.placed.kept.binary_search(&table).is_ok() {
            let message =
                format!("`{}` is {what} and stays local, although its rows go with distributed ones", found.name);
            self.findings.push(Finding::of(&STAYS_LOCAL, &found.name, message));
        }
    }

    /// What was not read of the schema's text, once for each reason.
    fn skipped(&mut self) {
        let mut by_reason: BTreeMap<&str, Vec<&Skipped>> = BTreeMap::new();
        let skipped = &self.scene.graph.catalog().skipped;
        skipped.iter().for_each(|one| by_reason.entry(&one.why).or_default().push(one));
        for (why, all) in by_reason {
            let shown: Vec<String> = all.iter().take(SHOWN).map(ToString::to_string).collect();
            let more = if all.len() > SHOWN { format!("; and {} more", all.len() - SHOWN) } else { String::new() };
            let what =
                if all.len() == 1 { "1 statement was".to_owned() } else { format!("{} statements were", all.len()) };
            let message = format!("{what} not read ({why}): {}{more}", shown.join("; ")).replace('`', "'");
            self.findings.push(Finding::of_schema(&SKIPPED_STATEMENT, message));
        }
    }

    fn bounds(&mut self) {
        let rules = self.scene.rules;
        for table in &self.placed.cut {
            let name = self.name(*table);
            let listed = self.placed.tables[table.at()].other_paths.len() + 1;
            let message = format!(
                "{listed} paths from `{name}` to the key are listed; the search ends at {} paths and {} foreign keys",
                rules.max_paths, rules.max_hops
            );
            self.findings.push(Finding::of(&PATHS_CUT, name, message));
        }
        for (table, distance) in &self.placed.too_far {
            let name = self.name(*table);
            let message = format!(
                "`{name}` reaches the key over {distance} foreign keys; the search ends at {}, and without a path the table \
                 is not distributed",
                rules.max_hops
            );
            self.findings.push(Finding::of(&PATH_TOO_LONG, name, message));
        }
    }

    fn strays(&mut self) {
        for key in &self.scene.links.strays {
            let key = self.scene.graph.key_at(*key);
            let message = format!("not every partition beside `{}` has a foreign key like `{}`", key.from, key.name);
            self.findings.push(Finding::of(&PARTITION_KEY_DIFFERS, &key.from, message).about(&key.name));
        }
    }
}
