//! Rules only take away: for any policy and any request.

use std::fmt::Write;

use chop::policy::{Request, Use};
use chop::{Algorithm, Context, Guard, Policy};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use super::{policy, unix};

/// Dates lie this far apart, so that requests meet edges.
const STEP: u64 = 86_400;
const DAYS: u64 = 8;

const PARTIES: [&str; 3] = ["Alpha", "Beta", "Gamma"];
const CONTEXTS: [&str; 3] = ["", "pacs.008", "pacs.009"];

/// Everything of a rule but its name.
#[derive(Clone, Debug)]
struct Lines(String);

/// Dates and counterparties.
fn scope() -> impl Strategy<Value = String> {
    let day = || proptest::option::of(1..DAYS);
    let parties = || subsequence(PARTIES.to_vec(), 0..=2);
    (day(), day(), parties(), parties()).prop_map(|(from, days, only, except)| {
        let mut text = String::new();
        let start = from.unwrap_or_default();
        for (word, day) in [("from", from), ("until", days.map(|days| start + days))] {
            if let Some(day) = day {
                writeln!(text, "{word} = {}", unix(day * STEP)).unwrap();
            }
        }
        for (word, names) in [("counterparties", only), ("except", except)] {
            if !names.is_empty() {
                writeln!(text, "{word} = {names:?}").unwrap();
            }
        }
        text
    })
}

fn demand() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("refuse = true".to_owned()),
        Just("warn = true".to_owned()),
        words().prop_map(|words| format!("only = {words:?}")),
        (1..6).prop_map(|least| format!("min-category = {least}")),
        select(vec![2048, 2049, 3072, 4096, 16384])
            .prop_map(|least| format!("min-rsa-bits = {least}")),
        subsequence(CONTEXTS.to_vec(), 1..=2).prop_map(|list| format!("contexts = {list:?}")),
    ]
}

fn words() -> impl Strategy<Value = Vec<&'static str>> {
    let mut words = vec![
        "classical",
        "hybrid",
        "post-quantum",
        "legacy",
        "ML-*",
        "RSA*",
        "MLDSA*",
    ];
    words.extend(Algorithm::ALL.iter().map(|row| row.name()));
    proptest::collection::vec(select(words), 1..4)
}

fn lines() -> impl Strategy<Value = Lines> {
    let uses = subsequence(Use::ALL.to_vec(), 1..=6);
    let of = proptest::option::of(words());
    (uses, of, demand(), scope()).prop_map(|(uses, of, demand, scope)| {
        let mut names: Vec<&str> = uses.iter().map(|purpose| purpose.name()).collect();
        // A rule on contexts that concerns no signatures is refused when it is read.
        if demand.starts_with("contexts") {
            names.push("sign");
        }
        let mut text = format!("use = {names:?}\n{demand}\n{scope}");
        if let Some(of) = of {
            writeln!(text, "algorithms = {of:?}").unwrap();
        }
        Lines(text)
    })
}

fn choice() -> impl Strategy<Value = String> {
    (select(Algorithm::ALL.to_vec()), scope()).prop_map(|(algorithm, scope)| {
        let purpose = match algorithm.info().shared_secret {
            None => "sign",
            Some(_) => "receive",
        };
        format!("[[choose]]\nuse = \"{purpose}\"\nalgorithm = \"{algorithm}\"\n{scope}\n")
    })
}

/// Choices and rules; a rule is called by its number.
fn built(choices: &[String], rules: &[(usize, Lines)]) -> Policy {
    let mut text = choices.concat();
    for (number, Lines(lines)) in rules {
        write!(
            text,
            "[[rule]]\nname = \"r{number}\"\nharm = \"h\"\n{lines}\n"
        )
        .unwrap();
    }
    policy(&text)
}

/// A request; the seconds lie on an edge or beside it.
#[derive(Clone, Debug)]
struct Asked {
    algorithm: Algorithm,
    purpose: Use,
    context: Context,
    party: Option<&'static str>,
    seconds: u64,
}

impl Asked {
    fn request(&self) -> Request<'_> {
        Request {
            algorithm: self.algorithm,
            purpose: self.purpose,
            context: &self.context,
            counterparty: self.party,
            at: unix(self.seconds),
        }
    }

    /// The numbers of the rules that refuse, in order.
    fn refused_by(&self, policy: &Policy) -> Vec<String> {
        let refusals = policy.refusals(&self.request());
        let mut names: Vec<_> = refusals.into_iter().map(|refusal| refusal.rule).collect();
        names.sort();
        names
    }

    fn choices(&self, policy: &Policy) -> Vec<Algorithm> {
        let chosen = |purpose| {
            policy
                .choices(purpose, unix(self.seconds), self.party)
                .unwrap()
        };
        [chosen(Use::Sign), chosen(Use::Receive)].concat()
    }
}

fn asked() -> impl Strategy<Value = Vec<Asked>> {
    let one = (
        select(Algorithm::ALL.to_vec()),
        select(Use::ALL.to_vec()),
        select(CONTEXTS.to_vec()),
        proptest::option::of(select(PARTIES.to_vec())),
        (0..2 * DAYS, 0..3u64),
    )
        .prop_map(
            |(algorithm, purpose, context, party, (day, second))| Asked {
                algorithm,
                purpose,
                context: Context::new(context).unwrap(),
                party,
                seconds: (day * STEP + second).saturating_sub(1),
            },
        );
    proptest::collection::vec(one, 40)
}

fn numbered(rules: Vec<Lines>) -> Vec<(usize, Lines)> {
    rules.into_iter().enumerate().collect()
}

fn rules() -> impl Strategy<Value = Vec<Lines>> {
    proptest::collection::vec(lines(), 0..6)
}

fn choices() -> impl Strategy<Value = Vec<String>> {
    proptest::collection::vec(choice(), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(300)
    })]

    #[test]
    fn a_rule_more_allows_nothing_more_and_chooses_nothing_more(
        choices in choices(),
        rules in rules(),
        added in lines(),
        place in any::<proptest::sample::Index>(),
        asked in asked(),
    ) {
        let mut rules = numbered(rules);
        let before = built(&choices, &rules);
        rules.insert(place.index(rules.len() + 1), (99, added));
        let after = built(&choices, &rules);
        for asked in asked {
            let (old, mut new) = (asked.refused_by(&before), asked.refused_by(&after));
            new.retain(|name| name != "r99");
            prop_assert_eq!(old, new, "what another rule says changes: {:?}", asked);
            let old = asked.choices(&before);
            let new = asked.choices(&after);
            prop_assert!(new.iter().all(|chosen| old.contains(chosen)), "{asked:?}");
        }
    }

    #[test]
    fn the_order_of_the_rules_does_not_matter(
        choices in choices(),
        (rules, shuffled) in rules().prop_map(numbered).prop_flat_map(|rules| {
            (Just(rules.clone()), Just(rules).prop_shuffle())
        }),
        asked in asked(),
    ) {
        let (one, other) = (built(&choices, &rules), built(&choices, &shuffled));
        for asked in asked {
            prop_assert_eq!(asked.refused_by(&one), asked.refused_by(&other));
            prop_assert_eq!(asked.choices(&one), asked.choices(&other));
            prop_assert_eq!(
                one.warnings(&asked.request()).len(),
                other.warnings(&asked.request()).len()
            );
        }
    }

    #[test]
    fn a_rule_for_others_concerns_nobody_else(
        choices in choices(),
        rules in rules(),
        Lines(added) in lines().prop_filter("unscoped", |lines| {
            !lines.0.contains("counterparties") && !lines.0.contains("except")
        }),
        asked in asked(),
    ) {
        let mut rules = numbered(rules);
        let before = built(&choices, &rules);
        for scope in ["counterparties = [\"Delta\"]", "except = [\"Alpha\", \"Beta\", \"Gamma\"]"] {
            rules.push((99, Lines(format!("{added}\n{scope}\n"))));
            let after = built(&choices, &rules);
            rules.pop();
            for asked in &asked {
                // An exception for those who are known is no exception for those who are not.
                if scope.starts_with("except") && asked.party.is_none() {
                    continue;
                }
                prop_assert_eq!(asked.refused_by(&before), asked.refused_by(&after));
                prop_assert_eq!(asked.choices(&before), asked.choices(&after));
            }
        }
    }

    #[test]
    fn a_guard_says_what_its_policy_says(rules in rules(), asked in asked()) {
        let guard = Guard::new(built(&[], &numbered(rules)));
        for asked in asked {
            let mut guard = guard.clone().at(unix(asked.seconds));
            if let Some(party) = asked.party {
                guard = guard.with_counterparty(party).unwrap();
            }
            let refusals = guard.policy().refusals(&asked.request());
            let refusal = guard.refusal(asked.algorithm, asked.purpose, &asked.context);
            prop_assert_eq!(refusal.as_ref(), Ok(&refusals.first().cloned()));
            let check = guard.check(asked.algorithm, asked.purpose, &asked.context);
            let error = check.err();
            prop_assert_eq!(
                error.as_ref().and_then(|error| error.refused_by()),
                refusals.first().map(|refusal| refusal.rule.as_str())
            );
        }
    }
}
