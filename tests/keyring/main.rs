//! The keyring through its public interface.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod audit;
mod destroy;
mod golden;
mod legacy;
mod lifecycle;
mod model;
mod race;
mod restore;
mod stores;
mod support;
mod tampering;
mod witness;
