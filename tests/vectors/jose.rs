//! The signed messages of RFC 7515, 7520, 8037 and 9964, with their payloads taken out, and the
//! unencoded payload of RFC 7797.

use std::fs;

use base64ct::{Base64UrlUnpadded, Encoding};
use chop::algorithm::RsaScheme;
use chop::jws::{Jws, Options, Signing};
use chop::{Algorithm, Code, VerifyingKey, encoding};
use serde_json::Value;

use crate::shared;
use crate::tally::{Expect, Outcome, Tally, Want, accepted, ensure, same};

pub(crate) fn encoded(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

fn decoded(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).unwrap()
}

/// The payload of an attached JWS, and the JWS without it.
fn detached(attached: &str) -> (Vec<u8>, String) {
    let parts: Vec<&str> = attached.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        panic!("not three parts: {attached}");
    };
    (decoded(payload), format!("{header}..{signature}"))
}

/// A whole, valid message: read at once and in parts, and with one byte of its payload altered.
pub(crate) fn checked(
    tally: &mut Tally,
    name: &str,
    attached: &str,
    key: &VerifyingKey,
    scheme: Option<RsaScheme>,
) {
    let (mut payload, jws) = detached(attached);
    let verified = |payload: &[u8], size: usize| -> Outcome {
        let mut verifying = Jws::parse(jws.as_bytes())?.verifying(key, scheme)?;
        for part in payload.chunks(size) {
            verifying.update(part)?;
        }
        accepted(verifying.finish()?)
    };
    for size in [payload.len(), 1, 7] {
        let id = format!("{name} in parts of {size} bytes");
        tally.record(id, Want::Accept, verified(&payload, size));
    }
    payload[0] ^= 1;
    tally.record(
        format!("{name}, altered"),
        Want::Refuse,
        verified(&payload, 100),
    );
}

fn point(algorithm: Algorithm, x: &str, y: &str) -> VerifyingKey {
    let point = [vec![4], decoded(x), decoded(y)].concat();
    VerifyingKey::from_bytes(algorithm, &point).unwrap()
}

/// RSAPublicKey of RFC 8017 with 2048 bits and the exponent 65537.
fn rsa(n: &str) -> VerifyingKey {
    let der = [
        b"\x30\x82\x01\x0a\x02\x82\x01\x01\x00".as_slice(),
        &decoded(n),
        b"\x02\x03\x01\x00\x01",
    ]
    .concat();
    VerifyingKey::from_bytes(Algorithm::Rsa2048, &der).unwrap()
}

#[test]
fn rfc_7515_appendix_a_2() {
    let key = rsa(concat!(
        "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp",
        "-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOW",
        "vG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUs",
        "LA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9k",
        "G4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2",
        "PAcDTW9gb54h4FRWyuXpoQ",
    ));
    let attached = concat!(
        "eyJhbGciOiJSUzI1NiJ9",
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt",
        "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
        ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7",
        "AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4",
        "BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K",
        "0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqv",
        "hJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrB",
        "p0igcN_IoypGlUPQGe77Rw",
    );
    let mut tally = Tally::new("RFC 7515 appendix A.2");
    let scheme = Some(RsaScheme::Pkcs1Sha256);
    checked(&mut tally, "RS256", attached, &key, scheme);
    // The caller has not asked for this scheme, whatever the header says.
    let unasked = Jws::parse(detached(attached).1.as_bytes()).unwrap();
    let unasked = unasked.verifying(&key, None).map(|_| ());
    tally.record("RS256 unasked", Want::Refuse, unasked.map_err(Into::into));
    tally.finish(Expect::run(3, 2));
}

#[test]
fn rfc_7515_appendix_a_3() {
    let key = point(
        Algorithm::EcdsaP256Sha256,
        "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU",
        "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0",
    );
    let attached = concat!(
        "eyJhbGciOiJFUzI1NiJ9",
        ".eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt",
        "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ",
        ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSA",
        "pmWQxfKTUJqPP3-Kg6NU1Q",
    );
    let mut tally = Tally::new("RFC 7515 appendix A.3");
    checked(&mut tally, "ES256", attached, &key, None);
    tally.finish(Expect::run(3, 1));
}

#[test]
fn rfc_7515_appendix_a_4() {
    let key = point(
        Algorithm::EcdsaP521Sha512,
        "AekpBQ8ST8a8VcfVOTNl353vSrDCLLJXmPk06wTjxrrjcBpXp5EOnYG_NjFZ6OvLFV1jSfS9tsz4qUxcWceqwQGk",
        "ADSmRA43Z1DSNx_RvcLI87cdL07l6jQyyBXMoxVg_l2Th-x3S1WDhjDly79ajL4Kkd0AZMaZmh9ubmf63e3kyMj2",
    );
    let attached = concat!(
        "eyJhbGciOiJFUzUxMiJ9.UGF5bG9hZA",
        ".AdwMgeerwtHoh-l192l60hp9wAHZFVJbLfD_UxMi70cwnZOYaRI1bKPWROc-mZZq",
        "wqT2SI-KGDKB34XO0aw_7XdtAG8GaSwFKdCAPZgoXD2YBJZCPEX3xKpRwcdOO8Kp",
        "EHwJjyqOgzDO7iKvU8vcnwNrmxYbSW9ERBXukOXolLzeO_Jn",
    );
    let mut tally = Tally::new("RFC 7515 appendix A.4");
    checked(&mut tally, "ES512", attached, &key, None);
    tally.finish(Expect::run(3, 1));
}

#[test]
fn rfc_7520_section_4_2() {
    let key = rsa(concat!(
        "n4EPtAOCc9AlkeQHPzHStgAbgs7bTZLwUBZdR8_KuKPEHLd4rHVTeT",
        "-O-XV2jRojdNhxJWTDvNd7nqQ0VEiZQHz_AJmSCpMaJMRBSFKrKb2wqV",
        "wGU_NsYOYL-QtiWN2lbzcEe6XC0dApr5ydQLrHqkHHig3RBordaZ6Aj-",
        "oBHqFEHYpPe7Tpe-OfVfHd1E6cS6M1FZcD1NNLYD5lFHpPI9bTwJlsde",
        "3uhGqC0ZCuEHg8lhzwOHrtIQbS0FVbb9k3-tVTU4fg_3L_vniUFAKwuC",
        "LqKnS2BYwdq_mzSnbLY7h_qixoR7jig3__kRhuaxwUkRz5iaiQkqgc5g",
        "HdrNP5zw",
    ));
    let attached = concat!(
        "eyJhbGciOiJQUzM4NCIsImtpZCI6ImJpbGJvLmJhZ2dpbnNAaG9iYml0b24uZX",
        "hhbXBsZSJ9",
        ".SXTigJlzIGEgZGFuZ2Vyb3VzIGJ1c2luZXNzLCBGcm9kbywgZ29pbmcgb3V0IH",
        "lvdXIgZG9vci4gWW91IHN0ZXAgb250byB0aGUgcm9hZCwgYW5kIGlmIHlvdSBk",
        "b24ndCBrZWVwIHlvdXIgZmVldCwgdGhlcmXigJlzIG5vIGtub3dpbmcgd2hlcm",
        "UgeW91IG1pZ2h0IGJlIHN3ZXB0IG9mZiB0by4",
        ".cu22eBqkYDKgIlTpzDXGvaFfz6WGoz7fUDcfT0kkOy42miAh2qyBzk1xEsnk2I",
        "pN6-tPid6VrklHkqsGqDqHCdP6O8TTB5dDDItllVo6_1OLPpcbUrhiUSMxbbXU",
        "vdvWXzg-UD8biiReQFlfz28zGWVsdiNAUf8ZnyPEgVFn442ZdNqiVJRmBqrYRX",
        "e8P_ijQ7p8Vdz0TTrxUeT3lm8d9shnr2lfJT8ImUjvAA2Xez2Mlp8cBE5awDzT",
        "0qI0n6uiP1aCN_2_jLAeQTlqRHtfa64QQSUmFAAjVKPbByi7xho0uTOcbH510a",
        "6GYmJUAfmWjwZ6oD4ifKo8DYM-X72Eaw",
    );
    let mut tally = Tally::new("RFC 7520 section 4.2");
    let scheme = Some(RsaScheme::PssSha384);
    checked(&mut tally, "PS384", attached, &key, scheme);
    let parsed = Jws::parse(detached(attached).1.as_bytes()).unwrap();
    assert_eq!(parsed.kid(), Some("bilbo.baggins@hobbiton.example"));
    tally.finish(Expect::run(3, 1));
}

#[test]
fn rfc_8037_appendix_a_4() {
    let key = decoded("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    let key = VerifyingKey::from_bytes(Algorithm::Ed25519, &key).unwrap();
    let attached = concat!(
        "eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc",
        ".hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5B",
        "hVsPt9g7sVvpAr_MuM0KAg",
    );
    let mut tally = Tally::new("RFC 8037 appendix A.4");
    checked(&mut tally, "EdDSA", attached, &key, None);
    tally.finish(Expect::run(3, 1));
}

/// The example is an HMAC, so that it is read, and refused by every key.
#[test]
fn rfc_7797_section_4_2() {
    let jws = concat!(
        "eyJhbGciOiJIUzI1NiIsImI2NCI6ZmFsc2UsImNyaXQiOlsiYjY0Il19",
        "..A5dxf2s96_n5FLueVuW1Z_vh161FwXZC4YLPff6dmDY",
    );
    let jws = Jws::parse(jws.as_bytes()).unwrap();
    assert_eq!((jws.algorithm_name(), jws.kid()), ("HS256", None));
    let key = VerifyingKey::from_bytes(Algorithm::Ed25519, &[9; 32]).unwrap();
    let error = jws.verifying(&key, None).map(|_| ()).unwrap_err();
    assert_eq!(error.code(), Code::Unsupported);
}

#[test]
fn rfc_9964() {
    let Some(folder) = shared::folder("jose-cose-mldsa") else {
        return;
    };
    let mut tally = Tally::new("jose-cose-mldsa");
    for digits in ["44", "65", "87"] {
        let file = fs::read(folder.join(format!("ML_DSA_{digits}.jose.json"))).unwrap();
        let file: Value = serde_json::from_slice(&file).unwrap();
        let attached = file["jws"].as_str().unwrap();
        let jwk = file["jwk"].to_string();
        let kid = file["jwk"]["kid"].as_str().unwrap();
        let no_passphrase = &mut || unreachable!("a JWK is not encrypted");
        let key = encoding::read_private_key(jwk.as_bytes(), no_passphrase).unwrap();
        let key = key.into_signing().unwrap();
        let name = key.algorithm().name();
        checked(&mut tally, name, attached, key.verifying_key(), None);

        let (payload, expected) = detached(attached);
        let parsed = Jws::parse(expected.as_bytes()).unwrap();
        let outcome = ensure(parsed.kid() == Some(kid), "another kid");
        tally.record(format!("{name}, kid"), Want::Accept, outcome);
        // The header of the example is what we write, and its signature was made without randomness.
        let options = Options {
            kid: Some(kid.to_owned()),
            deterministic: true,
            rsa_scheme: None,
        };
        let mut signing = Signing::new(&key, options).unwrap();
        signing.update(&payload).unwrap();
        let made = signing.finish().unwrap();
        let outcome = same("JWS", made.as_bytes(), expected.as_bytes());
        tally.record(format!("{name}, signed"), Want::Accept, outcome);
    }
    tally.finish(Expect::run(15, 3));
}
