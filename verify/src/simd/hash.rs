//! Hashes by the kernels: of one input, and the blocks that an input is made of.

use super::Kernels;
use crate::keccak::{SHAKE256_RATE, State};

/// A block of SHAKE256.
pub(crate) type Block = [u8; SHAKE256_RATE];

/// What SHAKE256 is asked to hash, handed out in blocks, the last of them padded.
#[derive(Clone, Debug)]
pub(crate) struct Input<'a> {
    parts: [&'a [u8]; 4],
    /// The first part with anything left.
    part: usize,
    ended: bool,
}

impl<'a> Input<'a> {
    /// The parts, one behind the other.
    pub(crate) fn new(parts: [&'a [u8]; 4]) -> Self {
        Self {
            parts,
            part: 0,
            ended: false,
        }
    }

    /// A single part.
    pub(crate) fn one(part: &'a [u8]) -> Self {
        Self::new([part, b"", b"", b""])
    }

    /// Whether the block with the padding has been handed out.
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// The next block.
    pub(crate) fn next_block(&mut self) -> Block {
        let mut block = [0; SHAKE256_RATE];
        let mut filled = 0;
        while let Some(part) = self.parts.get_mut(self.part) {
            let length = part.len().min(SHAKE256_RATE - filled);
            let (head, rest) = part.split_at(length);
            block[filled..filled + length].copy_from_slice(head);
            filled += length;
            *part = rest;
            if filled == SHAKE256_RATE {
                return block;
            }
            self.part += 1;
        }
        // The suffix 1111 of SHAKE and the padding 10*1.
        block[filled] = 0x1f;
        block[SHAKE256_RATE - 1] |= 0x80;
        self.ended = true;
        block
    }
}

/// Adds a block to a state.
pub(crate) fn add(state: &mut State, block: &Block) {
    let (words, _) = block.as_chunks::<8>();
    for (lane, word) in state.iter_mut().zip(words) {
        *lane ^= u64::from_le_bytes(*word);
    }
}

/// The first words of a state.
pub(crate) fn output<const LENGTH: usize>(state: &State) -> [u8; LENGTH] {
    let mut output = [0; LENGTH];
    let (words, _) = output.as_chunks_mut::<8>();
    for (word, lane) in words.iter_mut().zip(state) {
        *word = lane.to_le_bytes();
    }
    output
}

/// Hashes what is left of an input into a state.
pub(crate) fn absorb<K: Kernels>(kernels: K, state: &mut State, input: &mut Input<'_>) {
    while !input.ended() {
        add(state, &input.next_block());
        kernels.permute(state);
    }
}
