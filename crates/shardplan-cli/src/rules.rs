//! What decides a plan besides the schema: the arguments that say it come in, rules go out.

use std::path::Path;

use shardplan::{Error, Rules};

use crate::failure::Failure;
use crate::source;

/// An error about the rules, with the file where it is about what stands there.
pub(crate) fn refused(error: Error, file: Option<&Path>) -> Failure {
    let is_in_file = matches!(error, Error::Override { place: Some(_), .. });
    let failure = Failure::from(error);
    match file.filter(|_| is_in_file) {
        Some(path) => failure.in_file(path),
        None => failure,
    }
}

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
