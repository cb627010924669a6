//! Keys, messages and signatures to measure with.

use crate::peer::{Pair, ParameterSet, ml_dsa_pair, ml_dsa_sign};

/// Different messages under one key: the time of a signature depends on the message.
pub const MESSAGES: usize = 64;

/// Bytes of a message where its length does not matter.
pub const LENGTH: usize = 256;

/// A message and its signature.
pub struct Signed {
    pub message: Vec<u8>,
    pub signature: Vec<u8>,
}

impl Signed {
    pub fn new(set: ParameterSet, private: &[u8], number: usize, length: usize) -> Self {
        let mut message = vec![0x20; length.max(8)];
        message[..8].copy_from_slice(&number.to_le_bytes());
        let signature = ml_dsa_sign(set, private, &message);
        Self { message, signature }
    }
}

/// [`MESSAGES`] messages under the key of the seed of zeros.
pub fn under_one_key(set: ParameterSet) -> (Pair, Vec<Signed>) {
    let pair = ml_dsa_pair(set, [0; 32]);
    let signed = (0..MESSAGES).map(|i| Signed::new(set, &pair.private, i, LENGTH));
    let signed = signed.collect();
    (pair, signed)
}

/// So many keys, with one signed message for each.
pub fn under_many_keys(set: ParameterSet, count: usize) -> Vec<(Vec<u8>, Signed)> {
    let signed = |(i, pair): (usize, Pair)| {
        let signed = Signed::new(set, &pair.private, i, LENGTH);
        (pair.public, signed)
    };
    distinct_pairs(set, count)
        .into_iter()
        .enumerate()
        .map(signed)
        .collect()
}

/// So many key pairs.
pub fn distinct_pairs(set: ParameterSet, count: usize) -> Vec<Pair> {
    let pairs = (0..count).map(|i| {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&i.to_le_bytes());
        ml_dsa_pair(set, seed)
    });
    pairs.collect()
}

/// Numbers that look random, the same in each run (xorshift64*).
pub struct Numbers(u64);

impl Numbers {
    pub fn new() -> Self {
        Self(0x9e37_79b9_7f4a_7c15)
    }

    pub fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let number = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33;
        usize::try_from(number).expect("31 bits") % limit
    }

    /// The numbers below `count` in random order.
    pub fn order(&mut self, count: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..count).collect();
        for i in (1..count).rev() {
            order.swap(i, self.below(i + 1));
        }
        order
    }
}

/// The numbers below `count` in turn, again and again.
pub fn turns(count: usize) -> impl FnMut() -> usize {
    let mut next = 0;
    move || {
        next = (next + 1) % count;
        next
    }
}
