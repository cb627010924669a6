//! Many signatures at once.

use crate::{DILITHIUM, IDENTIFIERS, flavour, prepared, spki};

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
