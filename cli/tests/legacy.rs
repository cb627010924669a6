//! Files of Kyber and Dilithium that other people's software has made, through the command: recognised, verified
//! or opened under the policy that says so, and refused as anything else.
#![cfg(feature = "legacy")]
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod support;

use std::fs;

use support::{Folder, Run, rows};

const KYBER: [&str; 6] = [
    "Kyber512-R3",
    "Kyber768-R3",
    "Kyber1024-R3",
    "Kyber512-draft",
    "Kyber768-draft",
    "Kyber1024-draft",
];
const DILITHIUM: [&str; 6] = [
    "Dilithium2-R3",
    "Dilithium3-R3",
    "Dilithium5-R3",
    "Dilithium2-draft",
    "Dilithium3-draft",
    "Dilithium5-draft",
];

/// Every file of `test-vectors/legacy`, and the message of the signatures.
fn prepared() -> Folder {
    let folder = Folder::new();
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../test-vectors/legacy");
    for entry in fs::read_dir(vectors).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        folder.write(&name, fs::read(entry.path()).unwrap());
    }
    folder.write("message", "chop self-test");
    folder.write("forged", "chop self-tesu");
    folder
}

/// The standard that came of it.
fn replacement(name: &str) -> &'static str {
    match name.trim_end_matches("-R3").trim_end_matches("-draft") {
        "Kyber512" => "ML-KEM-512",
        "Kyber768" => "ML-KEM-768",
        "Kyber1024" => "ML-KEM-1024",
        "Dilithium2" => "ML-DSA-44",
        "Dilithium3" => "ML-DSA-65",
        _ => "ML-DSA-87",
    }
}

fn flavour(name: &str) -> &'static str {
    if name.ends_with("-R3") {
        "round 3"
    } else {
        "draft"
    }
}

/// On standard error stands the warning that what was read is legacy.
fn marked(run: &Run, name: &str, purpose: &str) {
    let expected = format!("chop: warning: {name} for {purpose}: a legacy algorithm, read only");
    assert!(run.err().starts_with(&expected), "{run}");
    assert!(
        run.err()
            .contains("(rule legacy-is-read of policy legacy-read)"),
        "{run}"
    );
}

#[test]
fn the_table_has_twelve_rows_that_are_read_alone() {
    let rows = rows();
    let legacy: Vec<_> = rows
        .iter()
        .filter(|row| row["status"] == "legacy")
        .collect();
    assert_eq!(legacy.len(), 12);
    for row in legacy {
        let operations: Vec<_> = row["operations"].as_array().unwrap().iter().collect();
        let expected = if row["signature"].is_null() {
            "decapsulate"
        } else {
            "verify"
        };
        assert_eq!(operations, [expected]);
    }
    let all = Folder::new().line("self-test").ok().text();
    for name in KYBER.iter().chain(&DILITHIUM) {
        assert!(all.contains(&format!("ok  {name}\n")), "{all}");
    }
}

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

/// PrivateKeyInfo with the private key in an OCTET STRING.
fn pkcs8(oid: &str, private: &[u8]) -> Vec<u8> {
    let contents = element(4, &element(4, private));
    element(
        0x30,
        &[&[2, 1, 0][..], &identifier(oid), &contents].concat(),
    )
}

fn spki(oid: &str, public: &[u8]) -> Vec<u8> {
    let bits = element(3, &[&[0], public].concat());
    element(0x30, &[identifier(oid), bits].concat())
}

fn element(tag: u8, contents: &[u8]) -> Vec<u8> {
    let length = u16::try_from(contents.len()).unwrap();
    let [high, low] = length.to_be_bytes();
    match length {
        0..0x80 => [&[tag, low], contents].concat(),
        _ => [&[tag, 0x82, high, low], contents].concat(),
    }
}

/// The AlgorithmIdentifier of `oid`.
fn identifier(oid: &str) -> Vec<u8> {
    let arcs: Vec<u32> = oid.split('.').map(|arc| arc.parse().unwrap()).collect();
    let mut encoded = vec![u8::try_from(40 * arcs[0] + arcs[1]).unwrap()];
    for arc in &arcs[2..] {
        if *arc > 127 {
            encoded.extend((1..=2).rev().filter_map(|n| {
                let part = arc >> (7 * n);
                (part > 0).then(|| u8::try_from(part & 0x7f).unwrap() | 0x80)
            }));
        }
        encoded.push(u8::try_from(arc & 0x7f).unwrap());
    }
    element(0x30, &element(6, &encoded))
}

#[test]
fn a_key_of_kyber_in_its_old_container_is_opened_once_its_flavour_is_named() {
    let folder = prepared();
    for name in KYBER {
        let number = 1 + KYBER.iter().position(|row| *row == name).unwrap() % 3;
        let oid = format!("1.3.6.1.4.1.22554.5.6.{number}");
        folder.write("old.key", pkcs8(&oid, &folder.read(&format!("{name}.key"))));
        let line = format!("--key old.key --ciphertext {name}.ct --secret ss");
        let run = folder
            .line(&format!("--policy legacy-read decapsulate {line}"))
            .ends(2);
        assert!(run.err().contains(&format!("--algorithm {name}")), "{run}");
        folder
            .line(&format!(
                "-q --policy legacy-read decapsulate --algorithm {name} {line}"
            ))
            .ok();
        assert_eq!(folder.read("ss"), folder.read(&format!("{name}.ss")));
        let run = folder
            .line(&format!(
                "--policy legacy-read decapsulate --algorithm {} {line} --force",
                replacement(name)
            ))
            .ends(4);
        assert!(run.err().contains("by its identifier"), "{run}");

        let run = folder.line("inspect old.key").ok();
        assert!(
            run.text().contains("cannot be known from this file alone"),
            "{run}"
        );
        let json = folder.line("--json inspect old.key").ok().json();
        assert_eq!(json["files"][0]["flavours"].as_array().unwrap().len(), 2);
        assert!(json["files"][0]["flavour"].is_null());

        // Taken out of its container, never into a new one.
        let convert = format!("--policy legacy-read convert --algorithm {name} old.key");
        folder
            .line(&format!("-q {convert} -o bare --output raw"))
            .ok();
        assert_eq!(folder.read("bare"), folder.read(&format!("{name}.key")));
        folder
            .line(&format!("-q {convert} -o bare.pub --public --output raw"))
            .ok();
        assert_eq!(folder.read("bare.pub"), folder.read(&format!("{name}.pub")));
        for output in ["pem", "der", "jwk"] {
            for public in ["", " --public"] {
                let run = folder
                    .line(&format!("{convert} -o new --output {output}{public}"))
                    .run();
                assert!(matches!(run.status, 2 | 4), "{run}");
                assert!(!folder.exists("new"));
            }
        }
        folder
            .line(&format!(
                "convert --algorithm {name} old.key -o new --output raw"
            ))
            .ends(4);
        folder.remove(&["ss", "bare", "bare.pub"]);
    }
}

#[test]
fn the_flavour_of_a_signature_is_found_with_its_message_and_key() {
    let folder = prepared();
    for name in DILITHIUM {
        let run = folder
            .line(&format!(
                "inspect --message message --key {name}.pub {name}.sig"
            ))
            .ok();
        assert!(
            run.text().contains(&format!("algorithm    {name} (")),
            "{run}"
        );
        assert!(
            run.text()
                .contains(&format!("flavour      {}", flavour(name))),
            "{run}"
        );
        let json = folder
            .line(&format!(
                "--json inspect --message message --key {name}.pub {name}.sig"
            ))
            .ok()
            .json();
        assert_eq!(json["files"][0]["flavour"], flavour(name));
        folder
            .line(&format!(
                "inspect --message forged --key {name}.pub {name}.sig"
            ))
            .ends(1);
        folder
            .line(&format!("inspect --message message {name}.sig"))
            .ends(2);
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
