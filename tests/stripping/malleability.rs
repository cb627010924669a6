//! What the drafts admit: a composite signature can be turned into another valid one of the same
//! message (draft-ietf-lamps-pq-composite-sigs-19, "EUF-CMA, SUF-CMA and Non-Separability"). The
//! message cannot be changed, but a signature identifies nothing.

use crate::accepted;
use crate::der::{INTEGER, SEQUENCE, element};
use crate::numbers::minus;
use crate::signatures::MESSAGE;
use crate::suite::{Traditional, signatures};

#[test]
fn parts_of_two_signatures_of_one_message_make_a_third() {
    let (mut new, mut the_same) = (Vec::new(), Vec::new());
    for suite in signatures() {
        let key = suite.own().signing();
        let (first, second) = (key.sign(MESSAGE).unwrap(), key.sign(MESSAGE).unwrap());
        let ((a, _), (_, b)) = (suite.output(&first), suite.output(&second));
        let mixed = [a, b].concat();
        let verdict = key.verifying_key().verify(MESSAGE, &mixed).unwrap();
        assert!(accepted(verdict), "{}", suite.name());
        match mixed == first || mixed == second {
            false => new.push(suite.name()),
            // The traditional part is deterministic: there is nothing to mix.
            true => the_same.push(suite.name()),
        }
    }
    assert_eq!(
        the_same,
        [
            "MLDSA44-RSA2048-PKCS15-SHA256",
            "MLDSA44-Ed25519-SHA512",
            "MLDSA65-RSA3072-PKCS15-SHA512",
            "MLDSA65-RSA4096-PKCS15-SHA512",
            "MLDSA65-Ed25519-SHA512",
            "MLDSA87-Ed448-SHAKE256",
        ]
    );
    assert_eq!(new.len(), 12);
}

/// The two numbers of an Ecdsa-Sig-Value, each as long as the group order.
fn numbers(der: &[u8], len: usize) -> [Vec<u8>; 2] {
    // SEQUENCE, of P-521 with a length of two bytes.
    let mut rest = match der[1] {
        0x81 => &der[3..],
        _ => &der[2..],
    };
    [(); 2].map(|()| {
        let (number, after) = rest[2..].split_at(usize::from(rest[1]));
        rest = after;
        let number = number.strip_prefix(&[0]).unwrap_or(number);
        [&vec![0; len - number.len()], number].concat()
    })
}

fn der_integer(number: &[u8]) -> Vec<u8> {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    let number = &number[zeros..];
    match number.first() {
        Some(first) if first & 0x80 == 0 => element(INTEGER, number),
        _ => element(INTEGER, &[&[0], number].concat()),
    }
}

/// An Ecdsa-Sig-Value.
pub(crate) fn ecdsa(r: &[u8], s: &[u8]) -> Vec<u8> {
    element(SEQUENCE, &[der_integer(r), der_integer(s)].concat())
}

#[test]
fn the_ecdsa_part_with_the_other_s_verifies_and_with_no_other_number() {
    let mut suites = 0;
    let mut refused = 0;
    for suite in signatures() {
        let Traditional::Ec(curve) = suite.traditional else {
            continue;
        };
        let key = suite.own().signing();
        let signature = key.sign(MESSAGE).unwrap();
        let (a, b) = suite.output(&signature);
        let order = curve.order();
        let zero = vec![0; order.len()];
        let [r, s] = numbers(b, order.len());
        assert_eq!(ecdsa(&r, &s), b, "{}", suite.name());
        let verify = |b: &[u8]| {
            let verdict = key
                .verifying_key()
                .verify(MESSAGE, &[a, b].concat())
                .unwrap();
            accepted(verdict)
        };
        let altered = ecdsa(&r, &minus(&order, &s));
        assert_ne!(altered, b);
        assert!(verify(&altered), "{}", suite.name());
        for (r, s) in [
            (&minus(&order, &r), &s),
            (&s, &r),
            (&zero, &s),
            (&r, &zero),
            (&zero, &zero),
            (&order, &s),
            (&r, &order),
        ] {
            assert!(!verify(&ecdsa(r, s)), "{}", suite.name());
            refused += 1;
        }
        suites += 1;
    }
    assert_eq!((suites, refused), (7, 7 * 7));
}
