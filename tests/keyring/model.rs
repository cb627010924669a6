//! The keyring against a model that a person can read: a table of what each state allows and where each change
//! leads, written by hand, and random walks through both.

use chop::keyring::store::{MemoryStore, Space, Store};
use chop::keyring::{Change, KeyName, Keyring, Purpose, State};
use chop::{Algorithm, Code};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::support::{at, ring, time, wanted};

/// For each state: what may be done to a version in it, and which state it has then. `=` stays.
const TABLE: &[(State, &str)] = &[
    // sign, verify, export, activate, suspend, resume, deactivate, compromise, destroy
    (State::PreActive, "- - - A - - - C D"),
    (State::Active, "= = = - S - X C -"),
    (State::Suspended, "- = - - - A X C -"),
    (State::Deactivated, "- = - - - - - C D"),
    (State::Compromised, "- = - - - - - C D"),
    (State::Destroyed, "- = - - - - - D -"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Sign,
    Verify,
    Export,
    Change(Change),
}

const STEPS: &[Step] = &[
    Step::Sign,
    Step::Verify,
    Step::Export,
    Step::Change(Change::Activate),
    Step::Change(Change::Suspend),
    Step::Change(Change::Resume),
    Step::Change(Change::Deactivate),
    Step::Change(Change::Compromise),
    Step::Change(Change::Destroy),
];

/// The state after a step; `None` if it is refused.
fn expected(state: State, step: Step) -> Option<State> {
    let (_, row) = TABLE.iter().find(|(known, _)| *known == state).unwrap();
    let column = STEPS.iter().position(|known| *known == step).unwrap();
    match row.split(' ').nth(column).unwrap() {
        "-" => None,
        "=" => Some(state),
        "A" => Some(State::Active),
        "S" => Some(State::Suspended),
        "X" => Some(State::Deactivated),
        "C" => Some(State::Compromised),
        "D" => Some(State::Destroyed),
        other => panic!("{other}"),
    }
}

/// Every record of a store.
fn contents(store: &MemoryStore) -> Vec<(Space, Vec<u8>, Vec<u8>)> {
    let mut all = Vec::new();
    store
        .read(&mut |rows| {
            for space in Space::ALL {
                rows.scan(*space, b"", &mut |key, value| {
                    all.push((*space, key.to_vec(), value.to_vec()));
                    Ok(true)
                })?;
            }
            Ok(())
        })
        .unwrap();
    all
}

/// What a model knows of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Model {
    state: State,
    uses: u64,
    /// The second since which it is compromised.
    since: Option<u64>,
}

/// Does a step to a version, at a second of its own; whether it was done.
fn take(ring: &Keyring, name: &KeyName, number: u32, step: Step, now: u64, since: u64) -> bool {
    let reason = "a reason".parse().unwrap();
    let guard = at(now);
    let done = match step {
        Step::Sign => ring
            .signing_key(name, &guard)
            .and_then(|named| named.key.sign(b"m"))
            .map(drop),
        Step::Verify => ring.verifying_key(name, &guard).map(|key| {
            assert!(
                key.versions.iter().any(|(known, _)| *known == number) || key.versions.is_empty()
            );
        }),
        Step::Export => ring
            .export_private(name, Some(number), None, &guard)
            .map(drop),
        Step::Change(Change::Compromise) => ring
            .compromise(name, Some(number), time(since), &reason, &guard)
            .map(drop),
        Step::Change(Change::Destroy) => ring.destroy(name, number, &reason, &guard).map(drop),
        Step::Change(change) => ring
            .change(name, Some(number), change, Some(&reason), &guard)
            .map(drop),
    };
    match done {
        Ok(()) => true,
        Err(error) => {
            assert!(matches!(error.code(), Code::State | Code::Usage), "{error}");
            false
        }
    }
}

/// Brings a fresh version into a state.
fn into(ring: &Keyring, name: &KeyName, state: State) {
    let way: &[Change] = match state {
        State::PreActive => &[],
        State::Active => &[Change::Activate],
        State::Suspended => &[Change::Activate, Change::Suspend],
        State::Deactivated => &[Change::Activate, Change::Deactivate],
        State::Compromised => &[Change::Compromise],
        State::Destroyed => &[Change::Destroy],
    };
    for change in way {
        assert!(take(ring, name, 1, Step::Change(*change), 1000, 900));
    }
}

#[test]
fn every_state_does_with_every_step_what_the_table_says() {
    let mut pairs = 0;
    for state in State::ALL {
        for step in STEPS {
            let (ring, store) = ring();
            let name = "k".parse().unwrap();
            let pre_active = chop::keyring::Wanted {
                pre_active: true,
                ..wanted()
            };
            ring.new_key(
                &name,
                Purpose::Sign,
                Algorithm::Ed25519,
                &pre_active,
                &at(1),
            )
            .unwrap();
            into(&ring, &name, *state);
            let before = contents(&store);
            // A second compromise is one of an earlier time.
            let done = take(&ring, &name, 1, *step, 2000, 800);
            let wanted = expected(*state, *step);
            // A version that was never in use verifies nothing.
            assert_eq!(done, wanted.is_some(), "{state} {step:?}");
            let after = ring.key(&name).unwrap().versions[0].state;
            assert_eq!(after, wanted.unwrap_or(*state), "{state} {step:?}");
            let untouched = contents(&store) == before;
            assert_eq!(
                untouched,
                !done || *step == Step::Verify,
                "{state} {step:?}"
            );
            assert!(ring.check().unwrap().is_empty());
            pairs += 1;
        }
    }
    assert_eq!(pairs, 6 * 9);
}

#[test]
fn random_walks_stay_with_the_model() {
    const WALKS: u32 = 2_000;
    const LENGTH: usize = 30;
    let config = Config {
        cases: WALKS,
        failure_persistence: None,
        ..Config::default()
    };
    let walk = proptest::collection::vec((0..10usize, 0..4u32, 0..50u64), LENGTH);
    let mut runner = TestRunner::new(config);
    runner
        .run(&walk, |walk| {
            let (ring, store) = ring();
            let name: KeyName = "k".parse().unwrap();
            ring.new_key(&name, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))
                .unwrap();
            let fresh = Model {
                state: State::Active,
                uses: 0,
                since: None,
            };
            let (mut models, mut current) = (vec![fresh], 0);
            for (number, (step, version, earlier)) in walk.into_iter().enumerate() {
                let now = 1_000 + 10 * number as u64;
                let before = contents(&store);
                let mut done = true;
                if step == STEPS.len() {
                    ring.rotate(&name, Algorithm::Ed25519, None, &at(now))
                        .unwrap();
                    let old: &mut Model = &mut models[current];
                    if let Some(after) = expected(old.state, Step::Change(Change::Deactivate)) {
                        old.state = after;
                    }
                    models.push(fresh);
                    current = models.len() - 1;
                } else {
                    let step = STEPS[step];
                    let chosen = match step {
                        // These are of the key, and take its current version.
                        Step::Sign | Step::Verify => current,
                        _ => version as usize % models.len(),
                    };
                    let since = now - earlier;
                    let model = &mut models[chosen];
                    let after = match step {
                        // No later than what is recorded.
                        Step::Change(Change::Compromise)
                            if model.since.is_some_and(|known| since >= known) =>
                        {
                            None
                        }
                        // Some version always verifies: it was active once, and no change takes that away.
                        Step::Verify => Some(model.state),
                        step => expected(model.state, step),
                    };
                    let number = u32::try_from(chosen + 1).unwrap();
                    done = take(&ring, &name, number, step, now, since);
                    prop_assert_eq!(done, after.is_some(), "{:?} {:?}", model, step);
                    if let Some(after) = after {
                        model.state = after;
                        model.uses += u64::from(step == Step::Sign);
                        if step == Step::Change(Change::Compromise) {
                            model.since = Some(since);
                        }
                        done &= step != Step::Verify;
                    }
                }
                prop_assert_eq!(contents(&store) == before, !done);
                let info = ring.key(&name).unwrap();
                let seen: Vec<Model> = info
                    .versions
                    .iter()
                    .map(|version| Model {
                        state: version.state,
                        uses: version.uses,
                        since: version
                            .compromised
                            .as_ref()
                            .map(|known| known.since.unix_seconds() - super::support::START),
                    })
                    .collect();
                prop_assert_eq!(&seen, &models);
                prop_assert_eq!(info.key.current as usize, current + 1);
            }
            prop_assert!(ring.check().unwrap().is_empty());
            Ok(())
        })
        .unwrap();
}
