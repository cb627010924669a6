//! What is no policy, with the line and the word that was probably meant; and what is one all the same.

use chop::policy::{MAX_POLICY, MAX_RULES, Use};
use chop::{Algorithm, Code, Error, Policy};

use super::{policy, request, unix};

/// The rule of line 3, with `lines` from line 6 on.
fn rule(lines: &str) -> String {
    format!("version = 1\nname = \"test\"\n[[rule]]\nname = \"r\"\nharm = \"h\"\n{lines}\n")
}

/// The choice of line 3, with `lines` from line 4 on.
fn choice(lines: &str) -> String {
    format!("version = 1\nname = \"test\"\n[[choose]]\n{lines}\n")
}

fn error(text: &str) -> Error {
    match Policy::from_toml(text) {
        Err(error) => error,
        Ok(_) => panic!("a policy:\n{text}"),
    }
}

/// Each text is malformed, at this line, and the error says this.
fn malformed(cases: &[(String, u32, &str)]) {
    for (text, line, says) in cases {
        let error = error(text);
        assert_eq!(error.code(), Code::Malformed, "{error}\n{text}");
        assert_eq!(
            error.place(),
            Some(format!("line {line}").as_str()),
            "{error}\n{text}"
        );
        assert!(error.to_string().contains(says), "{error}\n{text}");
        assert!(!error.to_string().contains(char::is_control), "{error:?}");
    }
}

#[test]
fn an_unknown_word_gets_its_line_and_the_nearest_known_one() {
    malformed(&[
        (
            "version = 1\nname = \"t\"\nzones = \"Z\"\n".into(),
            3,
            "expected zone (or",
        ),
        (
            "version = 1\nname = \"t\"\nread_legacy = true\n".into(),
            3,
            "expected read-legacy (or",
        ),
        (
            "version = 1\nname = \"t\"\n\n[[rules]]\nname = \"r\"\n".into(),
            4,
            "expected rule (or",
        ),
        (
            "version = 1\nname = \"t\"\nunrelated = 1\n".into(),
            3,
            "one of version, name",
        ),
        (
            choice("use = \"sign\"\nalgorithm = \"ML-DSA-65\"\nfrm = 2027-01-01"),
            6,
            "expected from (or",
        ),
        (
            choice("use = \"sign\"\nalgorithm = \"ML-DSA-65\"\nrefuse = true"),
            6,
            "\"refuse\"",
        ),
        (
            rule("algoritms = [\"classical\"]\nrefuse = true"),
            6,
            "expected algorithms (or",
        ),
        (
            rule("refuse = true\nmin_category = 3"),
            7,
            "expected min-category (or",
        ),
        (rule("refuse = true\nallow = true"), 7, "\"allow\""),
        (rule("refuse = true\nunless = \"x\""), 7, "\"unless\""),
        // Two words that mean one: neither is taken for the other.
        (
            rule("refuse = true\nRefuse = true"),
            7,
            "expected refuse (or",
        ),
    ]);
}

#[test]
fn an_unknown_name_of_a_use_or_an_algorithm_gets_the_nearest() {
    malformed(&[
        (
            rule("use = [\"sign\",\n\"verfy\"]\nrefuse = true"),
            7,
            "expected verify (or",
        ),
        (
            rule("use = [\"everything\"]\nrefuse = true"),
            6,
            "one of generate, import",
        ),
        (
            rule("algorithms = [\"ML-DSA-65\",\n\n\"MLDSA-87\"]\nrefuse = true"),
            8,
            "expected ML-DSA-87",
        ),
        (
            rule("algorithms = [\"clasical\"]\nrefuse = true"),
            6,
            "expected classical",
        ),
        (rule("only = [\"postquantum\"]"), 6, "expected post-quantum"),
        (rule("only = [\"*\"]"), 6, "chop algorithms"),
        (rule("only = [\"Falcon*\"]"), 6, "chop algorithms"),
        (rule("only = [\"ML-*-65\"]"), 6, "chop algorithms"),
        (rule("only = [\"\"]"), 6, "chop algorithms"),
        (
            choice("use = \"sing\"\nalgorithm = \"ML-DSA-65\""),
            4,
            "expected sign (or",
        ),
        (
            choice("use = \"generate\"\nalgorithm = \"ML-DSA-65\""),
            4,
            "sign or receive",
        ),
        (
            choice("use = \"sign\"\nalgorithm = \"ML-DSA65\""),
            5,
            "expected ML-DSA-65",
        ),
        (
            choice("use = \"sign\"\nalgorithm = \"classical\""),
            5,
            "chop algorithms",
        ),
        (
            choice("use = \"sign\"\nalgorithm = \"ML-KEM-768\""),
            5,
            "can sign",
        ),
        (
            choice("use = \"receive\"\nalgorithm = \"ML-DSA-65\""),
            5,
            "can receive",
        ),
    ]);
}

#[test]
fn a_value_of_the_wrong_type_is_refused_at_its_line() {
    malformed(&[
        (rule("refuse = \"true\""), 6, "true"),
        (rule("refuse = false"), 6, "without this word"),
        (rule("warn = 1"), 6, "true"),
        (
            rule("use = \"sign\"\nrefuse = true"),
            6,
            "list in square brackets",
        ),
        (rule("use = [1]\nrefuse = true"), 6, "a string"),
        (rule("use = []\nrefuse = true"), 6, "list of 1 to"),
        (rule("algorithms = []\nrefuse = true"), 6, "list of 1 to"),
        (rule("only = []"), 6, "list of 1 to"),
        (rule("contexts = []"), 6, "list of 1 to"),
        (
            rule("counterparties = []\nrefuse = true"),
            6,
            "list of 1 to",
        ),
        (rule("except = []\nrefuse = true"), 6, "list of 1 to"),
        (
            rule("except = [\"\"]\nrefuse = true"),
            6,
            "control characters",
        ),
        (
            rule("except = [\"a\\nb\"]\nrefuse = true"),
            6,
            "control characters",
        ),
        (rule("min-category = \"3\""), 6, "a number"),
        (rule("min-category = 3.0"), 6, "a number"),
        (rule("min-category = 0"), 6, "1 to 5"),
        (rule("min-category = 6"), 6, "1 to 5"),
        (rule("min-category = -1"), 6, "1 to 5"),
        (rule("min-rsa-bits = 2047"), 6, "2048 to 16384"),
        (rule("min-rsa-bits = 16385"), 6, "2048 to 16384"),
        (rule("min-rsa-bits = 99999999999999999999"), 6, ""),
        (rule("contexts = [\"hex:0\"]"), 6, "hex: and digits"),
        (rule("contexts = [\"hex:+1\"]"), 6, "hex: and digits"),
        (
            rule(&format!("contexts = [\"{}\"]", "c".repeat(256))),
            6,
            "255 bytes",
        ),
        (
            rule("use = [\"generate\"]\ncontexts = [\"c\"]"),
            7,
            "sign or verify",
        ),
        (
            "version = 1\nname = \"t\"\nread-legacy = \"yes\"".into(),
            3,
            "true or false",
        ),
        ("version = 1\nname = \"t\"\nrule = 1".into(), 3, "[[rule]]"),
        (
            "version = 1\nname = \"t\"\n[rule]\nname = \"r\"".into(),
            3,
            "[[rule]]",
        ),
        (
            "version = 1\nname = \"t\"\nrule = [1]".into(),
            3,
            "[[rule]]",
        ),
        (
            "version = 1\nname = \"t\"\nchoose = [\"sign\"]".into(),
            3,
            "[[choose]]",
        ),
    ]);
}

#[test]
fn a_date_is_a_date_of_toml_and_a_whole_second() {
    malformed(&[
        (
            rule("refuse = true\nfrom = \"2027-01-01\""),
            7,
            "a date without quotes",
        ),
        (
            rule("refuse = true\nfrom = 20270101"),
            7,
            "a date without quotes",
        ),
        (
            rule("refuse = true\nfrom = 08:00:00"),
            7,
            "not a time of day alone",
        ),
        (
            rule("refuse = true\nfrom = 2027-01-01T00:00:00.5Z"),
            7,
            "whole seconds",
        ),
        (
            rule("refuse = true\nfrom = 2016-12-31T23:59:60Z"),
            7,
            "a moment that exists",
        ),
        (rule("refuse = true\nfrom = 2027-02-29"), 7, ""),
        (rule("refuse = true\nfrom = 2027-1-1"), 7, ""),
        (
            rule("refuse = true\nfrom = 2027-01-01\nuntil = 2027-01-01"),
            8,
            "a time after 2027-01-01",
        ),
        (
            rule("refuse = true\nuntil = 2026-12-31\nfrom = 2027-01-01"),
            7,
            "a time after 2027-01-01",
        ),
        (
            rule("refuse = true\nfrom = 2027-01-01T00:00:00Z\nuntil = 2027-01-01T08:00:00+08:00"),
            8,
            "a time after",
        ),
        (
            choice(
                "use = \"sign\"\nalgorithm = \"ML-DSA-65\"\nfrom = 2027-01-01\nuntil = 2026-01-01",
            ),
            7,
            "a time after",
        ),
    ]);
    for zone in [
        "",
        "CST",
        "8",
        "+8",
        "+0800",
        "+08",
        "+24:00",
        "+08:60",
        "Asia/Shanghai",
        ".5Z",
        ":00Z",
        " Z",
    ] {
        let text = format!("version = 1\nname = \"t\"\nzone = {zone:?}\n");
        let error = error(&text);
        assert_eq!(
            (error.code(), error.place()),
            (Code::Malformed, Some("line 3")),
            "{zone}"
        );
    }
}

#[test]
fn a_rule_makes_one_demand() {
    malformed(&[
        (rule("use = [\"sign\"]"), 3, "exactly one of refuse"),
        (rule("refuse = true\nwarn = true"), 3, "got 2 of them"),
        (
            rule("only = [\"hybrid\"]\nmin-category = 3"),
            3,
            "got 2 of them",
        ),
        (
            rule("refuse = true\ncontexts = [\"c\"]\nmin-rsa-bits = 3072"),
            3,
            "got 3 of them",
        ),
    ]);
}

#[test]
fn names_are_short_plain_and_unique() {
    let head = "version = 1\nname = \"t\"\n";
    let named =
        |name: &str| format!("{head}[[rule]]\nname = {name:?}\nharm = \"h\"\nrefuse = true\n");
    let long = "n".repeat(65);
    malformed(&[
        (named("two words"), 4, "letters, digits"),
        (named(""), 4, "letters, digits"),
        (named("n\u{e4}me"), 4, "letters, digits"),
        (named(&long), 4, "1 to 64"),
        (
            "version = 1\nname = \"a bank\"".into(),
            2,
            "letters, digits",
        ),
        (format!("version = 1\nname = \"{long}\""), 2, "1 to 64"),
        (
            format!("{head}[[rule]]\nname = \"r\"\nrefuse = true\n"),
            3,
            "harm",
        ),
        (
            format!("{head}[[rule]]\nharm = \"h\"\nrefuse = true\n"),
            3,
            "name",
        ),
        (
            format!("{head}[[rule]]\nname = \"r\"\nharm = \"  \"\nrefuse = true"),
            5,
            "sentence",
        ),
        (
            format!("{head}[[rule]]\nname = \"r\"\nharm = \"a\\nb\"\nrefuse = true"),
            5,
            "sentence",
        ),
        (
            format!(
                "{head}[[rule]]\nname = \"r\"\nharm = \"{}\"",
                "h".repeat(301)
            ),
            5,
            "1 to 300",
        ),
        (
            format!("{head}[[choose]]\nuse = \"sign\"\n"),
            3,
            "algorithm",
        ),
        (
            rule(&format!("refuse = true\nexcept = [\"{long}\"]")),
            7,
            "1 to 64",
        ),
    ]);
    let n64 = "n".repeat(64);
    let longest = format!(
        "[[rule]]\nname = \"{n64}\"\nharm = \"{}\"\nrefuse = true",
        "h".repeat(300)
    );
    assert_eq!(policy(&longest).rules().last().unwrap().name(), n64);
    // No rule may pass for the one that is always there.
    for (first, second, place) in [("r", "r", "line 7"), ("read-legacy", "r", "line 3")] {
        let text = [named(first), named(second).replacen(head, "", 1)].concat();
        let error = error(&text);
        assert_eq!(error.code(), Code::Malformed);
        assert_eq!(error.place(), Some(place));
        assert!(
            error
                .to_string()
                .contains(&format!("two rules called {first:?}")),
            "{error}"
        );
    }
}

#[test]
fn only_version_1_with_a_name_is_read() {
    malformed(&[
        ("".into(), 1, "version"),
        ("name = \"t\"".into(), 1, "version"),
        ("version = 1".into(), 1, "name"),
        ("name = \"t\"\nversion = 2".into(), 2, "expected 1, got 2"),
        ("name = \"t\"\nversion = 0".into(), 2, "expected 1, got 0"),
        ("name = \"t\"\nversion = -1".into(), 2, "expected 1, got -1"),
        ("name = \"t\"\nversion = \"1\"".into(), 2, "a number"),
        ("name = \"t\"\nversion = 1.0".into(), 2, "a number"),
        ("name = \"t\"\nversion = true".into(), 2, "a number"),
    ]);
}

#[test]
fn what_is_no_toml_is_refused_at_its_line() {
    malformed(&[
        (
            "version = 1\nname = \"t\"\nname = \"u\"".into(),
            3,
            "duplicate",
        ),
        (rule("refuse = true\nrefuse = true"), 7, "duplicate"),
        ("version = 1\nname = \"t\"\n\0".into(), 3, "TOML"),
        ("version = 1\nname = \"t\0\"".into(), 2, "TOML"),
        ("version = 1\nname = ".into(), 2, "TOML"),
        ("<policy/>".into(), 1, "TOML"),
        // Of what is inside nothing is believed by accident.
        (
            "version = 1\nname = \"t\"\nrule.name = \"r\"".into(),
            3,
            "[[rule]]",
        ),
        ("version = 1\nname.of = \"t\"".into(), 2, "a string"),
    ]);
    for nest in ["[", "{a="] {
        let text = format!("version = 1\nname = \"t\"\nzone = {}", nest.repeat(60_000));
        assert_eq!(error(&text).code(), Code::Malformed);
    }
    let dotted = format!("version = 1\nname = \"t\"\n{}x = 1", "a.".repeat(60_000));
    assert_eq!(error(&dotted).code(), Code::Malformed);
}

#[test]
fn a_policy_has_a_largest_size() {
    let head = "version = 1\nname = \"t\"\n";
    let padded = |length: usize| format!("{head}#{}", "x".repeat(length - head.len() - 1));
    assert!(Policy::from_toml(&padded(MAX_POLICY)).is_ok());
    assert_eq!(error(&padded(MAX_POLICY + 1)).code(), Code::Limit);
    assert_eq!(MAX_POLICY, 256 << 10);

    let rules = |count: usize| -> String {
        let rules = (0..count).map(|n| format!("[[rule]]\nname=\"{n}\"\nharm=\"h\"\nwarn=true\n"));
        [head.to_owned()].into_iter().chain(rules).collect()
    };
    // And the rule about legacy algorithms, which is always there.
    assert_eq!(
        Policy::from_toml(&rules(MAX_RULES)).unwrap().rules().len(),
        MAX_RULES + 1
    );
    // Where they may be read, a rule that marks them stands beside it, and its name is taken too.
    let reading = format!("{head}read-legacy = true\n");
    let names: Vec<String> = Policy::from_toml(&reading)
        .unwrap()
        .rules()
        .iter()
        .map(|rule| rule.name().to_owned())
        .collect();
    assert_eq!(names, ["read-legacy", "legacy-is-read"]);
    let named = format!("{reading}[[rule]]\nname=\"legacy-is-read\"\nharm=\"h\"\nwarn=true\n");
    assert_eq!(error(&named).code(), Code::Malformed);
    assert_eq!(error(&rules(MAX_RULES + 1)).code(), Code::Limit);
    let choices = |count| {
        let one = "[[choose]]\nuse=\"sign\"\nalgorithm=\"Ed25519\"\n";
        format!("{head}{}", one.repeat(count))
    };
    assert!(Policy::from_toml(&choices(MAX_RULES)).is_ok());
    assert_eq!(error(&choices(MAX_RULES + 1)).code(), Code::Limit);
    let parties = |count: usize| {
        let names: Vec<String> = (0..count).map(|n| n.to_string()).collect();
        rule(&format!("refuse = true\nexcept = {names:?}"))
    };
    assert!(Policy::from_toml(&parties(1000)).is_ok());
    assert_eq!(error(&parties(1001)).code(), Code::Malformed);
}

#[test]
fn another_spelling_of_the_same_is_the_same_policy() {
    let text =
        rule("use = [\"sign\"]\nalgorithms = [\"classical\"]\nfrom = 2027-01-01\nrefuse = true");
    let inline = "version = 0x1\n'name' = 'test'\nrule = [{name = \"r\", harm = \"h\", \
        use = [\"sign\"], algorithms = [\"classical\"], from = 2027-01-01T00:00:00Z, refuse = true}]";
    let dotted = inline.replace("\"sign\"", "\"\\u0073ign\"");
    for other in [
        text.clone(),
        text.replace('\n', "\r\n"),
        format!("\u{feff}{text}"),
        text.replace("2027-01-01", "2027-01-01 00:00:00"),
        inline.to_owned(),
        dotted,
    ] {
        let policy = Policy::from_toml(&other).unwrap_or_else(|error| panic!("{error}\n{other}"));
        assert_eq!(policy.name(), "test");
        for (algorithm, purpose, at, refused) in [
            (Algorithm::Ed25519, Use::Sign, 1_798_761_600, true),
            (Algorithm::Ed25519, Use::Sign, 1_798_761_599, false),
            (Algorithm::Ed25519, Use::Verify, 1_798_761_600, false),
            (Algorithm::MlDsa65, Use::Sign, 1_798_761_600, false),
        ] {
            let refusals = policy.refusals(&request(algorithm, purpose, unix(at)));
            let rules: Vec<_> = refusals
                .iter()
                .map(|refusal| refusal.rule.as_str())
                .collect();
            assert_eq!(rules, if refused { vec!["r"] } else { vec![] }, "{other}");
        }
    }
}

#[test]
fn lines_are_counted_in_files_of_either_system() {
    let text = rule("refuse = true\nfrom = \"2027-01-01\"");
    let error = error(&text.replace('\n', "\r\n"));
    assert_eq!(error.place(), Some("line 7"));
}

#[test]
fn a_choice_that_is_always_refused_is_remarked_and_no_other() {
    let choice =
        |scope: &str| format!("[[choose]]\nuse = \"sign\"\nalgorithm = \"Ed25519\"\n{scope}\n");
    let rule = |name: &str, lines: &str| {
        format!("[[rule]]\nname = \"{name}\"\nharm = \"h\"\nuse = [\"sign\"]\n{lines}\n")
    };
    for (choice, rules, remarked) in [
        (choice(""), rule("a", "refuse = true"), true),
        (choice(""), rule("a", "warn = true"), false),
        (choice(""), rule("a", "contexts = [\"c\"]"), false),
        (choice(""), rule("a", "only = [\"Ed25519\"]"), false),
        (
            choice(""),
            rule("a", "refuse = true\nfrom = 2027-01-01"),
            false,
        ),
        (
            choice("from = 2027-01-01"),
            rule("a", "refuse = true\nfrom = 2027-01-01"),
            true,
        ),
        (
            choice("from = 2026-12-31"),
            rule("a", "refuse = true\nfrom = 2027-01-01"),
            false,
        ),
        (
            choice("until = 2027-01-01"),
            rule("a", "refuse = true\nuntil = 2027-01-01"),
            true,
        ),
        (
            choice("until = 2027-01-02"),
            rule("a", "refuse = true\nuntil = 2027-01-01"),
            false,
        ),
        (
            choice(""),
            rule("a", "refuse = true\nexcept = [\"Alpha\"]"),
            false,
        ),
        (
            choice("except = [\"Alpha\"]"),
            rule("a", "refuse = true\nexcept = [\"Alpha\"]"),
            true,
        ),
        (
            choice(""),
            rule("a", "refuse = true\nuntil = 2027-01-01")
                + &rule("b", "refuse = true\nfrom = 2027-01-01"),
            true,
        ),
        (
            choice(""),
            rule("a", "refuse = true\nuntil = 2027-01-01")
                + &rule("b", "refuse = true\nfrom = 2027-01-01T00:00:01Z"),
            false,
        ),
    ] {
        let text = format!("{choice}{rules}");
        let remarks = policy(&text).remarks();
        assert_eq!(remarks.len(), usize::from(remarked), "{remarks:?}\n{text}");
        assert!(
            remarks
                .iter()
                .all(|one| one.contains("Ed25519 is chosen for sign"))
        );
    }
}

#[test]
fn a_rule_that_can_never_say_anything_is_found() {
    for (lines, expected) in [
        (
            "use = [\"sign\"]\nalgorithms = [\"ECDH-*\", \"X25519\"]\nrefuse = true",
            "uses",
        ),
        (
            "use = [\"open\", \"receive\"]\nalgorithms = [\"RSA-*\"]\nwarn = true",
            "uses",
        ),
        ("algorithms = [\"ML-KEM-*\"]\ncontexts = [\"c\"]", "uses"),
        (
            "use = [\"generate\"]\nalgorithms = [\"ECDH-*\"]\nrefuse = true",
            "",
        ),
        (
            "use = [\"sign\"]\nalgorithms = [\"ECDH-*\", \"Ed25519\"]\nrefuse = true",
            "",
        ),
        // What all algorithms reach today may be missed by one of tomorrow.
        ("min-rsa-bits = 2048", ""),
        ("algorithms = [\"legacy\"]\nrefuse = true", ""),
        (
            "refuse = true\ncounterparties = [\"A\", \"B\"]\nexcept = [\"B\", \"A\", \"C\"]",
            "exception",
        ),
        (
            "refuse = true\ncounterparties = [\"A\", \"B\"]\nexcept = [\"B\"]",
            "",
        ),
        ("refuse = true\nexcept = [\"B\"]", ""),
    ] {
        let text = format!("[[rule]]\nname = \"r\"\nharm = \"h\"\n{lines}");
        let remarks = policy(&text).remarks();
        match expected {
            "" => assert_eq!(remarks, [""; 0], "{lines}"),
            why => {
                assert_eq!(remarks.len(), 1, "{lines}: {remarks:?}");
                assert!(remarks[0].starts_with("rule r never says anything: "));
                assert!(remarks[0].contains(why), "{lines}: {remarks:?}");
            }
        }
    }
}

#[test]
fn a_policy_of_very_many_lines_is_looked_at_for_a_bounded_time() {
    let mut text = String::new();
    for day in 0..255 {
        text += "[[choose]]\nuse = \"sign\"\nalgorithm = \"Ed25519\"\n";
        text += &format!("[[rule]]\nname = \"{day}\"\nharm = \"h\"\nrefuse = true\n");
        text += &format!(
            "until = {}\nexcept = [\"Bank {day}\", \"Bank {day} again\"]\n",
            unix(86_400 * (day + 900))
        );
    }
    text += "[[rule]]\nname = \"all\"\nharm = \"h\"\nrefuse = true\n";
    let remarks = policy(&text).remarks();
    // It is minutes if every choice is tried at every edge with every counterparty.
    let last = remarks.last().map(String::as_str);
    assert_eq!(last, Some("too long to look at every choice"));
}
