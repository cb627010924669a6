//! Many signatures at once, under any mix of keys, algorithms and contexts.
//!
//! ```
//! use std::num::NonZeroUsize;
//!
//! use chop::batch::Item;
//! use chop::{Algorithm, SigningKey, Verdict, VerifyOptions, verify_batch};
//!
//! let [one, other] = [Algorithm::MlDsa65, Algorithm::Ed25519].map(SigningKey::generate);
//! let (one, other) = (one?, other?);
//! let signatures = [one.sign(b"a payment")?, other.sign(b"another")?, one.sign(b"a third")?];
//!
//! let options = VerifyOptions::default();
//! let key = one.verifying_key().prepare()?;
//! let items = [
//!     Item { key: &key, message: b"a payment", signature: &signatures[0], options: &options },
//!     Item { key: other.verifying_key(), message: b"another", signature: &signatures[1], options: &options },
//!     Item { key: &key, message: b"an altered third", signature: &signatures[2], options: &options },
//! ];
//! let verdicts = verify_batch(&items, NonZeroUsize::MIN).into_iter().collect::<Result<Vec<_>, _>>()?;
//! assert_eq!(verdicts, [Verdict::Valid, Verdict::Valid, Verdict::Invalid]);
//! # Ok::<(), chop::Error>(())
//! ```

use std::collections::HashMap;
use std::num::NonZeroUsize;

use crate::algorithm::VerifyOptions;
use crate::backend::Verifier;
use crate::backend::batch::{self, Entry};
use crate::error::{Error, Result};
use crate::sign::{self, VerifyingKey};
use crate::verdict::Verdict;

/// One signature of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// The key of the signer. Items of one key share it, or clones of it.
    pub key: &'a VerifyingKey,
    /// The message.
    pub message: &'a [u8],
    /// The signature.
    pub signature: &'a [u8],
    /// The context, and what else was agreed on.
    pub options: &'a VerifyOptions,
}

/// Verifies many signatures on up to `jobs` threads, this one among them, and answers each in the order
/// of the items, exactly as [`VerifyingKey::verify_with`] would: what is refused, malformed or invalid
/// changes nothing for the others.
///
/// For ML-DSA under [prepared](VerifyingKey::prepare) keys several messages are hashed in one pass, so that
/// this is faster than one by one even on one thread; 64 items do well, more do not harm. A key that is not
/// prepared is prepared for the batch if it comes in several items. Composites take part with their ML-DSA
/// half, other algorithms are verified one by one. Where two implementations are to agree
/// ([`VerifyingKey::with_second_opinion`]) both are asked, one by one.
pub fn verify_batch(items: &[Item<'_>], jobs: NonZeroUsize) -> Vec<Result<Verdict>> {
    let prepared = Prepared::of(items, jobs);
    // The answers for which nothing has to be computed; `None` where something has.
    let at_once: Vec<Option<Result<Verdict>>> = items
        .iter()
        .map(|item| {
            item.key
                .answer_without(item.signature, item.options)
                .transpose()
        })
        .collect();
    let entries: Vec<Entry<'_>> = items
        .iter()
        .zip(&at_once)
        .filter(|(_, answer)| answer.is_none())
        .map(|(item, _)| Entry {
            verifier: prepared.verifier(item.key),
            message: item.message,
            options: item.options,
            signature: item.signature,
        })
        .collect();
    let mut computed = batch::verify(&entries, jobs).into_iter();
    let mut next = || match computed.next() {
        Some(answer) => answer.map(sign::verdict),
        None => Err(Error::internal("a batch with fewer answers than questions")),
    };
    at_once
        .into_iter()
        .map(|answer| answer.unwrap_or_else(&mut next))
        .collect()
}

/// Keys that come in several items and are not prepared, prepared for this batch. Only what they compute
/// with is taken from here: each item keeps its own key's policy.
struct Prepared(HashMap<*const u8, VerifyingKey>);

impl Prepared {
    fn of(items: &[Item<'_>], jobs: NonZeroUsize) -> Self {
        let mut seen: HashMap<*const u8, (usize, &VerifyingKey)> = HashMap::new();
        for item in items.iter().filter(|item| item.key.gains_by_preparing()) {
            seen.entry(place(item.key)).or_insert((0, item.key)).0 += 1;
        }
        let again: Vec<&VerifyingKey> = seen
            .into_values()
            .filter(|(times, _)| *times > 1)
            .map(|(_, key)| key)
            .collect();
        let made = batch::on_threads(&again, jobs, |key| key.prepare());
        let made = again.iter().zip(made);
        // One that cannot be prepared verifies as it is.
        Self(
            made.filter_map(|(key, made)| Some((place(key), made.ok()?)))
                .collect(),
        )
    }

    fn verifier<'a>(&'a self, key: &'a VerifyingKey) -> &'a dyn Verifier {
        let known = self.0.get(&place(key)).filter(|_| key.gains_by_preparing());
        known.unwrap_or(key).verifier()
    }
}

/// What clones of a key have in common.
fn place(key: &VerifyingKey) -> *const u8 {
    key.as_bytes().as_ptr()
}
