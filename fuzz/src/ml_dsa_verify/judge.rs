//! One answer from everyone, or a panic that gives the case.

use std::num::NonZeroUsize;

use chop_verify::{
    Item, MuHasher, MuItem, PreparedKey, Rejected, verify_batch, verify_mu_batch,
    verify_once_with_path,
};

use super::peers::Peer;
use super::pool::Case;

type Answer = Result<(), Rejected>;

/// The clause that refused, without the lengths that it carries, or that none did.
pub fn name(answer: Answer) -> String {
    match answer {
        Ok(()) => "accepted".to_owned(),
        Err(rejected) => {
            let name = format!("{rejected:?}");
            name.split([' ', '(']).next().unwrap_or_default().to_owned()
        }
    }
}

/// The answer of the prepared key on every path.
pub fn prepared(case: &Case) -> Answer {
    let mut keys = case.key.prepared.iter();
    let verify = |key: &PreparedKey| key.verify(&case.message, &case.context, &case.signature);
    let answer = keys.next().map(verify).expect("the portable path");
    for key in keys {
        same(case, key.path().name(), answer, verify(key));
    }
    answer
}

/// [`prepared`], without preparing the key, and over μ.
pub fn everywhere(case: &Case) -> Answer {
    let answer = prepared(case);
    for key in &case.key.prepared {
        let once = verify_once_with_path(
            key.path(),
            case.key.set,
            &case.key.public,
            &case.message,
            &case.context,
            &case.signature,
        );
        same(case, "not prepared", answer, once);
        let Ok(mut hasher) = MuHasher::new(key.tr(), &case.context) else {
            assert!(matches!(answer, Err(Rejected::ContextLength { .. })));
            continue;
        };
        let (head, tail) = case.message.split_at(case.message.len() / 2);
        hasher.update(head);
        hasher.update(tail);
        let mu = hasher.finish();
        same(case, "over mu", answer, key.verify_mu(&mu, &case.signature));
        let item = MuItem {
            key,
            mu: &mu,
            signature: &case.signature,
        };
        for batched in verify_mu_batch(&[item; 2], NonZeroUsize::MIN) {
            same(case, "over mu in a batch", answer, batched);
        }
    }
    answer
}

/// Batches of all cases, by each path and by all of them in turn.
pub fn batches(cases: &[Case], answers: &[Answer]) {
    for kind in 0..batch_kinds(cases) {
        batch(cases, answers, kind);
    }
}

/// One batch of all cases, by the path of this number or, for the next number, by all of them in turn: the answers
/// are those given. Numbers start again from there.
pub fn batch(cases: &[Case], answers: &[Answer], kind: usize) {
    let kind = kind % batch_kinds(cases);
    let items: Vec<Item<'_>> = cases
        .iter()
        .enumerate()
        .map(|(i, case)| Item {
            key: match case.key.prepared.get(kind) {
                Some(key) => key,
                None => &case.key.prepared[i % case.key.prepared.len()],
            },
            message: &case.message,
            context: &case.context,
            signature: &case.signature,
        })
        .collect();
    let batched = verify_batch(&items, NonZeroUsize::MIN);
    assert_eq!(batched.len(), answers.len());
    for ((case, answer), batched) in cases.iter().zip(answers).zip(batched) {
        same(case, "in a batch", *answer, batched);
    }
}

/// As many as there are paths, and one more.
fn batch_kinds(cases: &[Case]) -> usize {
    1 + cases.first().map_or(0, |case| case.key.prepared.len())
}

/// Asks the others, as far as they can be asked; how many could.
pub fn theirs(case: &Case, answer: Answer, peers: &[Peer]) -> usize {
    let mut asked = 0;
    for peer in peers {
        let key = &case.key.peers;
        let opinion = key.ask(*peer, &case.message, &case.context, &case.signature);
        let Some(opinion) = opinion else {
            continue;
        };
        asked += 1;
        assert!(
            opinion.agrees(answer),
            "{} says {opinion:?}, chop-verify {answer:?}: {}",
            peer.name(),
            text(case)
        );
    }
    asked
}

fn same(case: &Case, way: &str, answer: Answer, other: Answer) {
    assert_eq!(answer, other, "{way}: {}", text(case));
}

/// The case, so that it can be tried again.
fn text(case: &Case) -> String {
    let hex = |bytes: &[u8]| -> String { bytes.iter().map(|byte| format!("{byte:02x}")).collect() };
    format!(
        "{}, public {}, message {}, context {}, signature {}",
        case.key.set,
        hex(&case.key.public),
        hex(&case.message),
        hex(&case.context),
        hex(&case.signature)
    )
}
