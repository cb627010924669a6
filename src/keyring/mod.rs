//! The keyring: keys with names, versions, states, windows, quotas and a record.

pub mod audit;
mod index;
mod name;
mod record;
mod state;
pub mod store;
mod unlock;

pub use name::{Actor, KeyName, Labels, Reason};
pub use record::{
    Compromise, Hex, Key, Limits, MAX_CONTEXTS, MAX_VERSIONS, Purpose, Transition, Version,
};
pub use state::{Change, Operation, State};
pub use unlock::{KeyFile, Kind, MAX_UNLOCKERS, Unlock, Unlocker};
