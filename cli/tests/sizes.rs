//! `algorithms --sizes` says what files cost, and `sign --max-bytes` refuses what costs more.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod support;

use serde_json::Value;

use support::Folder;

/// A folder with keys, certificates and messages.
fn prepared() -> Folder {
    let folder = Folder::new();
    folder.write("short", "<Document>976800.00</Document>\n");
    folder.write("long", "x".repeat(70_000));
    for (algorithm, name) in [
        ("ML-DSA-44", "dsa"),
        ("Ed25519", "ed"),
        ("ECDSA-P256-SHA256", "ec"),
        ("RSA-2048", "rsa"),
    ] {
        folder
            .line(&format!(
                "keygen {algorithm} -o {name}.key --pub {name}.pub -q"
            ))
            .ok();
        folder
            .line(&format!(
                "cert self-sign --key {name}.key --subject CN=Payments -o {name}.crt -q"
            ))
            .ok();
    }
    folder
}

fn sizes(line: &str) -> Vec<Value> {
    let report = Folder::new().line(line).ok().json();
    report["sizes"].as_array().unwrap().clone()
}

#[test]
fn the_sizes_are_those_of_the_files_that_the_command_writes() {
    let folder = Folder::new();
    folder.write("message", "hello");
    let rows = sizes("--json algorithms --sizes");
    for (algorithm, kem) in [
        ("ML-DSA-44", false),
        ("MLDSA65-Ed25519-SHA512", false),
        ("Ed25519", false),
        ("ML-KEM-768", true),
        ("X-Wing", true),
    ] {
        let row = rows.iter().find(|row| row["name"] == algorithm).unwrap();
        let agrees = |format: &str, column: &str, extra: usize| {
            let size = &row[format][column];
            assert_eq!(size["exact"], true, "{algorithm} {format} {column}");
            let said = size["bytes"].as_u64().unwrap();
            let real = folder.read("out").len() - extra;
            assert_eq!(said, real as u64, "{algorithm} {format} {column}");
            if format != "jws" {
                assert_eq!(size["base64"], real.div_ceil(3) * 4);
            }
        };
        let run = |line: &str| folder.line(&format!("{line} --force -q")).ok();
        run(&format!("keygen {algorithm} -o key --pub pub"));
        run("convert key -o out --output der");
        agrees("cms", "private_key", 0);
        run("convert key -o out --output raw");
        agrees("raw", "private_key", 0);
        run("convert key -o out --output der --public");
        agrees("cms", "public_key", 0);
        run("convert key -o out --output raw --public");
        agrees("raw", "public_key", 0);
        if row["jws"]["public_key"].is_object() {
            run("convert key -o out --output jwk");
            agrees("jws", "private_key", 0);
            run("convert key -o out --output jwk --public");
            agrees("jws", "public_key", 0);
        }
        if kem {
            run("encapsulate --to pub --ciphertext out --secret secret");
            agrees("raw", "ciphertext", 0);
            assert!(row["cms"]["ciphertext"].is_null() && row["cms"]["certificate"].is_null());
            continue;
        }
        run("cert self-sign --key key --subject CN=Payments --der -o out");
        agrees("cms", "certificate", 0);
        run("sign --key key -o out message");
        agrees("cms", "signature", 0);
        run("sign --key key --format raw -o out message");
        agrees("raw", "signature", 0);
        run("sign --key key --format jws -o out message");
        // The end of the line.
        agrees("jws", "signature", 1);
    }
}

#[test]
fn text_and_json_have_the_same_numbers_and_one_format_is_a_part_of_all() {
    let all = sizes("--json algorithms --sizes");
    let whole = Folder::new().line("algorithms --sizes").ok().text();
    for (format, columns) in [
        (
            "cms",
            &["public_key", "private_key", "certificate", "signature"][..],
        ),
        ("raw", &["public_key", "private_key", "output"]),
        ("jws", &["public_key", "private_key", "signature"]),
    ] {
        let line = format!("algorithms --sizes --format {format}");
        let alone = Folder::new().line(&line).ok().text();
        let table = alone.split("\n\n").next().unwrap();
        assert!(whole.contains(table), "{line}");
        let mut printed = table.lines().skip(2);
        for (row, other) in sizes(&format!("--json {line}")).iter().zip(&all) {
            assert_eq!(row[format], other[format]);
            assert_eq!(row.as_object().unwrap().len(), 2);
            let mut cells = vec![row["name"].as_str().unwrap().to_owned()];
            for column in columns {
                let size = ["output", "signature", "ciphertext"]
                    .iter()
                    .find(|name| *column == "output" || column == *name)
                    .map_or(&row[format][column], |_| match &row[format]["signature"] {
                        Value::Null => &row[format]["ciphertext"],
                        signature => signature,
                    });
                let members = ["bytes", "base64"];
                for member in &members[..if format == "jws" { 1 } else { 2 }] {
                    cells.push(match size["exact"].as_bool() {
                        None => "-".to_owned(),
                        Some(true) => size[member].to_string(),
                        Some(false) => format!("<={}", size[member]),
                    });
                }
            }
            if cells[1..].iter().any(|cell| cell != "-") {
                let words: Vec<&str> = printed.next().unwrap().split_whitespace().collect();
                assert_eq!(words, cells);
            }
        }
        assert_eq!(printed.next(), None);
    }
}

#[test]
fn a_format_goes_with_sizes_alone() {
    Folder::new().line("algorithms --format raw").fails(
        2,
        "command line: the following required arguments were not provided: --sizes",
    );
}

/// How many bytes a refused signature may have, by the error.
fn refused_size(folder: &Folder, line: &str) -> usize {
    let before = folder.snapshot();
    let run = folder.line(&format!("--json {line}")).ends(2);
    let error = &run.json()["error"];
    assert_eq!(error["code"], "does-not-fit", "{run}");
    assert!(folder.snapshot() == before, "{run}");
    let got = error["got"].as_str().unwrap();
    let number = got.split(' ').find_map(|word| word.parse().ok());
    number.unwrap()
}

#[test]
fn a_signature_is_written_at_its_size_and_refused_one_byte_below() {
    let folder = prepared();
    for options in [
        "--key dsa.key",
        "--key dsa.key --pem",
        "--key dsa.key --no-attributes",
        "--key dsa.key --certificate dsa.crt",
        "--key dsa.key --certificate dsa.crt --attached --pem",
        "--key dsa.key --attached --no-attributes",
        "--key dsa.key --key ed.key --key rsa.key --certificate ed.crt",
        "--key dsa.key --format raw --context pay",
        "--key dsa.key --format jws",
        "--key dsa.key --format jws --kid payments",
        "--key dsa.key --deterministic",
        "--key rsa.key --rsa-scheme RSASSA-PKCS1-v1_5-SHA384",
        "--key rsa.key --format jws",
        "--key ec.key --format jws",
    ] {
        for message in ["short", "long"] {
            let sign = |room: usize| {
                format!("sign {options} --max-bytes {room} -o out {message} --force -q")
            };
            let said = refused_size(&folder, &sign(0));
            assert_eq!(refused_size(&folder, &sign(said - 1)), said, "{options}");
            folder.line(&sign(said)).ok();
            assert_eq!(folder.read("out").len(), said, "{options}");
            folder.remove(&["out"]);
        }
    }
}

#[test]
fn of_what_varies_the_maximum_counts() {
    let folder = prepared();
    for (options, slack) in [
        ("--key ec.key", 12),
        ("--key ec.key --format raw", 12),
        ("--key ec.key --key dsa.key --attached --pem", 20),
    ] {
        let sign =
            |room: usize| format!("sign {options} --max-bytes {room} -o out short --force -q");
        let most = refused_size(&folder, &sign(0));
        for _ in 0..10 {
            assert_eq!(refused_size(&folder, &sign(most - 1)), most);
            folder.line(&sign(most)).ok();
            let real = folder.read("out").len();
            assert!((real..=real + slack).contains(&most), "{real} of {most}");
            folder.remove(&["out"]);
        }
    }
}

#[test]
fn what_is_detached_is_refused_before_it_is_read() {
    let folder = prepared();
    for options in ["", "--format raw", "--format jws", "--no-attributes"] {
        // The file has no end.
        let line = format!("sign --key dsa.key {options} --max-bytes 2000 -o out /dev/zero");
        assert!(refused_size(&folder, &line) > 2000);
    }
}

#[test]
fn the_error_lists_what_would_fit() {
    let folder = prepared();
    for (line, words) in [
        (
            "--key dsa.key --max-bytes 300",
            "CMS signature: expected at most 300 bytes: with another key ECDSA-P256-SHA256 \
             (classical, up to 291 bytes), got 2677 bytes with ML-DSA-44",
        ),
        (
            "--key dsa.key --max-bytes 2500",
            "CMS signature: expected at most 2500 bytes: with this key --format raw (2420 bytes); \
             with another key ECDSA-P256-SHA256 (classical, up to 291 bytes), Ed25519 \
             (classical, 311 bytes), ECDSA-P384-SHA384 (classical, up to 341 bytes) and 4 more of \
             `chop algorithms --sizes`, got 2677 bytes with ML-DSA-44",
        ),
        (
            "--key dsa.key --max-bytes 10",
            "CMS signature: expected at most 10 bytes, which nothing fits: the smallest is \
             ECDSA-P256-SHA256 (classical, up to 291 bytes), got 2677 bytes with ML-DSA-44",
        ),
        (
            "--key dsa.key --format jws --deterministic --max-bytes 3000",
            "JWS signature: expected at most 3000 bytes: with this key --format cms (2677 bytes), \
             --format raw (2420 bytes); with another key Ed25519 (classical, 207 bytes), \
             got 3353 bytes with ML-DSA-44",
        ),
        (
            "--key ed.key --format raw --max-bytes 63",
            "raw signature: expected at most 63 bytes, which nothing fits: this is the \
             smallest, got 64 bytes with Ed25519",
        ),
        (
            "--key dsa.key --format raw --context pay --max-bytes 100",
            "raw signature: expected at most 100 bytes, which nothing fits: this is the \
             smallest, got 2420 bytes with ML-DSA-44",
        ),
        (
            "--key dsa.key --key ed.key --max-bytes 2700",
            "CMS signature: expected at most 2700 bytes: with one key ML-DSA-44 (2677 bytes), \
             Ed25519 (classical, 311 bytes), got 2931 bytes with ML-DSA-44, Ed25519",
        ),
    ] {
        let run = folder.line(&format!("sign {line} short"));
        run.fails(2, &format!("short: {words}"));
    }
}

#[test]
fn what_would_fit_does_fit() {
    let folder = prepared();
    for (options, room, named, instead) in [
        (
            "--key dsa.key --pem short",
            3000,
            "without --pem",
            "--key dsa.key short",
        ),
        (
            "--key dsa.key --certificate dsa.crt --attached --pem long",
            10_000,
            "without --attached",
            "--key dsa.key --certificate dsa.crt --pem long",
        ),
        (
            "--key dsa.key --key ed.key --certificate dsa.crt short",
            3000,
            "without --certificate",
            "--key dsa.key --key ed.key short",
        ),
        (
            "--key dsa.key --format jws short",
            3000,
            "--format cms",
            "--key dsa.key short",
        ),
        (
            "--key dsa.key --pem short",
            3500,
            "--format jws",
            "--key dsa.key --format jws short",
        ),
        (
            "--key dsa.key --no-attributes short",
            2500,
            "--format raw",
            "--key dsa.key --format raw short",
        ),
        (
            "--key dsa.key --key ed.key --certificate ed.crt --attached short",
            1000,
            "Ed25519 (classical,",
            "--key ed.key --certificate ed.crt --attached short",
        ),
        // A certificate that another key signs for itself under the same name.
        (
            "--key dsa.key --certificate dsa.crt --attached --pem short",
            6000,
            "Ed25519 (classical,",
            "--key ed.key --certificate ed.crt --attached --pem short",
        ),
        (
            "--key dsa.key --kid payments --format jws short",
            600,
            "Ed25519 (classical,",
            "--key ed.key --kid payments --format jws short",
        ),
    ] {
        let run = folder
            .line(&format!("sign {options} --max-bytes {room} -o out"))
            .ends(2);
        let words = run.err();
        let (_, said) = words.split_once(named).unwrap_or_else(|| panic!("{run}"));
        let said = said.trim_start_matches([' ', '(']).split(' ').next();
        let said: usize = said.unwrap().parse().unwrap();
        folder
            .line(&format!("sign {instead} --max-bytes {said} -o out -q"))
            .ok();
        assert_eq!(folder.read("out").len(), said, "{run}");
        folder.remove(&["out"]);
    }
}

#[test]
fn of_several_files_each_is_asked() {
    let folder = prepared();
    let line = "sign --key dsa.key --attached --max-bytes 3000 short long";
    let report = folder.line(&format!("--json {line}")).ends(2).json();
    let files = report["files"].as_array().unwrap();
    assert_eq!(files[0]["file"], "short.p7s");
    assert_eq!(files[0]["bytes"], folder.read("short.p7s").len());
    assert_eq!(files[1]["error"]["code"], "does-not-fit");
    assert_eq!(files[1]["error"]["exit"], 2);
    assert_eq!(files[1]["error"]["where"], "long");
    assert!(!folder.exists("long.p7s"));
    folder.remove(&["short.p7s"]);
    let run = folder.line(&format!("{line} absent")).ends(5);
    assert!(run.err().contains("long: CMS signature: expected at most 3000 bytes: with this key without --attached (2677 bytes), --format raw (2420 bytes), got 72693 bytes"), "{run}");
}
