//! What the user must read: typed values with their place, never log lines.

use std::borrow::Cow;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::citus::Profile;
use crate::name::{Name, TableName};

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Stops the plan: it cannot be carried out as it stands.
    Blocker,
    /// Changes what the database promises, or can fail on the data; needs a decision.
    Warning,
    /// Good to know.
    Notice,
}

/// What Citus does to what a rule is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Effect {
    /// It refuses, with an error.
    Refused,
    /// It accepts, and something means another thing afterwards, or is made anew.
    Altered,
    /// It accepts, and something is gone afterwards, for a time or for good.
    Lost,
    /// Nothing: the planner needs it, or a person should know.
    Advice,
}

/// Where a rule can be seen to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Example {
    /// The plan of this fixture has a finding of it.
    Fixture(&'static str),
    /// The plan of this fixture has a finding of it once a server has told what a schema's text cannot: settings, versions,
    /// sizes, what an extension owns.
    Server(&'static str),
    /// The comparison of the strategies for this fixture, when its rules name none, has a finding of it.
    Comparison(&'static str),
    /// No finding: this gate of the scripts stops.
    Gate(&'static str),
    /// No schema that is known: this test makes a plan that the simulated cluster refuses.
    Simulation(&'static str),
    /// No finding: a call answers with this variant of [`Error`](crate::Error).
    Error(&'static str),
}

/// A rule: what is so for every finding that carries its id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct FindingRule {
    /// Its stable id, in kebab case.
    pub id: &'static str,
    /// How much a finding of it weighs; [`FindingRule::severity_on`] knows what differs by target.
    pub severity: Severity,
    /// What Citus does.
    pub effect: Effect,
    /// What it says, in one sentence.
    pub summary: &'static str,
    /// What Citus prints, as measured on 13.2.2; `…` stands for names and other parts that differ.
    pub message: Option<&'static str>,
    /// The DETAIL that it prints with the message.
    pub detail: Option<&'static str>,
    /// The SQLSTATE of the message, where it was noted.
    pub sqlstate: Option<&'static str>,
    /// What to do.
    pub advice: &'static str,
    /// Where the override file can decide it, and the settings there, any one of which does.
    pub choices: Option<(ChoiceIn, &'static [&'static str])>,
    /// The first target that it holds for; `None` for all before `until`.
    pub since: Option<Profile>,
    /// The last target that it holds for; `None` for all from `since` on.
    pub until: Option<Profile>,
    /// The last target on which it weighs otherwise, and what it weighs up to there.
    pub earlier: Option<(Profile, Severity)>,
    /// Where it can be seen to hold.
    pub example: Example,
}

impl FindingRule {
    /// What a finding of it weighs on a target; `None` where the rule does not hold.
    #[must_use]
    pub fn severity_on(&self, target: Profile) -> Option<Severity> {
        let release = target.release();
        let holds = self.since.is_none_or(|since| since.release() <= release)
            && self.until.is_none_or(|until| release <= until.release());
        let earlier = self.earlier.filter(|(last, _)| release <= last.release());
        holds.then(|| earlier.map_or(self.severity, |(_, severity)| severity))
    }

    pub(crate) const fn new(id: &'static str, severity: Severity, effect: Effect, example: Example) -> Self {
        let (summary, message, detail, sqlstate, advice) = ("", None, None, None, "");
        let (choices, since, until, earlier) = (None, None, None, None);
        Self {
            id,
            severity,
            effect,
            summary,
            message,
            detail,
            sqlstate,
            advice,
            choices,
            since,
            until,
            earlier,
            example,
        }
    }

    pub(crate) const fn says(self, summary: &'static str) -> Self {
        Self { summary, ..self }
    }

    pub(crate) const fn advises(self, advice: &'static str) -> Self {
        Self { advice, ..self }
    }

    pub(crate) const fn chooses(self, section: ChoiceIn, settings: &'static [&'static str]) -> Self {
        Self { choices: Some((section, settings)), ..self }
    }

    pub(crate) const fn prints(self, message: &'static str) -> Self {
        Self { message: Some(message), ..self }
    }

    pub(crate) const fn details(self, detail: &'static str) -> Self {
        Self { detail: Some(detail), ..self }
    }

    pub(crate) const fn state(self, sqlstate: &'static str) -> Self {
        Self { sqlstate: Some(sqlstate), ..self }
    }

    pub(crate) const fn weighs_until(self, last: Profile, severity: Severity) -> Self {
        Self { earlier: Some((last, severity)), ..self }
    }
}

/// A section of the override file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChoiceIn {
    /// `[tables.…]`
    Tables,
    /// `[foreign_keys.….…]`
    ForeignKeys,
    /// `[keys.….…]`
    Keys,
    /// `[triggers.….…]`
    Triggers,
    /// `[rewrite_rules.….…]`
    RewriteRules,
    /// `[policies.….…]`
    Policies,
}

impl ChoiceIn {
    /// The header of what the section says of a table, or of something of it.
    fn header(self, table: &TableName, object: Option<&Name>) -> Option<String> {
        let section = match self {
            Self::Tables => return Some(Choice::on_table(table)),
            Self::ForeignKeys => "foreign_keys",
            Self::Keys => "keys",
            Self::Triggers => "triggers",
            Self::RewriteRules => "rewrite_rules",
            Self::Policies => "policies",
        };
        Some(format!("[{section}.{}.{}]", toml_key(&table.to_string()), toml_key(object?.as_str())))
    }
}

/// A key of TOML: bare where it can be.
fn toml_key(text: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    if !text.is_empty() && text.chars().all(is_bare) {
        return text.to_owned();
    }
    toml_string(text)
}

/// A string of TOML.
pub(crate) fn toml_string(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => quoted.push_str(&format!("\\u{:04X}", u32::from(c))),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// How the override file can decide what a finding is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Choice {
    /// The header of the section, as it stands in the file.
    pub under: String,
    /// Settings, any one of which decides it; each needs a `reason` beside it.
    pub settings: Vec<Cow<'static, str>>,
}

impl Choice {
    /// The header of what the override file says of a table.
    pub(crate) fn on_table(table: &TableName) -> String {
        format!("[tables.{}]", toml_key(&table.to_string()))
    }

    /// What a rule leaves to the override file.
    pub(crate) fn of(rule: &FindingRule, table: &TableName, object: Option<&Name>) -> Option<Self> {
        let (section, settings) = rule.choices?;
        let settings = settings.iter().map(|setting| Cow::Borrowed(*setting)).collect();
        Some(Self { under: section.header(table, object)?, settings })
    }
}

/// Every rule that a finding can come from: those of the classification, then those of the planner by theme.
pub fn finding_rules() -> impl Iterator<Item = &'static FindingRule> {
    crate::classify::RULES.iter().chain(crate::citus::rules())
}

/// Something that the user must read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The rule that it comes from: a stable id in kebab case, listed by [`finding_rules`].
    pub rule: Cow<'static, str>,
    /// How much it weighs.
    pub severity: Severity,
    /// The table that it is about.
    pub table: Option<TableName>,
    /// The constraint, index, column or trigger of that table that it is about.
    pub object: Option<Name>,
    /// What is so, in one or two sentences.
    pub message: String,
    /// What to do about it.
    pub advice: Cow<'static, str>,
    /// A query that counts the rows that it is about, if that can be counted.
    pub query: Option<Probe>,
    /// How the override file can decide it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<Choice>,
    /// Why the user accepts it, who then need not read it again; `None` while it is open, as a blocker always is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
}

impl Finding {
    /// Whether nobody has accepted it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.accepted.is_none()
    }

    /// Of a rule about no table, with the rule's weight and advice.
    pub(crate) fn of_schema(rule: &FindingRule, message: String) -> Self {
        Self {
            rule: rule.id.into(),
            severity: rule.severity,
            table: None,
            object: None,
            message,
            advice: rule.advice.into(),
            query: None,
            choice: None,
            accepted: None,
        }
    }

    /// Of a rule about a table, with the rule's weight and advice.
    pub(crate) fn of(rule: &FindingRule, table: &TableName, message: String) -> Self {
        Self {
            rule: rule.id.into(),
            severity: rule.severity,
            table: Some(table.clone()),
            object: None,
            message,
            advice: rule.advice.into(),
            query: None,
            choice: Choice::of(rule, table, None),
            accepted: None,
        }
    }
}

/// A question to the data, as data: the renderer makes a counting query of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Probe {
    /// Rows of `table` that get no key along the path: a NULL or an orphan stands on the way.
    NoKeyAlong {
        /// The table.
        table: TableName,
        /// The path.
        path: crate::Path,
    },
    /// Rows of `table` for which two paths give different keys.
    PathsDisagree {
        /// The table.
        table: TableName,
        /// The chosen path; `None` when the table holds the key in `column`.
        chosen: Option<crate::Path>,
        /// The column that holds the key, when there is no chosen path.
        column: Option<Name>,
        /// The other path.
        other: crate::Path,
    },
    /// Rows deleted from a table and its partitions since its statistics were reset: 0 says that no action on delete was needed.
    Deleted {
        /// The table.
        table: TableName,
    },
    /// Updates of rows of a table and its partitions that may have changed a key, since its statistics were reset: those that
    /// touched an index.
    KeyUpdated {
        /// The table.
        table: TableName,
    },
    /// Rows of `table` whose `column` is NULL.
    IsNull {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
    },
    /// Rows of `table` whose `column` has no row in the root.
    NotInRoot {
        /// The table.
        table: TableName,
        /// The column.
        column: Name,
        /// The root.
        root: TableName,
        /// The root's key column.
        root_column: Name,
    },
}

/// Most severe first, then by table, rule and object.
pub(crate) fn sort(findings: &mut Vec<Finding>) {
    if findings.is_sorted_by_key(order) {
        return;
    }
    // Their numbers, because findings are large and there may be many: each is moved once.
    let mut places: Vec<usize> = (0..findings.len()).collect();
    places.sort_by(|a, b| order(&findings[*a]).cmp(&order(&findings[*b])));
    let mut unsorted: Vec<Option<Finding>> = findings.drain(..).map(Some).collect();
    findings.extend(places.into_iter().filter_map(|place| unsorted[place].take()));
}

fn order(finding: &Finding) -> (Severity, Option<&TableName>, &str, Option<&Name>, &str) {
    (finding.severity, finding.table.as_ref(), &finding.rule, finding.object.as_ref(), &finding.message)
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Blocker => "blocker",
            Self::Warning => "warning",
            Self::Notice => "notice",
        })
    }
}

impl fmt::Display for Effect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Refused => "refused",
            Self::Altered => "altered",
            Self::Lost => "lost",
            Self::Advice => "advice",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::{Effect, Example, FindingRule, Severity};
    use crate::citus::Profile;

    #[test]
    fn a_rule_holds_from_its_first_target_to_its_last() {
        let rule = FindingRule::new("r", Severity::Notice, Effect::Refused, Example::Fixture("f"));
        assert_eq!(rule.severity_on(Profile::Citus11_3), Some(Severity::Notice));
        let later = FindingRule { since: Some(Profile::Citus13_0), ..rule };
        assert_eq!(later.severity_on(Profile::CosmosDbPostgres), None);
        assert_eq!(later.severity_on(Profile::AzureElastic), Some(Severity::Notice));
        let gone = FindingRule { until: Some(Profile::Citus13_2), ..rule };
        assert_eq!(gone.severity_on(Profile::Citus14_0), None);
        let milder = rule.weighs_until(Profile::Citus11_3, Severity::Blocker);
        assert_eq!(milder.severity_on(Profile::Citus11_3), Some(Severity::Blocker));
        assert_eq!(milder.severity_on(Profile::Citus12_1), Some(Severity::Notice));
    }
}
