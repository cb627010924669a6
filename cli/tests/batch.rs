//! `chop verify --batch`: many signatures at once, each with its own answer.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod support;

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use support::{Folder, Run, Terminal};

/// The first words of what is said of a line that is no entry.
const WANTED: &str = "error: line of the list: expected a JSON object with file, and perhaps signature, key, context or context_hex, got ";

/// Keys and signed files in a folder `in`, so that paths have to be found from elsewhere.
fn prepared() -> Folder {
    let folder = Folder::new();
    fs::create_dir(folder.path("in")).unwrap();
    for line in [
        "keygen ML-DSA-44 -q -o a.key --pub in/a.pub",
        "keygen ML-DSA-65 -q -o b.key --pub in/b.pub",
        "keygen MLDSA44-Ed25519-SHA512 -q -o h.key --pub in/h.pub",
        "keygen SLH-DSA-SHA2-128f -q -o s.key --pub in/s.pub",
        "keygen ECDSA-P256-SHA256 -q -o e.key --pub in/e.pub",
    ] {
        folder.line(line).ok();
    }
    for (number, key) in ["a", "b", "h", "s", "e", "a"].iter().enumerate() {
        let file = format!("in/{number}.xml");
        folder.write(&file, format!("<Document>{number}</Document>\n"));
        folder
            .line(&format!(
                "sign -q --key {key}.key --format raw -o {file}.sig {file}"
            ))
            .ok();
    }
    for (name, context) in [("text", "--context pacs"), ("hex", "--context-hex ff00")] {
        folder
            .line(&format!(
                "sign -q --key a.key --format raw {context} -o in/{name}.sig in/0.xml"
            ))
            .ok();
    }
    folder
}

fn list(folder: &Folder, name: &str, lines: &[Value]) {
    let lines: Vec<String> = lines.iter().map(Value::to_string).collect();
    folder.write(name, lines.join("\n"));
}

/// The lines of JSON on standard output, of which the last one is the summary.
fn objects(run: &Run) -> (Vec<Value>, Value) {
    assert_eq!(run.err(), "", "{run}");
    let mut objects: Vec<Value> = run
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(objects.iter().all(|object| object["v"] == 1), "{run}");
    let summary = objects.pop().unwrap();
    (objects, summary["summary"].clone())
}

#[test]
fn a_list_of_every_kind_of_key() {
    let folder = prepared();
    let mut lines = vec![
        json!({ "file": "0.xml", "key": "a.pub" }),
        json!({ "file": "1.xml", "signature": "1.xml.sig", "key": "b.pub" }),
        json!({ "file": "2.xml", "key": "h.pub" }),
        json!({ "file": "3.xml", "key": "s.pub" }),
        json!({ "file": "4.xml", "key": "e.pub" }),
        json!({ "file": "0.xml", "signature": "text.sig", "key": "a.pub", "context": "pacs" }),
        json!({ "file": "0.xml", "signature": "hex.sig", "key": "a.pub", "context_hex": "ff00" }),
        json!({ "file": "5.xml", "signature": null, "key": "a.pub", "context": null }),
        json!({ "file": "4.xml", "key": "e.pub" }),
    ];
    list(&folder, "in/list", &lines);
    // Paths are relative to the folder of the list, wherever that is named from.
    let policy = "version = 1\nname = \"wary\"\n[[rule]]\nname = \"soon\"\nuse = [\"verify\"]\nalgorithms = [\"classical\"]\nwarn = true\nharm = \"a test\"\n";
    folder.write("policy.toml", policy);
    let absolute = folder.path("in/list").display().to_string();
    for line in [
        "in/list".to_owned(),
        "./in/../in/list".to_owned(),
        absolute,
        "in/list --jobs 7".to_owned(),
    ] {
        let run = folder
            .line(&format!(
                "verify --policy policy.toml --format raw --batch {line}"
            ))
            .ok();
        assert_eq!(run.text(), "9 signatures: 9 valid\n");
        // Of several lines with the same remark it is said once.
        assert_eq!(run.err().matches("a test").count(), 1, "{run}");
    }
    // From standard input they are relative to the current folder.
    let text = folder.read("in/list");
    folder
        .line("verify --format raw --batch -")
        .stdin(&text)
        .ends(5);
    let inside: Vec<Value> = ["0.xml", "5.xml"]
        .iter()
        .map(|file| json!({ "file": format!("in/{file}"), "key": "in/a.pub" }))
        .collect();
    let text: String = inside.iter().map(|line| format!("{line}\r\n")).collect();
    let run = folder
        .line("verify --format raw --batch -")
        .stdin(text)
        .ok();
    assert_eq!(run.text(), "2 signatures: 2 valid\n");

    // Whatever fails is said with its line, in order, and changes nothing for the others.
    fs::write(folder.path("in/2.xml"), "<Document>altered</Document>\n").unwrap();
    lines[1]["key"] = json!("a.pub");
    lines[5]["context"] = json!("pain");
    lines[6]["key"] = json!("absent.pub");
    lines[7]["file"] = json!("absent.xml");
    list(&folder, "in/list", &lines);
    let run = folder
        .line("verify -q --format raw --batch in/list")
        .ends(5);
    let text = run.text();
    let said: Vec<&str> = text.lines().collect();
    let starts = [
        "line 2: in/1.xml: error: in/1.xml.sig: ML-DSA-44 signature: expected 2420 bytes, got 3309 bytes",
        "line 3: in/2.xml: invalid: MLDSA44-Ed25519-SHA512 signature, key ",
        "line 6: in/0.xml: invalid: ML-DSA-44 signature, key ",
        "line 7: in/0.xml: error: in/absent.pub: cannot read: No such file or directory",
        "line 8: in/absent.xml: error: in/absent.xml: cannot read: No such file or directory",
        "9 signatures: 4 valid, 3 errors, 2 invalid",
    ];
    assert_eq!(said.len(), starts.len(), "{run}");
    for (said, start) in said.iter().zip(starts) {
        assert!(said.starts_with(start), "{said}\n{start}");
    }
    assert_eq!(run.err(), "");

    let run = folder
        .line("--json verify --policy policy.toml --format raw --batch in/list")
        .ends(5);
    let (objects, summary) = objects(&run);
    let lines: Vec<(&Value, &Value)> = objects
        .iter()
        .map(|object| (&object["line"], &object["verdict"]))
        .collect();
    let (invalid, none) = (&json!("invalid"), &Value::Null);
    let numbers: Vec<Value> = [2, 3, 6, 7, 8].iter().map(|number| json!(number)).collect();
    let verdicts = [none, invalid, invalid, none, none];
    assert!(
        lines.iter().copied().eq(numbers.iter().zip(verdicts)),
        "{run}"
    );
    assert_eq!(objects[0]["error"]["exit"], 3);
    assert_eq!(objects[0]["error"]["code"], "length");
    assert_eq!(objects[1]["algorithm"], "MLDSA44-Ed25519-SHA512");
    assert_eq!(objects[1]["file"], "in/2.xml");
    assert_eq!(objects[4]["error"]["where"], "in/absent.xml");
    assert_eq!(summary["signatures"], 9);
    assert_eq!(summary["valid"], 4);
    assert_eq!(summary["invalid"], 2);
    assert_eq!(summary["errors"], 3);
    assert_eq!(summary["warnings"].as_array().unwrap().len(), 1);
}

#[test]
fn key_and_context_of_the_command_line_are_those_of_lines_without() {
    let folder = prepared();
    list(
        &folder,
        "in/list",
        &[
            json!({ "file": "0.xml", "signature": "text.sig" }),
            json!({ "file": "0.xml", "context": "" }),
            json!({ "file": "1.xml", "key": "b.pub", "context": "" }),
        ],
    );
    folder
        .line("verify --format raw --key in/a.pub --context pacs --batch in/list")
        .ok();
    // `--key` is relative to the current folder, unlike the keys in the list.
    folder
        .line("verify --format raw --key a.pub --batch in/list")
        .ends(5);
    let run = folder
        .line("verify --format raw --key in/a.pub --batch in/list")
        .ends(1);
    assert!(run.text().starts_with("line 1: in/0.xml: invalid"), "{run}");
    let run = folder.line("verify --format raw --batch in/list").ends(2);
    let missing = "line 1: in/0.xml: error: key of the line: expected key in the line, or --key or --trust, got none\n";
    assert!(run.text().starts_with(missing), "{run}");
    // A context belongs to raw signatures, here as there.
    let run = folder.line("verify --key in/a.pub --batch in/list").ends(3);
    let other = "line 2: in/0.xml: error: context string: expected --format raw, the only one that carries one, got cms\n";
    assert!(run.text().contains(other), "{run}");
    folder
        .line("verify --key in/a.pub --context pacs --batch in/list")
        .fails(
            2,
            "context string: expected --format raw, the only one that carries one, got cms",
        );
}

#[test]
fn lines_are_read_strictly() {
    let folder = prepared();
    let right = r#"{"file":"0.xml","key":"a.pub"}"#;
    let longest = format!("{}{right}", " ".repeat(64 * 1024 - right.len()));
    let cases: Vec<(Vec<u8>, &str)> = vec![
        (right.into(), ""),
        (longest.clone().into_bytes(), ""),
        (
            format!(" {longest}").into_bytes(),
            "error: line of the list: expected at most 65536 bytes, got more",
        ),
        (
            format!("{}{right}", " ".repeat(300_000)).into_bytes(),
            "error: line of the list: expected at most 65536 bytes, got more",
        ),
        (right.into(), ""),
        (
            r#"{"file":"0.xml","key":"a.pub","other":1}"#.into(),
            "unknown field `other`, expected one of `file`, `signature`, `key`, `context`, `context_hex` at column 37",
        ),
        (
            r#"{"file":"0.xml","file":"0.xml","key":"a.pub"}"#.into(),
            "duplicate field `file` at column 22",
        ),
        (
            r#"{"key":"a.pub"}"#.into(),
            "missing field `file` at column 15",
        ),
        (
            r#"{"file":7}"#.into(),
            "invalid type: integer `7`, expected a string at column 9",
        ),
        (Vec::new(), "EOF while parsing a value at column 0"),
        (
            format!("{right} {right}").into(),
            "trailing characters at column 32",
        ),
        (
            format!("[{right}]").into(),
            "invalid type: map, expected a string at column 1",
        ),
        (
            b"{\"file\":\"\xff\"}".to_vec(),
            "invalid unicode code point at column 10",
        ),
        (
            r#"{"file":"0.xml","key":"a.pub","context":"a","context_hex":"61"}"#.into(),
            "error: line of the list: expected context or context_hex, got both",
        ),
        (
            r#"{"file":"0.xml","key":"a.pub","context_hex":"6"}"#.into(),
            "error: context_hex of the line: expected pairs of hexadecimal digits, got Odd number of digits",
        ),
        (
            format!(
                r#"{{"file":"0.xml","key":"a.pub","context_hex":"{}"}}"#,
                "00".repeat(256)
            )
            .into(),
            "error: context string: expected at most 255 bytes, got 256 bytes",
        ),
        (
            r#"{"file":"\u001b[2J.xml","key":"a.pub"}"#.into(),
            r"in/\u{1b}[2J.xml: error: in/\u{1b}[2J.xml: cannot read: No such file",
        ),
        (right.into(), ""),
    ];
    let bytes: Vec<&[u8]> = cases.iter().map(|(line, _)| line.as_slice()).collect();
    folder.write("in/list", bytes.join(&b'\n'));
    let run = folder
        .line("verify -q --format raw --batch in/list")
        .ends(5);
    let text = run.text();
    let mut said = text.lines();
    for (number, (_, words)) in cases.iter().enumerate() {
        if words.is_empty() {
            continue;
        }
        let found = said.next().unwrap();
        let wanted = match words.contains("error: ") {
            true => format!("line {}: {words}", number + 1),
            false => format!("line {}: {WANTED}{words}", number + 1),
        };
        assert!(found.starts_with(&wanted), "{found}\n{wanted}");
    }
    assert_eq!(said.next(), Some("18 signatures: 4 valid, 14 errors"));
    assert_eq!(said.next(), None);

    // A list without a line says nothing, least of all yes.
    folder.write("in/empty", "");
    fs::create_dir(folder.path("in/none")).unwrap();
    for list in ["in/empty", "in/none"] {
        folder
            .line(&format!(
                "verify --format raw --key in/a.pub --batch {list}"
            ))
            .fails(3, "list of signatures: expected at least one, got none");
    }
    folder.write("in/blank", "\n");
    folder
        .line("verify --format raw --key in/a.pub --batch in/blank")
        .ends(3);
    folder
        .line("verify --format raw --key in/a.pub --batch in/absent")
        .fails(
            5,
            "in/absent: cannot read: No such file or directory (os error 2)",
        );
}

#[test]
fn a_folder_of_signed_files() {
    let folder = prepared();
    fs::create_dir(folder.path("out")).unwrap();
    for name in ["m1.xml", "m2.xml", "m3.txt"] {
        folder.write(&format!("out/{name}"), name);
    }
    folder
        .line("sign -q --key a.key out/m1.xml out/m2.xml out/m3.txt")
        .ok();
    folder
        .line("sign -q --key a.key --format raw --beside out/m1.xml")
        .ok();
    let verify = "verify --key in/a.pub --batch out";
    // The raw signature is a file of this folder too, and has no CMS signature.
    let run = folder.line(verify).ends(5);
    let unsigned = "out/m1.xml.sig: error: out/m1.xml.sig.p7s: cannot read: No such file or directory (os error 2)\n4 signatures: 3 valid, 1 errors\n";
    assert_eq!(run.text(), unsigned);
    folder.remove(&["out/m1.xml.sig"]);
    fs::create_dir(folder.path("out/sub")).unwrap();
    folder.write("out/sub/unsigned", "x");
    let run = folder.line(verify).ok();
    let all = "3 signatures: 3 valid; 1 folders in it were not entered\n";
    assert_eq!(run.text(), all);

    // Whoever takes a signature away, or a file, does not go unnoticed.
    folder.remove(&["out/m2.xml.p7s", "out/m3.txt"]);
    let run = folder.line(verify).ends(5);
    let text = run.text();
    assert!(
        text.contains("out/m2.xml: error: out/m2.xml.p7s: cannot read"),
        "{run}"
    );
    assert!(
        text.contains("out/m3.txt: error: out/m3.txt: cannot read"),
        "{run}"
    );
    assert!(text.contains("3 signatures: 1 valid, 2 errors"), "{run}");
    let run = folder.line(&format!("--json {verify}")).ends(5);
    let (objects, summary) = objects(&run);
    assert!(objects.iter().all(|object| object["line"].is_null()));
    assert_eq!(summary["folders"], 1);
    assert_eq!(summary["errors"], 2);
}

#[test]
fn every_format_and_every_way_to_say_whom_to_believe() {
    let folder = prepared();
    folder
        .line("cert self-sign -q --key a.key --subject CN=A -o in/a.crt")
        .ok();
    for format in ["cms", "jws"] {
        folder
            .line(&format!(
                "sign -q --key a.key --format {format} in/0.xml in/5.xml"
            ))
            .ok();
    }
    let lines = [json!({ "file": "0.xml" }), json!({ "file": "5.xml" })];
    list(&folder, "in/list", &lines);
    for options in [
        "--key in/a.pub",
        "--key in/a.crt",
        "--trust in/a.crt",
        "--key in/a.pub --format jws",
        "--key in/a.pub --format raw",
    ] {
        let run = folder
            .line(&format!("verify {options} --batch in/list"))
            .ok();
        assert_eq!(run.text(), "2 signatures: 2 valid\n", "{options}");
    }
    folder.write("in/5.xml", "<Document>altered</Document>\n");
    for (options, said) in [
        (
            "--key in/a.pub",
            "line 2: in/5.xml: invalid: the content is not the one that was signed; ML-DSA-44 signature",
        ),
        (
            "--trust in/a.crt",
            "line 2: in/5.xml: invalid: the content is not the one",
        ),
        (
            "--key in/a.pub --format jws",
            "line 2: in/5.xml: invalid: ML-DSA-44 signature",
        ),
        (
            "--key in/a.pub --format raw",
            "line 2: in/5.xml: invalid: ML-DSA-44 signature",
        ),
    ] {
        let run = folder
            .line(&format!("verify {options} --batch in/list"))
            .ends(1);
        assert!(run.text().starts_with(said), "{run}");
        assert!(
            run.text().ends_with("2 signatures: 1 valid, 1 invalid\n"),
            "{run}"
        );
    }
    // Certificates do not go with raw signatures, nor do options for one file with a list.
    for (options, status) in [
        ("--trust in/a.crt --format raw", 2),
        ("--key in/a.pub --explain", 2),
        ("--key in/a.pub --signature in/0.xml.p7s", 2),
        ("--key in/a.pub --attached", 2),
        ("--key in/a.pub -o out", 2),
        ("--key in/a.pub --passphrase-fd 0 --keyring -", 5),
    ] {
        let list = if status == 5 { "in/absent" } else { "in/list" };
        let run = folder
            .line(&format!("verify {options} --batch {list}"))
            .ends(status);
        assert!(run.stdout.is_empty(), "{run}");
    }
    folder
        .line("verify --key in/a.pub --batch in/list in/0.xml")
        .ends(2);
    folder
        .line("verify --key in/a.pub --passphrase-fd 0 --batch -")
        .fails(2, "standard input: expected one purpose, got several");
}

#[test]
fn keys_of_the_keyring() {
    let folder = prepared();
    folder.write("unlock", [7; 32]);
    use std::os::unix::fs::PermissionsExt;
    let private = fs::Permissions::from_mode(0o600);
    fs::set_permissions(folder.path("unlock"), private).unwrap();
    let ring = "--keyring ring.db --unlock-file unlock";
    for line in [
        "init",
        "key new payments/out --algorithm ML-DSA-44",
        "sign --key payments/out --force --format raw -o in/0.xml.sig in/0.xml",
        "key rotate payments/out",
        "sign --key payments/out --force --format raw -o in/1.xml.sig in/1.xml",
    ] {
        folder.line(&format!("-q {ring} {line}")).ok();
    }
    let lines = [
        json!({ "file": "0.xml", "key": "payments/out" }),
        json!({ "file": "1.xml", "key": "key:payments/out" }),
        json!({ "file": "5.xml", "key": "a.pub" }),
    ];
    list(&folder, "in/list", &lines);
    let verify = format!("{ring} verify --format raw --batch in/list");
    let run = folder.line(&verify).ok();
    assert_eq!(run.text(), "3 signatures: 3 valid\n");
    // State is asked when it counts, and each line has the verdict that it has by itself.
    folder
        .line(&format!(
            "-q {ring} key compromise payments/out --version 1 --since 2020-01-01 --reason lost"
        ))
        .ok();
    let run = folder.line(&verify).ends(4);
    assert!(
        run.text().starts_with("line 1: in/0.xml: untrusted: "),
        "{run}"
    );
    assert!(
        run.text().ends_with("3 signatures: 2 valid, 1 untrusted\n"),
        "{run}"
    );
    let run = folder.line(&format!("--json {verify}")).ends(4);
    let (objects, _) = objects(&run);
    assert_eq!(objects[0]["version"], 1);
    assert_eq!(objects[0]["key"], "payments/out");
    // A name that is a file, too, is asked back, as with `--key`.
    fs::create_dir(folder.path("in/payments")).unwrap();
    fs::copy(folder.path("in/a.pub"), folder.path("in/payments/out")).unwrap();
    let run = folder.line(&verify).ends(2);
    assert!(
        run.text()
            .starts_with("line 1: in/0.xml: error: key: expected key:payments/out for the key"),
        "{run}"
    );
}

/// On a terminal, once it has taken a second: here because the list takes so long to come.
#[test]
fn a_terminal_sees_how_far_it_has_come() {
    let folder = prepared();
    let made = Command::new("mkfifo").arg(folder.path("in/list")).status();
    assert!(made.unwrap().success());
    let verify = "verify --format raw --key in/a.pub --batch in/list";
    let Some(terminal) = Terminal::start(&folder, verify) else {
        return;
    };
    let line = "{\"file\":\"0.xml\"}\n";
    let mut list = fs::File::options()
        .write(true)
        .open(folder.path("in/list"))
        .unwrap();
    list.write_all(line.repeat(1000).as_bytes()).unwrap();
    thread::sleep(Duration::from_millis(1500));
    list.write_all(line.repeat(1000).as_bytes()).unwrap();
    drop(list);
    let (status, text) = terminal.end();
    assert_eq!(status, 0, "{text}");
    assert!(text.contains(" signatures, "), "{text}");
    assert!(text.contains("2000 signatures: 2000 valid\n"), "{text}");
}

/// What the README shows, as it stands there.
#[test]
fn the_example_of_the_readme() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).unwrap();
    let section = text.split("### Many signatures at once").nth(1).unwrap();
    let block = section.split("```").nth(1).unwrap();
    let commands = block.strip_prefix("sh\n").unwrap();
    let folder = Folder::new();
    let run = folder.shell(commands).ends(1);
    assert!(run.text().contains("3 signatures: 3 valid\n"), "{run}");
    assert!(
        run.text().contains("line 2: archive/pacs2.xml: invalid: "),
        "{run}"
    );
    assert!(
        run.text().ends_with("2 signatures: 1 valid, 1 invalid\n"),
        "{run}"
    );
}

#[test]
fn a_policy_is_asked_for_each_line() {
    let folder = prepared();
    folder.write(
        "policy.toml",
        "version = 1\nname = \"strict\"\n[[rule]]\nname = \"no-44\"\nuse = [\"verify\"]\nalgorithms = [\"ML-DSA-44\"]\nrefuse = true\nharm = \"it is a test\"\n",
    );
    let lines = [
        json!({ "file": "0.xml", "key": "a.pub" }),
        json!({ "file": "1.xml", "key": "b.pub" }),
        json!({ "file": "5.xml", "key": "a.pub" }),
    ];
    list(&folder, "in/list", &lines);
    let verify = "verify --policy policy.toml --format raw --batch in/list";
    let run = folder.line(verify).ends(4);
    let text = run.text();
    assert!(
        text.starts_with("line 1: in/0.xml: refused-by-policy: "),
        "{run}"
    );
    assert!(text.contains("it is a test"), "{run}");
    assert!(
        text.ends_with("3 signatures: 1 valid, 2 refused-by-policy\n"),
        "{run}"
    );
    let run = folder.line(&format!("--json {verify}")).ends(4);
    let (objects, summary) = objects(&run);
    assert_eq!(objects[0]["rule"], "no-44");
    assert_eq!(summary["refused-by-policy"], 2);
}

/// Long enough for several rounds of several threads, with failures at known places.
#[test]
fn the_lines_that_fail_are_the_lines_that_are_said() {
    let folder = prepared();
    let big = "x".repeat(600_000);
    folder.write("in/big.xml", &big);
    folder
        .line("sign -q --key b.key --format raw --beside in/big.xml")
        .ok();
    let lines: Vec<Value> = (1..=3000)
        .map(|number| match number {
            // Wrong keys of the same algorithm, right ones of others, and messages of every length.
            number if number % 97 == 0 => {
                json!({ "file": "0.xml", "signature": "5.xml.sig", "key": "a.pub" })
            }
            number if number % 500 == 1 => json!({ "file": "big.xml", "key": "b.pub" }),
            number if number % 5 == 0 => json!({ "file": "2.xml", "key": "h.pub" }),
            number if number % 2 == 0 => json!({ "file": "1.xml", "key": "b.pub" }),
            _ => json!({ "file": "5.xml", "key": "a.pub" }),
        })
        .collect();
    list(&folder, "in/list", &lines);
    for jobs in ["1", "3", "1000000"] {
        let run = folder
            .line(&format!(
                "verify --format raw --jobs {jobs} --batch in/list"
            ))
            .ends(1);
        let text = run.text();
        let mut said = text.lines();
        for number in (97..=3000).step_by(97) {
            let start = format!("line {number}: in/0.xml: invalid: ML-DSA-44 signature");
            assert!(said.next().unwrap().starts_with(&start), "{number}");
        }
        assert_eq!(said.next(), Some("3000 signatures: 2970 valid, 30 invalid"));
    }
}

/// A list may name anything.
#[test]
fn what_is_no_file_is_not_waited_for() {
    let folder = prepared();
    let made = Command::new("mkfifo").arg(folder.path("in/pipe")).status();
    assert!(made.unwrap().success());
    let lines = [
        json!({ "file": "pipe", "signature": "0.xml.sig", "key": "a.pub" }),
        json!({ "file": "0.xml", "signature": "pipe", "key": "a.pub" }),
        json!({ "file": "0.xml", "key": "pipe" }),
        json!({ "file": "/dev/zero", "signature": "0.xml.sig", "key": "a.pub" }),
        json!({ "file": ".", "signature": "0.xml.sig", "key": "a.pub" }),
        json!({ "file": "-", "signature": "0.xml.sig", "key": "a.pub" }),
        json!({ "file": "0.xml", "key": "-" }),
    ];
    list(&folder, "in/list", &lines);
    let run = folder.line("verify --format raw --batch in/list").ends(5);
    let text = run.text();
    assert_eq!(
        text.matches("expected a regular file, got something else")
            .count(),
        5,
        "{run}"
    );
    assert_eq!(
        text.matches("in/-: cannot read: No such file").count(),
        2,
        "{run}"
    );
    assert!(text.ends_with("7 signatures: 0 valid, 7 errors\n"), "{run}");
}

/// The most memory that a batch from standard input has taken, after so many lines of each number; it ends
/// with this status, and says so many lines.
fn peaks(folder: &Folder, lines: [usize; 2], line: impl Fn(usize) -> String) -> ([u64; 2], Run) {
    let mut child = Command::new(support::CHOP)
        .args(["-q", "verify", "--format", "raw", "--batch", "-"])
        .current_dir(folder.path("in"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    let said = thread::spawn(move || {
        let mut said = Vec::new();
        stdout.read_to_end(&mut said).unwrap();
        said
    });
    let mut written = 0;
    let peaks = lines.map(|until| {
        let text: String = (written..until).map(&line).collect();
        written = until;
        stdin.write_all(text.as_bytes()).unwrap();
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.unwrap().trim().trim_end_matches(" kB");
        peak.parse().unwrap()
    });
    drop(stdin);
    let run = Run {
        line: "verify --batch -".to_owned(),
        status: child.wait().unwrap().code().unwrap(),
        stdout: said.join().unwrap(),
        stderr: Vec::new(),
    };
    (peaks, run)
}

/// However long the list is, what was done is not kept: ten million lines take no more than some thousands.
#[test]
fn a_long_list_takes_little_memory() {
    const LINES: [usize; 2] = [20_000, 200_000];
    let folder = prepared();
    let ([early, late], run) = peaks(&folder, LINES, |number| {
        // Every seventh does not hold.
        let file = if number % 7 == 0 { "5.xml" } else { "0.xml" };
        format!("{{\"file\":\"{file}\",\"signature\":\"0.xml.sig\",\"key\":\"a.pub\"}}\n")
    });
    assert_eq!(run.status, 1);
    let text = run.text();
    assert!(text.ends_with("200000 signatures: 171428 valid, 28572 invalid\n"));
    assert_eq!(text.lines().count(), 28_573);
    // Six bytes for each of the other lines.
    assert!(late < early + 1024, "{early} KiB, then {late} KiB");
    assert!(late < 32 << 10, "{late} KiB");
}

/// Nor are keys, however many the list names: of these a prepared one takes 20 KiB.
#[test]
fn a_list_of_many_keys_takes_little_memory() {
    let folder = prepared();
    let key = folder.read("in/a.pub");
    for number in 0..3000 {
        folder.write(&format!("in/{number}.pub"), &key);
    }
    let ([_, late], run) = peaks(&folder, [3000, 9000], |number| {
        let key = match number % 11 {
            // There is none of this name, which is another one each time.
            0 => format!("{number}{}", "no".repeat(100)),
            _ => (number % 3000).to_string(),
        };
        format!("{{\"file\":\"0.xml\",\"key\":\"{key}.pub\"}}\n")
    });
    assert_eq!(run.status, 5);
    let text = run.text();
    assert!(
        text.ends_with("9000 signatures: 8181 valid, 819 errors\n"),
        "{text}"
    );
    assert!(late < 56 << 10, "{late} KiB");
}
