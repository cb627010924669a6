//! Signatures that other software reads: CMS, JWS, certificates, many files, files of any size.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod support;

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, Stdio};

use support::Folder;

/// A folder with a key pair, its certificate and a message.
fn prepared() -> Folder {
    let folder = Folder::new();
    folder.write("pacs008.xml", "<Document>976800.00</Document>\n");
    for line in [
        "keygen ML-DSA-44 -o a.key --pub a.pub -q",
        "keygen ECDSA-P256-SHA256 -o b.key --pub b.pub -q",
        "cert self-sign --key a.key --subject CN=A,O=Bank -o a.crt -q",
        "cert self-sign --key b.key --subject CN=B,O=Bank -o b.crt -q",
    ] {
        folder.line(line).ok();
    }
    folder
}

#[test]
fn cms_is_the_default_and_detached() {
    let folder = prepared();
    folder
        .line("sign --key a.key -o pacs008.xml.p7s pacs008.xml")
        .ok();
    let der = folder.read("pacs008.xml.p7s");
    assert!(der.starts_with(&[0x30, 0x82]));
    assert!(!der.windows(9).any(|part| part == b"976800.00"));
    for line in [
        "verify --key a.pub pacs008.xml",
        "verify --key a.crt pacs008.xml",
        "verify --trust a.crt pacs008.xml",
        "verify --key a.pub --signature pacs008.xml.p7s pacs008.xml",
        "verify --key a.pub --explain pacs008.xml",
    ] {
        let run = folder.line(line).ok();
        assert!(
            run.text().starts_with("valid: ML-DSA-44 signature"),
            "{run}"
        );
        assert!(run.text().contains(", claimed time 20"), "{run}");
    }
    folder.write("pacs008.xml", "<Document>996800.00</Document>\n");
    for line in [
        "verify --key a.pub pacs008.xml",
        "verify --trust a.crt pacs008.xml",
    ] {
        let run = folder.line(line).ends(1);
        let words = "invalid: the content is not the one that was signed; ML-DSA-44 signature";
        assert!(run.text().starts_with(words), "{run}");
        assert!(!run.text().contains("claimed time"), "{run}");
    }
    let run = folder.line("verify --trust b.crt pacs008.xml").ends(4);
    assert!(run.text().starts_with("untrusted: "), "{run}");
    folder
        .line("verify --key b.pub pacs008.xml")
        .fails(3, "pacs008.xml.p7s: signer 1: signature algorithm: expected one of a key of ECDSA-P256-SHA256, got ML-DSA-44");
}

#[test]
fn every_shape_of_a_signature_is_read_back() {
    let folder = prepared();
    for options in [
        "--format cms",
        "--format cms --pem",
        "--format cms --no-attributes",
        "--format cms --deterministic",
        "--format cms --certificate a.crt",
        "--format jws",
        "--format jws --kid outgoing",
        "--format raw",
        "--format raw --context pay/v1",
    ] {
        let format = options.split_whitespace().nth(1).unwrap();
        folder
            .line(&format!(
                "sign --key a.key {options} -o sig --force pacs008.xml"
            ))
            .ok();
        let context = match options.split_once("--context ") {
            Some((_, context)) => format!("--context {context}"),
            None => String::new(),
        };
        let verify = format!("verify --key a.pub --format {format} {context} --signature sig");
        folder.line(&format!("{verify} pacs008.xml")).ok();
        folder.line(&format!("{verify} a.pub")).ends(1);
        // By a pipe, both ways.
        let signed = folder
            .line(&format!("sign --key a.key {options} -"))
            .stdin("from a pipe")
            .ok();
        folder.write("sig", &signed.stdout);
        folder
            .line(&format!("{verify} -"))
            .stdin("from a pipe")
            .ok();
        folder.line(&format!("{verify} -")).stdin("another").ends(1);
    }
}

#[test]
fn attached_content_is_handed_out_once_it_is_good() {
    let folder = prepared();
    folder
        .line("sign --key a.key --attached -o signed.p7m pacs008.xml")
        .ok();
    folder
        .line("verify --key a.pub -o content.xml signed.p7m")
        .ok();
    assert_eq!(folder.read("content.xml"), folder.read("pacs008.xml"));
    let run = folder.line("verify --key a.pub -o - -q signed.p7m").ok();
    assert_eq!(run.stdout, folder.read("pacs008.xml"));

    let mut forged = folder.read("signed.p7m");
    let at = forged.windows(9).position(|part| part == b"976800.00");
    forged[at.unwrap()] = b'8';
    folder.write("forged.p7m", &forged);
    folder
        .line("verify --key a.pub -o forged.xml forged.p7m")
        .ends(1);
    folder
        .line("verify --trust b.crt -o forged.xml signed.p7m")
        .ends(4);
    assert!(!folder.exists("forged.xml"));
    // Where content is expected stands nothing else.
    let run = folder.line("verify --key a.pub -o - -q forged.p7m").ends(1);
    assert_eq!(run.text(), "");
    assert!(run.err().starts_with("invalid: "), "{run}");
    let run = folder.line("verify --key a.pub --attached signed.p7m").ok();
    assert!(run.text().ends_with("; of the content inside\n"), "{run}");
    folder
        .line("verify --key a.pub --signature signed.p7m pacs008.xml")
        .fails(2, "content: expected nothing beside the message, which has its content inside, got a file");
    folder.line("sign --key a.key -o detached pacs008.xml").ok();
    folder
        .line("verify --key a.pub --attached detached")
        .fails(2, "detached: --attached: expected a CMS message with its content inside, got a detached signature");
    // What is inside a file is looked at on request alone: a signature beside it cannot be left out.
    folder
        .line("verify --key a.pub signed.p7m")
        .fails(2, "signed.p7m: signature of the file: expected --signature FILE, signed.p7m.p7s beside it, or --attached for CMS with its content inside, got none");
}

#[test]
fn text_that_was_signed_with_other_line_ends_gets_a_hint() {
    let folder = prepared();
    folder.write("unix.txt", "one\ntwo\n");
    folder.write("dos.txt", "one\r\ntwo\r\n");
    folder.line("sign --key a.key -o sig dos.txt").ok();
    let run = folder
        .line("verify --key a.pub --signature sig unix.txt")
        .ends(1);
    assert!(
        run.text().contains("; it would hold with CRLF line ends"),
        "{run}"
    );
    let run = folder
        .line("verify --key a.pub --signature sig pacs008.xml")
        .ends(1);
    assert!(!run.text().contains("CRLF"), "{run}");
    // A pipe with a name is read once.
    let run = folder
        .shell("mkfifo pipe; cat unix.txt > pipe & chop verify --key a.pub --signature sig pipe")
        .ends(1);
    assert!(!run.text().contains("CRLF"), "{run}");
}

/// A message of 300 MB through a pipe: what the process ever had in memory, just before it ends.
#[test]
fn a_long_message_takes_little_memory() {
    const MOST: u64 = 32 << 10;
    let folder = prepared();
    for format in ["cms", "raw", "jws"] {
        let mut child = Command::new(support::CHOP)
            .args([
                "-q", "sign", "--key", "a.key", "--force", "-o", "sig", "--format", format, "-",
            ])
            .current_dir(folder.path(""))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let part = vec![0x20; 1 << 20];
        for _ in 0..300 {
            stdin.write_all(&part).unwrap();
        }
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak: u64 = peak
            .unwrap()
            .trim()
            .trim_end_matches(" kB")
            .parse()
            .unwrap();
        drop(stdin);
        assert!(child.wait().unwrap().success());
        assert!(peak < MOST, "{format}: {peak} KiB");
    }
}

#[test]
fn an_interrupt_leaves_nothing() {
    let folder = prepared();
    let before = folder.snapshot();
    for (name, number) in [("INT", 2), ("TERM", 15), ("HUP", 1)] {
        // Whoever runs the tests may have told them to ignore signals, which is inherited.
        let mut child = Command::new("env")
            .arg("--default-signal=INT,TERM,HUP")
            .arg(support::CHOP)
            .args(["-q", "sign", "--key", "a.key", "-o", "sig", "-"])
            .current_dir(folder.path(""))
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        // It is reading when it has taken more than a pipe holds.
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(&vec![0; 4 << 20]).unwrap();
        let id = child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &id]).status();
        assert!(sent.unwrap().success());
        assert_eq!(child.wait().unwrap().signal(), Some(number));
        assert!(folder.snapshot() == before, "{name}");
    }
}

#[test]
fn several_keys_sign_together() {
    let folder = prepared();
    folder
        .line("sign --key a.key --key b.key --certificate b.crt -o sig pacs008.xml")
        .ok();
    for (line, status) in [
        ("--key a.pub", 0),
        ("--key b.pub", 0),
        ("--key a.pub --key b.pub", 0),
        ("--trust b.crt", 0),
        ("--trust a.crt", 0),
    ] {
        let run = folder
            .line(&format!("verify {line} --signature sig pacs008.xml"))
            .ends(status);
        assert_eq!(run.text().lines().count(), 3, "{run}");
    }
    folder.line("keygen ML-DSA-44 -o c.key --pub c.pub").ok();
    let run = folder
        .line("verify --key a.pub --key c.pub --signature sig pacs008.xml")
        .ends(1);
    assert!(
        run.text()
            .starts_with("invalid: no signature by the ML-DSA-44 key"),
        "{run}"
    );
    for (line, words) in [
        (
            "sign --key a.key --key a.key -o out pacs008.xml",
            "signers: expected each key once, got the same key twice",
        ),
        (
            "sign --key a.key --key b.key --format raw -o out pacs008.xml",
            "several keys: expected --format cms, got another",
        ),
        (
            "sign --key a.key --format jws --attached -o out pacs008.xml",
            "--attached: expected --format cms, got another",
        ),
        (
            "sign --key a.key --kid x -o out pacs008.xml",
            "--kid: expected --format jws, got another",
        ),
        (
            "sign --key a.key --context x -o out pacs008.xml",
            "context string: expected --format raw, the only one that carries one, got cms",
        ),
        (
            "verify --key a.pub --format jws --explain --signature sig pacs008.xml",
            "--explain: expected --format cms or raw, got another",
        ),
        (
            "verify --trust a.crt --format raw --signature sig pacs008.xml",
            "--trust: expected --format cms, got another",
        ),
    ] {
        folder.line(line).fails(2, words);
    }
    folder
        .line("sign --key a.key --certificate b.crt -o out pacs008.xml")
        .fails(3, "b.crt: certificate: expected one of a key that signs, got one of another key, subject CN=B,O=Bank");
    assert!(!folder.exists("out"));
}

#[test]
fn many_files_get_a_line_each_and_the_worst_counts() {
    let folder = prepared();
    let files: Vec<String> = (0..20).map(|i| format!("m{i:02}.xml")).collect();
    for file in &files {
        folder.write(file, file);
    }
    let all = files.join(" ");
    for (format, extension) in [("cms", "p7s"), ("jws", "jws"), ("raw", "sig")] {
        for jobs in ["", "--jobs 1", "--jobs 3"] {
            let run = folder
                .line(&format!(
                    "sign --key a.key --format {format} {jobs} --force {all}"
                ))
                .ok();
            assert_eq!(run.err().lines().count(), 20, "{run}");
            let run = folder
                .line(&format!(
                    "verify --key a.pub --format {format} {jobs} {all}"
                ))
                .ok();
            let text = run.text();
            let named: Vec<&str> = text
                .lines()
                .filter_map(|line| line.split(':').next())
                .collect();
            assert_eq!(named, files, "the order of the files");
        }
        assert!(folder.exists(&format!("m07.xml.{extension}")));
    }
    folder
        .line("sign --key a.key --beside --force m00.xml")
        .ok();
    // One changed, one without a signature, one missing: each has its line, the others are good.
    folder.write("m03.xml", "changed");
    folder.remove(&["m05.xml.p7s", "m09.xml"]);
    let run = folder.line(&format!("verify --key a.pub {all}")).ends(5);
    assert_eq!(run.text().lines().count(), 18, "{run}");
    assert_eq!(run.err().lines().count(), 2, "{run}");
    assert_eq!(run.text().matches(": valid: ").count(), 17);
    let json = folder
        .line(&format!("--json verify --key a.pub {all}"))
        .ends(5)
        .json();
    assert_eq!(json["files"].as_array().unwrap().len(), 20);

    // What exists is not replaced, and the others are signed.
    folder.remove(&["m01.xml.p7s"]);
    let run = folder.line("sign --key a.key m01.xml m02.xml").ends(5);
    assert!(folder.exists("m01.xml.p7s"), "{run}");
    assert_eq!(
        run.err().lines().last().unwrap(),
        "chop: error: m02.xml.p7s: file exists: expected a new name, or --force to replace it"
    );
    folder
        .line("sign --key a.key -o out m01.xml m02.xml")
        .fails(
            2,
            "-o: expected one file to sign; signatures of several go beside them, got 2 files",
        );
}

/// Larger than what is held in memory at a time, with different bytes at its end.
#[test]
fn long_files_are_signed_as_they_pass() {
    let folder = prepared();
    let long = |name: &str, last: &[u8]| {
        let mut file = File::create(folder.path(name)).unwrap();
        file.seek(SeekFrom::Start(70 << 20)).unwrap();
        file.write_all(last).unwrap();
    };
    long("long", b"end");
    long("other", b"END");
    for format in ["cms", "jws", "raw"] {
        for key in ["a", "b"] {
            folder
                .line(&format!(
                    "sign --key {key}.key --format {format} -o sig --force long"
                ))
                .ok();
            let verify = format!("verify --key {key}.pub --format {format} --signature sig");
            folder.line(&format!("{verify} long")).ok();
            let explain = if format == "jws" { "" } else { "--explain" };
            folder.line(&format!("{verify} {explain} other")).ends(1);
            folder.shell(&format!("cat long | chop {verify} -")).ok();
        }
    }
    folder
        .line("sign --key a.key --attached -o out long")
        .fails(3, "long: attached content: expected at most 67108864 bytes; a detached signature has no limit, got more");
    assert!(!folder.exists("out"));
}

#[test]
fn certificates_are_made_and_shown() {
    let folder = prepared();
    let run = folder.line("cert show a.crt b.crt").ok();
    for words in [
        "CN=A,O=Bank",
        "CN=B,O=Bank",
        "self-signed  yes",
        "basicConstraints (critical)",
    ] {
        assert!(run.text().contains(words), "{words}: {run}");
    }
    folder
        .line("cert self-sign --key a.key --subject CN=A --days 0 --der -o zero.crt")
        .ok();
    assert!(folder.read("zero.crt").starts_with(&[0x30, 0x82]));
    folder.line("cert show zero.crt").ok();
    for (line, status, words) in [
        (
            "cert self-sign --key a.key --subject nonsense -o out",
            2,
            "subject of a certificate: expected a name such as CN=Outgoing payments,O=Example Bank,C=CN (RFC 4514), each part of 1 to 64 characters, a country of two letters, got nonsense",
        ),
        (
            "cert self-sign --key a.pub --subject CN=A -o out",
            4,
            "a.pub: key of the wrong kind: expected a private key, got PUBLIC KEY",
        ),
        (
            "cert show a.pub",
            4,
            "a.pub: PEM block: expected CERTIFICATE, got PUBLIC KEY",
        ),
        (
            "verify --trust a.pub --signature a.crt pacs008.xml",
            4,
            "a.pub: PEM block: expected CERTIFICATE, got PUBLIC KEY",
        ),
    ] {
        folder.line(line).fails(status, words);
    }
    folder.line("keygen ML-KEM-768 -o kem.key").ok();
    folder
        .line("cert self-sign --key kem.key --subject CN=A -o out")
        .ends(4);
    assert!(!folder.exists("out"));
}
