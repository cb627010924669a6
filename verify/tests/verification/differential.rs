//! The same answers as libcrux and RustCrypto `ml-dsa`, on valid signatures and on altered ones.

use std::collections::BTreeMap;
use std::env;

use chop_verify::{MuHasher, ParameterSet, PreparedKey, Rejected};
use libcrux_ml_dsa::VerificationError;

use crate::support::{Random, verify, verify_mu};

/// Signed messages for each parameter set, unless `CHOP_VERIFY_SIGNED` asks for more.
const SIGNED: usize = 40;

/// How often each is altered.
const ALTERED: usize = 40;

#[derive(Clone)]
struct Case {
    public: Vec<u8>,
    message: Vec<u8>,
    context: Vec<u8>,
    signature: Vec<u8>,
}

/// What an alteration has to know.
struct Layout {
    challenge: usize,
    z_bits: usize,
    l: usize,
    k: usize,
    omega: usize,
    beta: usize,
}

/// Another implementation's view of one case.
struct Others {
    libcrux: Result<(), VerificationError>,
    rustcrypto: bool,
}

macro_rules! parameter_set {
    ($test:ident, $set:ident, $module:ident, $layout:expr) => {
        #[test]
        fn $test() {
            let sign = |random: &mut Random| {
                let pair = libcrux_ml_dsa::$module::generate_key_pair(random.array());
                let length = random.below(600);
                let message = random.bytes(length);
                let length = [0, 0, 1, 8, 200, 255][random.below(6)];
                let context = random.bytes(length);
                let rnd = random.array();
                let signature =
                    libcrux_ml_dsa::$module::sign(&pair.signing_key, &message, &context, rnd);
                Case {
                    public: pair.verification_key.as_slice().to_vec(),
                    message,
                    context,
                    signature: signature.unwrap().as_slice().to_vec(),
                }
            };
            let ask = |case: &Case| {
                let key =
                    libcrux_ml_dsa::MLDSAVerificationKey::new(case.public[..].try_into().unwrap());
                let signature =
                    libcrux_ml_dsa::MLDSASignature::new(case.signature[..].try_into().unwrap());
                let libcrux =
                    libcrux_ml_dsa::$module::verify(&key, &case.message, &case.context, &signature);
                let key = case.public[..].try_into().unwrap();
                let key = ml_dsa::VerifyingKey::<ml_dsa::$set>::decode(&key);
                let signature = case.signature[..].try_into().unwrap();
                let signature = ml_dsa::Signature::<ml_dsa::$set>::decode(&signature);
                let rustcrypto = signature.is_some_and(|signature| {
                    key.verify_with_context(&case.message, &case.context, &signature)
                });
                Others {
                    libcrux,
                    rustcrypto,
                }
            };
            compare(ParameterSet::$set, &$layout, sign, ask);
        }
    };
}

parameter_set!(
    ml_dsa_44,
    MlDsa44,
    ml_dsa_44,
    Layout {
        challenge: 32,
        z_bits: 18,
        l: 4,
        k: 4,
        omega: 80,
        beta: 78,
    }
);
parameter_set!(
    ml_dsa_65,
    MlDsa65,
    ml_dsa_65,
    Layout {
        challenge: 48,
        z_bits: 20,
        l: 5,
        k: 6,
        omega: 55,
        beta: 196,
    }
);
parameter_set!(
    ml_dsa_87,
    MlDsa87,
    ml_dsa_87,
    Layout {
        challenge: 64,
        z_bits: 20,
        l: 7,
        k: 8,
        omega: 75,
        beta: 120,
    }
);

fn compare(
    set: ParameterSet,
    layout: &Layout,
    sign: impl Fn(&mut Random) -> Case,
    ask: impl Fn(&Case) -> Others,
) {
    let mut random = Random::new(0x0046_4950_5332_3034);
    let mut seen = BTreeMap::new();
    let signed = env::var("CHOP_VERIFY_SIGNED").map_or(SIGNED, |count| count.parse().unwrap());
    for _ in 0..signed {
        let signed = sign(&mut random);
        assert_eq!(check(set, &signed, &ask), Ok(()));
        for _ in 0..ALTERED {
            let mut case = signed.clone();
            // One alteration mostly; two now and then, where the order of the clauses shows.
            for _ in 0..1 + usize::from(random.below(4) == 0) {
                alter(layout, &mut random, &mut case);
            }
            let answer = check(set, &case, &ask);
            *seen.entry(format!("{answer:?}")).or_insert(0) += 1;
        }
    }
    // Alterations that never reach a clause would compare nothing.
    for clause in [
        Rejected::HintCount,
        Rejected::HintOrder,
        Rejected::HintPadding,
        Rejected::Norm,
        Rejected::Challenge,
    ] {
        assert!(
            seen.contains_key(&format!("{:?}", Err::<(), _>(clause))),
            "{clause}: {seen:?}"
        );
    }
}

/// Our answer, which must be that of the others, clause by clause where they tell.
fn check(set: ParameterSet, case: &Case, ask: impl Fn(&Case) -> Others) -> Result<(), Rejected> {
    let answer = verify(
        set,
        &case.public,
        &case.message,
        &case.context,
        &case.signature,
    );
    let key = PreparedKey::new(set, &case.public).unwrap();
    let mut hasher = MuHasher::new(key.tr(), &case.context).unwrap();
    hasher.update(&case.message);
    let by_mu = verify_mu(set, &case.public, &hasher.finish(), &case.signature);
    assert_eq!(answer, by_mu);

    let others = ask(case);
    let agree = match answer {
        Ok(()) => others.libcrux.is_ok(),
        Err(Rejected::HintCount | Rejected::HintOrder | Rejected::HintPadding) => {
            matches!(others.libcrux, Err(VerificationError::MalformedHintError))
        }
        Err(Rejected::Norm) => {
            matches!(
                others.libcrux,
                Err(VerificationError::SignerResponseExceedsBoundError)
            )
        }
        Err(Rejected::Challenge) => {
            matches!(
                others.libcrux,
                Err(VerificationError::CommitmentHashesDontMatchError)
            )
        }
        Err(_) => false,
    };
    assert!(
        agree && others.rustcrypto == answer.is_ok(),
        "{answer:?}, libcrux {:?}, ml-dsa {}: public {}, message {}, context {}, signature {}",
        others.libcrux,
        others.rustcrypto,
        hex::encode(&case.public),
        hex::encode(&case.message),
        hex::encode(&case.context),
        hex::encode(&case.signature)
    );
    answer
}

/// Alters a case as someone would who knows the format. All lengths stay.
fn alter(layout: &Layout, random: &mut Random, case: &mut Case) {
    let Layout {
        challenge,
        omega,
        k,
        ..
    } = *layout;
    let hints = case.signature.len() - omega - k;
    match random.below(16) {
        0 => flip(random, &mut case.signature[..challenge]),
        1 => flip(random, &mut case.signature[challenge..hints]),
        2 | 3 => {
            // A coefficient of z near the bound, or as large as the encoding goes.
            let gamma1 = 1 << (layout.z_bits - 1);
            let bound = gamma1 - layout.beta;
            let size = [bound - 2, bound - 1, bound, bound + 1, gamma1 - 1][random.below(5)];
            let encoded = [gamma1 - size, gamma1 + size, 0][random.below(3)];
            let start = challenge * 8 + random.below(layout.l * 256) * layout.z_bits;
            for j in 0..layout.z_bits {
                let (byte, bit) = ((start + j) / 8, (start + j) % 8);
                case.signature[byte] &= !(1 << bit);
                case.signature[byte] |= u8::from(encoded >> j & 1 == 1) << bit;
            }
        }
        4 => flip(random, &mut case.signature[hints..]),
        5 => {
            // A position that moves by one, over its neighbour or not.
            let i = hints + random.below(omega);
            let step = [1, 255][random.below(2)];
            case.signature[i] = case.signature[i].wrapping_add(step);
        }
        6 => {
            let (i, j) = (random.below(omega), random.below(omega));
            case.signature[hints..].swap(i, j);
        }
        7 => {
            let i = random.below(omega - 1);
            case.signature[hints + i + 1] = case.signature[hints + i];
        }
        8 => {
            let i = hints + omega + random.below(k);
            let step = [1, 255][random.below(2)];
            case.signature[i] = case.signature[i].wrapping_add(step);
        }
        9 => {
            let limit = u8::try_from(omega).unwrap();
            let i = hints + omega + random.below(k);
            case.signature[i] = [0, limit, limit + 1, 255][random.below(4)];
        }
        10 | 11 => {
            // Other hints, well encoded: up to ω of them, in all polynomials or in one.
            let mut encoded = Vec::new();
            let mut ends = Vec::new();
            let lone = random.below(2 * k);
            for polynomial in 0..k {
                let room = omega - encoded.len();
                let count = match (lone < k, lone == polynomial) {
                    (true, true) => room,
                    (true, false) => 0,
                    (false, _) => random.below(room.min(20) + 1),
                };
                let mut positions: Vec<u8> = Vec::new();
                while positions.len() < count {
                    let position = random.byte();
                    if !positions.contains(&position) {
                        positions.push(position);
                    }
                }
                positions.sort_unstable();
                encoded.extend(positions);
                ends.push(u8::try_from(encoded.len()).unwrap());
            }
            encoded.resize(omega, 0);
            encoded.extend(ends);
            case.signature[hints..].copy_from_slice(&encoded);
        }
        12 => flip(random, &mut case.public),
        13 => {
            // t1 at its ends.
            let byte = [0, 255][random.below(2)];
            case.public[32..].fill(byte);
        }
        14 => {
            case.message.push(0);
            flip(random, &mut case.message);
        }
        _ => match case.context.split_last() {
            // The last byte of the context goes to the message.
            Some((last, rest)) => {
                case.message.insert(0, *last);
                case.context = rest.to_vec();
            }
            None => case.context.push(random.byte()),
        },
    }
}

fn flip(random: &mut Random, bytes: &mut [u8]) {
    let bit = random.below(bytes.len() * 8);
    bytes[bit / 8] ^= 1 << (bit % 8);
}
