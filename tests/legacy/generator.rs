//! NIST's generator of the competition: CTR_DRBG with AES-256 and no derivation function (SP 800-90A section
//! 10.2.1), of which each call asks for bytes once and mixes nothing in.

use aws_lc_rs::cipher::{AES_256, EncryptingKey, UnboundCipherKey};

pub(crate) struct Generator {
    key: [u8; 32],
    v: [u8; 16],
}

impl Generator {
    /// The generator seeded as the response files name it.
    pub(crate) fn new(seed: &[u8; 48]) -> Self {
        let mut generator = Self {
            key: [0; 32],
            v: [0; 16],
        };
        generator.update(seed);
        generator
    }

    /// The one with which every response file begins: 00 01 … 2f.
    pub(crate) fn first() -> Self {
        let seed: Vec<u8> = (0..48).collect();
        Self::new(&seed.try_into().unwrap())
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut output = Vec::new();
        while output.len() < length {
            output.extend(self.block());
        }
        output.truncate(length);
        self.update(&[0; 48]);
        output
    }

    fn block(&mut self) -> [u8; 16] {
        self.v = u128::from_be_bytes(self.v).wrapping_add(1).to_be_bytes();
        let key = UnboundCipherKey::new(&AES_256, &self.key).unwrap();
        let mut block = self.v;
        EncryptingKey::ecb(key)
            .unwrap()
            .encrypt(&mut block)
            .unwrap();
        block
    }

    fn update(&mut self, data: &[u8; 48]) {
        let mut state = [self.block(), self.block(), self.block()].concat();
        for (state, data) in state.iter_mut().zip(data) {
            *state ^= data;
        }
        self.key.copy_from_slice(&state[..32]);
        self.v.copy_from_slice(&state[32..]);
    }
}
