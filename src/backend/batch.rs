//! Many signatures at once: those by ML-DSA under prepared keys go to `chop-verify` together, which
//! hashes several messages in one pass; everything else goes to its own verifier.

use std::borrow::Cow;
use std::num::NonZeroUsize;
use std::panic;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use chop_verify::{Item, PreparedKey};

use super::Verifier;
use crate::algorithm::VerifyOptions;
use crate::error::Result;

/// A signature of a batch, whose length has been checked.
#[derive(Clone, Copy)]
pub(crate) struct Entry<'a> {
    pub(crate) verifier: &'a dyn Verifier,
    pub(crate) message: &'a [u8],
    pub(crate) options: &'a VerifyOptions,
    pub(crate) signature: &'a [u8],
}

/// How far a verification has come.
pub(crate) enum Begun<'a> {
    /// To its end.
    Done(bool),
    /// It holds if this does.
    MlDsa(Share<'a>),
}

/// An ML-DSA signature under a prepared key.
pub(crate) struct Share<'a> {
    pub(crate) key: &'a PreparedKey,
    pub(crate) message: Cow<'a, [u8]>,
    pub(crate) context: &'a [u8],
    pub(crate) signature: &'a [u8],
}

/// The answer to each entry, in their order: that of its [`Verifier::verify`].
pub(crate) fn verify(entries: &[Entry<'_>], jobs: NonZeroUsize) -> Vec<Result<bool>> {
    // To begin with ML-DSA alone takes no time.
    let begun = match entries
        .iter()
        .all(|entry| entry.verifier.prepared().is_some())
    {
        true => entries.iter().map(Entry::begin).collect(),
        false => on_threads(entries, jobs, Entry::begin),
    };
    let shares = begun.iter().filter_map(|begun| match begun {
        Ok(Begun::MlDsa(share)) => Some(Item {
            key: share.key,
            message: &share.message,
            context: share.context,
            signature: share.signature,
        }),
        _ => None,
    });
    let shares: Vec<Item<'_>> = shares.collect();
    let mut answers = chop_verify::verify_batch(&shares, jobs).into_iter();
    drop(shares);
    begun
        .into_iter()
        .map(|begun| match begun? {
            Begun::Done(answer) => Ok(answer),
            // There are as many answers as shares; a missing one would be a no.
            Begun::MlDsa(_) => Ok(answers.next().is_some_and(|answer| answer.is_ok())),
        })
        .collect()
}

impl<'a> Entry<'a> {
    fn begin(&self) -> Result<Begun<'a>> {
        self.verifier
            .begin(self.message, self.options, self.signature)
    }
}

/// `work` for each of `items`, on up to `jobs` threads, this one among them; the results in their order.
pub(crate) fn on_threads<'a, T: Sync, R: Send>(
    items: &'a [T],
    jobs: NonZeroUsize,
    work: impl Fn(&'a T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let turn = || {
        let mut done = Vec::new();
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            let Some(item) = items.get(number) else {
                return done;
            };
            done.push((number, work(item)));
        }
    };
    let helpers = jobs.get().min(items.len()).saturating_sub(1);
    let mut done = thread::scope(|scope| {
        // Where the system gives no thread, the others do its part.
        let helpers: Vec<_> = (0..helpers)
            .map_while(|_| thread::Builder::new().spawn_scoped(scope, turn).ok())
            .collect();
        let mut done = turn();
        for helper in helpers {
            match helper.join() {
                Ok(theirs) => done.extend(theirs),
                Err(panic) => panic::resume_unwind(panic),
            }
        }
        done
    });
    done.sort_unstable_by_key(|(number, _)| *number);
    done.into_iter().map(|(_, result)| result).collect()
}
