//! Compares `chop-verify` with libcrux, RustCrypto `ml-dsa` and AWS-LC on millions of signatures:
//! `scripts/differential`.
//!
//! A comparison is one case (a key, a message, a context, a signature) that is judged by the prepared key on every
//! path of this processor, once more in a batch of 64, and by one other implementation; every 16th also without
//! preparing the key, over μ, and by all other implementations. The first disagreement ends the run with the case.
//!
//! Cases are those of the fuzz target `ml_dsa_verify`. They are numbered in blocks, which have their own keys, and
//! depend on nothing but the seed and the number of the block: `--from` goes on where a run was interrupted.
#![allow(clippy::print_stdout, reason = "it prints its counts")]

use std::collections::BTreeMap;
use std::env;
use std::num::{NonZeroU64, NonZeroUsize};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Instant;

use chop_verify::Path;
use shake::{ExtendableOutput, Shake256, Update, XofReader};

#[path = "../../fuzz/src/input.rs"]
mod input;
#[path = "../../fuzz/src/ml_dsa_verify/mod.rs"]
mod ml_dsa_verify;

use input::Input;
use ml_dsa_verify::{Peer, Pool};

/// Cases in a batch, batches in a block, blocks between two lines of progress.
const BATCH: u64 = 64;
const BATCHES: u64 = 128;
const BLOCK: u64 = BATCH * BATCHES;
const ROUND: u64 = 64;

/// More than any case reads.
const INPUT: usize = 64;

/// What a run is asked for.
struct Run {
    comparisons: NonZeroU64,
    seed: u32,
    from: u64,
    threads: NonZeroUsize,
}

impl Run {
    fn of_arguments() -> Result<Self, String> {
        let mut run = Self {
            comparisons: NonZeroU64::new(10_000_000).expect("not zero"),
            seed: 1,
            from: 0,
            threads: thread::available_parallelism().unwrap_or(NonZeroUsize::MIN),
        };
        let mut arguments = env::args().skip(1);
        while let Some(option) = arguments.next() {
            let value = arguments.next().unwrap_or_default();
            let wrong = || format!("{option}: expected a number, got {value:?}");
            match option.as_str() {
                "--comparisons" => run.comparisons = value.parse().map_err(|_| wrong())?,
                "--seed" => run.seed = value.parse().map_err(|_| wrong())?,
                "--from" => run.from = value.parse().map_err(|_| wrong())?,
                "--threads" => run.threads = value.parse().map_err(|_| wrong())?,
                _ => {
                    return Err(format!(
                        "expected --comparisons N, --seed N, --from BLOCK or --threads N, got {option}"
                    ));
                }
            }
        }
        Ok(run)
    }
}

/// How many cases had each answer: in all, and as judged by each peer.
#[derive(Clone, Default)]
struct Counts {
    cases: BTreeMap<String, [u64; 1 + Peer::ALL.len()]>,
    /// Cases whose answer was also given without preparing the key, and over μ.
    everywhere: u64,
}

impl Counts {
    fn add(&mut self, other: Self) {
        for (answer, counts) in other.cases {
            let all = self.cases.entry(answer).or_default();
            for (all, count) in all.iter_mut().zip(counts) {
                *all += count;
            }
        }
        self.everywhere += other.everywhere;
    }

    fn total(&self) -> u64 {
        self.cases.values().map(|counts| counts[0]).sum()
    }
}

fn main() -> Result<(), String> {
    let run = Run::of_arguments()?;
    let blocks = run.from..run.from + run.comparisons.get().div_ceil(BLOCK);
    let paths: Vec<&str> = Path::available().into_iter().map(Path::name).collect();
    println!(
        "differential: seed {}, blocks {blocks:?} of {BLOCK}, {} threads, paths {}",
        run.seed,
        run.threads,
        paths.join(", ")
    );
    let started = Instant::now();
    let counts = Mutex::new(Counts::default());
    let mut first = blocks.start;
    while first < blocks.end {
        let end = blocks.end.min(first + ROUND);
        let next = AtomicU64::new(first);
        thread::scope(|scope| {
            for _ in 0..run.threads.get() {
                scope.spawn(|| {
                    loop {
                        let number = next.fetch_add(1, Ordering::Relaxed);
                        if number >= end {
                            break;
                        }
                        let of_block = block(run.seed, number);
                        counts.lock().expect("nobody panicked").add(of_block);
                    }
                });
            }
        });
        first = end;
        println!(
            "differential: {} comparisons, 0 disagreements, {} s; --from {first} goes on",
            counts.lock().expect("nobody panicked").total(),
            started.elapsed().as_secs()
        );
    }
    report(&counts.into_inner().expect("nobody panicked"), &paths);
    Ok(())
}

/// Judges the cases of one block.
fn block(seed: u32, number: u64) -> Counts {
    let pool = Pool::new(u64::from(seed) << 32 | number);
    let mut hash = Shake256::default();
    hash.update(b"chop-verify differential");
    hash.update(&seed.to_le_bytes());
    hash.update(&number.to_le_bytes());
    let mut inputs = hash.finalize_xof();
    let mut counts = Counts::default();
    let mut turn = 0;
    for batch in 0..BATCHES {
        let (mut cases, mut answers) = (Vec::new(), Vec::new());
        for _ in 0..BATCH {
            let mut bytes = [0; INPUT];
            inputs.read(&mut bytes);
            let case = pool.case(&mut Input(&bytes));
            let everywhere = turn % 16 == 0;
            let answer = match everywhere {
                true => ml_dsa_verify::everywhere(&case),
                false => ml_dsa_verify::prepared(&case),
            };
            let of_answer = counts.cases.entry(ml_dsa_verify::name(answer)).or_default();
            of_answer[0] += 1;
            // Who is to be asked first; AWS-LC cannot be asked about a context, and then the next one is.
            let order = [0, 1, 2].map(|i| (turn + i) % Peer::ALL.len());
            for peer in order {
                let asked = ml_dsa_verify::theirs(&case, answer, &[Peer::ALL[peer]]);
                of_answer[1 + peer] += u64::from(asked > 0);
                if asked > 0 && !everywhere {
                    break;
                }
            }
            counts.everywhere += u64::from(everywhere);
            turn += 1;
            cases.push(case);
            answers.push(answer);
        }
        let kind = usize::try_from(batch).expect("fewer than 128");
        ml_dsa_verify::batch(&cases, &answers, kind);
    }
    counts
}

fn report(counts: &Counts, paths: &[&str]) {
    let names = Peer::ALL.map(Peer::name);
    let [one, two, three] = names;
    println!(
        "{:16} {:>12} {one:>16} {two:>12} {three:>12}",
        "answer", "comparisons"
    );
    let mut sums = [0; 1 + Peer::ALL.len()];
    for (answer, counts) in &counts.cases {
        let [all, one, two, three] = *counts;
        println!("{answer:16} {all:12} {one:16} {two:12} {three:12}");
        for (sum, count) in sums.iter_mut().zip(counts) {
            *sum += count;
        }
    }
    let [all, one, two, three] = sums;
    println!("{:16} {all:12} {one:16} {two:12} {three:12}", "in all");
    for path in paths {
        println!(
            "{path}: {all} by the prepared key, {} also not prepared and over mu",
            counts.everywhere
        );
    }
    println!("0 disagreements");
}
