//! The record: an append-only Merkle log (RFC 9162).
//!
//! An [`Entry`] is a line of JSON; its hash is a leaf of the tree. Each entry names the hash of the one before, so
//! that a change is located. That alone a forger could write anew: a [`Checkpoint`], signed with the keyring's
//! own audit key and kept elsewhere, is what they cannot.

mod checkpoint;
mod entry;
mod export;
mod merkle;
mod proof;

pub use checkpoint::{Checkpoint, MAX_CHECKPOINT};
pub use entry::{Action, Entry, MAX_LINE};
pub(crate) use export::{ExportWriter, Verifier};
pub use export::{Finding, Report, verify_export};
pub use merkle::leaf_hash;
pub(crate) use merkle::{Frontier, Tree};
pub use proof::{ConsistencyProof, InclusionProof, MAX_PROOF, Proof};
