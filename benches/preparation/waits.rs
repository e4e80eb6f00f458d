//! How long the application waited: single waits come in, the longest ones and the share below a limit go out.

use std::time::{Duration, Instant};

/// One statement of the application.
#[derive(Debug, Clone, Copy)]
pub struct Wait {
    /// When it should have been sent.
    pub due: Instant,
    /// From then until its answer, so that statements which queue in the application behind a stalled one count too.
    pub took: Duration,
    /// The statement, for a person.
    pub what: &'static str,
}

impl Wait {
    /// How much of the wait lies between two moments.
    pub fn within(&self, from: Instant, to: Instant) -> Duration {
        let end = (self.due + self.took).min(to);
        end.saturating_duration_since(self.due.max(from))
    }
}

/// All of them, from the shortest to the longest.
pub struct Waits(Vec<Wait>);

impl Waits {
    /// Those that fell due from this moment on.
    pub fn since(start: Instant, mut waits: Vec<Wait>) -> Self {
        waits.retain(|wait| wait.due >= start);
        waits.sort_unstable_by_key(|wait| wait.took);
        Self(waits)
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub fn longest(&self) -> Duration {
        self.quantile(1.0)
    }

    /// The wait that this share of all does not exceed; zero if there was none.
    pub fn quantile(&self, share: f64) -> Duration {
        let rank = (self.0.len() as f64 * share).ceil() as usize;
        self.0.get(rank.saturating_sub(1)).map_or(Duration::ZERO, |wait| wait.took)
    }

    /// All of them, the other way round.
    pub fn longest_first(&self) -> impl Iterator<Item = &Wait> {
        self.0.iter().rev()
    }
}
