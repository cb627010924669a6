//! Operations of chop-verify one by one: `scripts/instructions` counts the instructions of [`measured`],
//! and lets two builds of this program time the same operation in turns.
//!
//! ```text
//! chop-kernels list                      the operations that this processor can do
//! chop-kernels count PATH SET OPERATION  does it once, after once for warmth
//! chop-kernels turns PATH SET OPERATION  for each line on standard input a number of times, and the
//!                                        nanoseconds of one on standard output
//! ```

use std::hint::black_box;
use std::io::{self, BufRead, Write};
use std::num::NonZeroUsize;
use std::process::ExitCode;
use std::time::Instant;

use chop_verify::{Item, ParameterSet, Path, PreparedKey, verify_batch, verify_once_with_path};

const MESSAGE: [u8; 256] = [0; 256];

const OPERATIONS: [&str; 4] = [
    "prepare",
    "verify-prepared",
    "verify-first-seen",
    "batch-64",
];

const SETS: [ParameterSet; 3] = [
    ParameterSet::MlDsa44,
    ParameterSet::MlDsa65,
    ParameterSet::MlDsa87,
];

/// A public key and a signature of [`MESSAGE`], which data/README.md has the origin of.
fn data(set: ParameterSet) -> (&'static [u8], &'static [u8]) {
    match set {
        ParameterSet::MlDsa44 => (
            include_bytes!("../data/ML-DSA-44.public"),
            include_bytes!("../data/ML-DSA-44.signature"),
        ),
        ParameterSet::MlDsa65 => (
            include_bytes!("../data/ML-DSA-65.public"),
            include_bytes!("../data/ML-DSA-65.signature"),
        ),
        ParameterSet::MlDsa87 => (
            include_bytes!("../data/ML-DSA-87.public"),
            include_bytes!("../data/ML-DSA-87.signature"),
        ),
    }
}

/// An operation with everything that it needs, so that nothing else happens within.
fn operation(path: Path, set: ParameterSet, name: &str) -> Option<Box<dyn Fn()>> {
    let (public, signature) = data(set);
    let key = PreparedKey::with_path(path, set, public).ok()?;
    Some(match name {
        "prepare" => Box::new(move || {
            black_box(PreparedKey::with_path(path, set, black_box(public)).is_ok());
        }),
        "verify-prepared" => Box::new(move || {
            assert_eq!(key.verify(&MESSAGE, b"", black_box(signature)), Ok(()));
        }),
        "verify-first-seen" => Box::new(move || {
            let answer =
                verify_once_with_path(path, set, public, &MESSAGE, b"", black_box(signature));
            assert_eq!(answer, Ok(()));
        }),
        "batch-64" => Box::new(move || {
            let item = Item {
                key: &key,
                message: &MESSAGE,
                context: b"",
                signature,
            };
            let answers = verify_batch(black_box(&[item; 64]), NonZeroUsize::MIN);
            assert!(answers.into_iter().all(|answer| answer.is_ok()));
        }),
        _ => return None,
    })
}

/// What is counted: callgrind is told this name.
#[inline(never)]
fn measured(operation: &dyn Fn()) {
    operation();
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let found = |path: &str, set: &str, name: &str| {
        let path = Path::available()
            .into_iter()
            .find(|one| one.name() == path)?;
        let set = SETS.into_iter().find(|one| one.name() == set)?;
        operation(path, set, name)
    };
    match arguments[..] {
        ["list"] => {
            for path in Path::available() {
                for set in SETS {
                    for name in OPERATIONS {
                        println!("{path} {} {name}", set.name());
                    }
                }
            }
            ExitCode::SUCCESS
        }
        ["count", path, set, name] => match found(path, set, name) {
            Some(operation) => {
                // Lazy detection of the processor and the like happen here.
                operation();
                measured(&operation);
                ExitCode::SUCCESS
            }
            None => unknown(),
        },
        ["turns", path, set, name] => match found(path, set, name) {
            Some(operation) => turns(&operation),
            None => unknown(),
        },
        _ => unknown(),
    }
}

fn unknown() -> ExitCode {
    eprintln!("chop-kernels: no such operation here; `chop-kernels list` has them");
    ExitCode::from(2)
}

fn turns(operation: &dyn Fn()) -> ExitCode {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let Some(times) = line.ok().and_then(|line| line.parse().ok()) else {
            return unknown();
        };
        let times: NonZeroUsize = times;
        operation();
        let start = Instant::now();
        for _ in 0..times.get() {
            measured(operation);
        }
        let nanoseconds = start.elapsed().as_nanos() / times.get() as u128;
        if writeln!(output, "{nanoseconds}")
            .and_then(|()| output.flush())
            .is_err()
        {
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}
