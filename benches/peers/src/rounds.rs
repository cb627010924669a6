//! Any number of contenders in turns.

use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::Clock;

/// One of those that are compared: who does it, in which form, and what it does again and again.
pub struct Contender<'a> {
    name: String,
    form: String,
    /// Operations in one call of `run`.
    operations: u32,
    run: Box<dyn FnMut() + 'a>,
}

impl<'a> Contender<'a> {
    pub fn new(name: impl Into<String>, form: impl Into<String>, run: impl FnMut() + 'a) -> Self {
        Self::batch(name, form, 1, run)
    }

    /// One whose `run` does several operations; its time is given for one.
    pub fn batch(
        name: impl Into<String>,
        form: impl Into<String>,
        operations: usize,
        run: impl FnMut() + 'a,
    ) -> Self {
        Self {
            name: name.into(),
            form: form.into(),
            operations: u32::try_from(operations).expect("a batch is small"),
            run: Box::new(run),
        }
    }
}

/// Contenders for one operation, and how they are timed.
pub struct Group<'a> {
    pub algorithm: String,
    pub operation: String,
    pub clock: Clock,
    pub contenders: Vec<Contender<'a>>,
}

/// How long a turn is: longer than what the clock and the caches of the one before cost, shorter than
/// what a scheduler gives.
const SLOT: Duration = Duration::from_millis(2);

impl<'a> Group<'a> {
    pub fn new(algorithm: impl Into<String>, operation: impl Into<String>) -> Self {
        Self {
            algorithm: algorithm.into(),
            operation: operation.into(),
            clock: Clock::Thread,
            contenders: Vec::new(),
        }
    }

    pub fn push(&mut self, contender: Contender<'a>) {
        self.contenders.push(contender);
    }

    /// Lets every contender run once a round, `rounds` times, each round beginning with another one, after
    /// a round that does not count. Each turn takes about [`SLOT`], or one call where that takes longer.
    pub fn measure(mut self, rounds: usize) -> Measured {
        let clock = self.clock;
        let calls: Vec<u32> = self
            .contenders
            .iter_mut()
            .map(|contender| {
                // The first call warms up, and says how many fill a slot.
                (contender.run)();
                let once = clock.time(&mut contender.run).max(Duration::from_nanos(50));
                u32::try_from(SLOT.as_nanos() / once.as_nanos())
                    .unwrap_or(1)
                    .max(1)
            })
            .collect();
        let count = self.contenders.len();
        let mut times = vec![Vec::with_capacity(rounds); count];
        for round in 0..=rounds {
            for turn in 0..count {
                let i = (round + turn) % count;
                let Contender {
                    run, operations, ..
                } = &mut self.contenders[i];
                let time = clock.time(|| (0..calls[i]).for_each(|_| run()));
                if round > 0 {
                    let operations = f64::from(calls[i]) * f64::from(*operations);
                    times[i].push(time.as_secs_f64() * 1e6 / operations);
                }
            }
        }
        Measured {
            algorithm: self.algorithm,
            operation: self.operation,
            names: self
                .contenders
                .into_iter()
                .map(|one| (one.name, one.form))
                .collect(),
            times,
        }
    }
}

/// The times of a group, in microseconds an operation: for each contender one of each round.
pub struct Measured {
    algorithm: String,
    operation: String,
    names: Vec<(String, String)>,
    times: Vec<Vec<f64>>,
}

impl Measured {
    /// The place of a contender that is there.
    pub fn place(&self, name: &str, form: &str) -> usize {
        self.names
            .iter()
            .position(|(one, its)| one == name && its == form)
            .unwrap_or_else(|| panic!("nobody measured {form} of {name}"))
    }

    /// The contenders of which `wanted` says yes, by name and form.
    pub fn places(&self, wanted: impl Fn(&str, &str) -> bool) -> Vec<usize> {
        (0..self.names.len())
            .filter(|i| wanted(&self.names[*i].0, &self.names[*i].1))
            .collect()
    }

    pub fn name(&self, place: usize) -> &str {
        &self.names[place].0
    }

    /// The median time of one.
    pub fn median(&self, place: usize) -> f64 {
        median(self.times[place].clone())
    }

    /// The one with the lowest median among those.
    pub fn fastest(&self, places: &[usize]) -> Option<usize> {
        let mut places = places.to_vec();
        places.sort_by(|a, b| self.median(*a).total_cmp(&self.median(*b)));
        places.first().copied()
    }

    /// How often the time of `of` goes into that of `base`: the median over the rounds, each by itself, so
    /// that a machine that changes its speed changes both sides of it.
    pub fn ratio(&self, base: usize, of: usize) -> f64 {
        let rounds = self.times[base].iter().zip(&self.times[of]);
        median(rounds.map(|(base, of)| base / of).collect())
    }

    /// For programs.
    pub fn as_json(&self) -> Value {
        let rows = (0..self.names.len()).map(|i| {
            let lowest = self.times[i].iter().copied().fold(f64::INFINITY, f64::min);
            json!({
                "name": self.names[i].0,
                "form": self.names[i].1,
                "median": rounded(self.median(i)),
                "lowest": rounded(lowest),
            })
        });
        json!({
            "algorithm": self.algorithm,
            "operation": self.operation,
            "rows": rows.collect::<Vec<_>>(),
        })
    }
}

/// Four digits are more than such times have.
pub fn rounded(value: f64) -> f64 {
    format!("{value:.3e}")
        .parse()
        .expect("a number that was just written")
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
