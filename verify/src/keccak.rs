//! Keccak-p[1600, 24] and the sponges SHAKE128 and SHAKE256 (FIPS 202).

/// The state, lane (x, y) at x + 5y.
pub(crate) type State = [u64; 25];

/// Bytes of a block of SHAKE128.
pub(crate) const SHAKE128_RATE: usize = 168;

/// Bytes of a block of SHAKE256.
pub(crate) const SHAKE256_RATE: usize = 136;

const ROUNDS: usize = 24;

/// The constants of ι, from the shift register of FIPS 202 algorithm 5.
pub(crate) const ROUND_CONSTANTS: [u64; ROUNDS] = round_constants();

const fn round_constants() -> [u64; ROUNDS] {
    let mut constants = [0; ROUNDS];
    let mut register: u16 = 1;
    let mut round = 0;
    while round < ROUNDS {
        let mut j = 0;
        while j <= 6 {
            if register & 1 == 1 {
                constants[round] |= 1 << ((1 << j) - 1);
            }
            // x⁸ + x⁶ + x⁵ + x⁴ + 1
            register <<= 1;
            if register & 0x100 != 0 {
                register ^= 0x171;
            }
            j += 1;
        }
        round += 1;
    }
    constants
}

/// Lanes that [`permute`] keeps complemented, so that χ needs about one NOT a row instead of five: not
/// every processor has an AND-NOT (Keccak implementation overview 3.2, section 2.2).
const COMPLEMENTED: [usize; 6] = [1, 2, 8, 12, 17, 20];

/// Keccak-p[1600, 24].
pub(crate) fn permute(state: &mut State) {
    let mut a = *state;
    for lane in COMPLEMENTED {
        a[lane] = !a[lane];
    }
    for constant in ROUND_CONSTANTS {
        a = round(&a, constant);
    }
    for lane in COMPLEMENTED {
        a[lane] = !a[lane];
    }
    *state = a;
}

/// One round on lanes of which [`COMPLEMENTED`] are complemented, before and after.
#[inline(always)]
fn round(a: &State, constant: u64) -> State {
    // θ
    let c0 = a[0] ^ a[5] ^ a[10] ^ a[15] ^ a[20];
    let c1 = a[1] ^ a[6] ^ a[11] ^ a[16] ^ a[21];
    let c2 = a[2] ^ a[7] ^ a[12] ^ a[17] ^ a[22];
    let c3 = a[3] ^ a[8] ^ a[13] ^ a[18] ^ a[23];
    let c4 = a[4] ^ a[9] ^ a[14] ^ a[19] ^ a[24];
    let d0 = c4 ^ c1.rotate_left(1);
    let d1 = c0 ^ c2.rotate_left(1);
    let d2 = c1 ^ c3.rotate_left(1);
    let d3 = c2 ^ c4.rotate_left(1);
    let d4 = c3 ^ c0.rotate_left(1);

    // ρ and π give the five lanes of a row, χ mixes them; ι on the first row.
    let mut e = [0; 25];
    let b0 = a[0] ^ d0;
    let b1 = (a[6] ^ d1).rotate_left(44);
    let b2 = (a[12] ^ d2).rotate_left(43);
    let b3 = (a[18] ^ d3).rotate_left(21);
    let b4 = (a[24] ^ d4).rotate_left(14);
    e[0] = b0 ^ (b1 | b2) ^ constant;
    e[1] = b1 ^ (!b2 | b3);
    e[2] = b2 ^ (b3 & b4);
    e[3] = b3 ^ (b4 | b0);
    e[4] = b4 ^ (b0 & b1);

    let b0 = (a[3] ^ d3).rotate_left(28);
    let b1 = (a[9] ^ d4).rotate_left(20);
    let b2 = (a[10] ^ d0).rotate_left(3);
    let b3 = (a[16] ^ d1).rotate_left(45);
    let b4 = (a[22] ^ d2).rotate_left(61);
    e[5] = b0 ^ (b1 | b2);
    e[6] = b1 ^ (b2 & b3);
    e[7] = b2 ^ (b3 | !b4);
    e[8] = b3 ^ (b4 | b0);
    e[9] = b4 ^ (b0 & b1);

    let b0 = (a[1] ^ d1).rotate_left(1);
    let b1 = (a[7] ^ d2).rotate_left(6);
    let b2 = (a[13] ^ d3).rotate_left(25);
    let b3 = !(a[19] ^ d4).rotate_left(8);
    let b4 = (a[20] ^ d0).rotate_left(18);
    e[10] = b0 ^ (b1 | b2);
    e[11] = b1 ^ (b2 & !b3);
    e[12] = b2 ^ (b3 & b4);
    e[13] = b3 ^ (b4 | b0);
    e[14] = b4 ^ (b0 & b1);

    let b0 = (a[4] ^ d4).rotate_left(27);
    let b1 = (a[5] ^ d0).rotate_left(36);
    let b2 = (a[11] ^ d1).rotate_left(10);
    let b3 = !(a[17] ^ d2).rotate_left(15);
    let b4 = (a[23] ^ d3).rotate_left(56);
    e[15] = b0 ^ (b1 & b2);
    e[16] = b1 ^ (b2 | !b3);
    e[17] = b2 ^ (b3 | b4);
    e[18] = b3 ^ (b4 & b0);
    e[19] = b4 ^ (b0 | b1);

    let b0 = (a[2] ^ d2).rotate_left(62);
    let b1 = !(a[8] ^ d3).rotate_left(55);
    let b2 = (a[14] ^ d4).rotate_left(39);
    let b3 = (a[15] ^ d0).rotate_left(41);
    let b4 = (a[21] ^ d1).rotate_left(2);
    e[20] = b0 ^ (b1 & b2);
    e[21] = b1 ^ (b2 | b3);
    e[22] = b2 ^ (b3 & b4);
    e[23] = b3 ^ (b4 | b0);
    e[24] = b4 ^ (b0 & !b1);
    e
}

/// A way to compute Keccak-p[1600, 24].
pub(crate) trait Permute: Copy {
    fn permute(self, state: &mut State);
}

/// [`permute`].
#[derive(Clone, Copy)]
pub(crate) struct Portable;

impl Permute for Portable {
    fn permute(self, state: &mut State) {
        permute(state);
    }
}

/// SHAKE that still takes input. `RATE` is [`SHAKE128_RATE`] or [`SHAKE256_RATE`].
#[derive(Clone)]
pub(crate) struct Shake<const RATE: usize, P = Portable> {
    permutation: P,
    state: State,
    /// Input that does not fill a block yet.
    buffer: [u8; RATE],
    /// Bytes in `buffer`, fewer than `RATE`.
    filled: usize,
}

impl<const RATE: usize> Shake<RATE> {
    pub(crate) const fn new() -> Self {
        Self::with(Portable)
    }
}

impl<const RATE: usize, P> Shake<RATE, P> {
    pub(crate) const fn with(permutation: P) -> Self {
        Self {
            permutation,
            state: [0; 25],
            buffer: [0; RATE],
            filled: 0,
        }
    }
}

impl<const RATE: usize, P: Permute> Shake<RATE, P> {
    pub(crate) fn absorb(&mut self, mut input: &[u8]) {
        if self.filled > 0 {
            let (head, rest) = input.split_at(input.len().min(RATE - self.filled));
            self.buffer[self.filled..self.filled + head.len()].copy_from_slice(head);
            self.filled += head.len();
            if self.filled < RATE {
                return;
            }
            add_block(&mut self.state, &self.buffer);
            self.permutation.permute(&mut self.state);
            self.filled = 0;
            input = rest;
        }
        while let Some((block, rest)) = input.split_first_chunk::<RATE>() {
            add_block(&mut self.state, block);
            self.permutation.permute(&mut self.state);
            input = rest;
        }
        self.buffer[..input.len()].copy_from_slice(input);
        self.filled = input.len();
    }

    /// Ends the input: the suffix 1111 of SHAKE and the padding 10*1.
    pub(crate) fn finish(mut self) -> Output<RATE, P> {
        self.buffer[self.filled..].fill(0);
        self.buffer[self.filled] = 0x1f;
        self.buffer[RATE - 1] |= 0x80;
        add_block(&mut self.state, &self.buffer);
        Output {
            permutation: self.permutation,
            state: self.state,
        }
    }
}

fn add_block<const RATE: usize>(state: &mut State, block: &[u8; RATE]) {
    let (words, _) = block.as_chunks::<8>();
    for (lane, word) in state.iter_mut().zip(words) {
        *lane ^= u64::from_le_bytes(*word);
    }
}

/// The output of SHAKE, as long as it is wanted.
pub(crate) struct Output<const RATE: usize, P = Portable> {
    permutation: P,
    state: State,
}

impl<const RATE: usize, P: Permute> Output<RATE, P> {
    pub(crate) fn next_block(&mut self) -> [u8; RATE] {
        self.permutation.permute(&mut self.state);
        let mut block = [0; RATE];
        let (words, _) = block.as_chunks_mut::<8>();
        for (word, lane) in words.iter_mut().zip(&self.state) {
            *word = lane.to_le_bytes();
        }
        block
    }
}

#[cfg(test)]
mod tests {
    use sha3::digest::{ExtendableOutput, XofReader};

    use super::*;

    fn output<const RATE: usize>(input: &[&[u8]], blocks: usize) -> Vec<u8> {
        let mut shake = Shake::<RATE>::new();
        for part in input {
            shake.absorb(part);
        }
        let mut output = shake.finish();
        (0..blocks).flat_map(|_| output.next_block()).collect()
    }

    fn theirs(mut hash: impl ExtendableOutput, input: &[u8], length: usize) -> Vec<u8> {
        hash.update(input);
        let mut output = vec![0; length];
        hash.finalize_xof().read(&mut output);
        output
    }

    #[test]
    fn every_length_around_the_blocks_and_every_split() {
        let input: Vec<u8> = (0..500_u32)
            .map(|i| (i * 7 % 251).to_le_bytes()[0])
            .collect();
        for length in 0..input.len() {
            let input = &input[..length];
            let expected = theirs(shake::Shake128::default(), input, 3 * SHAKE128_RATE);
            assert_eq!(output::<SHAKE128_RATE>(&[input], 3), expected, "{length}");
            let expected = theirs(shake::Shake256::default(), input, 3 * SHAKE256_RATE);
            for split in 0..=length {
                let (head, tail) = input.split_at(split);
                let middle = tail.len() / 2;
                let parts = [head, &tail[..middle], &tail[middle..]];
                assert_eq!(
                    output::<SHAKE256_RATE>(&parts, 3),
                    expected,
                    "{length} {split}"
                );
            }
        }
    }
}
