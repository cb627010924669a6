//! The vectors of the composite drafts and of X-Wing, and the examples of composite CMS and JOSE.

use std::fs;
use std::path::Path;

use base64ct::{Base64, Encoding};
use chop::algorithm::Family;
use chop::cms::{SignedData, Trust};
use chop::{
    Algorithm, Certificate, Code, Context, DecapsulationKey, EncapsulationKey, Form, PrivateKey,
    PublicKey, SecretBytes, SigningKey, VerifyOptions, VerifyingKey, encoding, testing,
};
use serde_json::Value;

use crate::jose;
use crate::shared;
use crate::tally::{Expect, Failure, Outcome, Tally, Want, accepted, ensure, same};

fn json(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap()
}

fn base64(value: &Value) -> Vec<u8> {
    Base64::decode_vec(value.as_str().unwrap()).unwrap()
}

fn hex_of(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

/// The row of a test case: the drafts' names are ours, behind `id-`.
fn row(case: &Value) -> Algorithm {
    let name = case["tcId"].as_str().unwrap();
    let name = match name {
        "id-alg-ml-kem-768" => "ML-KEM-768",
        "id-alg-ml-kem-1024" => "ML-KEM-1024",
        other => other.strip_prefix("id-").unwrap(),
    };
    Algorithm::from_name(name).unwrap()
}

/// The private key of a case, from its PKCS#8 and from its raw form, which must be the same.
fn private_key(algorithm: Algorithm, raw: &[u8], pkcs8: &[u8]) -> Result<PrivateKey, Failure> {
    let no_passphrase = &mut || unreachable!("no vector is encrypted");
    let key = encoding::read_private_key(pkcs8, no_passphrase)?;
    ensure(key.algorithm() == algorithm, "another algorithm")?;
    let raw = SecretBytes::copy_of(raw);
    let same_key = match algorithm.info().family {
        Family::CompositeSignature | Family::CompositeKem => {
            PrivateKey::from_expanded(algorithm, raw)?
        }
        _ => PrivateKey::from_seed(algorithm, raw)?,
    };
    same(
        "public key",
        same_key.public_key().as_bytes(),
        key.public_key().as_bytes(),
    )?;
    let written = key.to_pkcs8_der(key.forms()[0])?;
    same("PKCS#8 written again", written.expose(), pkcs8)?;
    Ok(key)
}

fn signing_key(case: &Value) -> Result<SigningKey, Failure> {
    let (raw, pkcs8) = (base64(&case["sk"]), base64(&case["sk_pkcs8"]));
    let key = private_key(row(case), &raw, &pkcs8)?.into_signing()?;
    same(
        "public key",
        key.verifying_key().as_bytes(),
        &base64(&case["pk"]),
    )?;
    Ok(key)
}

#[test]
fn lamps_composite_sigs() {
    let Some(folder) = shared::folder("lamps-composite-sigs") else {
        return;
    };
    let file = json(&folder.join("testvectors.json"));
    let (message, context) = (base64(&file["m"]), base64(&file["ctx"]));
    let with = VerifyOptions {
        context: Context::new(context).unwrap(),
        ..VerifyOptions::default()
    };
    let without = VerifyOptions::default();
    let mut tally = Tally::new("lamps-composite-sigs");
    let cases = file["tests"].as_array().unwrap();
    let keys: Vec<VerifyingKey> = cases
        .iter()
        .map(|case| VerifyingKey::from_bytes(row(case), &base64(&case["pk"])).unwrap())
        .collect();
    for (case, key) in cases.iter().zip(&keys) {
        let name = row(case).name();
        let outcome = signing_key(case).map(|_| ());
        tally.record(format!("{name} keys"), Want::Accept, outcome);
        let certificate = base64(&case["x5c"]);
        tally.record(
            format!("{name} certificate"),
            Want::Accept,
            self_signed(&certificate, key),
        );
        for (member, right, wrong) in [("s", &without, &with), ("sWithContext", &with, &without)] {
            let signature = base64(&case[member]);
            for (which, options, want) in [
                ("its context", right, Want::Accept),
                ("the other context", wrong, Want::Refuse),
            ] {
                tally.record(
                    format!("{name} {member} under {which}"),
                    want,
                    verified(key, &message, &signature, options),
                );
            }
            let second = testing::second_opinion(key, &message, &signature, right).unwrap();
            tally.record(
                format!("{name} {member}, second opinion"),
                Want::Accept,
                ensure(second == Some(true), "refused"),
            );
        }
    }
    tally.finish(Expect::run(21 * 6, 21 * 2));
}

fn verified(
    key: &VerifyingKey,
    message: &[u8],
    signature: &[u8],
    options: &VerifyOptions,
) -> Outcome {
    let mut stream = key.stream(options)?;
    for part in message.chunks(7) {
        stream.update(part)?;
    }
    let streamed = stream.finish(signature)?;
    let whole = key.verify_with(message, signature, options)?;
    ensure(streamed == whole, "streaming says something else")?;
    accepted(whole)
}

fn self_signed(der: &[u8], key: &VerifyingKey) -> Outcome {
    let certificate = Certificate::from_bytes(der)?;
    let PublicKey::Verifying(found) = certificate.public_key()? else {
        return Err(Failure::Wrong("a key that does not sign".to_owned()));
    };
    ensure(found == *key, "another key")?;
    ensure(certificate.is_signed_by(key)?, "not signed by its key")
}

#[test]
fn lamps_composite_kem() {
    let Some(folder) = shared::folder("lamps-composite-kem") else {
        return;
    };
    let file = json(&folder.join("testvectors.json"));
    let mut tally = Tally::new("lamps-composite-kem");
    for case in file["tests"].as_array().unwrap() {
        let name = row(case).name();
        tally.record(name, Want::Accept, kem_case(case));
        tally.record(
            format!("{name} certificate"),
            Want::Accept,
            kem_certificate(case),
        );
    }
    tally.finish(Expect::run(14 * 2, 0));
}

fn kem_case(case: &Value) -> Outcome {
    let (raw, pkcs8) = (base64(&case["dk"]), base64(&case["dk_pkcs8"]));
    let key = private_key(row(case), &raw, &pkcs8)?.into_decapsulation()?;
    let public = key.encapsulation_key();
    same("public key", public.as_bytes(), &base64(&case["ek"]))?;
    let shared = key.decapsulate(&base64(&case["c"]))?;
    same("shared secret", shared.expose(), &base64(&case["k"]))?;
    round_trip(&key)
}

fn round_trip(key: &DecapsulationKey) -> Outcome {
    let (ciphertext, sent) = key.encapsulation_key().encapsulate()?;
    ensure(
        key.decapsulate(&ciphertext)? == sent,
        "the sides do not agree",
    )
}

fn kem_certificate(case: &Value) -> Outcome {
    let certificate = Certificate::from_bytes(&base64(&case["x5c"]))?;
    let found = certificate.public_key()?;
    ensure(found.algorithm() == row(case), "another algorithm")?;
    same("public key", found.as_bytes(), &base64(&case["ek"]))?;
    let receiver = certificate.encapsulation_key()?;
    same("receiver", receiver.as_bytes(), &base64(&case["ek"]))?;
    // keyUsage with keyEncipherment alone: the third bit; then with digitalSignature beside it.
    let mut der = base64(&case["x5c"]);
    let usage = [3, 2, 5, 0x20];
    let at = der.windows(4).position(|window| window == usage);
    let at = at.ok_or_else(|| Failure::Wrong("no keyUsage".to_owned()))?;
    der[at + 3] = 0xa0;
    let refused = Certificate::from_bytes(&der)?.encapsulation_key();
    ensure(
        refused.is_err_and(|error| error.code() == Code::WrongKind),
        "a receiver that may also sign",
    )
}

#[test]
fn xwing() {
    let Some(folder) = shared::folder("xwing") else {
        return;
    };
    let mut tally = Tally::new("xwing");
    let vectors = json(&folder.join("test-vectors.json"));
    for (number, vector) in vectors.as_array().unwrap().iter().enumerate() {
        tally.record(number, Want::Accept, xwing_case(vector));
    }
    let no_passphrase = &mut || unreachable!("the example is not encrypted");
    let private = fs::read(folder.join("xwing.priv")).unwrap();
    let public = fs::read(folder.join("xwing.pub")).unwrap();
    let key = encoding::read_private_key(&private, no_passphrase).unwrap();
    let same_public = encoding::read_public_key(&public).unwrap() == key.public_key();
    tally.record("files", Want::Accept, ensure(same_public, "another key"));
    let written = key.to_pkcs8_pem(Form::Seed).unwrap();
    tally.record(
        "private key written again",
        Want::Accept,
        same("PEM", written.expose(), &private),
    );
    tally.finish(Expect::run(5, 0));
}

fn xwing_case(vector: &Value) -> Outcome {
    let seed = SecretBytes::copy_of(&hex_of(&vector["sk"]));
    let key = PrivateKey::from_seed(Algorithm::XWing, seed)?.into_decapsulation()?;
    let public = EncapsulationKey::from_bytes(Algorithm::XWing, &hex_of(&vector["pk"]))?;
    ensure(*key.encapsulation_key() == public, "another public key")?;
    let (ciphertext, sent) = testing::encapsulate_with(&public, &hex_of(&vector["eseed"]))?;
    same("ciphertext", &ciphertext, &hex_of(&vector["ct"]))?;
    same("secret sent", sent.expose(), &hex_of(&vector["ss"]))?;
    let received = key.decapsulate(&ciphertext)?;
    same("secret received", received.expose(), &hex_of(&vector["ss"]))
}

#[test]
fn cms_composite_sigs() {
    let Some(folder) = shared::folder("cms-composite-sigs") else {
        return;
    };
    let read = |extension: &str| {
        fs::read(folder.join(format!("id-MLDSA65-ECDSA-P256-SHA512{extension}"))).unwrap()
    };
    let mut tally = Tally::new("cms-composite-sigs");
    let certificate = Certificate::from_bytes(&read(".crt")).unwrap();
    let key = certificate.public_key().unwrap();
    let no_passphrase = &mut || unreachable!("the example is not encrypted");
    let private = encoding::read_private_key(&read(".key"), no_passphrase).unwrap();
    let pair = ensure(private.public_key() == key, "another key");
    tally.record("key pair", Want::Accept, pair);
    let key = key.into_verifying().unwrap();
    let message = read("-signed-attrs.pem");
    let verified = |message: &[u8]| -> Outcome {
        let data = SignedData::parse(message)?;
        let outcome = data.verifying(Trust::Keys(vec![key.clone()]))?.finish()?;
        accepted(outcome.verdict)
    };
    tally.record("message", Want::Accept, verified(&message));
    let text = String::from_utf8(message).unwrap();
    let place = text.rfind("\n-----END").unwrap() - 8;
    let mut altered = text.into_bytes();
    altered[place] = if altered[place] == b'A' { b'B' } else { b'A' };
    tally.record("altered message", Want::Refuse, verified(&altered));
    tally.record(
        "certificate",
        Want::Accept,
        ensure(certificate.is_signed_by(&key).unwrap(), "not signed"),
    );
    tally.finish(Expect::run(3, 1));
}

#[test]
fn jose_cose_composite() {
    let Some(folder) = shared::folder("jose-cose-composite") else {
        return;
    };
    let mut tally = Tally::new("jose-cose-composite");
    for name in [
        "ML-DSA-44-ES256",
        "ML-DSA-65-ES256",
        "ML-DSA-87-ES384",
        "ML-DSA-44-Ed25519",
        "ML-DSA-65-Ed25519",
        "ML-DSA-87-Ed448",
    ] {
        let file = json(&folder.join(format!("{name}.jose.json")));
        let jwk = file["jwk"].to_string();
        let no_passphrase = &mut || unreachable!("a JWK is not encrypted");
        let key = encoding::read_private_key(jwk.as_bytes(), no_passphrase).unwrap();
        let written = key.to_jwk().unwrap();
        let written: Value = serde_json::from_slice(written.expose()).unwrap();
        let members = ["kty", "alg", "pub", "priv"];
        let same_members = members
            .iter()
            .all(|member| written[member] == file["jwk"][member]);
        // The examples have elliptic curves as RFC 7518 has them, against the text of the draft.
        let as_written = name.contains("Ed");
        tally.record(
            format!("{name} written again"),
            Want::Accept,
            ensure(same_members == as_written, "another JWK"),
        );
        let read_again =
            encoding::read_private_key(written.to_string().as_bytes(), no_passphrase).unwrap();
        tally.record(
            format!("{name} read again"),
            Want::Accept,
            ensure(read_again.public_key() == key.public_key(), "another key"),
        );
        let key = key.into_signing().unwrap();
        let attached = file["jws"].as_str().unwrap();
        jose::checked(&mut tally, name, attached, key.verifying_key(), None);

        // The same key in COSE, whose signing input is opaque to us.
        let file = json(&folder.join(format!("{name}.cose.json")));
        let jwk = serde_json::json!({
            "kty": "AKP",
            "alg": name,
            "pub": jose::encoded(&hex_of(&file["raw_public_key"])),
        });
        let public = encoding::read_public_key(jwk.to_string().as_bytes()).unwrap();
        let same_key = public == PublicKey::Verifying(key.verifying_key().clone());
        tally.record(
            format!("{name} in COSE"),
            Want::Accept,
            ensure(same_key, "another key"),
        );
        tally.record(
            format!("{name} signed in COSE"),
            Want::Accept,
            cose(&file, key.verifying_key()),
        );
    }
    tally.finish(Expect::run(6 * 7, 6));
}

/// A signature of COSE, which the examples serialize as they do in JOSE; its signing input is opaque.
fn cose(file: &Value, key: &VerifyingKey) -> Outcome {
    let signature = testing::signature_from_jose(key.algorithm(), &hex_of(&file["raw_signature"]))?;
    accepted(key.verify(&hex_of(&file["raw_to_be_signed"]), &signature)?)
}
