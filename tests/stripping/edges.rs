//! The edges of the classical parts: points of low order, points that are none, numbers out of range,
//! RSA keys of another size, RSA-OAEP plaintexts of another length.

use std::fs;
use std::path::Path;

use aws_lc_rs::rsa::{OAEP_SHA256_MGF1SHA256, OaepPublicEncryptingKey, PublicEncryptingKey};
use chop::{
    Code, DecapsulationKey, EncapsulationKey, Error, PublicKey, Result, SharedSecret, encoding,
};

use crate::der::{INTEGER, SEQUENCE, element, spki};
use crate::malleability::ecdsa;
use crate::numbers::{minus, plus, reversed};
use crate::signatures::MESSAGE;
use crate::suite::{Curve, Suite, Traditional, hybrids, kems, load, read_private, signatures};
use crate::{accepted, der, noise};

/// The one refusal of a decapsulation, without detail.
fn rejected(suite: &Suite, result: Result<SharedSecret>) {
    let error = result.unwrap_err();
    assert_eq!(error.code(), Code::Rejected, "{error}");
    assert_eq!(
        error.to_string(),
        format!("{} decapsulation refused", suite.name())
    );
}

fn encapsulated(key: &DecapsulationKey) -> Vec<u8> {
    key.encapsulation_key().encapsulate().unwrap().0
}

fn little_endian(hex: &str) -> Vec<u8> {
    reversed(&hex::decode(hex).unwrap())
}

/// The coordinates u of low order of curve25519 and curve448, with those that are not below the
/// field prime; where there is an unused bit, with it and without.
fn low_order(traditional: Traditional) -> Vec<Vec<u8>> {
    let prime = match traditional {
        Traditional::X25519 => format!("7f{}ed", "ff".repeat(30)),
        _ => format!("{}fe{}", "ff".repeat(27), "ff".repeat(28)),
    };
    let prime = hex::decode(prime).unwrap();
    let number = |value: u8| [vec![0; prime.len() - 1], vec![value]].concat();
    let mut points: Vec<Vec<u8>> = [
        number(0),
        number(1),
        minus(&prime, &[1]),
        prime.clone(),
        plus(&prime, &[1]).unwrap(),
    ]
    .iter()
    .map(|u| reversed(u))
    .collect();
    if traditional == Traditional::X25519 {
        // The two of order 8.
        points.extend([
            little_endian("00b8495f16056286fdb1329ceb8d09da6ac49ff1fae35616aeb8413b7c7aebe0"),
            little_endian("57119fd0dd4e22d8868e1c58c45c44045bef839c55b1d0b1248c50a3bc959c5f"),
        ]);
        for at in 0..points.len() {
            let mut with_bit = points[at].clone();
            with_bit[31] |= 0x80;
            points.push(with_bit);
        }
    }
    points
}

#[test]
fn points_of_low_order_give_no_secret() {
    let (mut suites, mut refused) = (0, 0);
    for suite in kems() {
        let points = match suite.traditional {
            Traditional::X25519 | Traditional::X448 => low_order(suite.traditional),
            _ => continue,
        };
        let own = suite.own().decapsulation();
        let good = encapsulated(own);
        let (a, _) = suite.output(&good);
        let (public, _) = suite.public(&suite.own().public);
        for point in points {
            rejected(&suite, own.decapsulate(&[a, &point].concat()));
            // With an ML-KEM part that is wrong, too: the same answer.
            rejected(
                &suite,
                own.decapsulate(&[&noise(a.len()), &point[..]].concat()),
            );
            let sent = EncapsulationKey::from_bytes(suite.algorithm, &[public, &point].concat())
                .and_then(|key| key.encapsulate());
            assert_eq!(sent.unwrap_err().code(), Code::Rejected);
            refused += 3;
        }
        suites += 1;
    }
    assert_eq!((suites, refused), (3, 3 * (14 + 14 + 5)));
}

/// What is no point of this curve, or not written as one: its length is right, and then wrong.
fn no_points(curve: &Curve, point: &[u8]) -> (Vec<Vec<u8>>, Vec<Vec<u8>>) {
    let (x, y) = point[1..].split_at(curve.prime().len());
    let zero = vec![0; x.len()];
    let mut off_curve = y.to_vec();
    *off_curve.last_mut().unwrap() ^= 1;
    let tagged = |tag: u8, x: &[u8], y: &[u8]| [&[tag], x, y].concat();
    let odd = y.last().unwrap() & 1;
    let mut as_long = vec![
        tagged(4, x, &off_curve),
        tagged(4, y, x),
        tagged(4, &zero, &zero),
        tagged(0, &zero, &zero),
        tagged(4, &curve.prime(), y),
        tagged(4, x, &curve.prime()),
        tagged(4, &vec![0xff; x.len()], &vec![0xff; x.len()]),
        // The hybrid form, with the right parity and with the wrong one; tags that do not exist.
        tagged(6 + odd, x, y),
        tagged(7 - odd, x, y),
        tagged(2 + odd, x, y),
        tagged(5, x, y),
        tagged(0x84, x, y),
    ];
    // A coordinate of P-521 has room for the prime on top.
    as_long.extend((curve.name == "P521").then(|| tagged(4, &plus(x, &curve.prime()).unwrap(), y)));
    let otherwise = vec![
        vec![0],
        tagged(2 + odd, x, &[]),
        tagged(3 - odd, x, &[]),
        [x, y].concat(),
        [point, &[0]].concat(),
    ];
    (as_long, otherwise)
}

#[test]
fn a_point_off_the_curve_or_in_another_form_is_refused() {
    let mut refused = (0, 0);
    let curves: Vec<(Suite, &Curve)> = hybrids()
        .filter_map(|suite| match suite.traditional {
            Traditional::Ec(curve) => Some((suite, curve)),
            _ => None,
        })
        .collect();
    assert_eq!(curves.len(), 13);
    for (suite, curve) in &curves {
        let (first, point) = suite.public(&suite.own().public);
        let (mut as_long, otherwise) = no_points(curve, point);
        // The points of every other curve with coordinates of that length.
        for (other, other_curve) in &curves {
            let (_, other_point) = other.public(&other.own().public);
            if other_curve != curve && other_point.len() == point.len() {
                as_long.push(other_point.to_vec());
            }
        }
        for bad in as_long.iter().chain(&otherwise) {
            let error = PublicKey::from_bytes(suite.algorithm, &[first, bad].concat()).unwrap_err();
            let blamed = [Code::Malformed, Code::Length].contains(&error.code());
            assert!(blamed, "{}: {error:?}", suite.name());
            refused.0 += 1;
        }
        if kems().all(|kem| kem.algorithm != suite.algorithm) {
            continue;
        }
        let own = suite.own().decapsulation();
        let good = encapsulated(own);
        let (a, point) = suite.output(&good);
        let (mut of_ciphertext, otherwise) = no_points(curve, point);
        of_ciphertext.extend(as_long.iter().skip(of_ciphertext.len()).cloned());
        for bad in of_ciphertext {
            rejected(suite, own.decapsulate(&[a, &bad].concat()));
            rejected(
                suite,
                own.decapsulate(&[&noise(a.len()), &bad[..]].concat()),
            );
            refused.1 += 2;
        }
        for bad in otherwise {
            let error = own.decapsulate(&[a, &bad].concat()).unwrap_err();
            assert_eq!(error.code(), Code::Length);
            refused.1 += 1;
        }
    }
    // 17 forms and one more of P-521, and 28 pairs of curves with coordinates of one length; as
    // ciphertexts twice, with a good ML-KEM part and a bad one.
    assert_eq!(refused, (13 * 17 + 2 + 28, 6 * (12 * 2 + 5) + 2 + 2 * 13));
}

#[test]
fn a_private_scalar_out_of_range_is_refused() {
    let mut refused = 0;
    for suite in hybrids() {
        let Traditional::Ec(curve) = suite.traditional else {
            continue;
        };
        let (seed, private) = suite.private(&suite.own().private);
        let order = curve.order();
        let (head, tail) = (&private[..7], &private[7 + order.len()..]);
        for scalar in [
            vec![0; order.len()],
            order.clone(),
            plus(&order, &[1]).unwrap(),
            vec![0xff; order.len()],
        ] {
            let raw = [seed, head, &scalar, tail].concat();
            let error = load(suite.algorithm, &raw).unwrap_err();
            assert_eq!(
                error.code(),
                Code::Inconsistent,
                "{}: {error}",
                suite.name()
            );
            refused += 1;
        }
    }
    assert_eq!(refused, 13 * 4);
}

/// The group order of an Edwards curve, as long as S (RFC 8032 sections 5.1 and 5.2).
fn edwards_order(traditional: Traditional) -> Vec<u8> {
    let order = match traditional {
        Traditional::Ed25519 => {
            "1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3ed".to_owned()
        }
        _ => format!(
            "003fffffffffffffffffffffffffffffffffffffffffffffffffffffff{}",
            "7cca23e9c44edb49aed63690216cc2728dc58f552378c292ab5844f3"
        ),
    };
    hex::decode(order).unwrap()
}

fn edwards() -> impl Iterator<Item = (Suite, Vec<u8>)> {
    signatures()
        .filter(|suite| matches!(suite.traditional, Traditional::Ed25519 | Traditional::Ed448))
        .map(|suite| (suite, edwards_order(suite.traditional)))
}

#[test]
fn an_eddsa_part_with_s_out_of_range_is_invalid() {
    let mut refused = Vec::new();
    for (suite, order) in edwards() {
        let key = suite.own().signing();
        let good = key.sign(MESSAGE).unwrap();
        let (a, b) = suite.output(&good);
        let (r, s) = b.split_at(b.len() / 2);
        let s = reversed(s);
        // Every S that is the same modulo the order, as far as there is room: at most 300.
        let mut above = Vec::new();
        let mut next = plus(&s, &order);
        while let Some(more) = next.filter(|_| above.len() < 300) {
            next = plus(&more, &order);
            above.push(more);
        }
        let zero = vec![0; s.len()];
        let identity = reversed(&[&zero[1..], &[1]].concat());
        let mut count = 0;
        for (r, s) in above.iter().map(|s| (r, s)).chain([
            (r, &zero),
            (r, &order),
            (r, &minus(&order, &s)),
            (r, &vec![0xff; s.len()]),
            (&identity, &zero),
            (&identity, &order),
            (&zero, &zero),
        ]) {
            let signature = [a, r, &reversed(s)].concat();
            let verdict = key.verifying_key().verify(MESSAGE, &signature).unwrap();
            assert!(!accepted(verdict), "{}", suite.name());
            count += 1;
        }
        refused.push((suite.name(), count));
    }
    // 2^256 is 16 times the order of edwards25519 less a little.
    assert_eq!(
        refused,
        [
            ("MLDSA44-Ed25519-SHA512", 22),
            ("MLDSA65-Ed25519-SHA512", 22),
            ("MLDSA87-Ed448-SHAKE256", 307),
        ]
    );
}

/// The encodings of points of small order, canonical and not, with both signs; coordinates above the
/// field prime; and where there are unused bits, those.
fn bad_keys(suite: &Suite, good: &[u8]) -> Vec<Vec<u8>> {
    let with_sign = |y: &[u8], sign: u8| {
        let mut key = y.to_vec();
        *key.last_mut().unwrap() |= sign;
        key
    };
    let (prime, large): (Vec<u8>, u8) = match suite.traditional {
        Traditional::Ed25519 => (hex::decode(format!("7f{}ed", "ff".repeat(30))).unwrap(), 18),
        _ => (
            hex::decode(format!("00{}fe{}", "ff".repeat(27), "ff".repeat(28))).unwrap(),
            50,
        ),
    };
    let mut ys = vec![vec![0; prime.len()], minus(&prime, &[1])];
    ys.push([&ys[0][1..], &[1]].concat());
    ys.extend((0..=large).map(|above| plus(&prime, &[above]).unwrap()));
    if suite.traditional == Traditional::Ed25519 {
        let eighth = "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826";
        let eighth = hex::decode(eighth).unwrap();
        ys.extend([minus(&prime, &eighth), eighth]);
    }
    let mut keys: Vec<Vec<u8>> = ys
        .iter()
        .flat_map(|y| [with_sign(&reversed(y), 0), with_sign(&reversed(y), 0x80)])
        .collect();
    if suite.traditional == Traditional::Ed448 {
        keys.extend((0..7).map(|bit| with_sign(good, 1 << bit)));
    }
    keys
}

#[test]
fn an_eddsa_key_of_small_order_or_out_of_range_is_refused() {
    let mut refused = Vec::new();
    for (suite, _) in edwards() {
        let (first, good) = suite.public(&suite.own().public);
        let bad = bad_keys(&suite, good);
        for key in &bad {
            let public = [first, key].concat();
            let error = PublicKey::from_bytes(suite.algorithm, &public).unwrap_err();
            assert_eq!(
                error.code(),
                Code::Malformed,
                "{}: {}",
                suite.name(),
                hex::encode(key)
            );
            let file = spki(suite.algorithm.info().oid, &public);
            let again = encoding::read_public_key(&file).unwrap_err();
            assert_eq!(again.code(), Code::Malformed);
        }
        refused.push((suite.name(), bad.len()));
    }
    assert_eq!(
        refused,
        [
            ("MLDSA44-Ed25519-SHA512", 48),
            ("MLDSA65-Ed25519-SHA512", 48),
            ("MLDSA87-Ed448-SHAKE256", 115),
        ]
    );
}

/// RSAPublicKey.
fn rsa_public(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let positive = |number: &[u8]| match number[0] & 0x80 {
        0 => element(INTEGER, number),
        _ => element(INTEGER, &[&[0], number].concat()),
    };
    element(SEQUENCE, &[positive(modulus), positive(exponent)].concat())
}

fn rsa() -> impl Iterator<Item = (Suite, usize)> {
    hybrids().filter_map(|suite| match suite.traditional {
        Traditional::Rsa(bits) => Some((suite, bits)),
        _ => None,
    })
}

/// The modulus of an RSAPublicKey with the exponent 65537.
fn modulus(public: &[u8], bits: usize) -> Vec<u8> {
    let end = public.len() - 5;
    let modulus = public[end - bits / 8..end].to_vec();
    assert_eq!(rsa_public(&modulus, &[1, 0, 1]), public);
    modulus
}

#[test]
fn an_rsa_key_of_another_size_or_with_a_bad_exponent_is_refused() {
    let mut suites = 0;
    let mut refused = 0;
    for (suite, bits) in rsa() {
        let (first, own) = suite.public(&suite.own().public);
        let (seed, _) = suite.private(&suite.own().private);
        let good = modulus(own, bits);
        let e: &[u8] = &[1, 0, 1];
        let shorter = |bits: usize| {
            let mut modulus = good.clone();
            let drop = modulus.len() - bits.div_ceil(8);
            modulus.drain(..drop);
            modulus[0] = match bits % 8 {
                0 => 0x80 | modulus[0],
                rest => 1 << (rest - 1),
            };
            modulus
        };
        let mut even = good.clone();
        *even.last_mut().unwrap() ^= 1;
        let mut bad: Vec<Vec<u8>> = [bits - 1, bits - 7, bits - 8, bits - 1024, 1024, 1023, 512]
            .iter()
            .map(|bits| rsa_public(&shorter(*bits), e))
            .collect();
        bad.extend([
            rsa_public(&[&[1], &good[..]].concat(), e),
            rsa_public(&[&[0x80], &good[..]].concat(), e),
            rsa_public(&even, e),
            rsa_public(&good, &[1]),
            rsa_public(&good, &[0]),
            rsa_public(&good, &[2]),
            rsa_public(&good, &[1, 0, 0]),
            rsa_public(&good, &[1, 0, 0, 1]),
            rsa_public(&good, &good),
            rsa_public(&[0], e),
            rsa_public(&[1], e),
            // Not DER: a length in more bytes, a leading zero, a negative modulus, something behind.
            element(
                SEQUENCE,
                &[element(INTEGER, &good), element(INTEGER, e)].concat(),
            ),
            rsa_public(&[&[0, 0], &good[..]].concat(), e),
            [own, &[0]].concat(),
            own[..own.len() - 1].to_vec(),
        ]);
        for other in rsa().filter(|(_, other)| *other != bits) {
            bad.push(other.0.public(&other.0.own().public).1.to_vec());
        }
        for bad in &bad {
            let error = PublicKey::from_bytes(suite.algorithm, &[first, bad].concat()).unwrap_err();
            let blamed = [Code::Malformed, Code::Length].contains(&error.code());
            assert!(blamed, "{}: {error:?}", suite.name());
            refused += 1;
        }
        // The private key of another suite's size.
        for (other, other_bits) in rsa().filter(|(_, other)| *other != bits) {
            let (_, private) = other.private(&other.own().private);
            let raw = [seed, private].concat();
            let error = load(suite.algorithm, &raw).unwrap_err();
            let blamed =
                [Code::Malformed, Code::Length, Code::Inconsistent].contains(&error.code());
            assert!(blamed, "{}, {other_bits} bits: {error:?}", suite.name());
            let oid = suite.algorithm.info().oid;
            assert!(read_private(&der::pkcs8(oid, &raw, None)).is_err());
            refused += 1;
        }
        suites += 1;
    }
    // 22 forms, and 94 pairs of suites with another size, public and private.
    assert_eq!((suites, refused), (12, 12 * 22 + 2 * 94));
}

#[test]
fn an_rsa_private_key_of_another_size_is_refused() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-vectors/rsa-sizes");
    let mut refused = 0;
    for (suite, _) in rsa() {
        let (seed, _) = suite.private(&suite.own().private);
        for bits in [1024, 2047, 3070, 4094] {
            let private = fs::read(folder.join(format!("rsa-{bits}.der"))).unwrap();
            let error = load(suite.algorithm, &[seed, &private].concat()).unwrap_err();
            let blamed =
                [Code::Malformed, Code::Length, Code::Inconsistent].contains(&error.code());
            assert!(blamed, "{}, {bits} bits: {error:?}", suite.name());
            refused += 1;
        }
    }
    assert_eq!(refused, 12 * 4);
}

/// A ciphertext of RSA-OAEP under the traditional part of a key.
fn oaep(public: &[u8], plaintext: &[u8], label: Option<&[u8]>) -> Vec<u8> {
    let rsa_encryption = ::der::oid::ObjectIdentifier::new("1.2.840.113549.1.1.1").unwrap();
    let identifier = [element(der::OID, rsa_encryption.as_bytes()), vec![5, 0]].concat();
    let bits = element(der::BIT_STRING, &[&[0], public].concat());
    let info = element(SEQUENCE, &[element(SEQUENCE, &identifier), bits].concat());
    let key = OaepPublicEncryptingKey::new(PublicEncryptingKey::from_der(&info).unwrap()).unwrap();
    let mut ciphertext = vec![0; key.ciphertext_size()];
    let written = key
        .encrypt(&OAEP_SHA256_MGF1SHA256, plaintext, &mut ciphertext, label)
        .unwrap()
        .len();
    assert_eq!(written, ciphertext.len());
    ciphertext
}

#[test]
fn an_rsa_oaep_ciphertext_without_a_secret_of_32_bytes_is_refused_without_detail() {
    let (mut suites, mut refused) = (0, 0);
    for suite in kems() {
        let Traditional::Rsa(bits) = suite.traditional else {
            continue;
        };
        let own = suite.own().decapsulation();
        let (_, public) = suite.public(&suite.own().public);
        let good = encapsulated(own);
        let (a, b) = suite.output(&good);
        // Control: 32 bytes without a label are a secret.
        let secret = oaep(public, &[7; 32], None);
        assert!(
            own.decapsulate(&[a, &secret].concat()).is_ok(),
            "{}",
            suite.name()
        );

        let most = bits / 8 - 66;
        let lengths = [0, 1, 16, 31, 33, 64, most - 1, most];
        let mut bad: Vec<Vec<u8>> = lengths
            .map(|len| oaep(public, &vec![7; len], None))
            .to_vec();
        let label: &[u8] = b"label";
        bad.extend([0, 31, 32, 33].map(|len| oaep(public, &vec![7; len], Some(label))));
        let (_, other) = suite.public(&suite.other().public);
        bad.push(oaep(other, &[7; 32], None));
        let mut flipped = b.to_vec();
        flipped[b.len() - 1] ^= 1;
        let n = modulus(public, bits);
        let number = |value: u8| [vec![0; n.len() - 1], vec![value]].concat();
        bad.extend([
            flipped,
            noise(n.len()),
            vec![0xff; n.len()],
            number(0),
            number(1),
            minus(&n, &[1]),
            n.clone(),
        ]);
        for bad in bad {
            rejected(&suite, own.decapsulate(&[a, &bad].concat()));
            rejected(
                &suite,
                own.decapsulate(&[&noise(a.len()), &bad[..]].concat()),
            );
            refused += 2;
        }
        suites += 1;
    }
    assert_eq!((suites, refused), (4, 4 * 2 * 20));
}

#[test]
fn an_r_of_ecdsa_that_is_no_number_of_the_group_is_invalid() {
    let mut refused = 0;
    for suite in signatures() {
        let Traditional::Ec(curve) = suite.traditional else {
            continue;
        };
        let key = suite.own().signing();
        let good = key.sign(MESSAGE).unwrap();
        let (a, _) = suite.output(&good);
        let (order, prime) = (curve.order(), curve.prime());
        let one = [vec![0; order.len() - 1], vec![1]].concat();
        for (r, s) in [
            (&one, &one),
            (&one, &order),
            (&order, &one),
            (&prime, &one),
            (&minus(&order, &one), &minus(&order, &one)),
        ] {
            let signature = [a, &ecdsa(r, s)].concat();
            let verdict = key.verifying_key().verify(MESSAGE, &signature);
            let verdict = verdict
                .map_err(|error: Error| (suite.name(), error))
                .unwrap();
            assert!(!accepted(verdict), "{}", suite.name());
            refused += 1;
        }
    }
    assert_eq!(refused, 7 * 5);
}
