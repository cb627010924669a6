//! Nothing is made, whatever the policy: exit status 4, with the standard to use.

use crate::{DILITHIUM, KYBER, flavour, pkcs8, prepared, replacement, spki};

#[test]
fn nothing_is_made_whatever_the_policy() {
    let folder = prepared();
    for name in KYBER.into_iter().chain(DILITHIUM) {
        for policy in ["hybrid-2026", "legacy-read"] {
            let run = folder
                .line(&format!("--policy {policy} keygen {name} -o out"))
                .ends(4);
            let error = run.err();
            assert!(
                error.contains(&format!("{name} may not be generated")),
                "{run}"
            );
            assert!(
                error
                    .trim_end()
                    .ends_with(&format!("; use {}", replacement(name))),
                "{run}"
            );
            assert!(!folder.exists("out"));
        }
    }
    // Their private keys sign nothing, and their public keys receive nothing.
    for (name, key) in [
        ("Dilithium3-R3", "1.3.6.1.4.1.2.267.7.6.5"),
        ("Dilithium2-draft", "1.3.6.1.4.1.2.267.12.4.4"),
    ] {
        folder.write(
            "dilithium.key",
            pkcs8(key, &folder.read(&format!("{name}.key"))),
        );
        let run = folder
            .line("--policy legacy-read sign --key dilithium.key --format raw -o out message")
            .ends(4);
        assert!(run.err().contains(replacement(name)), "{run}");
        let run = folder.line("inspect dilithium.key").ok();
        assert!(
            run.text().contains(&format!("algorithm    {name}")),
            "{run}"
        );
        assert!(
            run.text()
                .contains(&format!("flavour      {}", flavour(name))),
            "{run}"
        );
        assert!(!folder.exists("out"));
    }
    for name in KYBER {
        let number = 1 + KYBER.iter().position(|row| *row == name).unwrap() % 3;
        let oid = format!("1.3.6.1.4.1.22554.5.6.{number}");
        folder.write(
            "kyber.pub",
            spki(&oid, &folder.read(&format!("{name}.pub"))),
        );
        let run = folder
            .line(
                "--policy legacy-read encapsulate --to kyber.pub --ciphertext out --secret secret",
            )
            .ends(4);
        assert!(run.err().contains(replacement(name)), "{run}");
        assert!(!folder.exists("out") && !folder.exists("secret"));
    }
}

/// A name that `sign` is told is refused as `keygen` refuses it, before a key is looked at.
#[test]
fn a_legacy_name_given_to_sign_is_refused_with_the_standard_to_use() {
    let folder = prepared();
    for name in KYBER.into_iter().chain(DILITHIUM) {
        for policy in ["hybrid-2026", "legacy-read"] {
            for key in [format!("{name}.key"), "no such file".to_owned()] {
                let line = ["--policy", policy, "sign", "--algorithm", name, "--key"];
                let run = folder
                    .chop(
                        line.into_iter()
                            .chain([key.as_str(), "-o", "out", "message"]),
                    )
                    .ends(4);
                let error = run.err();
                assert!(error.contains(&format!("{name} may not sign")), "{run}");
                let expected = format!("; use {}", replacement(name));
                assert!(error.trim_end().ends_with(&expected), "{run}");
                assert!(!folder.exists("out"));
            }
        }
    }
    folder
        .line("sign --algorithm Dilithium3 --key Dilithium3-R3.key -o out message")
        .ends(2);
    // What the name is for: a key that has one form and says nothing about itself.
    folder.write("ed25519.seed", [7; 32]);
    folder
        .line(
            "-q convert --input raw-seed --algorithm Ed25519 ed25519.seed -o ed25519.pub --public",
        )
        .ok();
    folder
        .line("-q sign --algorithm Ed25519 --key ed25519.seed --format raw -o out message")
        .ok();
    folder
        .line("-q verify --key ed25519.pub --format raw --signature out message")
        .ok();
    // A key that says something else is not taken for what is named.
    folder.line("-q keygen ML-DSA-65 -o new.key").ok();
    let run = folder
        .line("sign --algorithm ML-DSA-44 --key new.key -o other message")
        .ends(4);
    assert!(
        run.err()
            .contains("expected ML-DSA-44, got ML-DSA-65, by its identifier"),
        "{run}"
    );
    // The record of a keyring says it, and the keys of a folder do.
    folder
        .line("--keyring ring.db init --new-unlock-file unlock")
        .ok();
    let named = "sign --algorithm ML-DSA-65 -o other message --key";
    folder
        .line(&format!(
            "--keyring ring.db --unlock-file unlock {named} payments"
        ))
        .ends(2);
    folder.line(&format!("{named} .")).ends(2);
    assert!(!folder.exists("other"));
}
