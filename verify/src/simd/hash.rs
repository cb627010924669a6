//! Hashes by the kernels: of one input, and the blocks that an input is made of.

use std::cmp::Reverse;

use super::Kernels;
use super::lanes::{LANES, Lanes};
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

    /// How many blocks there are in all.
    pub(crate) fn blocks(&self) -> usize {
        let lengths = self.parts.iter().map(|part| part.len());
        lengths.fold(0, usize::saturating_add) / SHAKE256_RATE + 1
    }

    /// Whether the block with the padding has been handed out.
    pub(crate) fn ended(&self) -> bool {
        self.ended
    }

    /// The next block, which is in `buffer` if it is not in one part.
    pub(crate) fn next_block<'b>(&mut self, buffer: &'b mut Block) -> &'b Block
    where
        'a: 'b,
    {
        let mut filled = 0;
        while let Some(part) = self.parts.get_mut(self.part) {
            if let (0, Some((block, rest))) = (filled, part.split_first_chunk()) {
                *part = rest;
                return block;
            }
            let length = part.len().min(SHAKE256_RATE - filled);
            let (head, rest) = part.split_at(length);
            buffer[filled..filled + length].copy_from_slice(head);
            filled += length;
            *part = rest;
            if filled == SHAKE256_RATE {
                return buffer;
            }
            self.part += 1;
        }
        // The suffix 1111 of SHAKE and the padding 10*1.
        buffer[filled..].fill(0);
        buffer[filled] = 0x1f;
        buffer[SHAKE256_RATE - 1] |= 0x80;
        self.ended = true;
        buffer
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
    let mut buffer = [0; SHAKE256_RATE];
    while !input.ended() {
        add(state, input.next_block(&mut buffer));
        kernels.permute(state);
    }
}

/// The first block that SHAKE256 gives for each input, eight at a time; a state that is done takes the
/// next input. The longest come first, so that few states idle at the end.
pub(crate) fn each<K: Kernels>(
    kernels: K,
    inputs: &mut [Input<'_>],
    mut take: impl FnMut(usize, Block),
) {
    let mut order: Vec<usize> = (0..inputs.len()).collect();
    order.sort_by_key(|&i| Reverse(inputs[i].blocks()));
    let mut waiting = order.into_iter();
    let mut lanes = Lanes::ZERO;
    let mut hashed: [Option<usize>; LANES] = [None; LANES];
    let mut buffer = [0; SHAKE256_RATE];
    loop {
        let mut used = 0;
        for (lane, hashed) in hashed.iter_mut().enumerate() {
            if hashed.is_none() {
                *hashed = waiting.next();
                lanes.clear(lane);
            }
            if let Some(i) = *hashed {
                lanes.add(lane, inputs[i].next_block(&mut buffer));
                used = lane + 1;
            }
        }
        if used == 0 {
            return;
        }
        kernels.permute_lanes(&mut lanes, used);
        for (lane, hashed) in hashed.iter_mut().enumerate() {
            if let Some(i) = hashed.take_if(|i| inputs[*i].ended()) {
                take(i, lanes.block(lane));
            }
        }
    }
}
