//! The hash functions of HashML-DSA (FIPS 204 section 5.4.1).
//!
//! No dependency of this crate offers SHA3-224 or SHA-512/224, and the ACVP vectors use both, so
//! those two are written out here, in the shortest form. Their neighbours SHA3-256 and SHA-512/256
//! come from the same code, which a test compares with AWS-LC.

use aws_lc_rs::digest;
use shake::{ExtendableOutput, Shake128, Shake256, Update, XofReader};

/// A hash function that HashML-DSA may use, by its ACVP name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PreHash(&'static str);

/// ACVP name; last arc of the identifier 2.16.840.1.101.3.4.2.
const HASHES: [(&str, u8); 12] = [
    ("SHA2-256", 1),
    ("SHA2-384", 2),
    ("SHA2-512", 3),
    ("SHA2-224", 4),
    ("SHA2-512/224", 5),
    ("SHA2-512/256", 6),
    ("SHA3-224", 7),
    ("SHA3-256", 8),
    ("SHA3-384", 9),
    ("SHA3-512", 10),
    ("SHAKE-128", 11),
    ("SHAKE-256", 12),
];

impl PreHash {
    /// The function of that name.
    pub(crate) fn from_acvp(name: &str) -> Self {
        let known = HASHES.iter().find(|(known, _)| *known == name);
        Self(
            known
                .unwrap_or_else(|| panic!("unknown hash function {name}"))
                .0,
        )
    }

    /// The DER of its object identifier.
    pub(crate) fn oid(self) -> [u8; 11] {
        let (_, arc) = HASHES.iter().find(|(known, _)| *known == self.0).unwrap();
        [6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, *arc]
    }

    /// PH(M); for SHAKE128 and SHAKE256 of 256 and 512 bits.
    pub(crate) fn digest(self, message: &[u8]) -> Vec<u8> {
        let aws = |algorithm| digest::digest(algorithm, message).as_ref().to_vec();
        match self.0 {
            "SHA2-224" => aws(&digest::SHA224),
            "SHA2-256" => aws(&digest::SHA256),
            "SHA2-384" => aws(&digest::SHA384),
            "SHA2-512" => aws(&digest::SHA512),
            "SHA2-512/224" => sha512_t(b"SHA-512/224", message)[..28].to_vec(),
            "SHA2-512/256" => aws(&digest::SHA512_256),
            "SHA3-224" => sha3(28, message),
            "SHA3-256" => aws(&digest::SHA3_256),
            "SHA3-384" => aws(&digest::SHA3_384),
            "SHA3-512" => aws(&digest::SHA3_512),
            "SHAKE-128" => {
                let mut out = [0; 32];
                xof(Shake128::default(), message).read(&mut out);
                out.to_vec()
            }
            "SHAKE-256" => {
                let mut out = [0; 64];
                xof(Shake256::default(), message).read(&mut out);
                out.to_vec()
            }
            other => unreachable!("{other} is not in the list"),
        }
    }
}

fn xof<T: Update + ExtendableOutput>(mut hash: T, message: &[u8]) -> T::Reader {
    hash.update(message);
    hash.finalize_xof()
}

/// SHA-3 with a digest of `len` bytes (FIPS 202 section 6.1).
fn sha3(len: usize, message: &[u8]) -> Vec<u8> {
    let rate = 200 - 2 * len;
    let mut padded = message.to_vec();
    padded.push(0x06);
    padded.resize(padded.len().next_multiple_of(rate), 0);
    *padded.last_mut().unwrap() |= 0x80;

    let mut state = [0u64; 25];
    for block in padded.chunks_exact(rate) {
        for (lane, bytes) in state.iter_mut().zip(block.chunks_exact(8)) {
            *lane ^= u64::from_le_bytes(bytes.try_into().unwrap());
        }
        keccak(&mut state);
    }
    let mut out: Vec<u8> = state.iter().flat_map(|lane| lane.to_le_bytes()).collect();
    out.truncate(len);
    out
}

/// Keccak-f[1600] (FIPS 202 section 3.3). Lane (x, y) stands at x + 5 y.
fn keccak(a: &mut [u64; 25]) {
    let mut lfsr = 1u8;
    for _ in 0..24 {
        // θ
        let column = |a: &[u64; 25], x: usize| (0..5).fold(0, |c, y| c ^ a[x % 5 + 5 * y]);
        let d: [u64; 5] =
            std::array::from_fn(|x| column(a, x + 4) ^ column(a, x + 1).rotate_left(1));
        for (i, lane) in a.iter_mut().enumerate() {
            *lane ^= d[i % 5];
        }
        // ρ and π
        let (mut x, mut y) = (1, 0);
        let mut moving = a[1];
        for t in 0..24 {
            (x, y) = (y, (2 * x + 3 * y) % 5);
            let rotated = moving.rotate_left((t + 1) * (t + 2) / 2 % 64);
            moving = std::mem::replace(&mut a[x + 5 * y], rotated);
        }
        // χ
        for row in a.chunks_exact_mut(5) {
            let old: [u64; 5] = (&*row).try_into().unwrap();
            for x in 0..5 {
                row[x] = old[x] ^ (!old[(x + 1) % 5] & old[(x + 2) % 5]);
            }
        }
        // ι, with the round constants of algorithm 5
        for j in 0..7 {
            a[0] ^= u64::from(lfsr & 1) << ((1 << j) - 1);
            lfsr = (lfsr << 1) ^ if lfsr >> 7 == 1 { 0x71 } else { 0 };
        }
    }
}

/// SHA-512/t before it is cut to t bits (FIPS 180-4 section 5.3.6).
fn sha512_t(name: &[u8], message: &[u8]) -> [u8; 64] {
    let modified = SHA_512.map(|word| word ^ 0xa5a5_a5a5_a5a5_a5a5);
    let digest = sha512(modified, name);
    sha512(
        std::array::from_fn(|i| u64::from_be_bytes(digest[8 * i..][..8].try_into().unwrap())),
        message,
    )
}

/// SHA-512 from a given initial value (FIPS 180-4 section 6.4).
fn sha512(initial: [u64; 8], message: &[u8]) -> [u8; 64] {
    let mut padded = message.to_vec();
    padded.push(0x80);
    padded.resize((padded.len() + 16).next_multiple_of(128) - 16, 0);
    padded.extend((8 * message.len() as u128).to_be_bytes());
    let words = |bytes: &[u8]| -> Vec<u64> {
        let word = |eight: &[u8]| u64::from_be_bytes(eight.try_into().unwrap());
        bytes.chunks_exact(8).map(word).collect()
    };
    let k = words(&hex::decode(SHA_512_K).unwrap());

    let mut state = initial;
    for block in padded.chunks_exact(128) {
        let mut w = words(block);
        for t in 16..80 {
            let (x, y) = (w[t - 15], w[t - 2]);
            let s0 = x.rotate_right(1) ^ x.rotate_right(8) ^ x >> 7;
            let s1 = y.rotate_right(19) ^ y.rotate_right(61) ^ y >> 6;
            w.push(
                s1.wrapping_add(w[t - 7])
                    .wrapping_add(s0)
                    .wrapping_add(w[t - 16]),
            );
        }
        let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = state;
        for t in 0..80 {
            let s1 = e.rotate_right(14) ^ e.rotate_right(18) ^ e.rotate_right(41);
            let s0 = a.rotate_right(28) ^ a.rotate_right(34) ^ a.rotate_right(39);
            let t1 = [s1, (e & f) ^ (!e & g), k[t], w[t]]
                .into_iter()
                .fold(h, u64::wrapping_add);
            let t2 = s0.wrapping_add((a & b) ^ (a & c) ^ (b & c));
            (h, g, f, e, d, c, b, a) = (g, f, e, d.wrapping_add(t1), c, b, a, t1.wrapping_add(t2));
        }
        for (word, add) in state.iter_mut().zip([a, b, c, d, e, f, g, h]) {
            *word = word.wrapping_add(add);
        }
    }
    let mut out = [0; 64];
    for (bytes, word) in out.chunks_exact_mut(8).zip(state) {
        bytes.copy_from_slice(&word.to_be_bytes());
    }
    out
}

/// H(0) of SHA-512 (FIPS 180-4 section 5.3.5).
const SHA_512: [u64; 8] = [
    0x6a09_e667_f3bc_c908,
    0xbb67_ae85_84ca_a73b,
    0x3c6e_f372_fe94_f82b,
    0xa54f_f53a_5f1d_36f1,
    0x510e_527f_ade6_82d1,
    0x9b05_688c_2b3e_6c1f,
    0x1f83_d9ab_fb41_bd6b,
    0x5be0_cd19_137e_2179,
];

/// K of SHA-512 (FIPS 180-4 section 4.2.3).
const SHA_512_K: &str = concat!(
    "428a2f98d728ae227137449123ef65cdb5c0fbcfec4d3b2fe9b5dba58189dbbc3956c25bf348b538",
    "59f111f1b605d019923f82a4af194f9bab1c5ed5da6d8118d807aa98a303024212835b0145706fbe",
    "243185be4ee4b28c550c7dc3d5ffb4e272be5d74f27b896f80deb1fe3b1696b19bdc06a725c71235",
    "c19bf174cf692694e49b69c19ef14ad2efbe4786384f25e30fc19dc68b8cd5b5240ca1cc77ac9c65",
    "2de92c6f592b02754a7484aa6ea6e4835cb0a9dcbd41fbd476f988da831153b5983e5152ee66dfab",
    "a831c66d2db43210b00327c898fb213fbf597fc7beef0ee4c6e00bf33da88fc2d5a79147930aa725",
    "06ca6351e003826f142929670a0e6e7027b70a8546d22ffc2e1b21385c26c9264d2c6dfc5ac42aed",
    "53380d139d95b3df650a73548baf63de766a0abb3c77b2a881c2c92e47edaee692722c851482353b",
    "a2bfe8a14cf10364a81a664bbc423001c24b8b70d0f89791c76c51a30654be30d192e819d6ef5218",
    "d69906245565a910f40e35855771202a106aa07032bbd1b819a4c116b8d2d0c81e376c085141ab53",
    "2748774cdf8eeb9934b0bcb5e19b48a8391c0cb3c5c95a634ed8aa4ae3418acb5b9cca4f7763e373",
    "682e6ff3d6b2b8a3748f82ee5defb2fc78a5636f43172f6084c87814a1f0ab728cc702081a6439ec",
    "90befffa23631e28a4506cebde82bde9bef9a3f7b2c67915c67178f2e372532bca273eceea26619c",
    "d186b8c721c0c207eada7dd6cde0eb1ef57d4f7fee6ed17806f067aa72176fba0a637dc5a2c898a6",
    "113f9804bef90dae1b710b35131c471b28db77f523047d8432caab7b40c724933c9ebe0a15c9bebc",
    "431d67c49c100d4c4cc5d4becb3e42b6597f299cfc657e2a5fcb6fab3ad6faec6c44198c4a475817",
);

#[test]
fn agrees_with_aws_lc_where_both_have_the_function() {
    for len in (0..300).chain([1000, 10_000]) {
        let message: Vec<u8> = (0..=u8::MAX).cycle().take(len).collect();
        let aws = |algorithm| digest::digest(algorithm, &message);
        assert_eq!(sha3(32, &message), aws(&digest::SHA3_256).as_ref(), "{len}");
        assert_eq!(sha3(48, &message), aws(&digest::SHA3_384).as_ref(), "{len}");
        let cut = &sha512_t(b"SHA-512/256", &message)[..32];
        assert_eq!(cut, aws(&digest::SHA512_256).as_ref(), "{len}");
    }
}

#[test]
fn gives_the_known_digests_of_abc() {
    for (name, digest) in [
        (
            "SHA2-512/224",
            "4634270f707b6a54daae7530460842e20e37ed265ceee9a43e8924aa",
        ),
        (
            "SHA3-224",
            "e642824c3f8cf24ad09234ee7d3c766fc9a3a5168d0c94ad73b46fdf",
        ),
    ] {
        assert_eq!(
            hex::encode(PreHash::from_acvp(name).digest(b"abc")),
            digest,
            "{name}"
        );
    }
}
