//! The keyring: keys with names, versions, states, windows, quotas and a record.

pub mod audit;
mod name;
mod state;
pub mod store;

pub use name::{Actor, KeyName, Labels, Reason};
pub use state::{Change, Operation, State};
