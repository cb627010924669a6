//! Batches give the answers that their items have one by one, in order, whatever they are mixed of.

use std::num::NonZeroUsize;

use chop_verify::{
    Item, MuHasher, MuItem, ParameterSet, Path, PreparedKey, Rejected, verify_batch,
    verify_mu_batch,
};

use crate::reference::LAYOUTS;
use crate::support::Random;

/// A signed message, perhaps spoiled afterwards.
#[derive(Clone)]
struct Case {
    set: ParameterSet,
    public: Vec<u8>,
    message: Vec<u8>,
    context: Vec<u8>,
    signature: Vec<u8>,
}

macro_rules! signed {
    ($random:ident, $module:ident, $set:ident, $seed:expr, $length:expr) => {{
        let pair = libcrux_ml_dsa::$module::generate_key_pair([$seed; 32]);
        let message = $random.bytes($length);
        let length = [0, 0, 9, 255][$random.below(4)];
        let context = $random.bytes(length);
        let rnd = $random.array();
        let signature = libcrux_ml_dsa::$module::sign(&pair.signing_key, &message, &context, rnd);
        Case {
            set: ParameterSet::$set,
            public: pair.verification_key.as_slice().to_vec(),
            message,
            context,
            signature: signature.unwrap().as_slice().to_vec(),
        }
    }};
}

/// Lengths around the ends of blocks, and long ones among short ones.
const LENGTHS: [usize; 12] = [0, 1, 67, 69, 70, 71, 136, 205, 206, 207, 5_000, 40_000];

fn cases(random: &mut Random, count: usize) -> Vec<Case> {
    (0..count)
        .map(|_| {
            let length = LENGTHS[random.below(LENGTHS.len())];
            let seed = u8::try_from(random.below(3)).unwrap();
            let mut case = match random.below(3) {
                0 => signed!(random, ml_dsa_44, MlDsa44, seed, length),
                1 => signed!(random, ml_dsa_65, MlDsa65, seed, length),
                _ => signed!(random, ml_dsa_87, MlDsa87, seed, length),
            };
            spoil(random, &mut case);
            case
        })
        .collect()
}

/// Half of the cases, each clause in turn.
fn spoil(random: &mut Random, case: &mut Case) {
    let challenge = match case.set {
        ParameterSet::MlDsa44 => 32,
        ParameterSet::MlDsa65 => 48,
        ParameterSet::MlDsa87 => 64,
    };
    let last = case.signature.len() - 1;
    match random.below(12) {
        0 => case.context = vec![0; 256],
        1 => case.signature.truncate(last),
        2 => case.signature[last] = 255,
        // z of γ1.
        3 => case.signature[challenge..challenge + 3].fill(0),
        4 => case.signature[0] ^= 1,
        5 => case.message.push(0),
        _ => {}
    }
}

const THREADS: [usize; 3] = [1, 2, 5];

#[test]
fn batches_answer_as_one_by_one() {
    let mut random = Random::new(7);
    let all = cases(&mut random, 150);
    let mut seen = [0; 6];
    let paths: Vec<Vec<Path>> = Path::available()
        .into_iter()
        .map(|path| vec![path])
        .chain([Path::available()])
        .collect();
    for paths in paths {
        // With several paths, keys of each take turns.
        let keys: Vec<PreparedKey> = all
            .iter()
            .zip(paths.iter().cycle())
            .map(|(case, path)| PreparedKey::with_path(*path, case.set, &case.public).unwrap())
            .collect();
        let items = all_items(&all, &keys);
        let expected: Vec<_> = items
            .iter()
            .map(|item| item.key.verify(item.message, item.context, item.signature))
            .collect();
        for answer in &expected {
            seen[match answer {
                Ok(()) => 0,
                Err(Rejected::ContextLength { .. }) => 1,
                Err(Rejected::SignatureLength { .. }) => 2,
                Err(Rejected::HintCount) => 3,
                Err(Rejected::Norm) => 4,
                Err(Rejected::Challenge) => 5,
                Err(other) => panic!("{other}"),
            }] += 1;
        }
        for count in [0, 1, 2, 7, 8, 9, 15, 16, 17, 63, 64, 65, 128, 150] {
            for threads in THREADS {
                let threads = NonZeroUsize::new(threads).unwrap();
                for part in [0..count, items.len() - count..items.len()] {
                    let answers = verify_batch(&items[part.clone()], threads);
                    assert_eq!(answers, expected[part], "{paths:?} {count} {threads}");
                }
            }
        }
    }
    assert!(seen.iter().all(|count| *count > 0), "{seen:?}");
}

fn all_items<'a>(all: &'a [Case], keys: &'a [PreparedKey]) -> Vec<Item<'a>> {
    all.iter()
        .zip(keys)
        .map(|(case, key)| Item {
            key,
            message: &case.message,
            context: &case.context,
            signature: &case.signature,
        })
        .collect()
}

#[test]
fn batches_of_mu_answer_as_one_by_one() {
    let mut random = Random::new(8);
    let mut all = cases(&mut random, 70);
    all.retain(|case| case.context.len() < 256);
    for path in Path::available() {
        let keys: Vec<PreparedKey> = all
            .iter()
            .map(|case| PreparedKey::with_path(path, case.set, &case.public).unwrap())
            .collect();
        let mus: Vec<[u8; 64]> = all
            .iter()
            .zip(&keys)
            .map(|(case, key)| {
                let mut hasher = MuHasher::new(key.tr(), &case.context).unwrap();
                hasher.update(&case.message);
                hasher.finish()
            })
            .collect();
        let items: Vec<MuItem<'_>> = all
            .iter()
            .zip(&keys)
            .zip(&mus)
            .map(|((case, key), mu)| MuItem {
                key,
                mu,
                signature: &case.signature,
            })
            .collect();
        let expected: Vec<_> = all_items(&all, &keys)
            .iter()
            .map(|item| item.key.verify(item.message, item.context, item.signature))
            .collect();
        for threads in THREADS {
            let threads = NonZeroUsize::new(threads).unwrap();
            assert_eq!(verify_mu_batch(&items, threads), expected, "{path}");
            assert_eq!(verify_mu_batch(&items[3..12], threads), expected[3..12]);
        }
    }
}

/// Every kind of answer, at every place of a batch that is larger than there are lanes, among neighbours of every
/// kind, on every path: an answer depends on its own item alone.
#[test]
fn neighbours_change_nothing() {
    let mut random = Random::new(9);
    let mut batches = 0;
    for set in ParameterSet::ALL {
        let kinds = kinds(&mut random, set);
        for path in Path::available() {
            let keys: Vec<PreparedKey> = kinds
                .iter()
                .map(|(case, _)| PreparedKey::with_path(path, set, &case.public).unwrap())
                .collect();
            let item = |kind: usize| {
                let (case, expected) = &kinds[kind];
                let item = Item {
                    key: &keys[kind],
                    message: &case.message,
                    context: &case.context,
                    signature: &case.signature,
                };
                (item, *expected)
            };
            for one in 0..kinds.len() {
                for neighbour in 0..kinds.len() {
                    for place in 0..9 {
                        let (items, expected): (Vec<Item<'_>>, Vec<_>) = (0..9)
                            .map(|i| item(if i == place { one } else { neighbour }))
                            .unzip();
                        let answers = verify_batch(&items, NonZeroUsize::MIN);
                        assert_eq!(
                            answers, expected,
                            "{set} {path} {one} in {neighbour} at {place}"
                        );
                        batches += 1;
                    }
                }
            }
        }
    }
    assert_eq!(batches, 3 * Path::available().len() * 10 * 10 * 9);
}

/// A case of every answer that a batch can give, and long messages among them; all of one key but the last.
fn kinds(random: &mut Random, set: ParameterSet) -> Vec<(Case, Result<(), Rejected>)> {
    let layout = LAYOUTS.iter().find(|layout| layout.set == set).unwrap();
    let mut valid = |seed, length| match set {
        ParameterSet::MlDsa44 => signed!(random, ml_dsa_44, MlDsa44, seed, length),
        ParameterSet::MlDsa65 => signed!(random, ml_dsa_65, MlDsa65, seed, length),
        ParameterSet::MlDsa87 => signed!(random, ml_dsa_87, MlDsa87, seed, length),
    };
    let (short, long, other) = (valid(1, 20), valid(1, 3_000), valid(2, 20));
    let spoiled = |spoil: &dyn Fn(&mut Case), rejected| {
        let mut case = short.clone();
        spoil(&mut case);
        (case, Err(rejected))
    };
    let expected = layout.signature();
    let counts = expected - layout.k;
    vec![
        spoiled(
            &|case| case.context = vec![0; 256],
            Rejected::ContextLength { got: 256 },
        ),
        spoiled(
            &|case| case.signature.clear(),
            Rejected::SignatureLength { expected, got: 0 },
        ),
        spoiled(
            &|case| case.signature[expected - 1] = 255,
            Rejected::HintCount,
        ),
        spoiled(
            &|case| {
                case.signature[counts..].fill(2);
                case.signature[layout.hints()..][..2].fill(7);
            },
            Rejected::HintOrder,
        ),
        spoiled(
            &|case| {
                case.signature[counts..].fill(0);
                case.signature[layout.hints()] = 1;
            },
            Rejected::HintPadding,
        ),
        spoiled(
            &|case| layout.set_z(&mut case.signature, 0, layout.gamma1()),
            Rejected::Norm,
        ),
        spoiled(&|case| case.message.push(0), Rejected::Challenge),
        (short.clone(), Ok(())),
        (long, Ok(())),
        (other, Ok(())),
    ]
}
