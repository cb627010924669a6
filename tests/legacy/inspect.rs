//! The key doctor names the flavour where it can be known, and says so where it cannot.

use chop::algorithm::Flavour;
use chop::inspect::{Finding, What, inspect, inspect_signature};
use chop::{Algorithm, Code, Context, SignOptions, SigningKey};

use crate::containers::arrangements;
use crate::pairs::contained;
use crate::{DILITHIUM, KYBER, MESSAGE, file};

const UNKNOWABLE: &str = "cannot be known from this file alone";

fn one(bytes: &[u8]) -> Finding {
    let mut findings = inspect(bytes, None).unwrap();
    assert_eq!(findings.len(), 1);
    findings.remove(0)
}

fn notes(finding: &Finding) -> String {
    finding.notes.join("; ")
}

/// The flavour is left open among these.
fn open(finding: &Finding, rows: &[Algorithm]) {
    assert_eq!(finding.flavours, rows);
    assert_eq!((finding.algorithm, finding.flavour()), (None, None));
    let notes = notes(finding);
    assert!(notes.contains(UNKNOWABLE), "{notes}");
    for row in rows {
        assert!(notes.contains(row.name()), "{notes}");
    }
}

fn flavour(algorithm: Algorithm) -> Flavour {
    match algorithm.name().ends_with("-R3") {
        true => Flavour::Round3,
        false => Flavour::Draft,
    }
}

#[test]
fn an_identifier_tells_but_for_kyber() {
    for algorithm in DILITHIUM {
        let finding = one(&contained(algorithm, &file(algorithm, "pub")));
        assert_eq!(finding.what, What::PublicKey);
        assert_eq!(finding.algorithm, Some(algorithm));
        assert_eq!(finding.flavour(), Some(flavour(algorithm)));
        assert_eq!(finding.exit_status(), 0);
        for der in arrangements(algorithm) {
            let finding = one(&der);
            assert_eq!(
                (finding.what, finding.algorithm),
                (What::PrivateKey, Some(algorithm))
            );
            assert_eq!(finding.flavour(), Some(flavour(algorithm)));
            assert_eq!(finding.exit_status(), 0, "{finding:?}");
            let replacement = algorithm.replacement().unwrap().name();
            assert!(notes(&finding).contains(replacement), "{finding:?}");
        }
    }
    for algorithm in KYBER {
        let (round_3, draft) = match flavour(algorithm) {
            Flavour::Round3 => (algorithm, algorithm.twin().unwrap()),
            _ => (algorithm.twin().unwrap(), algorithm),
        };
        let finding = one(&contained(algorithm, &file(algorithm, "pub")));
        assert_eq!(finding.what, What::PublicKey);
        open(&finding, &[round_3, draft]);
        assert_eq!(finding.exit_status(), 0);
        // What is said of round 3 alone is not said where it may be the draft.
        assert!(!notes(&finding).contains("Round 3"), "{finding:?}");
        for der in arrangements(algorithm) {
            let finding = one(&der);
            assert_eq!(finding.what, What::PrivateKey);
            open(&finding, &[round_3, draft]);
            assert_eq!(finding.consistent(), Some(true), "{finding:?}");
        }
    }
    let finding = one(&contained(
        Algorithm::MlKem768,
        &file(Algorithm::Kyber768R3, "pub"),
    ));
    assert_eq!(finding.algorithm, Some(Algorithm::MlKem768));
    assert_eq!(finding.flavour(), Some(Flavour::Standard));
}

/// A coefficient of s1 or s2 beyond η makes a private key of round 3 a file like any other: the first, the last, one
/// that lies across bytes.
fn out_of_range(algorithm: Algorithm) {
    let right = file(algorithm, "key");
    // ρ, K and tr; t0 takes k·416 bytes at the end.
    let k = match algorithm {
        Algorithm::Dilithium2R3 => 4,
        Algorithm::Dilithium3R3 => 6,
        _ => 8,
    };
    let (first, end) = (96, right.len() - k * 416);
    for (at, bits) in [
        (first, 0x07),
        (first, 0xf0),
        (first + 1, 0xff),
        (end - 1, 0xf0),
    ] {
        let mut altered = right.clone();
        // Four bits above 8 and three above 4, wherever they begin.
        altered[at] |= bits;
        if bits == 0x07 && algorithm == Algorithm::Dilithium3R3 {
            altered[at] |= 0x08;
            altered[at] |= 0x01;
        }
        assert_ne!(altered, right, "{algorithm} {at}");
        assert_eq!(one(&altered).what, What::Unrecognised, "{algorithm} {at}");
    }
    // What stands before them and behind them is in no such relation.
    for at in [0, first - 1, end, right.len() - 1] {
        let mut altered = right.clone();
        altered[at] ^= 1;
        assert_eq!(one(&altered).algorithm, Some(algorithm), "{algorithm} {at}");
    }
    for len in [right.len() - 1, right.len() + 1] {
        let mut other = right.clone();
        other.resize(len, 0);
        assert_eq!(one(&other).what, What::Unrecognised, "{algorithm} {len}");
    }
}

#[test]
fn bare_bytes_tell_by_their_length_and_by_what_they_decode_to() {
    use Algorithm::*;
    for (algorithm, rows) in [
        (Dilithium2R3, &[MlDsa44, Dilithium2R3, Dilithium2Draft][..]),
        (Dilithium2Draft, &[MlDsa44, Dilithium2R3, Dilithium2Draft]),
        (Dilithium3R3, &[Dilithium3R3]),
        (Dilithium3Draft, &[MlDsa65, Dilithium3Draft]),
        (Dilithium5R3, &[Dilithium5R3]),
        (Dilithium5Draft, &[MlDsa87, Dilithium5Draft]),
    ] {
        let mut signature = file(algorithm, "sig");
        let finding = one(&signature);
        assert_eq!((finding.what, finding.exit_status()), (What::Signature, 0));
        match rows {
            [only] => {
                assert_eq!(finding.algorithm, Some(*only));
                assert_eq!(finding.flavour(), Some(Flavour::Round3));
            }
            rows => open(&finding, rows),
        }
        // With other hints than the one encoding it is no signature.
        *signature.last_mut().unwrap() = 255;
        assert_eq!(one(&signature).what, What::Unrecognised, "{algorithm}");

        let private = one(&file(algorithm, "key"));
        match flavour(algorithm) {
            // Its length is that of nothing else, and its secret vectors are in range.
            Flavour::Round3 => {
                assert_eq!((private.what, private.exit_status()), (What::PrivateKey, 0));
                assert_eq!(private.algorithm, Some(algorithm));
                assert_eq!(private.consistent(), Some(true));
                let replacement = algorithm.replacement().unwrap().name();
                assert!(notes(&private).contains(replacement), "{private:?}");
                out_of_range(algorithm);
            }
            _ => {
                assert_eq!(private.what, What::PrivateKey);
                open(&private, &[algorithm.replacement().unwrap(), algorithm]);
            }
        }
        let public = one(&file(algorithm, "pub"));
        assert_eq!(public.what, What::Unrecognised);
        for row in algorithm.flavours() {
            let candidate = format!("a public key of {row}");
            assert!(notes(&public).contains(&candidate), "{}", notes(&public));
        }
        assert!(notes(&public).contains(UNKNOWABLE));
    }
    for algorithm in KYBER {
        let private = one(&file(algorithm, "key"));
        assert_eq!(private.what, What::PrivateKey);
        open(&private, &algorithm.flavours());
        for extension in ["pub", "ct"] {
            let finding = one(&file(algorithm, extension));
            assert_eq!(finding.what, What::Unrecognised);
            let notes = notes(&finding);
            assert!(notes.contains(UNKNOWABLE), "{notes}");
            let what = if extension == "ct" {
                "ciphertext"
            } else {
                "public key"
            };
            for row in algorithm.flavours() {
                assert!(notes.contains(&format!("a {what} of {row}")), "{notes}");
            }
        }
        // What has a coefficient above q is no public key, though it has its length.
        let notes = notes(&one(&file(algorithm, "ct")));
        assert!(!notes.contains("public key of Kyber"), "{notes}");
    }
}

#[test]
fn with_message_and_key_a_signature_tells() {
    for algorithm in DILITHIUM {
        let (signature, public) = (file(algorithm, "sig"), file(algorithm, "pub"));
        let found = inspect_signature(&signature, MESSAGE, &public).unwrap();
        assert_eq!((found.what, found.exit_status()), (What::Signature, 0));
        assert_eq!(found.algorithm, Some(algorithm));
        assert_eq!(found.flavour(), Some(flavour(algorithm)));
        // Under an identifier, be it that of another flavour.
        for row in algorithm.flavours() {
            let key = contained(row, &public);
            let found = inspect_signature(&signature, MESSAGE, &key).unwrap();
            assert_eq!(found.algorithm, Some(algorithm), "{algorithm} as {row}");
        }
        let found = inspect_signature(&signature, b"another", &public).unwrap();
        assert_eq!((found.algorithm, found.exit_status()), (None, 1));
        assert_eq!(found.problem.unwrap().code(), Code::Inconsistent);
        let error = inspect_signature(&signature[1..], MESSAGE, &public).unwrap_err();
        assert_eq!(error.code(), Code::Length);
    }
    let key = SigningKey::generate(Algorithm::MlDsa65).unwrap();
    let public = key.verifying_key().as_bytes();
    let found = inspect_signature(&key.sign(MESSAGE).unwrap(), MESSAGE, public).unwrap();
    assert_eq!(found.flavour(), Some(Flavour::Standard));
    assert_eq!(found.algorithm, Some(Algorithm::MlDsa65));
    // A context is not guessed.
    let options = SignOptions {
        context: Context::new("settlement").unwrap(),
        ..SignOptions::default()
    };
    let signature = key.sign_with(MESSAGE, &options).unwrap();
    let found = inspect_signature(&signature, MESSAGE, public).unwrap();
    assert_eq!(found.exit_status(), 1);
    let wrong = inspect_signature(&signature, MESSAGE, &[7; 77]).unwrap_err();
    assert_eq!(wrong.code(), Code::Length);
}
