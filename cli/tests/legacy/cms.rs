//! CMS that a pilot signed with Dilithium, and JWS, which has no name for it.

use std::fmt::Write as _;

use crate::support::Folder;
use crate::{DILITHIUM, IDENTIFIERS, element, flavour, identifier, marked, prepared, spki};

const ID_DATA: &str = "1.2.840.113549.1.7.1";
const ID_SIGNED_DATA: &str = "1.2.840.113549.1.7.2";

/// A message without signed attributes, whose signer calls itself by a key that nobody has.
fn message(oid: &str, signature: &[u8], content: Option<&[u8]>) -> Vec<u8> {
    let sha512 = identifier("2.16.840.1.101.3.4.2.3");
    // The contents of AlgorithmIdentifier without parameters are an object identifier.
    let bare = |oid: &str| identifier(oid)[2..].to_vec();
    let signer = element(
        0x30,
        &[
            &[2, 1, 3][..],
            &element(0x80, &[7; 20]),
            &sha512,
            &identifier(oid),
            &element(4, signature),
        ]
        .concat(),
    );
    let inside = content.map(|content| element(0xa0, &element(4, content)));
    let signed = element(
        0x30,
        &[
            &[2, 1, 3][..],
            &element(0x31, &sha512),
            &element(0x30, &[bare(ID_DATA), inside.unwrap_or_default()].concat()),
            &element(0x31, &signer),
        ]
        .concat(),
    );
    element(
        0x30,
        &[bare(ID_SIGNED_DATA), element(0xa0, &signed)].concat(),
    )
}

/// Keys in containers, messages, with the content beside and inside.
fn signed() -> Folder {
    let folder = prepared();
    for (name, oid) in DILITHIUM.into_iter().zip(IDENTIFIERS) {
        let signature = folder.read(&format!("{name}.sig"));
        let key = spki(oid, &folder.read(&format!("{name}.pub")));
        folder.write(&format!("{name}.spki"), key);
        folder.write(&format!("{name}.p7s"), message(oid, &signature, None));
        let content = folder.read("message");
        let inside = message(oid, &signature, Some(&content));
        folder.write(&format!("{name}.p7m"), inside);
    }
    folder
}

#[test]
fn a_message_is_verified_and_marked_under_the_policy_alone() {
    let folder = signed();
    for name in DILITHIUM {
        let detached = format!("verify --key {name}.spki --signature {name}.p7s");
        let run = folder
            .line(&format!("--policy legacy-read {detached} message"))
            .ok();
        let expected = format!("valid: {name} signature (legacy, {}), key ", flavour(name));
        assert!(run.text().starts_with(&expected), "{run}");
        marked(&run, name, "verify");
        let json = folder
            .line(&format!("--json --policy legacy-read {detached} message"))
            .ok()
            .json();
        assert_eq!(json["legacy"], true);
        assert_eq!(json["signers"][0]["algorithm"], name);
        assert_eq!(json["warnings"].as_array().unwrap().len(), 1);
        folder
            .line(&format!("--policy legacy-read {detached} forged"))
            .ends(1);
        let run = folder.line(&format!("{detached} message")).ends(4);
        assert!(run.text().starts_with("refused-by-policy: "), "{run}");

        // Its checks by name.
        let run = folder
            .line(&format!(
                "--policy legacy-read {detached} --explain message"
            ))
            .ok();
        for check in ["hint encoding: ", "norm of z: ", "challenge: "] {
            assert!(run.text().contains(&format!("ok      {check}")), "{run}");
        }

        // Content comes out where it is good, and nowhere else.
        let attached = format!("verify --key {name}.spki {name}.p7m -o out");
        folder.line(&attached).ends(4);
        assert!(!folder.exists("out"));
        folder
            .line(&format!("-q --policy legacy-read {attached}"))
            .ok();
        assert_eq!(folder.read("out"), folder.read("message"));
        folder.remove(&["out"]);

        let run = folder.line(&format!("inspect {name}.p7s")).ok();
        let expected = format!("signed by {name}, as it says itself");
        assert!(run.text().contains(&expected), "{run}");

        // No message says its flavour to a key of another.
        for other in DILITHIUM.iter().filter(|other| **other != name) {
            let run = folder
                .line(&format!(
                    "--policy legacy-read verify --key {other}.spki --signature {name}.p7s message"
                ))
                .ends(3);
            let expected = format!("expected one of a key of {other}, got {name}");
            assert!(run.err().contains(&expected), "{run}");
        }
    }
}

#[test]
fn a_batch_of_messages_is_marked_too() {
    let folder = signed();
    let list = DILITHIUM.iter().fold(String::new(), |mut list, name| {
        let line = format!(
            "{{\"file\":\"message\",\"signature\":\"{name}.p7s\",\"key\":\"{name}.spki\"}}"
        );
        writeln!(list, "{line}").unwrap();
        list
    });
    folder.write("list", list);
    let run = folder.line("--policy legacy-read verify --batch list").ok();
    for name in DILITHIUM {
        let expected = format!(
            "message: valid: {name} signature (legacy, {})",
            flavour(name)
        );
        assert!(run.text().contains(&expected), "{run}");
    }
    let summary = "6 signatures: 6 valid (6 of them legacy)\n";
    assert!(run.text().ends_with(summary), "{run}");
    let run = folder.line("verify --batch list").ends(4);
    let summary = "6 signatures: 0 valid, 6 refused-by-policy\n";
    assert!(run.text().ends_with(summary), "{run}");
}

#[test]
fn a_jws_has_no_name_for_dilithium() {
    let folder = signed();
    folder.line("-q keygen ML-DSA-65 -o new.key").ok();
    folder
        .line("-q sign --key new.key --format jws -o new.jws message")
        .ok();
    for name in DILITHIUM {
        let run = folder
            .line(&format!(
                "--policy legacy-read verify --format jws --key {name}.spki --signature new.jws message"
            ))
            .ends(2);
        assert!(run.text().is_empty(), "{run}");
        assert!(run.err().contains("formats cms and raw have it"), "{run}");
    }
}
