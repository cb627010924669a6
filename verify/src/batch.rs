//! Batches: any mix of keys, parameter sets, contexts and messages.

use std::cmp::Reverse;
use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};
use std::{panic, thread};

use crate::error::Rejected;
use crate::key::{Expanded, PreparedKey};
use crate::signature::Signature;
use crate::signed::Signed;
#[cfg(target_arch = "x86_64")]
use crate::simd::{self, Kernels, Work};

/// One signature of a batch.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// The key of the signer. Items of one key share it by reference.
    pub key: &'a PreparedKey,
    /// The message.
    pub message: &'a [u8],
    /// The context, of at most 255 bytes.
    pub context: &'a [u8],
    /// The signature.
    pub signature: &'a [u8],
}

/// One signature of a batch of which each message is given by its μ.
#[derive(Clone, Copy, Debug)]
pub struct MuItem<'a> {
    /// The key of the signer.
    pub key: &'a PreparedKey,
    /// μ, by [`MuHasher`](crate::MuHasher) under this key.
    pub mu: &'a [u8; 64],
    /// The signature.
    pub signature: &'a [u8],
}

/// Verifies many signatures on up to `threads` threads, this one among them, and gives the answer to
/// each in the order of the items: that of [`PreparedKey::verify`].
///
/// Several messages are hashed at once, so that this is faster than one by one even on one thread; 64
/// items keep every lane full, eight do well.
///
/// ```
/// use std::num::NonZeroUsize;
/// use std::thread;
///
/// use chop_verify::{Item, ParameterSet, PreparedKey, Rejected, verify_batch};
///
/// let key = PreparedKey::new(ParameterSet::MlDsa44, &[0; 1312])?;
/// let item = Item { key: &key, message: b"a payment", context: b"", signature: &[0; 2420] };
/// let short = Item { signature: b"", ..item };
///
/// let threads = thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
/// let answers = verify_batch(&[item, short], threads);
/// let expected = Rejected::SignatureLength { expected: 2420, got: 0 };
/// assert_eq!(answers, [Err(Rejected::Norm), Err(expected)]);
/// # Ok::<(), chop_verify::KeyLength>(())
/// ```
pub fn verify_batch(items: &[Item<'_>], threads: NonZeroUsize) -> Vec<Result<(), Rejected>> {
    let entries = items.iter().map(|item| Entry {
        key: item.key,
        message: Message::Whole(item.context, item.message),
        signature: item.signature,
    });
    verify(entries.collect(), threads)
}

/// [`verify_batch`], with the answers of [`PreparedKey::verify_mu`].
pub fn verify_mu_batch(items: &[MuItem<'_>], threads: NonZeroUsize) -> Vec<Result<(), Rejected>> {
    let entries = items.iter().map(|item| Entry {
        key: item.key,
        message: Message::Mu(item.mu),
        signature: item.signature,
    });
    verify(entries.collect(), threads)
}

/// An item of either kind.
struct Entry<'a> {
    key: &'a PreparedKey,
    message: Message<'a>,
    signature: &'a [u8],
}

enum Message<'a> {
    /// A context and a message.
    Whole(&'a [u8], &'a [u8]),
    Mu(&'a [u8; 64]),
}

impl<'a> Entry<'a> {
    /// # Errors
    /// [`Rejected::ContextLength`].
    fn signed(&self) -> Result<Signed<'a>, Rejected> {
        match self.message {
            Message::Whole(context, message) => Signed::message(self.key.tr(), context, message),
            Message::Mu(mu) => Ok(Signed::Mu(mu)),
        }
    }

    /// How much is hashed before the arithmetic begins.
    fn length(&self) -> usize {
        match self.message {
            Message::Whole(context, message) => context.len().saturating_add(message.len()),
            Message::Mu(_) => 0,
        }
    }
}

/// Items that one thread takes at once: enough to fill the lanes, few enough for its caches.
const CHUNK: usize = 64;

fn verify(entries: Vec<Entry<'_>>, threads: NonZeroUsize) -> Vec<Result<(), Rejected>> {
    // Refused until found to hold.
    let mut answers = vec![Err(Rejected::Challenge); entries.len()];
    // Messages of one length fill the lanes best, and matrices are reused while they are at hand.
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_unstable_by_key(|&i| {
        let entry = &entries[i];
        (
            Reverse(entry.length() / 128),
            std::ptr::from_ref(entry.key),
            i,
        )
    });
    let share = entries.len().div_ceil(threads.get()).next_multiple_of(8);
    let chunks = Mutex::new(order.chunks(share.clamp(8, CHUNK)));
    let work = || {
        let mut done = Vec::new();
        loop {
            let chunk = chunks.lock().unwrap_or_else(PoisonError::into_inner).next();
            let Some(chunk) = chunk else {
                return done;
            };
            answer(&entries, chunk, &mut done);
        }
    };
    let chunk_count = entries.len().div_ceil(share.clamp(8, CHUNK));
    let helpers = threads.get().min(chunk_count).saturating_sub(1);
    thread::scope(|scope| {
        // Where the system gives no thread, the others do its part.
        let helpers: Vec<_> = (0..helpers)
            .map_while(|_| thread::Builder::new().spawn_scoped(scope, work).ok())
            .collect();
        let mut done = work();
        for helper in helpers {
            match helper.join() {
                Ok(theirs) => done.extend(theirs),
                Err(panic) => panic::resume_unwind(panic),
            }
        }
        for (i, answer) in done {
            answers[i] = answer;
        }
    });
    answers
}

/// The answers to the entries of one chunk, each behind its place.
fn answer(entries: &[Entry<'_>], chunk: &[usize], done: &mut Vec<(usize, Result<(), Rejected>)>) {
    #[cfg(target_arch = "x86_64")]
    let (mut avx2, mut avx512) = (Group::default(), Group::default());
    for &i in chunk {
        let Entry { key, signature, .. } = entries[i];
        let checked = entries[i].signed().and_then(|signed| {
            Signature::decode(key.parameter_set(), signature).map(|signature| (signed, signature))
        });
        match checked {
            Err(rejected) => done.push((i, Err(rejected))),
            Ok((signed, signature)) => match &key.expanded {
                Expanded::Portable(key) => done.push((i, key.verify(&signed.mu(), &signature))),
                #[cfg(target_arch = "x86_64")]
                Expanded::Avx2(key) => avx2.push(i, key, signed, signature),
                #[cfg(target_arch = "x86_64")]
                Expanded::Avx512(key) => avx512.push(i, key, signed, signature),
            },
        }
    }
    #[cfg(target_arch = "x86_64")]
    {
        avx2.finish(done);
        avx512.finish(done);
    }
}

/// Items whose keys are prepared for one path.
#[cfg(target_arch = "x86_64")]
struct Group<'a, K> {
    places: Vec<usize>,
    work: Vec<Work<'a, K>>,
}

#[cfg(target_arch = "x86_64")]
impl<'a, K: Kernels> Group<'a, K> {
    fn push(
        &mut self,
        place: usize,
        key: &'a simd::ExpandedKey<K>,
        signed: Signed<'a>,
        signature: Signature<'a>,
    ) {
        self.places.push(place);
        self.work.push(Work {
            key,
            signed,
            signature,
        });
    }

    fn finish(self, done: &mut Vec<(usize, Result<(), Rejected>)>) {
        match &self.work[..] {
            [] => {}
            // A single one is better off without lanes.
            [one] => {
                let answers = [one.key.verify(one.signed, &one.signature)];
                done.extend(self.places.into_iter().zip(answers));
            }
            [first, ..] => {
                let answers = simd::verify_all(first.key.kernels(), &self.work);
                done.extend(self.places.into_iter().zip(answers));
            }
        }
    }
}

#[cfg(target_arch = "x86_64")]
impl<K> Default for Group<'_, K> {
    fn default() -> Self {
        Self {
            places: Vec::new(),
            work: Vec::new(),
        }
    }
}
