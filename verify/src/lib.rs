//! Verification of ML-DSA signatures (FIPS 204), fast where the same keys come back.
//!
//! More than half of a verification depends on the key alone. [`PreparedKey`] does that part once;
//! [`MuHasher`] takes a message in pieces; [`verify_once`] is for keys that are seen once.
//!
//! **Public data only.** This crate verifies. It holds no code that handles a secret, so nothing in
//! it runs in constant time or wipes memory: it must never sign, nor be given a secret to hash.
//!
//! The modules stand in the order of their dependencies, lowest first. `parameter_set` to `path` are
//! shared by every path; each path, such as `portable`, has its own arithmetic and its own arrangement of
//! an expanded key behind [`PreparedKey`].
//!
//! ```
//! use chop_verify::{ParameterSet, PreparedKey, Rejected};
//!
//! let public_key = vec![0; ParameterSet::MlDsa65.public_key_length()];
//! let key = PreparedKey::new(ParameterSet::MlDsa65, &public_key)?;
//!
//! let signature = vec![0; ParameterSet::MlDsa65.signature_length()];
//! assert_eq!(key.verify(b"a payment", b"", &signature), Err(Rejected::Norm));
//! # Ok::<(), chop_verify::KeyLength>(())
//! ```

mod error;
mod parameter_set;

mod hint;
mod keccak;
mod signature;

mod mu;
mod path;

mod portable;

mod key;

pub use error::{KeyLength, Rejected};
pub use key::{PreparedKey, verify_once, verify_once_with_path};
pub use mu::MuHasher;
pub use parameter_set::ParameterSet;
pub use path::Path;
