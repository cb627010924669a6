//! Two ways of doing something, in turns.

use std::fmt;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The cost of one thing as a multiple of the cost of another.
pub struct Row {
    name: String,
    /// Median time of what is measured.
    ours: Duration,
    /// Median time of what it is compared with.
    base: Duration,
    /// The largest ratio that is good enough; without one the ratio is only shown.
    bar: Option<f64>,
}

impl Row {
    /// Runs `ours` and `base` in turns, `rounds` times each, after a round that does not count. Each
    /// gets the number of the round. They take turns at being first, or a busy machine that takes the
    /// processor away at regular intervals takes it from the same one each time.
    pub fn measure(
        name: impl Into<String>,
        rounds: usize,
        bar: Option<f64>,
        mut ours: impl FnMut(usize),
        mut base: impl FnMut(usize),
    ) -> Self {
        let mut times = (Vec::new(), Vec::new());
        for round in 0..=rounds {
            let (our_time, base_time) = if round % 2 == 0 {
                let our_time = time(|| ours(round));
                (our_time, time(|| base(round)))
            } else {
                let base_time = time(|| base(round));
                (time(|| ours(round)), base_time)
            };
            if round > 0 {
                times.0.push(our_time);
                times.1.push(base_time);
            }
        }
        Self {
            name: name.into(),
            ours: median(times.0),
            base: median(times.1),
            bar,
        }
    }

    fn ratio(&self) -> f64 {
        self.ours.as_secs_f64() / self.base.as_secs_f64()
    }

    /// Whether the ratio is within its bar.
    pub fn holds(&self) -> bool {
        self.bar.is_none_or(|bar| self.ratio() <= bar)
    }

    /// The row for programs.
    pub fn as_json(&self) -> Value {
        json!({
            "name": self.name,
            "microseconds": self.ours.as_secs_f64() * 1e6,
            "base_microseconds": self.base.as_secs_f64() * 1e6,
            "ratio": self.ratio(),
            "bar": self.bar,
        })
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<44} {:>10.1} us / {:>10.1} us = {:.3}",
            self.name,
            self.ours.as_secs_f64() * 1e6,
            self.base.as_secs_f64() * 1e6,
            self.ratio(),
        )?;
        match self.bar {
            Some(bar) => write!(f, " (bar {bar:.3})"),
            None => Ok(()),
        }
    }
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}
