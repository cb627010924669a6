//! Keys in PEM and JWK.

use std::io;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};
use chop::{Algorithm, Form};
use pkcs8::pkcs5::pbes2::EncryptionScheme as Cipher;

use crate::Corpus;
use crate::encrypted::{encrypted, scrypt};
use crate::keys::*;
use crate::structures::*;

/// A PEM block with lines of `width` characters that end as said.
pub(crate) fn block(label: &str, der: &[u8], width: usize, eol: &str) -> String {
    let text = Base64::encode_string(der);
    let lines: Vec<&str> = text
        .as_bytes()
        .chunks(width)
        .map(|line| std::str::from_utf8(line).expect("base64"))
        .collect();
    let body = lines.join(eol);
    format!("-----BEGIN {label}-----{eol}{body}{eol}-----END {label}-----{eol}")
}

pub(crate) fn usual_block(label: &str, der: &[u8]) -> String {
    block(label, der, 64, "\n")
}

pub(crate) fn pem() -> io::Result<()> {
    let corpus = Corpus::of("pem")?;
    let private = pkcs8_der(Algorithm::Ed25519, Form::Seed);
    let public = public(Algorithm::Ed25519).to_spki_der();
    for algorithm in [
        Algorithm::MlKem768,
        Algorithm::MlDsa65,
        Algorithm::SlhDsaSha2128f,
        Algorithm::Ed25519,
        Algorithm::X25519,
        Algorithm::EcdsaP256Sha256,
        Algorithm::Rsa2048,
    ] {
        let name = file_name(algorithm);
        for form in algorithm.info().forms() {
            let text = usual_block("PRIVATE KEY", &pkcs8_der(algorithm, *form));
            corpus.add(&format!("{name}-{form}"), text)?;
        }
        let text = usual_block("PUBLIC KEY", &self::public(algorithm).to_spki_der());
        corpus.add(&format!("{name}-public"), text)?;
    }
    let algorithm = Algorithm::EcdsaP256Sha256;
    let curve = tlv(OID, &[algorithm.info().curve.expect("has one").as_bytes()]);
    let own = bit_string(self::public(algorithm).as_bytes());
    let sec1 = ec_private_key(
        1,
        &expanded(algorithm),
        &[&tlv(0xa0, &[&curve]), &tlv(0xa1, &[&own])],
    );
    let ec = usual_block("EC PRIVATE KEY", &sec1);
    let parameters = usual_block("EC PARAMETERS", &curve);
    let rsa = usual_block("RSA PRIVATE KEY", &expanded(Algorithm::Rsa2048));
    let one = usual_block("PUBLIC KEY", &public);
    let secret = usual_block("PRIVATE KEY", &private);
    let kdf = scrypt(16, 8, 1);
    let encrypted = encrypted(kdf, Cipher::Aes256Cbc { iv: [2; 16] }, &private);
    for (name, text) in [
        ("sec1", ec.clone()),
        ("sec1-parameters", format!("{parameters}{ec}")),
        ("parameters-alone", parameters),
        ("pkcs1", rsa.clone()),
        (
            "encrypted",
            usual_block("ENCRYPTED PRIVATE KEY", &encrypted),
        ),
        ("crlf", block("PUBLIC KEY", &public, 64, "\r\n")),
        ("cr", block("PUBLIC KEY", &public, 64, "\r")),
        ("wide", block("PUBLIC KEY", &public, 76, "\n")),
        ("narrow", block("PUBLIC KEY", &public, 4, "\n")),
        ("odd-width", block("PUBLIC KEY", &public, 17, "\n")),
        ("one-line", block("PRIVATE KEY", &private, 4096, "\n")),
        ("no-last-newline", one.trim_end().to_owned()),
        ("text-before", format!("issuer: nobody\n\n{one}")),
        ("text-after", format!("{one}issuer: nobody\n")),
        ("space-after", format!("{one} \n\t\n")),
        ("inside-line", format!("see {one}")),
        ("two-keys", format!("{one}{one}")),
        ("key-pair", format!("{secret}{one}")),
        ("blank-line", one.replacen("-----\n", "-----\n\n", 1)),
        ("space-in-line", one.replacen("MC", "M C", 1)),
        (
            "header",
            one.replacen("-----\n", "-----\nProc-Type: 4,ENCRYPTED\n\n", 1),
        ),
        ("no-padding", rsa.replace('=', "")),
        ("padding-more", one.replacen("\n-----END", "=\n-----END", 1)),
        ("padding-inside", one.replacen("MC", "M=", 1)),
        ("url-alphabet", rsa.replace('+', "-").replace('/', "_")),
        ("another-end", one.replacen("END PUBLIC", "END PRIVATE", 1)),
        ("no-end", one.replacen("-----END", "-----BEND", 1)),
        ("no-label", one.replace(" PUBLIC KEY", " ")),
        ("lower-case", one.replace("PUBLIC KEY", "public key")),
        ("label-escape", one.replace("PUBLIC KEY", "PUB\x1b[2JLIC")),
        ("label-dash", one.replace("PUBLIC KEY", "PUB-LIC KEY")),
        (
            "label-long",
            one.replace("PUBLIC KEY", &"PUBLIC ".repeat(200)),
        ),
        (
            "openssh",
            usual_block("OPENSSH PRIVATE KEY", b"openssh-key-v1\0"),
        ),
        (
            "empty",
            "-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n".to_owned(),
        ),
        ("private-as-public", usual_block("PUBLIC KEY", &private)),
        ("public-as-private", usual_block("PRIVATE KEY", &public)),
    ] {
        corpus.add(name, text)?;
    }
    Ok(())
}

pub(crate) fn jwk() -> io::Result<()> {
    let corpus = Corpus::of("jwk")?;
    for algorithm in [Algorithm::MlDsa44, Algorithm::MlDsa65, Algorithm::MlDsa87] {
        let name = file_name(algorithm);
        corpus.add(
            &format!("{name}-private"),
            key(algorithm).to_jwk().expect("has a JOSE name").expose(),
        )?;
        corpus.add(
            &format!("{name}-public"),
            public(algorithm).to_jwk().expect("has a JOSE name"),
        )?;
    }
    let algorithm = Algorithm::MlDsa44;
    let public_text = Base64UrlUnpadded::encode_string(public(algorithm).as_bytes());
    let private_text = Base64UrlUnpadded::encode_string(&seed(algorithm));
    let full = format!(
        r#"{{"kty":"AKP","alg":"ML-DSA-44","pub":"{public_text}","priv":"{private_text}"}}"#
    );
    // A public key costs a thousand characters and decides little here: most refusals come earlier.
    let short = format!(r#"{{"kty":"AKP","alg":"ML-DSA-44","pub":"","priv":"{private_text}"}}"#);
    for (name, text) in [
        (
            "more-members",
            full.replacen('{', r#"{"use":"sig","key_ops":["sign"],"n":1e400,"#, 1),
        ),
        ("spaces", full.replace(',', " ,\n\t").replace(':', " : ")),
        ("escaped", full.replacen("AKP", r"A\u004bP", 1)),
        (
            "another-public",
            full.replacen(&public_text[..1], "A", 1)
                .replace(&public_text[1..9], "AAAAAAAA"),
        ),
        ("padded", short.replacen("\"}", "=\"}", 1)),
        ("last-bits", short.replacen("8\"}", "9\"}", 1)),
        ("standard-alphabet", short.replacen("AAEC", "+/+/", 1)),
        ("short-private", short.replacen("AAEC", "", 1)),
        ("no-public", short.replacen(r#""pub":"","#, "", 1)),
        ("no-alg", short.replacen(r#""alg":"ML-DSA-44","#, "", 1)),
        ("no-kty", short.replacen(r#""kty":"AKP","#, "", 1)),
        ("another-kty", short.replacen("AKP", "OKP", 1)),
        ("another-alg", short.replacen("ML-DSA-44", "ML-DSA-45", 1)),
        ("kty-escape", short.replacen("AKP", r"\u001b[2J", 1)),
        ("kty-long", short.replacen("AKP", &"AKP".repeat(1000), 1)),
        (
            "private-twice",
            short.replacen('{', r#"{"priv":"AAAA","#, 1),
        ),
        (
            "private-null",
            short.replacen(&format!("\"{private_text}\""), "null", 1),
        ),
        (
            "private-number",
            short.replacen(&format!("\"{private_text}\""), "7", 1),
        ),
        ("trailing-comma", short.replacen('}', ",}", 1)),
        ("trailing-object", format!("{short}{short}")),
        ("truncated", short[..short.len() - 1].to_owned()),
        ("array", format!("[{short}]")),
        ("empty-object", "{}".to_owned()),
        ("deep", "{\"x\":".repeat(300)),
        ("byte-order-mark", format!("\u{feff}{short}")),
    ] {
        corpus.add(name, text)?;
    }
    corpus.add("not-utf8", b"{\"kty\":\"\xff\"}")
}
