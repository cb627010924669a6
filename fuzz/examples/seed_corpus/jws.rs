//! Detached JWS, and headers without one.

use std::io;

use base64ct::{Base64UrlUnpadded, Encoding};
use chop::Algorithm;
use chop::jws::{Options, Signing};
use chop_fuzz::jws::{KEYS, PAYLOAD, key};

use crate::Corpus;
use crate::keys::file_name;

/// ECDSA signatures contain randomness, so these were made once, by the keys of the target.
const ES256: &str = concat!(
    "eyJhbGciOiJFUzI1NiIsImtpZCI6InBheW1lbnRzL291dGdvaW5nIn0..Dkkm-19EFpf_l6wjeLfOHt60MC4VdU9",
    "DHHpPEM1RWWUpBOWyvdKMiTvU6d_K12pGKNIMOH0BonoYUdXuMSLxTA",
);
const ES512: &str = concat!(
    "eyJhbGciOiJFUzUxMiIsImtpZCI6InBheW1lbnRzL291dGdvaW5nIn0..ASiQHt9qzMw3iCuqTqEgb_CTS3oggIx",
    "uyJsmq2ykmfWXoRCyRDs8x9nJknbbw3dIzIh5rKoz8ZJ19-JBEVs8nLrxALx21RLfv7ytNyWIJbI0Gavd0s2UK2e",
    "pBwgpTeIRiSuCQBTuAmgTrHEBqaxNLH7hcI_JPbl0FVkMFZmU-upphEeD",
);

pub(crate) fn jws() -> io::Result<()> {
    let corpus = Corpus::of("jws")?;
    for (algorithm, rsa_scheme) in KEYS.iter().copied() {
        let name = file_name(algorithm);
        match algorithm {
            Algorithm::EcdsaP256Sha256 => corpus.add(&name, ES256)?,
            Algorithm::EcdsaP521Sha512 => corpus.add(&name, ES512)?,
            _ => {
                let key = key(algorithm);
                let options = Options {
                    kid: Some("payments/outgoing".to_owned()),
                    deterministic: true,
                    rsa_scheme,
                };
                let mut signing = Signing::new(&key, options).expect("has a JOSE name");
                signing.update(PAYLOAD).expect("short");
                corpus.add(&name, signing.finish().expect("signs"))?;
            }
        }
    }
    let (header, signature) = ES256.split_once("..").expect("detached");
    let altered = |at: usize, byte: u8| {
        let mut bytes = Base64UrlUnpadded::decode_vec(signature).expect("ours");
        bytes[at] = byte;
        format!("{header}..{}", Base64UrlUnpadded::encode_string(&bytes))
    };
    let zeroes = Base64UrlUnpadded::encode_string(&[0; 64]);
    let long = Base64UrlUnpadded::encode_string(&[0xff; 132]);
    let es512 = ES512.split_once("..").expect("detached").0;
    for (name, text) in [
        ("newline", format!("{ES256}\r\n")),
        ("altered-r", altered(0, 0)),
        ("altered-s", altered(63, 0)),
        ("zeroes", format!("{header}..{zeroes}")),
        ("above-the-order", format!("{es512}..{long}")),
        ("short", format!("{header}..{}", &signature[..84])),
        ("last-bits", format!("{header}..{}B", &signature[..85])),
        ("padded", format!("{ES256}==")),
        ("attached", ES256.replacen("..", ".UGF5bG9hZA.", 1)),
        ("two-parts", ES256.replacen("..", ".", 1)),
        ("five-parts", ES256.replacen("..", "....", 1)),
        ("empty", "..".to_owned()),
        (
            "json",
            format!(r#"{{"protected":"{header}","signature":"{signature}"}}"#),
        ),
    ] {
        corpus.add(name, text)?;
    }
    // What follows is a header, which the target signs.
    for (name, header) in [
        ("header", r#"{"alg":"EdDSA"}"#),
        ("header-new-name", r#"{"alg":"Ed25519","kid":"a"}"#),
        (
            "header-plain",
            r#"{"alg":"EdDSA","b64":false,"crit":["b64"]}"#,
        ),
        (
            "header-encoded",
            r#"{"b64":true,"crit":["b64"],"alg":"EdDSA"}"#,
        ),
        (
            "header-spaces",
            " {\n\"alg\" : \"EdDSA\" , \"typ\" : \"JOSE\" } ",
        ),
        (
            "header-escaped",
            r#"{"\u0061lg":"Ed\u0044SA","kid":"\ud83d\udd11\n"}"#,
        ),
        (
            "header-keys",
            r#"{"alg":"EdDSA","jwk":{"kty":"OKP"},"x5c":["MIIB"],"jku":"https://example.com"}"#,
        ),
        ("none", r#"{"alg":"none"}"#),
        ("hmac", r#"{"alg":"HS256"}"#),
        ("no-alg", r#"{"kid":"a"}"#),
        ("alg-null", r#"{"alg":null}"#),
        ("alg-escape", r#"{"alg":"\u001b[2J"}"#),
        ("alg-twice", r#"{"alg":"none","\u0061lg":"EdDSA"}"#),
        ("kid-number", r#"{"alg":"EdDSA","kid":1}"#),
        ("b64-alone", r#"{"alg":"EdDSA","b64":false}"#),
        (
            "b64-text",
            r#"{"alg":"EdDSA","b64":"false","crit":["b64"]}"#,
        ),
        ("crit-alone", r#"{"alg":"EdDSA","crit":["b64"]}"#),
        ("crit-empty", r#"{"alg":"EdDSA","crit":[]}"#),
        ("crit-text", r#"{"alg":"EdDSA","b64":false,"crit":"b64"}"#),
        (
            "crit-twice",
            r#"{"alg":"EdDSA","b64":false,"crit":["b64","b64"]}"#,
        ),
        (
            "crit-alg",
            r#"{"alg":"EdDSA","b64":false,"crit":["b64","alg"]}"#,
        ),
        ("crit-other", r#"{"alg":"EdDSA","exp":1,"crit":["exp"]}"#),
        ("array", r#"[{"alg":"EdDSA"}]"#),
        ("trailing", r#"{"alg":"EdDSA"}{}"#),
        ("truncated", r#"{"alg":"EdDSA""#),
    ] {
        corpus.add(name, header)?;
    }
    corpus.add(
        "deep",
        format!(r#"{{"alg":"EdDSA","x":{}"#, "[".repeat(300)),
    )?;
    corpus.add("not-utf8", b"{\"alg\":\"EdDSA\",\"kid\":\"\xff\"}")
}
