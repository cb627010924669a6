//! Eight Keccak states side by side.

use crate::keccak::State;

/// How many states there are.
pub(crate) const LANES: usize = 8;

/// Eight Keccak states: `words[i][lane]` is word i of a state.
#[derive(Clone)]
#[repr(align(64))]
pub(crate) struct Lanes {
    pub(crate) words: [[u64; LANES]; 25],
}

impl Lanes {
    pub(crate) const ZERO: Self = Self {
        words: [[0; LANES]; 25],
    };

    /// Empties one state.
    pub(crate) fn clear(&mut self, lane: usize) {
        for words in &mut self.words {
            words[lane] = 0;
        }
    }

    /// Adds a block to one state.
    pub(crate) fn add<const RATE: usize>(&mut self, lane: usize, block: &[u8; RATE]) {
        let (words, _) = block.as_chunks::<8>();
        for (lanes, word) in self.words.iter_mut().zip(words) {
            lanes[lane] ^= u64::from_le_bytes(*word);
        }
    }

    /// One state, by itself.
    pub(crate) fn state(&self, lane: usize) -> State {
        self.words.map(|words| words[lane])
    }

    /// Puts one state into its place.
    pub(crate) fn put(&mut self, lane: usize, state: &State) {
        for (words, word) in self.words.iter_mut().zip(state) {
            words[lane] = *word;
        }
    }

    /// The block that one state gives.
    pub(crate) fn block<const RATE: usize>(&self, lane: usize) -> [u8; RATE] {
        let mut block = [0; RATE];
        let (words, _) = block.as_chunks_mut::<8>();
        for (word, lanes) in words.iter_mut().zip(&self.words) {
            *word = lanes[lane].to_le_bytes();
        }
        block
    }
}
