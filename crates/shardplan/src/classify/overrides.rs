//! The override file: TOML text comes in, rules go out. Knows no catalog: whether the names exist is checked later.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::accepted::Accepted;
use super::{CopyRate, ForeignKeyRule, KeyRule, Limit, RemovalRule, Rules, Strategy, TableRule};
use crate::catalog::Action;
use crate::citus::Profile;
use crate::error::Error;
use crate::name::{Name, TableName};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    max_paths: Option<usize>,
    max_hops: Option<usize>,
    large_reference_rows: Option<u64>,
    concurrent_rows: Option<u64>,
    target: Option<Profile>,
    strategy: Option<Strategy>,
    copy_rate: Option<CopyRate>,
    max_write_block: Option<Limit>,
    max_unenforced: Option<Limit>,
    #[serde(default)]
    tables: BTreeMap<Spanned<String>, TableRule>,
    #[serde(default)]
    foreign_keys: BTreeMap<Spanned<String>, BTreeMap<Spanned<Name>, ForeignKeyRule>>,
    #[serde(default)]
    keys: BTreeMap<Spanned<String>, BTreeMap<Spanned<Name>, KeyRule>>,
    #[serde(default)]
    triggers: BTreeMap<Spanned<String>, BTreeMap<Spanned<Name>, RemovalRule>>,
    #[serde(default)]
    rewrite_rules: BTreeMap<Spanned<String>, BTreeMap<Spanned<Name>, RemovalRule>>,
    #[serde(default)]
    policies: BTreeMap<Spanned<String>, BTreeMap<Spanned<Name>, RemovalRule>>,
    #[serde(default)]
    accept: Vec<Spanned<Accepted>>,
}

/// A file as text, and where its overrides stand.
struct Places<'t> {
    toml: &'t str,
    lines: BTreeMap<String, usize>,
}

impl Places<'_> {
    /// Notes the line of a key.
    fn note(&mut self, key: impl Display, start: usize) {
        self.lines.insert(key.to_string(), self.line(start));
    }

    fn line(&self, start: usize) -> usize {
        self.toml.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1
    }
}

impl Rules {
    /// Adds the overrides of a TOML file; what the file says of a table or key replaces what the rules said of it before.
    ///
    /// ```toml
    /// strategy = "combined"         # or "atomic", "online"; without it, a comparison chooses within the limits
    /// max_write_block = 2.5         # seconds that a write may have to wait; also max_unenforced, for foreign keys
    /// copy_rate = 32000000          # bytes per second, with indexes, at which tables are copied to their shards
    /// max_hops = 4                  # also max_paths, large_reference_rows, concurrent_rows
    /// target = "citus-13.2"         # the Citus to plan for
    ///
    /// [tables."public.orders"]      # or `orders`, or `"\"Orders\""`: names as in SQL
    /// column = "buyer_id"           # also class, path, rows, method, keep_type, keep_identity
    /// reason = "the buyer's region owns the order"
    ///
    /// [foreign_keys.orders.orders_customer_id_fkey]   # the table, then the foreign key as the server stores it
    /// on_delete = "no action"       # also on_update, drop
    /// reason = "the application deletes the orders itself"
    ///
    /// [keys.users.users_email_key]
    /// drop = true
    /// reason = "one address may be used with several stores"
    ///
    /// [triggers.orders.orders_audit]  # also rewrite_rules and policies
    /// drop = true
    /// reason = "the application writes the audit trail itself"
    ///
    /// [[accept]]                    # a finding that need not be read again; once for each
    /// rule = "application-must-write"
    /// table = "line_items"          # without it, wherever the rule finds something
    /// reason = "the model writes store_id since release 41"
    /// ```
    ///
    /// # Errors
    /// [`Error::OverrideSyntax`] with line and column for what is no TOML, or has unknown keys, an unknown target or wrong types;
    /// [`Error::Override`] for what is no table name and for a table that is named twice. Names that do
    /// not exist, and missing reasons, are found by [`Classification::new`](crate::Classification::new).
    pub fn with_overrides(mut self, toml: &str) -> Result<Self, Error> {
        let file: File = toml::from_str(toml)
            .map_err(|error| Error::OverrideSyntax { message: error.to_string().trim_end().to_owned() })?;
        self.max_paths = file.max_paths.unwrap_or(self.max_paths);
        self.max_hops = file.max_hops.unwrap_or(self.max_hops);
        self.large_reference_rows = file.large_reference_rows.unwrap_or(self.large_reference_rows);
        self.concurrent_rows = file.concurrent_rows.unwrap_or(self.concurrent_rows);
        self.target = file.target.or(self.target);
        self.strategy = file.strategy.or(self.strategy);
        self.copy_rate = file.copy_rate.unwrap_or(self.copy_rate);
        self.max_write_block = file.max_write_block.or(self.max_write_block);
        self.max_unenforced = file.max_unenforced.or(self.max_unenforced);
        let mut places = Places { toml, lines: BTreeMap::new() };
        self.tables.extend(by_table(file.tables, "tables", &mut places)?);
        self.foreign_keys.extend(by_key(file.foreign_keys, "foreign_keys", &mut places)?);
        self.keys.extend(by_key(file.keys, "keys", &mut places)?);
        self.triggers.extend(by_key(file.triggers, "triggers", &mut places)?);
        self.rewrite_rules.extend(by_key(file.rewrite_rules, "rewrite_rules", &mut places)?);
        self.policies.extend(by_key(file.policies, "policies", &mut places)?);
        for (number, accepted) in (self.accepted.len()..).zip(file.accept) {
            places.note(format_args!("accept.{number}"), accepted.span().start);
            self.accepted.push(accepted.into_inner().read()?);
        }
        self.lines.extend(places.lines);
        Ok(self)
    }
}

/// Reads the tables' names; `orders` and `"public.orders"` are the same table.
fn by_table<T>(
    section: BTreeMap<Spanned<String>, T>,
    title: &str,
    places: &mut Places<'_>,
) -> Result<BTreeMap<TableName, T>, Error> {
    let mut tables = BTreeMap::new();
    for (text, rule) in section {
        let start = text.span().start;
        let refused = |target: &str, why: String| {
            let place = Some(format!("line {}, `{title}.{}`", places.line(start), text.get_ref()));
            Error::Override { place, target: format!("table `{target}`"), why }
        };
        let table = TableName::from_str(text.get_ref()).map_err(|error| refused(text.get_ref(), error.to_string()))?;
        if tables.insert(table.clone(), rule).is_some() {
            let why = format!("it stands twice under `{title}`, spelled differently; join the two");
            return Err(refused(&table.to_string(), why));
        }
        places.note(format_args!("{title}.{table}"), start);
    }
    Ok(tables)
}

/// What a section says of a part of each table.
type ByKey<T> = BTreeMap<Spanned<String>, BTreeMap<Spanned<Name>, T>>;

fn by_key<T>(section: ByKey<T>, title: &str, places: &mut Places<'_>) -> Result<BTreeMap<(TableName, Name), T>, Error> {
    let mut rules = BTreeMap::new();
    for (table, keys) in by_table(section, title, places)? {
        for (key, rule) in keys {
            places.note(format_args!("{title}.{table}.{}", key.get_ref()), key.span().start);
            rules.insert((table.clone(), key.into_inner()), rule);
        }
    }
    Ok(rules)
}

/// Reads an action as SQL writes it, in any case; underscores may stand for blanks.
pub(super) fn action<'de, D: Deserializer<'de>>(reader: D) -> Result<Option<Action>, D::Error> {
    let text = String::deserialize(reader)?;
    let wanted = text.replace('_', " ").to_uppercase();
    let all = [Action::NoAction, Action::Restrict, Action::Cascade, Action::SetNull, Action::SetDefault];
    let found = all.into_iter().find(|action| action.to_string() == wanted);
    found.map(Some).ok_or_else(|| {
        let known = all.map(|action| format!("`{}`", action.to_string().to_lowercase())).join(", ");
        serde::de::Error::custom(format!("unknown action `{text}`, expected one of {known}"))
    })
}
