//! What the user bears, and how fast a cluster copies: numbers in text come in, durations and rates go out. Knows no plan.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

use crate::error::Error;

/// How fast rows get from a table to their shards, in bytes per second of the table with its indexes.
///
/// The default was measured on Citus 13.2.2 (coordinator and two workers on one machine with two cores, 32 shards, no fsync):
/// 1,000,740 rows that take 118,218,752 bytes with their primary key, in 3.7 s without foreign keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct CopyRate(NonZeroU64);

impl CopyRate {
    /// So many bytes per second.
    #[must_use]
    pub const fn new(bytes_per_second: NonZeroU64) -> Self {
        Self(bytes_per_second)
    }

    /// The time in which so many bytes are copied.
    #[must_use]
    pub fn time_for(self, bytes: u64) -> Duration {
        let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(self.0.get());
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

impl Default for CopyRate {
    fn default() -> Self {
        const MEASURED: NonZeroU64 = NonZeroU64::new(32_000_000).expect("it is not zero");
        Self(MEASURED)
    }
}

impl fmt::Display for CopyRate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for CopyRate {
    type Err = Error;

    /// Reads a number of bytes per second, one or more.
    fn from_str(text: &str) -> Result<Self, Error> {
        let rate = text.parse().map(Self);
        rate.map_err(|_| Error::InvalidNumber {
            text: text.to_owned(),
            expected: "a whole number of bytes, one or more",
        })
    }
}

/// For how long something may last at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Limit(Duration);

impl Limit {
    /// So long.
    #[must_use]
    pub const fn new(longest: Duration) -> Self {
        Self(longest)
    }

    /// How long.
    #[must_use]
    pub const fn get(self) -> Duration {
        self.0
    }

    fn of_seconds(seconds: f64) -> Option<Self> {
        Duration::try_from_secs_f64(seconds).ok().map(Self)
    }
}

impl fmt::Display for Limit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} s", self.0.as_secs_f64())
    }
}

/// What [`Limit`] is read from.
const SECONDS: &str = "a number of seconds, not negative";

impl FromStr for Limit {
    type Err = Error;

    /// Reads a number of seconds.
    fn from_str(text: &str) -> Result<Self, Error> {
        let read = text.parse().ok().and_then(Self::of_seconds);
        read.ok_or_else(|| Error::InvalidNumber { text: text.to_owned(), expected: SECONDS })
    }
}

impl<'de> Deserialize<'de> for Limit {
    fn deserialize<D: Deserializer<'de>>(reader: D) -> Result<Self, D::Error> {
        let seconds = f64::deserialize(reader)?;
        Self::of_seconds(seconds).ok_or_else(|| serde::de::Error::custom(format!("`{seconds}` is not {SECONDS}")))
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{CopyRate, Limit};
    use crate::Rules;

    fn rules(toml: &str) -> Result<Rules, String> {
        let rules = Rules::new("stores.store_id".parse().unwrap()).with_overrides(toml);
        rules.map_err(|error| error.to_string())
    }

    #[test]
    fn the_default_is_what_was_measured() {
        let time = CopyRate::default().time_for(118_218_752);
        assert_eq!(time.as_millis(), 3_694);
        assert_eq!("1".parse::<CopyRate>().unwrap().time_for(u64::MAX), Duration::from_nanos(u64::MAX));
    }

    #[test]
    fn limits_are_read_in_seconds() {
        let rules = rules("max_write_block = 0.2\nmax_unenforced = 30\ncopy_rate = 1000").unwrap();
        assert_eq!(rules.max_write_block, Some(Limit::new(Duration::from_millis(200))));
        assert_eq!(rules.max_unenforced, Some(Limit::new(Duration::from_secs(30))));
        assert_eq!(rules.copy_rate, "1000".parse().unwrap());
        assert_eq!("0.2".parse::<Limit>().unwrap().to_string(), "0.2 s");
    }

    #[test]
    fn what_is_no_limit_or_rate_is_refused() {
        for toml in ["max_write_block = -1", "max_unenforced = nan", "max_unenforced = inf", "copy_rate = 0"] {
            assert!(rules(toml).unwrap_err().contains("line 1"), "{toml}");
        }
        assert!("soon".parse::<Limit>().is_err() && "-1".parse::<Limit>().is_err());
        let error = "0".parse::<CopyRate>().unwrap_err();
        assert_eq!(error.to_string(), "`0` is not a whole number of bytes, one or more");
    }
}
