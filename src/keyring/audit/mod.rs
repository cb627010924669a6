//! The record: an append-only Merkle log (RFC 9162).
#![allow(missing_docs, dead_code)]
// Placeholder of the session until the piece itself is merged.
use super::name::{Actor, KeyName, Reason};
use super::record::{Hex, to_hex};
use crate::error::{Error, Result};
use crate::hash::Hash;
use crate::time::Time;
use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    Init,
    KeyNew,
    KeyImport,
    KeyExport,
    Activate,
    Suspend,
    Resume,
    Deactivate,
    Rotate,
    Compromise,
    Destroy,
    Sign,
    Open,
    Seen,
    UnlockerAdd,
    UnlockerRemove,
    Checkpoint,
    Backup,
    Restore,
    RestoreConfirm,
    Witness,
    Clock,
}

pub type Entry = Draft;
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    v: u8,
    seq: u64,
    time: Time,
    actor: Actor,
    #[serde(rename = "do")]
    action: Action,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    key: Option<KeyName>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    version: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    algorithm: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    fingerprint: Option<Hex<32>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    reason: Option<Reason>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    format: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    digest: Option<Hex<32>>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    context: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    since: Option<Time>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    count: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    policy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    detail: Option<String>,
    prev: Hex<32>,
}
impl Draft {
    pub fn new(action: Action, time: Time, actor: Actor) -> Self {
        Self {
            v: 1,
            seq: 0,
            time,
            actor,
            action,
            key: None,
            version: None,
            algorithm: None,
            fingerprint: None,
            reason: None,
            format: None,
            digest: None,
            context: None,
            since: None,
            count: None,
            policy: None,
            detail: None,
            prev: Hex([0; 32]),
        }
    }
    pub fn time(&self) -> Time {
        self.time
    }
    pub fn to_line(mut self, seq: u64, prev: &[u8; 32]) -> Result<Vec<u8>> {
        self.seq = seq;
        self.prev = Hex(*prev);
        serde_json::to_vec(&self).map_err(|_| Error::internal("entry"))
    }
    pub fn key(mut self, key: &KeyName, version: u32) -> Self {
        self.key = Some(key.clone());
        self.version = Some(version);
        self
    }
    pub fn material(mut self, algorithm: &'static str, fp: Hex<32>) -> Self {
        self.algorithm = Some(algorithm.to_owned());
        self.fingerprint = Some(fp);
        self
    }
    pub fn reason(mut self, r: Option<&Reason>) -> Self {
        self.reason = r.cloned();
        self
    }
    pub fn signed(mut self, format: &'static str, digest: [u8; 32], context: &[u8]) -> Self {
        self.format = Some(format.to_owned());
        self.digest = Some(Hex(digest));
        if !context.is_empty() {
            self.context = Some(to_hex(context));
        }
        self
    }
    pub fn from_line(line: &[u8]) -> Result<Self> {
        let e: Self = serde_json::from_slice(line).map_err(|e| {
            Error::new(crate::error::Code::Integrity, "audit entry").got(e.to_string())
        })?;
        Ok(e)
    }
    pub fn action(&self) -> Action {
        self.action
    }
    pub fn seq(&self) -> u64 {
        self.seq
    }
    pub fn names(&self, key: &KeyName, version: u32) -> bool {
        self.key.as_ref() == Some(key) && self.version == Some(version)
    }
    pub fn is_of(&self, format: &str, digest: &[u8; 32], context: &[u8]) -> bool {
        self.format.as_deref() == Some(format)
            && self.digest == Some(Hex(*digest))
            && self.context.clone().unwrap_or_default() == to_hex(context)
    }
    pub fn since(mut self, t: Time) -> Self {
        self.since = Some(t);
        self
    }
    pub fn count(mut self, c: u64) -> Self {
        self.count = Some(c);
        self
    }
    pub fn policy(mut self, p: String) -> Self {
        self.policy = Some(p);
        self
    }
    pub fn detail(mut self, d: impl Into<Option<String>>) -> Self {
        self.detail = d.into();
        self
    }
}
pub struct Frontier {
    size: u64,
    hashes: Vec<[u8; 32]>,
}
impl Frontier {
    pub fn new(size: u64, hashes: Vec<[u8; 32]>) -> Result<Self> {
        if hashes.len() != size.count_ones() as usize {
            return Err(Error::internal("frontier"));
        }
        Ok(Self { size, hashes })
    }
    pub fn push(&mut self, leaf: [u8; 32]) {
        let mut h = leaf;
        let mut s = self.size;
        while s & 1 == 1 {
            let l = self.hashes.pop().unwrap_or_default();
            h = node(&l, &h);
            s >>= 1;
        }
        self.hashes.push(h);
        self.size += 1;
    }
    pub fn hashes(&self) -> &[[u8; 32]] {
        &self.hashes
    }
    pub fn root(&self) -> [u8; 32] {
        let mut it = self.hashes.iter().rev();
        match it.next() {
            None => arr(&Hash::Sha256.of(b"")),
            Some(l) => it.fold(*l, |r, l| node(l, &r)),
        }
    }
}
fn arr(v: &[u8]) -> [u8; 32] {
    let mut a = [0; 32];
    a.copy_from_slice(v);
    a
}
fn node(l: &[u8; 32], r: &[u8; 32]) -> [u8; 32] {
    arr(&Hash::Sha256.of(&[&[1u8][..], l, r].concat()))
}
pub fn leaf_hash(line: &[u8]) -> [u8; 32] {
    arr(&Hash::Sha256.of(&[&[0u8][..], line].concat()))
}
