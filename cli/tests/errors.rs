//! Bad input: for each the exact line, the exit status, the same in JSON, and nothing left behind.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod support;

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fs::File;
use std::io::PipeWriter;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use support::{Folder, der};

const ML_DSA_44: &str = "2.16.840.1.101.3.4.3.17";
const ML_DSA_65: &str = "2.16.840.1.101.3.4.3.18";
const ML_KEM_512: &str = "2.16.840.1.101.3.4.4.1";
const ML_KEM_768: &str = "2.16.840.1.101.3.4.4.2";

/// A folder with a key pair of each kind, in the encodings that the tests spoil. They are made once.
fn keys() -> Folder {
    static FILES: OnceLock<BTreeMap<OsString, Option<Vec<u8>>>> = OnceLock::new();
    let folder = Folder::new();
    for (name, contents) in FILES.get_or_init(make_keys) {
        folder.write(name.to_str().unwrap(), contents.as_ref().unwrap());
    }
    folder
}

fn make_keys() -> BTreeMap<OsString, Option<Vec<u8>>> {
    let folder = Folder::new();
    folder.write("message", "hello\n");
    for line in [
        "keygen ML-DSA-44 -o dsa.key --pub dsa.pub",
        "keygen ML-KEM-512 -o kem.key --pub kem.pub",
        "keygen Ed25519 -o ed.key --pub ed.pub",
        "keygen ECDSA-P256-SHA256 -o ec.key --pub ec.pub",
        "keygen RSA-2048 -o rsa.key --pub rsa.pub",
        "convert dsa.key -o dsa.der --output der",
        "convert dsa.key -o dsa.seed --output raw",
        "convert dsa.key -o dsa.expanded --output raw --form expanded",
        "convert dsa.pub -o dsa.pub.der --output der",
        "convert dsa.pub -o dsa.pub.raw --output raw",
        "convert kem.key -o kem.seed --output raw",
        "convert kem.key -o kem.expanded --output raw --form expanded",
        "convert kem.pub -o kem.pub.raw --output raw",
        "sign --key dsa.key --format raw -o dsa.sig message",
        "sign --key ec.key --format raw -o ec.sig message",
        "encapsulate --to kem.pub --ciphertext kem.ct --secret kem.secret",
    ] {
        folder.line(line).ok();
    }
    folder.snapshot()
}

/// Cases as they would stand on a terminal: `$`, the arguments, and below them exit status and words.
///
/// Each runs alone and with `--json`, and leaves the folder as it was.
fn refused(folder: &Folder, cases: &str) {
    let before = folder.snapshot();
    let lines: Vec<&str> = cases.trim().lines().map(str::trim).collect();
    for pair in lines.chunks(2) {
        let line = pair[0].strip_prefix('$').unwrap();
        let (status, words) = pair[1].split_once(' ').unwrap();
        let status = status.parse().unwrap();
        folder.line(line).fails(status, words);
        assert!(folder.snapshot() == before, "chop {line}: changed files");
        let json = folder.line(&format!("--json {line}")).ends(status);
        assert_eq!(json.json_error(), words, "chop {line}");
        assert!(folder.snapshot() == before, "chop {line}: changed files");
    }
}

/// Each line names a file and ends as the error does with which `sign` and `convert` refuse it as a private key.
fn refused_private(folder: &Folder, lines: &str) {
    for words in lines.trim().lines().map(str::trim) {
        let (file, _) = words.split_once(':').unwrap();
        refused(
            folder,
            &format!(
                "
                $ sign --key {file} --format raw -o out message
                3 {words}
                $ convert {file} -o out
                3 {words}
                "
            ),
        );
    }
}

/// The same for `encapsulate` and the public key.
fn refused_public(folder: &Folder, lines: &str) {
    for words in lines.trim().lines().map(str::trim) {
        let (file, _) = words.split_once(':').unwrap();
        let line = format!("$ encapsulate --to {file} --ciphertext out --secret out2");
        refused(folder, &format!("{line}\n3 {words}"));
    }
}

fn less(bytes: &[u8]) -> &[u8] {
    &bytes[..bytes.len() - 1]
}

fn more(bytes: &[u8]) -> Vec<u8> {
    [bytes, &[0]].concat()
}

#[test]
fn command_lines() {
    let folder = keys();
    let missing = "command line: the following required arguments were not provided:";
    let own = "output file: expected a file of its own, got another file of this command";
    refused(
        &folder,
        &format!(
            "
        $ frobnicate
        2 command line: unrecognized subcommand 'frobnicate'
        $ keygn
        2 command line: unrecognized subcommand 'keygn'; did you mean keygen?
        $ sign --keys dsa.key message
        2 command line: unexpected argument '--keys' found; did you mean --key?
        $ convert dsa.key --output out.pem
        2 command line: invalid value 'out.pem' for '--output <ENCODING>' [possible values: pem, der, raw, jwk]; the file to write goes to -o
        $ keygen ML-DSA-44 --category 5
        2 command line: the argument '[ALGORITHM]' cannot be used with '--category <N>'
        $ keygen --category 6
        2 command line: invalid value '6' for '--category <N>': 6 is not in 1..=5
        $ convert dsa.key
        2 {missing} -o <OUT>
        $ sign message
        2 {missing} --key <KEY>
        $ inspect
        2 {missing} <FILE>...
        $ encapsulate --to kem.pub
        2 {missing} --ciphertext <OUT> --secret <OUT>
        $ convert dsa.seed -o out --input raw-seed
        2 {missing} --algorithm <ALG>
        $ convert dsa.seed -o out --algorithm ML-DSA-44
        2 dsa.seed: bare bytes of a ML-DSA-44 private key: expected PKCS#8; `chop convert --input raw-seed` or raw-expanded makes it, got bytes that do not say which form they are
        $ keygen ML-DSA-44 -o out --frob
        2 command line: unexpected argument '--frob' found
        $ convert dsa.key -o out --output jwx
        2 command line: invalid value 'jwx' for '--output <ENCODING>' [possible values: pem, der, raw, jwk]; the file to write goes to -o
        $ sign --key dsa.key --format xml -o out message
        2 command line: invalid value 'xml' for '--format <FORMAT>' [possible values: cms, jws, raw]
        $ verify message
        2 {missing} <--key <KEY>|--trust <FILE>|--batch <LIST>>
        $ verify --key dsa.pub --trust dsa.pub message
        2 command line: the argument '--key <KEY>' cannot be used with '--trust <FILE>'
        $ cert
        2 command line: expected a command; see `chop --help`
        $ completions csh
        2 command line: invalid value 'csh' for '<SHELL>' [possible values: bash, elvish, fish, powershell, zsh]
        $ sign --key dsa.key --format raw --context a --context-hex 61 -o out message
        2 command line: the argument '--context <TEXT>' cannot be used with '--context-hex <HEX>'
        $ keygen ML-DSA-44 -o out --passphrase-fd x
        2 command line: expected arguments as in --help; passphrases come from --passphrase-fd N or the terminal alone
        $ keygen ML-DSA-44 -o out --passphrase-fd 0
        2 --passphrase-fd: expected --encrypt beside it, got a plain key
        $ sign --key dsa.key --format raw -o message message
        2 message: {own}
        $ sign --key dsa.key --format raw -o dsa.key --force message
        2 dsa.key: {own}
        $ decapsulate --key kem.key --ciphertext kem.ct --secret ./kem.ct --force
        2 ./kem.ct: {own}
        $ keygen ML-DSA-44 -o out --pub out
        2 out: {own}
        "
        ),
    );
}

#[test]
fn no_command_at_all() {
    let folder = Folder::new();
    let words = "command line: expected a command; see `chop --help`";
    folder.line("").fails(2, words);
    folder.line("-q").fails(2, words);
    assert_eq!(folder.line("--json").ends(2).json_error(), words);
}

#[test]
fn names_of_algorithms() {
    let folder = keys();
    refused(
        &folder,
        "
        $ keygen mldsa65 -o out --pub out2
        2 algorithm name: expected ML-DSA-65 (or another name of `chop algorithms`), got \"mldsa65\"
        $ keygen AES-256-GCM -o out
        2 algorithm name: expected a name of `chop algorithms`, got \"AES-256-GCM\"
        $ keygen \u{1b}[31mred\u{7} -o out
        2 algorithm name: expected a name of `chop algorithms`, got \"\\u{1b}[31mred\\u{7}\"
        ",
    );
    let unknown = "algorithm name: expected ML-KEM-512 (or another name of `chop algorithms`), got \"ML-KEM-51\"";
    let run = folder
        .line("convert kem.seed -o out --input raw-seed --algorithm ML-KEM-51")
        .ends(2);
    assert!(run.err().ends_with(&format!("{unknown}\n")), "{run}");
    assert!(!folder.exists("out"));
}

#[test]
fn options_that_the_key_does_not_have() {
    let folder = keys();
    let context = "x".repeat(256);
    let hex = "78".repeat(256);
    let deterministic =
        "expected an algorithm or scheme that can sign without randomness (with RSA: PKCS#1 v1.5)";
    let too_long = "context string: expected at most 255 bytes, got 256 bytes";
    let no_context = "context string: expected an algorithm that has one (ML-DSA, SLH-DSA, composites), got Ed25519";
    refused(
        &folder,
        &format!(
            "
        $ sign --key dsa.key --format raw --context {context} -o out message
        2 {too_long}
        $ sign --key dsa.key --format raw --context-hex {hex} -o out message
        2 {too_long}
        $ verify --key dsa.pub --format raw --context {context} --signature dsa.sig message
        2 {too_long}
        $ sign --key ed.key --format raw --context a -o out message
        2 {no_context}
        $ verify --key ed.pub --format raw --context a --signature kem.seed message
        2 {no_context}
        $ sign --key dsa.key --format raw --context-hex abc -o out message
        2 --context-hex: expected pairs of hexadecimal digits, got Odd number of digits
        $ sign --key ec.key --format raw --deterministic -o out message
        2 deterministic ECDSA-P256-SHA256 signature: {deterministic}
        $ sign --key rsa.key --format raw --deterministic -o out message
        2 deterministic RSA-2048 signature: {deterministic}
        $ sign --key dsa.key --format raw --rsa-scheme RSASSA-PSS-SHA256 -o out message
        2 RSA scheme: expected an RSA key, got ML-DSA-44
        $ convert ed.key -o out --form expanded
        2 --form of this Ed25519 private key: expected seed, got expanded
        $ convert ec.key -o out --form seed
        2 --form of this ECDSA-P256-SHA256 private key: expected expanded, got seed
        $ convert dsa.expanded -o out --input raw-expanded --algorithm ML-DSA-44 --form both
        2 --form of this ML-DSA-44 private key: expected expanded, got both
        $ convert dsa.expanded -o out --input raw-expanded --algorithm ML-DSA-44 --output jwk
        2 ML-DSA-44 private key: expected one that holds its seed form, got one that does not
        $ convert dsa.key -o out --output jwk --form both
        2 JWK: expected --form seed, the only one that RFC 9964 has, got both
        $ convert dsa.key -o out --output raw --encrypt
        2 --encrypt: expected --output pem or der, got an encoding without encryption
        $ convert dsa.pub -o out --form seed
        2 --form: expected a private key, got a public one
        $ convert dsa.pub -o out --encrypt
        2 --encrypt: expected a private key, got a public one
        $ convert ec.key -o out --output jwk
        2 JWK of ECDSA-P256-SHA256: expected an algorithm with a JOSE name (ML-DSA-44, ML-DSA-65, ML-DSA-87, ML-DSA-44-Ed25519, ML-DSA-44-ES256, ML-DSA-65-ES256, ML-DSA-65-Ed25519, ML-DSA-87-ES384, ML-DSA-87-Ed448), got one without; write PEM, DER or raw
        "
        ),
    );
    // One byte less is a context.
    let line = format!(
        "sign --key dsa.key --format raw --context {} -o out message",
        &context[1..]
    );
    folder.line(&line).ok();
}

#[test]
fn keys_of_the_wrong_kind() {
    let folder = keys();
    let kind = "key of the wrong kind: expected";
    refused(
        &folder,
        &format!(
            "
        $ sign --key kem.key --format raw -o out message
        4 kem.key: {kind} a signing key, got ML-KEM-512
        $ sign --key dsa.pub --format raw -o out message
        4 dsa.pub: {kind} a private key, got PUBLIC KEY
        $ sign --key dsa.pub.der --format raw -o out message
        4 dsa.pub.der: {kind} a private key, got a SubjectPublicKeyInfo
        $ verify --key dsa.key --format raw --signature dsa.sig message
        4 dsa.key: {kind} a public key, got PRIVATE KEY
        $ verify --key dsa.der --format raw --signature dsa.sig message
        4 dsa.der: {kind} a public key, got a private key
        $ verify --key kem.pub --format raw --signature dsa.sig message
        4 kem.pub: {kind} a verifying key, got ML-KEM-512
        $ encapsulate --to kem.key --ciphertext out --secret out2
        4 kem.key: {kind} a public key, got PRIVATE KEY
        $ encapsulate --to dsa.pub --ciphertext out --secret out2
        4 dsa.pub: {kind} an encapsulation key, got ML-DSA-44
        $ encapsulate --to rsa.pub --ciphertext out --secret out2
        4 rsa.pub: {kind} an encapsulation key, got RSA-2048
        $ decapsulate --key dsa.key --ciphertext kem.ct --secret out
        4 dsa.key: {kind} a decapsulation key, got ML-DSA-44
        $ decapsulate --key kem.pub --ciphertext kem.ct --secret out
        4 kem.pub: {kind} a private key, got PUBLIC KEY
        "
        ),
    );
}

#[test]
fn private_keys_that_do_not_parse() {
    let folder = keys();
    let (seed, expanded) = (folder.read("dsa.seed"), folder.read("dsa.expanded"));
    let whole = folder.read("dsa.der");
    let seed_form = der::tlv(0x80, &[&seed]);
    assert_eq!(der::private_key(ML_DSA_44, &[], &seed_form), whole);
    let expanded_form = |bytes: &[u8]| der::tlv(der::OCTET_STRING, &[bytes]);
    let write = |name: &str, contents: &[u8]| {
        folder.write(name, der::private_key(ML_DSA_44, &[], contents));
    };
    folder.write("empty", "");
    folder.write("truncated", less(&whole));
    folder.write("trailing", more(&whole));
    folder.write("ber", [&[0x30, 0x81, whole[1]], &whole[2..]].concat());
    folder.write("null", der::private_key(ML_DSA_44, der::NULL, &seed_form));
    folder.write("unknown", der::private_key("1.2.3.4", &[], &seed_form));
    folder.write("kem", der::private_key(ML_KEM_512, &[], &seed_form));
    folder.write(
        "65",
        der::private_key(ML_DSA_65, &[], &expanded_form(&expanded)),
    );
    write("tag", &der::tlv(0x81, &[&seed]));
    write("seed-1", &der::tlv(0x80, &[less(&seed)]));
    write("seed+1", &der::tlv(0x80, &[&more(&seed)]));
    write("expanded-1", &expanded_form(less(&expanded)));
    write("expanded+1", &expanded_form(&more(&expanded)));
    let mut other = expanded.clone();
    other[2559] ^= 1;
    write("disagrees", &expanded_form(&other));
    let both = [expanded_form(&seed), expanded_form(&other)].concat();
    write("contradicts", &der::tlv(der::SEQUENCE, &[&both]));
    folder.write("large", vec![0x30; 128 * 1024 + 1]);
    let der = "private key: expected DER of a PKCS#8 PrivateKeyInfo, got";
    let choice = "expected [0] seed, OCTET STRING expandedKey or SEQUENCE of both, got";
    refused_private(
        &folder,
        &format!(
            "
        empty: key file: expected a key, got an empty file
        truncated: {der} something else
        trailing: {der} more bytes after the end
        ber: {der} something else
        null: algorithm parameters: expected absent, got NULL
        unknown: key algorithm: expected one of `chop algorithms`, got 1.2.3.4
        kem: ML-KEM-512 seed: expected 64 bytes, got 32 bytes
        65: ML-DSA-65 expanded private key: expected 4032 bytes, got 2560 bytes
        tag: ML-DSA-44 private key: {choice} CONTEXT-SPECIFIC [1] (primitive)
        seed-1: ML-DSA-44 seed: expected 32 bytes, got 31 bytes
        seed+1: ML-DSA-44 seed: expected 32 bytes, got 33 bytes
        expanded-1: ML-DSA-44 expanded private key: expected 2560 bytes, got 2559 bytes
        expanded+1: ML-DSA-44 expanded private key: expected 2560 bytes, got 2561 bytes
        disagrees: ML-DSA-44 private key: the parts of the expanded form disagree: a coefficient out of range, t0 or tr not those of s1 and s2
        contradicts: ML-DSA-44 private key: the expanded form is not the one that the seed gives
        large: key file: expected at most 131072 bytes, got more
        "
        ),
    );
}

#[test]
fn public_keys_that_do_not_parse() {
    let folder = keys();
    let key = folder.read("kem.pub.raw");
    let whole = der::public_key(ML_KEM_512, &[], &key);
    let mut large = key.clone();
    // The first coefficient of 12 bits becomes 0xfff, which is not below q.
    large[0] = 0xff;
    large[1] |= 0x0f;
    folder.write("empty", "");
    folder.write("truncated", less(&whole));
    folder.write("trailing", more(&whole));
    folder.write("null", der::public_key(ML_KEM_512, der::NULL, &key));
    folder.write("unknown", der::public_key("1.2.3.4", &[], &key));
    folder.write("768", der::public_key(ML_KEM_768, &[], &key));
    folder.write("key-1", der::public_key(ML_KEM_512, &[], less(&key)));
    folder.write("key+1", der::public_key(ML_KEM_512, &[], &more(&key)));
    folder.write("noncanonical", der::public_key(ML_KEM_512, &[], &large));
    let curve = der::oid("1.2.840.10045.3.1.7");
    let off_curve = [&[4][..], &[1; 64]].concat();
    folder.write(
        "point",
        der::public_key("1.2.840.10045.2.1", &curve, &off_curve),
    );
    let der = "public key: expected DER of a SubjectPublicKeyInfo, got";
    let (len, short) = (whole.len(), whole.len() - 1);
    refused_public(
        &folder,
        &format!(
            "
        empty: key file: expected a key, got an empty file
        truncated: {der} an end after {short} of at least {len} bytes
        trailing: {der} 1 more bytes after the end
        null: algorithm parameters: expected absent, got NULL
        unknown: key algorithm: expected one of `chop algorithms`, got 1.2.3.4
        768: ML-KEM-768 public key: expected 1184 bytes, got 800 bytes
        key-1: ML-KEM-512 public key: expected 800 bytes, got 799 bytes
        key+1: ML-KEM-512 public key: expected 800 bytes, got 801 bytes
        noncanonical: ML-KEM-512 encapsulation key: expected coefficients below 3329, got a larger one at index 0
        point: ECDSA-P256-SHA256 public key: expected an uncompressed point on the curve, got something else of that length
        "
        ),
    );
}

#[test]
fn raw_bytes_of_the_wrong_length_or_form() {
    let folder = keys();
    let lengths = [
        ("dsa.seed", "raw-seed", "ML-DSA-44", "seed", 32),
        (
            "dsa.expanded",
            "raw-expanded",
            "ML-DSA-44",
            "expanded private key",
            2560,
        ),
        ("dsa.pub.raw", "raw-public", "ML-DSA-44", "public key", 1312),
        ("kem.seed", "raw-seed", "ML-KEM-512", "seed", 64),
        (
            "kem.expanded",
            "raw-expanded",
            "ML-KEM-512",
            "expanded private key",
            1632,
        ),
        ("kem.pub.raw", "raw-public", "ML-KEM-512", "public key", 800),
    ];
    for (file, kind, algorithm, what, len) in lengths {
        let right = folder.read(file);
        for (bytes, got) in [(less(&right), len - 1), (&more(&right), len + 1)] {
            folder.write("bad", bytes);
            refused(
                &folder,
                &format!(
                    "
        $ convert bad -o out --input {kind} --algorithm {algorithm}
        3 bad: {algorithm} {what}: expected {len} bytes, got {got} bytes
        "
                ),
            );
        }
    }
    refused(
        &folder,
        "
        $ convert dsa.seed -o out --input raw-seed --algorithm ML-KEM-512
        3 dsa.seed: ML-KEM-512 seed: expected 64 bytes, got 32 bytes
        $ convert dsa.expanded -o out --input raw-seed --algorithm ML-DSA-44
        3 dsa.expanded: ML-DSA-44 seed: expected 32 bytes, got 2560 bytes
        $ convert dsa.seed -o out --input raw-seed --algorithm SLH-DSA-SHA2-128f
        2 dsa.seed: SLH-DSA-SHA2-128f has no seed form of the private key
        $ convert dsa.seed -o out --input raw-expanded --algorithm Ed25519
        2 dsa.seed: Ed25519 has no expanded form of the private key
        ",
    );
    let mut altered = folder.read("kem.expanded");
    // H(ek) stands before the last 32 bytes.
    altered[1632 - 33] ^= 1;
    folder.write("altered", altered);
    refused(
        &folder,
        "
        $ convert altered -o out --input raw-expanded --algorithm ML-KEM-512
        3 altered: ML-KEM-512 private key: the hash H(ek) is not that of the encapsulation key inside (FIPS 203 section 7.3)
        ",
    );
}

/// A raw seed that is given for another key is a likely mistake: the words must not depend on the secret.
#[test]
fn a_raw_seed_is_refused_without_a_word_about_its_bytes() {
    let folder = keys();
    for line in [
        "sign --key seed --format raw -o out message",
        "convert seed -o out",
        "convert seed -o out --input raw-expanded --algorithm RSA-2048",
        "convert seed -o out --input raw-seed --algorithm ML-KEM-512",
    ] {
        let mut words: Vec<String> = [0x00, 0x02, 0x05, 0x30, 0x42, 0x89, 0xc5, 0xff]
            .into_iter()
            .map(|byte| {
                folder.write("seed", [byte; 32]);
                folder.line(line).ends(3).err()
            })
            .collect();
        words.dedup();
        assert_eq!(words.len(), 1, "{words:#?}");
    }
}

#[test]
fn pem_files() {
    let folder = keys();
    let key = String::from_utf8(folder.read("dsa.key")).unwrap();
    let public = String::from_utf8(folder.read("dsa.pub")).unwrap();
    folder.write("two", key.repeat(2));
    folder.write("pair", format!("{key}{public}"));
    folder.write("trailing", format!("{key}x\n"));
    folder.write("no-end", key.replace("END", "DNE"));
    folder.write("half", &key[..60]);
    folder.write("digit", key.replacen("MD", "M!", 1));
    folder.write("label", key.replace("PRIVATE", "SECRET"));
    folder.write("mislabelled", public.replace("PUBLIC", "PRIVATE"));
    folder.write("control", key.replace("PRIVATE KEY", "\u{1b}[31mKEY"));
    refused_private(
        &folder,
        "
        two: PEM file: expected one key, got 2 blocks
        pair: PEM file: expected one key, got 2 blocks
        trailing: PEM file: expected nothing after the END line, got 3 more bytes
        no-end: PEM block 1: there is no END line with the same label
        half: PEM block 1: there is no END line with the same label
        digit: PEM block 1: PEM Base64 error: invalid Base64 encoding
        label: PEM label: expected PRIVATE KEY or ENCRYPTED PRIVATE KEY, got SECRET KEY
        mislabelled: private key: expected DER of a PKCS#8 PrivateKeyInfo, got something else
        control: PEM block 1: the label is not printable ASCII
        ",
    );
    // The same file with carriage returns and words before it is a key.
    let windows = format!("payments, 2026\r\n{}", key.replace('\n', "\r\n"));
    folder.write("windows", windows);
    folder.line("convert windows -o same").ok();
    assert_eq!(folder.read("same"), key.as_bytes());
}

#[test]
fn jwk_files() {
    let folder = keys();
    folder.line("convert dsa.key -o key.jwk --output jwk").ok();
    let jwk = String::from_utf8(folder.read("key.jwk")).unwrap();
    let without = |member: &str| {
        let mut value: serde_json::Value = serde_json::from_str(&jwk).unwrap();
        value.as_object_mut().unwrap().remove(member);
        value.to_string()
    };
    folder.write("broken", &jwk[..40]);
    folder.write("twice", jwk.replacen('{', "{\"alg\":\"ML-DSA-44\",", 1));
    folder.write("rsa", jwk.replace("AKP", "RSA"));
    folder.write("alg", jwk.replace("ML-DSA-44", "ML-DSA-45"));
    folder.write("no-alg", without("alg"));
    folder.write("no-pub", without("pub"));
    folder.write("padded", jwk.replace("\"}", "=\"}"));
    let object =
        "JWK: expected a JSON object with kty, alg, pub and, if private, priv, each once, got";
    refused_private(
        &folder,
        &format!(
            "
        broken: line 1 column 40: {object} eof error
        twice: line 1 column 36: {object} data error
        rsa: JWK key type: expected AKP, got RSA
        alg: JWK algorithm: expected ML-DSA-44, ML-DSA-65, ML-DSA-87, ML-DSA-44-Ed25519, ML-DSA-44-ES256, ML-DSA-65-ES256, ML-DSA-65-Ed25519, ML-DSA-87-ES384, ML-DSA-87-Ed448, got ML-DSA-45
        no-alg: JWK member `alg`: expected an algorithm, got no such member
        no-pub: JWK member `pub`: expected the public key, got no such member
        padded: JWK member `priv`: expected base64url without padding, got something else
        "
        ),
    );
}

#[test]
fn signatures_and_ciphertexts() {
    let folder = keys();
    let signature = folder.read("dsa.sig");
    folder.write("sig-1", less(&signature));
    folder.write("sig+1", more(&signature));
    folder.write("empty", "");
    folder.write("ec-sig", less(&folder.read("ec.sig")));
    File::create(folder.path("huge"))
        .unwrap()
        .set_len(256 * 1024 + 1)
        .unwrap();
    File::create(folder.path("movie"))
        .unwrap()
        .set_len((64 << 20) + 1)
        .unwrap();
    let ciphertext = folder.read("kem.ct");
    folder.write("ct-1", less(&ciphertext));
    folder.write("ct+1", more(&ciphertext));
    let verify = "verify --key dsa.pub --format raw --signature";
    let decapsulate = "decapsulate --key kem.key --secret out --ciphertext";
    let expected = "ML-DSA-44 signature: expected 2420 bytes, got";
    let expected_ct = "ML-KEM-512 ciphertext: expected 768 bytes, got";
    // The line about the file of 64 MiB comes alone: the snapshots would copy it many times.
    let cap = "movie: message for a bare Ed25519 signature: expected at most 67108864 bytes, because it is read twice; CMS signs its hash, of any length, got more";
    folder
        .line("sign --key ed.key --format raw -o out movie")
        .fails(3, cap);
    assert!(!folder.exists("out"));
    folder.remove(&["movie"]);
    refused(
        &folder,
        &format!(
            "
        $ {verify} sig-1 message
        3 sig-1: {expected} 2419 bytes
        $ {verify} sig+1 message
        3 sig+1: {expected} 2421 bytes
        $ {verify} empty message
        3 empty: {expected} 0 bytes
        $ {verify} huge message
        3 huge: signature: expected at most 262144 bytes, got more
        $ verify --key ec.pub --format raw --signature dsa.sig message
        3 dsa.sig: ECDSA-P256-SHA256 signature: expected 1 to 72 bytes, got 2420 bytes
        $ verify --key rsa.pub --format raw --signature kem.seed message
        3 kem.seed: RSA-2048 signature: expected 256 bytes, got 64 bytes
        $ {decapsulate} ct-1
        3 ct-1: {expected_ct} 767 bytes
        $ {decapsulate} ct+1
        3 ct+1: {expected_ct} 769 bytes
        $ {decapsulate} empty
        3 empty: {expected_ct} 0 bytes
        "
        ),
    );
    // DER that ends early is not a signature at all.
    let run = folder
        .line("verify --key ec.pub --format raw --signature ec-sig message")
        .ends(3);
    let start = "chop: error: ec-sig: ECDSA-P256-SHA256 signature: expected DER of two unsigned integers r and s, got ";
    assert!(run.err().starts_with(start), "{run}");
}

#[test]
fn a_point_that_agrees_on_nothing_is_a_plain_no() {
    let folder = keys();
    folder.line("keygen X25519 -o x.key --pub x.pub").ok();
    folder.write("zero", [0; 32]);
    folder
        .line("convert zero -o zero.pub --input raw-public --algorithm X25519")
        .ok();
    folder.line("convert ec.pub -o point --output raw").ok();
    let mut point = folder.read("point");
    point[64] ^= 1;
    folder.write("off", point);
    refused(
        &folder,
        "
        $ decapsulate --key x.key --ciphertext zero --secret out
        1 zero: X25519 key agreement refused
        $ encapsulate --to zero.pub --ciphertext out --secret out2
        1 zero.pub: X25519 key agreement refused
        $ decapsulate --key ec.key --ciphertext off --secret out
        1 off: ECDH-P256 key agreement refused
        ",
    );
}

#[test]
fn the_system() {
    let folder = keys();
    std::fs::create_dir(folder.path("folder")).unwrap();
    let exists = "file exists: expected a new name, or --force to replace it";
    let absent = "No such file or directory (os error 2)";
    let directory = "expected a file, got a directory";
    let special =
        "cannot replace: expected a regular file, or - for standard output, got something else";
    refused(
        &folder,
        &format!(
            "
        $ sign --key absent --format raw -o out message
        5 absent: cannot read: {absent}
        $ sign --key dsa.key --format raw -o out absent
        5 absent: cannot read: {absent}
        $ verify --key dsa.pub --format raw --signature absent message
        5 absent: cannot read: {absent}
        $ verify --key folder --format raw --signature message message
        5 folder: input: {directory}
        $ convert folder -o out
        5 folder: input: {directory}
        $ keygen ML-DSA-44 -o dsa.key
        5 dsa.key: {exists}
        $ keygen ML-DSA-44 -o folder
        5 folder: {exists}
        $ keygen ML-DSA-44 -o out --pub dsa.pub
        5 dsa.pub: {exists}
        $ keygen ML-DSA-44 -o dsa.key --pub out
        5 dsa.key: {exists}
        $ convert dsa.key -o kem.key
        5 kem.key: {exists}
        $ convert dsa.key -o kem.key --public
        5 kem.key: {exists}
        $ encapsulate --to kem.pub --ciphertext kem.ct --secret out
        5 kem.ct: {exists}
        $ encapsulate --to kem.pub --ciphertext out --secret kem.secret
        5 kem.secret: {exists}
        $ decapsulate --key kem.key --ciphertext kem.ct --secret message
        5 message: {exists}
        $ keygen ML-DSA-44 -o nowhere/out
        5 nowhere/out: cannot write: {absent}
        $ keygen ML-DSA-44 -o out --pub nowhere/out
        5 nowhere/out: cannot write: {absent}
        $ keygen ML-DSA-44 -o out --pub /proc/out
        5 /proc/out: cannot write: {absent}
        $ encapsulate --to kem.pub --ciphertext out --secret message/out
        5 message/out: cannot write: Not a directory (os error 20)
        $ keygen ML-DSA-44 -o folder --force
        5 folder: {special}
        $ keygen ML-DSA-44 -o out --encrypt --passphrase-fd 77
        5 --passphrase-fd: expected an open file descriptor, got 77: No such file or directory (os error 2)
        $ keygen ML-DSA-44 -o /dev/full --force
        5 /dev/full: {special}
        $ keygen ML-DSA-44 -o out --pub /dev/null --force
        5 /dev/null: {special}
        "
        ),
    );
    folder
        .line("quickstart folder")
        .fails(5, "folder: folder exists: expected a new name");
    folder
        .line("quickstart nowhere/new")
        .fails(5, &format!("nowhere/new: cannot write: {absent}"));
}

/// Permissions do not bind root, so the command runs as somebody else where the tests are root.
#[test]
fn a_folder_that_may_not_be_written() {
    use std::os::unix::fs::PermissionsExt;
    let folder = keys();
    std::fs::create_dir(folder.path("closed")).unwrap();
    let mode = std::fs::Permissions::from_mode(0o555);
    std::fs::set_permissions(folder.path("closed"), mode).unwrap();
    if File::create(folder.path("closed/probe")).is_ok() {
        // Root: /sys refuses new files to everybody.
        let run = folder.line("keygen ML-DSA-44 -o /sys/out").ends(5);
        assert!(
            run.err()
                .starts_with("chop: error: /sys/out: cannot write: "),
            "{run}"
        );
        return;
    }
    refused(
        &folder,
        "
        $ keygen ML-DSA-44 -o closed/out --pub out
        5 closed/out: cannot write: Permission denied (os error 13)
        ",
    );
}

/// Commands that tell something on standard output.
const TELLING: &[&str] = &[
    "--help",
    "--version",
    "keygen --help",
    "algorithms",
    "--json algorithms",
    "completions bash",
    "man",
    "man sign",
    "inspect dsa.key kem.pub",
    "--json inspect dsa.key",
    "verify --key dsa.pub --format raw --signature dsa.sig message",
    "--json verify --key dsa.pub --format raw --signature dsa.sig message",
    "verify --key dsa.pub --format raw --signature dsa.sig --explain message",
    "sign --key dsa.key --format raw message",
    "sign --key dsa.key message",
];

/// Commands whose result is a secret, and lost if standard output does not take it.
const GIVING: &[&str] = &[
    "keygen ML-DSA-44",
    "convert dsa.key -o -",
    "decapsulate --key kem.key --ciphertext kem.ct --secret -",
    "encapsulate --to kem.pub --ciphertext out --secret -",
];

#[test]
fn a_full_standard_output_is_an_error_of_the_system() {
    let folder = keys();
    let before = folder.snapshot();
    let full = || File::options().write(true).open("/dev/full").unwrap();
    for line in TELLING.iter().chain(GIVING).chain(&["self-test"]) {
        let words = "chop: error: standard output: No space left on device (os error 28)\n";
        let run = folder.line(line).stdout(full()).ends(5);
        assert_eq!(run.err(), words, "{run}");
        assert!(folder.snapshot() == before, "{run}");
    }
    // An error in JSON that nobody takes goes to standard error.
    let run = folder.line("--json frobnicate").stdout(full()).ends(2);
    let words = "chop: error: command line: unrecognized subcommand 'frobnicate'\n";
    assert_eq!(run.err(), words);
}

/// A pipe whose reader has gone away.
fn closed() -> PipeWriter {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer
}

#[test]
fn a_reader_that_has_gone_away_is_no_error() {
    let folder = keys();
    for line in TELLING {
        let run = folder.line(line).stdout(closed()).ok();
        assert!(!run.err().contains("error"), "{run}");
    }
    // The answer is in the exit status, read or not.
    folder
        .line("verify --key dsa.pub --format raw --signature dsa.sig dsa.key")
        .stdout(closed())
        .ends(1);
}

#[test]
fn a_result_that_nobody_took_is_an_error() {
    let folder = keys();
    let before = folder.snapshot();
    for line in GIVING {
        let run = folder.line(line).stdout(closed()).ends(5);
        let words = "chop: error: standard output: Broken pipe (os error 32)\n";
        assert_eq!(run.err(), words, "{run}");
        assert!(folder.snapshot() == before, "{run}");
    }
}

#[test]
fn passphrases() {
    let folder = keys();
    let locked = "keygen ML-DSA-44 -o locked.key --encrypt --passphrase-fd 0";
    folder.line(locked).stdin("right\n").ok();
    let before = folder.snapshot();
    let wrong = "locked.key: encrypted private key: wrong passphrase, or an altered file";
    let length = "passphrase: expected 1 to 1024 bytes, got";
    let long = "x".repeat(1025);
    for (line, stdin, status, words) in [
        (
            "sign --key locked.key --format raw -o out message",
            "wrong\n",
            6,
            wrong,
        ),
        ("convert locked.key -o out", "wrong\n", 6, wrong),
        (
            "convert locked.key -o out --encrypt",
            "wrong\nright\n",
            6,
            wrong,
        ),
        (
            "decapsulate --key locked.key --ciphertext kem.ct --secret out",
            "right \n",
            6,
            wrong,
        ),
        (
            "keygen ML-DSA-44 -o out --encrypt",
            "",
            2,
            &format!("{length} 0 bytes"),
        ),
        (
            "keygen ML-DSA-44 -o out --encrypt",
            "\n",
            2,
            &format!("{length} 0 bytes"),
        ),
        (
            "keygen ML-DSA-44 -o out --encrypt",
            &long,
            2,
            &format!("{length} 1025 bytes"),
        ),
    ] {
        let line = format!("{line} --passphrase-fd 0");
        folder.line(&line).stdin(stdin).fails(status, words);
        let json = folder
            .line(&format!("--json {line}"))
            .stdin(stdin)
            .ends(status);
        assert_eq!(json.json_error(), words);
        assert!(folder.snapshot() == before, "chop {line}");
    }
    let inspect = folder
        .line("inspect dsa.key locked.key --passphrase-fd 0")
        .stdin("wrong\n")
        .ends(6);
    assert_eq!(inspect.err(), format!("chop: error: {wrong}\n"));
    assert!(inspect.text().contains("dsa.key: private key"), "{inspect}");
}

/// Costs that a file may not ask for, and costs that mean nothing, are refused at once and unasked.
#[test]
fn costs_of_encrypted_keys() {
    let folder = keys();
    let scrypt = |n, r, p| {
        format!(
            "scrypt cost: expected at most 268435456 bytes of memory and N*r*p = 4194304, \
             got N = {n}, r = {r}, p = {p}"
        )
    };
    let above = [
        (
            der::pbkdf2(10_000_001),
            "PBKDF2 iterations: expected at most 10000000, got 10000001".to_owned(),
        ),
        (
            der::pbkdf2(u64::from(u32::MAX)),
            "PBKDF2 iterations: expected at most 10000000, got 4294967295".to_owned(),
        ),
        (der::scrypt(1 << 19, 8, 1), scrypt(1u64 << 19, 8, 1)),
        (der::scrypt(1 << 62, 8, 1), scrypt(1u64 << 62, 8, 1)),
        (der::scrypt(1 << 14, 8, 33), scrypt(1u64 << 14, 8, 33)),
        (der::scrypt(2, 65535, 65535), scrypt(2u64, 65535, 65535)),
    ];
    for (derivation, words) in above {
        folder.write("costly", der::encrypted(&derivation));
        let start = Instant::now();
        // Nobody is asked: there is neither a terminal nor a descriptor to ask on.
        refused_private(&folder, &format!("costly: {words}"));
        let inspected = folder.line("inspect costly").ends(3);
        assert!(inspected.text().contains(&words), "{inspected}");
        assert!(start.elapsed() < Duration::from_secs(5), "{words}");
    }
}

/// No passphrase opens such a file, so asking for another one would be wrong advice (RFC 7914 section 2, RFC 8018 section 5.2).
#[test]
fn costs_that_mean_nothing() {
    let folder = keys();
    for (name, derivation) in [
        ("pbkdf2-0", der::pbkdf2(0)),
        ("n-1", der::scrypt(1, 8, 1)),
        ("n-1000", der::scrypt(1000, 8, 1)),
        ("r-0", der::scrypt(1 << 14, 0, 1)),
        ("p-0", der::scrypt(1 << 14, 8, 0)),
    ] {
        folder.write(name, der::encrypted(&derivation));
        let line = format!("sign --key {name} --format raw -o out message --passphrase-fd 0");
        let run = folder.line(&line).stdin("passphrase\n").run();
        assert_eq!(run.status, 3, "{run}");
        assert!(!folder.exists("out"));
    }
}

#[test]
fn inspect_says_the_worst() {
    let folder = keys();
    let mut altered = folder.read("dsa.expanded");
    altered[2559] ^= 1;
    let contents = der::tlv(der::OCTET_STRING, &[&altered]);
    folder.write("inconsistent", der::private_key(ML_DSA_44, &[], &contents));
    folder.write("unknown", "no key");
    folder.write("broken", der::private_key(ML_DSA_44, der::NULL, &contents));
    folder.write("empty", "");
    for (files, status) in [
        ("dsa.key dsa.pub kem.key rsa.pub dsa.expanded", 0),
        ("inconsistent", 1),
        ("dsa.key inconsistent", 1),
        ("unknown", 3),
        ("broken", 3),
        ("empty", 3),
        ("inconsistent unknown", 3),
        ("unknown inconsistent dsa.key", 3),
        ("absent", 5),
        ("absent unknown inconsistent", 5),
        ("dsa.key absent", 5),
    ] {
        let text = folder.line(&format!("inspect {files}")).ends(status);
        let report = folder
            .line(&format!("inspect --json {files}"))
            .ends(status)
            .json();
        let entries = report["files"].as_array().unwrap();
        assert_eq!(entries.len(), files.split(' ').count(), "{text}");
        let worst = entries
            .iter()
            .map(|entry| {
                let own = entry["exit"].as_i64();
                own.or(entry["error"]["exit"].as_i64()).unwrap()
            })
            .max();
        assert_eq!(worst, Some(i64::from(status)), "{report}");
    }
    let run = folder.line("inspect dsa.key absent empty").ends(5);
    assert_eq!(
        run.err(),
        "chop: error: absent: cannot read: No such file or directory (os error 2)\n\
         chop: error: empty: key file: expected a key, got an empty file\n"
    );
}
