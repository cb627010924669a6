//! Both parts are checked, whatever the first says.

use chop::{Verdict, VerifyOptions, VerifyingKey};

use crate::noise;
use crate::signatures::MESSAGE;
use crate::suite::{Traditional, signatures};

/// What is said of the ML-DSA part and of the traditional one.
fn explained(key: &VerifyingKey, signature: &[u8]) -> (bool, bool) {
    let options = VerifyOptions::default();
    let steps = key.explain(MESSAGE, signature, &options).unwrap();
    let of = |check: &str| {
        let mut found = steps.iter().filter(|step| step.check == check);
        let step = found.next().unwrap();
        assert!(found.next().is_none());
        step.passed
    };
    (of("ML-DSA part"), of("traditional part"))
}

#[test]
fn each_part_is_checked_in_full_whatever_the_other_says() {
    let (mut suites, mut checked) = (0, 0);
    for suite in signatures() {
        let key = suite.own().signing();
        let public = key.verifying_key();
        let good = key.sign(MESSAGE).unwrap();
        let another = key.sign(b"another message").unwrap();
        let ((a, b), (other_a, other_b)) = (suite.output(&good), suite.output(&another));
        let (zeros, garbage) = (vec![0; b.len()], noise(b.len()));
        let (zeros_a, garbage_a) = (vec![0; a.len()], noise(a.len()));
        let mut flipped = b.to_vec();
        *flipped.last_mut().unwrap() ^= 1;
        let spoiled_a = [other_a, &zeros_a, &garbage_a];
        let spoiled_b = [other_b, &zeros, &garbage, &flipped];
        for (first, first_holds) in [(a, true)]
            .into_iter()
            .chain(spoiled_a.map(|part| (part, false)))
        {
            for (second, second_holds) in [(b, true)]
                .into_iter()
                .chain(spoiled_b.map(|part| (part, false)))
            {
                let signature = [first, second].concat();
                let expected = (first_holds, second_holds);
                assert_eq!(explained(public, &signature), expected, "{}", suite.name());
                let verdict = public.verify(MESSAGE, &signature).unwrap();
                assert_eq!(verdict.is_valid(), first_holds && second_holds);
                checked += 1;
            }
        }
        suites += 1;
    }
    assert_eq!((suites, checked), (18, 18 * 4 * 5));
}

/// draft-ietf-lamps-pq-composite-sigs-19, "Verify", step 2.
#[test]
fn an_ecdsa_part_that_does_not_decode_is_an_invalid_signature_and_no_error() {
    let mut refused = 0;
    for suite in signatures() {
        let Traditional::Ec(_) = suite.traditional else {
            continue;
        };
        let key = suite.own().signing();
        // One that leaves room for a byte more.
        let most = suite.algorithm.info().output.max();
        let mut tries = (0..1000).map(|_| key.sign(MESSAGE).unwrap());
        let good = tries.find(|signature| signature.len() < most).unwrap();
        let (a, b) = suite.output(&good);
        // SEQUENCE with a length of one byte, of P-521 with one of two.
        let head = if b[1] == 0x81 { 3 } else { 2 };
        let longer_length = match head {
            3 => [&[0x30, 0x82, 0, b[2]], &b[3..]].concat(),
            _ => [&[0x30, 0x81, b[1]], &b[2..]].concat(),
        };
        for part in [
            &b[..1],
            &b[..b.len() - 1],
            &b[1..],
            &b[head..],
            &[0x30, 0],
            &[0x30, 0x80, 2, 1, 1, 2, 1, 1, 0, 0],
            &[0x30, 6, 2, 1, 0x80, 2, 1, 1],
            &[0x30, 8, 2, 2, 0, 1, 2, 2, 0, 1],
            &[0x30, 3, 2, 1, 1],
            &[0x30, 9, 2, 1, 1, 2, 1, 1, 2, 1, 1],
            &[0x31, 6, 2, 1, 1, 2, 1, 1],
            &longer_length,
        ] {
            let signature = [a, part].concat();
            let verdict = key.verifying_key().verify(MESSAGE, &signature).unwrap();
            assert_eq!(verdict, Verdict::Invalid, "{}", suite.name());
            assert_eq!(explained(key.verifying_key(), &signature), (true, false));
            refused += 1;
        }
    }
    assert_eq!(refused, 7 * 12);
}
