//! The keyring through its public interface.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod audit;
mod lifecycle;
mod model;
mod restore;
mod stores;
mod support;
mod tampering;
mod witness;
