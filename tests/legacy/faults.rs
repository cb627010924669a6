//! The drafts are computed twice: where the two do not say the same, nothing is believed.

use chop::fault::{Fault, with_fault};
use chop::{Code, PrivateKey, PublicKey, Verdict, VerifyOptions};

use crate::{DILITHIUM, KYBER, MESSAGE, file, reading, secret};

fn is_draft(name: &str) -> bool {
    name.ends_with("-draft")
}

#[test]
fn a_disagreement_about_a_signature_is_no_verdict() {
    for algorithm in DILITHIUM {
        let key = PublicKey::from_bytes(algorithm, &file(algorithm, "pub")).unwrap();
        let key = key.into_verifying().unwrap().under(&reading());
        let signature = file(algorithm, "sig");
        for (message, alone) in [(MESSAGE, Verdict::Valid), (b"another", Verdict::Invalid)] {
            assert_eq!(key.verify(message, &signature), Ok(alone));
            let whole = || key.verify(message, &signature);
            let in_parts = || {
                let mut stream = key.stream(&VerifyOptions::default()).unwrap();
                stream.update(message).unwrap();
                stream.finish(&signature)
            };
            for answer in [
                with_fault(Fault::Disagreement, whole),
                with_fault(Fault::Disagreement, in_parts),
            ] {
                match is_draft(algorithm.name()) {
                    true => {
                        let error = answer.unwrap_err();
                        assert_eq!(error.code(), Code::SelfTest, "{error}");
                        let expected = format!(
                            "signature by {algorithm}: two implementations disagree; nothing is believed"
                        );
                        assert_eq!(error.to_string(), expected);
                    }
                    // Of round 3 there is one.
                    false => assert_eq!(answer, Ok(alone)),
                }
            }
        }
    }
}

#[test]
fn a_disagreement_about_a_secret_is_no_secret() {
    for algorithm in KYBER {
        let import = || PrivateKey::from_expanded(algorithm, secret(&file(algorithm, "key")));
        let key = import().unwrap().into_decapsulation().unwrap();
        let key = key.under(&reading());
        let ciphertext = file(algorithm, "ct");
        let open = || key.decapsulate(&ciphertext);
        assert_eq!(open().unwrap().expose(), file(algorithm, "ss"));
        let answer = with_fault(Fault::Disagreement, open);
        let imported = with_fault(Fault::Disagreement, import);
        match is_draft(algorithm.name()) {
            true => {
                assert_eq!(answer.unwrap_err().code(), Code::SelfTest);
                assert_eq!(imported.unwrap_err().code(), Code::SelfTest);
            }
            false => {
                assert_eq!(answer.unwrap().expose(), file(algorithm, "ss"));
                assert!(imported.is_ok());
            }
        }
    }
}
