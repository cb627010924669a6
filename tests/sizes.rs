//! What is said of a length beforehand is the length of what is made: exactly, or a maximum where
//! DER varies.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

use std::sync::LazyLock;
use std::thread;

use chop::algorithm::{Family, RsaScheme, Size};
use chop::cms::{self, Signer};
use chop::{
    Algorithm, Certificate, Code, PrivateKey, SignOptions, SigningKey, Time, encoding, jws,
};

/// How far a maximum may be above one ECDSA signature: r and s lose a byte for each eight zero bits at
/// their start, so that eight bytes in all are never seen, and elements around them may lose one of
/// their length.
const ECDSA: usize = 12;

/// How far it may be above an RSA private key, five of whose numbers may begin with zeroes.
const RSA: usize = 16;

/// The content lengths at which DER takes another byte to say them, from both sides.
const LENGTHS: [usize; 7] = [0, 127, 128, 255, 256, 65535, 65536];

/// A key of every algorithm, made side by side: RSA and some sets of SLH-DSA take their time.
static KEYS: LazyLock<Vec<PrivateKey>> = LazyLock::new(|| {
    thread::scope(|scope| {
        let all = Algorithm::CURRENT.iter().copied();
        let made: Vec<_> = all
            .map(|algorithm| scope.spawn(move || PrivateKey::generate(algorithm).unwrap()))
            .collect();
        made.into_iter().map(|key| key.join().unwrap()).collect()
    })
});

fn signing_keys() -> impl Iterator<Item = &'static SigningKey> {
    KEYS.iter().filter_map(|key| match key {
        PrivateKey::Signing(key) => Some(key),
        _ => None,
    })
}

fn key_of(algorithm: Algorithm) -> &'static SigningKey {
    signing_keys()
        .find(|key| key.algorithm() == algorithm)
        .unwrap()
}

/// Sets that take long to sign; their messages differ from others in the length of the signature alone.
fn is_slow(algorithm: Algorithm) -> bool {
    algorithm.info().family == Family::SlhDsa
}

/// 2026-11-23T00:00:00Z
fn now() -> Time {
    Time::from_unix_seconds(1_795_392_000).unwrap()
}

fn certificate(key: &SigningKey) -> Certificate {
    let validity = now()..=now().plus_days(365).unwrap();
    Certificate::self_signed(key, "CN=Payments", validity, &SignOptions::default()).unwrap()
}

/// The schemes that a key can sign with.
fn schemes(algorithm: Algorithm) -> Vec<Option<RsaScheme>> {
    let mut schemes = vec![None];
    if algorithm.info().family == Family::Rsa {
        schemes.extend(RsaScheme::ALL.iter().copied().map(Some));
    }
    schemes
}

#[track_caller]
fn agrees(size: Size, real: usize, slack: usize, what: &str) {
    match size {
        Size::Exact(said) => assert_eq!(said, real, "{what}"),
        Size::Max(said) => assert!(
            (real..=real + slack).contains(&said),
            "{what}: at most {said}, is {real}"
        ),
    }
}

/// A maximum is said of what varies, and of nothing else.
#[track_caller]
fn is_exact_unless(varies: bool, size: Size, what: &str) {
    assert_eq!(size.is_exact(), !varies, "{what}");
}

fn has_rsa(algorithm: Algorithm) -> bool {
    algorithm.name().contains("RSA")
}

fn has_ecdsa(algorithm: Algorithm) -> bool {
    algorithm.name().contains("ECDSA")
}

#[test]
fn keys_have_the_length_that_was_said_in_every_encoding_and_form() {
    let mut jwks = 0;
    for key in KEYS.iter() {
        let (algorithm, public) = (key.algorithm(), key.public_key());
        let name = algorithm.name();
        let spki = encoding::spki_size(algorithm);
        is_exact_unless(has_rsa(algorithm), spki, name);
        // The public exponent of every generated key is 65537, the longest that is usual.
        agrees(spki, public.to_spki_der().len(), 0, name);
        let pem = encoding::pem_size("PUBLIC KEY", spki).unwrap();
        agrees(pem, public.to_spki_pem().unwrap().len(), 0, name);
        for form in algorithm.info().forms().iter().copied() {
            let what = format!("{name} {form}");
            let size = encoding::pkcs8_size(algorithm, form).unwrap();
            is_exact_unless(has_rsa(algorithm), size, &what);
            agrees(size, key.to_pkcs8_der(form).unwrap().len(), RSA, &what);
            let pem = encoding::pem_size("PRIVATE KEY", size).unwrap();
            let real = key.to_pkcs8_pem(form).unwrap().len();
            agrees(pem, real, RSA * 4 / 3 + 5, &what);
        }
        match encoding::jwk_size(algorithm) {
            Ok(size) => {
                jwks += 1;
                is_exact_unless(false, size, name);
                agrees(size, public.to_jwk().unwrap().len(), 0, name);
                let size = encoding::private_jwk_size(algorithm).unwrap();
                is_exact_unless(false, size, name);
                agrees(size, key.to_jwk().unwrap().len(), 0, name);
            }
            Err(error) => {
                assert_eq!(error, public.to_jwk().unwrap_err());
                assert!(encoding::private_jwk_size(algorithm).is_err());
            }
        }
    }
    assert_eq!(jwks, 9);
}

#[test]
fn a_form_that_an_algorithm_does_not_have_has_no_size() {
    let error = encoding::pkcs8_size(Algorithm::XWing, chop::Form::Both).unwrap_err();
    assert_eq!(error.code(), Code::Usage);
    let error = encoding::pem_size("CMS", Size::Exact(usize::MAX)).unwrap_err();
    assert_eq!(error.code(), Code::Limit);
}

#[test]
fn a_short_public_exponent_makes_a_shorter_key_than_the_maximum() {
    // e = 3, a modulus of 2048 bits.
    let mut der = vec![0x30, 0x82, 0x01, 0x08, 0x02, 0x82, 0x01, 0x01, 0x00];
    der.extend([0xff; 256]);
    der.extend([0x02, 0x01, 0x03]);
    let key = chop::PublicKey::from_bytes(Algorithm::Rsa2048, &der).unwrap();
    let said = encoding::spki_size(Algorithm::Rsa2048).max();
    assert_eq!(said - key.to_spki_der().len(), 2);
}

#[test]
fn raw_signatures_have_the_length_of_the_table() {
    for key in signing_keys().filter(|key| !is_slow(key.algorithm())) {
        let algorithm = key.algorithm();
        let size = algorithm.info().output;
        is_exact_unless(has_ecdsa(algorithm), size, algorithm.name());
        for rsa_scheme in schemes(algorithm) {
            let options = SignOptions {
                rsa_scheme,
                ..SignOptions::default()
            };
            let real = key.sign_with(b"a payment", &options).unwrap();
            agrees(size, real.len(), ECDSA, algorithm.name());
        }
    }
}

#[test]
fn certificates_have_the_length_that_was_said() {
    let start_of_2050 = Time::from_unix_seconds(2_524_608_000).unwrap();
    let periods = [
        (now()..=now().plus_days(365).unwrap()),
        (now()..=start_of_2050),
        (start_of_2050..=start_of_2050.plus_days(1).unwrap()),
    ];
    let long = format!("CN={},O=Example Bank,C=CN", "a".repeat(64));
    for key in signing_keys() {
        let algorithm = key.algorithm();
        let subjects = ["CN=Payments", "CN=Bank für Zahlungen,C=DE", &long];
        let cases = subjects.into_iter().zip(periods.clone());
        for (subject, validity) in cases.take(if is_slow(algorithm) { 1 } else { 3 }) {
            for rsa_scheme in schemes(algorithm) {
                let options = SignOptions {
                    rsa_scheme,
                    ..SignOptions::default()
                };
                let what = format!("{algorithm} {subject} {rsa_scheme:?}");
                let size =
                    Certificate::self_signed_size(algorithm, subject, validity.clone(), &options)
                        .unwrap();
                is_exact_unless(has_rsa(algorithm) || has_ecdsa(algorithm), size, &what);
                let real =
                    Certificate::self_signed(key, subject, validity.clone(), &options).unwrap();
                agrees(size, real.as_der().len(), ECDSA, &what);
                let pem = encoding::pem_size("CERTIFICATE", size).unwrap();
                agrees(pem, real.to_pem().unwrap().len(), ECDSA * 4 / 3 + 5, &what);
            }
        }
    }
}

#[test]
fn a_certificate_that_cannot_be_made_has_no_size() {
    let validity = || now()..=now().plus_days(1).unwrap();
    let size = |algorithm, subject, validity, rsa_scheme| {
        let options = SignOptions {
            rsa_scheme,
            ..SignOptions::default()
        };
        Certificate::self_signed_size(algorithm, subject, validity, &options)
            .unwrap_err()
            .code()
    };
    let (name, dsa) = ("CN=Payments", Algorithm::MlDsa44);
    assert_eq!(size(dsa, "", validity(), None), Code::Usage);
    let reverse = now().plus_days(1).unwrap()..=now();
    assert_eq!(size(dsa, name, reverse, None), Code::Usage);
    let scheme = Some(RsaScheme::default());
    assert_eq!(size(dsa, name, validity(), scheme), Code::Usage);
    let kem = Algorithm::MlKem768;
    assert_eq!(size(kem, name, validity(), None), Code::WrongKind);
}

/// Both predictions of one message, and the message.
fn check_cms(
    key: &SigningKey,
    certificate: Option<&Certificate>,
    options: &cms::Options,
    content: usize,
) {
    let algorithm = key.algorithm();
    let what = format!("{algorithm} {options:?} {content} {certificate:?}");
    let signer = match certificate {
        Some(certificate) => Signer::with_certificate(key, certificate).unwrap(),
        None => Signer::new(key),
    };
    let mut signing = cms::Signing::new(vec![signer], options.clone()).unwrap();
    let empty = signing.size().unwrap();
    signing.update(&vec![b'x'; content]).unwrap();
    let size = signing.size().unwrap();
    assert_eq!(empty == size, !options.attached || content == 0, "{what}");
    is_exact_unless(has_ecdsa(algorithm), size, &what);
    let of_certificate = certificate.map(|one| Size::Exact(one.as_der().len()));
    let planned = cms::signature_size(algorithm, options, content, of_certificate).unwrap();
    assert_eq!(planned, size, "{what}");
    if options.attached {
        let detached = cms::Options {
            attached: false,
            ..options.clone()
        };
        let detached = cms::signature_size(algorithm, &detached, content, of_certificate).unwrap();
        assert!(size.max() > detached.max() + content, "{what}");
    }
    // The two above agree for every set; a few real ones are enough of those that take long.
    let one_of_each = certificate.is_some() && [128, 1000].contains(&content);
    let smallest = one_of_each && !options.attached && options.signed_attributes;
    if is_slow(algorithm) && !one_of_each || algorithm.name().ends_with('s') && !smallest {
        return;
    }
    let message = signing.finish().unwrap();
    agrees(size, message.len(), ECDSA, &what);
    let pem = encoding::pem_size("CMS", size).unwrap();
    let real = cms::to_pem(&message).unwrap().len();
    agrees(pem, real, ECDSA * 4 / 3 + 5, &what);
}

#[test]
fn cms_has_the_length_that_was_said_in_every_shape() {
    for key in signing_keys() {
        let certificate = certificate(key);
        for rsa_scheme in schemes(key.algorithm()) {
            for signed_attributes in [true, false] {
                for certificate in [None, Some(&certificate)] {
                    let options = cms::Options {
                        signed_attributes,
                        signing_time: Some(now()),
                        rsa_scheme,
                        ..cms::Options::default()
                    };
                    check_cms(key, certificate, &options, 1000);
                    let attached = cms::Options {
                        attached: true,
                        ..options
                    };
                    for content in LENGTHS {
                        check_cms(key, certificate, &attached, content);
                    }
                }
            }
        }
    }
}

#[test]
fn the_time_counts_and_randomness_does_not() {
    let start_of_2050 = Time::from_unix_seconds(2_524_608_000).unwrap();
    let size = |signing_time, deterministic| {
        let options = cms::Options {
            signing_time,
            deterministic,
            ..cms::Options::default()
        };
        let key = key_of(Algorithm::MlDsa65);
        check_cms(key, None, &options, 5);
        cms::signature_size(Algorithm::MlDsa65, &options, 5, None)
            .unwrap()
            .max()
    };
    let usual = size(Some(now()), false);
    assert_eq!(size(Some(now()), true), usual);
    assert_eq!(size(Some(start_of_2050), false), usual + 2);
    // The attribute, and one more byte for the length of all three.
    assert_eq!(usual - size(None, false), 31);
}

#[test]
fn several_signers_have_the_length_that_was_said() {
    let keys = [
        Algorithm::MlDsa44,
        Algorithm::Ed25519,
        Algorithm::EcdsaP256Sha256,
        Algorithm::Rsa2048,
        Algorithm::MlDsa87EcdsaP384Sha512,
    ]
    .map(key_of);
    let certificates = keys.map(certificate);
    for count in 1..=keys.len() {
        for signed_attributes in [true, false] {
            for rsa_scheme in [None, Some(RsaScheme::Pkcs1Sha512)] {
                if rsa_scheme.is_some() && count < 4 {
                    continue;
                }
                let signers = keys.iter().zip(&certificates).take(count).enumerate();
                let signers = signers
                    .map(|(number, (key, certificate))| match number % 2 {
                        0 => Signer::new(key),
                        _ => Signer::with_certificate(key, certificate).unwrap(),
                    })
                    .collect();
                let options = cms::Options {
                    attached: true,
                    signed_attributes,
                    signing_time: Some(now()),
                    rsa_scheme,
                    ..cms::Options::default()
                };
                let mut signing = cms::Signing::new(signers, options).unwrap();
                signing.update(b"a payment").unwrap();
                let size = signing.size().unwrap();
                is_exact_unless(count >= 3, size, "several");
                let real = signing.finish().unwrap().len();
                agrees(size, real, 2 * ECDSA, &format!("{count} signers"));
            }
        }
    }
}

/// A certificate that names its key neither by an identifier nor by a serial number of its own.
fn nameless(key: &SigningKey) -> Certificate {
    let certificate = certificate(key);
    let mut der = certificate.as_der().to_vec();
    let mut replace = |from: &[u8], to: &[u8]| {
        let at = der.windows(from.len()).position(|part| part == from);
        let at = at.unwrap();
        der[at..at + from.len()].copy_from_slice(to);
    };
    // subjectKeyIdentifier becomes something unknown.
    replace(&[0x06, 3, 0x55, 0x1d, 14], &[0x06, 3, 0x55, 0x1d, 99]);
    let serial = hex::decode(certificate.serial()).unwrap();
    replace(&serial, &[0x42; 16]);
    Certificate::from_bytes(&der).unwrap()
}

#[test]
fn signers_of_one_name_are_counted_each() {
    let keys = [0; 3].map(|_| SigningKey::generate(Algorithm::Ed25519).unwrap());
    let certificates = keys.each_ref().map(nameless);
    let signers = keys.iter().zip(&certificates);
    let signers = signers
        .map(|(key, certificate)| Signer::with_certificate(key, certificate).unwrap())
        .collect();
    let mut signing = cms::Signing::new(signers, cms::Options::default()).unwrap();
    signing.update(b"a payment").unwrap();
    let size = signing.size().unwrap();
    assert_eq!(size, Size::Exact(signing.finish().unwrap().len()));
}

#[test]
fn a_message_that_cannot_be_made_has_no_size() {
    let code = |algorithm, rsa_scheme, content| {
        let options = cms::Options {
            attached: true,
            rsa_scheme,
            ..cms::Options::default()
        };
        let size = cms::signature_size(algorithm, &options, content, None);
        size.unwrap_err().code()
    };
    let scheme = Some(RsaScheme::default());
    assert_eq!(code(Algorithm::XWing, None, 0), Code::WrongKind);
    assert_eq!(code(Algorithm::MlDsa44, scheme, 0), Code::Usage);
    let above = cms::MAX_CONTENT + 1;
    assert_eq!(code(Algorithm::MlDsa44, None, above), Code::Limit);
    let options = cms::Options {
        attached: true,
        ..cms::Options::default()
    };
    let most = cms::signature_size(Algorithm::MlDsa44, &options, cms::MAX_CONTENT, None).unwrap();
    assert!(most.max() > cms::MAX_CONTENT);
}

#[test]
fn jws_has_the_length_that_was_said() {
    let kids = [0, 1, 2, 3, 64, 127, 128, 255, 256, 8000]
        .map(|len| Some("k".repeat(len)))
        .into_iter()
        .chain([None, Some("\"\u{1}é\\".to_owned())]);
    let kids: Vec<Option<String>> = kids.collect();
    let mut named = 0;
    for key in signing_keys() {
        let algorithm = key.algorithm();
        for rsa_scheme in schemes(algorithm) {
            for kid in &kids {
                let options = jws::Options {
                    kid: kid.clone(),
                    rsa_scheme,
                    ..jws::Options::default()
                };
                let planned = jws::signature_size(algorithm, &options);
                let mut signing = match jws::Signing::new(key, options) {
                    Ok(signing) => signing,
                    Err(error) => {
                        assert_eq!(planned.unwrap_err(), error);
                        continue;
                    }
                };
                named += 1;
                let what = format!("{algorithm} {rsa_scheme:?} {kid:?}");
                let size = signing.size();
                assert_eq!(planned.unwrap(), size, "{what}");
                // By itself ECDSA is r and s of fixed length there.
                let varies = has_ecdsa(algorithm) && algorithm.is_hybrid();
                is_exact_unless(varies, size, &what);
                signing.update(b"a payment").unwrap();
                let real = signing.finish().unwrap().len();
                agrees(size, real, ECDSA * 4 / 3 + 1, &what);
            }
        }
    }
    // ML-DSA and six composites, Ed25519 and ECDSA; RSA with no scheme named and six.
    assert_eq!(named, (3 + 6 + 4 + 3 * 7) * kids.len());
    let error = jws::signature_size(Algorithm::MlKem512, &jws::Options::default());
    assert_eq!(error.unwrap_err().code(), Code::WrongKind);
}

#[test]
fn base64_has_the_length_that_was_said() {
    use base64ct::{Base64, Encoding};
    for len in 0..100 {
        let text = Base64::encode_string(&vec![1; len]);
        assert_eq!(Size::Exact(len).base64(), Size::Exact(text.len()));
        assert_eq!(Size::Max(len).base64(), Size::Max(text.len()));
    }
}
