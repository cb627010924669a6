//! What is read under the policy that says so, and marked; and wrong uses of the option that names the algorithm.

use crate::{DILITHIUM, KYBER, flavour, marked, prepared, replacement};

#[test]
fn what_dilithium_has_signed_is_verified_and_marked() {
    let folder = prepared();
    for name in DILITHIUM {
        let line = format!(
            "verify --format raw --algorithm {name} --key {name}.pub --signature {name}.sig"
        );
        let run = folder
            .line(&format!("--policy legacy-read {line} message"))
            .ok();
        let expected = format!("valid: {name} signature (legacy, {}), key ", flavour(name));
        assert!(run.text().starts_with(&expected), "{run}");
        marked(&run, name, "verify");
        let json = folder
            .line(&format!("--json --policy legacy-read {line} message"))
            .ok()
            .json();
        assert_eq!(json["verdict"], "valid");
        assert_eq!(
            (&json["algorithm"], &json["legacy"]),
            (&name.into(), &true.into())
        );
        assert_eq!(json["warnings"].as_array().unwrap().len(), 1);

        let run = folder
            .line(&format!("--policy legacy-read {line} forged"))
            .ends(1);
        assert!(run.text().starts_with("invalid: "), "{run}");

        // The default says no, and what to do.
        let run = folder.line(&format!("{line} message")).ends(4);
        assert!(run.text().starts_with("refused-by-policy: "), "{run}");
        assert!(
            run.text()
                .contains("the profile legacy-read lets it be read"),
            "{run}"
        );
        let json = folder
            .line(&format!("--json {line} message"))
            .ends(4)
            .json();
        assert_eq!(json["rule"], "read-legacy");

        // As anything else.
        for other in DILITHIUM
            .iter()
            .copied()
            .chain(["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"])
        {
            if other == name {
                continue;
            }
            let run = folder
                .line(&format!(
                    "--policy legacy-read verify --format raw --algorithm {other} --key {name}.pub --signature {name}.sig message"
                ))
                .run();
            assert!(matches!(run.status, 1 | 3), "{run}");
            assert!(!run.text().starts_with("valid"), "{run}");
        }
        // Nothing is guessed from a length.
        let run = folder
            .line(&format!(
                "--policy legacy-read verify --format raw --key {name}.pub --signature {name}.sig message"
            ))
            .ends(3);
        assert!(run.text().is_empty(), "{run}");
    }
}

#[test]
fn what_was_sent_to_kyber_is_opened_and_marked() {
    let folder = prepared();
    for name in KYBER {
        let line = format!("decapsulate --algorithm {name} --key {name}.key");
        let opened = format!("{line} --ciphertext {name}.ct --secret");
        let run = folder
            .line(&format!("--policy legacy-read {opened} ss"))
            .ok();
        marked(&run, name, "open");
        assert!(
            run.err()
                .contains(&format!("{name} shared secret (legacy, {})", flavour(name))),
            "{run}"
        );
        assert_eq!(folder.read("ss"), folder.read(&format!("{name}.ss")));
        assert_eq!(folder.mode("ss"), 0o600);
        let json = folder
            .line(&format!("--json --policy legacy-read {opened} again"))
            .ok()
            .json();
        assert_eq!(json["legacy"], true);
        assert_eq!(json["warnings"].as_array().unwrap().len(), 1);

        let mut altered = folder.read(&format!("{name}.ct"));
        altered[0] ^= 1;
        folder.write("altered", altered);
        folder
            .line(&format!(
                "-q --policy legacy-read {line} --ciphertext altered --secret other"
            ))
            .ok();
        assert_eq!(
            folder.read("other"),
            folder.read(&format!("{name}.rejected"))
        );

        let run = folder.line(&format!("{opened} refused")).ends(4);
        assert!(
            run.err().contains("rule read-legacy of policy hybrid-2026"),
            "{run}"
        );
        assert!(!folder.exists("refused"));
        // Its flavour is never guessed, nor its length.
        let run = folder
            .line(&format!("--policy legacy-read decapsulate --key {name}.key --ciphertext {name}.ct --secret refused"))
            .ends(3);
        assert!(!folder.exists("refused"), "{run}");
        folder.remove(&["ss", "again", "other", "altered"]);

        // As another set an error, as another flavour another secret; but the draft's keys are ML-KEM's.
        for other in KYBER
            .iter()
            .copied()
            .chain(["ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"])
        {
            if other == name {
                continue;
            }
            let run = folder
                .line(&format!(
                    "-q --policy legacy-read decapsulate --algorithm {other} --key {name}.key --ciphertext {name}.ct --secret ss"
                ))
                .run();
            let same_set = replacement(other) == replacement(name) || other == replacement(name);
            match (same_set, other.starts_with("ML-")) {
                (true, false) => {
                    assert_eq!(run.status, 0, "{run}");
                    assert_ne!(
                        folder.read("ss"),
                        folder.read(&format!("{name}.ss")),
                        "{run}"
                    );
                    folder.remove(&["ss"]);
                }
                // Bare bytes of ML-KEM may be a seed or an expanded key.
                (_, true) => assert_eq!(run.status, 2, "{run}"),
                (false, false) => assert_eq!(run.status, 3, "{run}"),
            }
            assert!(!folder.exists("ss"));
        }
    }
}

#[test]
fn wrong_uses_of_the_option_are_refused() {
    let folder = prepared();
    folder
        .line("-q keygen ML-DSA-65 -o new.key --pub new.pub")
        .ok();
    folder
        .line("-q sign --key new.key --format raw -o new.sig message")
        .ok();
    let verify = "verify --format raw --signature new.sig";
    folder
        .line(&format!(
            "-q {verify} --algorithm ML-DSA-65 --key new.pub message"
        ))
        .ok();
    let run = folder
        .line(&format!(
            "--policy legacy-read {verify} --algorithm Dilithium3-draft --key new.pub message"
        ))
        .ends(4);
    assert!(
        run.err().contains(
            "key of another algorithm: expected Dilithium3-draft, got ML-DSA-65, by its identifier"
        ),
        "{run}"
    );
    folder
        .line(&format!(
            "{verify} --algorithm Dilithium4-R3 --key new.pub message"
        ))
        .ends(2);
    folder
        .line(&format!(
            "{verify} --algorithm ML-DSA-65 --trust new.pub message"
        ))
        .ends(2);
}

/// Of a draft there are two implementations: where they do not agree there is no verdict, and no file.
#[test]
fn a_disagreement_is_exit_70_and_leaves_nothing() {
    let folder = prepared();
    for name in DILITHIUM.iter().filter(|name| name.ends_with("-draft")) {
        let line = format!(
            "--policy legacy-read verify --format raw --algorithm {name} --key {name}.pub --signature {name}.sig message"
        );
        let run = folder.line(&line).fault("disagreement").ends(70);
        assert!(run.text().is_empty(), "{run}");
    }
    for name in KYBER.iter().filter(|name| name.ends_with("-draft")) {
        let line = format!(
            "--policy legacy-read decapsulate --algorithm {name} --key {name}.key --ciphertext {name}.ct --secret ss"
        );
        let run = folder.line(&line).fault("disagreement").ends(70);
        assert!(run.text().is_empty(), "{run}");
        assert!(!folder.exists("ss"));
    }
}
