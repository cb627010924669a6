//! ML-DSA to the letter of FIPS 204, for tests: where things stand in a signature, and signatures that no
//! signer makes, public keys of expanded private ones. It shares nothing with the library but the names of the parameter sets.

#![allow(
    clippy::unwrap_used,
    reason = "indices and lengths are those of the parameter sets"
)]
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "each of the tests and programs that include it wants a part of it"
)]

mod expanded;
mod forge;
mod layout;
mod ring;

pub use expanded::public_key_of;
pub use forge::Forger;
pub use layout::{LAYOUTS, Layout};
