//! The keyring: keys with names, versions, states, windows, quotas and a record.

pub mod audit;
pub mod store;
