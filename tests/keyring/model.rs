//! The keyring against a model that a person can read: a table of what each state allows and where each change
//! leads, written by hand, and random walks through both.

use chop::keyring::{Change, KeyName, Keyring, Purpose, State, Wanted};
use chop::{Algorithm, Code, Verdict};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use super::support::{START, at, contents, name, ring, sign, signed, time, wanted};

/// For each state: what may be done to a version in it, and which state it has then. `=` stays; `t` stays, and
/// proven time decides; `-` is refused. The first two columns are for keys that sign, the next two for keys that
/// receive.
const TABLE: &[(State, &str)] = &[
    // sign, verify, encapsulate, decapsulate, export, public, activate, suspend, resume, deactivate, compromise, destroy
    (State::PreActive, "- - - - - = A - - - C D"),
    (State::Active, "= = = = = = - S - X C -"),
    (State::Suspended, "- = - = - = - - A X C -"),
    (State::Deactivated, "- = - = - = - - - - C D"),
    (State::Compromised, "- t - - - = - - - - C D"),
    (State::Destroyed, "- = - - - = - - - - D -"),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Sign,
    Verify,
    Encapsulate,
    Decapsulate,
    Export,
    Public,
    Change(Change),
}

const STEPS: &[Step] = &[
    Step::Sign,
    Step::Verify,
    Step::Encapsulate,
    Step::Decapsulate,
    Step::Export,
    Step::Public,
    Step::Change(Change::Activate),
    Step::Change(Change::Suspend),
    Step::Change(Change::Resume),
    Step::Change(Change::Deactivate),
    Step::Change(Change::Compromise),
    Step::Change(Change::Destroy),
];

impl Step {
    /// Whether it is for keys of that purpose.
    fn serves(self, purpose: Purpose) -> bool {
        match self {
            Self::Sign | Self::Verify => purpose == Purpose::Sign,
            Self::Encapsulate | Self::Decapsulate => purpose == Purpose::Receive,
            Self::Export | Self::Public | Self::Change(_) => true,
        }
    }

    /// Whether it takes the current version, which nobody can choose.
    fn is_of_the_key(self) -> bool {
        matches!(self, Self::Sign | Self::Encapsulate)
    }

    /// Whether it leaves a trace in the store when it is done.
    fn writes(self) -> bool {
        !matches!(self, Self::Verify | Self::Encapsulate | Self::Public)
    }
}

/// What a model knows of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Model {
    state: State,
    uses: u64,
    /// The second since which it is compromised.
    since: Option<u64>,
    exported: bool,
}

const FRESH: Model = Model {
    state: State::Active,
    uses: 0,
    since: None,
    exported: false,
};

impl Model {
    /// The state after a step; `None` if it is refused.
    fn after(self, purpose: Purpose, step: Step) -> Option<State> {
        if !step.serves(purpose) {
            return None;
        }
        let (_, row) = TABLE
            .iter()
            .find(|(known, _)| *known == self.state)
            .unwrap();
        let column = STEPS.iter().position(|known| *known == step).unwrap();
        match row.split(' ').nth(column).unwrap() {
            "-" => None,
            "=" | "t" => Some(self.state),
            "A" => Some(State::Active),
            "S" => Some(State::Suspended),
            "X" => Some(State::Deactivated),
            "C" => Some(State::Compromised),
            "D" => Some(State::Destroyed),
            other => panic!("{other}"),
        }
    }
}

const ALGORITHMS: [(Purpose, Algorithm); 2] = [
    (Purpose::Sign, Algorithm::Ed25519),
    (Purpose::Receive, Algorithm::X25519),
];

/// A public key that X25519 accepts as a ciphertext: the base point.
const CIPHERTEXT: [u8; 32] = {
    let mut point = [0; 32];
    point[0] = 9;
    point
};

/// What a content that the key has never signed is worth under a version, as far as the model can say it.
fn is_worth(verdict: Verdict, model: Model) -> bool {
    match (model.state, model.since) {
        (State::PreActive, _) => verdict == Verdict::UnknownVersion,
        (_, Some(_)) => verdict == Verdict::Untrusted,
        (_, None) => verdict == Verdict::Valid,
    }
}

/// Does a step to a version, at a second of its own; whether it was done.
fn take(
    ring: &Keyring,
    name: &KeyName,
    (number, model): (u32, Model),
    step: Step,
    now: u64,
    since: u64,
) -> bool {
    let reason = "a reason".parse().unwrap();
    let guard = at(now);
    let done = match step {
        Step::Sign => sign(ring, name, b"m", now).map(drop),
        Step::Verify => ring.verifying_key(name, &guard).and_then(|key| {
            let judged = ring.judge(name, number, &signed(b"never signed"), &guard)?;
            assert!(is_worth(judged.verdict, model), "{model:?} {judged:?}");
            let offered = key.versions.iter().any(|(known, _)| *known == number);
            assert_eq!(offered, judged.verdict != Verdict::UnknownVersion);
            match offered {
                true => Ok(()),
                false => Err(chop::Error::new(Code::State, "not offered")),
            }
        }),
        Step::Encapsulate => ring.encapsulate(name, &guard).map(drop),
        Step::Decapsulate => ring
            .decapsulation_key(name, Some(number), &guard)
            .and_then(|named| named.key.decapsulate(&CIPHERTEXT))
            .map(drop),
        Step::Export => ring
            .export_private(name, Some(number), None, &guard)
            .map(drop),
        Step::Public => ring.public_key(name, Some(number)).map(drop),
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
            let expected = [Code::State, Code::Usage, Code::WrongKind];
            assert!(expected.contains(&error.code()), "{error}");
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
        assert!(take(
            ring,
            name,
            (1, FRESH),
            Step::Change(*change),
            1000,
            900
        ));
    }
}

#[test]
fn every_state_does_with_every_step_what_the_table_says() {
    let mut pairs = 0;
    for (purpose, algorithm) in ALGORITHMS {
        for state in State::ALL {
            for step in STEPS {
                let (ring, store) = ring();
                let name = name("k");
                let pre_active = Wanted {
                    pre_active: true,
                    ..wanted()
                };
                ring.new_key(&name, purpose, algorithm, &pre_active, &at(1))
                    .unwrap();
                into(&ring, &name, *state);
                let model = Model {
                    state: *state,
                    since: (*state == State::Compromised).then_some(900),
                    ..FRESH
                };
                let before = contents(&store);
                // A second compromise is one of an earlier time.
                let done = take(&ring, &name, (1, model), *step, 2000, 800);
                let wanted = model.after(purpose, *step);
                assert_eq!(done, wanted.is_some(), "{purpose} {state} {step:?}");
                let after = ring.key(&name).unwrap().versions[0].state;
                assert_eq!(
                    after,
                    wanted.unwrap_or(*state),
                    "{purpose} {state} {step:?}"
                );
                let untouched = contents(&store) == before;
                assert_eq!(
                    untouched,
                    !done || !step.writes(),
                    "{purpose} {state} {step:?}"
                );
                assert!(ring.check().unwrap().is_empty());
                pairs += 1;
            }
        }
    }
    assert_eq!(pairs, 2 * 6 * 12);
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
    // Two more than there are steps: to rotate, and to make the next version wait.
    let step = (0..STEPS.len() + 2, 0..4u32, 0..50u64);
    let walk = (any::<bool>(), proptest::collection::vec(step, LENGTH));
    let mut runner = TestRunner::new(config);
    runner
        .run(&walk, |(signs, walk)| {
            let (purpose, algorithm) = ALGORITHMS[usize::from(!signs)];
            let (ring, store) = ring();
            let name = name("k");
            ring.new_key(&name, purpose, algorithm, &wanted(), &at(1))
                .unwrap();
            let (mut models, mut current) = (vec![FRESH], 0);
            for (number, (step, version, earlier)) in walk.into_iter().enumerate() {
                let now = 1_000 + 10 * number as u64;
                let before = contents(&store);
                let mut writes = true;
                // Whoever takes the place of the current version ends its use.
                let retire = |models: &mut Vec<Model>, current: usize| {
                    let old = &mut models[current];
                    if let Some(after) = old.after(purpose, Step::Change(Change::Deactivate)) {
                        old.state = after;
                    }
                };
                if step == STEPS.len() {
                    ring.rotate(&name, algorithm, None, &at(now)).unwrap();
                    retire(&mut models, current);
                    models.push(FRESH);
                    current = models.len() - 1;
                } else if step > STEPS.len() {
                    let pre_active = Wanted {
                        pre_active: true,
                        ..wanted()
                    };
                    let key = match signs {
                        true => chop::PrivateKey::Signing(
                            chop::SigningKey::generate_under(algorithm, &at(now)).unwrap(),
                        ),
                        false => chop::PrivateKey::Decapsulation(
                            chop::DecapsulationKey::generate_under(algorithm, &at(now)).unwrap(),
                        ),
                    };
                    ring.import_private(&name, key, &pre_active, &at(now))
                        .unwrap();
                    models.push(Model {
                        state: State::PreActive,
                        ..FRESH
                    });
                } else {
                    let step = STEPS[step];
                    let chosen = match step.is_of_the_key() {
                        true => current,
                        false => version as usize % models.len(),
                    };
                    let since = now - earlier;
                    let model = models[chosen];
                    let after = match step {
                        // No later than what is recorded.
                        Step::Change(Change::Compromise)
                            if model.since.is_some_and(|known| since >= known) =>
                        {
                            None
                        }
                        step => model.after(purpose, step),
                    };
                    let number = u32::try_from(chosen + 1).unwrap();
                    let done = take(&ring, &name, (number, model), step, now, since);
                    prop_assert_eq!(done, after.is_some(), "{:?} {:?}", model, step);
                    writes = done && step.writes();
                    if let Some(after) = after {
                        let model = &mut models[chosen];
                        model.state = after;
                        model.uses += u64::from(matches!(step, Step::Sign | Step::Decapsulate));
                        model.exported |= step == Step::Export;
                        if step == Step::Change(Change::Compromise) {
                            model.since = Some(since);
                        }
                        if step == Step::Change(Change::Activate) && chosen > current {
                            retire(&mut models, current);
                            current = chosen;
                        }
                    }
                }
                prop_assert_eq!(contents(&store) == before, !writes);
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
                            .map(|known| known.since.unix_seconds() - START),
                        exported: version.exported,
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
