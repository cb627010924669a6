//! The key doctor: every arrangement that other software writes, and everything that is no key.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

use chop::algorithm::Size;
use chop::encoding::{self, Passphrase};
use chop::inspect::{Finding, What, inspect};
use chop::{Algorithm, Code, Error, Form, PrivateKey, SecretBytes};

fn one(bytes: &[u8]) -> Finding {
    let mut findings = inspect(bytes, None).unwrap();
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}

fn tagged(tag: u8, contents: &[u8]) -> Vec<u8> {
    let len = u16::try_from(contents.len()).unwrap().to_be_bytes();
    let header = match contents.len() {
        0..0x80 => vec![tag, len[1]],
        0x80..0x100 => vec![tag, 0x81, len[1]],
        _ => vec![tag, 0x82, len[0], len[1]],
    };
    [&header, contents].concat()
}

/// A PrivateKeyInfo with this identifier and these contents of privateKey.
fn pkcs8(oid: &[u8], contents: &[u8]) -> Vec<u8> {
    let identifier = tagged(0x30, &tagged(6, oid));
    tagged(
        0x30,
        &[&[2, 1, 0], &identifier[..], &tagged(4, contents)].concat(),
    )
}

fn seeded(algorithm: Algorithm) -> PrivateKey {
    let len = algorithm.info().seed.unwrap();
    PrivateKey::from_seed(algorithm, SecretBytes::copy_of(&vec![0x42; len])).unwrap()
}

#[test]
fn arrangements_of_other_software_are_named_and_converted() {
    for algorithm in [
        Algorithm::MlKem512,
        Algorithm::MlKem768,
        Algorithm::MlKem1024,
        Algorithm::MlDsa44,
        Algorithm::MlDsa65,
        Algorithm::MlDsa87,
    ] {
        let key = seeded(algorithm);
        let oid = algorithm.info().oid.as_bytes();
        let seed = key.seed().unwrap().expose();
        let expanded = key.expanded().unwrap().expose();
        let pair = [expanded, key.public_key().as_bytes()].concat();
        for (contents, form, writer) in [
            (seed.to_vec(), Form::Seed, "a bare seed"),
            (tagged(4, seed), Form::Seed, "a seed in an OCTET STRING"),
            (expanded.to_vec(), Form::Expanded, "a bare expanded key"),
            (tagged(4, &pair), Form::Expanded, "in one OCTET STRING"),
            (pair.clone(), Form::Expanded, "one after the other"),
        ] {
            let der = pkcs8(oid, &contents);
            let finding = one(&der);
            assert_eq!(finding.what, What::PrivateKey, "{algorithm} {writer}");
            assert_eq!(finding.algorithm, Some(algorithm));
            assert_eq!(finding.form, Some(form));
            assert_eq!(finding.consistent(), Some(true));
            assert_eq!(finding.fingerprint, Some(key.public_key().fingerprint()));
            let written_by = finding.written_by.unwrap();
            assert!(written_by.contains(writer), "{algorithm}: {written_by}");

            // Only conversion reads it; everything else asks for that first.
            let mut nobody = || Err::<Passphrase, _>(Error::usage("no passphrase"));
            let refused = encoding::read_private_key(&der, &mut nobody).unwrap_err();
            assert_eq!(refused.code(), Code::Unsupported);
            let read = encoding::read_private_key_of_any_make(&der, &mut nobody).unwrap();
            assert_eq!(read.public_key(), key.public_key());
        }
        // The public half of a pair is checked like any other.
        let mut foreign = pair.clone();
        *foreign.last_mut().unwrap() ^= 1;
        let finding = one(&pkcs8(oid, &tagged(4, &foreign)));
        assert_eq!(finding.consistent(), Some(false), "{algorithm}");
        assert_eq!(finding.exit_status(), 1);
    }
}

#[test]
fn slh_dsa_in_an_octet_string_is_named() {
    let algorithm = Algorithm::SlhDsaSha2128f;
    let key = PrivateKey::generate(algorithm).unwrap();
    let oid = algorithm.info().oid.as_bytes();
    let sk = key.expanded().unwrap().expose();
    assert_eq!(one(&pkcs8(oid, sk)).written_by, None);
    let wrapped = one(&pkcs8(oid, &tagged(4, sk)));
    assert!(wrapped.written_by.unwrap().contains("before RFC 9909"));
    let pair = [sk, key.public_key().as_bytes()].concat();
    let finding = one(&pkcs8(oid, &tagged(4, &pair)));
    assert_eq!(finding.fingerprint, Some(key.public_key().fingerprint()));
    assert!(finding.written_by.unwrap().contains("oqs-provider"));
}

#[test]
fn draft_era_identifiers_are_named_not_guessed() {
    for (dotted, name) in [
        ("1.3.6.1.4.1.2.267.1.6.5", "Dilithium of round 2"),
        ("1.3.6.1.4.1.2.267.5.4.4", "Kyber of round 2"),
        ("1.3.6.1.4.1.2.267.11.6.5", "with AES in place of SHAKE"),
        ("1.3.6.1.4.1.2.267.99.1", "IBM"),
        ("1.3.6.1.4.1.22554.5.7.1", "Bouncy Castle"),
        (
            "2.16.840.1.114027.80.8.1.28",
            "a composite of an earlier draft",
        ),
        ("1.3.9999.6.4.13", "oqs-provider"),
        ("2.16.840.1.101.3.4.3.33", "HashML-DSA-65"),
    ] {
        let oid = der::oid::ObjectIdentifier::new_unwrap(dotted);
        let finding = one(&pkcs8(oid.as_bytes(), &[7; 32]));
        assert_eq!(finding.what, What::PrivateKey, "{dotted}");
        assert_eq!(finding.algorithm, None);
        assert_eq!(finding.exit_status(), 0, "{dotted}");
        assert!(finding.notes[0].contains(name), "{:?}", finding.notes);
    }
    // Those of the table are read: what is no key of theirs is malformed, and named.
    for (dotted, name) in [
        ("1.3.6.1.4.1.2.267.7.6.5", "Dilithium3-R3"),
        ("1.3.6.1.4.1.2.267.12.6.5", "Dilithium3-draft"),
        ("1.3.6.1.4.1.22554.5.6.2", "Kyber768-R3"),
    ] {
        let oid = der::oid::ObjectIdentifier::new_unwrap(dotted);
        let finding = one(&pkcs8(oid.as_bytes(), &[7; 32]));
        assert_eq!((finding.what, finding.exit_status()), (What::PrivateKey, 3));
        assert!(
            finding.problem.unwrap().to_string().contains(name),
            "{dotted}"
        );
    }
    let unknown = der::oid::ObjectIdentifier::new_unwrap("1.2.3.4.5");
    assert_eq!(one(&pkcs8(unknown.as_bytes(), &[7; 32])).exit_status(), 3);
}

#[test]
fn a_length_alone_proves_nothing() {
    for algorithm in Algorithm::ALL
        .iter()
        .copied()
        .filter(|a| a.info().seed == Some(64) || a.info().context)
    {
        let info = algorithm.info();
        let exact = [
            (info.public_key, false),
            (info.output, algorithm.name().starts_with("ML-DSA")),
        ]
        .into_iter()
        .filter(|(size, _)| matches!(size, Size::Exact(_)));
        for (len, refused) in exact.map(|(size, refused)| (size.max(), refused)) {
            // SLH-DSA public keys start where DER could: a first byte of 0xff is no tag of a key. Twelve bits of
            // ones are no coefficient of ML-KEM.
            let filler = if algorithm.name().starts_with("ML-KEM") {
                0xaa
            } else {
                0xff
            };
            let finding = one(&vec![filler; len]);
            if refused {
                // Those bytes are tried as a signature, and are none.
                assert_eq!(finding.what, What::Unrecognised, "{algorithm} {len}");
                assert!(
                    !finding
                        .notes
                        .join(" ")
                        .contains(&format!("signature of {algorithm}"))
                );
                continue;
            }
            assert_eq!(finding.what, What::Unrecognised, "{algorithm} {len}");
            assert_eq!(finding.exit_status(), 3);
            let note = finding.notes.join(" ");
            assert!(
                note.contains("cannot be known from this file alone"),
                "{note}"
            );
            assert!(note.contains(algorithm.name()), "{algorithm}: {note}");
        }
    }
    // What cannot be such a key is no candidate.
    let note = one(&[0xff; 1184]).notes.join(" ");
    assert!(!note.contains("public key of ML-KEM-768"), "{note}");
    let nothing = one(&[0xff; 77]);
    assert_eq!(nothing.notes, ["77 bytes without structure"]);
}

#[test]
fn a_raw_private_key_that_holds_its_own_proof_is_recognised() {
    for algorithm in [Algorithm::MlKem768, Algorithm::MlDsa44, Algorithm::MlDsa87] {
        let key = seeded(algorithm);
        let mut bytes = key.expanded().unwrap().duplicate();
        let finding = one(bytes.expose());
        // The forerunners' keys are arranged alike, and hold the same proof.
        assert_eq!((finding.what, finding.algorithm), (What::PrivateKey, None));
        assert_eq!(finding.flavours[0], algorithm);
        assert_eq!(finding.quantum_safe(), Some(true));
        assert_eq!(finding.fingerprint, None);
        // One bit off, and there is no proof any more.
        bytes.expose_mut()[0] ^= 1;
        assert_eq!(one(bytes.expose()).what, What::Unrecognised, "{algorithm}");
    }
}

#[test]
fn files_of_openssl_are_told_apart() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/test-vectors/openssl-3.0/");
    let mut seen = 0;
    for (file, what, algorithm, exit) in [
        ("brainpool.pem", What::PrivateKey, None, 0),
        (
            "certificate.pem",
            What::Certificate,
            Some(Algorithm::EcdsaP384Sha384),
            0,
        ),
        (
            "ec-sec1.pem",
            What::PrivateKey,
            Some(Algorithm::EcdsaP384Sha384),
            0,
        ),
        ("ed25519-pbes1.pem", What::EncryptedPrivateKey, None, 0),
        (
            "ed25519-pbkdf2-aes256.pem",
            What::EncryptedPrivateKey,
            None,
            0,
        ),
        (
            "ed25519-pbkdf2-sha512-aes128.der",
            What::EncryptedPrivateKey,
            None,
            0,
        ),
        (
            "ed25519-scrypt-aes256.pem",
            What::EncryptedPrivateKey,
            None,
            0,
        ),
        ("ed25519.pem", What::PrivateKey, Some(Algorithm::Ed25519), 0),
        ("ed25519.pub", What::PublicKey, Some(Algorithm::Ed25519), 0),
        (
            "request.pem",
            What::CertificateRequest,
            Some(Algorithm::EcdsaP384Sha384),
            0,
        ),
        ("rsa-1024.pem", What::PrivateKey, None, 3),
        (
            "rsa-pkcs1.pem",
            What::PrivateKey,
            Some(Algorithm::Rsa2048),
            0,
        ),
        ("rsa-pss.pem", What::PrivateKey, None, 0),
        ("x25519.pem", What::PrivateKey, Some(Algorithm::X25519), 0),
    ] {
        let finding = one(&std::fs::read(format!("{folder}{file}")).unwrap());
        assert_eq!(finding.what, what, "{file}");
        assert_eq!(finding.algorithm, algorithm, "{file}");
        assert_eq!(finding.exit_status(), exit, "{file}: {finding:?}");
        seen += 1;
    }
    let both = inspect(
        &std::fs::read(format!("{folder}ec-sec1-with-parameters.pem")).unwrap(),
        None,
    )
    .unwrap();
    assert_eq!(both[0].what, What::Foreign);
    assert_eq!(both[1].algorithm, Some(Algorithm::EcdsaP256Sha256));
    assert_eq!(
        std::fs::read_dir(folder).unwrap().count(),
        seen + 1,
        "a file is not looked at"
    );
}

#[test]
fn encrypted_files_of_openssl_open() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/test-vectors/openssl-3.0/");
    let plain = std::fs::read(format!("{folder}ed25519.pem")).unwrap();
    let mut passphrase = || Passphrase::new(SecretBytes::copy_of(b"chop-golden"));
    let expected = encoding::read_private_key(&plain, &mut passphrase).unwrap();
    for file in [
        "ed25519-pbkdf2-aes256.pem",
        "ed25519-pbkdf2-sha512-aes128.der",
        "ed25519-scrypt-aes256.pem",
    ] {
        let bytes = std::fs::read(format!("{folder}{file}")).unwrap();
        let key = encoding::read_private_key(&bytes, &mut passphrase).unwrap();
        assert_eq!(key.public_key(), expected.public_key(), "{file}");
    }
}

#[test]
fn text_in_another_encoding_and_sets_of_keys_are_named() {
    let note = |bytes: &[u8]| one(bytes).notes.join("; ");
    assert!(note(b"\xff\xfe-\0-\0").contains("UTF-16"));
    assert!(note(b"\xef\xbb\xbf-----BEGIN PUBLIC KEY-----").contains("byte order mark"));
    let set = one(br#"{"keys":[{"kty":"AKP"}]}"#);
    assert_eq!((set.what, set.exit_status()), (What::Foreign, 0));
}
