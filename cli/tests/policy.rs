//! Every command under a policy: what it refuses, what it chooses, what it says.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod support;

use support::Folder;

/// A folder with a message and keys, and a policy that refuses one use of classical keys for each use.
fn prepared() -> Folder {
    let folder = Folder::new();
    folder.write("message", "<Document>976800.00</Document>\n");
    for (algorithm, name) in [
        ("Ed25519", "ed"),
        ("MLDSA65-ECDSA-P256-SHA512", "hybrid"),
        ("X25519", "x"),
    ] {
        folder
            .line(&format!(
                "keygen {algorithm} -o {name}.key --pub {name}.pub -q"
            ))
            .ok();
    }
    for purpose in ["generate", "import", "sign", "verify", "receive", "open"] {
        folder.write(
            &format!("no-{purpose}.toml"),
            format!(
                "version = 1\nname = \"p\"\n\
                 [[rule]]\nname = \"no-{purpose}\"\nuse = [\"{purpose}\"]\n\
                 algorithms = [\"classical\"]\nrefuse = true\nharm = \"it ends badly\"\n"
            ),
        );
    }
    folder
}

#[test]
fn each_command_is_refused_for_its_own_use_and_for_no_other() {
    let folder = prepared();
    folder
        .line("sign --key ed.key --format raw -o raw message -q")
        .ok();
    folder.line("sign --key ed.key -o cms message -q").ok();
    folder
        .line("sign --key ed.key --format jws -o jws message -q")
        .ok();
    folder
        .line("cert self-sign --key ed.key --subject CN=x -o ed.crt -q")
        .ok();
    folder
        .line("encapsulate --to x.pub --ciphertext ct --secret ss -q")
        .ok();
    let purposes = ["generate", "import", "sign", "verify", "receive", "open"];
    for (own, line) in [
        ("generate", "keygen Ed25519 -o out"),
        ("generate", "keygen X25519 -o out"),
        ("import", "convert ed.key -o out"),
        ("import", "convert ed.pub -o out"),
        ("import", "convert ed.key --public -o out"),
        ("sign", "sign --key ed.key -o out message"),
        ("sign", "sign --key ed.key --key hybrid.key -o out message"),
        ("sign", "sign --key ed.key --attached -o out message"),
        ("sign", "sign --key ed.key --format raw -o out message"),
        ("sign", "sign --key ed.key --format jws -o out message"),
        ("sign", "cert self-sign --key ed.key --subject CN=x -o out"),
        ("verify", "verify --key ed.pub --signature cms message"),
        (
            "verify",
            "verify --key ed.pub --signature cms --explain message",
        ),
        ("verify", "verify --key ed.crt --signature cms message"),
        ("verify", "verify --trust ed.crt --signature cms message"),
        (
            "verify",
            "verify --key ed.pub --format raw --signature raw message",
        ),
        (
            "verify",
            "verify --key ed.pub --format raw --signature raw --explain message",
        ),
        (
            "verify",
            "verify --key ed.pub --format jws --signature jws message",
        ),
        (
            "receive",
            "encapsulate --to x.pub --ciphertext out --secret out2",
        ),
        (
            "open",
            "decapsulate --key x.key --ciphertext ct --secret out",
        ),
    ] {
        let before = folder.snapshot();
        for purpose in purposes {
            let status = if purpose == own { 4 } else { 0 };
            let run = folder
                .line(&format!("{line} --json --policy no-{purpose}.toml"))
                .ends(status);
            let report = run.json();
            assert_eq!(report["policy"]["name"], "p", "{line}");
            if purpose == own {
                let (rule, words) = match own {
                    "verify" => {
                        assert_eq!(report["verdict"], "refused-by-policy", "{line}");
                        (&report["rule"], &report["reason"])
                    }
                    _ => (&report["error"]["rule"], &report["error"]["what"]),
                };
                assert_eq!(rule, &format!("no-{own}"), "{line}");
                let words = words.as_str().unwrap();
                assert!(words.contains("it ends badly"), "{line}: {words}");
                assert!(folder.snapshot() == before, "{line}: changed files");
            }
            folder.restore(&before);
        }
    }
}

#[test]
fn the_policy_comes_from_the_option_then_from_the_variable_and_is_never_passed_over() {
    let folder = prepared();
    folder.write("broken.toml", "version = 1\nname = \"p\"\nrul = 1\n");
    let line = "--json keygen --purpose sign -o out --force";
    let chosen = |run: support::Chop| {
        let report = run.ok().json();
        let of = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        (of(&report["algorithm"]), of(&report["policy"]["name"]))
    };
    let named = |algorithm: &str, policy: &str| (algorithm.to_owned(), policy.to_owned());
    let hybrid = named("MLDSA65-ECDSA-P256-SHA512", "hybrid-2026");
    assert_eq!(chosen(folder.line(line)), hybrid);
    assert_eq!(chosen(folder.line(line).env("CHOP_POLICY", "")), hybrid);
    assert_eq!(
        chosen(folder.line(line).env("CHOP_POLICY", "cnsa2")),
        named("ML-DSA-87", "cnsa2")
    );
    assert_eq!(
        chosen(
            folder
                .line(&format!("{line} --policy pq-only"))
                .env("CHOP_POLICY", "cnsa2")
        ),
        named("ML-DSA-65", "pq-only")
    );
    folder.remove(&["out"]);
    for (policy, status, words) in [
        (
            "broken.toml",
            3,
            "broken.toml: line 3: word in a policy: expected rule (or another of version, name, zone, read-legacy, choose, rule), got \"rul\"",
        ),
        (
            "absent.toml",
            5,
            "absent.toml: cannot read: No such file or directory (os error 2)",
        ),
        (".", 5, ".: input: expected a file, got a directory"),
        (
            "-",
            2,
            "policy: expected a profile or a file, got standard input",
        ),
    ] {
        folder
            .line(&format!("keygen -o out --policy {policy}"))
            .fails(status, words);
        folder
            .line("keygen -o out")
            .env("CHOP_POLICY", policy)
            .fails(status, words);
        assert!(!folder.exists("out"));
    }
}

#[test]
fn a_shown_profile_is_the_profile() {
    let folder = Folder::new();
    for profile in ["hybrid-2026", "cnsa2", "pq-only", "legacy-read"] {
        let text = folder.line(&format!("policy show {profile}")).ok().text();
        folder.write("copy.toml", &text);
        let of = |line: String| folder.line(&line).ok().json()["policy"].clone();
        let shown = of(format!("--json policy show {profile}"));
        assert_eq!(of("--json policy check copy.toml".to_owned()), shown);
        assert_eq!(of(format!("--json policy show --policy {profile}")), shown);
        folder.shell("sha256sum copy.toml > sum").ok();
        let sum = String::from_utf8(folder.read("sum")).unwrap();
        assert_eq!(shown["hash"], sum.split(' ').next().unwrap());
    }
}

#[test]
fn a_folder_of_keys_gives_the_one_that_the_policy_chooses() {
    let folder = prepared();
    folder
        .shell("mkdir ring && cp ed.key ed.pub x.key message ring")
        .ok();
    let sign = "sign --key ring -o out message";
    // No key of a chosen algorithm.
    let run = folder.line(&format!("--json {sign}")).ends(4).json();
    let words = run["error"]["expected"].as_str().unwrap();
    assert!(words.contains("MLDSA65-ECDSA-P256-SHA512"), "{words}");
    assert_eq!(run["error"]["got"], "Ed25519");
    folder.shell("cp hybrid.key hybrid.pub ring").ok();
    let run = folder.line(&format!("--json {sign}")).ok().json();
    assert_eq!(run["algorithm"], "MLDSA65-ECDSA-P256-SHA512");
    folder
        .line("verify --key hybrid.pub --signature out message")
        .ok();
    folder.remove(&["out"]);
    // A damaged key is told of and passed over.
    folder.write("ring/bad.key", "-----BEGIN PRIVATE KEY-----\n");
    let said = folder.line(sign).ok().err();
    assert!(said.contains("passed over: ring/bad.key"), "{said}");
    folder.remove(&["out", "ring/bad.key"]);
    // No output may take the place of a key.
    folder
        .line("sign --key ring -o ring/ed.key --force message")
        .ends(2);
    // Two keys of the chosen algorithm leave the choice to the user.
    folder.shell("cp hybrid.key ring/other.key").ok();
    let words = folder.line(sign).ends(2).err();
    assert!(
        words.contains("ring/hybrid.key and ring/other.key"),
        "{words}"
    );
    // An encrypted key is known by the public key beside it.
    folder.remove(&["ring/hybrid.key", "ring/other.key"]);
    folder
        .line("convert hybrid.key -o ring/hybrid.key --encrypt --passphrase-fd 0 -q")
        .stdin("correct horse\n")
        .ok();
    folder
        .line(&format!("{sign} --passphrase-fd 0"))
        .stdin("correct horse\n")
        .ok();
    assert!(folder.exists("out"));
}

#[test]
fn an_encrypted_key_is_not_believed_to_be_that_of_the_public_key_beside_it() {
    let folder = prepared();
    folder.shell("mkdir ring").ok();
    let encrypt = "-o ring/a.key --force --encrypt --passphrase-fd 0 -q";
    folder
        .line("keygen MLDSA65-ECDSA-P256-SHA512 -o other.key -q")
        .ok();
    folder.shell("cp hybrid.pub ring/a.pub").ok();
    for key in ["ed", "other"] {
        folder
            .line(&format!("convert {key}.key {encrypt}"))
            .stdin("correct horse\n")
            .ok();
        let said = folder
            .line("sign --key ring -o out message --passphrase-fd 0")
            .stdin("correct horse\n")
            .ends(3)
            .err();
        assert!(
            said.contains(
                "ring/a.key: encrypted key: expected the private key of the public key beside it"
            ),
            "{said}"
        );
        assert!(!folder.exists("out"));
    }
}

#[test]
fn a_choice_that_another_rule_refuses_gives_way_to_the_next() {
    let folder = prepared();
    folder.write(
        "next.toml",
        "version = 1\nname = \"p\"\n\
         [[choose]]\nuse = \"sign\"\nalgorithm = \"Ed25519\"\n\
         [[choose]]\nuse = \"sign\"\nalgorithm = \"MLDSA65-ECDSA-P256-SHA512\"\n\
         [[rule]]\nname = \"old-ones\"\nuse = [\"generate\"]\nalgorithms = [\"Ed25519\"]\n\
         refuse = true\nharm = \"no new ones\"\n\
         [[rule]]\nname = \"settled\"\nuse = [\"sign\"]\nalgorithms = [\"Ed25519\"]\n\
         contexts = [\"settlement\"]\nharm = \"mixed up\"\n",
    );
    let made = folder
        .line("--json --policy next.toml keygen --purpose sign -o out")
        .ok();
    assert_eq!(made.json()["algorithm"], "MLDSA65-ECDSA-P256-SHA512");
    folder.remove(&["out"]);
    folder.shell("mkdir ring && cp ed.key hybrid.key ring").ok();
    let signed = folder
        .line("--json --policy next.toml sign --key ring -o out message")
        .ok();
    assert_eq!(signed.json()["algorithm"], "MLDSA65-ECDSA-P256-SHA512");
    folder.remove(&["out"]);
    // Where every choice is refused, the rule says why.
    folder.shell("sed 6,8d next.toml > alone.toml").ok();
    let said = folder
        .line("--policy alone.toml keygen --purpose sign -o out")
        .ends(4)
        .err();
    assert!(said.contains("no new ones"), "{said}");
    let said = folder
        .line("--policy alone.toml sign --key ring -o out message")
        .ends(4)
        .err();
    assert!(said.contains("mixed up"), "{said}");
    assert!(!folder.exists("out"));
}

#[test]
fn what_is_explained_is_what_happens() {
    let folder = prepared();
    let explain = "policy explain --algorithm Ed25519 --use sign --policy no-sign.toml";
    assert!(
        folder
            .line(explain)
            .ends(4)
            .text()
            .starts_with("refused: Ed25519 for sign")
    );
    let report = folder.line(&format!("--json {explain}")).ends(4).json();
    assert_eq!(
        (&report["allowed"], &report["rules"][0]),
        (&false.into(), &"no-sign".into())
    );
    let default = folder
        .line("policy explain --algorithm Ed25519 --use sign")
        .ok();
    assert!(default.text().starts_with("allowed with a warning"));
    folder
        .line("policy explain --algorithm Ed25519 --use open")
        .fails(
            2,
            "use of Ed25519: expected sign, verify, generate or import, as it signs, got open",
        );
    folder
        .line("policy explain --algorithm Ed25519 --use sign --at 2027-02-29")
        .ends(2);
    for name in ["", "two\nlines", &"long".repeat(100)] {
        let line = "policy explain --algorithm Ed25519 --use sign --counterparty";
        folder.chop(line.split(' ').chain([name])).ends(2);
    }
    folder.line("quickstart --policy cnsa2").ends(2);
}

#[test]
fn a_choice_that_can_never_be_taken_is_found() {
    let folder = Folder::new();
    folder.write(
        "policy.toml",
        "version = 1\nname = \"p\"\n[[choose]]\nuse = \"sign\"\nalgorithm = \"Ed25519\"\n\
         [[rule]]\nname = \"r\"\nharm = \"h\"\nonly = [\"hybrid\"]\n",
    );
    let text = folder.line("policy check policy.toml").ends(1).text();
    assert!(
        text.contains("Ed25519 is chosen for sign, and refused whenever it is"),
        "{text}"
    );
    let error = folder
        .line("keygen --policy policy.toml -o out")
        .ends(4)
        .err();
    assert!(error.contains("chooses no algorithm for sign"), "{error}");
    assert!(!folder.exists("out"));
}

/// [`prepared`], with a keyring of the same keys.
struct Ring(Folder);

impl Ring {
    fn new() -> Self {
        let ring = Self(prepared());
        ring.line("init --new-unlock-file unlock -q")
            .env("CHOP_UNLOCK_FILE", "")
            .ok();
        ring.line("key new ed --algorithm Ed25519 -q").ok();
        ring.line("key new x --algorithm X25519 -q").ok();
        ring.line("key import peer x.pub -q").ok();
        ring
    }

    fn line(&self, line: &str) -> support::Chop {
        let of = |name: &str| self.0.path(name).to_str().unwrap().to_owned();
        self.0
            .line(line)
            .env("CHOP_KEYRING", &of("keyring.db"))
            .env("CHOP_UNLOCK_FILE", &of("unlock"))
    }

    fn audit(&self) -> serde_json::Value {
        self.line("--json audit list").ok().json()["entries"].clone()
    }
}

#[test]
fn named_keys_are_refused_for_the_uses_of_files_and_nothing_is_recorded() {
    let ring = Ring::new();
    for format in ["raw", "cms", "jws"] {
        ring.line(&format!(
            "sign --key ed --format {format} -o {format} message -q"
        ))
        .ok();
    }
    ring.line("encapsulate --to x --ciphertext ct --secret ss -q")
        .ok();
    let purposes = ["generate", "import", "sign", "verify", "receive", "open"];
    // A key pair is in a keyring once.
    for purpose in purposes {
        for line in [
            format!("keygen Ed25519 -q -o own-{purpose}.key"),
            format!("keygen Ed25519 -q -o peer-{purpose}.key --pub peer-{purpose}.pub"),
            format!("keygen X25519 -q -o x-{purpose}.key"),
        ] {
            ring.line(&line).ok();
        }
    }
    for (own, line) in [
        ("generate", "key new k/NEW --algorithm Ed25519"),
        ("generate", "key rotate ed --algorithm Ed25519"),
        ("import", "key import i/NEW own-NEW.key"),
        ("import", "key import p/NEW peer-NEW.pub"),
        ("import", "key import e/NEW x-NEW.key --purpose receive"),
        ("sign", "sign --key ed -o out message"),
        ("sign", "sign --key ed --key hybrid.key -o out message"),
        ("sign", "sign --key ed --attached -o out message"),
        ("sign", "sign --key ed --format raw -o out message"),
        ("sign", "sign --key ed --format jws -o out message"),
        ("receive", "encapsulate --to x --ciphertext out --secret o2"),
        (
            "receive",
            "encapsulate --to peer --ciphertext out --secret o2",
        ),
        ("open", "decapsulate --key x --ciphertext ct --secret out"),
        // The last ones: rotating has made the first version one of two.
        ("verify", "verify --key ed --signature cms message"),
        (
            "verify",
            "verify --key ed --format raw --signature raw message",
        ),
        (
            "verify",
            "verify --key ed --format jws --signature jws message",
        ),
    ] {
        for purpose in purposes {
            let before = ring.audit();
            let line = line.replace("NEW", purpose);
            let run = ring.line(&format!("{line} --json --policy no-{purpose}.toml"));
            if purpose != own {
                run.ok();
                let made = ["out", "o2"].into_iter();
                made.filter(|name| ring.0.exists(name))
                    .for_each(|name| ring.0.remove(&[name]));
                continue;
            }
            let report = run.ends(4).json();
            assert_eq!(report["policy"]["name"], "p", "{line}");
            let (rule, words) = match own {
                "verify" => (&report["rule"], &report["reason"]),
                _ => (&report["error"]["rule"], &report["error"]["what"]),
            };
            assert_eq!(rule, &format!("no-{own}"), "{line}");
            assert!(words.as_str().unwrap().contains("it ends badly"), "{line}");
            assert!(!ring.0.exists("out") && !ring.0.exists("o2"), "{line}");
            assert_eq!(ring.audit(), before, "{line}");
        }
    }
}

#[test]
fn one_changed_line_changes_the_next_version_of_a_named_key() {
    let ring = Ring::new();
    let choose = |algorithm: &str| {
        ring.0.write(
            "plan.toml",
            format!(
                "version = 1\nname = \"p\"\n\
                 [[choose]]\nuse = \"sign\"\nalgorithm = \"{algorithm}\"\n\
                 [[rule]]\nname = \"only-the-next\"\nuse = [\"sign\"]\nharm = \"h\"\n\
                 only = [\"{algorithm}\"]\n"
            ),
        );
    };
    let run = |line: &str, status| {
        let run = ring.line(&format!("{line} --json --policy plan.toml"));
        run.ends(status).json()
    };
    choose("Ed25519");
    assert_eq!(run("key new k", 0)["algorithm"], "Ed25519");
    assert_eq!(run("sign --key k -o 1 message", 0)["algorithm"], "Ed25519");
    for (version, algorithm) in [(2, "MLDSA65-Ed25519-SHA512"), (3, "ML-DSA-65")] {
        choose(algorithm);
        let due = run("key due", 0)["due"].clone();
        let due = due.as_array().unwrap().iter().find(|due| due["key"] == "k");
        let reason = due.unwrap()["reason"].as_str().unwrap();
        assert!(reason.contains("only-the-next"), "{reason}");
        let refused = run("sign --key k -o out message", 4);
        assert_eq!(refused["error"]["rule"], "only-the-next");
        assert!(!ring.0.exists("out"));
        assert_eq!(run("key rotate k", 0)["algorithm"], algorithm);
        let signed = run(&format!("sign --key k -o {version} message"), 0);
        assert_eq!(signed["algorithm"], algorithm);
        assert_eq!(signed["version"], version);
    }
    // What was signed before verifies by the same name: no rule is about that.
    for version in 1..=3 {
        let line = format!("verify --key k --signature {version} message");
        assert_eq!(run(&line, 0)["version"], version);
    }
}

#[test]
fn every_result_of_a_command_under_a_policy_has_its_hash() {
    let ring = Ring::new();
    ring.0.write(
        "own.toml",
        "version = 1\nname = \"own\"\n[[choose]]\nuse = \"sign\"\nalgorithm = \"ML-DSA-65\"\n",
    );
    ring.0.shell("sha256sum own.toml > sum").ok();
    let sum = String::from_utf8(ring.0.read("sum")).unwrap();
    let hash = sum.split(' ').next().unwrap();
    for line in [
        "policy show",
        "policy check own.toml",
        "policy explain --algorithm Ed25519 --use sign",
        "keygen -o new.key",
        "keygen Ed25519 -o file.key --pub file.pub",
        "convert ed.key -o converted",
        "cert self-sign --key ed.key --subject CN=x -o ed.crt",
        "sign --key ed.key -o file.p7s message",
        "sign --key ed.key message file.pub",
        "verify --key ed.pub --signature file.p7s message",
        "verify --key ed.pub message file.pub",
        "encapsulate --to x.pub --ciphertext ct --secret ss",
        "decapsulate --key x.key --ciphertext ct --secret s2",
        "key new own",
        "key list",
        "key show own",
        "key due",
        "key suspend own --reason r",
        "key resume own --reason r",
        "key rotate own",
        "key rotate --due",
        "key import ed2 ed.key",
        "key export own -o own.pub",
        "sign --key own -o own.p7s message",
        "verify --key own --signature own.p7s message",
        "key compromise own --since 2026-01-01 --reason r",
        "key deactivate ed2 --reason r",
        "key destroy ed2 --version 1 --reason r",
        "unlocker list",
        "audit list",
        "audit verify",
        "audit checkpoint -o checkpoint",
        "audit export -o export",
        "backup -o saved",
        "check",
    ] {
        let run = ring.line(&format!("{line} --json --policy own.toml")).run();
        let report = run.json();
        assert_eq!(report["policy"]["name"], "own", "{line}: {run}");
        assert_eq!(report["policy"]["hash"], hash, "{line}: {run}");
        assert!(report["error"].is_null(), "{line}: {run}");
    }
    // Errors too, once the policy has been read.
    for (line, status) in [
        ("sign --key absent -o out message", 2),
        ("keygen No-Such -o out", 2),
        ("convert message -o out", 3),
        ("key new own", 5),
        ("verify --key ed.pub --signature message message", 3),
    ] {
        let run = ring.line(&format!("{line} --json --policy own.toml")).run();
        assert_eq!(run.json()["policy"]["hash"], hash, "{line}: {run}");
        assert_eq!(run.json()["error"]["exit"], status, "{line}: {run}");
    }
}

#[test]
fn a_key_that_will_be_refused_is_rotated_to_what_will_not_be_and_once() {
    let ring = Ring::new();
    let now = std::time::SystemTime::now();
    let now = now.duration_since(std::time::UNIX_EPOCH).unwrap().as_secs();
    let edge = chop::Time::from_unix_seconds(now + 10 * 24 * 60 * 60).unwrap();
    ring.0.write(
        "plan.toml",
        format!(
            "version = 1\nname = \"p\"\n\
             [[choose]]\nuse = \"sign\"\nalgorithm = \"Ed25519\"\nuntil = {edge}\n\
             [[choose]]\nuse = \"sign\"\nalgorithm = \"MLDSA65-Ed25519-SHA512\"\n\
             [[choose]]\nuse = \"receive\"\nalgorithm = \"X-Wing\"\n\
             [[rule]]\nname = \"end\"\nharm = \"h\"\nfrom = {edge}\nonly = [\"hybrid\"]\n"
        ),
    );
    let run = |line: &str| {
        let run = ring.line(&format!("{line} --json --policy plan.toml"));
        run.ok().json()
    };
    assert_eq!(run("key new k")["algorithm"], "Ed25519");
    assert_eq!(run("key due --within 9d")["due"], serde_json::json!([]));
    let rotated = run("key rotate --due")["rotated"].clone();
    let of = |key: &str| {
        let mut all = rotated.as_array().unwrap().iter();
        all.find(|one| one["key"] == key).unwrap()["algorithm"].clone()
    };
    // The counterparty's key is not ours to rotate.
    assert_eq!(rotated.as_array().unwrap().len(), 3);
    assert_eq!(of("k"), "MLDSA65-Ed25519-SHA512");
    assert_eq!(of("ed"), "MLDSA65-Ed25519-SHA512");
    assert_eq!(of("x"), "X-Wing");
    assert_eq!(run("key due")["due"], serde_json::json!([]));
    assert_eq!(run("key rotate --due")["rotated"], serde_json::json!([]));
    assert_eq!(run("sign --key k -o out message")["version"], 2);
}
