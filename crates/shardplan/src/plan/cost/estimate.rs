//! Amounts of which a part may be unknown: parts come in, a sum that says so goes out. Knows no plan.

use std::fmt;
use std::ops::Add;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// An amount that was worked out. What is unknown never counts as nothing: whatever it goes into is [`AtLeast`](Self::AtLeast).
///
/// In the derived order every amount that is known comes before every one that is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Estimate<T> {
    /// All that goes into it is known.
    About(T),
    /// Something that goes into it is unknown: so much without that.
    AtLeast(T),
}

impl<T: Copy + Ord + Default> Estimate<T> {
    /// Nothing, which is known.
    pub(in crate::plan) fn none() -> Self {
        Self::About(T::default())
    }

    /// Nothing is known of it.
    pub(in crate::plan) fn unknown() -> Self {
        Self::AtLeast(T::default())
    }

    /// The part that is known.
    #[must_use]
    pub fn known(self) -> T {
        match self {
            Self::About(amount) | Self::AtLeast(amount) => amount,
        }
    }

    /// Whether all that goes into it is known.
    #[must_use]
    pub fn is_known(self) -> bool {
        matches!(self, Self::About(_))
    }

    pub(in crate::plan) fn map<U>(self, change: impl FnOnce(T) -> U) -> Estimate<U> {
        match self {
            Self::About(amount) => Estimate::About(change(amount)),
            Self::AtLeast(amount) => Estimate::AtLeast(change(amount)),
        }
    }

    /// From both parts; unknown as soon as one of them is.
    fn join(self, other: Self, of_both: impl FnOnce(T, T) -> T) -> Self {
        let amount = of_both(self.known(), other.known());
        if self.is_known() && other.is_known() { Self::About(amount) } else { Self::AtLeast(amount) }
    }

    /// The larger one; unknown as soon as one of them is, for that one may be the larger.
    pub(in crate::plan) fn or_longer(self, other: Self) -> Self {
        self.join(other, T::max)
    }
}

impl Add for Estimate<Duration> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.join(other, Duration::saturating_add)
    }
}

impl Add for Estimate<u64> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.join(other, u64::saturating_add)
    }
}

impl std::iter::Sum for Estimate<Duration> {
    fn sum<I: Iterator<Item = Self>>(parts: I) -> Self {
        parts.fold(Self::none(), Self::add)
    }
}

impl fmt::Display for Estimate<Duration> {
    /// For example `370 ms`, `at least 12.5 s`, `unknown`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_amount(f, *self, |f, time| {
            let seconds = time.as_secs_f64();
            match time.as_secs() {
                0 => write!(f, "{} ms", time.as_millis()),
                1..120 => write!(f, "{seconds:.1} s"),
                120..7_200 => write!(f, "{:.0} min", seconds / 60.0),
                _ => write!(f, "{:.1} h", seconds / 3_600.0),
            }
        })
    }
}

impl fmt::Display for Estimate<u64> {
    /// Bytes: for example `12 kB`, `at least 1.5 GB`, `unknown`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_amount(f, *self, |f, bytes| match bytes {
            0..1_000 => write!(f, "{bytes} bytes"),
            1_000..1_000_000 => write!(f, "{} kB", bytes / 1_000),
            1_000_000..1_000_000_000 => write!(f, "{} MB", bytes / 1_000_000),
            _ => write!(f, "{}.{} GB", bytes / 1_000_000_000, bytes / 100_000_000 % 10),
        })
    }
}

fn write_amount<T: Copy + Ord + Default>(
    f: &mut fmt::Formatter<'_>,
    estimate: Estimate<T>,
    write: impl FnOnce(&mut fmt::Formatter<'_>, T) -> fmt::Result,
) -> fmt::Result {
    match estimate {
        Estimate::AtLeast(amount) if amount == T::default() => f.write_str("unknown"),
        Estimate::AtLeast(amount) => {
            f.write_str("at least ")?;
            write(f, amount)
        }
        Estimate::About(amount) => write(f, amount),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Estimate::{self, About, AtLeast};

    #[test]
    fn what_is_unknown_stays_so() {
        let (two, some) = (About(2_u64), AtLeast(1_u64));
        assert_eq!(two + two, About(4));
        assert_eq!(two + Estimate::unknown(), AtLeast(2));
        assert_eq!(two.or_longer(some), AtLeast(2));
        assert!(About(9) < AtLeast(1), "what is unknown may be longer");
    }

    #[test]
    fn amounts_are_read_by_people() {
        let time = |millis| About(Duration::from_millis(millis)).to_string();
        let shown = [0, 370, 12_540, 125_000, 9_000_000].map(time);
        assert_eq!(shown, ["0 ms", "370 ms", "12.5 s", "2 min", "2.5 h"]);
        let shown = [7, 12_345, 2_500_000, 1_590_000_000].map(|bytes: u64| About(bytes).to_string());
        assert_eq!(shown, ["7 bytes", "12 kB", "2 MB", "1.5 GB"]);
        assert_eq!(Estimate::<u64>::unknown().to_string(), "unknown");
        assert_eq!(AtLeast(2_000_u64).to_string(), "at least 2 kB");
    }
}
