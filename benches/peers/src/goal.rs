//! What is to be reached, and whether it is.

use serde_json::{Value, json};

use crate::rounds::rounded;

/// A bar, and where a measurement came out.
pub struct Goal {
    pub algorithm: String,
    pub path: &'static str,
    pub what: String,
    /// Whom the ratio is against.
    pub against: String,
    pub bar: Bar,
    pub ratio: f64,
}

#[derive(Clone, Copy)]
pub enum Bar {
    AtLeast(f64),
    AtMost(f64),
}

impl Goal {
    pub fn is_met(&self) -> bool {
        match self.bar {
            Bar::AtLeast(bar) => self.ratio >= bar,
            Bar::AtMost(bar) => self.ratio <= bar,
        }
    }

    /// For programs.
    pub fn as_json(&self) -> Value {
        let (sign, bar) = match self.bar {
            Bar::AtLeast(bar) => ("at least", bar),
            Bar::AtMost(bar) => ("at most", bar),
        };
        json!({
            "algorithm": self.algorithm,
            "path": self.path,
            "what": self.what,
            "against": self.against,
            "sign": sign,
            "bar": rounded(bar),
            "ratio": rounded(self.ratio),
            "met": self.is_met(),
        })
    }
}
