//! Every row of the table: real sizes, every encoding and form and back, and every malformed key.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

use std::collections::BTreeMap;
use std::sync::OnceLock;

use chop::algorithm::{Family, Kind, Size};
use chop::encoding::{self, Passphrase};
use chop::{Algorithm, Code, Error, Form, PrivateKey, PublicKey, Result, SecretBytes};

/// One key of each algorithm, made once for all tests.
fn keys() -> &'static BTreeMap<Algorithm, PrivateKey> {
    static KEYS: OnceLock<BTreeMap<Algorithm, PrivateKey>> = OnceLock::new();
    KEYS.get_or_init(|| {
        Algorithm::CURRENT
            .iter()
            .map(|algorithm| (*algorithm, PrivateKey::generate(*algorithm).unwrap()))
            .collect()
    })
}

fn no_passphrase() -> Result<Passphrase> {
    Err(Error::usage("nobody expected a passphrase"))
}

fn read(bytes: &[u8]) -> Result<PrivateKey> {
    encoding::read_private_key(bytes, &mut no_passphrase)
}

fn holds(size: Size, bytes: &[u8]) -> bool {
    match size {
        Size::Exact(n) => bytes.len() == n,
        Size::Max(n) => bytes.len() <= n && bytes.len() + 12 >= n,
    }
}

#[test]
fn the_table_tells_the_real_sizes() {
    for (algorithm, key) in keys() {
        let info = algorithm.info();
        assert!(
            holds(info.public_key, key.public_key().as_bytes()),
            "{algorithm}"
        );
        assert_eq!(
            key.seed().ok().map(SecretBytes::len),
            info.seed,
            "{algorithm}"
        );
        match info.expanded {
            Some(size) => assert!(holds(size, key.expanded().unwrap().expose()), "{algorithm}"),
            None => assert!(key.expanded().is_err(), "{algorithm}"),
        }
        match (key, info.kind) {
            (PrivateKey::Signing(key), Kind::Signature) => {
                assert!(
                    holds(info.output, &key.sign(b"message").unwrap()),
                    "{algorithm}"
                );
            }
            (PrivateKey::Decapsulation(key), Kind::Kem) => {
                let (ciphertext, secret) = key.encapsulation_key().encapsulate().unwrap();
                assert!(holds(info.output, &ciphertext), "{algorithm}");
                assert_eq!(
                    Some(secret.expose().len()),
                    info.shared_secret,
                    "{algorithm}"
                );
            }
            (_, kind) => panic!("{algorithm} is a {kind:?} and its key is not"),
        }
    }
}

#[test]
fn every_form_and_encoding_leads_back_to_the_same_key() {
    for (algorithm, key) in keys() {
        let public = key.public_key();
        for form in key.forms() {
            let der = key.to_pkcs8_der(*form).unwrap();
            let pem = key.to_pkcs8_pem(*form).unwrap();
            for bytes in [&der, &pem] {
                let again = read(bytes.expose()).unwrap();
                assert_eq!(
                    again.public_key().as_bytes(),
                    public.as_bytes(),
                    "{algorithm} {form}"
                );
                if again.forms().contains(form) {
                    assert_eq!(
                        again.to_pkcs8_der(*form).unwrap(),
                        der,
                        "{algorithm} {form}"
                    );
                }
            }
        }
        let spki = public.to_spki_der();
        for bytes in [spki.clone(), public.to_spki_pem().unwrap()] {
            let again = encoding::read_public_key(&bytes).unwrap();
            assert_eq!(again.to_spki_der(), spki, "{algorithm}");
            assert_eq!(again.fingerprint(), public.fingerprint(), "{algorithm}");
        }
        match (algorithm.info().jose, key.to_jwk()) {
            (Some(_), Ok(jwk)) => {
                assert_eq!(
                    read(jwk.expose()).unwrap().public_key(),
                    public,
                    "{algorithm}"
                );
                let again = encoding::read_public_key(&public.to_jwk().unwrap()).unwrap();
                assert_eq!(again, public, "{algorithm}");
            }
            (None, Err(error)) => assert_eq!(error.code(), Code::Usage, "{algorithm}"),
            (name, _) => panic!("{algorithm}: JWK does not go with {name:?}"),
        }
    }
}

#[test]
fn an_expanded_key_keeps_no_seed_and_signs_the_same() {
    for algorithm in [Algorithm::MlDsa44, Algorithm::MlDsa65, Algorithm::MlDsa87] {
        let key = &keys()[&algorithm];
        let expanded =
            PrivateKey::from_expanded(algorithm, key.expanded().unwrap().duplicate()).unwrap();
        assert_eq!(expanded.forms(), [Form::Expanded]);
        assert_eq!(
            expanded.to_pkcs8_der(Form::Seed).unwrap_err().code(),
            Code::Usage
        );
        let options = chop::SignOptions {
            deterministic: true,
            ..Default::default()
        };
        let PrivateKey::Signing(seeded) = key else {
            panic!("ML-DSA signs")
        };
        assert_eq!(
            seeded.sign_with(b"m", &options).unwrap(),
            expanded
                .into_signing()
                .unwrap()
                .sign_with(b"m", &options)
                .unwrap()
        );
    }
}

#[test]
fn a_passphrase_opens_what_it_closed_and_another_does_not() {
    let passphrase = |text: &[u8]| Passphrase::new(SecretBytes::copy_of(text)).unwrap();
    for algorithm in [Algorithm::MlDsa65, Algorithm::EcdsaP256Sha256] {
        let key = &keys()[&algorithm];
        let form = key.forms()[0];
        let sealed = key
            .to_encrypted_pkcs8_pem(form, &passphrase(b"correct horse"))
            .unwrap();
        let opened =
            encoding::read_private_key(sealed.expose(), &mut || Ok(passphrase(b"correct horse")))
                .unwrap();
        assert_eq!(opened.public_key().as_bytes(), key.public_key().as_bytes());
        let wrong =
            encoding::read_private_key(sealed.expose(), &mut || Ok(passphrase(b"battery staple")))
                .unwrap_err();
        assert_eq!(wrong.code(), Code::Passphrase);
        assert_eq!(
            wrong.to_string(),
            "encrypted private key: wrong passphrase, or an altered file"
        );
    }
}

/// What each way of spoiling a DER key must be called.
fn spoiled(der: &[u8]) -> Vec<(&'static str, Vec<u8>, &'static [Code])> {
    const FORM: &[Code] = &[
        Code::Malformed,
        Code::Length,
        Code::Unsupported,
        Code::Inconsistent,
    ];
    let mut cases: Vec<(&'static str, Vec<u8>, &'static [Code])> = vec![
        ("trailing byte", [der, &[0]].concat(), &[Code::Malformed]),
        (
            "last byte missing",
            der[..der.len() - 1].to_vec(),
            &[Code::Malformed],
        ),
        (
            "indefinite length",
            [&[0x30, 0x80], &der[4..], &[0, 0]].concat(),
            &[Code::Malformed],
        ),
        (
            "outer tag",
            [&[0x31], &der[1..]].concat(),
            &[Code::Malformed],
        ),
    ];
    for len in [0, 1, 2, 10, der.len() / 2] {
        cases.push(("truncated", der[..len].to_vec(), FORM));
    }
    cases
}

#[test]
fn spoiled_der_is_refused_by_name() {
    for (algorithm, key) in keys() {
        let spki = key.public_key().to_spki_der();
        for (how, bytes, codes) in spoiled(&spki) {
            let error = encoding::read_public_key(&bytes).unwrap_err();
            assert!(
                codes.contains(&error.code()),
                "{algorithm} public, {how}: {error:?}"
            );
        }
        for form in key.forms() {
            for (how, bytes, codes) in spoiled(key.to_pkcs8_der(*form).unwrap().expose()) {
                let error = read(&bytes).unwrap_err();
                assert!(
                    codes.contains(&error.code()),
                    "{algorithm} {form}, {how}: {error:?}"
                );
            }
        }
    }
}

/// The DER of a SEQUENCE around `contents`.
fn sequence(contents: &[u8]) -> Vec<u8> {
    tagged(0x30, contents)
}

fn tagged(tag: u8, contents: &[u8]) -> Vec<u8> {
    let len = u16::try_from(contents.len()).unwrap().to_be_bytes();
    let header = match contents.len() {
        short @ 0..0x80 => vec![tag, u8::try_from(short).unwrap()],
        0x80..0x100 => vec![tag, 0x81, len[1]],
        _ => vec![tag, 0x82, len[0], len[1]],
    };
    [&header, contents].concat()
}

/// An SPKI of `algorithm` with these extra parameters and this key.
fn spki(algorithm: Algorithm, parameters: &[u8], unused_bits: u8, key: &[u8]) -> Vec<u8> {
    let oid = tagged(6, algorithm.info().oid.as_bytes());
    let identifier = sequence(&[&oid, parameters].concat());
    let bits = tagged(3, &[&[unused_bits], key].concat());
    sequence(&[identifier, bits].concat())
}

fn post_quantum() -> impl Iterator<Item = (&'static Algorithm, &'static PrivateKey)> {
    keys()
        .iter()
        .filter(|(algorithm, _)| algorithm.info().category > 0)
}

#[test]
fn a_public_key_is_refused_for_parameters_bits_length_and_coefficients() {
    for (algorithm, key) in post_quantum() {
        let public = key.public_key();
        let bytes = public.as_bytes();
        assert!(
            encoding::read_public_key(&spki(*algorithm, &[], 0, bytes)).is_ok(),
            "{algorithm}"
        );

        let error = encoding::read_public_key(&spki(*algorithm, &[5, 0], 0, bytes)).unwrap_err();
        assert_eq!(
            error.to_string(),
            "algorithm parameters: expected absent, got NULL"
        );

        let error = encoding::read_public_key(&spki(*algorithm, &[], 4, &[bytes, &[0]].concat()))
            .unwrap_err();
        assert_eq!(error.code(), Code::Malformed, "{algorithm}: {error}");

        let want = algorithm.info().public_key.max();
        for (spoiled, got) in [
            (&bytes[1..], want - 1),
            (&[bytes, &[0]].concat()[..], want + 1),
            (&[], 0),
        ] {
            let error = encoding::read_public_key(&spki(*algorithm, &[], 0, spoiled)).unwrap_err();
            let exact = format!("{algorithm} public key: expected {want} bytes, got {got} bytes");
            match algorithm.info().public_key {
                Size::Exact(_) => assert_eq!(error.to_string(), exact),
                // An RSA part, of which the length alone does not tell.
                _ => assert!(
                    matches!(error.code(), Code::Length | Code::Malformed),
                    "{algorithm}: {error}"
                ),
            }
        }
    }
    for (algorithm, rank) in [
        (Algorithm::MlKem512, 2),
        (Algorithm::MlKem768, 3),
        (Algorithm::MlKem1024, 4),
    ] {
        let good = keys()[&algorithm].public_key().as_bytes().to_vec();
        // q itself and the largest value, at the first, an odd, and the last coefficient.
        for index in [0, 1, 255, 256 * rank - 1] {
            for value in [3329u16, 4095] {
                let mut bytes = good.clone();
                let at = index / 2 * 3;
                if index % 2 == 0 {
                    bytes[at] = value.to_le_bytes()[0];
                    bytes[at + 1] = bytes[at + 1] & 0xf0 | value.to_le_bytes()[1];
                } else {
                    bytes[at + 1] = bytes[at + 1] & 0x0f | (value << 4).to_le_bytes()[0];
                    bytes[at + 2] = (value >> 4).to_le_bytes()[0];
                }
                let error = PublicKey::from_bytes(algorithm, &bytes).unwrap_err();
                assert_eq!(
                    error.to_string(),
                    format!(
                        "{algorithm} encapsulation key: expected coefficients below 3329, got a larger one at index {index}"
                    )
                );
            }
        }
    }
}

/// A PrivateKeyInfo of `algorithm` with these parameters and these contents of privateKey.
fn pkcs8(algorithm: Algorithm, parameters: &[u8], contents: &[u8]) -> Vec<u8> {
    let oid = tagged(6, algorithm.info().oid.as_bytes());
    let identifier = sequence(&[&oid, parameters].concat());
    sequence(&[&[2, 1, 0], &identifier[..], &tagged(4, contents)].concat())
}

#[test]
fn a_private_key_is_refused_for_parameters_form_and_length() {
    for (algorithm, key) in post_quantum() {
        let der = key.to_pkcs8_der(key.forms()[0]).unwrap();
        let with_null = pkcs8(*algorithm, &[5, 0], &[0x80, 1, 2]);
        assert_eq!(
            read(&with_null).unwrap_err().to_string(),
            "algorithm parameters: expected absent, got NULL"
        );
        assert!(read(der.expose()).is_ok());

        let info = algorithm.info();
        if let Some(seed) = info.seed {
            for len in [seed - 1, seed + 1] {
                let bytes = vec![7; len];
                let contents = match info.family {
                    Family::XWing => bytes,
                    _ => tagged(0x80, &bytes),
                };
                let error = read(&pkcs8(*algorithm, &[], &contents)).unwrap_err();
                assert_eq!(
                    error.to_string(),
                    format!("{algorithm} seed: expected {seed} bytes, got {len} bytes")
                );
            }
            let error = read(&pkcs8(*algorithm, &[], &tagged(0x81, &vec![7; seed]))).unwrap_err();
            let code = match info.family {
                Family::XWing => Code::Length,
                _ => Code::Malformed,
            };
            assert_eq!(error.code(), code, "{algorithm}: {error}");
        }
        let Some(expanded) = info.expanded.map(Size::max) else {
            continue;
        };
        for len in [expanded - 1, expanded + 1] {
            let contents = match info.seed {
                Some(_) => tagged(4, &vec![7; len]),
                None => vec![7; len],
            };
            let error = read(&pkcs8(*algorithm, &[], &contents)).unwrap_err();
            let exact = format!(
                "{algorithm} expanded private key: expected {expanded} bytes, got {len} bytes"
            );
            match info.expanded {
                Some(Size::Exact(_)) => assert_eq!(error.to_string(), exact),
                _ => assert!(
                    matches!(error.code(), Code::Length | Code::Malformed),
                    "{algorithm}: {error}"
                ),
            }
        }
    }
}

#[test]
fn parts_that_disagree_are_refused() {
    for (algorithm, key) in post_quantum() {
        let Ok(expanded) = key.expanded() else {
            continue;
        };
        // One bit in each region of the key: every one must be noticed.
        for at in (0..expanded.len()).step_by(expanded.len() / 23) {
            let mut spoiled = expanded.duplicate();
            spoiled.expose_mut()[at] ^= 4;
            if let Ok(seed) = key.seed() {
                let both = [tagged(4, seed.expose()), tagged(4, spoiled.expose())].concat();
                let error = read(&pkcs8(*algorithm, &[], &sequence(&both))).unwrap_err();
                assert_eq!(
                    error.code(),
                    Code::Inconsistent,
                    "{algorithm} both, byte {at}"
                );
            }
        }
    }
    // Alone, an expanded key shows a change in everything that the public key depends on.
    for (algorithm, key) in
        post_quantum().filter(|(algorithm, _)| algorithm.info().standard == "FIPS 205")
    {
        let n = key.expanded().unwrap().len() / 4;
        for at in [0, n - 1, 2 * n, 3 * n, 4 * n - 1] {
            let mut spoiled = key.expanded().unwrap().duplicate();
            spoiled.expose_mut()[at] ^= 1;
            let error = PrivateKey::from_expanded(*algorithm, spoiled).unwrap_err();
            assert_eq!(error.code(), Code::Inconsistent, "{algorithm} byte {at}");
        }
    }
    for (algorithm, eta_bits, l_and_k) in [
        (Algorithm::MlDsa44, 3, 8),
        (Algorithm::MlDsa65, 4, 11),
        (Algorithm::MlDsa87, 3, 15),
    ] {
        let vectors = 32 * eta_bits * l_and_k;
        let len = keys()[&algorithm].expanded().unwrap().len();
        // rho, tr, s1, s2, t0 are all bound to each other; K, at 32..64, is free.
        for at in [
            0,
            31,
            64,
            127,
            128,
            128 + vectors - 1,
            128 + vectors,
            len - 1,
        ] {
            let mut spoiled = keys()[&algorithm].expanded().unwrap().duplicate();
            spoiled.expose_mut()[at] ^= 1;
            let error = PrivateKey::from_expanded(algorithm, spoiled).unwrap_err();
            assert_eq!(error.code(), Code::Inconsistent, "{algorithm} byte {at}");
        }
    }
    for (algorithm, rank) in [
        (Algorithm::MlKem512, 2),
        (Algorithm::MlKem768, 3),
        (Algorithm::MlKem1024, 4),
    ] {
        let len = keys()[&algorithm].expanded().unwrap().len();
        // The secret vector, the public one, rho and H(ek) are bound to each other; z, at the end, is free.
        for at in [
            0,
            384 * rank - 1,
            384 * rank,
            768 * rank,
            len - 65,
            len - 64,
            len - 33,
        ] {
            let mut spoiled = keys()[&algorithm].expanded().unwrap().duplicate();
            spoiled.expose_mut()[at] ^= 1;
            let error = PrivateKey::from_expanded(algorithm, spoiled).unwrap_err();
            assert!(
                [Code::Inconsistent, Code::Malformed].contains(&error.code()),
                "{algorithm} byte {at}: {error}"
            );
        }
    }
}

#[test]
fn a_public_key_beside_a_private_one_must_be_its_own() {
    let key = &keys()[&Algorithm::MlDsa44];
    let other = PrivateKey::generate(Algorithm::MlDsa44).unwrap();
    for (public, good) in [(key.public_key(), true), (other.public_key(), false)] {
        // Version 2 of RFC 5958: [1] IMPLICIT BIT STRING.
        let plain = pkcs8(
            Algorithm::MlDsa44,
            &[],
            &tagged(0x80, key.seed().unwrap().expose()),
        );
        let bits = tagged(0x81, &[&[0], public.as_bytes()].concat());
        let contents = [
            &[2, 1, 1],
            &plain[4 + 3 - usize::from(plain[1] < 0x80) * 2..],
            &bits[..],
        ]
        .concat();
        let result = read(&sequence(&contents));
        match good {
            true => assert!(result.is_ok(), "{result:?}"),
            false => assert_eq!(
                result.unwrap_err().to_string(),
                "ML-DSA-44 private key: the public key beside it is not its own"
            ),
        }
    }
}

#[test]
fn a_key_of_the_wrong_kind_or_side_is_refused() {
    let signing = &keys()[&Algorithm::MlDsa65];
    let kem = &keys()[&Algorithm::MlKem768];
    let code = |result: Result<()>| result.unwrap_err().code();
    assert_eq!(
        code(signing.public_key().into_encapsulation().map(drop)),
        Code::WrongKind
    );
    assert_eq!(
        code(kem.public_key().into_verifying().map(drop)),
        Code::WrongKind
    );
    let private = signing.to_pkcs8_pem(Form::Seed).unwrap();
    let public = signing.public_key().to_spki_pem().unwrap();
    assert_eq!(
        code(encoding::read_public_key(private.expose()).map(drop)),
        Code::WrongKind
    );
    assert_eq!(code(read(&public).map(drop)), Code::WrongKind);
    let private = signing.to_pkcs8_der(Form::Seed).unwrap();
    assert_eq!(
        code(encoding::read_public_key(private.expose()).map(drop)),
        Code::WrongKind
    );
    assert_eq!(
        code(read(&signing.public_key().to_spki_der()).map(drop)),
        Code::WrongKind
    );
    assert_eq!(
        code(chop::SigningKey::generate(Algorithm::MlKem768).map(drop)),
        Code::WrongKind
    );
    assert_eq!(
        code(chop::DecapsulationKey::generate(Algorithm::Ed25519).map(drop)),
        Code::WrongKind
    );
}

#[test]
fn an_elliptic_curve_key_serves_both_uses() {
    let key = read(
        keys()[&Algorithm::EcdhP256]
            .to_pkcs8_der(Form::Expanded)
            .unwrap()
            .expose(),
    )
    .unwrap();
    assert_eq!(key.algorithm(), Algorithm::EcdsaP256Sha256);
    let receiver = key.into_decapsulation().unwrap();
    assert_eq!(receiver.algorithm(), Algorithm::EcdhP256);
    let (ciphertext, sent) = receiver.encapsulation_key().encapsulate().unwrap();
    assert_eq!(receiver.decapsulate(&ciphertext).unwrap(), sent);
}

#[test]
fn jwk_members_are_strict() {
    let jwk = keys()[&Algorithm::MlDsa44].to_jwk().unwrap();
    let text = std::str::from_utf8(jwk.expose()).unwrap();
    let cases = [
        (
            "duplicate member",
            text.replace("{\"kty\"", "{\"alg\":\"ML-DSA-44\",\"kty\""),
            Code::Malformed,
        ),
        ("other type", text.replace("AKP", "OKP"), Code::Unsupported),
        (
            "other algorithm",
            text.replace("ML-DSA-44", "ML-DSA-65"),
            Code::Inconsistent,
        ),
        ("padding", text.replace("\"}", "=\"}"), Code::Malformed),
        (
            "escape in a secret",
            text.replace("\"priv\":\"", "\"priv\":\"\\u0041"),
            Code::Malformed,
        ),
        (
            "no pub",
            text.replace("\"pub\"", "\"bup\""),
            Code::Malformed,
        ),
        ("trailing text", format!("{text}x"), Code::Malformed),
        ("not an object", "{}".to_owned(), Code::Malformed),
    ];
    for (how, spoiled, code) in cases {
        assert_ne!(spoiled, text, "{how} changes nothing");
        let error = read(spoiled.as_bytes()).unwrap_err();
        assert_eq!(error.code(), code, "{how}: {error}");
    }
    let extra = text.replace(
        "{\"kty\"",
        "{\"kid\":\"2026\",\"key_ops\":[\"sign\"],\"kty\"",
    );
    assert!(
        read(extra.as_bytes()).is_ok(),
        "members that are not ours are ignored"
    );
}
