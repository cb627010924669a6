//! What the tests share.

use std::num::NonZeroUsize;

use chop_verify::{
    Item, MuItem, ParameterSet, Path, PreparedKey, Rejected, verify_batch, verify_mu_batch,
    verify_once_with_path,
};

/// The answer of every path, prepared, not prepared and in a batch: they must be one.
pub(crate) fn verify(
    set: ParameterSet,
    public_key: &[u8],
    message: &[u8],
    context: &[u8],
    signature: &[u8],
) -> Result<(), Rejected> {
    let mut answers = Vec::new();
    for path in Path::available() {
        let key = PreparedKey::with_path(path, set, public_key)?;
        assert_eq!((key.path(), key.parameter_set()), (path, set));
        answers.push(key.verify(message, context, signature));
        answers.push(verify_once_with_path(
            path, set, public_key, message, context, signature,
        ));
        let item = Item {
            key: &key,
            message,
            context,
            signature,
        };
        answers.extend(verify_batch(&[item; 2], NonZeroUsize::MIN));
    }
    one(&answers)
}

/// The answer of every path to a signature of μ.
pub(crate) fn verify_mu(
    set: ParameterSet,
    public_key: &[u8],
    mu: &[u8; 64],
    signature: &[u8],
) -> Result<(), Rejected> {
    let mut answers = Vec::new();
    for path in Path::available() {
        let key = PreparedKey::with_path(path, set, public_key)?;
        answers.push(key.verify_mu(mu, signature));
        let item = MuItem {
            key: &key,
            mu,
            signature,
        };
        answers.extend(verify_mu_batch(&[item; 2], NonZeroUsize::MIN));
    }
    one(&answers)
}

fn one(answers: &[Result<(), Rejected>]) -> Result<(), Rejected> {
    let [first, others @ ..] = answers else {
        panic!("no path is available");
    };
    assert!(
        others.iter().all(|other| other == first),
        "paths disagree: {answers:?}"
    );
    *first
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
