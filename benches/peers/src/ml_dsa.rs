//! ML-DSA: the operations, and what this project set itself for verification.

use std::hint::black_box;
use std::num::NonZeroUsize;

use chop::{Algorithm, SigningKey, VerifyingKey};
use chop_verify::{Item, Path, PreparedKey, verify_batch, verify_once_with_path};

use crate::Report;
use crate::clock::{Clock, Processors};
use crate::goal::{Bar, Goal};
use crate::material::{
    LENGTH, MESSAGES, Numbers, Signed, distinct_pairs, turns, under_many_keys, under_one_key,
};
use crate::peer::{ParameterSet, Signer, ml_dsa_pair, signers};
use crate::rounds::{Contender, Group, Measured};

const FIRST_SEEN: &str = "key first seen";
const KEPT: &str = "key kept";
const PREPARING: &str = "preparing the key";

/// The bars on one path.
struct Bars {
    path: &'static str,
    prepared: f64,
    batch: f64,
    first_seen: f64,
    preparing: f64,
    thousand_keys: f64,
}

static BARS: [Bars; 2] = [
    Bars {
        path: "AVX-512",
        prepared: 7.5,
        batch: 13.0,
        first_seen: 1.9,
        preparing: 0.4,
        thousand_keys: 4.5,
    },
    Bars {
        path: "AVX2",
        prepared: 5.2,
        batch: 6.5,
        first_seen: 1.0,
        preparing: 0.85,
        thousand_keys: 3.5,
    },
];

/// The portable path against the kept key of RustCrypto.
const PORTABLE: f64 = 1.5;

/// Two threads against one.
const TWO_THREADS: f64 = 1.8;

/// The best case against a batch over many keys, or with messages of many lengths: a quarter lost.
const LOST: f64 = 1.0 / 0.75;

/// What is known of the key-dependent share, to scale the bars by.
#[derive(Clone, Copy)]
pub struct Share(f64);

/// Measures one parameter set. `share` is that of ML-DSA-65, where it has been measured, for which the bars
/// were set.
pub fn measure(
    set: ParameterSet,
    share: Option<Share>,
    processors: &Processors,
    rounds: usize,
    report: &mut Report,
) -> Share {
    let (pair, signed) = under_one_key(set);
    let mut peers = signers(set, &pair);
    for peer in &peers {
        check(peer, &pair.public, &signed[0]);
    }

    report.add(generate(set, &peers).measure(rounds));
    report.add(sign(set, &peers, &signed).measure(rounds / 2));

    let verified = verify(set, &peers, &pair.public, &signed).measure(rounds);
    let own = Share(
        1.0 - verified
            .ratio(
                verified.place("chop portable", FIRST_SEEN),
                verified.place("chop portable", KEPT),
            )
            .recip(),
    );
    // Where a larger part of the work belongs to the message, less of it can be spared by keeping the key.
    let share = share.unwrap_or(own);
    let scale = (1.0 - share.0) / (1.0 - own.0);
    report.share(set.name(), own.0);
    for goal in goals(set, &verified, scale, own.0 / share.0) {
        report.goal(goal);
    }
    report.add(verified);

    peers.retain(|peer| peer.name != "fips204");
    let counts: &[usize] = match set {
        ParameterSet::MlDsa65 => &[1, 100, 1_000, 10_000],
        _ => &[1_000],
    };
    for &count in counts {
        let measured = many_keys(set, &peers, count, rounds);
        if count == 1_000 {
            for bars in available_bars() {
                let peer = fastest_peer(&measured);
                report.goal(Goal {
                    algorithm: set.name().into(),
                    path: bars.path,
                    what: "1,000 distinct prepared keys in random order".into(),
                    against: measured.name(peer).into(),
                    bar: Bar::AtLeast(bars.thousand_keys * scale),
                    ratio: measured.ratio(peer, measured.place(&chop(bars.path), KEPT)),
                });
            }
        }
        report.add(measured);
    }
    batches(set, rounds, report);
    threads(set, processors, rounds, report);
    own
}

/// Whoever is measured accepts a signature and refuses a changed one.
fn check(peer: &Signer, public: &[u8], signed: &Signed) {
    let Signed { message, signature } = signed;
    let mut changed = signature.clone();
    changed[100] ^= 1;
    let mut holds = vec![(peer.verify)(public, message, signature)];
    let mut refuses = vec![!(peer.verify)(public, message, &changed)];
    if let Some(prepared) = &peer.prepared {
        holds.push(prepared(message, signature));
        refuses.push(!prepared(message, &changed));
    }
    assert!(holds.into_iter().all(|holds| holds), "{}", peer.name);
    assert!(refuses.into_iter().all(|refuses| refuses), "{}", peer.name);
}

fn chop(path: &str) -> String {
    format!("chop {path}")
}

fn row(set: ParameterSet) -> Algorithm {
    match set {
        ParameterSet::MlDsa44 => Algorithm::MlDsa44,
        ParameterSet::MlDsa65 => Algorithm::MlDsa65,
        _ => Algorithm::MlDsa87,
    }
}

fn generate(set: ParameterSet, peers: &[Signer]) -> Group<'_> {
    let mut group = Group::new(set.name(), "key generation");
    group.push(Contender::new("chop", "with pairwise test", move || {
        black_box(SigningKey::generate(row(set)).expect("a key"));
    }));
    for peer in peers {
        group.push(Contender::new(peer.name, "", &peer.generate));
    }
    group
}

/// All messages in one turn, since the time of a signature depends on the message.
fn sign<'a>(set: ParameterSet, peers: &'a [Signer], signed: &'a [Signed]) -> Group<'a> {
    let key = SigningKey::generate(row(set)).expect("a key");
    let mut group = Group::new(set.name(), "sign");
    let all = move |sign: &dyn Fn(&[u8])| signed.iter().for_each(|one| sign(&one.message));
    group.push(Contender::batch(
        "chop",
        "verified before release",
        MESSAGES,
        move || {
            all(&|message| {
                black_box(key.sign(message).expect("a signature"));
            });
        },
    ));
    for peer in peers {
        group.push(Contender::batch(peer.name, "", MESSAGES, move || {
            all(&peer.sign)
        }));
    }
    group
}

fn verify<'a>(
    set: ParameterSet,
    peers: &'a [Signer],
    public: &'a [u8],
    signed: &'a [Signed],
) -> Group<'a> {
    let mut group = Group::new(set.name(), "verify");
    let whole = VerifyingKey::from_bytes(row(set), public).expect("a key");
    let mut turn = turns(signed.len());
    let prepared = whole.prepare().expect("a key");
    group.push(Contender::new("chop library", KEPT, move || {
        let Signed { message, signature } = &signed[turn()];
        assert!(
            prepared
                .verify(message, signature)
                .expect("a verdict")
                .is_valid()
        );
    }));
    let mut turn = turns(signed.len());
    group.push(Contender::new("chop library", FIRST_SEEN, move || {
        let Signed { message, signature } = &signed[turn()];
        let key = VerifyingKey::from_bytes(row(set), public).expect("a key");
        assert!(
            key.verify(message, signature)
                .expect("a verdict")
                .is_valid()
        );
    }));
    for path in Path::available() {
        let name = chop(path.name());
        let key = PreparedKey::with_path(path, set, public).expect("a key");
        let mut turn = turns(signed.len());
        group.push(Contender::new(&name, FIRST_SEEN, move || {
            let Signed { message, signature } = &signed[turn()];
            let answer = verify_once_with_path(path, set, public, message, b"", signature);
            assert_eq!(answer, Ok(()));
        }));
        group.push(Contender::new(&name, PREPARING, move || {
            black_box(PreparedKey::with_path(path, set, public).expect("a key"));
        }));
        let kept = key.clone();
        let mut turn = turns(signed.len());
        group.push(Contender::new(&name, KEPT, move || {
            let Signed { message, signature } = &signed[turn()];
            assert_eq!(kept.verify(message, b"", signature), Ok(()));
        }));
        for size in [8, 64, 1_024] {
            let key = key.clone();
            group.push(Contender::batch(&name, batch(size), size, move || {
                let items = (0..size).map(|i| item(&key, &signed[i % signed.len()]));
                all_hold(&items.collect::<Vec<_>>(), 1);
            }));
        }
    }
    for peer in peers {
        let mut turn = turns(signed.len());
        group.push(Contender::new(peer.name, FIRST_SEEN, move || {
            let Signed { message, signature } = &signed[turn()];
            assert!((peer.verify)(public, message, signature));
        }));
        if let Some(prepared) = &peer.prepared {
            let mut turn = turns(signed.len());
            group.push(Contender::new(peer.name, KEPT, move || {
                let Signed { message, signature } = &signed[turn()];
                assert!(prepared(message, signature));
            }));
        }
    }
    group
}

fn batch(size: usize) -> String {
    match size {
        1_024 => "batch of 1,024".into(),
        _ => format!("batch of {size}"),
    }
}

fn item<'a>(key: &'a PreparedKey, signed: &'a Signed) -> Item<'a> {
    Item {
        key,
        message: &signed.message,
        context: b"",
        signature: &signed.signature,
    }
}

fn all_hold(items: &[Item<'_>], threads: usize) {
    let threads = NonZeroUsize::new(threads).expect("one at least");
    let answers = verify_batch(items, threads);
    assert!(answers.into_iter().all(|answer| answer.is_ok()));
}

/// The peer, in whatever form, that took the least time.
fn fastest_peer(measured: &Measured) -> usize {
    let peers = measured.places(|name, _| !name.starts_with("chop"));
    measured.fastest(&peers).expect("there are peers")
}

fn available_bars() -> impl Iterator<Item = &'static Bars> {
    let paths = Path::available();
    BARS.iter()
        .filter(move |bars| paths.iter().any(|path| path.name() == bars.path))
}

fn goals(set: ParameterSet, measured: &Measured, scale: f64, key_scale: f64) -> Vec<Goal> {
    let peer = fastest_peer(measured);
    let mut goals = Vec::new();
    let goal = |path, what: &str, peer, bar, ratio| Goal {
        algorithm: set.name().into(),
        path,
        what: what.into(),
        against: measured.name(peer).into(),
        bar,
        ratio,
    };
    for bars in available_bars() {
        let name = chop(bars.path);
        for (what, bar) in [
            (KEPT, bars.prepared * scale),
            ("batch of 64", bars.batch * scale),
            (FIRST_SEEN, bars.first_seen),
        ] {
            let ratio = measured.ratio(peer, measured.place(&name, what));
            goals.push(goal(bars.path, what, peer, Bar::AtLeast(bar), ratio));
        }
        let ratio = measured.ratio(measured.place(&name, PREPARING), peer);
        let bar = Bar::AtMost(bars.preparing * key_scale);
        goals.push(goal(bars.path, PREPARING, peer, bar, ratio));
    }
    let kept = measured.place("RustCrypto", KEPT);
    let ratio = measured.ratio(kept, measured.place("chop portable", KEPT));
    goals.push(goal("portable", KEPT, kept, Bar::AtLeast(PORTABLE), ratio));
    goals
}

fn many_keys(set: ParameterSet, peers: &[Signer], count: usize, rounds: usize) -> Measured {
    let keys = under_many_keys(set, count);
    let order = Numbers::new().order(count);
    let mut group = Group::new(set.name(), format!("verify, {count} keys in random order"));
    for path in Path::available() {
        let prepared: Vec<PreparedKey> = keys
            .iter()
            .map(|(public, _)| PreparedKey::with_path(path, set, public).expect("a key"))
            .collect();
        let prepared = std::rc::Rc::new(prepared);
        let (keys, order) = (&keys, &order);
        let mut turn = turns(count);
        let kept = std::rc::Rc::clone(&prepared);
        group.push(Contender::new(chop(path.name()), KEPT, move || {
            let i = order[turn()];
            let Signed { message, signature } = &keys[i].1;
            assert_eq!(kept[i].verify(message, b"", signature), Ok(()));
        }));
        let mut turn = turns(count);
        group.push(Contender::batch(
            chop(path.name()),
            batch(64),
            64,
            move || {
                let items = (0..64).map(|_| {
                    let i = order[turn()];
                    item(&prepared[i], &keys[i].1)
                });
                all_hold(&items.collect::<Vec<_>>(), 1);
            },
        ));
    }
    for peer in peers {
        let (keys, order) = (&keys, &order);
        let mut turn = turns(count);
        group.push(Contender::new(peer.name, FIRST_SEEN, move || {
            let (public, Signed { message, signature }) = &keys[order[turn()]];
            assert!((peer.verify)(public, message, signature));
        }));
    }
    group.measure(rounds)
}

/// Items of the batches that are compared with each other.
const ITEMS: usize = 1_024;

/// Over how many keys they are spread.
const KEYS: [usize; 3] = [32, 256, ITEMS];

/// The best case beside batches that fill the lanes or the caches less well.
fn batches(set: ParameterSet, rounds: usize, report: &mut Report) {
    const ONE_KEY: &str = "one key";
    const ONE_LENGTH: &str = "one length, as many bytes";
    const MANY_LENGTHS: &str = "lengths from 32 to 8,192 bytes";
    let pair = ml_dsa_pair(set, [0; 32]);
    let mut numbers = Numbers::new();
    // Each power of two as often as any other.
    let lengths: Vec<usize> = (0..ITEMS)
        .map(|_| {
            let power = 32 << numbers.below(8);
            power + numbers.below(power)
        })
        .collect();
    let mean = lengths.iter().sum::<usize>() / ITEMS;
    let of_length = |length: &dyn Fn(usize) -> usize| -> Vec<Signed> {
        let signed = (0..ITEMS).map(|i| Signed::new(set, &pair.private, i, length(i)));
        signed.collect()
    };
    let (short, even) = (of_length(&|_| LENGTH), of_length(&|_| mean));
    let uneven = of_length(&|i| lengths[i]);
    // As many signatures under each key, and each of its own, as in the best case.
    let pairs = distinct_pairs(set, ITEMS);
    let many = KEYS.map(|count| {
        let signed = (0..ITEMS).map(|i| Signed::new(set, &pairs[i % count].private, i, LENGTH));
        (count, signed.collect::<Vec<_>>())
    });
    let mut group = Group::new(set.name(), "batch of 1,024");
    for path in Path::available() {
        let prepare = |public: &[u8]| PreparedKey::with_path(path, set, public).expect("a key");
        let key = std::rc::Rc::new(prepare(&pair.public));
        for (form, signed) in [
            (ONE_KEY, &short),
            (ONE_LENGTH, &even),
            (MANY_LENGTHS, &uneven),
        ] {
            let key = std::rc::Rc::clone(&key);
            group.push(Contender::batch(
                chop(path.name()),
                form,
                ITEMS,
                move || {
                    let items = signed.iter().map(|signed| item(&key, signed));
                    all_hold(&items.collect::<Vec<_>>(), 1);
                },
            ));
        }
        for (count, signed) in &many {
            let count = *count;
            let keys: Vec<PreparedKey> = pairs[..count]
                .iter()
                .map(|pair| prepare(&pair.public))
                .collect();
            let order = numbers.order(ITEMS);
            group.push(Contender::batch(
                chop(path.name()),
                keys_form(count),
                ITEMS,
                move || {
                    let items = order.iter().map(|&i| item(&keys[i % count], &signed[i]));
                    all_hold(&items.collect::<Vec<_>>(), 1);
                },
            ));
        }
    }
    let measured = group.measure(rounds / 4);
    for path in Path::available() {
        let name = chop(path.name());
        let lost = |best: &str, form: &str| {
            measured.ratio(measured.place(&name, form), measured.place(&name, best))
        };
        let over_keys = KEYS.map(|count| {
            let form = keys_form(count);
            let ratio = lost(ONE_KEY, &form);
            (format!("batch of 1,024 over {form}"), ONE_KEY, ratio)
        });
        let lengths = (
            "batch of 1,024 with many lengths".into(),
            ONE_LENGTH,
            lost(ONE_LENGTH, MANY_LENGTHS),
        );
        for (what, against, ratio) in over_keys.into_iter().chain([lengths]) {
            report.goal(Goal {
                algorithm: set.name().into(),
                path: path.name(),
                what,
                against: against.into(),
                bar: Bar::AtMost(LOST),
                ratio,
            });
        }
    }
    report.add(measured);
}

fn keys_form(count: usize) -> String {
    match count {
        ITEMS => "1,024 keys".into(),
        _ => format!("{count} keys"),
    }
}

/// Items of the batch on several threads: so many that the start of a thread does not count.
const LONG: usize = 16_384;

/// One batch on one thread and on two, by the clock on the wall.
fn threads(set: ParameterSet, processors: &Processors, rounds: usize, report: &mut Report) {
    if processors.count() < 2 {
        println!(
            "{}: not measured on two threads: there is one processor",
            set.name()
        );
        return;
    }
    let form = |threads| {
        if threads == 1 {
            "one thread"
        } else {
            "two threads"
        }
    };
    let (pair, signed) = under_one_key(set);
    let mut group = Group::new(set.name(), "batch of 16,384, time on the wall");
    group.clock = Clock::Wall;
    for path in Path::available() {
        let key = std::rc::Rc::new(PreparedKey::with_path(path, set, &pair.public).expect("a key"));
        for threads in [1, 2] {
            let (key, signed) = (std::rc::Rc::clone(&key), &signed);
            group.push(Contender::batch(
                chop(path.name()),
                form(threads),
                LONG,
                move || {
                    let items = (0..LONG).map(|i| item(&key, &signed[i % signed.len()]));
                    all_hold(&items.collect::<Vec<_>>(), threads);
                },
            ));
        }
    }
    processors.all();
    let measured = group.measure(rounds / 4);
    processors.one();
    for path in Path::available() {
        let name = chop(path.name());
        report.goal(Goal {
            algorithm: set.name().into(),
            path: path.name(),
            what: "two threads".into(),
            against: "one thread".into(),
            bar: Bar::AtLeast(TWO_THREADS),
            ratio: measured.ratio(
                measured.place(&name, form(1)),
                measured.place(&name, form(2)),
            ),
        });
    }
    report.add(measured);
}
