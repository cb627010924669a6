//! Two ways of doing something, in turns.

use std::fmt;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// The cost of one thing as a multiple of the cost of another.
pub struct Row {
    name: String,
    /// What is measured: a median time in microseconds, or another amount.
    ours: f64,
    /// What it is compared with.
    base: f64,
    unit: &'static str,
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
            ours: micros(median(times.0)),
            base: micros(median(times.1)),
            unit: "us",
            bar,
        }
    }

    /// Runs `ours` so often, and compares it with the time that it may take.
    pub fn within(
        name: impl Into<String>,
        rounds: usize,
        limit: Duration,
        mut ours: impl FnMut(),
    ) -> Self {
        let times = (0..rounds).map(|_| time(&mut ours)).collect();
        Self::amount(name, micros(median(times)), micros(limit), "us")
    }

    /// An amount, and the most that it may be.
    pub fn amount(name: impl Into<String>, ours: f64, limit: f64, unit: &'static str) -> Self {
        Self {
            name: name.into(),
            ours,
            base: limit,
            unit,
            bar: Some(1.0),
        }
    }

    fn ratio(&self) -> f64 {
        self.ours / self.base
    }

    /// Whether the ratio is within its bar.
    pub fn holds(&self) -> bool {
        self.bar.is_none_or(|bar| self.ratio() <= bar)
    }

    /// The row for programs.
    pub fn as_json(&self) -> Value {
        json!({
            "name": self.name,
            "ours": self.ours,
            "base": self.base,
            "unit": self.unit,
            "ratio": self.ratio(),
            "bar": self.bar,
        })
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:<52} {:>12.1} {unit} / {:>12.1} {unit} = {:.3}",
            self.name,
            self.ours,
            self.base,
            self.ratio(),
            unit = self.unit,
        )?;
        match self.bar {
            Some(bar) => write!(f, " (bar {bar:.3})"),
            None => Ok(()),
        }
    }
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
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
