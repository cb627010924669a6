//! What the targets share: the rules that hold for every key and every refusal, however it was read.

use std::sync::LazyLock;

use base64ct::{Base64Unpadded, Base64UrlUnpadded, Encoding};
use chop::algorithm::{Kind, Size};
use chop::encoding::{self, Passphrase};
use chop::policy::Profile;
use chop::{
    Algorithm, Code, Error, Form, Guard, Policy, PrivateKey, PublicKey, Result, VerifyOptions,
    VerifyingKey,
};

/// The longest error text that still is a message and not a copy of the input.
const LONGEST_MESSAGE: usize = 1000;

/// What `usable` signs.
const MESSAGE: &[u8] = b"chop fuzz";

/// The answer of someone who was not expected to be asked.
pub fn no_passphrase() -> Result<Passphrase> {
    Err(Error::usage("passphrase of a fuzz input"))
}

/// The rules of every refusal: the input is to blame, and it is said in one short harmless line.
pub fn refusal(error: &Error) {
    // 5 is the system's fault and 70 the library's: neither is an answer to bytes.
    let status = error.code().exit_status();
    assert!(
        !matches!(status, 5 | 70),
        "not the input's fault: {error:?}"
    );
    printable(&error.to_string());
}

/// Whether it takes seconds to check a private key of `algorithm`, which recomputes a tree of hash
/// values: SHAKE is slow when instrumented, and the "s" sets have the large trees.
pub fn is_slow(algorithm: Algorithm) -> bool {
    let name = algorithm.name();
    name.starts_with("SLH-DSA-SHAKE") && name.ends_with('s')
}

/// Whether the identifier of such an algorithm stands in `der`.
pub fn names_slow(der: &[u8]) -> bool {
    Algorithm::ALL
        .iter()
        .filter(|row| is_slow(**row))
        .any(|row| {
            let oid = row.info().oid;
            let oid = oid.as_bytes();
            der.windows(oid.len()).any(|window| window == oid)
        })
}

/// Text about an untrusted file goes to terminals and logs: no control character, no flood.
pub fn printable(text: &str) {
    assert!(
        !text.chars().any(char::is_control),
        "control character in {text:?}"
    );
    assert!(
        text.len() <= LONGEST_MESSAGE,
        "message of {} bytes: {}...",
        text.len(),
        text.chars().take(100).collect::<String>()
    );
}

/// The rules of every private key.
pub fn private_key(key: &PrivateKey) {
    let public = key.public_key();
    if key.algorithm().is_legacy() {
        return legacy_private_key(key);
    }
    for form in [Form::Seed, Form::Expanded, Form::Both] {
        match key.to_pkcs8_der(form) {
            Ok(der) => {
                assert!(key.forms().contains(&form), "wrote a form it does not have");
                let again = reread(der.expose());
                same_key(&again.public_key(), &public);
                let twice = again.to_pkcs8_der(form).expect("the form was just read");
                assert!(twice == der, "{form}: writing, reading, writing differs");
                assert_eq!(
                    again.seed().is_ok(),
                    form != Form::Expanded && key.seed().is_ok()
                );
            }
            Err(error) => {
                assert!(!key.forms().contains(&form), "cannot write its {form} form");
                assert_eq!(error.code(), Code::Usage);
                refusal(&error);
            }
        }
    }
    silent(&format!("{key:?}"), key);
    usable(key);
    public_key(&public);
}

/// The rules of a private key that is only read: its bytes give it again, and nothing is made with it.
fn legacy_private_key(key: &PrivateKey) {
    let PrivateKey::Decapsulation(opening) = key else {
        panic!("a legacy key that could sign: {key:?}");
    };
    for form in [Form::Seed, Form::Expanded, Form::Both] {
        let refused = key
            .to_pkcs8_der(form)
            .expect_err("a legacy key was written");
        assert!(matches!(refused.code(), Code::Policy | Code::Usage));
        refusal(&refused);
    }
    let bytes = key.expanded().expect("its one form").expose();
    let again = encoding::read_private_key_as(key.algorithm(), bytes, &mut no_passphrase)
        .unwrap_or_else(|error| panic!("its own bytes do not give the key again: {error:?}"));
    assert_eq!(again.public_key(), key.public_key());
    let Size::Exact(len) = key.algorithm().info().output else {
        panic!("a ciphertext without a length");
    };
    let refused = opening.decapsulate(&vec![0; len]);
    let refused = refused.expect_err("opened without a policy that says so");
    assert_eq!(refused.code(), Code::Policy);
    silent(&format!("{key:?}"), key);
    public_key(&key.public_key());
}

/// The rules of a public key that is only read.
fn legacy_public_key(key: &PublicKey) {
    let algorithm = key.algorithm();
    let der = key.to_spki_der();
    for bytes in [der.as_slice(), key.as_bytes()] {
        let again = encoding::read_public_key_as(algorithm, bytes);
        assert_eq!(again.as_ref(), Ok(key), "what was written is not read");
    }
    // Of Kyber the identifier leaves the flavour open.
    let named = encoding::read_public_key(&der).map_err(|error| error.code());
    assert_eq!(
        named,
        algorithm
            .twin()
            .map_or(Ok(key.clone()), |_| Err(Code::Usage))
    );
    let refused = key.to_spki_pem().expect_err("a legacy key was written");
    assert_eq!(refused.code(), Code::Policy);
    match key {
        PublicKey::Verifying(key) => refuses_zeroes(key),
        PublicKey::Encapsulation(key) => {
            let refused = key
                .encapsulate()
                .expect_err("a secret was sent to a legacy key");
            assert_eq!(refused.code(), Code::Policy);
        }
        other => panic!("a kind of key without rules: {other:?}"),
    }
}

/// The private key in `der`, which the library wrote.
pub fn reread(der: &[u8]) -> PrivateKey {
    encoding::read_private_key(der, &mut no_passphrase)
        .unwrap_or_else(|error| panic!("what was written is not read: {error:?}"))
}

/// The rules of every public key.
pub fn public_key(key: &PublicKey) {
    if key.algorithm().is_legacy() {
        return legacy_public_key(key);
    }
    let der = key.to_spki_der();
    let again = encoding::read_public_key(&der)
        .unwrap_or_else(|error| panic!("what was written is not read: {error:?}"));
    same_key(&again, key);
    assert_eq!(again.to_spki_der(), der);
    assert_eq!(again.fingerprint(), key.fingerprint());
    assert_eq!(
        PublicKey::from_bytes(key.algorithm(), key.as_bytes()).as_ref(),
        Ok(key),
        "its own bytes do not give the key again"
    );
    let error = encoding::read_private_key(&der, &mut no_passphrase)
        .expect_err("a public key was read as a private one");
    assert_eq!(error.code(), Code::WrongKind);
    match key {
        PublicKey::Verifying(key) => refuses_zeroes(key),
        PublicKey::Encapsulation(key) => {
            if let Err(error) = key.encapsulate() {
                // A point of small order shows itself only when it is used.
                assert_eq!(error.code(), Code::Rejected, "{error:?}");
                let name = key.algorithm().name();
                assert!(
                    ["X25519", "X448", "X-Wing"]
                        .iter()
                        .any(|part| name.contains(part))
                );
            }
        }
        other => panic!("a kind of key without rules: {other:?}"),
    }
}

/// Whether `read`, which comes from an encoding, is `key`. An encoding on a NIST curve does not
/// say whether the key signs or agrees, and is read as one that signs.
pub fn same_key(read: &PublicKey, key: &PublicKey) {
    let expected = match (key.algorithm().info().kind, key.algorithm().twin()) {
        (Kind::Kem, Some(twin)) => twin,
        _ => key.algorithm(),
    };
    assert_eq!(read.algorithm(), expected);
    assert_eq!(read.as_bytes(), key.as_bytes());
}

/// A key that was accepted does what it is for.
fn usable(key: &PrivateKey) {
    match key {
        // Signing takes up to seconds, and needs nothing that reading has not recomputed.
        PrivateKey::Signing(key) if key.algorithm().info().standard == "FIPS 205" => {}
        PrivateKey::Signing(key) => {
            let signature = key
                .sign(MESSAGE)
                .unwrap_or_else(|error| panic!("an accepted key does not sign: {error:?}"));
            let verdict = key.verifying_key().verify(MESSAGE, &signature);
            assert!(verdict.is_ok_and(chop::Verdict::is_valid));
        }
        PrivateKey::Decapsulation(key) => {
            let (ciphertext, sent) = key
                .encapsulation_key()
                .encapsulate()
                .unwrap_or_else(|error| panic!("nothing can be sent to this key: {error:?}"));
            assert!(key.decapsulate(&ciphertext).as_ref() == Ok(&sent));
        }
        other => panic!("a kind of key without rules: {other:?}"),
    }
}

/// No key accepts a signature of zeroes, and where there are two implementations they say so alike.
fn refuses_zeroes(key: &VerifyingKey) {
    let Size::Exact(len) = key.algorithm().info().output else {
        return;
    };
    let (signature, options) = (vec![0; len], VerifyOptions::default());
    let key = &key.clone().under(&legacy_read());
    let first = key.verify_with(MESSAGE, &signature, &options);
    let first = first.unwrap_or_else(|error| panic!("zeroes: {error:?}"));
    let second = chop::testing::second_opinion(key, MESSAGE, &signature, &options);
    let second = second.unwrap_or_else(|error| panic!("zeroes, second opinion: {error:?}"));
    assert_eq!(second.unwrap_or(first.is_valid()), first.is_valid());
    // The point of order one accepts the all-zero scalar over itself; RFC 8032 has no rule against it.
    assert!(!first.is_valid() || key.algorithm().name() == "Ed25519");
}

/// The policy under which everything may be read.
pub(crate) fn legacy_read() -> Guard {
    static GUARD: LazyLock<Guard> =
        LazyLock::new(|| Guard::new(Policy::built_in(Profile::LegacyRead)));
    GUARD.clone()
}

/// `text` holds no part of the private key. The longest words of our own are taken out before: the
/// fuzzer makes secrets that decode from them, from the fingerprint too where a part of the secret
/// (z of ML-KEM) has no part in the public key.
pub fn silent(text: &str, key: &PrivateKey) {
    let info = key.algorithm().info();
    let fingerprint = key.public_key().fingerprint().to_string();
    let text = [info.name, info.standard, &fingerprint]
        .iter()
        .fold(text.to_owned(), |text, word| text.replace(word, " "));
    for secret in [key.seed(), key.expanded()].into_iter().flatten() {
        assert!(
            !reveals(&text, secret.expose()),
            "a secret stands in a text"
        );
    }
}

/// Whether a part of `secret` stands in `text` in hexadecimal, in base64 or as numbers. The part is
/// longer than every word of our own that [`silent`] leaves in the text.
fn reveals(text: &str, secret: &[u8]) -> bool {
    const PART: usize = 16;
    let found = |part: &[u8]| secret.windows(PART).any(|window| part == window);
    let runs = |allowed: fn(char) -> bool| text.split(move |c| !allowed(c));

    let hexadecimal = runs(|c| c.is_ascii_hexdigit()).any(|run| {
        run.as_bytes().windows(2 * PART).any(|digits| {
            let value = |digit: u8| (digit as char).to_digit(16).unwrap_or(0);
            let bytes: Vec<u8> = digits
                .chunks_exact(2)
                .filter_map(|two| u8::try_from(value(two[0]) << 4 | value(two[1])).ok())
                .collect();
            found(&bytes)
        })
    });
    // 24 characters are 18 bytes wherever they start, as long as they start a group of four.
    let base64 = runs(|c| c.is_ascii_alphanumeric() || "+/-_".contains(c)).any(|run| {
        run.as_bytes().windows(24).any(|window| {
            let text = std::str::from_utf8(window).unwrap_or_default();
            [Base64Unpadded::decode_vec, Base64UrlUnpadded::decode_vec]
                .iter()
                .any(|decode| decode(text).is_ok_and(|bytes| found(&bytes[..PART])))
        })
    });
    let numbers: Vec<Option<u8>> = text
        .split(", ")
        .map(|word| word.trim_start_matches('[').parse().ok())
        .collect();
    let decimal = numbers.windows(PART).any(|window| {
        let bytes: Vec<u8> = window.iter().copied().flatten().collect();
        bytes.len() == PART && found(&bytes)
    });
    hexadecimal || base64 || decimal
}

/// The elements of a DER or BER element with this tag, by tag and contents; `None` if `encoded` is
/// anything else. Lenient about lengths on purpose: what the library must refuse is not decided here.
pub fn elements(tag: u8, encoded: &[u8]) -> Option<Vec<(u8, &[u8])>> {
    let (outer, mut contents, rest) = element(encoded)?;
    if outer != tag || !rest.is_empty() {
        return None;
    }
    let mut found = Vec::new();
    while !contents.is_empty() {
        let (tag, inner, rest) = element(contents)?;
        found.push((tag, inner));
        contents = rest;
    }
    Some(found)
}

/// The first element: its tag, its contents, and what stands after it.
fn element(encoded: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = encoded.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (len, rest) = match first {
        short @ 0..0x80 => (usize::from(short), rest),
        long => {
            let (digits, rest) = rest.split_at_checked(usize::from(long & 0x7f))?;
            let len = digits.iter().try_fold(0usize, |len, &digit| {
                len.checked_mul(256)?.checked_add(usize::from(digit))
            });
            (len?, rest)
        }
    };
    let (contents, rest) = rest.split_at_checked(len)?;
    Some((tag, contents, rest))
}
