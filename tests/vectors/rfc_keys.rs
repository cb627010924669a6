//! The example keys and certificates of RFC 9881 (ML-DSA), RFC 9909 (SLH-DSA) and RFC 9935 (ML-KEM).

use std::fs;
use std::path::{Path, PathBuf};

use chop::{Algorithm, Code, Error, Form, PrivateKey, VerifyingKey, encoding};

use crate::shared;
use crate::tally::{Expect, Outcome, Tally, Want, accepted, ensure, same};

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
        for form in FORMS {
            let private = folder.join(format!("{algorithm}-{form}.priv"));
            let outcome = key_pair(algorithm, form, &private, &public);
            tally.record(private.display(), Want::Accept, outcome);
        }
        let certificate = folder.join(format!("{algorithm}.crt"));
        let outcome = issued(&certificate, &public, &public);
        tally.record(certificate.display(), Want::Accept, outcome);
    }
    let parts = "ML-DSA-44 private key: the parts of the expanded form disagree: a coefficient out \
                 of range, t0 or tr not those of s1 and s2";
    for (number, message) in [
        (
            1,
            "ML-DSA-44 private key: the expanded form is not the one that the seed gives",
        ),
        (2, parts),
        (3, parts),
    ] {
        let private = folder.join(format!("bad-ML-DSA-44-{number}.priv"));
        tally.record(private.display(), Want::Refuse, refusal(&private, message));
    }
    tally.finish(Expect::run(12, 3));
}

#[test]
fn rfc_9909() {
    let Some(folder) = shared::folder("rfc9909-slhdsa-x509") else {
        return;
    };
    let file = |extension| folder.join(format!("id-slh-dsa-sha2-128s.{extension}"));
    let public = file("pub");
    let mut tally = Tally::new("rfc9909-slhdsa-x509");
    tally.record(
        "private key",
        Want::Accept,
        key_pair(
            Algorithm::SlhDsaSha2128s,
            Form::Expanded,
            &file("priv"),
            &public,
        ),
    );
    tally.record(
        "certificate",
        Want::Accept,
        issued(&file("pem"), &public, &public),
    );
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
        for form in FORMS {
            let private = folder.join(format!("{algorithm}-{form}.priv"));
            let outcome = key_pair(algorithm, form, &private, &public);
            tally.record(private.display(), Want::Accept, outcome);
        }
        let certificate = folder.join(format!("{algorithm}.crt"));
        let issuer = issuers.join(format!("{issuer}.pub"));
        let outcome = issued(&certificate, &public, &issuer);
        tally.record(certificate.display(), Want::Accept, outcome);
    }
    let both = "ML-KEM-512 private key: the expanded form is not the one that the seed gives";
    for (number, message) in [
        (1, both),
        (
            2,
            "ML-KEM-512 private key: the secret vector does not belong to the encapsulation key \
             inside",
        ),
        (
            3,
            "ML-KEM-512 private key: the hash H(ek) is not that of the encapsulation key inside \
             (FIPS 203 section 7.3)",
        ),
        (4, both),
    ] {
        let private = folder.join(format!("bad-ML-KEM-512-{number}.priv"));
        tally.record(private.display(), Want::Refuse, refusal(&private, message));
    }
    tally.finish(Expect::run(12, 4));
}

/// Both files read, belong together, and are written back as they came.
fn key_pair(algorithm: Algorithm, form: Form, private: &Path, public: &Path) -> Outcome {
    let (private_pem, public_pem) = (fs::read(private).unwrap(), fs::read(public).unwrap());
    let key = read_private(&private_pem)?;
    ensure(key.algorithm() == algorithm, "another algorithm")?;
    same(
        "private PEM",
        key.to_pkcs8_pem(form)?.expose(),
        &private_pem,
    )?;
    let (_, der) = pem_rfc7468::decode_vec(&private_pem).unwrap();
    same("private DER", key.to_pkcs8_der(form)?.expose(), &der)?;
    let from_der = read_private(&der)?;
    ensure(
        from_der.public_key() == key.public_key(),
        "DER and PEM disagree",
    )?;

    let public = encoding::read_public_key(&public_pem)?;
    ensure(public == key.public_key(), "the public key is another")?;
    same("public PEM", &public.to_spki_pem()?, &public_pem)?;
    let (_, der) = pem_rfc7468::decode_vec(&public_pem).unwrap();
    same("public DER", &public.to_spki_der(), &der)?;
    ensure(
        encoding::read_public_key(&der)? == public,
        "DER and PEM disagree",
    )
}

/// The certificate holds the key in `subject`, and the key in `issuer` signed it.
fn issued(certificate: &Path, subject: &Path, issuer: &Path) -> Outcome {
    let pem = fs::read(certificate).unwrap();
    let (label, der) = pem_rfc7468::decode_vec(&pem).unwrap();
    ensure(label == "CERTIFICATE", "another label")?;
    let subject = encoding::read_public_key(&fs::read(subject).unwrap())?;
    let issuer = encoding::read_public_key(&fs::read(issuer).unwrap())?;
    let parts = Certificate::of(&der);
    same("SPKI", parts.spki, &subject.to_spki_der())?;
    ensure(
        encoding::read_public_key(parts.spki)? == subject,
        "SPKI is read differently",
    )?;
    let issuer: VerifyingKey = issuer.into_verifying()?;
    accepted(issuer.verify(parts.signed, parts.signature)?)
}

/// Goes on only if the private key is inconsistent, for the reason in `message`.
fn refusal(private: &PathBuf, message: &str) -> Outcome {
    let read = read_private(&fs::read(private).unwrap()).map(|key| key.algorithm());
    let expected =
        |error: &Error| error.code() == Code::Inconsistent && error.to_string() == message;
    ensure(
        read.as_ref().map_or_else(expected, |_| true),
        format!("not the expected reason: {read:?}"),
    )?;
    read?;
    Ok(())
}

fn read_private(bytes: &[u8]) -> chop::Result<PrivateKey> {
    encoding::read_private_key(bytes, &mut || unreachable!("a plain key"))
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
