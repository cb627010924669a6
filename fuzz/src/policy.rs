//! Policies.

use chop::algorithm::{Context, Kind};
use chop::policy::{MAX_POLICY, Request, Use};
use chop::{Algorithm, Guard, Policy, Time};

use super::common::{printable, refusal};

/// The most moments and counterparties at which a policy is asked: enough for every small one, and a
/// bound for the time that a large one takes.
const MOMENTS: usize = 24;
const COUNTERPARTIES: usize = 4;

/// Reads `data` as a policy. What is read answers every question without a panic, and its answers
/// agree: those of the policy and of its guard, those about choices and about refusals.
pub fn run(data: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(data) else {
        return false;
    };
    let policy = match Policy::from_toml(text) {
        Ok(policy) => policy,
        Err(error) => {
            refusal(&error);
            return false;
        }
    };
    assert!(text.len() <= MAX_POLICY);
    assert!(Policy::from_toml(text) == Ok(policy.clone()), "read twice");
    printable(policy.name());
    for rule in policy.rules() {
        printable(rule.name());
        printable(rule.harm());
        assert!(rule.from().zip(rule.until()).is_none_or(|(a, b)| a < b));
    }
    let edges = policy.edges();
    assert!(edges.is_sorted_by(|a, b| a < b));
    for remark in policy.remarks() {
        printable(&remark);
    }

    let guard = Guard::new(policy);
    let mut parties = vec![None, Some("a stranger")];
    parties.extend(guard.policy().counterparties().into_iter().map(Some));
    parties.truncate(2 + COUNTERPARTIES);
    for at in moments(&edges) {
        for party in &parties {
            let mut guard = guard.clone().at(at);
            if let Some(party) = party {
                guard = guard
                    .with_counterparty(party)
                    .expect("a name that a policy holds");
            }
            agrees(&guard, at);
        }
    }
    true
}

/// Around each edge, and the first and the last moment.
fn moments(edges: &[Time]) -> Vec<Time> {
    let last = "9999-12-31T23:59:59Z".parse().expect("a time");
    let around = edges.iter().flat_map(|edge| {
        let edge = edge.unix_seconds();
        [edge.saturating_sub(1), edge, edge + 1].map(Time::from_unix_seconds)
    });
    let mut moments: Vec<Time> = around.flatten().take(MOMENTS).collect();
    moments.extend(Time::from_unix_seconds(0));
    moments.push(last);
    moments
}

/// One moment, with one counterparty.
fn agrees(guard: &Guard, at: Time) {
    let policy = guard.policy();
    let empty = Context::empty();
    for purpose in Use::ALL.iter().copied() {
        let chosen = match guard.choices(purpose) {
            Ok(chosen) => chosen,
            Err(error) => {
                assert!(!matches!(purpose, Use::Sign | Use::Receive));
                refusal(&error);
                Vec::new()
            }
        };
        for algorithm in Algorithm::ALL.iter().copied() {
            let request = Request {
                algorithm,
                purpose,
                context: &empty,
                counterparty: guard.counterparty(),
                at,
            };
            let refusals = policy.refusals(&request);
            let first = guard.refusal(algorithm, purpose, &empty);
            assert_eq!(first.as_ref(), Ok(&refusals.first().cloned()));
            assert_eq!(
                guard.check(algorithm, purpose, &empty).is_ok(),
                refusals.is_empty()
            );
            assert_eq!(
                guard.warnings(algorithm, purpose, &empty),
                Ok(policy.warnings(&request))
            );
            if chosen.contains(&algorithm) {
                let kind = match purpose {
                    Use::Sign => Kind::Signature,
                    _ => Kind::Kem,
                };
                assert_eq!(algorithm.info().kind, kind);
                // Which context there will be is not known when an algorithm is chosen.
                let by_context = |name: &str| {
                    let mut rules = policy.rules().iter();
                    let rule = rules.find(|rule| rule.name() == name);
                    rule.is_some_and(|rule| rule.demand().contains("contexts"))
                };
                assert!(refusals.iter().all(|refusal| by_context(&refusal.rule)));
            }
        }
    }
}
