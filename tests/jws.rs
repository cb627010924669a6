//! Detached JWS through the public API: what is written is read, and everything else is refused by name.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

use std::io::{self, Read};

use base64ct::{Base64UrlUnpadded, Encoding};
use chop::algorithm::RsaScheme;
use chop::jws::{self, Jws, Options, Signing};
use chop::{Algorithm, Code, Error, PublicKey, SigningKey, Verdict, VerifyingKey};

const PAYLOAD: &[u8] = b"<Document>a credit transfer</Document>";

/// Everything that has a JOSE name, with the scheme that the caller asks for.
const NAMES: &[(Algorithm, Option<RsaScheme>, &str)] = &[
    (Algorithm::MlDsa44, None, "ML-DSA-44"),
    (Algorithm::MlDsa65, None, "ML-DSA-65"),
    (Algorithm::MlDsa87, None, "ML-DSA-87"),
    (Algorithm::MlDsa44EcdsaP256Sha256, None, "ML-DSA-44-ES256"),
    (Algorithm::MlDsa65EcdsaP256Sha512, None, "ML-DSA-65-ES256"),
    (Algorithm::MlDsa87EcdsaP384Sha512, None, "ML-DSA-87-ES384"),
    (Algorithm::MlDsa44Ed25519Sha512, None, "ML-DSA-44-Ed25519"),
    (Algorithm::MlDsa65Ed25519Sha512, None, "ML-DSA-65-Ed25519"),
    (Algorithm::MlDsa87Ed448Shake256, None, "ML-DSA-87-Ed448"),
    (Algorithm::Ed25519, None, "EdDSA"),
    (Algorithm::EcdsaP256Sha256, None, "ES256"),
    (Algorithm::EcdsaP384Sha384, None, "ES384"),
    (Algorithm::EcdsaP521Sha512, None, "ES512"),
    (Algorithm::Rsa2048, None, "PS256"),
    (Algorithm::Rsa2048, Some(RsaScheme::PssSha256), "PS256"),
    (Algorithm::Rsa2048, Some(RsaScheme::PssSha384), "PS384"),
    (Algorithm::Rsa2048, Some(RsaScheme::PssSha512), "PS512"),
    (Algorithm::Rsa2048, Some(RsaScheme::Pkcs1Sha256), "RS256"),
    (Algorithm::Rsa2048, Some(RsaScheme::Pkcs1Sha384), "RS384"),
    (Algorithm::Rsa2048, Some(RsaScheme::Pkcs1Sha512), "RS512"),
    (Algorithm::Rsa3072, None, "PS256"),
    (Algorithm::Rsa4096, None, "PS256"),
];

fn encoded(bytes: impl AsRef<[u8]>) -> String {
    Base64UrlUnpadded::encode_string(bytes.as_ref())
}

fn decoded(text: &str) -> Vec<u8> {
    Base64UrlUnpadded::decode_vec(text).unwrap()
}

/// Header and signature of a detached JWS.
fn parts(jws: &str) -> (&str, &str) {
    jws.split_once("..").unwrap()
}

fn key(algorithm: Algorithm) -> SigningKey {
    SigningKey::generate(algorithm).unwrap()
}

fn fingerprint(key: &SigningKey) -> String {
    let public = PublicKey::Verifying(key.verifying_key().clone());
    public.fingerprint().to_string()
}

fn with_scheme(rsa_scheme: Option<RsaScheme>) -> Options {
    Options {
        rsa_scheme,
        ..Options::default()
    }
}

fn signed(key: &SigningKey, options: Options, payload: &[u8], size: usize) -> String {
    let mut signing = Signing::new(key, options).unwrap();
    for part in payload.chunks(size) {
        signing.update(part).unwrap();
    }
    signing.finish().unwrap()
}

fn verified(
    key: &VerifyingKey,
    scheme: Option<RsaScheme>,
    payload: &[u8],
    jws: &str,
) -> Result<Verdict, Error> {
    let mut verifying = Jws::parse(jws.as_bytes())?.verifying(key, scheme)?;
    verifying.update(payload)?;
    verifying.finish()
}

/// A JWS with any header, by a key whose signatures are the same in JOSE.
fn with_header(key: &SigningKey, header: &str, payload: &[u8]) -> String {
    let header = encoded(header);
    let input = [header.as_bytes(), b".", payload].concat();
    format!("{header}..{}", encoded(key.sign(&input).unwrap()))
}

#[test]
fn every_algorithm_with_a_name_signs_and_verifies() {
    for &(algorithm, scheme, name) in NAMES {
        let key = key(algorithm);
        let public = key.verifying_key();
        let jws = signed(&key, with_scheme(scheme), PAYLOAD, PAYLOAD.len());
        let header = decoded(parts(&jws).0);
        let expected = format!(r#"{{"alg":"{name}","kid":"{}"}}"#, fingerprint(&key));
        assert_eq!(String::from_utf8(header).unwrap(), expected);
        let parsed = Jws::parse(jws.as_bytes()).unwrap();
        assert_eq!(parsed.algorithm_name(), name);
        assert_eq!(parsed.kid(), Some(fingerprint(&key).as_str()));

        let verdict = |payload| verified(public, scheme, payload, &jws).unwrap();
        assert_eq!(verdict(PAYLOAD), Verdict::Valid, "{name}");
        assert_eq!(verdict(b"forged"), Verdict::Invalid, "{name}");
        assert_eq!(verdict(b""), Verdict::Invalid, "{name}");
        let other = self::key(algorithm);
        let verdict = verified(other.verifying_key(), scheme, PAYLOAD, &jws).unwrap();
        assert_eq!(verdict, Verdict::Invalid, "{name}");
        if scheme.is_none() {
            assert!(
                jws::verify(public, PAYLOAD, jws.as_bytes())
                    .unwrap()
                    .is_valid()
            );
            let plain = jws::sign(&key, PAYLOAD).unwrap();
            assert!(
                jws::verify(public, PAYLOAD, plain.as_bytes())
                    .unwrap()
                    .is_valid()
            );
        }
    }
}

#[test]
fn an_algorithm_without_a_name_is_sent_elsewhere() {
    let named: Vec<Algorithm> = NAMES.iter().map(|(algorithm, ..)| *algorithm).collect();
    for algorithm in Algorithm::CURRENT.iter().copied() {
        // The small and slow sets of SLH-DSA differ from the others in nothing that JWS sees.
        let fast = !algorithm.name().ends_with('s');
        if named.contains(&algorithm) || algorithm.info().shared_secret.is_some() || !fast {
            continue;
        }
        let key = key(algorithm);
        let expected = format!(
            "JWS of {algorithm}: expected an algorithm with a JOSE name (ML-DSA, six composites, Ed25519, ECDSA, RSA), \
             got one without; the formats cms and raw have it"
        );
        let jws = Jws::parse(format!("{}..", encoded(r#"{"alg":"EdDSA"}"#)).as_bytes()).unwrap();
        for error in [
            jws::sign(&key, PAYLOAD).unwrap_err(),
            jws.verifying(key.verifying_key(), None)
                .map(|_| ())
                .unwrap_err(),
        ] {
            assert_eq!(
                (error.code(), error.to_string()),
                (Code::Usage, expected.clone())
            );
        }
    }
}

#[test]
fn options_that_the_key_does_not_have_are_refused() {
    let ecdsa = key(Algorithm::EcdsaP256Sha256);
    let refusal = |key: &SigningKey, options| {
        let error = Signing::new(key, options).map(|_| ()).unwrap_err();
        assert_eq!(error.code(), Code::Usage);
        error.to_string()
    };
    let scheme = with_scheme(Some(RsaScheme::PssSha256));
    assert_eq!(
        refusal(&ecdsa, scheme.clone()),
        "RSA scheme: expected an RSA key, got ECDSA-P256-SHA256"
    );
    let jws = jws::sign(&ecdsa, PAYLOAD).unwrap();
    let error = verified(ecdsa.verifying_key(), scheme.rsa_scheme, PAYLOAD, &jws).unwrap_err();
    assert_eq!(
        error.to_string(),
        "RSA scheme: expected an RSA key, got ECDSA-P256-SHA256"
    );
    let deterministic = Options {
        deterministic: true,
        ..Options::default()
    };
    assert_eq!(
        refusal(&ecdsa, deterministic),
        "deterministic ECDSA-P256-SHA256 signature: expected an algorithm or scheme that can sign \
         without randomness (with RSA: PKCS#1 v1.5)"
    );
}

#[test]
fn any_kid_goes_there_and_back() {
    let key = key(Algorithm::Ed25519);
    for (kid, json) in [
        ("payments/outgoing", r#""payments/outgoing""#),
        ("", r#""""#),
        ("\"},{\\ \n\u{7f}", "\"\\\"},{\\\\ \\n\u{7f}\""),
        ("印章", "\"印章\""),
    ] {
        let options = Options {
            kid: Some(kid.to_owned()),
            ..Options::default()
        };
        let jws = signed(&key, options, PAYLOAD, 5);
        let expected = format!(r#"{{"alg":"EdDSA","kid":{json}}}"#);
        assert_eq!(decoded(parts(&jws).0), expected.as_bytes());
        assert_eq!(Jws::parse(jws.as_bytes()).unwrap().kid(), Some(kid));
        assert!(
            jws::verify(key.verifying_key(), PAYLOAD, jws.as_bytes())
                .unwrap()
                .is_valid()
        );
    }
    let sized = |len: usize| {
        let options = Options {
            kid: Some("k".repeat(len)),
            ..Options::default()
        };
        Signing::new(&key, options).and_then(Signing::finish)
    };
    // {"alg":"EdDSA","kid":""}
    let longest = jws::MAX_HEADER - 24;
    let jws = sized(longest).unwrap();
    assert_eq!(
        Jws::parse(jws.as_bytes()).unwrap().kid().unwrap().len(),
        longest
    );
    assert_eq!(
        sized(longest + 1).unwrap_err().to_string(),
        "JWS header with this `kid`: expected at most 8192 bytes, got 8193 bytes"
    );
}

#[test]
fn the_signature_is_over_header_and_payload_in_base64url() {
    for algorithm in [Algorithm::MlDsa44, Algorithm::Ed25519, Algorithm::Rsa2048] {
        let key = key(algorithm);
        for len in 0..20 {
            let payload: Vec<u8> = (0..len).map(|i| 0xff - 13 * i).collect();
            let jws = jws::sign(&key, &payload).unwrap();
            let (header, signature) = parts(&jws);
            let input = format!("{header}.{}", encoded(&payload));
            let verdict = key
                .verifying_key()
                .verify(input.as_bytes(), &decoded(signature));
            assert!(verdict.unwrap().is_valid(), "{algorithm}, {len} bytes");
        }
    }
}

#[test]
fn an_unencoded_payload_is_read() {
    let key = key(Algorithm::Ed25519);
    let public = key.verifying_key();
    let header = r#"{"alg":"EdDSA","b64":false,"crit":["b64"]}"#;
    for payload in [
        b"$.02".as_slice(),
        b"",
        b"\x00.\xff\n",
        &vec![b'.'; 3 << 20],
    ] {
        let jws = with_header(&key, header, payload);
        let verdict = |payload| jws::verify(public, payload, jws.as_bytes()).unwrap();
        assert_eq!(verdict(payload), Verdict::Valid);
        assert_eq!(verdict(b"$.03"), Verdict::Invalid);
        // Not what a reader without RFC 7797 would have taken it for.
        if !payload.is_empty() {
            assert_eq!(verdict(encoded(payload).as_bytes()), Verdict::Invalid);
        }
    }
    // The default may be said, too, where it is named.
    let jws = with_header(
        &key,
        r#"{"alg":"EdDSA","b64":true,"crit":["b64"]}"#,
        encoded("$.02").as_bytes(),
    );
    assert!(
        jws::verify(public, b"$.02", jws.as_bytes())
            .unwrap()
            .is_valid()
    );
}

#[test]
fn members_without_a_say_are_passed_over() {
    let key = key(Algorithm::Ed25519);
    let other = self::key(Algorithm::Ed25519);
    let x = encoded(other.verifying_key().as_bytes());
    for header in [
        // RFC 9864.
        r#"{"alg":"Ed25519"}"#.to_owned(),
        r#"{"typ":"JOSE","cty":"application/xml","alg":"EdDSA"}"#.to_owned(),
        " {\r\n \"alg\" : \"Ed\\u0044SA\" }\n".to_owned(),
        r#"{"alg":"EdDSA","x":{"alg":"none","alg":[1e9,null,{}]}}"#.to_owned(),
        r#"{"alg":"EdDSA","jku":"https://example.com/","x5u":7,"x5c":[],"x5t":"","x5t#S256":null}"#
            .to_owned(),
        format!(r#"{{"alg":"EdDSA","jwk":{{"kty":"OKP","crv":"Ed25519","x":"{x}"}}}}"#),
    ] {
        let jws = with_header(&key, &header, encoded(PAYLOAD).as_bytes());
        let verdict = jws::verify(key.verifying_key(), PAYLOAD, jws.as_bytes()).unwrap();
        assert_eq!(verdict, Verdict::Valid, "{header}");
        let verdict = jws::verify(other.verifying_key(), PAYLOAD, jws.as_bytes()).unwrap();
        assert_eq!(verdict, Verdict::Invalid, "{header}");
    }
}

#[test]
fn white_space_may_follow() {
    let key = key(Algorithm::Ed25519);
    let jws = jws::sign(&key, PAYLOAD).unwrap();
    for end in ["", "\n", "\r\n", " \t\n\n"] {
        let jws = format!("{jws}{end}");
        assert!(
            jws::verify(key.verifying_key(), PAYLOAD, jws.as_bytes())
                .unwrap()
                .is_valid()
        );
    }
}

#[test]
fn another_algorithm_than_that_of_the_key_is_refused() {
    let refused = |key: &SigningKey, scheme, alg: &str, expected: &str| {
        let jws = format!("{}..", encoded(format!(r#"{{"alg":"{alg}"}}"#)));
        let error = verified(key.verifying_key(), scheme, PAYLOAD, &jws).unwrap_err();
        assert_eq!(error.code(), Code::Unsupported, "{alg}");
        let got = alg.replace("\\u001b", "\\u{1b}");
        let expected = format!(
            "algorithm of the JWS: expected {expected}, as the key is {}, got {got}",
            key.algorithm()
        );
        assert_eq!(error.to_string(), expected);
    };
    let foreign = ["none", "None", "", "HS256", "ES256K", "Ed448", "\\u001b[2J"];
    let ed25519 = key(Algorithm::Ed25519);
    for alg in foreign
        .iter()
        .chain(&["ES256", "ML-DSA-44", "eddsa", "EdDSA "])
    {
        refused(&ed25519, None, alg, "EdDSA or Ed25519");
    }
    let ml_dsa = key(Algorithm::MlDsa65);
    for alg in foreign
        .iter()
        .chain(&["ML-DSA-44", "ML-DSA-87", "EdDSA", "Ed25519"])
    {
        refused(&ml_dsa, None, alg, "ML-DSA-65");
    }
    let ecdsa = key(Algorithm::EcdsaP384Sha384);
    for alg in foreign.iter().chain(&["ES256", "ES512", "PS384", "ESP384"]) {
        refused(&ecdsa, None, alg, "ES384");
    }
    let rsa = key(Algorithm::Rsa2048);
    for alg in foreign.iter().chain(&["RS256", "PS384", "RSA-OAEP"]) {
        refused(&rsa, None, alg, "PS256 for RSASSA-PSS-SHA256");
    }
    let pkcs1 = Some(RsaScheme::Pkcs1Sha256);
    for alg in foreign.iter().chain(&["PS256", "RS384", "RS512"]) {
        refused(&rsa, pkcs1, alg, "RS256 for RSASSA-PKCS1-v1_5-SHA256");
    }
}

#[test]
fn what_is_no_detached_jws_is_refused_by_name() {
    let header = encoded(r#"{"alg":"EdDSA"}"#);
    let signature = encoded([7; 64]);
    let form = "JWS: expected the compact serialization, detached, got";
    let shape = "JWS: expected a header and a signature with two full stops between them, got something else";
    let alphabet =
        |what: &str| format!("JWS {what}: expected base64url without padding, got something else");
    for (text, code, expected) in [
        (
            format!("{header}.{}.{signature}", encoded(PAYLOAD)),
            Code::Unsupported,
            format!("{form} an attached one, with its payload inside"),
        ),
        (
            // RFC 7515 appendix A.7, without its payload; A.6 has more signatures.
            format!(r#" {{"protected":"{header}","signature":"{signature}"}}"#),
            Code::Unsupported,
            format!("{form} the JSON serialization"),
        ),
        (
            format!("{header}.a.b.c.{signature}"),
            Code::Unsupported,
            format!("{form} a JWE, which is encrypted"),
        ),
        (
            format!("{header}....{signature}"),
            Code::Unsupported,
            format!("{form} a JWE, which is encrypted"),
        ),
        (String::new(), Code::Malformed, shape.to_owned()),
        (header.clone(), Code::Malformed, shape.to_owned()),
        (
            format!("{header}.{signature}"),
            Code::Malformed,
            shape.to_owned(),
        ),
        (
            format!("{header}...{signature}"),
            Code::Malformed,
            shape.to_owned(),
        ),
        (
            format!("{header}.....{signature}"),
            Code::Malformed,
            shape.to_owned(),
        ),
        (
            "-----BEGIN CMS-----\nMIIB\n-----END CMS-----\n".to_owned(),
            Code::Malformed,
            shape.to_owned(),
        ),
        (
            format!(" {header}..{signature}"),
            Code::Malformed,
            alphabet("header"),
        ),
        (
            format!("{header}=..{signature}"),
            Code::Malformed,
            alphabet("header"),
        ),
        (
            format!("{}..{signature}", &header[..9]),
            Code::Malformed,
            alphabet("header"),
        ),
        (
            format!("é..{signature}"),
            Code::Malformed,
            alphabet("header"),
        ),
        (
            format!("{header}..{signature}=="),
            Code::Malformed,
            alphabet("signature"),
        ),
        (
            format!("{header}..{signature}AAA"),
            Code::Malformed,
            alphabet("signature"),
        ),
        (
            format!("{header}..{}", &signature[1..]),
            Code::Malformed,
            alphabet("signature"),
        ),
        (
            format!("{header}..+{}", &signature[1..]),
            Code::Malformed,
            alphabet("signature"),
        ),
        (
            format!("{header}.. {signature}"),
            Code::Malformed,
            alphabet("signature"),
        ),
        // The last digit of 64 bytes has four bits to spare.
        (
            format!("{header}..{}x", &signature[..85]),
            Code::Malformed,
            alphabet("signature"),
        ),
        (
            format!("{}..{signature}", "A".repeat(10924)),
            Code::Limit,
            "JWS header: expected at most 8192 bytes, got more".to_owned(),
        ),
        (
            format!("{header}..{}", "A".repeat(10924)),
            Code::Limit,
            "JWS signature: expected at most 8192 bytes, got more".to_owned(),
        ),
    ] {
        let error = Jws::parse(text.as_bytes()).unwrap_err();
        assert_eq!(
            (error.code(), error.to_string()),
            (code, expected),
            "{text}"
        );
    }
    assert_eq!(
        Jws::parse(b"\xff\xfe..\xff").unwrap_err().to_string(),
        alphabet("header")
    );
}

#[test]
fn a_header_that_is_not_strict_is_refused_by_name() {
    let object = |problem: &str, place: &str| {
        format!("{place}: JWS header: expected a JSON object, got {problem} error")
    };
    let member = |name: &str, rest: &str| format!("JWS header member `{name}`: expected {rest}");
    let alg = |rest: &str| member("alg", rest);
    let crit = |got: &str| {
        let list = "a list of names of extensions, each once";
        member("crit", &format!("{list}, got {got}"))
    };
    let cases = [
        ("", Code::Malformed, object("eof", "line 1 column 0")),
        ("null", Code::Malformed, object("data", "line 1 column 4")),
        ("[]", Code::Malformed, object("data", "line 1 column 0")),
        (
            r#""alg""#,
            Code::Malformed,
            object("data", "line 1 column 5"),
        ),
        (
            r#"{"alg":"EdDSA""#,
            Code::Malformed,
            object("eof", "line 1 column 14"),
        ),
        (
            r#"{"alg":"EdDSA",}"#,
            Code::Malformed,
            object("syntax", "line 1 column 16"),
        ),
        (
            r#"{"alg":"EdDSA"} x"#,
            Code::Malformed,
            object("syntax", "line 1 column 17"),
        ),
        (
            r#"{"alg":"EdDSA"}{}"#,
            Code::Malformed,
            object("syntax", "line 1 column 16"),
        ),
        (
            "{\"alg\":\"Ed\nDSA\"}",
            Code::Malformed,
            object("syntax", "line 2 column 0"),
        ),
        (
            r#"{"alg":"\ud800"}"#,
            Code::Malformed,
            object("syntax", "line 1 column 15"),
        ),
        (
            "\u{feff}{}",
            Code::Malformed,
            object("syntax", "line 1 column 1"),
        ),
        (
            "{}",
            Code::Malformed,
            alg("the name of an algorithm, got no such member"),
        ),
        (
            r#"{"alg":null}"#,
            Code::Malformed,
            alg("a string, got null"),
        ),
        (
            r#"{"alg":["EdDSA"]}"#,
            Code::Malformed,
            alg("a string, got a list"),
        ),
        (
            r#"{"alg":"EdDSA","kid":7}"#,
            Code::Malformed,
            member("kid", "a string, got a number"),
        ),
        (
            r#"{"alg":"EdDSA","alg":"EdDSA"}"#,
            Code::Malformed,
            "JWS header: expected each member once, got `alg` twice".to_owned(),
        ),
        (
            r#"{"alg":"none","\u0061lg":"EdDSA"}"#,
            Code::Malformed,
            "JWS header: expected each member once, got `alg` twice".to_owned(),
        ),
        (
            r#"{"alg":"EdDSA","\n":1,"\n":2}"#,
            Code::Malformed,
            r"JWS header: expected each member once, got `\n` twice".to_owned(),
        ),
        (
            r#"{"alg":"EdDSA","b64":false}"#,
            Code::Malformed,
            member("b64", "a `crit` that names it, got none"),
        ),
        (
            r#"{"alg":"EdDSA","b64":true}"#,
            Code::Malformed,
            member("b64", "a `crit` that names it, got none"),
        ),
        (
            r#"{"alg":"EdDSA","b64":"false","crit":["b64"]}"#,
            Code::Malformed,
            member("b64", "true or false, got a string"),
        ),
        (
            r#"{"alg":"EdDSA","b64":0}"#,
            Code::Malformed,
            member("b64", "true or false, got a number"),
        ),
        (
            r#"{"alg":"EdDSA","crit":["b64"]}"#,
            Code::Malformed,
            member(
                "b64",
                "a value, because `crit` names it, got no such member",
            ),
        ),
        (
            r#"{"alg":"EdDSA","b64":false,"crit":[]}"#,
            Code::Malformed,
            crit("an empty list"),
        ),
        (
            r#"{"alg":"EdDSA","b64":false,"crit":"b64"}"#,
            Code::Malformed,
            crit("a string"),
        ),
        (
            r#"{"alg":"EdDSA","b64":false,"crit":["b64",{}]}"#,
            Code::Malformed,
            crit("an object"),
        ),
        (
            r#"{"alg":"EdDSA","b64":false,"crit":["b64","b64"]}"#,
            Code::Malformed,
            crit("`b64` twice"),
        ),
        (
            r#"{"alg":"EdDSA","b64":false,"crit":["alg","b64"]}"#,
            Code::Malformed,
            crit("`alg`, which RFC 7515 itself defines"),
        ),
        (
            r#"{"alg":"EdDSA","b64":false,"crit":["b64","kid"]}"#,
            Code::Malformed,
            crit("`kid`, which RFC 7515 itself defines"),
        ),
        (
            r#"{"alg":"EdDSA","crit":["crit"]}"#,
            Code::Malformed,
            crit("`crit`, which RFC 7515 itself defines"),
        ),
        (
            // RFC 7515 appendix E.
            r#"{"alg":"none","crit":["http://example.invalid/UNDEFINED"],"http://example.invalid/UNDEFINED":true}"#,
            Code::Unsupported,
            "critical JWS header member: expected b64, got http://example.invalid/UNDEFINED"
                .to_owned(),
        ),
        (
            r#"{"alg":"EdDSA","crit":["\u001b[2J"]}"#,
            Code::Unsupported,
            r"critical JWS header member: expected b64, got \u{1b}[2J".to_owned(),
        ),
        (
            r#"{"alg":"EdDSA","b64":false,"crit":["b64",""]}"#,
            Code::Unsupported,
            "critical JWS header member: expected b64, got ".to_owned(),
        ),
    ];
    for (header, code, expected) in cases {
        let jws = format!("{}..{}", encoded(header), encoded([7; 64]));
        let error = Jws::parse(jws.as_bytes()).unwrap_err();
        assert_eq!(
            (error.code(), error.to_string()),
            (code, expected),
            "{header}"
        );
    }
    let jws = format!("{}..", encoded(b"{\"alg\":\"Ed\xffDSA\"}"));
    assert_eq!(
        Jws::parse(jws.as_bytes()).unwrap_err().to_string(),
        "JWS header: expected UTF-8, got something else from byte 10"
    );
    let deep = format!(
        r#"{{"alg":"EdDSA","x":{}{}}}"#,
        "[".repeat(4000),
        "]".repeat(4000)
    );
    let jws = format!("{}..", encoded(deep));
    assert_eq!(
        Jws::parse(jws.as_bytes()).unwrap_err().code(),
        Code::Malformed
    );
}

#[test]
fn a_signature_of_another_form_is_refused() {
    let refusal = |key: &SigningKey, signature: &[u8]| {
        let jws = jws::sign(key, PAYLOAD).unwrap();
        let jws = format!("{}..{}", parts(&jws).0, encoded(signature));
        let parsed = Jws::parse(jws.as_bytes()).unwrap();
        // Before any payload has been read.
        parsed
            .verifying(key.verifying_key(), None)
            .map(|_| ())
            .map_err(|error| (error.code(), error.to_string()))
    };
    for (algorithm, len) in [
        (Algorithm::EcdsaP256Sha256, 64),
        (Algorithm::EcdsaP384Sha384, 96),
        (Algorithm::EcdsaP521Sha512, 132),
    ] {
        let key = key(algorithm);
        let jws = jws::sign(&key, PAYLOAD).unwrap();
        assert_eq!(decoded(parts(&jws).1).len(), len);
        let der = key.sign(PAYLOAD).unwrap();
        for wrong in [&[][..], &vec![0; len - 1], &vec![0; len + 1], &der] {
            let expected = format!(
                "{algorithm} signature, r and s: expected {len} bytes, got {} bytes",
                wrong.len()
            );
            assert_eq!(refusal(&key, wrong), Err((Code::Length, expected)));
        }
        // Of the right form and out of range: r or s is zero, r is above the group order.
        let mut high = vec![0xff; len];
        if algorithm == Algorithm::EcdsaP521Sha512 {
            (high[0], high[len / 2]) = (1, 1);
        }
        for wrong in [vec![0; len], high] {
            let jws = format!("{}..{}", parts(&jws).0, encoded(wrong));
            let verdict = jws::verify(key.verifying_key(), PAYLOAD, jws.as_bytes());
            assert_eq!(verdict, Ok(Verdict::Invalid), "{algorithm}");
        }
    }
    let key = key(Algorithm::EcdsaP521Sha512);
    for at in [0, 66] {
        let mut wrong = [1; 132];
        wrong[at] = 2;
        let expected = "ECDSA-P521-SHA512 signature, r and s: expected two numbers of at most 521 bits, \
                        got a longer one";
        let expected = Err((Code::Malformed, expected.to_owned()));
        assert_eq!(refusal(&key, &wrong), expected);
    }

    for (algorithm, len) in [
        (Algorithm::MlDsa44, 2420),
        (Algorithm::Ed25519, 64),
        (Algorithm::Rsa2048, 256),
    ] {
        let key = self::key(algorithm);
        for wrong in [0, len - 1, len + 1] {
            let expected =
                format!("{algorithm} signature: expected {len} bytes, got {wrong} bytes");
            assert_eq!(
                refusal(&key, &vec![0; wrong]),
                Err((Code::Length, expected))
            );
        }
    }
}

/// Gives its bytes in odd amounts, with interruptions.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 += 1;
        if self.1.is_multiple_of(3) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let some = buffer.len().min(self.0.len()).min(4099 * (1 + self.1 % 5));
        let (now, later) = self.0.split_at(some);
        buffer[..some].copy_from_slice(now);
        self.0 = later;
        Ok(some)
    }
}

struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is gone"))
    }
}

#[test]
fn parts_of_any_size_give_what_the_whole_gives() {
    let key = key(Algorithm::Ed25519);
    for len in (0..10).chain([12287, 12288, 12289, 40000]) {
        let payload: Vec<u8> = (0..len).map(|i: u32| i.to_le_bytes()[0] ^ 0x5a).collect();
        let whole = jws::sign(&key, &payload).unwrap();
        for size in [1, 2, 3, 4, 5, 7, 12287, 12288, 12289] {
            let made = signed(&key, Options::default(), &payload, size);
            assert_eq!(made, whole, "{len} bytes in parts of {size}");
            let parsed = Jws::parse(whole.as_bytes()).unwrap();
            let mut verifying = parsed.verifying(key.verifying_key(), None).unwrap();
            for part in payload.chunks(size) {
                verifying.update(part).unwrap();
                verifying.update(b"").unwrap();
            }
            assert!(
                verifying.finish().unwrap().is_valid(),
                "{len} bytes in parts of {size}"
            );
        }
    }
}

#[test]
fn large_payloads_pass_in_parts() {
    let payload: Vec<u8> = (0..3_000_001u32)
        .map(|i| i.to_le_bytes()[1] ^ 0x33)
        .collect();
    for &(algorithm, scheme, name) in NAMES {
        // The larger sizes of RSA differ in nothing that matters here, and take long to be made.
        if matches!(algorithm, Algorithm::Rsa3072 | Algorithm::Rsa4096) {
            continue;
        }
        let key = key(algorithm);
        let public = key.verifying_key();
        // A signing input up to a megabyte is kept whole.
        let header = parts(&signed(&key, with_scheme(scheme), b"", 1)).0.len();
        let whole = ((1 << 20) - header - 1) / 4 * 3;
        for len in [whole, whole + 1, whole + 3, payload.len()] {
            let payload = &payload[..len];
            let mut signing = Signing::new(&key, with_scheme(scheme)).unwrap();
            signing.update_from(&mut Dribble(payload, 0)).unwrap();
            let jws = signing.finish().unwrap();
            // In one piece, without any streaming.
            if !name.starts_with("ES") && scheme.is_none() {
                let (header, signature) = parts(&jws);
                let input = format!("{header}.{}", encoded(payload));
                let verdict = public
                    .verify(input.as_bytes(), &decoded(signature))
                    .unwrap();
                assert!(verdict.is_valid(), "{name}, {len} bytes");
            }
            let parsed = Jws::parse(jws.as_bytes()).unwrap();
            for (altered, expected) in [(false, Verdict::Valid), (true, Verdict::Invalid)] {
                let mut verifying = parsed.verifying(public, scheme).unwrap();
                verifying.update_from(&mut Dribble(payload, 0)).unwrap();
                if altered {
                    verifying.update(b"x").unwrap();
                }
                assert_eq!(verifying.finish().unwrap(), expected, "{name}, {len} bytes");
            }
        }
    }
}

#[test]
fn only_ed25519_has_a_longest_payload() {
    let longest = vec![b'x'; 48 << 20];
    for algorithm in [Algorithm::EcdsaP256Sha256, Algorithm::MlDsa65] {
        let key = key(algorithm);
        let mut signing = Signing::new(&key, Options::default()).unwrap();
        signing.update(&longest).unwrap();
        signing.update(&longest).unwrap();
        signing.finish().unwrap();
    }
    let key = key(Algorithm::Ed25519);
    let mut signing = Signing::new(&key, Options::default()).unwrap();
    let error = signing.update(&longest).unwrap_err();
    assert_eq!(error.code(), Code::Limit);
    assert_eq!(
        error.to_string(),
        "signing input of a JWS: message for a bare Ed25519 signature: expected at most 67108864 bytes, \
         because it is read twice; CMS signs its hash, of any length, got more"
    );
    // Header and full stop take less than three hundred bytes of it.
    let mut signing = Signing::new(&key, Options::default()).unwrap();
    signing.update(&longest[300..]).unwrap();
    signing.finish().unwrap();
}

#[test]
fn a_reader_that_fails_is_reported() {
    let key = key(Algorithm::MlDsa44);
    let mut signing = Signing::new(&key, Options::default()).unwrap();
    let error = signing.update_from(&mut Broken).unwrap_err();
    assert_eq!(error.to_string(), "cannot read: the disk is gone");
    assert_eq!(error.code(), Code::Io);
    let jws = Jws::parse(jws::sign(&key, PAYLOAD).unwrap().as_bytes()).unwrap();
    let mut verifying = jws.verifying(key.verifying_key(), None).unwrap();
    let error = verifying.update_from(&mut Broken).unwrap_err();
    assert_eq!(error.code(), Code::Io);
}

#[test]
fn a_signature_that_may_be_deterministic_is() {
    for (algorithm, rsa_scheme) in [
        (Algorithm::MlDsa65, None),
        (Algorithm::Ed25519, None),
        (Algorithm::Rsa2048, Some(RsaScheme::Pkcs1Sha256)),
    ] {
        let key = key(algorithm);
        let made = |deterministic| {
            let options = Options {
                deterministic,
                rsa_scheme,
                ..Options::default()
            };
            signed(&key, options, PAYLOAD, 10)
        };
        assert_eq!(made(true), made(true));
        assert_eq!(made(false) == made(false), algorithm != Algorithm::MlDsa65);
    }
}
