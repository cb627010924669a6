//! Valid signatures of any shape.
//!
//! A signer cannot choose z and the hints: it takes what comes. But under a key of which t1 is zero, the
//! commitment w1 = UseHint(h, Az - c·t1·2ᵈ) does not depend on the challenge, so that whoever chooses z and h
//! can compute the challenge that goes with them. Such a key is worth nothing, and nothing in FIPS 204 refuses
//! it: every verifier has to accept, with z at its bound and hints wherever they may stand. An altered signature
//! is refused whatever a verifier computes; here one wrong coefficient shows.

use super::layout::Layout;
use super::ring::{Poly, Q, hash, inverse_ntt, matrix, ntt, pack};

/// A public key (ρ, t1 = 0), and the matrix of ρ.
pub struct Forger {
    layout: &'static Layout,
    public_key: Vec<u8>,
    /// Â, k rows of ℓ.
    matrix: Vec<Poly>,
}

impl Forger {
    /// The key of ρ.
    pub fn new(layout: &'static Layout, rho: &[u8; 32]) -> Self {
        let mut public_key = rho.to_vec();
        public_key.resize(32 + layout.k * 320, 0);
        Self {
            layout,
            public_key,
            matrix: matrix(layout, rho),
        }
    }

    /// The encoded public key.
    pub fn public_key(&self) -> &[u8] {
        &self.public_key
    }

    /// The signature of `message` that consists of these z, of ℓ·256 coefficients, and hints, k ascending lists
    /// of positions. It is valid if all coefficients are below the bound in absolute value.
    pub fn forge(&self, message: &[u8], context: &[u8], z: &[i32], hints: &[Vec<u8>]) -> Vec<u8> {
        let length = u8::try_from(context.len()).unwrap();
        let tr: [u8; 64] = hash(&[&self.public_key]);
        let mu: [u8; 64] = hash(&[&tr, &[0, length], context, message]);
        let c: [u8; 64] = hash(&[&mu, &self.commitment(z, hints)]);

        let mut signature = vec![0; self.layout.signature()];
        signature[..self.layout.challenge].copy_from_slice(&c[..self.layout.challenge]);
        let gamma1 = i64::from(self.layout.gamma1());
        let encoded = z.iter().map(|value| gamma1 - i64::from(*value));
        let polys = self.layout.challenge..self.layout.hints();
        pack(encoded, self.layout.z_bits, &mut signature[polys]);
        let ends: Vec<usize> = hints
            .iter()
            .scan(0, |end, positions| {
                *end += positions.len();
                Some(*end)
            })
            .collect();
        self.layout
            .set_hints(&mut signature, &hints.concat(), &ends);
        signature
    }

    /// w1Encode(UseHint(h, Az)): FIPS 204, algorithms 28, 36 and 40.
    fn commitment(&self, z: &[i32], hints: &[Vec<u8>]) -> Vec<u8> {
        let (polys, _) = z.as_chunks::<256>();
        let z: Vec<Poly> = polys.iter().map(|poly| ntt(poly.map(i64::from))).collect();
        let m = self.layout.m;
        let two_gamma2 = (Q - 1) / m;
        let mut w1 = Vec::new();
        for (row, hints) in self.matrix.chunks_exact(self.layout.l).zip(hints) {
            let w = inverse_ntt(std::array::from_fn(|i| {
                row.iter().zip(&z).map(|(a, z)| a[i] * z[i] % Q).sum()
            }));
            let mut hints = hints.iter().map(|hint| usize::from(*hint)).peekable();
            for (i, r_i) in w.into_iter().enumerate() {
                let mut r0 = r_i % two_gamma2;
                if r0 > two_gamma2 / 2 {
                    r0 -= two_gamma2;
                }
                let mut r1 = (r_i - r0) / two_gamma2;
                if r_i - r0 == Q - 1 {
                    r1 = 0;
                    r0 -= 1;
                }
                if hints.next_if_eq(&i).is_some() {
                    r1 = (r1 + if r0 > 0 { 1 } else { m - 1 }) % m;
                }
                w1.push(r1);
            }
        }
        let width = if m == 44 { 6 } else { 4 };
        let mut encoded = vec![0; w1.len() * width / 8];
        pack(w1.into_iter(), width, &mut encoded);
        encoded
    }
}
