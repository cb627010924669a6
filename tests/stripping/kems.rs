//! Hybrid KEMs: a ciphertext or a key that was taken apart gives another secret or none, never the
//! true one.

use chop::{Algorithm, Code, DecapsulationKey, EncapsulationKey, PrivateKey, Result, SecretBytes};
use sha3::{Digest, Sha3_256};

use crate::numbers::minus;
use crate::signatures::taken_apart;
use crate::suite::{Suite, Traditional, kems, load, read_private, shake256, suite};
use crate::{Matrix, der};

/// Whether the secrets of both sides are the same. Twice the same ciphertext gives twice the same
/// secret, or twice the same refusal.
fn agrees(key: &DecapsulationKey, ciphertext: &[u8], sent: &[&[u8]]) -> Result<bool> {
    let again = key.decapsulate(ciphertext);
    assert_eq!(key.decapsulate(ciphertext), again);
    again.map(|received| sent.contains(&received.expose()))
}

#[test]
fn no_manipulated_ciphertext_gives_the_secret() {
    let mut counts = Vec::new();
    for suite in kems() {
        let (own, other) = (suite.own().decapsulation(), suite.other().decapsulation());
        let mut matrix = Matrix::new(suite.name());
        let encapsulated = |key: &DecapsulationKey| key.encapsulation_key().encapsulate().unwrap();
        let ((good, sent), (second, sent_second)) = (encapsulated(own), encapsulated(own));
        let (theirs, sent_theirs) = encapsulated(other);
        assert!(
            agrees(own, &good, &[sent.expose()]).unwrap(),
            "{}",
            suite.name()
        );
        let secrets = [sent.expose(), sent_second.expose(), sent_theirs.expose()];
        let name = suite.name();
        let try_one = |ciphertext: &[u8]| {
            let result = agrees(own, ciphertext, &secrets);
            // One refusal for everything that has the right length, whichever part it is about.
            if let Err(error) = &result
                && ciphertext.len() == good.len()
            {
                assert_eq!(error.code(), Code::Rejected);
                assert_eq!(error.to_string(), format!("{name} decapsulation refused"));
            }
            result
        };
        for (how, ciphertext) in taken_apart(suite.output(&good), suite.output(&theirs)) {
            matrix.refuse(how, try_one(&ciphertext));
        }
        let ((a, b), (second_a, second_b)) = (suite.output(&good), suite.output(&second));
        for (how, ciphertext) in [
            ("first part of another", [second_a, b].concat()),
            ("second part of another", [a, second_b].concat()),
        ] {
            matrix.refuse(format!("{how} for the same key"), try_one(&ciphertext));
        }
        // The same agreement, written otherwise: only the hash over the ciphertext sees that.
        let rewritten = match suite.traditional {
            Traditional::Ec(curve) => {
                let (x, y) = b[1..].split_at(curve.prime().len());
                Some([a, &[4], x, &minus(&curve.prime(), y)].concat())
            }
            Traditional::X25519 => {
                let mut other = good.clone();
                *other.last_mut().unwrap() ^= 0x80;
                Some(other)
            }
            _ => None,
        };
        if let Some(rewritten) = rewritten {
            assert!(
                try_one(&rewritten).is_ok(),
                "{name}: the agreement is the same"
            );
            matrix.refuse("the same agreement, written otherwise", try_one(&rewritten));
        }
        // Of other suites with the same part.
        for other in kems().filter(|other| other.algorithm != suite.algorithm) {
            let (theirs, _) = encapsulated(other.own().decapsulation());
            let (their_a, their_b) = other.output(&theirs);
            if other.post_quantum == suite.post_quantum {
                let how = format!("first part of {}", other.name());
                matrix.refuse(how, try_one(&[their_a, b].concat()));
            }
            if other.traditional == suite.traditional {
                let how = format!("second part of {}", other.name());
                matrix.refuse(how, try_one(&[a, their_b].concat()));
            }
        }
        counts.push(matrix.finish());
    }
    assert_eq!(
        counts,
        [
            ("MLKEM768-RSA2048-SHA3-256", 37),
            ("MLKEM768-RSA3072-SHA3-256", 38),
            ("MLKEM768-RSA4096-SHA3-256", 37),
            ("MLKEM768-X25519-SHA3-256", 39),
            ("MLKEM768-ECDH-P256-SHA3-256", 38),
            ("MLKEM768-ECDH-P384-SHA3-256", 39),
            ("MLKEM768-ECDH-brainpoolP256r1-SHA3-256", 38),
            ("MLKEM1024-RSA3072-SHA3-256", 35),
            ("MLKEM1024-ECDH-P384-SHA3-256", 36),
            ("MLKEM1024-ECDH-brainpoolP384r1-SHA3-256", 35),
            ("MLKEM1024-X448-SHA3-256", 34),
            ("MLKEM1024-ECDH-P521-SHA3-256", 35),
            ("X-Wing", 39),
        ]
    );
    assert_eq!(counts.iter().map(|(_, count)| count).sum::<usize>(), 480);
}

/// Bits of a private key that nothing honest depends on: z of ML-KEM, which only makes the secrets of
/// altered ciphertexts, and what RFC 7748 section 5 masks in a private key of X25519 and X448.
fn is_free(suite: &Suite, how: &str) -> bool {
    let masked = matches!(suite.traditional, Traditional::X25519 | Traditional::X448);
    match how {
        _ if suite.algorithm == Algorithm::XWing => false,
        "last bit of the first part" => true,
        "first bit of the second part" => masked,
        _ => false,
    }
}

#[test]
fn no_manipulated_key_agrees() {
    let mut counts = Vec::new();
    for suite in kems() {
        let (own, other) = (suite.own(), suite.other());
        let mut matrix = Matrix::new(suite.name());
        let (good, sent) = own
            .decapsulation()
            .encapsulation_key()
            .encapsulate()
            .unwrap();
        for (how, public) in taken_apart(suite.public(&own.public), suite.public(&other.public)) {
            let tried = || -> Result<bool> {
                let key = EncapsulationKey::from_bytes(suite.algorithm, &public)?;
                let (ciphertext, sent) = key.encapsulate()?;
                agrees(own.decapsulation(), &ciphertext, &[sent.expose()])
            };
            matrix.refuse(format!("public, {how}"), tried());
        }
        let oid = suite.algorithm.info().oid;
        // The private key of X-Wing is one seed: its halves stand for the parts.
        let halves = |private: &'static [u8]| match suite.algorithm {
            Algorithm::XWing => private.split_at(16),
            _ => suite.private(private),
        };
        for (how, private) in taken_apart(halves(&own.private), halves(&other.private)) {
            let tried = || -> Result<bool> {
                let key = load(suite.algorithm, &private)?.into_decapsulation()?;
                let (fresh, sent_fresh) = key.encapsulation_key().encapsulate()?;
                assert!(agrees(&key, &fresh, &[sent_fresh.expose()])?);
                let known = own.decapsulation().encapsulation_key();
                Ok(key.encapsulation_key() == known || agrees(&key, &good, &[sent.expose()])?)
            };
            let file = der::pkcs8(oid, &private, Some(&own.public));
            if is_free(&suite, how) {
                assert!(tried().unwrap() && read_private(&file).is_ok());
                continue;
            }
            matrix.refuse(format!("private, {how}"), tried());
            matrix.refuse(
                format!("private, {how}, beside the public key"),
                read_private(&file).map(|_| true),
            );
        }
        let file = der::pkcs8(oid, &own.private, Some(&own.public));
        // X-Wing has no public key beside the private one (section 5.8.2).
        assert_eq!(
            read_private(&file).is_ok(),
            suite.algorithm != Algorithm::XWing
        );
        counts.push(matrix.finish());
    }
    let expected = kems().map(|suite| match (suite.algorithm, suite.traditional) {
        (Algorithm::XWing, _) => (suite.name(), 84),
        (_, Traditional::X25519 | Traditional::X448) => (suite.name(), 80),
        _ => (suite.name(), 82),
    });
    assert_eq!(counts, expected.collect::<Vec<_>>());
}

/// ML-KEM alone with the key of a suite.
fn lattice(suite: &Suite) -> DecapsulationKey {
    let raw = expanded(suite);
    let seed = SecretBytes::copy_of(&raw[..64]);
    let key = PrivateKey::from_seed(suite.post_quantum, seed).unwrap();
    key.into_decapsulation().unwrap()
}

/// seed || private key of the traditional part.
fn expanded(suite: &Suite) -> Vec<u8> {
    match suite.algorithm {
        Algorithm::XWing => shake256(&suite.own().private, 96),
        _ => suite.own().private.clone(),
    }
}

#[test]
fn a_part_has_another_secret_than_the_whole() {
    let mut counts = Vec::new();
    for suite in kems() {
        let own = suite.own().decapsulation();
        let mut matrix = Matrix::new(suite.name());
        let (good, sent) = own.encapsulation_key().encapsulate().unwrap();
        let (a, b) = suite.output(&good);
        let (public_a, public_b) = suite.public(&suite.own().public);
        let lattice = lattice(&suite);
        assert_eq!(lattice.encapsulation_key().as_bytes(), public_a);
        let mut tried = |how: &str, key: &DecapsulationKey, ciphertext: &[u8], sent: &[u8]| {
            matrix.refuse(how, agrees(key, ciphertext, &[sent]));
        };
        let (alone, sent_alone) = lattice.encapsulation_key().encapsulate().unwrap();
        tried("ML-KEM part to ML-KEM", &lattice, a, sent.expose());
        tried("the whole to ML-KEM", &lattice, &good, sent.expose());
        tried("traditional part to ML-KEM", &lattice, b, sent.expose());
        tried(
            "ML-KEM alone to the suite",
            own,
            &alone,
            sent_alone.expose(),
        );
        let joined = [&alone, b].concat();
        tried("ML-KEM alone in front", own, &joined, sent_alone.expose());
        tried(
            "ML-KEM alone in front, the whole",
            own,
            &joined,
            sent.expose(),
        );
        let load = |algorithm, public: &[u8]| EncapsulationKey::from_bytes(algorithm, public);
        let whole_key = &suite.own().public;
        let mut keys = vec![
            ("its key to ML-KEM", load(suite.post_quantum, whole_key)),
            ("ML-KEM key to the suite", load(suite.algorithm, public_a)),
            (
                "traditional key to the suite",
                load(suite.algorithm, public_b),
            ),
        ];
        if let Some(single) = suite.single_key(&expanded(&suite)[64..]) {
            let single = single.into_decapsulation().unwrap();
            assert_eq!(single.encapsulation_key().as_bytes(), public_b);
            let (alone, sent_alone) = single.encapsulation_key().encapsulate().unwrap();
            tried("traditional part alone", &single, b, sent.expose());
            tried("the whole to it", &single, &good, sent.expose());
            tried("ML-KEM part to it", &single, a, sent.expose());
            tried(
                "traditional alone to the suite",
                own,
                &alone,
                sent_alone.expose(),
            );
            let joined = [a, &alone].concat();
            tried(
                "traditional alone behind",
                own,
                &joined,
                sent_alone.expose(),
            );
            tried(
                "traditional alone behind, the whole",
                own,
                &joined,
                sent.expose(),
            );
            keys.push(("its key to it", load(single.algorithm(), whole_key)));

            // Control: what the whole is; the label is in it.
            let (first, second) = (
                lattice.decapsulate(a).unwrap(),
                single.decapsulate(b).unwrap(),
            );
            let combined = |label: &[u8]| {
                let parts = [first.expose(), second.expose(), b, public_b, label];
                Sha3_256::digest(parts.concat()).to_vec()
            };
            assert_eq!(combined(&suite.label()), sent.expose(), "{}", suite.name());
        }
        for (how, key) in keys {
            matrix.refuse(how, key.map(|_| true));
        }
        counts.push(matrix.finish_at_least(9));
    }
    let expected = kems().map(|suite| match suite.single() {
        None => (suite.name(), 9),
        Some(_) => (suite.name(), 16),
    });
    assert_eq!(counts, expected.collect::<Vec<_>>());
}

/// draft-ietf-lamps-pq-composite-kem-17, "X-Wing": the algorithms are the same but for the private
/// key. The identifiers differ, so that fingerprints do; the raw public key is no name of a key.
#[test]
fn an_expanded_x_wing_key_is_a_key_of_mlkem768_x25519_with_another_fingerprint() {
    let x_wing = suite(Algorithm::XWing).own();
    let composite = Algorithm::MlKem768X25519Sha3_256;
    let twin = load(composite, &shake256(&x_wing.private, 96)).unwrap();
    assert_eq!(twin.public_key().as_bytes(), x_wing.public);
    assert_ne!(
        twin.public_key().fingerprint(),
        x_wing.key.public_key().fingerprint()
    );
    assert_ne!(twin.public_key(), x_wing.key.public_key());
    let twin = twin.into_decapsulation().unwrap();
    for key in [x_wing.decapsulation(), &twin] {
        let (ciphertext, sent) = key.encapsulation_key().encapsulate().unwrap();
        assert_eq!(
            x_wing.decapsulation().decapsulate(&ciphertext).unwrap(),
            sent
        );
        assert_eq!(twin.decapsulate(&ciphertext).unwrap(), sent);
    }
    // What one is made of is no key of the other: a seed of 32 bytes, parts of 96 (X-Wing section 5.5.1).
    for (algorithm, raw) in [
        (composite, x_wing.private.clone()),
        (Algorithm::XWing, shake256(&x_wing.private, 96)),
    ] {
        assert_eq!(load(algorithm, &raw).unwrap_err().code(), Code::Length);
    }
}
