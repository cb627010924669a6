//! Signed messages and certificates.

use std::io;

use chop::cms::{Options, Signer, Signing, to_pem};
use chop::{Algorithm, Certificate, SigningKey};
use chop_fuzz::cms::{CONTENT, SIGNERS, key, time};

use crate::Corpus;
use crate::keys::file_name;
use crate::structures::{SEQUENCE, tlv};

/// A fixed serial number.
const SERIAL: [u8; 16] = [0x41; 16];

fn certificate(key: &SigningKey) -> Certificate {
    let validity = time()..=time().plus_days(10).expect("a time before 9999");
    chop::testing::self_signed(key, "CN=chop fuzz,O=Example Bank,C=CN", validity, SERIAL)
        .expect("a certificate")
}

fn message(keys: &[&SigningKey], options: &Options, certificate: Option<&Certificate>) -> Vec<u8> {
    let signers = keys
        .iter()
        .map(|key| match certificate {
            Some(certificate) => Signer::with_certificate(key, certificate).expect("its own"),
            None => Signer::new(key),
        })
        .collect();
    let mut signing = Signing::new(signers, options.clone()).expect("options that fit");
    signing.update(CONTENT).expect("short content");
    signing.finish().expect("a signature")
}

pub(crate) fn cms() -> io::Result<()> {
    let corpus = Corpus::of("cms")?;
    // ECDSA has no deterministic signatures; its message is made by the hedged ones of others.
    let repeatable = SIGNERS.map(|algorithm| (algorithm, algorithm.info().deterministic));
    for (algorithm, _) in repeatable
        .iter()
        .filter(|(_, deterministic)| *deterministic)
    {
        let key = key(*algorithm);
        let name = file_name(*algorithm);
        for (shape, attached, signed_attributes) in [
            ("detached", false, true),
            ("attached", true, true),
            ("bare", false, false),
            ("bare-attached", true, false),
        ] {
            let options = Options {
                attached,
                signed_attributes,
                signing_time: Some(time()),
                deterministic: true,
                rsa_scheme: None,
            };
            let der = message(&[&key], &options, None);
            corpus.add(&format!("{name}-{shape}"), &der)?;
            if shape == "attached" {
                corpus.add(&format!("{name}-ber"), to_ber(&der))?;
                corpus.add(&format!("{name}-pem"), to_pem(&der).expect("PEM"))?;
                corpus.add(&format!("{name}-cut"), &der[..der.len() - 1])?;
                corpus.add(&format!("{name}-more"), [&der[..], &[0]].concat())?;
                let mut altered = der.clone();
                *altered.last_mut().expect("not empty") ^= 1;
                corpus.add(&format!("{name}-altered"), altered)?;
                let with = message(&[&key], &options, Some(&certificate(&key)));
                corpus.add(&format!("{name}-certificate"), with)?;
            }
        }
    }
    let both = [key(Algorithm::MlDsa44), key(Algorithm::Ed25519)];
    let options = Options {
        deterministic: true,
        ..Options::default()
    };
    let der = message(&[&both[0], &both[1]], &options, None);
    corpus.add("two-signers", &der)?;
    corpus.add("nobody", no_signers())?;
    corpus.add("enveloped", enveloped())?;
    corpus.add("deep", [&[0x30, 0x80].repeat(40)[..], &[0; 80]].concat())
}

/// Every constructed element with an indefinite length, every OCTET STRING in two pieces.
fn to_ber(der: &[u8]) -> Vec<u8> {
    const CONSTRUCTED: u8 = 0x20;
    const END: [u8; 2] = [0, 0];
    let mut out = Vec::new();
    let mut rest = der;
    while let [tag, first, ..] = *rest {
        let (header, len) = match first {
            0x81 => (3, usize::from(rest[2])),
            0x82 => (4, usize::from(rest[2]) << 8 | usize::from(rest[3])),
            short => (2, usize::from(short)),
        };
        let contents = &rest[header..header + len];
        if tag & CONSTRUCTED != 0 {
            out.extend([tag, 0x80]);
            out.extend(to_ber(contents));
            out.extend(END);
        } else if tag == 4 {
            out.extend([tag | CONSTRUCTED, 0x80]);
            for piece in contents.chunks(len.div_ceil(2).max(1)) {
                out.extend(tlv(tag, &[piece]));
            }
            out.extend(END);
        } else {
            out.extend(&rest[..header + len]);
        }
        rest = &rest[header + len..];
    }
    out
}

const SIGNED_DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const ENVELOPED_DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 3];
const DATA: &[u8] = &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const VERSION_1: &[u8] = &[2, 1, 1];
const EMPTY_SET: &[u8] = &[0x31, 0];

/// Certificates and nothing else, as `openssl crl2pkcs7` makes it.
fn no_signers() -> Vec<u8> {
    let content = tlv(SEQUENCE, &[DATA]);
    let signed = tlv(SEQUENCE, &[VERSION_1, EMPTY_SET, &content, EMPTY_SET]);
    tlv(SEQUENCE, &[SIGNED_DATA, &tlv(0xa0, &[&signed])])
}

fn enveloped() -> Vec<u8> {
    tlv(
        SEQUENCE,
        &[ENVELOPED_DATA, &tlv(0xa0, &[&tlv(SEQUENCE, &[])])],
    )
}

pub(crate) fn certificate_corpus() -> io::Result<()> {
    let corpus = Corpus::of("certificate")?;
    for algorithm in [Algorithm::MlDsa44, Algorithm::Ed25519] {
        let name = file_name(algorithm);
        let certificate = certificate(&key(algorithm));
        let der = certificate.as_der();
        corpus.add(&name, der)?;
        let pem = certificate.to_pem().expect("PEM");
        corpus.add(&format!("{name}-pem"), &pem)?;
        corpus.add(&format!("{name}-twice-pem"), pem.repeat(2))?;
        corpus.add(&format!("{name}-cut"), &der[..der.len() - 1])?;
        let mut altered = der.to_vec();
        *altered.last_mut().expect("not empty") ^= 1;
        corpus.add(&format!("{name}-altered"), altered)?;
        // Another name inside the signed part: the signature no longer holds.
        let at = der.windows(9).position(|part| part == b"chop fuzz");
        let mut renamed = der.to_vec();
        renamed[at.expect("the subject")] = b'C';
        corpus.add(&format!("{name}-renamed"), renamed)?;
    }
    corpus.add(
        "key-instead",
        chop::PublicKey::Verifying(key(Algorithm::MlDsa44).verifying_key().clone()).to_spki_der(),
    )
}
