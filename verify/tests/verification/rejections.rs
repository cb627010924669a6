//! Every clause of a verification that can refuse, at its limits, on every path.
//!
//! Where it can be, a refused signature is right in everything but the clause (`reference::Forger`): a verifier
//! without the clause would accept it.

use std::cell::RefCell;

use chop_verify::{
    KeyLength, MuHasher, ParameterSet, Path, PreparedKey, Rejected, verify_once_with_path,
};

use crate::reference::{Forger, LAYOUTS, Layout};
use crate::support::{Counts, Key, Random};

const MESSAGE: &[u8] = b"a payment";
const CONTEXT: &[u8] = b"pay/v1";

/// A public key and its signature of `MESSAGE` under `context`.
fn signed(layout: &Layout, context: &[u8]) -> (Vec<u8>, Vec<u8>) {
    macro_rules! sign {
        ($module:ident) => {{
            let pair = libcrux_ml_dsa::$module::generate_key_pair([1; 32]);
            let signature =
                libcrux_ml_dsa::$module::sign(&pair.signing_key, MESSAGE, context, [2; 32]);
            let public = pair.verification_key.as_slice().to_vec();
            (public, signature.unwrap().as_slice().to_vec())
        }};
    }
    match layout.set {
        ParameterSet::MlDsa44 => sign!(ml_dsa_44),
        ParameterSet::MlDsa65 => sign!(ml_dsa_65),
        ParameterSet::MlDsa87 => sign!(ml_dsa_87),
    }
}

/// A key under which one can forge.
fn forger(layout: &'static Layout) -> (Forger, Key) {
    let forger = Forger::new(layout, &[3; 32]);
    let key = Key::new(layout.set, forger.public_key()).unwrap();
    (forger, key)
}

#[test]
fn lengths() {
    let mut counts = Counts::default();
    let mut key_lengths = 0;
    for layout in &LAYOUTS {
        let set = layout.set;
        let (public, signature) = signed(layout, CONTEXT);
        let key = Key::new(set, &public).unwrap();
        let expected = signature.len();
        let mut longer = signature.clone();
        longer.extend([0; 100]);
        for got in (0..longer.len()).chain([5000, 100_000]) {
            longer.resize(longer.len().max(got), 0);
            let answer = key.verify_quickly(MESSAGE, CONTEXT, &longer[..got]);
            if got == expected {
                assert_eq!(answer, Ok(()));
            } else {
                assert_eq!(answer, Err(Rejected::SignatureLength { expected, got }));
            }
        }
        for got in [0, expected - 1, expected + 1] {
            let answer = key.verify(MESSAGE, CONTEXT, &longer[..got]);
            assert_eq!(answer, Err(Rejected::SignatureLength { expected, got }));
        }
        counts.take(&key);
        let expected = public.len();
        let mut longer = public.clone();
        longer.extend([0; 100]);
        for got in (0..longer.len()).filter(|got| *got != expected) {
            let length = KeyLength { expected, got };
            for path in Path::available() {
                let public = &longer[..got];
                let once = verify_once_with_path(path, set, public, MESSAGE, CONTEXT, &signature);
                assert_eq!(once, Err(Rejected::KeyLength(length)));
                let prepared = PreparedKey::with_path(path, set, public);
                assert_eq!(prepared.unwrap_err(), length);
                key_lengths += 1;
            }
        }
    }
    // Up to 99 bytes too many, and five lengths more for signatures, of which there are 2420 + 3309 + 4627 bytes.
    let refused = 10_356 + 3 * (99 + 5);
    counts.expect("prepared", &[("SignatureLength", refused), ("accepted", 3)]);
    counts.expect("once", &[("SignatureLength", 9)]);
    // The keys have 1312 + 1952 + 2592 bytes.
    assert_eq!(key_lengths, Path::available().len() * (5_856 + 3 * 99));
}

#[test]
fn contexts() {
    let mut counts = Counts::default();
    for layout in &LAYOUTS {
        for length in [0, 1, 254, 255] {
            let context = vec![7; length];
            let (public, signature) = signed(layout, &context);
            let key = Key::new(layout.set, &public).unwrap();
            let answer = key.verify(MESSAGE, &context, &signature);
            assert_eq!(answer, Ok(()), "{length}");
            let other = vec![7; length ^ 1];
            let answer = key.verify(MESSAGE, &other, &signature);
            assert_eq!(answer, Err(Rejected::Challenge));
            // Bytes that move between context and message are another message.
            let moved = [&context[..], MESSAGE].concat();
            if length > 0 {
                let answer = key.verify(&moved, b"", &signature);
                assert_eq!(answer, Err(Rejected::Challenge));
            }
            counts.take(&key);
        }
        let (public, signature) = signed(layout, b"");
        let key = Key::new(layout.set, &public).unwrap();
        for got in [256, 257, 511, 512, 65_536] {
            let answer = key.verify(MESSAGE, &vec![7; got], &signature);
            assert_eq!(answer, Err(Rejected::ContextLength { got }));
            // 256 + n must not pass for n.
            let answer = key.verify(MESSAGE, &vec![0; got], &signature);
            assert_eq!(answer, Err(Rejected::ContextLength { got }));
        }
        counts.take(&key);
    }
    let (challenge, accepted) = (("Challenge", 3 * 7), ("accepted", 3 * 4));
    for way in ["prepared", "once"] {
        counts.expect(way, &[challenge, ("ContextLength", 3 * 10), accepted]);
    }
    counts.expect("mu", &[challenge, accepted]);
}

/// Each coefficient of z alone at its bound, on either side, and one beyond it.
#[test]
fn norms() {
    let mut counts = Counts::default();
    for layout in &LAYOUTS {
        let (forger, key) = forger(layout);
        let none = vec![Vec::new(); layout.k];
        for index in 0..layout.coefficients() {
            let (gamma1, bound) = (layout.gamma1(), layout.bound());
            let mut values = vec![
                (bound - 1, Ok(())),
                (1 - bound, Ok(())),
                (bound, Err(Rejected::Norm)),
                (-bound, Err(Rejected::Norm)),
            ];
            // As large as the encoding goes, in the first and the last coefficient of each polynomial.
            if [0, 255].contains(&(index % 256)) {
                for value in [bound + 1, gamma1 - 1, gamma1, -bound - 1, 1 - gamma1] {
                    values.push((value, Err(Rejected::Norm)));
                }
            }
            for (value, expected) in values {
                let mut z = vec![0; layout.coefficients()];
                z[index] = value;
                let signature = forger.forge(MESSAGE, CONTEXT, &z, &none);
                // Preparing the key anew for every coefficient would take longer than all the rest.
                let answer = match index % 64 {
                    0 | 63 => key.verify(MESSAGE, CONTEXT, &signature),
                    _ => key.verify_quickly(MESSAGE, CONTEXT, &signature),
                };
                assert_eq!(answer, expected, "{} z[{index}] = {value}", layout.set);
            }
        }
        counts.take(&key);
    }
    // Two values of 4,096 coefficients each; and five for the ends of 16 polynomials.
    counts.expect("prepared", &[("Norm", 8_192 + 160), ("accepted", 8_192)]);
    counts.expect("batch", &[("Norm", 16_384 + 320), ("accepted", 16_384)]);
    counts.expect("once", &[("Norm", 256 + 160), ("accepted", 256)]);
    counts.expect("mu", &[("Norm", 256 + 160), ("accepted", 256)]);
}

/// All coefficients at either end of their range, and anywhere in it, with as many hints as there may be.
#[test]
fn vectors_at_their_ends() {
    let mut random = Random::new(0x7a);
    let mut counts = Counts::default();
    for layout in &LAYOUTS {
        let (forger, key) = forger(layout);
        let most = layout.bound() - 1;
        for fill in 0..24 {
            let mut coefficient = |index: usize| match fill {
                0 => most,
                1 => -most,
                2 => [most, -most][index % 2],
                3 => [most, -most][index / 128 % 2],
                4..8 => [most, -most][random.below(2)],
                _ => {
                    i32::try_from(random.below(usize::try_from(2 * most + 1).unwrap())).unwrap()
                        - most
                }
            };
            let z: Vec<i32> = (0..layout.coefficients()).map(&mut coefficient).collect();
            let mut hints = vec![Vec::new(); layout.k];
            for _ in 0..layout.omega {
                hints[random.below(layout.k)].push(random.byte());
            }
            for hints in &mut hints {
                hints.sort_unstable();
                hints.dedup();
            }
            let signature = forger.forge(MESSAGE, CONTEXT, &z, &hints);
            let answer = key.verify(MESSAGE, CONTEXT, &signature);
            assert_eq!(answer, Ok(()), "{} {fill}", layout.set);
        }
        counts.take(&key);
    }
    for way in ["prepared", "once", "mu"] {
        counts.expect(way, &[("accepted", 72)]);
    }
}

/// A hint at each position of each polynomial corrects that coefficient and no other.
#[test]
fn hints_at_each_position() {
    let mut random = Random::new(0x68);
    let mut counts = Counts::default();
    for layout in &LAYOUTS {
        let (forger, key) = forger(layout);
        for row in 0..layout.k {
            for position in 0..=255 {
                let z: Vec<i32> = (0..layout.coefficients())
                    .map(|_| i32::from(random.byte()) - 128)
                    .collect();
                let mut hints = vec![Vec::new(); layout.k];
                hints[row].push(position);
                let mut signature = forger.forge(MESSAGE, CONTEXT, &z, &hints);
                let answer = key.verify_quickly(MESSAGE, CONTEXT, &signature);
                assert_eq!(answer, Ok(()), "{} {row} {position}", layout.set);
                // The same without the hint is another commitment.
                layout.set_hints(&mut signature, &[], &vec![0; layout.k]);
                let answer = key.verify_quickly(MESSAGE, CONTEXT, &signature);
                assert_eq!(answer, Err(Rejected::Challenge));
            }
        }
        counts.take(&key);
    }
    counts.expect(
        "prepared",
        &[("Challenge", 18 * 256), ("accepted", 18 * 256)],
    );
}

/// Encodings of the hints, the hints that they stand for being those that were signed.
#[test]
fn hint_encodings() {
    let mut counts = Counts::default();
    for layout in &LAYOUTS {
        let (forger, key) = forger(layout);
        let (k, omega) = (layout.k, layout.omega);
        let z = vec![7; layout.coefficients()];
        // What `meant` is signed and written as `positions` and `ends` is answered as expected.
        let check = |meant: &[Vec<u8>], positions: &[u8], ends: &[usize], expected| {
            let mut signature = forger.forge(MESSAGE, CONTEXT, &z, meant);
            layout.set_hints(&mut signature, positions, ends);
            let answer = key.verify(MESSAGE, CONTEXT, &signature);
            assert_eq!(answer, expected, "{} {positions:?} {ends:?}", layout.set);
        };
        let most = u8::try_from(omega).unwrap();
        let first: Vec<u8> = (0..most).collect();
        let last: Vec<u8> = (255 - most + 1..=255).collect();
        let alone = |row: usize, positions: &[u8]| -> Vec<Vec<u8>> {
            let mut hints = vec![Vec::new(); k];
            hints[row] = positions.to_vec();
            hints
        };
        // Counts of a polynomial that has all of them.
        let ends = |row: usize, count: usize| -> Vec<usize> {
            (0..k).map(|i| if i < row { 0 } else { count }).collect()
        };
        let none = vec![Vec::new(); k];

        // Well encoded: none, ω in each polynomial at either end, one in each.
        check(&none, &[], &vec![0; k], Ok(()));
        for row in 0..k {
            check(&alone(row, &first), &first, &ends(row, omega), Ok(()));
            check(&alone(row, &last), &last, &ends(row, omega), Ok(()));
        }
        let each: Vec<usize> = (1..=k).collect();
        for position in [0, 255] {
            let hints = vec![vec![position]; k];
            check(&hints, &vec![position; k], &each, Ok(()));
        }

        // Counts above ω, in each polynomial and from there on; one that decreases, in each.
        for row in 0..k {
            for count in [omega + 1, omega + 2, 127, 128, 255] {
                let meant = alone(row, &first);
                check(&meant, &first, &ends(row, count), Err(Rejected::HintCount));
                let mut lone = ends(row, omega);
                lone[row] = count;
                check(&meant, &first, &lone, Err(Rejected::HintCount));
            }
            for (before, count) in [(omega, omega - 1), (omega, 0), (1, 0)] {
                if row > 0 {
                    let mut decreasing = vec![before; k];
                    decreasing[row] = count;
                    let meant = alone(0, &first[..before]);
                    check(
                        &meant,
                        &first[..before],
                        &decreasing,
                        Err(Rejected::HintCount),
                    );
                    decreasing[row..].fill(count);
                    check(
                        &meant,
                        &first[..before],
                        &decreasing,
                        Err(Rejected::HintCount),
                    );
                }
            }
        }

        // Order: each two neighbours exchanged, and each position twice, in the first and the last polynomial.
        for row in [0, k - 1] {
            for i in 0..omega - 1 {
                let mut positions = last.clone();
                positions.swap(i, i + 1);
                let refused = Err(Rejected::HintOrder);
                check(&alone(row, &last), &positions, &ends(row, omega), refused);
                let mut positions = last.clone();
                positions[i + 1] = positions[i];
                let mut meant = positions.clone();
                meant.dedup();
                check(&alone(row, &meant), &positions, &ends(row, omega), refused);
            }
            // The only two, equal, at the ends of the polynomial.
            for position in [0, 255] {
                let (meant, twice) = (alone(row, &[position]), [position; 2]);
                check(&meant, &twice, &ends(row, 2), Err(Rejected::HintOrder));
            }
        }
        // From one polynomial to the next, positions may descend, or be the same again.
        for positions in [[9, 3], [9, 9]] {
            let hints: Vec<Vec<u8>> = (0..k)
                .map(|row| positions.get(row).map_or(Vec::new(), |one| vec![*one]))
                .collect();
            let counts: Vec<usize> = (0..k).map(|row| (row + 1).min(2)).collect();
            check(&hints, &positions, &counts, Ok(()));
        }

        // Padding: each byte of it, where there are no hints, one, and all but one.
        for used in [0, 1, omega - 1] {
            for padding in used..omega {
                for value in [1, 0x80, 255] {
                    let mut positions = first.clone();
                    positions[used..].fill(0);
                    positions[padding] = value;
                    let meant = alone(0, &first[..used]);
                    check(
                        &meant,
                        &positions,
                        &vec![used; k],
                        Err(Rejected::HintPadding),
                    );
                }
            }
        }
        counts.take(&key);
    }
    // With k of 4, 6, 8 and ω of 80, 55, 75: 10k and 6·(k-1); 4ω; 6ω; 2k + 5.
    let expected = [
        ("HintCount", 270),
        ("HintOrder", 840),
        ("HintPadding", 1_260),
        ("accepted", 51),
    ];
    for way in ["prepared", "once", "mu"] {
        counts.expect(way, &expected);
    }
}

#[test]
fn challenges() {
    let counts = RefCell::new(Counts::default());
    let refused = |key: &Key, message: &[u8], signature: &[u8]| {
        let answer = key.verify(message, CONTEXT, signature);
        assert_eq!(answer, Err(Rejected::Challenge));
        counts.borrow_mut().take(key);
    };
    for layout in &LAYOUTS {
        // What is recomputed does not depend on the challenge here, so that each bit of it is all that differs.
        let (forger, key) = forger(layout);
        let z = vec![1; layout.coefficients()];
        let signature = forger.forge(MESSAGE, CONTEXT, &z, &vec![vec![9]; layout.k]);
        assert_eq!(key.verify_quickly(MESSAGE, CONTEXT, &signature), Ok(()));
        for bit in 0..layout.challenge * 8 {
            let mut altered = signature.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            refused(&key, MESSAGE, &altered);
        }
        let (public, signature) = signed(layout, CONTEXT);
        let key = Key::new(layout.set, &public).unwrap();
        for byte in 0..layout.challenge {
            let mut altered = signature.clone();
            altered[byte] ^= 1;
            refused(&key, MESSAGE, &altered);
        }
        refused(&key, b"another payment", &signature);
        refused(&key, b"", &signature);
        for byte in [0, 31, 32, public.len() - 1] {
            let mut altered = public.clone();
            altered[byte] ^= 0x80;
            let key = Key::new(layout.set, &altered).unwrap();
            refused(&key, MESSAGE, &signature);
        }
    }
    // 144 bytes of challenges, and six other alterations.
    let counts = counts.into_inner();
    counts.expect("once", &[("Challenge", 144 * 8 + 144 + 3 * 6)]);
    counts.expect("mu", &[("Challenge", 144 * 8 + 144 + 3 * 6)]);
}

#[test]
fn the_first_clause_that_fails_is_named() {
    for layout in &LAYOUTS {
        let (mut public, mut signature) = signed(layout, CONTEXT);
        let ask = |public: &[u8], context: &[u8], signature: &[u8]| {
            let key = Key::new(layout.set, public).map_err(Rejected::KeyLength)?;
            key.verify(b"another payment", context, signature)
        };
        let long = [0; 256];
        assert_eq!(ask(&public, CONTEXT, &signature), Err(Rejected::Challenge));
        layout.set_z(&mut signature, 0, layout.gamma1());
        assert_eq!(ask(&public, CONTEXT, &signature), Err(Rejected::Norm));
        *signature.last_mut().unwrap() = 255;
        assert_eq!(ask(&public, CONTEXT, &signature), Err(Rejected::HintCount));
        signature.push(0);
        assert!(matches!(
            ask(&public, CONTEXT, &signature),
            Err(Rejected::SignatureLength { .. })
        ));
        assert_eq!(
            ask(&public, &long, &signature),
            Err(Rejected::ContextLength { got: 256 })
        );
        public.pop();
        assert!(matches!(
            ask(&public, &long, &signature),
            Err(Rejected::KeyLength(_))
        ));
    }
}

#[test]
fn messages_in_pieces() {
    for layout in &LAYOUTS {
        let (public, signature) = signed(layout, CONTEXT);
        let key = PreparedKey::new(layout.set, &public).unwrap();
        for size in 1..=MESSAGE.len() {
            let mut hasher = MuHasher::new(key.tr(), CONTEXT).unwrap();
            MESSAGE.chunks(size).for_each(|piece| hasher.update(piece));
            assert_eq!(key.verify_mu(&hasher.clone().finish(), &signature), Ok(()));
            hasher.update(b"!");
            let answer = key.verify_mu(&hasher.finish(), &signature);
            assert_eq!(answer, Err(Rejected::Challenge));
        }
    }
}

#[test]
fn texts() {
    let length = KeyLength {
        expected: 1952,
        got: 3,
    };
    let texts = [
        (
            Rejected::KeyLength(length),
            "public key: expected 1952 bytes, got 3",
        ),
        (
            Rejected::ContextLength { got: 256 },
            "context: expected at most 255 bytes, got 256",
        ),
        (
            Rejected::SignatureLength {
                expected: 3309,
                got: 0,
            },
            "signature: expected 3309 bytes, got 0",
        ),
        (
            Rejected::HintCount,
            "hints: a count decreases or exceeds omega",
        ),
        (
            Rejected::HintOrder,
            "hints: positions are not strictly ascending",
        ),
        (
            Rejected::HintPadding,
            "hints: the bytes behind the last one are not zero",
        ),
        (
            Rejected::Norm,
            "z: a coefficient is not below gamma1 - beta",
        ),
        (Rejected::Challenge, "challenge: the recomputed one differs"),
    ];
    for (rejected, text) in texts {
        assert_eq!(rejected.to_string(), text);
    }
}
