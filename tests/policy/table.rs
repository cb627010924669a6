//! Every kind of rule × algorithms of every class × every use × the seconds around every edge.

use chop::algorithm::Class;
use chop::policy::{Refusal, Request, Use};
use chop::{Algorithm, Code, Context, Policy};

use super::{algorithm, policy, request, unix};

/// Algorithms of every class, kind, category and length of RSA.
const SAMPLE: &[&str] = &[
    "ML-KEM-512",
    "ML-DSA-87",
    "MLDSA44-RSA2048-PSS-SHA256",
    "MLKEM768-RSA3072-SHA3-256",
    "MLDSA87-Ed448-SHAKE256",
    "X-Wing",
    "Ed25519",
    "X25519",
    "ECDH-P256",
    "RSA-2048",
    "RSA-4096",
    "Kyber768-R3",
    "Dilithium3-draft",
];

/// What a rule does to the algorithms that it hits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Allows,
    Warns,
    Refuses,
}

/// A demand, what it does, and to which of the sample.
const DEMANDS: &[(&str, Effect, &[&str])] = &[
    ("refuse = true", Effect::Refuses, SAMPLE),
    (
        "algorithms = [\"classical\"]\nrefuse = true",
        Effect::Refuses,
        &["Ed25519", "X25519", "ECDH-P256", "RSA-2048", "RSA-4096"],
    ),
    (
        "algorithms = [\"ML-*\", \"X25519\"]\nrefuse = true",
        Effect::Refuses,
        &["ML-KEM-512", "ML-DSA-87", "X25519"],
    ),
    (
        "algorithms = [\"hybrid\"]\nwarn = true",
        Effect::Warns,
        &[
            "MLDSA44-RSA2048-PSS-SHA256",
            "MLKEM768-RSA3072-SHA3-256",
            "MLDSA87-Ed448-SHAKE256",
            "X-Wing",
        ],
    ),
    (
        "algorithms = [\"legacy\"]\nrefuse = true",
        Effect::Refuses,
        &["Kyber768-R3", "Dilithium3-draft"],
    ),
    (
        "only = [\"hybrid\", \"RSA-4096\"]",
        Effect::Refuses,
        &[
            "ML-KEM-512",
            "ML-DSA-87",
            "Ed25519",
            "X25519",
            "ECDH-P256",
            "RSA-2048",
            "Kyber768-R3",
            "Dilithium3-draft",
        ],
    ),
    (
        "algorithms = [\"classical\"]\nonly = [\"RSA-*\", \"ML-DSA-87\"]",
        Effect::Refuses,
        &["Ed25519", "X25519", "ECDH-P256"],
    ),
    (
        "only = [\"post-quantum\"]",
        Effect::Refuses,
        &[
            "MLDSA44-RSA2048-PSS-SHA256",
            "MLKEM768-RSA3072-SHA3-256",
            "MLDSA87-Ed448-SHAKE256",
            "X-Wing",
            "Ed25519",
            "X25519",
            "ECDH-P256",
            "RSA-2048",
            "RSA-4096",
            "Kyber768-R3",
            "Dilithium3-draft",
        ],
    ),
    (
        "min-category = 3",
        Effect::Refuses,
        &[
            "ML-KEM-512",
            "MLDSA44-RSA2048-PSS-SHA256",
            "Ed25519",
            "X25519",
            "ECDH-P256",
            "RSA-2048",
            "RSA-4096",
        ],
    ),
    (
        "algorithms = [\"post-quantum\", \"hybrid\"]\nmin-category = 5",
        Effect::Refuses,
        &[
            "ML-KEM-512",
            "MLDSA44-RSA2048-PSS-SHA256",
            "MLKEM768-RSA3072-SHA3-256",
            "X-Wing",
        ],
    ),
    (
        "min-rsa-bits = 3072",
        Effect::Refuses,
        &["RSA-2048", "MLDSA44-RSA2048-PSS-SHA256"],
    ),
    (
        "min-rsa-bits = 3073",
        Effect::Refuses,
        &[
            "RSA-2048",
            "MLDSA44-RSA2048-PSS-SHA256",
            "MLKEM768-RSA3072-SHA3-256",
        ],
    ),
];

/// The zone of the policy, a date as it is written there, and that moment in seconds since 1970.
const EDGES: &[(&str, &str, u64)] = &[
    ("Z", "2027-01-01", 1_798_761_600),
    ("+08:00", "2027-01-01", 1_798_732_800),
    ("-05:00", "2027-01-01", 1_798_779_600),
    ("+05:45", "2027-01-01", 1_798_740_900),
    // What the date says itself goes before the zone of the policy.
    ("+08:00", "2027-01-01T00:00:00Z", 1_798_761_600),
    ("-05:00", "2027-01-01T00:00:00+08:00", 1_798_732_800),
    ("+05:45", "2027-01-01T00:00:00-05:00", 1_798_779_600),
    ("Z", "2027-01-01T00:00:00+05:45", 1_798_740_900),
    // A time without an offset is one of the zone.
    ("+08:00", "2027-01-01T08:00:00", 1_798_761_600),
    ("-05:00", "2026-12-31 19:00:00", 1_798_761_600),
    ("Z", "2028-02-29", 1_835_395_200),
    ("Z", "2028-03-01", 1_835_481_600),
    ("+08:00", "2028-03-01", 1_835_452_800),
    ("Z", "2100-03-01", 4_107_542_400),
    ("Z", "2100-02-28T23:59:59Z", 4_107_542_399),
    ("Z", "1970-01-01", 0),
    ("-05:00", "1970-01-01", 18_000),
    ("+08:00", "1970-01-01T08:00:00", 0),
    ("+08:00", "9999-12-31", 253_402_185_600),
    ("Z", "9999-12-31T23:59:59Z", 253_402_300_799),
];

const LAST: u64 = 253_402_300_799;

/// What the policy does to a request: the names of the rules aside, and the rule that is always there.
fn effect(policy: &Policy, request: &Request<'_>) -> Effect {
    let (mut refused, warned) = (policy.refusals(request), policy.warnings(request));
    let built_in = |refusal: &Refusal| refusal.rule == "read-legacy";
    assert_eq!(
        refused.iter().any(built_in),
        request.algorithm.is_legacy(),
        "{request:?}"
    );
    refused.retain(|refusal| !built_in(refusal));
    match (refused.as_slice(), warned.as_slice()) {
        ([], []) => Effect::Allows,
        ([], [_]) => Effect::Warns,
        ([refusal], []) if refusal.rule == "tested" => Effect::Refuses,
        _ => panic!("one rule says more than one thing: {refused:?} {warned:?}"),
    }
}

fn rule(lines: &str) -> String {
    format!("[[rule]]\nname = \"tested\"\nharm = \"harm\"\n{lines}\n")
}

/// Checks that a demand works from `first` to before `after`, for `uses` alone, on what it hits.
fn holds(
    policy: &Policy,
    demand: &(&str, Effect, &[&str]),
    uses: &[Use],
    moments: &[(u64, bool)],
) -> usize {
    let (words, does, hit) = *demand;
    let mut asked = 0;
    for name in SAMPLE {
        for purpose in Use::ALL.iter().copied() {
            for &(at, in_force) in moments {
                let expected = match in_force && uses.contains(&purpose) && hit.contains(name) {
                    true => does,
                    false => Effect::Allows,
                };
                let got = effect(policy, &request(algorithm(name), purpose, unix(at)));
                assert_eq!(got, expected, "{words}: {name}, {purpose}, {at}");
                asked += 1;
            }
        }
    }
    asked
}

#[test]
fn the_sample_has_every_class_that_the_table_of_algorithms_has() {
    for class in Class::ALL {
        assert!(SAMPLE.iter().any(|name| algorithm(name).class() == *class));
    }
    assert_eq!(Class::ALL.len(), 4);
}

#[test]
fn every_demand_works_for_each_use_around_each_edge() {
    let mut asked = 0;
    for &(zone, date, edge) in EDGES {
        let mut around = vec![(edge, true)];
        around.extend(edge.checked_sub(1).map(|before| (before, false)));
        around.extend((edge < LAST).then_some((edge + 1, true)));
        let until: Vec<_> = around.iter().map(|&(at, from)| (at, !from)).collect();
        for demand in DEMANDS {
            for purpose in Use::ALL.iter().copied() {
                for (word, moments) in [("from", &around), ("until", &until)] {
                    let lines = format!("use = [\"{purpose}\"]\n{word} = {date}\n{}", demand.0);
                    let policy = policy(&format!("zone = \"{zone}\"\n{}", rule(&lines)));
                    asked += holds(&policy, demand, &[purpose], moments);
                    assert_eq!(policy.edges(), [unix(edge)]);
                }
            }
        }
        let spelled = policy(&format!("zone = \"{zone}\"")).time(date);
        assert_eq!(spelled, Ok(unix(edge)), "{zone} {date}");
    }
    // Three moments around each edge, but two around the first and the last second.
    let moments = 3 * EDGES.len() - 3;
    assert_eq!(asked, moments * 2 * DEMANDS.len() * 6 * SAMPLE.len() * 6);
}

#[test]
fn a_period_is_in_force_from_its_first_second_to_the_last_before_its_end() {
    let moments = [
        (0, false),
        (1_798_732_799, false),
        (1_798_732_800, true),
        (1_798_732_801, true),
        (1_835_452_799, true),
        (1_835_452_800, false),
        (1_835_452_801, false),
        (LAST, false),
    ];
    for demand in DEMANDS {
        let lines = format!("from = 2027-01-01\nuntil = 2028-03-01\n{}", demand.0);
        let policy = policy(&format!("zone = \"+08:00\"\n{}", rule(&lines)));
        holds(&policy, demand, Use::ALL, &moments);
    }
}

#[test]
fn a_rule_without_dates_is_always_in_force_and_one_without_uses_is_on_all() {
    for demand in DEMANDS {
        let policy = policy(&rule(demand.0));
        holds(
            &policy,
            demand,
            Use::ALL,
            &[(0, true), (1_798_761_600, true), (LAST, true)],
        );
        assert_eq!(policy.edges(), []);
    }
}

#[test]
fn a_day_that_does_not_exist_is_no_date() {
    for (zone, date) in [
        ("Z", "2027-02-29"),
        ("Z", "2100-02-29"),
        ("Z", "2027-04-31"),
        ("Z", "2027-13-01"),
        ("Z", "2027-01-01T24:00:00Z"),
        ("Z", "2027-06-30T23:59:60Z"),
        // Before 1970 or after 9999 once the zone is taken away.
        ("Z", "1969-12-31"),
        ("+08:00", "1970-01-01"),
        ("Z", "1970-01-01T00:00:00+00:01"),
        ("Z", "9999-12-31T23:59:59-00:01"),
        ("-05:00", "9999-12-31T20:00:00"),
    ] {
        let text = format!(
            "version = 1\nname = \"test\"\nzone = \"{zone}\"\n{}",
            rule(&format!("refuse = true\nfrom = {date}"))
        );
        let error = Policy::from_toml(&text).unwrap_err();
        assert_eq!(error.code(), Code::Malformed, "{date}: {error}");
        assert_eq!(error.place(), Some("line 8"), "{date}: {error}");
        let asked = policy(&format!("zone = \"{zone}\"")).time(date);
        assert_eq!(asked.unwrap_err().code(), Code::Usage, "{date}");
    }
}

#[test]
fn contexts_are_asked_of_signatures_and_of_nothing_else() {
    let contexts = ["", "pacs.008", "pacs.009", "pacs"];
    let lines = "algorithms = [\"post-quantum\", \"hybrid\"]\n";
    for (demand, good) in [
        ("contexts = [\"pacs.008\"]", vec!["pacs.008"]),
        (
            "contexts = [\"hex:706163732e303038\", \"pacs\"]",
            vec!["pacs.008", "pacs"],
        ),
        ("contexts = [\"\", \"pacs.009\"]", vec!["", "pacs.009"]),
    ] {
        for uses in [
            vec![Use::Sign],
            vec![Use::Verify],
            vec![Use::Sign, Use::Verify, Use::Generate, Use::Import],
        ] {
            let names: Vec<_> = uses.iter().map(|one| format!("\"{one}\"")).collect();
            let text = format!("{lines}use = [{}]\n{demand}", names.join(", "));
            let policy = policy(&rule(&text));
            for name in ["ML-DSA-87", "MLDSA44-RSA2048-PSS-SHA256", "Ed25519"] {
                for purpose in Use::ALL.iter().copied() {
                    for context in contexts {
                        let asked = uses.contains(&purpose)
                            && [Use::Sign, Use::Verify].contains(&purpose)
                            && name != "Ed25519";
                        let expected = match asked && !good.contains(&context) {
                            true => Effect::Refuses,
                            false => Effect::Allows,
                        };
                        let context = Context::new(context).unwrap();
                        let request = Request {
                            context: &context,
                            ..request(algorithm(name), purpose, unix(0))
                        };
                        assert_eq!(effect(&policy, &request), expected, "{demand} {request:?}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_rule_concerns_the_counterparties_that_it_names_and_not_its_exceptions() {
    let parties = [None, Some("Alpha"), Some("Beta"), Some("alpha")];
    for (scope, concerned) in [
        ("", [true, true, true, true]),
        ("counterparties = [\"Alpha\"]", [false, true, false, false]),
        (
            "counterparties = [\"Alpha\", \"Beta\"]",
            [false, true, true, false],
        ),
        ("except = [\"Alpha\"]", [true, false, true, true]),
        (
            "counterparties = [\"Alpha\", \"Beta\"]\nexcept = [\"Beta\"]",
            [false, true, false, false],
        ),
    ] {
        for (demand, does, _) in &DEMANDS[..2] {
            let rules = policy(&rule(&format!("{demand}\n{scope}")));
            let choice = "[[choose]]\nuse = \"sign\"\nalgorithm = \"ML-DSA-87\"\n";
            let choices = policy(&format!("{choice}{scope}"));
            for (counterparty, concerned) in parties.iter().copied().zip(concerned) {
                let request = Request {
                    counterparty,
                    ..request(Algorithm::Ed25519, Use::Sign, unix(0))
                };
                let expected = if concerned { *does } else { Effect::Allows };
                assert_eq!(
                    effect(&rules, &request),
                    expected,
                    "{scope} {counterparty:?}"
                );
                let chosen = choices.choices(Use::Sign, unix(0), counterparty).unwrap();
                assert_eq!(!chosen.is_empty(), concerned, "{scope} {counterparty:?}");
            }
        }
    }
}

#[test]
fn a_choice_is_made_within_its_dates_and_never_of_what_is_refused() {
    let policy = policy(
        "zone = \"+08:00\"
        [[choose]]
        use = \"sign\"
        algorithm = \"ML-DSA-87\"
        from = 2028-02-29
        [[choose]]
        use = \"sign\"
        algorithm = \"Ed25519\"
        until = 2100-03-01
        [[choose]]
        use = \"sign\"
        algorithm = \"RSA-4096\"
        [[choose]]
        use = \"receive\"
        algorithm = \"X-Wing\"
        [[choose]]
        use = \"sign\"
        algorithm = \"RSA-4096\"
        [[rule]]
        name = \"no-rsa\"
        harm = \"harm\"
        use = [\"sign\"]
        from = 2027-01-01
        until = 2028-03-01
        algorithms = [\"RSA-*\"]
        refuse = true
        [[rule]]
        name = \"contexts\"
        harm = \"which context there will be is not known when an algorithm is chosen\"
        contexts = [\"pacs.008\"]
        [[rule]]
        name = \"warned\"
        harm = \"a warning refuses nothing\"
        warn = true",
    );
    let (dsa, ed, rsa) = ("ML-DSA-87", "Ed25519", "RSA-4096");
    for (at, expected) in [
        (1_798_732_799, vec![ed, rsa]),
        (1_798_732_800, vec![ed]),
        (1_798_732_801, vec![ed]),
        (1_835_366_399, vec![ed]),
        (1_835_366_400, vec![dsa, ed]),
        (1_835_366_401, vec![dsa, ed]),
        (1_835_452_799, vec![dsa, ed]),
        (1_835_452_800, vec![dsa, ed, rsa]),
        (4_107_513_599, vec![dsa, ed, rsa]),
        (4_107_513_600, vec![dsa, rsa]),
        (4_107_513_601, vec![dsa, rsa]),
    ] {
        let chosen = policy.choices(Use::Sign, unix(at), None).unwrap();
        let names: Vec<_> = chosen.iter().map(|chosen| chosen.name()).collect();
        assert_eq!(names, expected, "{at}");
        let received = policy.choices(Use::Receive, unix(at), None).unwrap();
        assert_eq!(received, [Algorithm::XWing]);
    }
    for purpose in [Use::Generate, Use::Import, Use::Verify, Use::Open] {
        let error = policy.choices(purpose, unix(0), None).unwrap_err();
        assert_eq!(error.code(), Code::Usage);
    }
}
