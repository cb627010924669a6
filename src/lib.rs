//! Quantum-resistant keys and signatures for financial infrastructure.
//!
//! The modules stand in the order of their dependencies, lowest first:
//! error, secret, fault, random, hash, algorithm → backend → policy, verdict → sign, explain, kem → key → encoding →
//! batch, prepared → inspect.
//!
//! Two depths: [`SigningKey::sign`](sign::SigningKey::sign), [`VerifyingKey::verify`](sign::VerifyingKey::verify)
//! and their kin pick safe defaults; the `_with` variants take options. Keys come from
//! [`PrivateKey::generate`](key::PrivateKey::generate) or from bytes through [`encoding`].
//!
//! ```
//! use chop::{Algorithm, Form, PrivateKey, encoding};
//!
//! let key = PrivateKey::generate(Algorithm::MlDsa65)?;
//! let private_pem = key.to_pkcs8_pem(Form::Seed)?;
//! let public_pem = key.public_key().to_spki_pem()?;
//!
//! let no_passphrase = &mut || Err(chop::Error::usage("passphrase for a plain key"));
//! let signer = encoding::read_private_key(private_pem.expose(), no_passphrase)?.into_signing()?;
//! let verifier = encoding::read_public_key(&public_pem)?.into_verifying()?;
//!
//! let signature = signer.sign(b"a payment")?;
//! assert!(verifier.verify(b"a payment", &signature)?.is_valid());
//! assert!(!verifier.verify(b"another payment", &signature)?.is_valid());
//! # Ok::<(), chop::Error>(())
//! ```

pub mod error;
mod nearest;
pub mod secret;
pub mod time;

#[cfg(feature = "fault-injection")]
pub mod fault;
#[cfg(not(feature = "fault-injection"))]
mod fault;

pub mod hash;

pub mod algorithm;
pub mod random;
mod symmetric;

mod backend;

mod gate;
pub mod policy;
pub mod verdict;

pub mod explain;
pub mod kem;
pub mod sign;
pub mod stream;

pub mod key;

pub mod encoding;

pub mod batch;
pub mod prepared;
mod second_opinion;

pub mod certificate;
pub mod cms;
pub mod jws;

pub mod inspect;

pub mod keyring;

pub mod self_test;
#[cfg(feature = "testing")]
pub mod testing;

pub use algorithm::{Algorithm, Context, Form, SignOptions, VerifyOptions};
pub use batch::verify_batch;
pub use certificate::Certificate;
pub use error::{Code, Error, Result};
pub use hash::Hash;
pub use kem::{DecapsulationKey, EncapsulationKey, SharedSecret};
pub use key::{Fingerprint, PrivateKey, PublicKey};
pub use policy::{Guard, Policy};
pub use prepared::PreparedKeys;
pub use secret::SecretBytes;
pub use sign::{SigningKey, VerifyingKey};
pub use time::Time;
pub use verdict::Verdict;

/// The examples of the README work.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
