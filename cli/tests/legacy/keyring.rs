//! A keyring takes the key of a counterparty to verify with, and nothing else.

use crate::{DILITHIUM, IDENTIFIERS, KYBER, flavour, marked, pkcs8, prepared, replacement, spki};

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

/// A key of Kyber is refused at once, in whatever container it comes and whether or not its flavour is named, and the
/// refusal says what to type: which opens what was sent to it.
#[test]
fn what_opens_a_ciphertext_to_a_key_of_kyber_is_said() {
    let folder = prepared();
    folder
        .line("--keyring ring.db init --new-unlock-file unlock")
        .ok();
    for name in KYBER {
        let number = 1 + KYBER.iter().position(|row| *row == name).unwrap() % 3;
        let oid = format!("1.3.6.1.4.1.22554.5.6.{number}");
        folder.write(
            "kyber.p8",
            pkcs8(&oid, &folder.read(&format!("{name}.key"))),
        );
        folder.write(
            "kyber.spki",
            spki(&oid, &folder.read(&format!("{name}.pub"))),
        );
        let (set, _) = name.split_once('-').unwrap();
        for (file, named) in [
            ("kyber.p8".to_owned(), false),
            ("kyber.spki".to_owned(), false),
            ("kyber.p8".to_owned(), true),
            ("kyber.spki".to_owned(), true),
            (format!("{name}.key"), true),
            (format!("{name}.pub"), true),
        ] {
            let algorithm = match named {
                true => format!("--algorithm {name} "),
                false => String::new(),
            };
            let run = folder
                .line(&format!(
                    "--keyring ring.db --unlock-file unlock key import own {algorithm}{file}"
                ))
                .ends(4);
            let error = run.err();
            assert!(
                error.contains(&format!("expected a key of {};", replacement(name))),
                "{run}"
            );
            let typed = "chop decapsulate --policy legacy-read --algorithm ";
            let (_, typed) = error.split_once(typed).unwrap_or_else(|| panic!("{run}"));
            match named {
                true => assert!(typed.starts_with(&format!("{name} --key FILE")), "{run}"),
                false => {
                    let both = format!("{set}-R3 (or {set}-draft, which gives another secret)");
                    assert!(typed.starts_with(&both), "{run}");
                }
            }
        }
        folder
            .line(&format!(
                "-q decapsulate --policy legacy-read --algorithm {name} --key kyber.p8 --ciphertext {name}.ct --secret ss"
            ))
            .ok();
        assert_eq!(folder.read("ss"), folder.read(&format!("{name}.ss")));
        folder.remove(&["ss"]);
        // Another algorithm than the one that is named is said so, and not that it is no public key.
        let standard = replacement(name);
        let run = folder
            .line(&format!("convert --algorithm {standard} kyber.p8 -o new"))
            .ends(4);
        let expected = format!("expected {standard}, got {set}-R3, by its identifier");
        assert!(run.err().contains(&expected), "{run}");
        let run = folder
            .line(&format!(
                "convert --algorithm {standard} kyber.spki --public -o new"
            ))
            .ends(4);
        assert!(run.err().contains(&expected), "{run}");
        assert!(!folder.exists("new"));
    }
}
