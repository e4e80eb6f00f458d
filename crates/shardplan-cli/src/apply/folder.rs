//! The folder of a plan comes in; the plan, the schema that it was made for and its scripts go out, if they belong together.

use std::path::Path;

use sha2::{Digest, Sha256};
use shardplan::{Catalog, PhaseKind, Plan};
use shardplan_sql::Script;

use crate::failure::Failure;
use crate::source;

/// What `shardplan plan -o` has written.
pub(crate) struct Folder {
    pub(crate) plan: Plan,
    /// What the plan was made for.
    pub(crate) catalog: Catalog,
    /// The scripts of its phases, in order.
    pub(crate) scripts: Vec<Script>,
    /// What tells it from every other plan.
    pub(crate) id: String,
}

impl Folder {
    pub(crate) fn read(path: &Path) -> Result<Self, Failure> {
        let json = source::text(&path.join("plan.json"))?;
        let plan = Plan::from_json(&json).map_err(|error| Failure::from(error).in_file(&path.join("plan.json")))?;
        let catalog = source::text(&path.join("catalog.json"))?;
        let catalog =
            Catalog::from_json(&catalog).map_err(|error| Failure::from(error).in_file(&path.join("catalog.json")))?;
        if catalog.fingerprint() != plan.fingerprint {
            let file = path.join("catalog.json");
            return Err(Failure::wrong(format!(
                "`{}` is not the schema that `plan.json` was made for",
                file.display()
            )));
        }
        if plan.is_blocked() {
            let first = plan.blockers().next().map_or("", |finding| finding.message.as_str());
            return Err(Failure::wrong(format!(
                "the plan is blocked: {first}; `README.md` of the plan says what to do"
            )));
        }
        // The runbook comes first, then a script per phase.
        let scripts: Vec<Script> = shardplan_sql::render(&plan).into_iter().skip(1).take(plan.phases.len()).collect();
        for script in &scripts {
            if source::text(&path.join(&script.path))? != script.text {
                let file = path.join(&script.path);
                return Err(Failure::wrong(format!(
                    "`{}` is not what this version of shardplan writes for `plan.json`; make the plan again, or run the scripts with psql",
                    file.display()
                )));
            }
        }
        let id = Sha256::digest(json.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self { plan, catalog, scripts, id })
    }

    /// The phases up to this one, if one is named, with their places.
    pub(crate) fn until(&self, last: Option<&str>) -> Result<Vec<usize>, Failure> {
        let Some(last) = last else { return Ok((0..self.scripts.len()).collect()) };
        let named = |script: &Script| {
            script.path == *last || script.path.split('_').next() == Some(last) || word(&script.path) == last
        };
        match self.scripts.iter().position(named) {
            Some(at) => Ok((0..=at).collect()),
            None => {
                let known: Vec<&str> = self.scripts.iter().map(|script| word(&script.path)).collect();
                Err(Failure::wrong(format!("no phase `{last}`; choose one of {}", known.join(", "))))
            }
        }
    }

    pub(crate) fn kind(&self, at: usize) -> PhaseKind {
        self.plan.phases[at].kind
    }
}

/// `keys` of `40_keys.sql`.
pub(crate) fn word(path: &str) -> &str {
    let name = path.strip_suffix(".sql").unwrap_or(path);
    name.split_once('_').map_or(name, |(_, word)| word)
}
