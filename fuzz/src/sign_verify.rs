//! Signatures that are almost right.
//!
//! A byte string is no signature by chance, so the input is a list of edits to a good one: the
//! interesting mistakes of a verifier (hints out of order, coefficients at the bound, a second
//! encoding of the same value) are one edit away from valid and out of reach for random bytes.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{LazyLock, Mutex, PoisonError};

use chop::testing::{ml_dsa_verify_internal, ml_dsa_verify_mu, second_opinion, slh_dsa_key};
use chop::{
    Algorithm, Context, PrivateKey, SecretBytes, SignOptions, SigningKey, VerifyOptions,
    VerifyingKey,
};
use shake::{ExtendableOutput, Shake256, Update, XofReader};

use super::input::Input;

/// The algorithms, by the first byte of the input. The "s" sets of SLH-DSA sign too slowly and share
/// their verifier with the "f" sets; the larger sets with SHAKE take seconds for each signature when
/// instrumented, and share everything but their sizes with the smallest.
pub const ALGORITHMS: &[Algorithm] = &[
    Algorithm::MlDsa44,
    Algorithm::MlDsa65,
    Algorithm::MlDsa87,
    Algorithm::SlhDsaSha2128f,
    Algorithm::SlhDsaSha2192f,
    Algorithm::SlhDsaSha2256f,
    Algorithm::SlhDsaShake128f,
    Algorithm::Ed25519,
];

/// Messages and contexts, by the second byte of the input. Without a context AWS-LC gives the
/// second opinion on ML-DSA, with one RustCrypto does.
pub const CASES: &[(&[u8], &[u8])] = &[
    (b"", b""),
    (b"a payment of 100.00 EUR", b""),
    (b"a payment of 100.00 EUR", b"payments/outgoing"),
    (&[0x5a; 300], &[0xa5; Context::MAX]),
];

/// More edits than this only undo each other.
const MOST_EDITS: usize = 16;

/// The order of the Ed25519 group, little-endian: RFC 8032 section 5.1.
const ED25519_ORDER: [u8; 32] = [
    0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58, 0xd6, 0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14,
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x10,
];

/// Edits a good signature, its message, its context and its key as the input says, and asks
/// everyone who can verify it: they agree, the unedited is valid, and under the unedited key
/// nothing else is.
pub fn run(data: &[u8]) -> bool {
    let mut input = Input(data);
    let algorithm = ALGORITHMS[usize::from(input.byte()) % ALGORITHMS.len()];
    let case = usize::from(input.byte()) % CASES.len();
    let original = signed(algorithm, case);
    let mut edited = original.clone();
    for _ in 0..MOST_EDITS {
        if input.0.is_empty() {
            break;
        }
        edit(&mut edited, algorithm, &mut input);
    }

    let key = VerifyingKey::from_bytes(algorithm, &edited.key).expect("of the right length");
    let options = VerifyOptions {
        context: Context::new(edited.context.clone()).expect("no edit goes above the limit"),
        ..VerifyOptions::default()
    };
    let verdict = key.verify_with(&edited.message, &edited.signature, &options);
    if edited.signature.len() != original.signature.len() {
        let error = verdict.expect_err("a signature of another length has no verdict");
        assert_eq!(error.code(), chop::Code::Length);
        return false;
    }
    let valid = verdict
        .expect("a signature of the right length has a verdict")
        .is_valid();
    for (who, opinion) in opinions(&key, &edited, &options) {
        assert_eq!(opinion, valid, "{who} on {algorithm}");
    }
    assert!(
        valid || edited != original,
        "{algorithm}: refused its own signature"
    );
    assert!(
        !valid || edited == original || edited.key != original.key,
        "{algorithm}: accepted an edited signature, message or context"
    );
    valid
}

/// Everything that a verifier is given.
#[derive(Clone, PartialEq, Eq)]
struct Signed {
    key: Vec<u8>,
    message: Vec<u8>,
    context: Vec<u8>,
    signature: Vec<u8>,
}

/// What the others say: the second implementation, and for ML-DSA both implementations once more
/// through their internal interfaces, over M' and mu computed here.
fn opinions(
    key: &VerifyingKey,
    signed: &Signed,
    options: &VerifyOptions,
) -> Vec<(&'static str, bool)> {
    let (message, signature) = (&signed.message, &signed.signature);
    let second = second_opinion(key, message, signature, options).expect("it has an opinion");
    let mut opinions: Vec<_> = second
        .map(|valid| ("the second opinion", valid))
        .into_iter()
        .collect();
    if key.algorithm().info().standard == "FIPS 204" {
        let len = u8::try_from(signed.context.len()).expect("at most 255");
        // FIPS 204 algorithm 3 step 5, algorithm 8 steps 6 and 7.
        let representative = [&[0, len][..], &signed.context, message].concat();
        let mu = shake256(&[&shake256(&[key.as_bytes()]), &representative]);
        let internal = ml_dsa_verify_internal(key, &representative, signature);
        let external = ml_dsa_verify_mu(key, &mu, signature);
        opinions.push((
            "the internal interface",
            internal.expect("lengths are right"),
        ));
        opinions.push((
            "the interface over mu",
            external.expect("lengths are right"),
        ));
    }
    opinions
}

/// 64 bytes of SHAKE256.
fn shake256(parts: &[&[u8]]) -> [u8; 64] {
    let mut hash = Shake256::default();
    parts.iter().for_each(|part| hash.update(part));
    let mut out = [0; 64];
    hash.finalize_xof().read(&mut out);
    out
}

/// The good signature of a case, made once: for SLH-DSA it takes longer than everything else.
fn signed(algorithm: Algorithm, case: usize) -> Signed {
    static MADE: LazyLock<Mutex<HashMap<(Algorithm, usize), Signed>>> =
        LazyLock::new(Mutex::default);
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    made.entry((algorithm, case))
        .or_insert_with(|| sign(algorithm, case))
        .clone()
}

fn sign(algorithm: Algorithm, case: usize) -> Signed {
    let key = signing_key(algorithm);
    let (message, context) = CASES[case];
    let context = match algorithm.info().context {
        true => context,
        false => b"",
    };
    let options = SignOptions {
        context: Context::new(context).expect("no case is above the limit"),
        deterministic: true,
        ..SignOptions::default()
    };
    let signature = key.sign_with(message, &options).expect("a fixed key signs");
    Signed {
        key: key.verifying_key().as_bytes().to_vec(),
        message: message.to_vec(),
        context: context.to_vec(),
        signature,
    }
}

/// A fixed key.
fn signing_key(algorithm: Algorithm) -> SigningKey {
    let n = algorithm.info().public_key.max() / 2;
    let key = match algorithm.info().seed {
        Some(len) => PrivateKey::from_seed(algorithm, SecretBytes::copy_of(&vec![1; len])),
        None => slh_dsa_key(algorithm, &vec![1; n], &vec![2; n], &vec![3; n]),
    };
    key.and_then(PrivateKey::into_signing)
        .expect("fixed keys are good")
}

/// One edit: its number, then what it needs.
fn edit(signed: &mut Signed, algorithm: Algorithm, input: &mut Input<'_>) {
    let parts = Parts::of(algorithm);
    match input.byte() % 12 {
        0 => {
            let part = parts.choose(input.byte());
            let at = part.start + input.index(part.len());
            change(&mut signed.signature, at, |byte| {
                byte ^ (1 << (input.byte() % 8))
            });
        }
        1 => {
            let part = parts.choose(input.byte());
            let at = part.start + input.index(part.len());
            let value = input.byte();
            change(&mut signed.signature, at, |_| value);
        }
        2 => {
            // One byte of a part over another: repeats a hint, puts two out of order.
            let part = parts.choose(input.byte());
            let from = part.start + input.index(part.len());
            let to = part.start + input.index(part.len());
            if let Some(value) = signed.signature.get(from).copied() {
                change(&mut signed.signature, to, |_| value);
            }
        }
        3 => {
            let part = parts.choose(input.byte());
            let (one, other) = (input.index(part.len()), input.index(part.len()));
            if part.end <= signed.signature.len() {
                signed.signature.swap(part.start + one, part.start + other);
            }
        }
        4 => {
            let part = parts.choose(input.byte());
            let value = input.byte();
            part.for_each(|at| change(&mut signed.signature, at, |_| value));
        }
        5 => set_coefficient(signed, algorithm, input),
        6 => add_order(signed, algorithm),
        7 => {
            let other = usize::from(input.byte()) % CASES.len();
            signed.signature = self::signed(algorithm, other).signature;
        }
        8 => match input.byte() {
            0..128 => {
                let keep = signed
                    .signature
                    .len()
                    .saturating_sub(1 + usize::from(input.byte()));
                signed.signature.truncate(keep);
            }
            _ => signed.signature.push(input.byte()),
        },
        9 => match input.byte() {
            0..64 => drop(signed.message.pop()),
            64..128 => signed.message.push(input.byte()),
            _ if signed.message.is_empty() => {}
            _ => {
                let at = input.index(signed.message.len());
                change(&mut signed.message, at, |byte| {
                    byte ^ (1 << (input.byte() % 8))
                });
            }
        },
        10 if algorithm.info().context => {
            let len = usize::from(input.byte());
            signed.context.resize(len, input.byte());
        }
        10 => {}
        _ => {
            let at = input.index(signed.key.len());
            change(&mut signed.key, at, |byte| byte ^ (1 << (input.byte() % 8)));
        }
    }
}

fn change(bytes: &mut [u8], at: usize, new: impl FnOnce(u8) -> u8) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte = new(*byte);
    }
}

/// The parts of an encoded signature, by where each ends.
struct Parts([usize; 3]);

impl Parts {
    fn of(algorithm: Algorithm) -> Self {
        let n = algorithm.info().public_key.max() / 2;
        let len = algorithm.info().output.max();
        Self(match algorithm {
            // FIPS 204 algorithm 26: c~, z, h.
            Algorithm::MlDsa44 => [32, len - (80 + 4), len],
            Algorithm::MlDsa65 => [48, len - (55 + 6), len],
            Algorithm::MlDsa87 => [64, len - (75 + 8), len],
            // RFC 8032 section 5.1.6: R, S; the highest bits of S by themselves.
            Algorithm::Ed25519 => [32, 60, len],
            // FIPS 205 figure 17: R, the k (a + 1) n bytes of FORS, the hypertree.
            _ => {
                let fors = match n {
                    16 => 33 * (6 + 1) * n,
                    24 => 33 * (8 + 1) * n,
                    _ => 35 * (9 + 1) * n,
                };
                [n, n + fors, len]
            }
        })
    }

    fn choose(&self, which: u8) -> Range<usize> {
        let [first, second, third] = self.0;
        match which % 3 {
            0 => 0..first,
            1 => first..second,
            _ => second..third,
        }
    }
}

/// Puts a coefficient of z to a value around its bounds: FIPS 204 table 1, algorithm 17.
fn set_coefficient(signed: &mut Signed, algorithm: Algorithm, input: &mut Input<'_>) {
    let (bits, beta) = match algorithm {
        Algorithm::MlDsa44 => (18, 78),
        Algorithm::MlDsa65 => (20, 196),
        Algorithm::MlDsa87 => (20, 120),
        _ => return,
    };
    let gamma1: u32 = 1 << (bits - 1);
    let z = Parts::of(algorithm).choose(1);
    let index = input.index(z.len() * 8 / bits);
    // z is encoded as gamma1 - z: the norm must be below gamma1 - beta.
    let encoded = match input.byte() % 7 {
        0 => beta,
        1 => beta + 1,
        2 => 2 * gamma1 - beta,
        3 => 2 * gamma1 - beta - 1,
        4 => 0,
        5 => 2 * gamma1 - 1,
        _ => gamma1,
    };
    for bit in 0..bits {
        let at = index * bits + bit;
        let one = encoded >> bit & 1 == 1;
        change(&mut signed.signature, z.start + at / 8, |byte| match one {
            true => byte | 1 << (at % 8),
            false => byte & !(1 << (at % 8)),
        });
    }
}

/// Adds the order of the group to S: the same point, which RFC 8032 section 5.1.7 has refused.
fn add_order(signed: &mut Signed, algorithm: Algorithm) {
    if algorithm != Algorithm::Ed25519 {
        return;
    }
    let mut carry = 0;
    for (byte, order) in signed.signature.iter_mut().skip(32).zip(ED25519_ORDER) {
        let sum = u16::from(*byte) + u16::from(order) + carry;
        [*byte, _] = sum.to_le_bytes();
        carry = sum >> 8;
    }
}
