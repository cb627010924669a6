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

/// The identifiers of [`DILITHIUM`].
const IDENTIFIERS: [&str; 6] = [
    "1.3.6.1.4.1.2.267.7.4.4",
    "1.3.6.1.4.1.2.267.7.6.5",
    "1.3.6.1.4.1.2.267.7.8.7",
    "1.3.6.1.4.1.2.267.12.4.4",
    "1.3.6.1.4.1.2.267.12.6.5",
    "1.3.6.1.4.1.2.267.12.8.7",
];

#[test]
fn in_a_batch_each_is_marked_and_the_policy_decides() {
    let folder = prepared();
    folder
        .line("-q keygen ML-DSA-65 -o new.key --pub new.spki")
        .ok();
    folder
        .line("-q sign --key new.key --format raw -o new.sig message")
        .ok();
    let mut lines = Vec::new();
    for (name, oid) in DILITHIUM.into_iter().zip(IDENTIFIERS) {
        let key = spki(oid, &folder.read(&format!("{name}.pub")));
        folder.write(&format!("{name}.spki"), key);
        lines.push(line_of("message", name));
        // The second by one key takes a shorter way to its answer.
        lines.push(line_of("message", name));
    }
    lines.push(line_of("message", "new"));
    lines.push(line_of("forged", DILITHIUM[0]));
    folder.write("list", lines.concat());

    let batch = "verify --format raw --batch list";
    let run = folder
        .line(&format!("--policy legacy-read {batch}"))
        .ends(1);
    for (number, name) in DILITHIUM.iter().enumerate() {
        for line in [2 * number + 1, 2 * number + 2] {
            let expected = format!(
                "line {line}: message: valid: {name} signature (legacy, {}), key ",
                flavour(name)
            );
            assert!(run.text().contains(&expected), "{run}");
        }
        let warning = format!("chop: warning: {name} for verify: a legacy algorithm, read only");
        assert_eq!(run.err().matches(&warning).count(), 1, "{run}");
    }
    assert!(run.text().contains("line 14: forged: invalid"), "{run}");
    assert!(!run.text().contains("line 13"), "{run}");
    let summary = "14 signatures: 13 valid (12 of them legacy), 1 invalid\n";
    assert!(run.text().ends_with(summary), "{run}");

    let run = folder
        .line(&format!("--json --policy legacy-read {batch}"))
        .ends(1);
    let objects: Vec<serde_json::Value> = run
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let (summary, answers) = objects.split_last().unwrap();
    assert_eq!(answers.len(), 13, "{run}");
    assert!(
        answers.iter().all(|answer| answer["legacy"] == true),
        "{run}"
    );
    let summary = &summary["summary"];
    let counts = ["signatures", "valid", "legacy", "invalid"].map(|name| &summary[name]);
    assert_eq!(counts, [14, 13, 12, 1]);
    assert_eq!(summary["warnings"].as_array().unwrap().len(), 6);

    // The default reads none of them, and the one that is not legacy changes nothing about that.
    let run = folder.line(batch).ends(4);
    assert_eq!(
        run.text().matches("refused-by-policy: ").count(),
        13,
        "{run}"
    );
    let summary = "14 signatures: 1 valid, 13 refused-by-policy\n";
    assert!(run.text().ends_with(summary), "{run}");

    // Bare bytes are what the command line says that they are, for all lines.
    let name = DILITHIUM[1];
    let bare =
        format!("{{\"file\":\"message\",\"signature\":\"{name}.sig\",\"key\":\"{name}.pub\"}}\n");
    folder.write("bare", &bare);
    let batch = "verify --format raw --batch bare";
    let named = format!("--policy legacy-read {batch} --algorithm {name}");
    let run = folder.line(&named).ok();
    let summary = "1 signature: 1 valid (1 of them legacy)\n";
    assert!(run.text().ends_with(summary), "{run}");
    folder
        .line(&format!("--policy legacy-read {batch}"))
        .ends(3);
    folder.line(&format!("{batch} --algorithm {name}")).ends(4);
    folder
        .line(&format!(
            "--policy legacy-read {batch} --algorithm {}",
            DILITHIUM[4]
        ))
        .ends(3);
}

/// A line of a list: a file, the signature and the key of that name.
fn line_of(file: &str, name: &str) -> String {
    format!("{{\"file\":\"{file}\",\"signature\":\"{name}.sig\",\"key\":\"{name}.spki\"}}\n")
}

#[test]
fn a_keyring_takes_a_counterpartys_key_to_verify_with_and_nothing_else() {
    let folder = prepared();
    folder
        .line("--keyring ring.db init --new-unlock-file unlock")
        .ok();
    let ring = |line: &str| folder.line(&format!("--keyring ring.db --unlock-file unlock {line}"));
    for (name, oid) in DILITHIUM.into_iter().zip(IDENTIFIERS) {
        let key = spki(oid, &folder.read(&format!("{name}.pub")));
        folder.write("old.spki", key);
        let import = format!("key import partners/{name} old.spki");
        let run = ring(&import).ends(4);
        assert!(run.err().contains("rule read-legacy of policy"), "{run}");
        let run = ring(&format!("--policy legacy-read {import}")).ok();
        marked(&run, name, "import");
        let said = format!("{name} (legacy, {}) active", flavour(name));
        assert!(run.err().contains(&said), "{run}");

        let line = format!("verify --format raw --key partners/{name} --signature {name}.sig");
        let run = ring(&format!("--policy legacy-read {line} message")).ok();
        let expected = format!("valid: {name} signature (legacy, {}), key ", flavour(name));
        assert!(run.text().starts_with(&expected), "{run}");
        assert!(
            run.text().contains(&format!("partners/{name} version 1")),
            "{run}"
        );
        marked(&run, name, "verify");
        let json = ring(&format!("--json --policy legacy-read {line} message"))
            .ok()
            .json();
        let fields = ["verdict", "algorithm"].map(|field| json[field].as_str().unwrap());
        assert_eq!(fields, ["valid", name]);
        assert_eq!(json["legacy"], true);
        ring(&format!("--policy legacy-read {line} forged")).ends(1);
        // That it was taken over under another policy allows nothing today.
        let run = ring(&format!("{line} message")).ends(4);
        assert!(run.text().starts_with("refused-by-policy: "), "{run}");
        // The record says the algorithm, and nobody else.
        ring(&format!(
            "--policy legacy-read {line} --algorithm {name} message"
        ))
        .ends(2);

        let list = format!(
            "{{\"file\":\"message\",\"signature\":\"{name}.sig\",\"key\":\"partners/{name}\"}}\n"
        );
        folder.write("list", list);
        let batch = "verify --format raw --batch list";
        let run = ring(&format!("--policy legacy-read {batch}")).ok();
        assert!(run.text().contains(&expected), "{run}");
        let summary = "1 signature: 1 valid (1 of them legacy)\n";
        assert!(run.text().ends_with(summary), "{run}");
        ring(batch).ends(4);
        ring(&format!("--policy legacy-read {batch} --algorithm {name}")).ends(2);

        let shown = ring(&format!("key show partners/{name}")).ok();
        let expected = format!("version 1: {name} (legacy, {}), active", flavour(name));
        assert!(shown.text().contains(&expected), "{shown}");
        // Nobody else is given it in a container that looks like one of today.
        ring(&format!(
            "--policy legacy-read key export partners/{name} -o out"
        ))
        .ends(4);
        assert!(!folder.exists("out"));
    }
    // Bare bytes, whose algorithm the command line names.
    let name = DILITHIUM[1];
    ring(&format!(
        "--policy legacy-read key import partners/bare {name}.pub"
    ))
    .ends(3);
    let run = ring(&format!(
        "--policy legacy-read key import partners/bare --algorithm {name} {name}.pub"
    ))
    .ends(5);
    // It is the key that is there already.
    assert!(
        run.err().contains(&format!("partners/{name} version 1")),
        "{run}"
    );

    // Nothing that could only make something, and nothing private.
    for name in KYBER.into_iter().chain(DILITHIUM) {
        let mut files = vec![format!("{name}.key")];
        if name.starts_with("Kyber") {
            files.push(format!("{name}.pub"));
        }
        for file in files {
            for policy in ["hybrid-2026", "legacy-read"] {
                let run = ring(&format!(
                    "--policy {policy} key import own --algorithm {name} {file}"
                ))
                .ends(4);
                assert!(run.err().contains(replacement(name)), "{run}");
            }
        }
        for line in [
            format!("key new own --algorithm {name}"),
            format!("key rotate partners/{} --algorithm {name}", DILITHIUM[0]),
        ] {
            ring(&format!("--policy legacy-read {line}")).ends(4);
        }
    }
    let json = ring("--json key list").ok().json();
    let keys = json["keys"].as_array().unwrap();
    assert_eq!(keys.len(), DILITHIUM.len());
    assert!(keys.iter().all(|key| key["versions"][0]["legacy"] == true));
    // Everything is sound, without that policy, too.
    ring("check").ok();
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
