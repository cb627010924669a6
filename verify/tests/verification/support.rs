//! What the tests share.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::rc::Rc;

use chop_verify::{
    Item, KeyLength, MuHasher, MuItem, ParameterSet, Path, PreparedKey, Rejected, verify_batch,
    verify_mu_batch, verify_once_with_path,
};

pub(crate) type Answer = Result<(), Rejected>;

/// A public key, prepared on every path of this processor.
pub(crate) struct Key {
    set: ParameterSet,
    public: Vec<u8>,
    pub(crate) prepared: Vec<PreparedKey>,
    /// How many answers of each kind there were, by path and way.
    counts: RefCell<Counts>,
}

impl Key {
    /// Prepares a key.
    pub(crate) fn new(set: ParameterSet, public: &[u8]) -> Result<Self, KeyLength> {
        let prepared: Result<Vec<_>, _> = Path::available()
            .into_iter()
            .map(|path| PreparedKey::with_path(path, set, public))
            .collect();
        let prepared = prepared?;
        for (key, path) in prepared.iter().zip(Path::available()) {
            assert_eq!((key.path(), key.parameter_set()), (path, set));
            assert_eq!(key.tr(), prepared[0].tr());
        }
        Ok(Self {
            set,
            public: public.to_vec(),
            prepared,
            counts: RefCell::default(),
        })
    }

    /// The answer of every path: by the prepared key, in a batch, not prepared, and the first two over μ. They must
    /// be one.
    pub(crate) fn verify(&self, message: &[u8], context: &[u8], signature: &[u8]) -> Answer {
        let mut answers = self.quick(message, context, signature);
        for key in &self.prepared {
            let once = verify_once_with_path(
                key.path(),
                self.set,
                &self.public,
                message,
                context,
                signature,
            );
            answers.push((key.path(), "once", once));
        }
        if let Ok(mut hasher) = MuHasher::new(self.prepared[0].tr(), context) {
            hasher.update(message);
            answers.extend(self.over_mu(&hasher.finish(), signature));
        }
        self.one(&answers)
    }

    /// [`verify`](Self::verify) without what prepares the key again or hashes the message again.
    pub(crate) fn verify_quickly(
        &self,
        message: &[u8],
        context: &[u8],
        signature: &[u8],
    ) -> Answer {
        self.one(&self.quick(message, context, signature))
    }

    /// The answer of every path to a signature of μ.
    pub(crate) fn verify_mu(&self, mu: &[u8; 64], signature: &[u8]) -> Answer {
        self.one(&self.over_mu(mu, signature))
    }

    fn quick(
        &self,
        message: &[u8],
        context: &[u8],
        signature: &[u8],
    ) -> Vec<(Path, &'static str, Answer)> {
        let mut answers = Vec::new();
        for key in &self.prepared {
            let path = key.path();
            answers.push((path, "prepared", key.verify(message, context, signature)));
            let item = Item {
                key,
                message,
                context,
                signature,
            };
            let batch = verify_batch(&[item; 2], NonZeroUsize::MIN);
            assert_eq!(batch.len(), 2);
            answers.extend(batch.into_iter().map(|answer| (path, "batch", answer)));
        }
        answers
    }

    fn over_mu(&self, mu: &[u8; 64], signature: &[u8]) -> Vec<(Path, &'static str, Answer)> {
        let mut answers = Vec::new();
        for key in &self.prepared {
            let path = key.path();
            answers.push((path, "mu", key.verify_mu(mu, signature)));
            let item = MuItem { key, mu, signature };
            let batch = verify_mu_batch(&[item; 2], NonZeroUsize::MIN);
            assert_eq!(batch.len(), 2);
            answers.extend(batch.into_iter().map(|answer| (path, "mu batch", answer)));
        }
        answers
    }

    fn one(&self, answers: &[(Path, &'static str, Answer)]) -> Answer {
        let (_, _, first) = answers[0];
        for (path, way, answer) in answers {
            assert_eq!(*answer, first, "{path}, {way}: paths disagree");
            self.counts.borrow_mut().add(*path, way, *answer, 1);
        }
        first
    }
}

/// How often each path gave each answer in each way.
#[derive(Default)]
pub(crate) struct Counts(BTreeMap<(&'static str, &'static str), BTreeMap<String, usize>>);

impl Counts {
    fn add(&mut self, path: Path, way: &'static str, answer: Answer, count: usize) {
        let by_answer = self.0.entry((path.name(), way)).or_default();
        *by_answer.entry(name(answer)).or_default() += count;
    }

    /// Takes what was counted with a key.
    pub(crate) fn take(&mut self, key: &Key) {
        for (way, by_answer) in key.counts.take().0 {
            for (answer, count) in by_answer {
                *self.0.entry(way).or_default().entry(answer).or_default() += count;
            }
        }
    }

    /// Compares the counts of a way, on each path, with what is expected. A batch holds everything twice.
    pub(crate) fn expect(&self, way: &'static str, expected: &[(&str, usize)]) {
        for path in Path::available() {
            let found: Vec<(&str, usize)> = self
                .0
                .get(&(path.name(), way))
                .into_iter()
                .flatten()
                .map(|(answer, count)| (answer.as_str(), *count))
                .collect();
            assert_eq!(found, expected, "{path}, {way}");
        }
    }
}

/// The clause that refused, without the numbers that it carries, or that none did.
pub(crate) fn name(answer: Answer) -> String {
    match answer {
        Ok(()) => "accepted".to_owned(),
        Err(rejected) => {
            let name = format!("{rejected:?}");
            name.split([' ', '(']).next().unwrap_or_default().to_owned()
        }
    }
}

/// μ and its signature.
type OverMu = ([u8; 64], Vec<u8>);

/// Items that were answered one by one, to be answered in batches too.
#[derive(Default)]
pub(crate) struct Batch {
    messages: Vec<(Rc<Key>, [Vec<u8>; 3], Answer)>,
    mus: Vec<(Rc<Key>, OverMu, Answer)>,
}

impl Batch {
    /// Takes a message, its context and its signature, and what was answered.
    pub(crate) fn push(&mut self, key: &Rc<Key>, signed: [&[u8]; 3], answer: Answer) {
        self.messages
            .push((Rc::clone(key), signed.map(<[u8]>::to_vec), answer));
    }

    /// Takes μ and its signature, and what was answered.
    pub(crate) fn push_mu(
        &mut self,
        key: &Rc<Key>,
        mu: &[u8; 64],
        signature: &[u8],
        answer: Answer,
    ) {
        self.mus
            .push((Rc::clone(key), (*mu, signature.to_vec()), answer));
    }

    /// All messages at once, and all μ, on each path and on all in turn, beginning with each of the first eight, so
    /// that every item takes every lane; how many messages and μ there were.
    pub(crate) fn check(&self) -> (usize, usize) {
        let paths = Path::available().len();
        for path in 0..=paths {
            let key = |i: usize, key: &Rc<Key>| match path == paths {
                true => key.prepared[i % paths].clone(),
                false => key.prepared[path].clone(),
            };
            let keys: Vec<PreparedKey> = (0..)
                .zip(&self.messages)
                .map(|(i, (of_item, ..))| key(i, of_item))
                .collect();
            let items: Vec<Item<'_>> = keys
                .iter()
                .zip(&self.messages)
                .map(|(key, (_, [message, context, signature], _))| Item {
                    key,
                    message,
                    context,
                    signature,
                })
                .collect();
            let expected: Vec<Answer> = self.messages.iter().map(|(.., answer)| *answer).collect();
            rotated(&items, &expected, verify_batch);

            let keys: Vec<PreparedKey> = (0..)
                .zip(&self.mus)
                .map(|(i, (of_item, ..))| key(i, of_item))
                .collect();
            let items: Vec<MuItem<'_>> = keys
                .iter()
                .zip(&self.mus)
                .map(|(key, (_, (mu, signature), _))| MuItem { key, mu, signature })
                .collect();
            let expected: Vec<Answer> = self.mus.iter().map(|(.., answer)| *answer).collect();
            rotated(&items, &expected, verify_mu_batch);
        }
        (self.messages.len(), self.mus.len())
    }
}

/// Batches beginning with each of the first eight items give the answers expected.
fn rotated<T: Copy>(
    items: &[T],
    expected: &[Answer],
    verify: impl Fn(&[T], NonZeroUsize) -> Vec<Answer>,
) {
    let (mut items, mut expected) = (items.to_vec(), expected.to_vec());
    for first in 0..items.len().min(8) {
        let threads = NonZeroUsize::new(1 + first % 2).unwrap();
        assert_eq!(verify(&items, threads), expected, "from {first}");
        items.rotate_left(1);
        expected.rotate_left(1);
    }
}

/// SplitMix64: tests want the same numbers in every run.
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut x = self.0;
        x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ x >> 31
    }

    /// Below `bound`, which is not zero.
    pub(crate) fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(bound).unwrap()).unwrap()
    }

    pub(crate) fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[0]
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.byte()).collect()
    }

    pub(crate) fn array<const LENGTH: usize>(&mut self) -> [u8; LENGTH] {
        std::array::from_fn(|_| self.byte())
    }
}
