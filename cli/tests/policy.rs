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
