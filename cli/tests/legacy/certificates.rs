//! Certificates of pilots. Their signatures are no more than bytes here: the library's tests have real ones.

use crate::{
    DILITHIUM, IDENTIFIERS, KYBER, element, identifier, marked, prepared, replacement, spki,
};

/// A certificate of `CN=pilot` under an identifier of a signature, with a key in its container.
fn certificate(signed_with: &str, key: &[u8], signature: &[u8]) -> Vec<u8> {
    let common_name = element(
        0x30,
        &[&[6, 3, 0x55, 4, 3][..], &element(12, b"pilot")].concat(),
    );
    let name = element(0x30, &element(0x31, &common_name));
    let times = [
        element(0x17, b"230101000000Z"),
        element(0x17, b"330101000000Z"),
    ];
    let to_be_signed = element(
        0x30,
        &[
            &element(0xa0, &[2, 1, 2])[..],
            &[2, 1, 7],
            &identifier(signed_with),
            &name,
            &element(0x30, &times.concat()),
            &name,
            key,
        ]
        .concat(),
    );
    let signature = element(3, &[&[0], signature].concat());
    element(
        0x30,
        &[to_be_signed, identifier(signed_with), signature].concat(),
    )
}

#[test]
fn a_certificate_of_dilithium_is_shown_and_believed_under_the_policy_in_force() {
    let folder = prepared();
    for (name, oid) in DILITHIUM.into_iter().zip(IDENTIFIERS) {
        let key = spki(oid, &folder.read(&format!("{name}.pub")));
        let signature = folder.read(&format!("{name}.sig"));
        folder.write("pilot.crt", certificate(oid, &key, &signature));
        let run = folder.line("inspect pilot.crt").ok();
        assert!(
            run.text().contains(&format!("algorithm    {name} (")),
            "{run}"
        );

        let run = folder.line("cert show pilot.crt").ok();
        assert!(
            run.text()
                .contains("rule read-legacy of policy hybrid-2026"),
            "{run}"
        );
        // Under the policy that lets it be read it is looked at, and the signature is of something else.
        let unsigned = "expected one that its own key has signed";
        let run = folder.line("--policy legacy-read cert show pilot.crt").ok();
        assert!(run.text().contains(unsigned), "{run}");
        assert!(!run.text().contains("hybrid-2026"), "{run}");
        let trust = "verify --trust pilot.crt --signature pilot.crt message";
        let run = folder.line(&format!("--policy legacy-read {trust}")).run();
        assert!(!run.err().contains("hybrid-2026"), "{run}");

        // Its key verifies, given as somebody's.
        let verify = format!("verify --format raw --key pilot.crt --signature {name}.sig message");
        let run = folder.line(&format!("--policy legacy-read {verify}")).ok();
        marked(&run, name, "verify");
        folder.line(&verify).ends(4);
    }
}

#[test]
fn a_certificate_of_kyber_receives_nothing() {
    let folder = prepared();
    for name in KYBER {
        let number = 1 + KYBER.iter().position(|row| *row == name).unwrap() % 3;
        let oid = format!("1.3.6.1.4.1.22554.5.6.{number}");
        let key = spki(&oid, &folder.read(&format!("{name}.pub")));
        folder.write("pilot.crt", certificate(IDENTIFIERS[0], &key, &[7; 2420]));
        for policy in ["hybrid-2026", "legacy-read"] {
            let run = folder
                .line(&format!(
                    "--policy {policy} encapsulate --to pilot.crt --ciphertext ct --secret ss"
                ))
                .ends(4);
            let expected = format!("; use {}", replacement(name));
            assert!(run.err().trim_end().ends_with(&expected), "{run}");
            assert!(!folder.exists("ct") && !folder.exists("ss"));
            folder
                .line(&format!(
                    "--policy {policy} verify --key pilot.crt --format raw --signature Dilithium2-R3.sig message"
                ))
                .ends(4);
        }
        let run = folder.line("inspect pilot.crt").ok();
        assert!(
            run.text().contains("cannot be known from this file alone"),
            "{run}"
        );
        assert!(!run.text().contains("Round 3"), "{run}");
    }
}
