//! What a verifier of Dilithium must refuse: the manipulations of Wycheproof's ML-DSA set, on signatures of both
//! flavours. Each is right but for one thing, which is shown: a verifier that does not look at it accepts.

use chop::{Algorithm, Code, PublicKey, Verdict, VerifyingKey};
use chop_verify::Rejected;
use chop_verify::legacy::{LegacyKey, LegacySet};

use crate::reading;
use crate::reference::{Flavour, Key, Set, accepts_without_checks, decode_hints, encode_hints};

pub(crate) const SETS: [(u8, Flavour, Algorithm, LegacySet); 6] = [
    (
        2,
        Flavour::Round3,
        Algorithm::Dilithium2R3,
        LegacySet::Dilithium2R3,
    ),
    (
        3,
        Flavour::Round3,
        Algorithm::Dilithium3R3,
        LegacySet::Dilithium3R3,
    ),
    (
        5,
        Flavour::Round3,
        Algorithm::Dilithium5R3,
        LegacySet::Dilithium5R3,
    ),
    (
        2,
        Flavour::Draft,
        Algorithm::Dilithium2Draft,
        LegacySet::Dilithium2Draft,
    ),
    (
        3,
        Flavour::Draft,
        Algorithm::Dilithium3Draft,
        LegacySet::Dilithium3Draft,
    ),
    (
        5,
        Flavour::Draft,
        Algorithm::Dilithium5Draft,
        LegacySet::Dilithium5Draft,
    ),
];

/// A key of the reference, and the same in Chop and in its verifier.
struct Case {
    key: Key,
    chop: VerifyingKey,
    own: LegacyKey,
}

impl Case {
    fn new((number, flavour, algorithm, own): (u8, Flavour, Algorithm, LegacySet)) -> Self {
        let key = Key::new(Set::new(number, flavour), &[number; 32]);
        let public = PublicKey::from_bytes(algorithm, &key.public).unwrap();
        Self {
            chop: public.into_verifying().unwrap().under(&reading()),
            own: LegacyKey::new(own, &key.public).unwrap(),
            key,
        }
    }

    fn accepts(&self, message: &[u8], signature: &[u8]) {
        let verdict = self.chop.verify(message, signature).unwrap();
        assert_eq!(verdict, Verdict::Valid, "{:?}", self.chop);
        assert_eq!(self.own.verify(message, signature), Ok(()));
    }

    /// Both refuse, for this reason.
    fn refuses(&self, message: &[u8], signature: &[u8], reason: Rejected) {
        assert_eq!(self.own.verify(message, signature), Err(reason));
        let verdict = self.chop.verify(message, signature).unwrap();
        assert_eq!(verdict, Verdict::Invalid, "{:?} {reason}", self.chop);
    }

    /// What a verifier without checks says.
    fn lenient(&self, message: &[u8], signature: &[u8]) -> bool {
        accepts_without_checks(&self.key.set, &self.key.public, message, signature)
    }

    /// A message whose signature has room for another hint, and at least two in one polynomial.
    fn roomy(&self) -> (Vec<u8>, Vec<u8>, Vec<Vec<u8>>) {
        (0_u32..)
            .find_map(|number| {
                let message = number.to_be_bytes().to_vec();
                let signature = self.key.sign(&message);
                let hints = decode_hints(&self.key.set, &signature);
                let count: usize = hints.iter().map(Vec::len).sum();
                let two = hints.iter().any(|of_poly| of_poly.len() > 1);
                (count < self.key.set.omega && two).then_some((message, signature, hints))
            })
            .unwrap()
    }
}

#[test]
fn a_z_on_the_bound_or_above_it_is_refused_whatever_else_is_right() {
    let mut refused = 0;
    for case in SETS.map(Case::new) {
        for number in 0..20_u8 {
            let message = [number];
            let signature = case
                .key
                .sign_where(&message, |set, norm| norm >= set.gamma1 - set.beta());
            assert!(case.lenient(&message, &signature));
            case.refuses(&message, &signature, Rejected::Norm);
            refused += 1;
        }
        case.accepts(b"in all else alike", &case.key.sign(b"in all else alike"));
    }
    assert_eq!(refused, 120);
}

#[test]
fn hints_have_one_encoding() {
    for case in SETS.map(Case::new) {
        let (message, signature, hints) = case.roomy();
        let set = &case.key.set;
        case.accepts(&message, &signature);
        let with = |hints: &[Vec<u8>]| {
            let encoded = encode_hints(set, hints);
            [&signature[..set.hints_at()], &encoded].concat()
        };
        assert_eq!(with(&hints), signature);
        let crowded = hints.iter().position(|of_poly| of_poly.len() > 1).unwrap();

        // A position twice: CVE-2026-24850.
        let mut repeated = hints.clone();
        let first = repeated[crowded][0];
        repeated[crowded].insert(0, first);
        assert!(case.lenient(&message, &with(&repeated)));
        case.refuses(&message, &with(&repeated), Rejected::HintOrder);

        let mut swapped = hints.clone();
        swapped[crowded].swap(0, 1);
        assert!(case.lenient(&message, &with(&swapped)));
        case.refuses(&message, &with(&swapped), Rejected::HintOrder);

        // A byte behind the last hint.
        let count: usize = hints.iter().map(Vec::len).sum();
        for place in [count, set.omega - 1] {
            let mut padded = signature.clone();
            padded[set.hints_at() + place] = 1;
            assert!(case.lenient(&message, &padded));
            case.refuses(&message, &padded, Rejected::HintPadding);
        }

        // Counts that decrease, and one above ω.
        let ends = set.hints_at() + set.omega;
        let mut decreasing = signature.clone();
        let last = decreasing.len() - 1;
        decreasing[last] = decreasing[last - 1].wrapping_sub(1);
        case.refuses(&message, &decreasing, Rejected::HintCount);
        for too_many in [set.omega + 1, 255] {
            let mut above = signature.clone();
            above[last] = u8::try_from(too_many).unwrap();
            case.refuses(&message, &above, Rejected::HintCount);
            above[ends] = u8::try_from(too_many).unwrap();
            case.refuses(&message, &above, Rejected::HintCount);
        }

        // A hint taken away: it changes w1, but where it does not the encoding differs.
        let mut fewer = hints.clone();
        fewer[crowded].pop();
        case.refuses(&message, &with(&fewer), Rejected::Challenge);
    }
}

#[test]
fn every_byte_of_the_challenge_counts() {
    let mut refused = 0;
    for case in SETS.map(Case::new) {
        let signature = case.key.sign(b"a payment");
        case.accepts(b"a payment", &signature);
        for place in 0..case.key.set.challenge {
            for bit in [1, 0x80] {
                let mut altered = signature.clone();
                altered[place] ^= bit;
                case.refuses(b"a payment", &altered, Rejected::Challenge);
                refused += 1;
            }
        }
        case.refuses(b"another payment", &signature, Rejected::Challenge);
        case.refuses(b"", &signature, Rejected::Challenge);
    }
    assert_eq!(refused, 2 * (3 * 32 + 32 + 48 + 64));
}

#[test]
fn bits_of_z_count() {
    for case in SETS.map(Case::new) {
        let signature = case.key.sign(b"a payment");
        for place in (case.key.set.challenge..case.key.set.hints_at()).step_by(97) {
            let mut altered = signature.clone();
            altered[place] ^= 1;
            let verdict = case.chop.verify(b"a payment", &altered).unwrap();
            assert_eq!(verdict, Verdict::Invalid, "{place}");
        }
    }
}

#[test]
fn a_signature_has_one_length() {
    for case in SETS.map(Case::new) {
        let signature = case.key.sign(b"a payment");
        let length = signature.len();
        let cut = [0, 1, 31, 32, length / 2, length - 1];
        let longer = [length + 1, length + 16, 2 * length];
        for got in cut.into_iter().chain(longer) {
            let mut other = signature.clone();
            other.resize(got, 0);
            let error = case.chop.verify(b"a payment", &other).unwrap_err();
            assert_eq!(error.code(), Code::Length);
            let expected = format!(
                "{} signature: expected {length} bytes, got {got} bytes",
                case.chop.algorithm()
            );
            assert_eq!(error.to_string(), expected);
            let rejected = Rejected::SignatureLength {
                expected: length,
                got,
            };
            assert_eq!(case.own.verify(b"a payment", &other), Err(rejected));
        }
    }
}

/// The crate that made what is read gives the same answers, and signs what is accepted.
#[test]
fn the_reference_is_the_crate() {
    use pqcrypto_dilithium::{dilithium2, dilithium3, dilithium5};
    use pqcrypto_traits::sign::{DetachedSignature as _, PublicKey as _, SecretKey as _};
    macro_rules! compare {
        ($($number:literal $module:ident)*) => {$(
            let key = Key::new(Set::new($number, Flavour::Draft), &[9; 32]);
            let private = $module::SecretKey::from_bytes(&key.private).unwrap();
            let public = $module::PublicKey::from_bytes(&key.public).unwrap();
            for number in 0..20_u8 {
                let message = vec![number; usize::from(number)];
                let theirs = $module::detached_sign(&message, &private);
                assert_eq!(theirs.as_bytes(), key.sign(&message));
                assert!($module::verify_detached_signature(&theirs, &message, &public).is_ok());
            }
        )*};
    }
    compare! { 2 dilithium2 3 dilithium3 5 dilithium5 }
}
