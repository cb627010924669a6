//! Policies: what each rule takes away and when, that no rule ever gives anything back, what the
//! built-in profiles allow, that every door of the library asks, that what is said is what happens, and
//! which files are no policies.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod enforcement;
mod happens;
mod named;
mod profiles;
mod properties;
mod reader;
mod table;

use chop::policy::{Policy, Request, Use};
use chop::{Algorithm, Context, Time};

/// A policy of these lines, after the head that every policy has.
fn policy(body: &str) -> Policy {
    let text = format!("version = 1\nname = \"test\"\n{body}");
    Policy::from_toml(&text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn algorithm(name: &str) -> Algorithm {
    Algorithm::from_name(name).unwrap()
}

fn unix(seconds: u64) -> Time {
    Time::from_unix_seconds(seconds).unwrap()
}

/// A request without context and counterparty.
fn request(algorithm: Algorithm, purpose: Use, at: Time) -> Request<'static> {
    static EMPTY: Context = Context::empty();
    Request {
        algorithm,
        purpose,
        context: &EMPTY,
        counterparty: None,
        at,
    }
}
