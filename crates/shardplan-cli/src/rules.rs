//! What decides a plan besides the schema: the arguments that say it come in, rules go out.

use std::path::Path;

use shardplan::Rules;

use crate::failure::Failure;
use crate::source;

/// The key, then what the file says, then what the command line says.
pub(crate) fn rules(key: &str, file: Option<&Path>, strategy: Option<&str>) -> Result<Rules, Failure> {
    let mut rules = Rules::new(key.parse()?);
    if let Some(path) = file {
        rules = rules.with_overrides(&source::text(path)?).map_err(|error| Failure::from(error).in_file(path))?;
    }
    if let Some(strategy) = strategy {
        rules.strategy = Some(strategy.parse()?);
    }
    Ok(rules)
}
