//! The example keys and certificates of RFC 9881 (ML-DSA), RFC 9909 (SLH-DSA) and RFC 9935 (ML-KEM).

use std::fs;
use std::path::{Path, PathBuf};

use chop::{Algorithm, Code, Form, PrivateKey, PublicKey, SignOptions, encoding};

use crate::shared;
use crate::tally::{Expect, Failure, Outcome, Tally, Want, accepted, ensure, same};

const ML_DSA: [Algorithm; 3] = [Algorithm::MlDsa44, Algorithm::MlDsa65, Algorithm::MlDsa87];
const ML_KEM: [Algorithm; 3] = [
    Algorithm::MlKem512,
    Algorithm::MlKem768,
    Algorithm::MlKem1024,
];

const FORMS: [Form; 3] = [Form::Seed, Form::Expanded, Form::Both];

#[test]
fn rfc_9881() {
    let Some(folder) = shared::folder("rfc9881-mldsa-x509") else {
        return;
    };
    let mut tally = Tally::new("rfc9881-mldsa-x509");
    for algorithm in ML_DSA {
        let public = folder.join(format!("{algorithm}.pub"));
        let private = |form| folder.join(format!("{algorithm}-{form}.priv"));
        for form in FORMS {
            let outcome = key_pair(algorithm, form, private, &public);
            tally.record(format!("{algorithm} {form}"), Want::Accept, outcome);
        }
        let certificate = folder.join(format!("{algorithm}.crt"));
        let outcome = issued(&certificate, &public, &public)
            .and_then(|()| reissued(&certificate, &private(Form::Seed)));
        tally.record(format!("{algorithm}.crt"), Want::Accept, outcome);
    }
    for (number, reason) in [
        (1, "the expanded form is not the one that the seed gives"),
        (2, ML_DSA_PARTS),
        (3, ML_DSA_PARTS),
    ] {
        let private = folder.join(format!("bad-ML-DSA-44-{number}.priv"));
        let outcome = inconsistent(&private, &format!("ML-DSA-44 private key: {reason}"));
        tally.record(format!("bad {number}"), Want::Refuse, outcome);
    }
    tally.finish(Expect::run(12, 3));
}

const ML_DSA_PARTS: &str = "the parts of the expanded form disagree: a coefficient out of range, \
                            t0 or tr not those of s1 and s2";

#[test]
fn rfc_9909() {
    let Some(folder) = shared::folder("rfc9909-slhdsa-x509") else {
        return;
    };
    let file = |extension| folder.join(format!("id-slh-dsa-sha2-128s.{extension}"));
    let public = file("pub");
    let mut tally = Tally::new("rfc9909-slhdsa-x509");
    let algorithm = Algorithm::SlhDsaSha2128s;
    let outcome = key_pair(algorithm, Form::Expanded, |_| file("priv"), &public);
    tally.record("private key", Want::Accept, outcome);
    // Signed with randomness that the RFC does not give, so it cannot be made again.
    let outcome = issued(&file("pem"), &public, &public);
    tally.record("certificate", Want::Accept, outcome);
    tally.finish(Expect::run(2, 0));
}

#[test]
fn rfc_9935() {
    let (Some(folder), Some(issuers)) = (
        shared::folder("rfc9935-mlkem-x509"),
        shared::folder("rfc9881-mldsa-x509"),
    ) else {
        return;
    };
    let mut tally = Tally::new("rfc9935-mlkem-x509");
    for (algorithm, issuer) in ML_KEM.into_iter().zip(ML_DSA) {
        let public = folder.join(format!("{algorithm}.pub"));
        let private = |form| folder.join(format!("{algorithm}-{form}.priv"));
        for form in FORMS {
            let outcome = key_pair(algorithm, form, private, &public);
            tally.record(format!("{algorithm} {form}"), Want::Accept, outcome);
        }
        let certificate = folder.join(format!("{algorithm}.crt"));
        let issuer_public = issuers.join(format!("{issuer}.pub"));
        let issuer_private = issuers.join(format!("{issuer}-seed.priv"));
        let outcome = issued(&certificate, &public, &issuer_public)
            .and_then(|()| reissued(&certificate, &issuer_private));
        tally.record(format!("{algorithm}.crt"), Want::Accept, outcome);
    }
    for (number, reason) in [
        (1, "the expanded form is not the one that the seed gives"),
        (
            2,
            "the secret vector does not belong to the encapsulation key inside",
        ),
        (
            3,
            "the hash H(ek) is not that of the encapsulation key inside (FIPS 203 section 7.3)",
        ),
        (4, "the expanded form is not the one that the seed gives"),
    ] {
        let private = folder.join(format!("bad-ML-KEM-512-{number}.priv"));
        let outcome = inconsistent(&private, &format!("ML-KEM-512 private key: {reason}"));
        tally.record(format!("bad {number}"), Want::Refuse, outcome);
    }
    tally.finish(Expect::run(12, 4));
}

/// The private key in `form` and the public key read, belong together, and are written back as
/// they came; so is every other form that the private key has.
fn key_pair(
    algorithm: Algorithm,
    form: Form,
    private: impl Fn(Form) -> PathBuf,
    public: &Path,
) -> Outcome {
    let key = read_private(&private(form))?;
    ensure(key.algorithm() == algorithm, "another algorithm")?;
    ensure(key.forms().contains(&form), "the form is lost")?;
    for form in key.forms() {
        let pem = fs::read(private(*form)).unwrap();
        same("private PEM", key.to_pkcs8_pem(*form)?.expose(), &pem)?;
        let der = decoded(&pem, "PRIVATE KEY");
        same("private DER", key.to_pkcs8_der(*form)?.expose(), &der)?;
        let from_der = encoding::read_private_key(&der, &mut || unreachable!("a plain key"))?;
        ensure(
            from_der.public_key() == key.public_key(),
            "DER and PEM disagree",
        )?;
    }

    let public_key = read_public(public)?;
    ensure(public_key == key.public_key(), "not the key in .pub")?;
    let pem = fs::read(public).unwrap();
    same("public PEM", &public_key.to_spki_pem()?, &pem)?;
    let der = decoded(&pem, "PUBLIC KEY");
    same("public DER", &public_key.to_spki_der(), &der)?;
    ensure(
        encoding::read_public_key(&der)? == public_key,
        "DER and PEM disagree",
    )
}

/// The certificate holds the key in `subject`, and the key in `issuer` signed it.
fn issued(certificate: &Path, subject: &Path, issuer: &Path) -> Outcome {
    let der = decoded(&fs::read(certificate).unwrap(), "CERTIFICATE");
    let parts = Certificate::of(&der);
    let subject = read_public(subject)?;
    same("SPKI", parts.spki, &subject.to_spki_der())?;
    ensure(
        encoding::read_public_key(parts.spki)? == subject,
        "SPKI is read differently",
    )?;
    let issuer = read_public(issuer)?.into_verifying()?;
    accepted(issuer.verify(parts.signed, parts.signature)?)
}

/// The signature of the certificate is the deterministic one of the key in `issuer`.
fn reissued(certificate: &Path, issuer: &Path) -> Outcome {
    let der = decoded(&fs::read(certificate).unwrap(), "CERTIFICATE");
    let parts = Certificate::of(&der);
    let options = SignOptions {
        deterministic: true,
        ..SignOptions::default()
    };
    let issuer = read_private(issuer)?.into_signing()?;
    let signature = issuer.sign_with(parts.signed, &options)?;
    same("signature", &signature, parts.signature)
}

/// Both readers must find the private key inconsistent, in the words of `message`.
fn inconsistent(private: &Path, message: &str) -> Outcome {
    let pem = fs::read(private).unwrap();
    let lenient = encoding::read_private_key_of_any_make(&pem, &mut || unreachable!("a plain key"));
    for read in [read_private(private), lenient] {
        match read {
            Err(error) if error.code() == Code::Inconsistent && error.to_string() == message => {}
            other => return Err(Failure::Wrong(format!("not the reason: {other:?}"))),
        }
    }
    Err(Failure::Refused(message.to_owned()))
}

fn read_private(path: &Path) -> chop::Result<PrivateKey> {
    let pem = fs::read(path).unwrap();
    encoding::read_private_key(&pem, &mut || unreachable!("a plain key"))
}

fn read_public(path: &Path) -> chop::Result<PublicKey> {
    encoding::read_public_key(&fs::read(path).unwrap())
}

/// The contents of the one PEM block in `pem`.
fn decoded(pem: &[u8], label: &str) -> Vec<u8> {
    let (found, der) = pem_rfc7468::decode_vec(pem).unwrap();
    assert_eq!(found, label);
    der
}

/// The parts of a certificate (RFC 5280 section 4.1) that matter here.
struct Certificate<'a> {
    signed: &'a [u8],
    spki: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Certificate<'a> {
    fn of(der: &'a [u8]) -> Self {
        let certificate = elements(elements(der)[0].contents);
        let [tbs, _algorithm, signature] = certificate[..] else {
            panic!("{} elements", certificate.len());
        };
        let fields = elements(tbs.contents);
        // [0] version, serialNumber, signature, issuer, validity, subject, subjectPublicKeyInfo
        assert_eq!(fields[0].whole[0], 0xa0, "version 3 names its version");
        let (unused_bits, signature) = signature.contents.split_first().unwrap();
        assert_eq!(*unused_bits, 0);
        Self {
            signed: tbs.whole,
            spki: fields[6].whole,
            signature,
        }
    }
}

/// One DER element.
#[derive(Clone, Copy)]
struct Element<'a> {
    whole: &'a [u8],
    contents: &'a [u8],
}

/// The DER elements that follow one another in `der`.
fn elements(mut der: &[u8]) -> Vec<Element<'_>> {
    let mut found = Vec::new();
    while !der.is_empty() {
        let (start, len) = match der[1] {
            short @ 0..0x80 => (2, usize::from(short)),
            long => {
                let digits = &der[2..][..usize::from(long & 0x7f)];
                let len = digits
                    .iter()
                    .fold(0, |len, digit| len << 8 | usize::from(*digit));
                (2 + digits.len(), len)
            }
        };
        let (whole, rest) = der.split_at(start + len);
        found.push(Element {
            whole,
            contents: &whole[start..],
        });
        der = rest;
    }
    found
}
