//! Proofs of parts of a log, for somebody who does not have it.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::checkpoint::Checkpoint;
use super::entry::Entry;
use super::merkle::{Digest, Tree, leaf_hash, verify_consistency, verify_inclusion};
use crate::error::{Error, Result};
use crate::keyring::record::{Hex, V1};
use crate::sign::VerifyingKey;

/// The longest proof, in bytes.
pub const MAX_PROOF: usize = 64 * 1024;

/// The most hashes of a proof: a path for 2^64 leaves.
const MAX_PATH: usize = 65;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct InclusionFile {
    chop: InclusionKind,
    v: V1,
    entry: String,
    path: Vec<Hex<32>>,
    checkpoint: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum InclusionKind {
    #[serde(rename = "audit-inclusion")]
    Inclusion,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ConsistencyFile {
    chop: ConsistencyKind,
    v: V1,
    earlier: String,
    path: Vec<Hex<32>>,
    later: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum ConsistencyKind {
    #[serde(rename = "audit-consistency")]
    Consistency,
}

/// That an entry is in the log of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// The entry.
    pub entry: Entry,
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    line: Vec<u8>,
    path: Vec<Digest>,
}

/// That the log of one checkpoint continues that of an earlier one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// The earlier checkpoint.
    pub earlier: Checkpoint,
    /// The later one.
    pub later: Checkpoint,
    path: Vec<Digest>,
}

/// A proof of either kind.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Proof {
    /// Of an entry.
    Inclusion(Box<InclusionProof>),
    /// Of a continuation.
    Consistency(Box<ConsistencyProof>),
}

fn refused(got: &str) -> Error {
    Error::malformed("proof about an audit log").got(got.to_owned())
}

fn hexed(path: &[Digest]) -> Vec<Hex<32>> {
    path.iter().copied().map(Hex).collect()
}

/// One line of text.
fn to_bytes(file: &impl Serialize) -> Result<Vec<u8>> {
    let mut bytes =
        serde_json::to_vec(file).map_err(|_| Error::internal("a proof that cannot be written"))?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A file of one kind, if it is one, in its one encoding.
fn from_bytes<T: Serialize + DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    let file: T = serde_json::from_slice(bytes).ok()?;
    (to_bytes(&file).ok()? == bytes).then_some(file)
}

fn path_of(path: &[Hex<32>]) -> Result<Vec<Digest>> {
    match path.len() <= MAX_PATH {
        true => Ok(path.iter().map(|hash| hash.0).collect()),
        false => Err(refused("too long a path")),
    }
}

impl InclusionProof {
    /// The proof that the entry in `line` is in the tree of `checkpoint`.
    pub(crate) fn new(line: &[u8], tree: &Tree, checkpoint: Checkpoint) -> Result<Self> {
        let entry = Entry::from_line(line)?;
        Ok(Self {
            path: tree.inclusion(entry.seq),
            line: line.to_vec(),
            entry,
            checkpoint,
        })
    }

    /// Whether it proves what it says, under the audit key.
    ///
    /// # Errors
    /// As [`Checkpoint::is_signed_by`].
    pub fn holds(&self, key: &VerifyingKey) -> Result<bool> {
        Ok(self.checkpoint.is_signed_by(key)?
            && verify_inclusion(
                &leaf_hash(&self.line),
                self.entry.seq,
                self.checkpoint.size,
                &self.path,
                &self.checkpoint.root,
            ))
    }

    /// The file.
    ///
    /// # Errors
    /// [`Code::Internal`](crate::Code::Internal) only.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        to_bytes(&InclusionFile {
            chop: InclusionKind::Inclusion,
            v: V1,
            entry: String::from_utf8_lossy(&self.line).into_owned(),
            path: hexed(&self.path),
            checkpoint: self.checkpoint.to_text(),
        })
    }
}

impl ConsistencyProof {
    /// The proof that the tree of `later` continues that of `earlier`.
    pub(crate) fn new(earlier: Checkpoint, tree: &Tree, later: Checkpoint) -> Self {
        Self {
            path: tree.consistency(earlier.size),
            earlier,
            later,
        }
    }

    /// Whether it proves what it says, under the audit key.
    ///
    /// # Errors
    /// As [`Checkpoint::is_signed_by`].
    pub fn holds(&self, key: &VerifyingKey) -> Result<bool> {
        Ok(self.earlier.keyring == self.later.keyring
            && self.earlier.is_signed_by(key)?
            && self.later.is_signed_by(key)?
            && verify_consistency(
                (self.earlier.size, &self.earlier.root),
                (self.later.size, &self.later.root),
                &self.path,
            ))
    }

    /// The file.
    ///
    /// # Errors
    /// [`Code::Internal`](crate::Code::Internal) only.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        to_bytes(&ConsistencyFile {
            chop: ConsistencyKind::Consistency,
            v: V1,
            earlier: self.earlier.to_text(),
            path: hexed(&self.path),
            later: self.later.to_text(),
        })
    }
}

impl Proof {
    /// Reads a proof; nothing is believed of it before `holds`.
    ///
    /// # Errors
    /// [`Code::Malformed`](crate::Code::Malformed).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > MAX_PROOF {
            return Err(refused("too long a text"));
        }
        if let Some(file) = from_bytes::<InclusionFile>(bytes) {
            return Ok(Self::Inclusion(Box::new(InclusionProof {
                entry: Entry::from_line(file.entry.as_bytes())?,
                checkpoint: Checkpoint::from_text(file.checkpoint.as_bytes())?,
                path: path_of(&file.path)?,
                line: file.entry.into_bytes(),
            })));
        }
        let file: ConsistencyFile = from_bytes(bytes)
            .ok_or_else(|| refused("neither kind of proof, in its one encoding"))?;
        Ok(Self::Consistency(Box::new(ConsistencyProof {
            earlier: Checkpoint::from_text(file.earlier.as_bytes())?,
            later: Checkpoint::from_text(file.later.as_bytes())?,
            path: path_of(&file.path)?,
        })))
    }

    /// Whether `bytes` look like a proof rather than like an export.
    pub fn is_meant_by(bytes: &[u8]) -> bool {
        bytes.starts_with(br#"{"chop":"audit-inclusion""#)
            || bytes.starts_with(br#"{"chop":"audit-consistency""#)
    }
}
