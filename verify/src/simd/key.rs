//! Expanded keys, and the verification of one signature.

use std::hint::black_box;

use super::hash::{self, Block, Input};
use super::lanes::{LANES, Lanes};
use super::matrix::{Line, Matrix};
use super::prefetch::{prefetch, prefetch_start};
use super::{Kernels, Poly};
use crate::error::Rejected;
use crate::keccak::{SHAKE128_RATE, SHAKE256_RATE, State};
use crate::parameter_set::{MAX_COLUMNS, N, Parameters, RHO, T1_BYTES};
use crate::portable::{rounding, sample};
use crate::signature::Signature;
use crate::signed::{Formatted, Signed};

/// The matrix (Â | -t̂1·2ᵈ), each value times what [`Kernels::fold`] multiplies by.
#[derive(Clone)]
pub(crate) struct ExpandedKey<K> {
    kernels: K,
    parameters: &'static Parameters,
    /// k rows of ℓ + 1.
    matrix: Matrix,
}

impl<K: Kernels> ExpandedKey<K> {
    /// Expands a public key, whose length has been checked, and hashes it to tr.
    ///
    /// FIPS 204, algorithm 23 (pkDecode), algorithm 32 (ExpandA), and algorithm 8, line 6.
    pub(crate) fn new(
        kernels: K,
        parameters: &'static Parameters,
        public_key: &[u8],
    ) -> (Self, [u8; 64]) {
        let (matrix, tr) = expand(kernels, parameters, public_key, Folded::Yes);
        let key = Self {
            kernels,
            parameters,
            matrix,
        };
        (key, tr)
    }

    /// Says that a signature will be verified soon.
    pub(crate) fn announce(&self, signature: &[u8]) {
        prefetch_start(signature, self.matrix.lines());
    }

    pub(super) fn matrix(&self) -> &Matrix {
        &self.matrix
    }

    pub(super) fn parameters(&self) -> &'static Parameters {
        self.parameters
    }

    /// What the key was expanded with.
    pub(crate) fn kernels(&self) -> K {
        self.kernels
    }

    /// FIPS 204, algorithm 8 from line 7 on.
    ///
    /// # Errors
    /// [`Rejected::Norm`], [`Rejected::Challenge`].
    pub(crate) fn verify(
        &self,
        signed: Signed<'_>,
        signature: &Signature<'_>,
    ) -> Result<(), Rejected> {
        let mut vector = Vector::EMPTY;
        let first = self.matrix.first_row();
        vector.decode(self.kernels, self.parameters, signature, first)?;
        let (mu, c) = mu_and_challenge(self.kernels, signed, signature);
        vector.push_challenge(self.kernels, self.parameters, c, signature);
        let mut commitment = Commitment::EMPTY;
        self.commit(&vector, &mu, signature, &mut commitment);
        commitment.compare(self.kernels, signature)
    }

    /// The commitment of a vector with its challenge.
    pub(super) fn commit(
        &self,
        vector: &Vector,
        mu: &[u8; 64],
        signature: &Signature<'_>,
        into: &mut Commitment,
    ) {
        let (kernels, p) = (self.kernels, self.parameters);
        into.fill(kernels, p, mu, &self.matrix, vector, signature);
    }
}

/// What [`ExpandedKey::new`] and [`ExpandedKey::verify`] do together, for a key that is seen once.
/// Nothing is expanded for a signature that is refused before.
///
/// # Errors
/// [`Rejected::Norm`], [`Rejected::Challenge`].
pub(crate) fn verify_once<K: Kernels>(
    kernels: K,
    parameters: &'static Parameters,
    public_key: &[u8],
    message: Formatted<'_>,
    signature: &Signature<'_>,
) -> Result<(), Rejected> {
    let p = parameters;
    let mut vector = Vector::EMPTY;
    vector.decode(kernels, p, signature, &[])?;
    let (matrix, tr) = expand(kernels, p, public_key, Folded::No);
    let (mu, c) = mu_and_challenge(kernels, message.under(&tr), signature);
    vector.push_challenge(kernels, p, c, signature);
    // There are k times as many values in the matrix.
    vector.fold(kernels);
    let mut commitment = Commitment::EMPTY;
    commitment.fill(kernels, p, &mu, &matrix, &vector, signature);
    commitment.compare(kernels, signature)
}

/// Whether a matrix is folded ([`Kernels::fold`]); otherwise the vector has to be.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Folded {
    No,
    Yes,
}

/// The matrix (Â | -t̂1·2ᵈ), of which the first part is in 0..q where it is not folded; and tr.
pub(super) fn expand<K: Kernels>(
    kernels: K,
    p: &Parameters,
    public_key: &[u8],
    folded: Folded,
) -> (Matrix, [u8; 64]) {
    let mut matrix = Matrix::new(p.k, p.l + 1);
    let mut put = |row, column, poly: &mut Poly| {
        if folded == Folded::Yes {
            kernels.fold(std::slice::from_mut(poly));
        }
        matrix.put(row, column, poly);
    };
    let mut poly = Poly::ZERO;
    let (rho, t1) = public_key
        .split_first_chunk::<RHO>()
        .expect("the length of a public key has been checked");
    for (row, t1) in t1.chunks_exact(T1_BYTES).enumerate() {
        let mut encoded = [0; T1_BYTES + 44];
        encoded[..T1_BYTES].copy_from_slice(t1);
        kernels.ntt_of_t1(&encoded, &mut poly);
        put(row, p.l, &mut poly);
    }
    let mut entries = (0..)
        .take(p.k)
        .flat_map(|r| (0..).take(p.l).map(move |s| (r, s)));
    let mut strings = [[0; BLOCKS * SHAKE128_RATE]; LANES];
    let mut lanes = Lanes::ZERO;
    // The key is hashed in the first lane, beside the entries that are made meanwhile: by itself that would
    // take a third of the time.
    let mut key = Input::one(public_key);
    let mut buffer = [0; SHAKE256_RATE];
    let mut tr = [0; 64];
    loop {
        let first = usize::from(!key.ended());
        let group: Vec<_> = entries.by_ref().take(LANES - first).collect();
        let used = first + group.len();
        if used == 0 {
            break;
        }
        for (lane, &(r, s)) in (first..).zip(&group) {
            lanes.clear(lane);
            lanes.add(lane, &seed(rho, r, s));
        }
        for block in 0..BLOCKS {
            let hashing = !key.ended();
            if hashing {
                lanes.add(0, key.next_block(&mut buffer));
            }
            kernels.permute_lanes(&mut lanes, used);
            if hashing && key.ended() {
                let output: Block = lanes.block(0);
                tr.copy_from_slice(&output[..64]);
            }
            for (lane, string) in (first..used).zip(&mut strings) {
                let (blocks, _) = string.as_chunks_mut::<SHAKE128_RATE>();
                // If LLVM knew the lanes, a build for a processor with AVX-512 would scatter words over all
                // strings at once, which takes several times as long.
                blocks[block] = lanes.block(black_box(lane));
            }
        }
        for ((r, s), string) in group.into_iter().zip(&strings) {
            if kernels.sample(string, &mut poly) < N {
                // More blocks are wanted for fewer than one entry in 10²⁴.
                poly.0 = sample::entry(rho, r, s);
            }
            kernels.arrange(&mut poly);
            put(usize::from(r), usize::from(s), &mut poly);
        }
    }
    (matrix, tr)
}

/// Blocks of SHAKE128 for one entry of Â.
const BLOCKS: usize = 5;

/// The block that an entry of Â is made from; FIPS 204, algorithm 32 (ExpandA), line 3.
fn seed(rho: &[u8; RHO], r: u8, s: u8) -> [u8; SHAKE128_RATE] {
    let mut block = [0; SHAKE128_RATE];
    block[..RHO].copy_from_slice(rho);
    block[RHO] = s;
    block[RHO + 1] = r;
    block[RHO + 2] = 0x1f;
    block[SHAKE128_RATE - 1] = 0x80;
    block
}

/// μ, and the block that SampleInBall takes its bytes from. The first block of the message and the one
/// of the challenge are hashed together.
fn mu_and_challenge<K: Kernels>(
    kernels: K,
    signed: Signed<'_>,
    signature: &Signature<'_>,
) -> ([u8; 64], Block) {
    let parts = match signed {
        Signed::Parts(parts) => parts,
        Signed::Mu(mu) => return (*mu, hash::output(&challenge(kernels, signature))),
    };
    let mut input = Input::new(parts);
    let mut of_challenge = Input::one(signature.challenge);
    let (mut mu, mut c) = ([0; 25], [0; 25]);
    let mut buffer = [0; SHAKE256_RATE];
    hash::add(&mut mu, input.next_block(&mut buffer));
    hash::add(&mut c, of_challenge.next_block(&mut buffer));
    kernels.permute_two(&mut mu, &mut c);
    hash::absorb(kernels, &mut mu, &mut input);
    (hash::output(&mu), hash::output(&c))
}

/// The state that SampleInBall takes its bytes from.
fn challenge<K: Kernels>(kernels: K, signature: &Signature<'_>) -> State {
    let mut c = [0; 25];
    hash::absorb(kernels, &mut c, &mut Input::one(signature.challenge));
    c
}

/// Compares c̃ with the start of a hash of μ and w1: FIPS 204, algorithm 8, lines 12 and 13.
///
/// # Errors
/// [`Rejected::Challenge`].
pub(super) fn answer(output: &[u8], signature: &Signature<'_>) -> Result<(), Rejected> {
    // c̃ has at most 64 bytes.
    match output.starts_with(signature.challenge) {
        true => Ok(()),
        false => Err(Rejected::Challenge),
    }
}

/// ẑ, and ĉ behind it: what the matrix is multiplied with.
pub(super) struct Vector {
    polys: [Poly; MAX_COLUMNS],
    /// ℓ, and one more when the challenge is there.
    columns: usize,
}

impl Vector {
    /// Room for one.
    pub(super) const EMPTY: Self = Self {
        polys: [const { Poly::ZERO }; MAX_COLUMNS],
        columns: 0,
    };

    /// Decodes z, and asks meanwhile for the first row of a matrix, which will be wanted next.
    ///
    /// # Errors
    /// [`Rejected::Norm`].
    pub(super) fn decode<K: Kernels>(
        &mut self,
        kernels: K,
        p: &Parameters,
        signature: &Signature<'_>,
        upcoming: &[Line],
    ) -> Result<(), Rejected> {
        let mut upcoming = upcoming.chunks(upcoming.len().div_ceil(p.l).max(1));
        for (i, poly) in self.polys[..p.l].iter_mut().enumerate() {
            let encoded = &signature.z[i * p.gamma1.poly_bytes()..];
            prefetch(upcoming.next().unwrap_or_default());
            let norm = kernels.ntt_of_z(p.gamma1, encoded, poly);
            if norm >= p.gamma1.value() - p.beta {
                return Err(Rejected::Norm);
            }
        }
        self.columns = p.l;
        Ok(())
    }

    /// Samples c from the first block of the hash of c̃, and takes it behind ẑ.
    pub(super) fn push_challenge<K: Kernels>(
        &mut self,
        kernels: K,
        p: &Parameters,
        block: Block,
        signature: &Signature<'_>,
    ) {
        let mut first = Some(block);
        let mut state = None;
        let c = &mut self.polys[p.l];
        c.0 = sample::sample_in_ball(p.tau, || {
            first.take().unwrap_or_else(|| {
                // More than one block is wanted so rarely that its state has not been kept.
                let state = state.get_or_insert_with(|| challenge(kernels, signature));
                kernels.permute(state);
                hash::output(state)
            })
        });
        kernels.ntt(c);
        self.columns = p.l + 1;
    }

    /// Multiplies by what otherwise the matrix carries.
    pub(super) fn fold<K: Kernels>(&mut self, kernels: K) {
        kernels.fold(&mut self.polys[..self.columns]);
    }

    pub(super) fn as_slice(&self) -> &[Poly] {
        &self.polys[..self.columns]
    }
}

/// The longest μ ‖ w1Encode(w1): that of ML-DSA-87, of eight polynomials, four bits a coefficient.
const COMMITMENT: usize = 64 + 8 * N * 4 / 8;

/// μ ‖ w1Encode(w1), of which the challenge is the hash.
pub(super) struct Commitment {
    bytes: [u8; COMMITMENT],
    length: usize,
}

impl Commitment {
    /// Room for one.
    pub(super) const EMPTY: Self = Self {
        bytes: [0; COMMITMENT],
        length: 0,
    };

    /// FIPS 204, algorithm 8, lines 9 to 11, where either the matrix or the vector is folded.
    pub(super) fn fill<K: Kernels>(
        &mut self,
        kernels: K,
        p: &Parameters,
        mu: &[u8; 64],
        matrix: &Matrix,
        vector: &Vector,
        signature: &Signature<'_>,
    ) {
        self.bytes[..64].copy_from_slice(mu);
        self.length = 64;
        let mut w = Poly::ZERO;
        for (row, hints) in matrix.rows().zip(signature.hints.polynomials()) {
            let encoded = &mut self.bytes[self.length..];
            kernels.high_bits(p.gamma2, row, vector.as_slice(), &mut w, encoded);
            for &position in hints {
                let i = usize::from(position);
                let bit = i * p.gamma2.bits();
                let change = u16::from(rounding::change(p.gamma2, w.0[i])) << (bit % 8);
                for (byte, change) in encoded[bit / 8..].iter_mut().zip(change.to_le_bytes()) {
                    *byte ^= change;
                }
            }
            self.length += p.gamma2.poly_bytes();
        }
    }

    pub(super) fn as_slice(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    pub(super) fn input(&self) -> Input<'_> {
        Input::one(self.as_slice())
    }

    /// FIPS 204, algorithm 8, lines 12 and 13.
    ///
    /// # Errors
    /// [`Rejected::Challenge`].
    fn compare<K: Kernels>(&self, kernels: K, signature: &Signature<'_>) -> Result<(), Rejected> {
        let mut state = [0; 25];
        hash::absorb(kernels, &mut state, &mut self.input());
        answer(&hash::output::<64>(&state), signature)
    }
}
