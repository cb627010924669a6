//! The keyring on a real disk: signatures with quota and audit, lists of ten thousand keys, a million entries.

use std::fs::{self, File};
use std::io::{BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use chop::keyring::audit::verify_export;
use chop::keyring::store::SqliteStore;
use chop::keyring::{KeyName, Keyring, NewKeyring, Purpose, Unlock, Wanted};
use chop::{Algorithm, Guard, SecretBytes, Time};

use crate::rounds::Row;

/// Threads of one process that sign.
const THREADS: usize = 16;

/// Signatures of the round that is measured, and the bar for them in one second.
const SIGNATURES: usize = 8_000;
const A_SECOND: usize = 2_000;

/// Signatures that come one by one at a steady rate.
const STEADY: usize = 2_000;
const STEADY_A_SECOND: u32 = 200;

const KEYS: usize = 10_000;
const LISTING: Duration = Duration::from_millis(100);
const MOST_MEBIBYTES: f64 = 100.0;

const ENTRIES: u64 = 1_000_000;
const VERIFYING: Duration = Duration::from_secs(5);

pub fn rows() -> Vec<Row> {
    let folder = Folder::new();
    let mut rows = Vec::new();
    signatures(&folder, &mut rows);
    lists(&folder, &mut rows);
    audit(&folder, &mut rows);
    rows
}

/// On the disk of the current folder: a temporary folder may be in memory, where flushing costs nothing.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::current_dir()
            .expect("a current folder")
            .join(format!("target/chop-bench-{}", std::process::id()));
        fs::create_dir_all(&path).expect("a new folder");
        Self(path)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn unlock() -> Unlock {
    Unlock::key_file(SecretBytes::copy_of(&[7; 32])).expect("long enough")
}

fn ring(path: &Path) -> Keyring {
    let guard = Guard::default();
    let actor = "bench".parse().expect("a name");
    let new = NewKeyring::new(&unlock(), "", None, actor, &guard).expect("a keyring");
    let store = SqliteStore::create(path, &mut |rows| new.write(rows)).expect("a disk");
    new.open(Box::new(store)).expect("what was made")
}

fn signatures(folder: &Folder, rows: &mut Vec<Row>) {
    let ring = ring(&folder.path("signing.db"));
    let guard = Guard::default();
    let name: KeyName = "payments/outgoing".parse().expect("a name");
    let limited = Wanted {
        max_uses: Some(1_000_000),
        ..Wanted::default()
    };
    ring.new_key(&name, Purpose::Sign, Algorithm::MlDsa65, &limited, &guard)
        .expect("a key");
    let key = ring.signing_key(&name, &guard).expect("a key").key;
    let sign = |count: usize| {
        for number in 0..count {
            key.sign(&number.to_be_bytes()).expect("a signature");
        }
    };
    sign(10);
    rows.push(Row::within(
        format!("keyring: {SIGNATURES} signatures by {THREADS} threads, of 1/{A_SECOND} s"),
        3,
        Duration::from_secs_f64(SIGNATURES as f64 / A_SECOND as f64),
        || {
            thread::scope(|scope| {
                for _ in 0..THREADS {
                    scope.spawn(|| sign(SIGNATURES / THREADS));
                }
            });
        },
    ));

    let flush = flushes(folder);
    let late = steady(&|| sign(1));
    let limit = flush.mul_f64(2.2) + Duration::from_millis(2);
    rows.push(Row::amount(
        format!("keyring: p99 at {STEADY_A_SECOND}/s, of 2.2 flushes + 2 ms"),
        late.as_secs_f64() * 1e6,
        limit.as_secs_f64() * 1e6,
        "us",
    ));
}

/// The time under which 99 of a hundred lie.
fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() * 99 / 100]
}

/// What flushing a page to the same disk costs.
fn flushes(folder: &Folder) -> Duration {
    let mut file = File::create_new(folder.path("flushed")).expect("a new file");
    let times = (0..STEADY / 2)
        .map(|_| {
            let start = Instant::now();
            file.write_all(&[7; 4096]).expect("room");
            file.sync_data().expect("a disk");
            start.elapsed()
        })
        .collect();
    p99(times)
}

/// How late signatures are that are asked for at a steady rate, whatever became of those before.
fn steady(sign: &(dyn Fn() + Sync)) -> Duration {
    let times = Mutex::new(Vec::new());
    let next = Mutex::new(0u32);
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                loop {
                    let number = {
                        let mut next = next.lock().expect("nobody panics");
                        *next += 1;
                        *next
                    };
                    if number as usize > STEADY {
                        return;
                    }
                    let due = start + Duration::from_secs(1) * number / STEADY_A_SECOND;
                    thread::sleep(due.saturating_duration_since(Instant::now()));
                    sign();
                    times.lock().expect("nobody panics").push(due.elapsed());
                }
            });
        }
    });
    p99(times.into_inner().expect("nobody panics"))
}

fn lists(folder: &Folder, rows: &mut Vec<Row>) {
    let path = folder.path("many.db");
    {
        let ring = ring(&path);
        let guard = Guard::default();
        let next = Mutex::new(0);
        thread::scope(|scope| {
            for _ in 0..THREADS {
                scope.spawn(|| {
                    loop {
                        let number = {
                            let mut next = next.lock().expect("nobody panics");
                            *next += 1;
                            *next
                        };
                        if number > KEYS {
                            return;
                        }
                        let name = format!("department-{}/key-{number}", number % 100);
                        let name = name.parse().expect("a name");
                        ring.new_key(
                            &name,
                            Purpose::Sign,
                            Algorithm::MlDsa65,
                            &Wanted::default(),
                            &guard,
                        )
                        .expect("a key");
                    }
                });
            }
        });
    }
    let actor = "bench".parse().expect("a name");
    let store = SqliteStore::open(&path).expect("what was made");
    let ring = Keyring::open(Box::new(store), &unlock(), actor).expect("what was made");
    rows.push(Row::within(
        format!("keyring: list {KEYS} keys"),
        5,
        LISTING,
        || assert_eq!(ring.keys().expect("sound").len(), KEYS),
    ));
    let guard = Guard::default();
    let horizon = Time::now()
        .and_then(|now| now.plus_days(30))
        .expect("a clock");
    rows.push(Row::within(
        format!("keyring: due of {KEYS} keys"),
        5,
        LISTING,
        || assert!(ring.due(horizon, &guard).expect("sound").is_empty()),
    ));
    let mebibytes = |bytes: u64| bytes as f64 / f64::from(1 << 20);
    let size = fs::metadata(&path).expect("what was made").len();
    rows.push(Row::amount(
        format!("keyring: file of {KEYS} keys"),
        mebibytes(size),
        MOST_MEBIBYTES,
        "MiB",
    ));
    rows.push(Row::amount(
        format!("keyring: memory with {KEYS} keys listed"),
        mebibytes(resident()),
        MOST_MEBIBYTES,
        "MiB",
    ));
}

/// The memory of this process that is in use now.
fn resident() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number
        .and_then(|number| number.parse::<u64>().ok())
        .expect("a number")
        * 1024
}

fn audit(folder: &Folder, rows: &mut Vec<Row>) {
    let path = folder.path("audit.jsonl");
    let mut out = BufWriter::new(File::create_new(&path).expect("a new file"));
    let key = chop::testing::audit_export(&mut out, ENTRIES).expect("room");
    out.flush().expect("room");
    rows.push(Row::within(
        format!("keyring: verify {ENTRIES} audit entries"),
        3,
        VERIFYING,
        || {
            let mut file = BufReader::new(File::open(&path).expect("the file"));
            let report = verify_export(&mut file, &key, &[], &mut |_, _| {}).expect("readable");
            assert!(report.is_sound() && report.entries == ENTRIES);
        },
    ));
}
