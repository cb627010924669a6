//! Verification in safe Rust, for every processor.

pub(crate) mod decode;
pub(crate) mod field;
pub(crate) mod ntt;
pub(crate) mod rounding;
pub(crate) mod sample;
#[cfg(test)]
pub(crate) mod tests;

use crate::error::Rejected;
use crate::keccak::{SHAKE256_RATE, Shake};
use crate::parameter_set::{MAX_COLUMNS, N, Parameters, RHO, T1_BYTES};
use crate::signature::Signature;
use field::FOLDED;

/// The coefficients of a polynomial, or the values of its NTT in the order of the standard.
type Poly = [i32; N];

/// The matrix (Â | -t̂1·2ᵈ), each value times [`FOLDED`] and centred.
#[derive(Clone)]
pub(crate) struct ExpandedKey {
    parameters: &'static Parameters,
    /// k rows of ℓ + 1.
    matrix: Box<[Poly]>,
}

impl ExpandedKey {
    /// Expands a public key, whose length has been checked.
    ///
    /// FIPS 204, algorithm 23 (pkDecode) and algorithm 32 (ExpandA).
    pub(crate) fn new(parameters: &'static Parameters, public_key: &[u8]) -> Self {
        let columns = parameters.l + 1;
        let mut matrix = vec![[0; N]; parameters.k * columns].into_boxed_slice();
        for (row, polys) in rows(public_key).zip(matrix.chunks_exact_mut(columns)) {
            row.expand(polys);
            fold(polys);
        }
        Self { parameters, matrix }
    }

    /// FIPS 204, algorithm 8 from line 8 on.
    ///
    /// # Errors
    /// [`Rejected::Norm`], [`Rejected::Challenge`].
    pub(crate) fn verify(&self, mu: &[u8; 64], signature: &Signature<'_>) -> Result<(), Rejected> {
        let vector = Vector::new(self.parameters, signature)?;
        let rows = self.matrix.chunks_exact(vector.columns);
        let w = rows.map(|row| product(row, vector.as_slice()));
        compare(self.parameters, mu, signature, w)
    }
}

/// What [`ExpandedKey::new`] and [`ExpandedKey::verify`] do together, without room for a matrix, and
/// without expanding one for a signature that is refused before it is needed.
///
/// # Errors
/// [`Rejected::Norm`], [`Rejected::Challenge`].
pub(crate) fn verify_once(
    parameters: &'static Parameters,
    public_key: &[u8],
    mu: &[u8; 64],
    signature: &Signature<'_>,
) -> Result<(), Rejected> {
    let mut vector = Vector::new(parameters, signature)?;
    // There are k times as many values in the matrix.
    fold(&mut vector.polys[..vector.columns]);
    let mut polys = [[0; N]; MAX_COLUMNS];
    let w = rows(public_key).map(|row| {
        row.expand(&mut polys[..vector.columns]);
        product(&polys[..vector.columns], vector.as_slice())
    });
    compare(parameters, mu, signature, w)
}

/// Checks that every coefficient of z is below γ1 - β: FIPS 204, algorithm 8, line 13.
///
/// # Errors
/// [`Rejected::Norm`].
#[cfg(feature = "legacy")]
pub(crate) fn check_norm(p: &Parameters, signature: &Signature<'_>) -> Result<(), Rejected> {
    let encoded = signature.z.chunks_exact(p.gamma1.poly_bytes()).take(p.l);
    let mut norms = encoded.map(|encoded| decode::z(p.gamma1, encoded).1);
    match norms.all(|norm| norm < p.gamma1.value() - p.beta) {
        true => Ok(()),
        false => Err(Rejected::Norm),
    }
}

/// Multiplies by [`FOLDED`] and centres.
fn fold(polys: &mut [Poly]) {
    for value in polys.as_flattened_mut() {
        *value = FOLDED.times(*value);
    }
}

/// What a row of the matrix is made of.
struct Row<'a> {
    rho: &'a [u8; RHO],
    index: u8,
    /// The encoded polynomial of t1.
    t1: &'a [u8],
}

/// The rows of the matrix; FIPS 204, algorithm 23 (pkDecode).
fn rows(public_key: &[u8]) -> impl Iterator<Item = Row<'_>> {
    let (rho, t1) = public_key
        .split_first_chunk()
        .expect("the length of a public key has been checked");
    (0..)
        .zip(t1.chunks_exact(T1_BYTES))
        .map(move |(index, t1)| Row { rho, index, t1 })
}

impl Row<'_> {
    /// ℓ entries of Â, which are in 0..q, and -NTT(t1·2ᵈ), which is above -5q and below 5q.
    fn expand(&self, into: &mut [Poly]) {
        if let Some((last, entries)) = into.split_last_mut() {
            for (s, entry) in (0..).zip(entries) {
                *entry = sample::entry(self.rho, self.index, s);
            }
            *last = decode::t1_shifted(self.t1).map(|coefficient| -coefficient);
            ntt::ntt(last);
        }
    }
}

/// ẑ, and ĉ behind it: what the matrix is multiplied with. Values are above -5q and below 5q.
struct Vector {
    polys: [Poly; MAX_COLUMNS],
    /// ℓ + 1.
    columns: usize,
}

impl Vector {
    /// Decodes z and samples c.
    ///
    /// # Errors
    /// [`Rejected::Norm`].
    fn new(parameters: &Parameters, signature: &Signature<'_>) -> Result<Self, Rejected> {
        let p = parameters;
        let mut polys = [[0; N]; MAX_COLUMNS];
        let encoded = signature.z.chunks_exact(p.gamma1.poly_bytes());
        for (poly, encoded) in polys[..p.l].iter_mut().zip(encoded) {
            let (z, norm) = decode::z(p.gamma1, encoded);
            if norm >= p.gamma1.value() - p.beta {
                return Err(Rejected::Norm);
            }
            *poly = z;
            ntt::ntt(poly);
        }
        polys[p.l] = sample::challenge(&signature.challenge[..p.sampled], p.tau);
        ntt::ntt(&mut polys[p.l]);
        Ok(Self {
            polys,
            columns: p.l + 1,
        })
    }

    fn as_slice(&self) -> &[Poly] {
        &self.polys[..self.columns]
    }
}

/// One polynomial of w'approx = NTT⁻¹(Â·ẑ - ĉ·t̂1·2ᵈ), in 0..q, where either the row or the vector is
/// folded: algorithm 8, line 9.
fn product(row: &[Poly], vector: &[Poly]) -> Poly {
    let mut w = match row.len() {
        5 => sums::<5>(row, vector),
        6 => sums::<6>(row, vector),
        _ => sums::<8>(row, vector),
    };
    ntt::inverse_ntt(&mut w);
    w
}

/// The sums of `COLUMNS` products, reduced once: at most 8 products of a value below q/2 by one below
/// 5q, so that sums stay below 20q² < 2⁵¹.
fn sums<const COLUMNS: usize>(row: &[Poly], vector: &[Poly]) -> Poly {
    let row: &[Poly; COLUMNS] = row
        .try_into()
        .expect("the caller matched the number of columns");
    let vector: &[Poly; COLUMNS] = vector
        .try_into()
        .expect("row and vector have ℓ + 1 columns");
    let mut w = [0; N];
    for (i, w) in w.iter_mut().enumerate() {
        let mut sum = 0;
        for (a, x) in row.iter().zip(vector) {
            sum += i64::from(a[i]) * i64::from(x[i]);
        }
        *w = field::reduce(sum);
    }
    w
}

/// Compares c̃ with the hash of μ and w1, made from the polynomials of w'approx in turn: FIPS 204,
/// algorithm 8, lines 10 to 13.
///
/// # Errors
/// [`Rejected::Challenge`].
fn compare(
    parameters: &Parameters,
    mu: &[u8; 64],
    signature: &Signature<'_>,
    w: impl Iterator<Item = Poly>,
) -> Result<(), Rejected> {
    let mut shake = Shake::<SHAKE256_RATE>::new();
    shake.absorb(mu);
    for (w, hints) in w.zip(signature.hints.polynomials()) {
        rounding::encode_w1(parameters.gamma2, &w, hints, |encoded| {
            shake.absorb(encoded)
        });
    }
    // c̃ has at most 64 bytes, which one block covers.
    match shake.finish().next_block().starts_with(signature.challenge) {
        true => Ok(()),
        false => Err(Rejected::Challenge),
    }
}
