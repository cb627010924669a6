//! Prepared keys, kept by fingerprint.

use std::collections::HashMap;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::error::KeyLength;
use crate::keccak::{SHAKE256_RATE, Shake};
use crate::key::PreparedKey;
use crate::parameter_set::ParameterSet;
use crate::path::Path;

/// A bounded number of prepared keys, for any number of threads.
///
/// When it is full, a key leaves that has not been asked for lately (the clock algorithm: each key asked
/// for since the hand last passed is spared once). Keys are prepared outside the lock, so that one
/// thread's new key does not hold up the others' known ones.
///
/// ```
/// use std::num::NonZeroUsize;
///
/// use chop_verify::{Cache, ParameterSet};
///
/// let cache = Cache::new(NonZeroUsize::new(1_000).unwrap());
/// let public_key = [0; 1952];
/// let key = cache.get_or_prepare(ParameterSet::MlDsa65, &public_key)?;
/// assert!(key.verify(b"a payment", b"", &[0; 3309]).is_err());
/// # Ok::<(), chop_verify::KeyLength>(())
/// ```
pub struct Cache {
    capacity: NonZeroUsize,
    clock: RwLock<Clock>,
}

#[derive(Default)]
struct Clock {
    places: HashMap<Fingerprint, usize>,
    slots: Vec<Slot>,
    /// The slot that is asked next to leave.
    hand: usize,
}

struct Slot {
    fingerprint: Fingerprint,
    key: Arc<PreparedKey>,
    /// Whether it has been asked for since the hand last passed.
    used: AtomicBool,
}

/// What keys are told apart by.
type Fingerprint = [u8; 32];

impl Cache {
    /// An empty cache for up to `capacity` keys, of up to 66 KB each.
    pub fn new(capacity: NonZeroUsize) -> Self {
        Self {
            capacity,
            clock: RwLock::default(),
        }
    }

    /// The key, prepared for the fastest path, from the cache if it is there.
    ///
    /// The fingerprint is a SHAKE256 hash of the parameter set's name and the public key.
    ///
    /// # Errors
    /// [`KeyLength`].
    pub fn get_or_prepare(
        &self,
        set: ParameterSet,
        public_key: &[u8],
    ) -> Result<Arc<PreparedKey>, KeyLength> {
        self.get_or_prepare_by(&fingerprint(set, public_key), set, public_key)
    }

    /// [`get_or_prepare`](Self::get_or_prepare) for a caller who has a fingerprint, and thereby saves the
    /// hash, which takes almost as long as a verification.
    ///
    /// The fingerprint has to be a collision-resistant hash that covers the parameter set and the whole
    /// public key: **a key that is kept is found by its fingerprint alone**.
    ///
    /// # Errors
    /// [`KeyLength`] of a key that is not in the cache.
    pub fn get_or_prepare_by(
        &self,
        fingerprint: &[u8; 32],
        set: ParameterSet,
        public_key: &[u8],
    ) -> Result<Arc<PreparedKey>, KeyLength> {
        let known = self.get(fingerprint);
        if let Some(key) = known.filter(|key| key.parameter_set() == set) {
            return Ok(key);
        }
        let key = Arc::new(PreparedKey::new(set, public_key)?);
        let mut clock = self.clock.write().unwrap_or_else(PoisonError::into_inner);
        match clock.get(fingerprint) {
            // Another thread was faster.
            Some(known) if known.parameter_set() == set => Ok(known),
            // A fingerprint that does not cover the parameter set must not give the wrong key.
            Some(_) => Ok(key),
            None => {
                clock.insert(self.capacity, *fingerprint, Arc::clone(&key));
                Ok(key)
            }
        }
    }

    /// The key of this fingerprint, if it is there.
    pub fn get(&self, fingerprint: &[u8; 32]) -> Option<Arc<PreparedKey>> {
        let clock = self.clock.read().unwrap_or_else(PoisonError::into_inner);
        clock.get(fingerprint)
    }

    /// How many keys there are.
    pub fn len(&self) -> usize {
        let clock = self.clock.read().unwrap_or_else(PoisonError::into_inner);
        clock.slots.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Lets go of all keys.
    pub fn clear(&self) {
        let mut clock = self.clock.write().unwrap_or_else(PoisonError::into_inner);
        *clock = Clock::default();
    }
}

impl fmt::Debug for Cache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("capacity", &self.capacity)
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

impl Clock {
    fn get(&self, fingerprint: &Fingerprint) -> Option<Arc<PreparedKey>> {
        let slot = &self.slots[*self.places.get(fingerprint)?];
        // Nothing is ordered by it; and a line that many threads share is written only on a change.
        if !slot.used.load(Ordering::Relaxed) {
            slot.used.store(true, Ordering::Relaxed);
        }
        Some(Arc::clone(&slot.key))
    }

    /// Takes a key that is not there.
    fn insert(&mut self, capacity: NonZeroUsize, fingerprint: Fingerprint, key: Arc<PreparedKey>) {
        let slot = Slot {
            fingerprint,
            key,
            used: AtomicBool::new(false),
        };
        if self.slots.len() < capacity.get() {
            self.places.insert(fingerprint, self.slots.len());
            self.slots.push(slot);
            return;
        }
        // Ends, since each slot that is passed is marked as unused.
        while std::mem::take(self.slots[self.hand].used.get_mut()) {
            self.hand = (self.hand + 1) % self.slots.len();
        }
        let leaving = std::mem::replace(&mut self.slots[self.hand], slot);
        self.places.remove(&leaving.fingerprint);
        self.places.insert(fingerprint, self.hand);
        self.hand = (self.hand + 1) % self.slots.len();
    }
}

fn fingerprint(set: ParameterSet, public_key: &[u8]) -> Fingerprint {
    let mut shake = Shake::<SHAKE256_RATE, _>::with(Path::best());
    shake.absorb(set.name().as_bytes());
    shake.absorb(public_key);
    let block = shake.finish().next_block();
    let mut fingerprint = [0; 32];
    fingerprint.copy_from_slice(&block[..32]);
    fingerprint
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    const SET: ParameterSet = ParameterSet::MlDsa44;

    fn public_key(name: u8) -> Vec<u8> {
        vec![name; SET.public_key_length()]
    }

    fn cache(capacity: usize) -> Cache {
        Cache::new(NonZeroUsize::new(capacity).unwrap())
    }

    fn holds(cache: &Cache, name: u8) -> bool {
        let clock = cache.clock.read().unwrap();
        clock
            .places
            .contains_key(&fingerprint(SET, &public_key(name)))
    }

    #[test]
    fn keys_are_kept_and_told_apart() {
        let cache = cache(3);
        assert!(cache.is_empty());
        let one = cache.get_or_prepare(SET, &public_key(1)).unwrap();
        let two = cache.get_or_prepare(SET, &public_key(2)).unwrap();
        let again = cache.get_or_prepare(SET, &public_key(1)).unwrap();
        assert!(Arc::ptr_eq(&one, &again));
        assert_ne!(one.tr(), two.tr());
        assert_eq!(
            one.tr(),
            PreparedKey::new(SET, &public_key(1)).unwrap().tr()
        );
        assert_eq!(cache.len(), 2);
        assert!(cache.get(&[0; 32]).is_none());
        let named = cache
            .get_or_prepare_by(&[0; 32], SET, &public_key(1))
            .unwrap();
        assert!(Arc::ptr_eq(&named, &cache.get(&[0; 32]).unwrap()));
        let other = ParameterSet::MlDsa65;
        let key = vec![1; other.public_key_length()];
        let key = cache.get_or_prepare_by(&[0; 32], other, &key).unwrap();
        assert_eq!(key.parameter_set(), other);
        assert!(Arc::ptr_eq(&named, &cache.get(&[0; 32]).unwrap()));
        cache.clear();
        assert!(cache.is_empty());
        assert!(cache.get(&[0; 32]).is_none());
    }

    #[test]
    fn a_key_of_the_wrong_length_is_refused_and_not_kept() {
        let cache = cache(3);
        for length in [0, 1311, 1313] {
            let refused = cache.get_or_prepare(SET, &vec![0; length]).unwrap_err();
            assert_eq!(refused.got, length);
        }
        assert!(cache.is_empty());
    }

    #[test]
    fn the_bound_holds_and_what_is_in_use_stays() {
        for capacity in 1..5 {
            let cache = cache(capacity);
            for name in 0..40 {
                cache.get_or_prepare(SET, &public_key(name)).unwrap();
                assert!(holds(&cache, name));
                assert_eq!(cache.len(), capacity.min(usize::from(name) + 1));
                let clock = cache.clock.read().unwrap();
                assert_eq!(clock.places.len(), clock.slots.len());
                for (i, slot) in clock.slots.iter().enumerate() {
                    assert_eq!(clock.places[&slot.fingerprint], i);
                }
            }
        }
        let cache = cache(3);
        let kept = cache.get_or_prepare(SET, &public_key(0)).unwrap();
        for name in 1..40 {
            let again = cache.get_or_prepare(SET, &public_key(0)).unwrap();
            assert!(Arc::ptr_eq(&kept, &again), "{name}");
            cache.get_or_prepare(SET, &public_key(name)).unwrap();
        }
        // Not asked for any more, it leaves.
        for name in 40..44 {
            cache.get_or_prepare(SET, &public_key(name)).unwrap();
        }
        assert!(!holds(&cache, 0));
    }

    #[test]
    fn threads_share_it() {
        let cache = cache(4);
        thread::scope(|scope| {
            for start in 0..4_u32 {
                let cache = &cache;
                scope.spawn(move || {
                    for i in 0..60 {
                        let name = u8::try_from((start + i * 7) % 9).unwrap();
                        let key = cache.get_or_prepare(SET, &public_key(name)).unwrap();
                        let expected = crate::signed::tr(Path::PORTABLE, &public_key(name));
                        assert_eq!(*key.tr(), expected);
                    }
                });
            }
        });
        assert_eq!(cache.len(), 4);
    }
}
