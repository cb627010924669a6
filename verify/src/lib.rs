//! Verification of ML-DSA signatures (FIPS 204), fast where the same keys come back.
//!
//! More than half of a verification depends on the key alone. [`PreparedKey`] does that part once;
//! [`MuHasher`] takes a message in pieces; [`verify_once`] is for keys that are seen once.
//! [`verify_batch`] verifies many signatures at once, under any mix of keys, and [`Cache`] keeps prepared
//! keys.
//!
//! **Public data only.** This crate verifies. It holds no code that handles a secret, so nothing in
//! it runs in constant time or wipes memory: it must never sign, nor be given a secret to hash.
//!
//! The modules stand in the order of their dependencies, lowest first. `parameter_set` to `signed` are
//! shared by every path; `portable` and `simd` have their own arithmetic and their own arrangement of an
//! expanded key behind [`PreparedKey`]. `unsafe` stands in `simd::avx2`, `simd::avx512` and
//! `simd::prefetch` alone, for loads, stores, and calls to what the processor has been asked for.
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
mod signed;

mod portable;
#[cfg(target_arch = "x86_64")]
mod simd;

mod path;

mod mu;

mod key;

mod batch;
mod cache;

#[cfg(feature = "legacy")]
pub mod legacy;

pub use batch::{Item, MuItem, verify_batch, verify_mu_batch};
pub use cache::Cache;
pub use error::{KeyLength, Rejected};
pub use key::{PreparedKey, verify_once, verify_once_with_path};
pub use mu::MuHasher;
pub use parameter_set::ParameterSet;
pub use path::Path;
