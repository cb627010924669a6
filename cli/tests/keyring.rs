//! The keyring as a user has it: the story of one key, two processes at once, and what is refused.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod support;

use std::thread;

use serde_json::Value;
use support::{Chop, Folder, Run};

/// A folder with a keyring that a file unlocks, and three messages.
struct Ring(Folder);

impl Ring {
    fn new() -> Self {
        let ring = Self(Folder::new());
        for number in 1..=3 {
            ring.0.write(
                &format!("m{number}"),
                format!("<Document>{number}</Document>\n"),
            );
        }
        ring.line("init --new-unlock-file unlock").ok();
        ring
    }

    fn chop(&self, args: &[&str]) -> Chop {
        let keyring = self.0.path("keyring.db");
        let unlock = self.0.path("unlock");
        self.0
            .chop(args)
            .env("CHOP_KEYRING", keyring.to_str().unwrap())
            .env(
                "CHOP_UNLOCK_FILE",
                if args.contains(&"init") {
                    ""
                } else {
                    unlock.to_str().unwrap()
                },
            )
    }

    fn line(&self, line: &str) -> Chop {
        self.chop(&line.split_whitespace().collect::<Vec<_>>())
    }

    fn json(&self, line: &str) -> Value {
        let run = self.line(&format!("--json {line}")).run();
        serde_json::from_slice(&run.stdout).unwrap_or_else(|error| panic!("{line}: {error}: {run}"))
    }
}

#[test]
fn the_story_of_a_key_is_the_one_an_auditor_expects() {
    let ring = Ring::new();
    let ok = |line: &str| -> Run { ring.line(line).ok() };
    ok(
        "key new payments/outgoing --algorithm ECDSA-P256-SHA256 --max-uses 100 --label department=treasury",
    );
    ok("sign --key payments/outgoing -o m1.p7s m1");
    ok("key rotate payments/outgoing");
    ok("sign --key payments/outgoing -o m2.p7s m2");
    ok("sign --key payments/outgoing --format raw -o m3.sig m3");
    ring.chop(&[
        "key",
        "rotate",
        "payments/outgoing",
        "--algorithm",
        "ML-DSA-65",
        "--reason",
        "year end",
    ])
    .ok();
    ok("sign --key payments/outgoing --format jws -o m3.jws m3");

    // Old signatures verify by the same name, and the answer says which version it was.
    for (line, version, algorithm) in [
        (
            "verify --key payments/outgoing --signature m1.p7s m1",
            1,
            "ECDSA-P256-SHA256",
        ),
        (
            "verify --key payments/outgoing --signature m2.p7s m2",
            2,
            "MLDSA65-ECDSA-P256-SHA512",
        ),
        (
            "verify --key payments/outgoing --format raw --signature m3.sig m3",
            2,
            "MLDSA65-ECDSA-P256-SHA512",
        ),
        (
            "verify --key payments/outgoing --format jws --signature m3.jws m3",
            3,
            "ML-DSA-65",
        ),
    ] {
        let answer = ring.json(line);
        assert_eq!(answer["verdict"], "valid", "{line}");
        assert_eq!(answer["version"], version, "{line}");
        assert_eq!(answer["algorithm"], algorithm, "{line}");
        assert_eq!(answer["key"], "payments/outgoing", "{line}");
    }
    ring.line("verify --key payments/outgoing --signature m2.p7s m1")
        .ends(1);
    ring.line("verify --key payments/outgoing --format raw --signature m3.sig m1")
        .ends(1);

    // Compromised since before the signature: not trusted. Since after it: the record proves it.
    ring.chop(&[
        "key",
        "compromise",
        "payments/outgoing",
        "--version",
        "2",
        "--since",
        "2020-01-01",
        "--reason",
        "disk stolen",
    ])
    .ok();
    ring.line("verify --key payments/outgoing --signature m2.p7s m2")
        .ends(4);
    assert_eq!(
        ring.json("verify --key payments/outgoing --signature m2.p7s m2")["verdict"],
        "untrusted"
    );
    thread::sleep(std::time::Duration::from_millis(1100));
    let now = ring.json("key show payments/outgoing")["versions"][2]["created"].clone();
    let late = chop::Time::now().unwrap().to_string();
    assert!(now.as_str().unwrap() < late.as_str());
    ring.chop(&[
        "key",
        "compromise",
        "payments/outgoing",
        "--version",
        "3",
        "--since",
        &late,
        "--reason",
        "copied",
    ])
    .ok();
    let later = ring.json("verify --key payments/outgoing --format jws --signature m3.jws m3");
    assert_eq!(later["verdict"], "valid-compromised-later");
    assert!(later["time"]["proven"].as_str().unwrap() < late.as_str());
    ring.line("sign --key payments/outgoing m1").ends(4);

    // The record, in the keyring and without it.
    let actions: Vec<String> = ring.json("audit list")["entries"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| entry["do"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(
        actions.join(" "),
        "init key-new sign rotate deactivate sign sign rotate deactivate sign compromise compromise"
    );
    ok("audit verify");
    ok("audit checkpoint -o kept --pub audit.pub");
    ok("audit export -o log.jsonl");
    let verify = "audit verify log.jsonl --key audit.pub --checkpoint kept";
    ring.0.line(verify).ok();
    let sound = ring.0.read("log.jsonl");
    let altered = String::from_utf8(sound.clone())
        .unwrap()
        .replace("year end", "year enD");
    ring.0.write("log.jsonl", &altered);
    let found = ring.0.line(verify).ends(1);
    assert!(
        String::from_utf8_lossy(&found.stdout).contains("entry 7 is altered"),
        "{found}"
    );
    let shorter: Vec<u8> = sound
        .split_inclusive(|byte| *byte == b'\n')
        .take(6)
        .flatten()
        .copied()
        .collect();
    ring.0.write("log.jsonl", shorter);
    ring.0.line(verify).ends(1);
    ok("audit export --entry 3 -o e3.json");
    ring.0.line("audit verify e3.json --key audit.pub").ok();
    ok("audit export --since kept -o on.json");
    ring.0
        .line("audit verify on.json --key audit.pub --checkpoint kept")
        .ok();
    ok("check");
}

#[test]
fn two_processes_at_once_count_every_use_and_rotate_once() {
    let ring = Ring::new();
    ring.line("key new k --algorithm ML-DSA-44").ok();
    const THREADS: usize = 6;
    const ROUNDS: usize = 5;
    // Whoever signs while another one rotates may find the version gone that it has just opened.
    let (signed, rotated) = thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let ring = &ring;
                scope.spawn(move || {
                    let mut signed = 0;
                    for round in 0..ROUNDS {
                        let line = format!("sign --key k --format raw -o s{thread}-{round} m1");
                        let run = ring.line(&line).run();
                        assert!([0, 4].contains(&run.status), "{run}");
                        signed += u64::from(run.status == 0);
                    }
                    let run = ring.line("key rotate k --algorithm ML-DSA-44").run();
                    assert!([0, 4].contains(&run.status), "{run}");
                    (signed, usize::from(run.status == 0))
                })
            })
            .collect();
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .fold((0, 0), |(a, b), (c, d)| (a + c, b + d))
    });
    assert!(signed > 0 && rotated > 0);
    let shown = ring.json("key show k");
    let versions = shown["versions"].as_array().unwrap();
    let uses: u64 = versions
        .iter()
        .map(|version| version["uses"].as_u64().unwrap())
        .sum();
    assert_eq!(uses, signed);
    assert_eq!(versions.len(), 1 + rotated);
    let active = versions
        .iter()
        .filter(|version| version["state"] == "active")
        .count();
    assert_eq!(active, 1);
    ring.line("check").ok();
}

#[test]
fn a_backup_comes_back_without_its_dead() {
    let ring = Ring::new();
    let ok = |line: &str| ring.line(line).ok();
    ok("key new a --algorithm ML-DSA-44 --max-uses 10");
    ok("key new b --algorithm ML-DSA-44");
    ok("sign --key a --format raw -o s1 m1");
    ok("key deactivate b");
    ok("backup -o ring.backup");
    assert_eq!(ring.0.mode("ring.backup"), 0o600);
    ok("sign --key a --format raw -o s2 m1");
    ok("key destroy b --version 1 --reason end");
    ok("key new c --algorithm ML-DSA-44");
    ok("audit export -o log.jsonl");
    ok("--keyring one.db restore ring.backup");
    ring.line("--keyring one.db restore ring.backup").ends(5);
    ring.line("--keyring one.db sign --key a --format raw -o s3 m1")
        .ends(4);
    ring.line("--keyring one.db key resume a").ends(4);
    ok("--keyring one.db restore --confirm --audit log.jsonl");
    let shown = |ring: &Ring, key: &str| {
        ring.json(&format!("--keyring one.db key show {key}"))["versions"][0].clone()
    };
    assert_eq!(shown(&ring, "a")["uses"], 2);
    assert_eq!(shown(&ring, "b")["state"], "destroyed");
    assert_eq!(shown(&ring, "c")["state"], "destroyed");
    ok("--keyring one.db sign --key a --format raw -o s3 m1");
    ok("--keyring one.db check");
    // Without the export nobody knows how often a was used.
    ok("--keyring two.db restore ring.backup");
    ok("--keyring two.db restore --confirm");
    ring.line("--keyring two.db sign --key a --format raw -o s4 m1")
        .ends(4);
    ok("--keyring two.db check");
    // Every flipped byte of a backup is found.
    let sound = ring.0.read("ring.backup");
    for at in (0..sound.len()).step_by(sound.len() / 12) {
        let mut damaged = sound.clone();
        damaged[at] ^= 1;
        ring.0.write("damaged.backup", damaged);
        let run = ring.line("--keyring three.db restore damaged.backup").run();
        assert!([3, 6].contains(&run.status), "byte {at}: {run}");
        assert!(!ring.0.exists("three.db"));
    }
}

#[test]
fn an_older_copy_is_refused_by_its_witness() {
    let ring = Ring(Folder::new());
    ring.0.write("m1", "m");
    ring.line("init --new-unlock-file unlock --witness witness")
        .ok();
    ring.line("key new k --algorithm ML-DSA-44").ok();
    let older = ring.0.read("keyring.db");
    ring.line("key suspend k").ok();
    ring.line("key list").ok();
    let newer = ring.0.read("keyring.db");
    assert!(older != newer, "the log was not carried over");
    ring.0.write("keyring.db", &older);
    let refused = ring.line("sign --key k --format raw -o s m1").ends(6);
    assert!(
        String::from_utf8_lossy(&refused.stderr).contains("older copy"),
        "{refused}"
    );
    ring.0.write("keyring.db", &newer);
    ring.line("key list").ok();
    ring.0.remove(&["witness"]);
    ring.line("key list").ends(6);
    ring.chop(&["check", "--new-witness", "another", "--reason", "disk lost"])
        .ok();
    ring.line("key resume k").ok();
}

#[test]
fn a_keyring_that_cannot_be_made_leaves_nothing_and_no_other_way_in() {
    let ring = Ring(Folder::new());
    ring.0.write("witness", "somebody's file");
    let before = ring.0.snapshot();
    ring.line("init --new-unlock-file unlock --witness witness")
        .ends(5);
    assert_eq!(before, ring.0.snapshot());
}

#[test]
fn a_restored_keyring_takes_the_witness_of_the_lost_one_and_believes_no_new_one() {
    let ring = Ring(Folder::new());
    ring.0.write("m1", "m");
    let ok = |line: &str| ring.line(line).ok();
    ok("init --new-unlock-file unlock --witness witness");
    ok("key new k --algorithm ML-DSA-44 --max-uses 10");
    ok("backup -o ring.backup");
    ok("sign --key k --format raw -o s1 m1");
    let witness = ring.0.read("witness");
    ring.0.write("moved", witness);
    ring.0.remove(&["witness", "keyring.db"]);
    let run = ring.line("--keyring other.db restore ring.backup").ok();
    assert!(run.err().contains("where none is"), "{run}");
    ok("restore ring.backup --witness moved");
    // A new one cannot say that nothing happened after the backup.
    ok("check --new-witness fresh --reason moved");
    ok("restore --confirm");
    assert_eq!(ring.json("key show k")["versions"][0]["uses"], 10);
    ok("check");
}

#[test]
fn what_is_gone_can_be_asked_for_again() {
    let ring = Ring::new();
    let ok = |line: &str| ring.line(line).ok();
    ok("key new k --algorithm ML-DSA-44 --pre-active");
    ok("key destroy k --version 1 --reason end");
    let again = ring.line("key destroy k --version 1 --reason end").ends(4);
    assert!(
        String::from_utf8_lossy(&again.stderr).contains("nothing of its private key in the files"),
        "{again}"
    );
    ok("unlocker add --new-unlock-file second");
    ok("unlocker remove 2");
    ring.line("unlocker remove 2").ends(2);
    ring.line("--unlock-file second key list").ends(6);
}

#[test]
fn what_is_wrong_has_its_exit_status() {
    let ring = Ring::new();
    ring.line("key new k --algorithm ML-DSA-44").ok();
    for (line, status) in [
        ("init", 5),
        ("key new k", 5),
        ("key new ../k", 2),
        ("key new x --algorithm ML-DSA-66", 2),
        ("key new x --purpose receive --algorithm ML-DSA-44", 4),
        (
            "key new x --sign-until 2027-01-01 --verify-until 2026-12-01",
            2,
        ),
        ("key new x --sign-until yesterday", 2),
        ("key new x --max-uses 0", 2),
        ("key new x --algorithm Ed25519 --allow-context c", 2),
        ("key new x --purpose receive --allow-context c", 2),
        ("key show nobody", 2),
        ("key due --within soon", 2),
        ("key activate k", 4),
        ("key destroy k --version 1 --reason r", 4),
        ("key destroy k --version 9 --reason r", 2),
        ("key compromise k --since 2999-01-01 --reason r", 2),
        ("key export k --unencrypted-private --public", 2),
        ("sign --key nobody m1", 2),
        ("sign --key key:k --key key:k -o x m1", 2),
        ("verify --key k --key unlock --signature m1 m1", 2),
        ("decapsulate --key k --ciphertext m1 --secret x", 4),
        ("encapsulate --to k --ciphertext x --secret y", 4),
        ("unlocker remove 1", 4),
        ("unlocker remove 7", 2),
        ("restore --confirm", 4),
        ("audit export --entry 99 -o x", 2),
        ("audit verify m1 --key m2", 3),
        ("--keyring nowhere.db key list", 5),
        ("--keyring m1 key list", 3),
        ("--keyring postgres://host/db key list", 2),
        ("--unlock-file m1 key list", 5),
    ] {
        let before = ring.0.snapshot();
        let run = ring.line(line).run();
        assert_eq!(run.status, status, "{line}: {run}");
        assert!(!ring.0.exists("x") && !ring.0.exists("y"), "{line}");
        assert_eq!(before.len(), ring.0.snapshot().len(), "{line}");
    }
    // A key that is there, and a version of it that is not.
    ring.line("key new inbox --algorithm X-Wing").ok();
    let error = ring.json("decapsulate --key inbox --version 2 --ciphertext m1 --secret x");
    assert_eq!(error["error"]["got"], "inbox version 2");
    let wrong = ring.0.path("wrong");
    ring.0.write("wrong", [7; 32]);
    std::fs::set_permissions(&wrong, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    ring.line("--unlock-file wrong key list").ends(6);
    let errors = ring.json("--unlock-file wrong key list");
    assert_eq!(errors["error"]["code"], "passphrase");
}

#[test]
fn a_key_that_is_bound_to_a_context_verifies_in_no_other() {
    let ring = Ring::new();
    let ok = |line: &str| ring.line(line).ok();
    ok("keygen ML-DSA-44 -o their.key --pub their.pub");
    ok("sign --key ./their.key --format raw --context other -o other.sig m1");
    ok("sign --key ./their.key --format raw --context swift -o swift.sig m1");
    ok("sign --key ./their.key -o theirs.p7s m1");
    ok("key import theirs their.pub --allow-context swift");
    let verify = "verify --key theirs --format raw";
    let other = ring
        .line(&format!(
            "{verify} --context other --signature other.sig m1"
        ))
        .ends(4);
    let said = String::from_utf8_lossy(&other.stdout).into_owned();
    assert!(said.starts_with("unknown-version: "), "{said}");
    assert!(said.contains("\"swift\", got \"other\""), "{said}");
    ring.line("verify --key theirs --signature theirs.p7s m1")
        .ends(4);
    ok(&format!(
        "{verify} --context swift --signature swift.sig m1"
    ));
    ring.line("key import more their.pub --max-uses 3").ends(2);
}

#[test]
fn what_is_the_name_of_a_file_and_of_a_key_has_to_be_said() {
    let ring = Ring::new();
    ring.line("key new m1 --algorithm ML-DSA-44").ok();
    ring.line("key new in --algorithm X-Wing").ok();
    ring.line("keygen ML-DSA-44 -o mallory.key --pub mallory.pub")
        .ok();
    // Somebody leaves a file where commands are given, to have his key taken for ours.
    ring.line("sign --key mallory.key --format raw -o forged m2")
        .ok();
    std::fs::copy(ring.0.path("mallory.pub"), ring.0.path("m1")).unwrap();
    std::fs::copy(ring.0.path("mallory.pub"), ring.0.path("in")).unwrap();
    for line in [
        "verify --key m1 --format raw --signature forged m2",
        "sign --key m1 --format raw -o s m2",
        "encapsulate --to in --ciphertext c --secret s",
        "decapsulate --key in --ciphertext m2 --secret s",
    ] {
        let refused = ring.line(line).ends(2);
        assert!(refused.err().contains("expected key:"), "{refused}");
    }
    assert!(!ring.0.exists("s") && !ring.0.exists("c"));
    ring.line("verify --key key:m1 --format raw --signature forged m2")
        .ends(1);
    ring.line("verify --key ./m1 --format raw --signature forged m2")
        .ok();
    ring.line("sign --key key:m1 --format raw -o s m2").ok();
    ring.line("verify --key key:m1 --format raw --signature s m2")
        .ok();
    // A file whose name no key has is a file.
    ring.line("verify --key mallory.pub --format raw --signature forged m2")
        .ok();
}

#[test]
fn a_revocation_reaches_who_has_the_key_open() {
    let ring = Ring::new();
    ring.line("key new k --algorithm ML-DSA-44").ok();
    // A process that waits for its message, with the key in its hands.
    let mut waiting = std::process::Command::new(support::CHOP)
        .args(["sign", "--key", "k", "--format", "raw", "-o", "late", "-"])
        .current_dir(ring.0.path("."))
        .env("CHOP_KEYRING", ring.0.path("keyring.db"))
        .env("CHOP_UNLOCK_FILE", ring.0.path("unlock"))
        .env_remove("CHOP_POLICY")
        .stdin(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    // Whether it has come that far or not: it may not sign.
    thread::sleep(std::time::Duration::from_millis(700));
    let since = chop::Time::now().unwrap().to_string();
    ring.line(&format!("key compromise k --since {since} --reason copied"))
        .ok();
    use std::io::Write;
    let mut input = waiting.stdin.take().unwrap();
    // It may be gone before it reads.
    let _ = input.write_all(b"a payment");
    drop(input);
    let ended = waiting.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert_eq!(ended.status.code(), Some(4), "{said}");
    assert!(said.contains("k version 1 is compromised since"), "{said}");
    assert!(!ring.0.exists("late"));
    assert_eq!(ring.json("key show k")["versions"][0]["uses"], 0);
}

#[test]
fn the_whole_story_is_told_from_two_processes_at_once() {
    let ring = Ring::new();
    let ok = |line: &str| -> Run { ring.line(line).ok() };
    const STEPS: [&str; 3] = [
        "key new payments/outgoing --algorithm ECDSA-P256-SHA256 --verify-until 2999-01-01",
        "key rotate payments/outgoing --algorithm MLDSA65-ECDSA-P256-SHA512 --reason hybrid",
        "key rotate payments/outgoing --algorithm ML-DSA-65 --reason post-quantum",
    ];
    const EACH: usize = 4;
    ok(STEPS[0]);
    for (number, step) in STEPS.iter().enumerate() {
        if number > 0 {
            ok(step);
        }
        // Two processes sign, a third one verifies what is there and reads the record, all the time.
        thread::scope(|scope| {
            for process in 0..2 {
                scope.spawn(move || {
                    for round in 0..EACH {
                        let name = format!("v{}-{process}-{round}.p7s", number + 1);
                        ok(&format!("sign --key payments/outgoing -o {name} m1"));
                    }
                });
            }
            scope.spawn(|| {
                for _ in 0..EACH {
                    ok("audit verify");
                    if number > 0 {
                        ok("verify --key payments/outgoing --signature v1-0-0.p7s m1");
                    }
                }
            });
        });
    }
    let shown = ring.json("key show payments/outgoing");
    let versions = shown["versions"].as_array().unwrap();
    let told: Vec<(&str, &str, u64)> = versions
        .iter()
        .map(|version| {
            (
                version["algorithm"].as_str().unwrap(),
                version["state"].as_str().unwrap(),
                version["uses"].as_u64().unwrap(),
            )
        })
        .collect();
    let uses = 2 * EACH as u64;
    assert_eq!(
        told,
        [
            ("ECDSA-P256-SHA256", "deactivated", uses),
            ("MLDSA65-ECDSA-P256-SHA512", "deactivated", uses),
            ("ML-DSA-65", "active", uses),
        ]
    );
    // A thief has a copy of version 3, and dates what it makes as he likes.
    ok("key export payments/outgoing --unencrypted-private -o stolen.key --reason test");
    thread::sleep(std::time::Duration::from_millis(1100));
    let since = chop::Time::now().unwrap().to_string();
    ok("sign --key stolen.key -o forged.p7s m2");
    ok(&format!(
        "key compromise payments/outgoing --since {since} --reason copied"
    ));
    let answer = |signature: &str, message: &str| {
        let line = format!("verify --key payments/outgoing --signature {signature} {message}");
        let run = ring.line(&line).run();
        (ring.json(&line), run.status)
    };
    for (signature, message, verdict, version, status) in [
        ("v1-0-0.p7s", "m1", "valid", 1, 0),
        ("v2-1-3.p7s", "m1", "valid", 2, 0),
        ("v3-1-3.p7s", "m1", "valid-compromised-later", 3, 0),
        ("forged.p7s", "m2", "untrusted", 3, 4),
    ] {
        let (json, ended) = answer(signature, message);
        assert_eq!(
            (&json["verdict"], &json["version"], ended),
            (&Value::from(verdict), &Value::from(version), status),
            "{signature}: {json}"
        );
    }
    // Its time is a claim, and nothing proves it.
    let (json, _) = answer("forged.p7s", "m2");
    assert!(
        json["time"]["claimed"].is_string() && json["time"]["proven"].is_null(),
        "{json}"
    );
    ring.line("sign --key payments/outgoing -o x m1").ends(4);
    ok("key rotate payments/outgoing --reason replaced");
    ok("sign --key payments/outgoing -o v4.p7s m1");
    // What the auditor gets, and checks without the keyring.
    ok("audit checkpoint -o kept --pub audit.pub");
    ok("audit export -o record.jsonl");
    ring.0
        .line("audit verify record.jsonl --key audit.pub --checkpoint kept")
        .ok();
    let entries = ring.json("audit list")["entries"].clone();
    let of = |action: &str| {
        let all = entries.as_array().unwrap().iter();
        all.filter(|entry| entry["do"] == action).count()
    };
    assert_eq!(of("sign"), 3 * 2 * EACH + 1);
    assert_eq!((of("key-new"), of("rotate"), of("deactivate")), (1, 3, 2));
    assert_eq!((of("compromise"), of("key-export"), of("init")), (1, 1, 1));
    for entry in entries.as_array().unwrap() {
        assert!(
            entry["actor"].as_str().unwrap().starts_with("uid "),
            "{entry}"
        );
        if entry["do"] == "sign" {
            assert!(
                entry["digest"].is_string() && entry["policy"].is_string(),
                "{entry}"
            );
        }
    }
    let digest = hex::encode(chop::Hash::Sha256.of(&ring.0.read("m1")));
    assert_eq!(entries[2]["digest"], Value::from(digest));
    ok("check");
}

#[test]
fn a_refusal_by_the_policy_names_rule_date_and_harm() {
    let ring = Ring::new();
    ring.line("key new k --algorithm ML-DSA-44").ok();
    ring.line("key new in --algorithm X-Wing").ok();
    ring.line("sign --key k --format raw -o s m1").ok();
    ring.line("encapsulate --to in --ciphertext c --secret one")
        .ok();
    ring.0.write(
        "policy.toml",
        "version = 1\nname = \"strict\"\n[[rule]]\nname = \"category-3\"\nfrom = 2026-01-01\nmin-category = 3\n\
         harm = \"settlement is kept for thirty years\"\nuse = [\"sign\", \"verify\"]\n\
         [[rule]]\nname = \"pure\"\nuse = [\"receive\", \"open\"]\nfrom = 2026-02-01\nonly = [\"post-quantum\"]\n\
         harm = \"no classical half any more\"\n",
    );
    for (line, rule, date, harm) in [
        (
            "sign --key k --format raw -o x m1",
            "category-3",
            "2026-01-01",
            "thirty years",
        ),
        (
            "encapsulate --to in --ciphertext x --secret y",
            "pure",
            "2026-02-01",
            "no classical half",
        ),
        (
            "decapsulate --key in --ciphertext c --secret x",
            "pure",
            "2026-02-01",
            "no classical half",
        ),
    ] {
        let run = ring.line(&format!("--policy policy.toml {line}")).ends(4);
        for word in [rule, date, harm] {
            assert!(run.err().contains(word), "{line}: {run}");
        }
        assert!(!ring.0.exists("x") && !ring.0.exists("y"));
    }
    let refused = ring.json("--policy policy.toml verify --key k --format raw --signature s m1");
    assert_eq!(
        (&refused["verdict"], &refused["rule"], &refused["version"]),
        (&"refused-by-policy".into(), &"category-3".into(), &1.into())
    );
    // What was refused is not counted, and not in the record.
    assert_eq!(ring.json("key show k")["versions"][0]["uses"], 1);
    assert_eq!(ring.json("key show in")["versions"][0]["uses"], 0);
}

#[test]
fn names_and_texts_of_somebody_hostile_stay_texts() {
    let ring = Ring::new();
    let long = "x".repeat(300);
    for name in [
        "../k",
        "a//b",
        "/etc/passwd",
        "a/../b",
        ".",
        "..",
        "a/",
        "",
        "a b",
        "a\nb",
        "a\u{202e}b",
        "a\u{1b}[31mb",
        "k\u{e9}",
        "$(id)",
        "a;b",
        "a\\b",
        "%2e%2e",
        "key:x",
        &long,
    ] {
        let before = ring.0.snapshot();
        let run = ring
            .chop(&["key", "new", "--algorithm", "ML-DSA-44", "--", name])
            .ends(2);
        assert!(
            !run.err().contains('\u{1b}') && !run.err().contains('\u{202e}'),
            "{run}"
        );
        assert_eq!(run.err().lines().count(), 1, "{run}");
        assert_eq!(before.len(), ring.0.snapshot().len(), "{name:?}");
    }
    for (option, text) in [
        ("--label", "note=a\nb"),
        ("--label", "note=\u{202e}b"),
        ("--label", "no value"),
        ("--label", "../x=1"),
        ("--allow-context", &long),
    ] {
        let args = ["key", "new", "k", "--algorithm", "ML-DSA-44", option, text];
        ring.chop(&args).ends(2);
    }
    ring.chop(&[
        "key",
        "new",
        "k",
        "--algorithm",
        "ML-DSA-44",
        "--label",
        "note=a \"b\" \\ \u{e9}",
    ])
    .ok();
    assert_eq!(
        ring.json("key show k")["labels"]["note"],
        "a \"b\" \\ \u{e9}"
    );
    for reason in ["a\nb", "\u{1b}[2J", &"r".repeat(501), ""] {
        ring.chop(&["key", "suspend", "k", "--reason", reason])
            .ends(2);
    }
    ring.chop(&["key", "suspend", "k", "--reason", "\"}],\"do\":\"destroy\""])
        .ok();
    let entries = ring.json("audit list")["entries"].clone();
    assert_eq!(entries[2]["reason"], "\"}],\"do\":\"destroy\"");
    assert_eq!(entries[2]["do"], "suspend");
    ring.line("check").ok();
}

#[test]
fn files_that_are_not_what_they_should_be_are_refused_at_once() {
    let ring = Ring::new();
    let modes = |name: &str, mode| {
        let path = ring.0.path(name);
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
    };
    for mode in [0o640, 0o604, 0o660, 0o777] {
        modes("unlock", mode);
        ring.line("key list").ends(5);
    }
    modes("unlock", 0o600);
    ring.0.write("short", [1; 31]);
    modes("short", 0o600);
    ring.line("--unlock-file short key list").ends(2);
    let status = std::process::Command::new("mkfifo")
        .arg(ring.0.path("pipe"))
        .status()
        .unwrap();
    assert!(status.success());
    ring.line("--keyring pipe key list").ends(5);
    ring.line("--keyring . key list").ends(5);
    ring.line("--keyring /dev/null key list").ends(5);
    std::os::unix::fs::symlink(ring.0.path("keyring.db"), ring.0.path("link.db")).unwrap();
    ring.line("--keyring link.db key list").ok();
    std::os::unix::fs::symlink(ring.0.path("new.db"), ring.0.path("dangling.db")).unwrap();
    ring.line("--keyring dangling.db init").ends(5);
    assert!(!ring.0.exists("new.db"));
    let made = ring
        .0
        .shell("umask 000; chop --keyring deep/er/ring.db init --new-unlock-file second")
        .ok();
    assert_eq!(ring.0.mode("second"), 0o600, "{made}");
    assert_eq!(ring.0.mode("deep"), 0o700);
    assert_eq!(ring.0.mode("deep/er/ring.db"), 0o600);
}

#[test]
fn a_witness_that_cannot_be_written_releases_nothing() {
    let ring = Ring(Folder::new());
    ring.0.write("m1", "m");
    std::fs::copy(support::CHOP, ring.0.path("chop")).unwrap();
    // Root writes where nobody may, so somebody else has to try.
    let script = "\
        if [ $(id -u) = 0 ]; then chown -R 65534:65534 .; run='setpriv --reuid=65534 --regid=65534 --clear-groups --'; fi
        export CHOP_KEYRING=$PWD/ring.db CHOP_UNLOCK_FILE=$PWD/unlock
        $run ./chop init --new-unlock-file unlock --witness witness || exit 70
        $run ./chop key new k --algorithm ML-DSA-44 || exit 71
        chmod 400 witness
        $run ./chop sign --key k --format raw -o s m1
        status=$?
        chmod 600 witness
        $run ./chop --json key show k
        exit $status";
    let run = ring.0.shell(script).ends(5);
    assert!(run.err().contains("witness of the keyring"), "{run}");
    assert!(!ring.0.exists("s"));
    // It was counted, and not released: never the reverse.
    let shown = String::from_utf8_lossy(&run.stdout).into_owned();
    assert!(shown.contains("\"uses\":1,"), "{shown}");
}

#[test]
fn an_encrypted_file_and_the_keyring_have_their_own_passphrases() {
    let folder = Folder::new();
    let run = |line: &str, input: &str| folder.line(line).stdin(input);
    run("--keyring ring.db --passphrase-fd 0 init", "ring\n").ok();
    run(
        "--passphrase-fd 0 keygen ML-DSA-44 -o k.key --pub k.pub --encrypt",
        "file\n",
    )
    .ok();
    let import = "--keyring ring.db --passphrase-fd 0 key import k k.key";
    run(import, "ring\n").ends(6);
    run(import, "ring\nfile\n").ok();
    run(
        "--keyring ring.db --passphrase-fd 0 key import again k.key",
        "ring\nfile\n",
    )
    .ends(5);
}

#[test]
fn passphrases_unlock_too() {
    let folder = Folder::new();
    let run = |line: &str, input: &str| {
        folder
            .line(&format!("--keyring ring.db --passphrase-fd 0 {line}"))
            .stdin(input)
    };
    run("init", "first\n").ok();
    run("key new k --algorithm ML-DSA-44", "first\n").ok();
    run("key list", "wrong\n").ends(6);
    run("unlocker add --label second", "first\nsecond\n").ok();
    run("key list", "second\n").ok();
    run("unlocker remove 1", "second\n").ok();
    run("key list", "first\n").ends(6);
    run("key list", "second\n").ok();
}

#[test]
fn golden_files_can_be_made_again() {
    let folder = Folder::new();
    let repository = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let made = std::process::Command::new("bash")
        .arg(repository.join("scripts/keyring-vectors"))
        .arg(folder.path("made"))
        .arg(env!("CARGO_BIN_EXE_chop"))
        .env_remove("CHOP_POLICY")
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let names = |path: std::path::PathBuf| {
        let mut names: Vec<_> = std::fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| name != "README.md")
            .collect();
        names.sort();
        names
    };
    let committed = names(repository.join("test-vectors/keyring"));
    assert_eq!(names(folder.path("made")), committed);
}

#[test]
fn no_output_takes_the_place_of_what_a_keyring_needs() {
    let ring = Ring(Folder::new());
    ring.0.write("m1", "m");
    let ok = |line: &str| ring.line(line).ok();
    ok("init --new-unlock-file unlock --witness witness");
    ok("--keyring other.db init --new-unlock-file other.unlock --witness other.witness");
    ok("key new k --algorithm ML-DSA-44");
    // The second slot of a witness is written second.
    ok("key suspend k");
    ok("key resume k");
    std::os::unix::fs::symlink("keyring.db", ring.0.path("link")).unwrap();
    for file in [
        "keyring.db",
        "unlock",
        "witness",
        "other.db",
        "other.witness",
        "link",
    ] {
        for line in [
            "sign --key k --format raw --force -o",
            "backup --force -o",
            "audit checkpoint --force -o",
            "key export k --unencrypted-private --force -o",
            "keygen ML-DSA-44 --force --pub x -o",
        ] {
            let before = ring.0.read(file);
            let message = if line.starts_with("sign") { " m1" } else { "" };
            let run = ring.line(&format!("{line} {file}{message}")).ends(2);
            assert!(run.err().contains("a file of its own"), "{run}");
            assert!(ring.0.read(file) == before, "{line} {file}");
        }
    }
    ok("check");
    // Anything else is.
    ok("sign --key k --format raw -o s m1");
    ok("sign --key k --format raw --force -o s m1");
}
