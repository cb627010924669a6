//! Dilithium to the letter: round 3 (specification 3.1, figure 4) and the draft of FIPS 204, keys and deterministic
//! signatures. Slow and for tests alone; polynomials are multiplied as at school.
//!
//! A verifier that looks at no bound and no encoding stands here too: what it accepts and Chop
//! refuses was refused for that bound or encoding.

use shake::digest::{ExtendableOutput, Update, XofReader};
use shake::{Shake128, Shake256};

const N: usize = 256;
const Q: i64 = 8_380_417;
const D: u32 = 13;

type Poly = [i64; N];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flavour {
    Round3,
    Draft,
}

/// A set: table 2 of the specification, and what the flavour changes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Set {
    pub(crate) flavour: Flavour,
    pub(crate) k: usize,
    pub(crate) l: usize,
    eta: i64,
    tau: usize,
    pub(crate) gamma1: i64,
    gamma2: i64,
    pub(crate) omega: usize,
    /// Bytes of c̃.
    pub(crate) challenge: usize,
    /// Bytes of tr.
    tr: usize,
}

impl Set {
    /// Set 2, 3 or 5.
    pub(crate) fn new(number: u8, flavour: Flavour) -> Self {
        let (k, l, eta, tau, gamma1, gamma2, omega, draft) = match number {
            2 => (4, 4, 2, 39, 1 << 17, (Q - 1) / 88, 80, 32),
            3 => (6, 5, 4, 49, 1 << 19, (Q - 1) / 32, 55, 48),
            5 => (8, 7, 2, 60, 1 << 19, (Q - 1) / 32, 75, 64),
            other => panic!("no set {other}"),
        };
        let (challenge, tr) = match flavour {
            Flavour::Round3 => (32, 32),
            Flavour::Draft => (draft, 64),
        };
        Self {
            flavour,
            k,
            l,
            eta,
            tau,
            gamma1,
            gamma2,
            omega,
            challenge,
            tr,
        }
    }

    pub(crate) fn beta(&self) -> i64 {
        i64::try_from(self.tau).unwrap() * self.eta
    }

    pub(crate) fn z_bits(&self) -> usize {
        if self.gamma1 == 1 << 17 { 18 } else { 20 }
    }

    /// Where the hints begin in a signature.
    pub(crate) fn hints_at(&self) -> usize {
        self.challenge + self.l * N * self.z_bits() / 8
    }
}

fn shake256(parts: &[&[u8]], length: usize) -> Vec<u8> {
    let mut hash = Shake256::default();
    parts.iter().for_each(|part| hash.update(part));
    let mut output = vec![0; length];
    hash.finalize_xof().read(&mut output);
    output
}

/// ζ^BitRev8(i).
fn zetas() -> &'static [i64; N] {
    static ZETAS: std::sync::OnceLock<[i64; N]> = std::sync::OnceLock::new();
    ZETAS.get_or_init(|| {
        std::array::from_fn(|i| {
            let exponent = u8::try_from(i).unwrap().reverse_bits();
            (0..exponent).fold(1, |power, _| power * 1753 % Q)
        })
    })
}

fn ntt(mut a: Poly) -> Poly {
    let mut number = 0;
    let mut length = N / 2;
    while length > 0 {
        for start in (0..N).step_by(2 * length) {
            number += 1;
            for j in start..start + length {
                let t = zetas()[number] * a[j + length] % Q;
                a[j + length] = (a[j] - t).rem_euclid(Q);
                a[j] = (a[j] + t).rem_euclid(Q);
            }
        }
        length /= 2;
    }
    a
}

fn inverse_ntt(mut a: Poly) -> Poly {
    let mut number = N;
    let mut length = 1;
    while length < N {
        for start in (0..N).step_by(2 * length) {
            number -= 1;
            for j in start..start + length {
                let t = a[j];
                a[j] = (t + a[j + length]) % Q;
                a[j + length] = (a[j + length] - t) * zetas()[number] % Q;
            }
        }
        length *= 2;
    }
    // 256⁻¹
    a.map(|c| (c * 8_347_681).rem_euclid(Q))
}

fn add(a: &Poly, b: &Poly) -> Poly {
    std::array::from_fn(|i| (a[i] + b[i]).rem_euclid(Q))
}

fn subtract(a: &Poly, b: &Poly) -> Poly {
    std::array::from_fn(|i| (a[i] - b[i]).rem_euclid(Q))
}

/// a·b, both outside the NTT domain.
fn multiply(a: &Poly, b: &Poly) -> Poly {
    let (a, b) = (ntt(*a), ntt(*b));
    inverse_ntt(std::array::from_fn(|i| a[i] * b[i] % Q))
}

fn centred(c: i64, modulus: i64) -> i64 {
    let c = c.rem_euclid(modulus);
    if c > modulus / 2 { c - modulus } else { c }
}

pub(crate) fn norm(polys: &[Poly]) -> i64 {
    let all = polys.iter().flatten();
    all.map(|c| centred(*c, Q).abs()).max().unwrap_or_default()
}

/// A·v for the matrix of `rho`.
fn times_matrix(set: &Set, rho: &[u8], vector: &[Poly]) -> Vec<Poly> {
    let vector: Vec<Poly> = vector.iter().map(|poly| ntt(*poly)).collect();
    (0..set.k)
        .map(|row| {
            let mut sum = [0; N];
            for (column, v) in vector.iter().enumerate() {
                let a = entry(rho, row, column);
                for i in 0..N {
                    sum[i] = (sum[i] + a[i] * v[i]) % Q;
                }
            }
            inverse_ntt(sum)
        })
        .collect()
}

fn entry(rho: &[u8], row: usize, column: usize) -> Poly {
    let nonce = [u8::try_from(column).unwrap(), u8::try_from(row).unwrap()];
    let mut reader = Shake128::default().chain(rho).chain(nonce).finalize_xof();
    let mut poly = [0; N];
    let mut filled = 0;
    while filled < N {
        let mut three = [0; 3];
        reader.read(&mut three);
        let c = i64::from(three[0]) | i64::from(three[1]) << 8 | i64::from(three[2] & 0x7f) << 16;
        if c < Q {
            poly[filled] = c;
            filled += 1;
        }
    }
    poly
}

/// A polynomial of s1 or s2.
fn short(set: &Set, seed: &[u8], nonce: usize) -> Poly {
    let nonce = u16::try_from(nonce).unwrap().to_le_bytes();
    let mut reader = Shake256::default().chain(seed).chain(nonce).finalize_xof();
    let mut poly = [0; N];
    let mut filled = 0;
    while filled < N {
        let mut byte = [0];
        reader.read(&mut byte);
        for half in [byte[0] & 15, byte[0] >> 4] {
            let half = i64::from(half);
            let value = match set.eta {
                2 if half < 15 => 2 - half % 5,
                4 if half < 9 => 4 - half,
                _ => continue,
            };
            if filled < N {
                poly[filled] = value;
                filled += 1;
            }
        }
    }
    poly
}

fn challenge(set: &Set, seed: &[u8]) -> Poly {
    // The draft hashes the first 32 bytes of a longer c̃.
    let mut reader = Shake256::default().chain(&seed[..32]).finalize_xof();
    let mut signs = [0; 8];
    reader.read(&mut signs);
    let signs = u64::from_le_bytes(signs);
    let mut c = [0; N];
    for (number, i) in (N - set.tau..N).enumerate() {
        let j = loop {
            let mut byte = [0];
            reader.read(&mut byte);
            if usize::from(byte[0]) <= i {
                break usize::from(byte[0]);
            }
        };
        c[i] = c[j];
        c[j] = if signs >> number & 1 == 1 { -1 } else { 1 };
    }
    c
}

/// Integers of `width` bits each, the lowest bit first.
fn pack(values: impl IntoIterator<Item = i64>, width: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let (mut bits, mut filled) = (0_u64, 0);
    for value in values {
        bits |= u64::try_from(value).unwrap() << filled;
        filled += width;
        while filled >= 8 {
            bytes.push(bits.to_le_bytes()[0]);
            bits >>= 8;
            filled -= 8;
        }
    }
    assert_eq!(filled, 0);
    bytes
}

fn unpack(bytes: &[u8], width: usize) -> Vec<i64> {
    let bit = |i: usize| i64::from(bytes[i / 8] >> (i % 8) & 1);
    (0..bytes.len() * 8 / width)
        .map(|i| (0..width).map(|j| bit(i * width + j) << j).sum())
        .collect()
}

fn polys(values: &[i64]) -> Vec<Poly> {
    values.as_chunks::<N>().0.to_vec()
}

fn decompose(set: &Set, r: i64) -> (i64, i64) {
    let r = r.rem_euclid(Q);
    let r0 = centred(r, 2 * set.gamma2);
    match r - r0 {
        high if high == Q - 1 => (0, r0 - 1),
        high => (high / (2 * set.gamma2), r0),
    }
}

fn high_bits(set: &Set, polys: &[Poly]) -> Vec<Poly> {
    let high = |poly: &Poly| poly.map(|c| decompose(set, c).0);
    polys.iter().map(high).collect()
}

fn encode_w1(set: &Set, w1: &[Poly]) -> Vec<u8> {
    let width = if set.gamma2 == (Q - 1) / 88 { 6 } else { 4 };
    pack(w1.iter().flatten().copied(), width)
}

/// A key pair, and what signing needs of it.
pub(crate) struct Key {
    pub(crate) set: Set,
    pub(crate) public: Vec<u8>,
    /// As the documents encode it.
    pub(crate) private: Vec<u8>,
    rho: Vec<u8>,
    key: Vec<u8>,
    tr: Vec<u8>,
    s1: Vec<Poly>,
    s2: Vec<Poly>,
    t0: Vec<Poly>,
}

impl Key {
    /// Figure 4, `Gen`, from 32 bytes of randomness: those of the draft are derived alike.
    pub(crate) fn new(set: Set, zeta: &[u8]) -> Self {
        let seeds = shake256(&[zeta], 128);
        let (rho, rest) = seeds.split_at(32);
        let (rho_prime, key) = rest.split_at(64);
        let s1: Vec<Poly> = (0..set.l).map(|i| short(&set, rho_prime, i)).collect();
        let s2: Vec<Poly> = (0..set.k)
            .map(|i| short(&set, rho_prime, set.l + i))
            .collect();
        let a_s1 = times_matrix(&set, rho, &s1);
        let t: Vec<Poly> = a_s1.iter().zip(&s2).map(|(a, s)| add(a, s)).collect();
        let low = |c: i64| centred(c, 1 << D);
        let low = |c: i64| {
            if low(c) == -(1 << (D - 1)) {
                1 << (D - 1)
            } else {
                low(c)
            }
        };
        let t0: Vec<Poly> = t.iter().map(|poly| poly.map(low)).collect();
        let t1 = t.iter().zip(&t0).flat_map(|(t, t0)| {
            let shifted: Poly = std::array::from_fn(|i| (t[i] - t0[i]) >> D);
            shifted
        });
        let public = [rho, &pack(t1, 10)].concat();
        let tr = shake256(&[&public], set.tr);
        let eta_bits = if set.eta == 2 { 3 } else { 4 };
        let short = |polys: &[Poly]| pack(polys.iter().flatten().map(|c| set.eta - c), eta_bits);
        let low = pack(t0.iter().flatten().map(|c| (1 << (D - 1)) - c), 13);
        let private = [rho, key, &tr, &short(&s1), &short(&s2), &low].concat();
        Self {
            set,
            public,
            private,
            rho: rho.to_vec(),
            key: key.to_vec(),
            tr,
            s1,
            s2,
            t0,
        }
    }

    /// Figure 4, `Sign`, deterministic.
    pub(crate) fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.sign_where(message, |set, z| z < set.gamma1 - set.beta())
    }

    /// The same with another condition on the norm of z: what is made with a wrong one is in all else right.
    pub(crate) fn sign_where(&self, message: &[u8], wanted: impl Fn(&Set, i64) -> bool) -> Vec<u8> {
        let set = &self.set;
        let mu = shake256(&[&self.tr, message], 64);
        let rho_prime = match set.flavour {
            Flavour::Round3 => shake256(&[&self.key, &mu], 64),
            Flavour::Draft => shake256(&[&self.key, &[0; 32], &mu], 64),
        };
        for attempt in 0.. {
            let y: Vec<Poly> = (0..set.l)
                .map(|i| {
                    let nonce = u16::try_from(attempt * set.l + i).unwrap().to_le_bytes();
                    let bytes = shake256(&[&rho_prime, &nonce], N * set.z_bits() / 8);
                    let values = unpack(&bytes, set.z_bits());
                    std::array::from_fn(|i| set.gamma1 - values[i])
                })
                .collect();
            let w = times_matrix(set, &self.rho, &y);
            let w1 = high_bits(set, &w);
            let c_tilde = shake256(&[&mu, &encode_w1(set, &w1)], set.challenge);
            let c = challenge(set, &c_tilde);
            let z: Vec<Poly> = y
                .iter()
                .zip(&self.s1)
                .map(|(y, s)| add(y, &multiply(&c, s)))
                .collect();
            let less: Vec<Poly> = w
                .iter()
                .zip(&self.s2)
                .map(|(w, s)| subtract(w, &multiply(&c, s)))
                .collect();
            let low_norm = less
                .iter()
                .flatten()
                .map(|r| decompose(set, *r).1.abs())
                .max();
            let ct0: Vec<Poly> = self.t0.iter().map(|t0| multiply(&c, t0)).collect();
            // Only coefficients above -γ1 and up to γ1 have an encoding.
            let has_encoding = |c: &i64| {
                let c = centred(*c, Q);
                -set.gamma1 < c && c <= set.gamma1
            };
            let encodable = z.iter().flatten().all(has_encoding);
            if !wanted(set, norm(&z))
                || !encodable
                || low_norm.unwrap() >= set.gamma2 - set.beta()
                || norm(&ct0) >= set.gamma2
            {
                continue;
            }
            let hints: Vec<Vec<u8>> = less
                .iter()
                .zip(&ct0)
                .map(|(less, ct0)| {
                    let corrected = add(less, ct0);
                    (0..=255)
                        .filter(|i| {
                            let i = usize::from(*i);
                            decompose(set, corrected[i]).0 != decompose(set, less[i]).0
                        })
                        .collect()
                })
                .collect();
            if hints.iter().map(Vec::len).sum::<usize>() > set.omega {
                continue;
            }
            let z = pack(
                z.iter().flatten().map(|c| set.gamma1 - centred(*c, Q)),
                set.z_bits(),
            );
            return [c_tilde, z, encode_hints(set, &hints)].concat();
        }
        unreachable!("some attempt succeeds")
    }
}

pub(crate) fn encode_hints(set: &Set, hints: &[Vec<u8>]) -> Vec<u8> {
    let mut encoded = hints.concat();
    encoded.resize(set.omega, 0);
    let mut end = 0;
    for of_poly in hints {
        end += u8::try_from(of_poly.len()).unwrap();
        encoded.push(end);
    }
    encoded
}

/// The positions of each polynomial, however they are ordered and padded.
pub(crate) fn decode_hints(set: &Set, signature: &[u8]) -> Vec<Vec<u8>> {
    let (positions, ends) = signature[set.hints_at()..].split_at(set.omega);
    let mut start = 0;
    ends.iter()
        .map(|end| {
            let end = usize::from(*end).clamp(start, set.omega);
            let of_poly = positions[start..end].to_vec();
            start = end;
            of_poly
        })
        .collect()
}

/// Verifies as figure 4 does, but for every check of z and of the encoding of hints.
pub(crate) fn accepts_without_checks(
    set: &Set,
    public: &[u8],
    message: &[u8],
    signature: &[u8],
) -> bool {
    let tr = shake256(&[public], set.tr);
    let mu = shake256(&[&tr, message], 64);
    let (rho, t1) = public.split_at(32);
    let t1 = polys(&unpack(t1, 10));
    let (c_tilde, rest) = signature.split_at(set.challenge);
    let z = &rest[..set.l * N * set.z_bits() / 8];
    let z: Vec<i64> = unpack(z, set.z_bits())
        .iter()
        .map(|c| set.gamma1 - c)
        .collect();
    let c = challenge(set, c_tilde);
    let az = times_matrix(set, rho, &polys(&z));
    let hints = decode_hints(set, signature);
    let m = (Q - 1) / (2 * set.gamma2);
    let w1: Vec<Poly> = (0..set.k)
        .map(|row| {
            let shifted = t1[row].map(|c| c << D);
            let w = subtract(&az[row], &multiply(&c, &shifted));
            std::array::from_fn(|i| {
                let (r1, r0) = decompose(set, w[i]);
                let hinted = hints[row].contains(&u8::try_from(i).unwrap());
                match (hinted, r0 > 0) {
                    (false, _) => r1,
                    (true, true) => (r1 + 1).rem_euclid(m),
                    (true, false) => (r1 - 1).rem_euclid(m),
                }
            })
        })
        .collect();
    shake256(&[&mu, &encode_w1(set, &w1)], set.challenge) == c_tilde
}
