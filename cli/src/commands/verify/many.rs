//! `chop verify --batch`: many signatures, in bounded memory.
//!
//! Threads take some lines each, read the files, and verify what can be verified together in one call; the
//! answers come in the order of the lines. Of what is valid only the number is kept.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::mem;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chop::batch::Item;
use chop::{Algorithm, Code, Context, Error, Guard, Result, Verdict, VerifyOptions, verify_batch};
use serde_json::{Value, json};

use super::answer::Answer;
use super::job::{Care, Job, Whom};
use super::list::{Chunk, Entry, List, Task};
use super::named::Named;
use super::opened::Opened;
use super::says_it_itself;
use crate::args::{SignatureFormat, Verify};
use crate::batch::in_order_from;
use crate::input::{Input, MAX_OUTPUT};
use crate::keyring::{Ring, Source};
use crate::progress::Progress;
use crate::report::{Report, error_json, one_line};

/// The longest message that waits in memory for others; longer ones are verified while they are read.
const MAX_TOGETHER: usize = 256 * 1024;

/// Bytes of messages and signatures that a thread keeps.
const MAX_WAITING: usize = 4 << 20;

/// Keys that are kept ready: twice as many at most.
const KEYS: usize = 500;

/// What the command line says of all lines.
pub(super) struct Whose<'a> {
    pub(super) args: &'a Verify,
    /// Of keys in files.
    pub(super) algorithm: Option<Algorithm>,
    /// By the keys of the command line, for the lines that have none.
    pub(super) default: Option<Job<'a>>,
    pub(super) context: Context,
}

pub(super) fn run(
    whose: Whose<'_>,
    mut list: List,
    keyring: &Ring<'_>,
    guard: &Guard,
    report: &Report,
) -> Result<u8> {
    let progress = Progress::list(report, list.size());
    let args = whose.args;
    let many = Many {
        args,
        base: list.base(),
        algorithm: whose.algorithm,
        default: whose.default.map(Arc::new),
        context: whose.context,
        keyring,
        guard,
        keys: Mutex::new(Recent::new(KEYS)),
    };
    let format = args.agreed.format;
    let mut tally = Tally::default();
    let mut failure = None;
    // Nobody needs answers that cannot be said.
    let stopped = AtomicBool::new(false);
    let chunks = std::iter::from_fn(|| match stopped.load(Ordering::Relaxed) {
        true => None,
        false => list.next(format),
    });
    in_order_from(
        chunks,
        args.jobs,
        |chunk| chunk.map(|chunk| many.verify(chunk)),
        |done| {
            let said = done.and_then(|done| {
                progress.add(done.bytes);
                tally.take(done, report, &progress)
            });
            progress.count(|| format!("{} signatures", tally.total));
            if let Err(error) = said {
                stopped.store(true, Ordering::Relaxed);
                failure.get_or_insert(error);
            }
        },
    );
    drop(progress);
    failure.map_or(Ok(()), Err)?;
    tally.conclude(list.folders(), report)
}

/// Everything but the lines.
struct Many<'a> {
    args: &'a Verify,
    /// Where paths in the list begin.
    base: PathBuf,
    algorithm: Option<Algorithm>,
    /// By the keys of the command line.
    default: Option<Arc<Job<'a>>>,
    /// Of the command line.
    context: Context,
    keyring: &'a Ring<'a>,
    guard: &'a Guard,
    keys: Mutex<Recent<Arc<Job<'a>>>>,
}

/// The answers to a chunk.
struct Done {
    bytes: usize,
    valid: u64,
    /// Whatever is not plainly valid, in the order of the lines.
    others: Vec<(Option<u64>, String, Result<Box<Answer>>)>,
    warnings: HashSet<String>,
}

/// A raw signature that waits for others, to be verified together with them.
struct Waiting<'a> {
    number: usize,
    job: Arc<Job<'a>>,
    entry: Entry,
    options: VerifyOptions,
    message: Vec<u8>,
    signature: Vec<u8>,
}

/// An answer to a line.
enum Said {
    Valid,
    Other(Result<Box<Answer>>),
}

impl<'a> Many<'a> {
    fn verify(&self, chunk: Chunk) -> Done {
        let mut warnings = HashSet::new();
        let mut said: Vec<Option<Said>> = Vec::new();
        said.resize_with(chunk.tasks.len(), || None);
        let (mut waiting, mut bytes) = (Vec::new(), 0);
        for (number, task) in chunk.tasks.iter().enumerate() {
            match self.begin(number, task) {
                Ok(Begun::Waits(one)) => {
                    bytes += one.message.len() + one.signature.len();
                    waiting.push(one);
                }
                Ok(Begun::Answered(answer)) => said[number] = Some(of(*answer, &mut warnings)),
                Err(error) => said[number] = Some(Said::Other(Err(error))),
            }
            if bytes > MAX_WAITING {
                together(&mem::take(&mut waiting), &mut said, &mut warnings);
                bytes = 0;
            }
        }
        together(&waiting, &mut said, &mut warnings);
        let mut done = Done {
            bytes: chunk.bytes,
            valid: 0,
            others: Vec::new(),
            warnings,
        };
        for (task, said) in chunk.tasks.iter().zip(said) {
            let other = match said {
                Some(Said::Valid) => {
                    done.valid += 1;
                    continue;
                }
                Some(Said::Other(other)) => other,
                None => Err(Error::new(Code::Internal, "a line without an answer")),
            };
            let entry = task.entry(&self.base, self.args.agreed.format);
            let name = entry.map_or(String::new(), |entry| entry.file.display().to_string());
            done.others.push((task.line(), name, other));
        }
        done
    }

    /// Reads a file and its signature, and verifies at once what cannot be verified together with others.
    fn begin(&self, number: usize, task: &Task) -> Result<Begun<'a>> {
        let format = self.args.agreed.format;
        let entry = task.entry(&self.base, format)?;
        let job = self.job(entry.key.as_deref())?;
        let context = match &entry.context {
            Some(_) if format != SignatureFormat::Raw => {
                return Err(Error::usage("context string")
                    .expected("--format raw, the only one that carries one")
                    .got(format.name()));
            }
            Some(context) => context,
            None => &self.context,
        };
        let message = Input::open_regular(&entry.file)?;
        let signature = Input::open_regular(&entry.signature)?;
        let short = message
            .size()
            .is_some_and(|size| size <= MAX_TOGETHER as u64);
        if format == SignatureFormat::Raw && job.named.is_none() && short {
            job.key()?;
            return Ok(Begun::Waits(Waiting {
                number,
                options: job.options(context.clone()),
                message: message.read_public("message", MAX_TOGETHER)?,
                signature: signature.read_public("signature", MAX_OUTPUT)?,
                job,
                entry,
            }));
        }
        let opened = Opened {
            signature,
            message: Some(message),
        };
        let answer = job.verify(opened, context, &Progress::none())?;
        Ok(Begun::Answered(Box::new(answer)))
    }

    /// The job for the key of a line, or that of the command line.
    fn job(&self, key: Option<&str>) -> Result<Arc<Job<'a>>> {
        let Some(key) = key else {
            return self.default.clone().ok_or_else(|| {
                Error::usage("key of the line")
                    .expected("key in the line, or --key or --trust")
                    .got("none")
            });
        };
        let keys = || self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(job) = keys().get(key) {
            return Ok(job);
        }
        let whom = match self.keyring.source_from(&self.base, Path::new(key))? {
            Source::File(path) => Whom::Keys(self.algorithm, vec![Input::open_regular(&path)?]),
            Source::Named(name) => {
                says_it_itself(self.algorithm)?;
                Whom::Named(Named::open(self.keyring, name, Care::Fast, self.guard)?)
            }
        };
        let job = Arc::new(Job::new(self.args, whom, Care::Fast, self.guard)?);
        keys().insert(key, Arc::clone(&job));
        Ok(job)
    }
}

enum Begun<'a> {
    Answered(Box<Answer>),
    Waits(Waiting<'a>),
}

fn of(answer: Answer, warned: &mut HashSet<String>) -> Said {
    match answer.verdict {
        // What was read of a legacy algorithm is marked each time.
        Verdict::Valid if answer.is_legacy() => {
            warned.extend(answer.warnings.iter().cloned());
            Said::Other(Ok(Box::new(answer)))
        }
        Verdict::Valid => {
            warned.extend(answer.warnings);
            Said::Valid
        }
        _ => Said::Other(Ok(Box::new(answer))),
    }
}

/// Verifies together what has waited.
fn together(waiting: &[Waiting<'_>], said: &mut [Option<Said>], warned: &mut HashSet<String>) {
    let items = waiting.iter().map(|one| {
        Ok(Item {
            key: one.job.key()?,
            message: &one.message,
            signature: &one.signature,
            options: &one.options,
        })
    });
    let items: Vec<Item<'_>> = match items.collect::<Result<_>>() {
        Ok(items) => items,
        Err(error) => {
            for one in waiting {
                said[one.number] = Some(Said::Other(Err(error.clone())));
            }
            return;
        }
    };
    let verdicts = verify_batch(&items, NonZeroUsize::MIN);
    drop(items);
    // What a policy says about a key need not be asked for each of its signatures.
    let mut heard: Option<(&Arc<Job<'_>>, &Context)> = None;
    for (one, verdict) in waiting.iter().zip(verdicts) {
        let known = heard.is_some_and(|(job, context)| {
            Arc::ptr_eq(job, &one.job) && *context == one.options.context
        });
        let legacy = one.job.key().is_ok_and(|key| key.algorithm().is_legacy());
        let answer = match verdict {
            Ok(Verdict::Valid) if known && !legacy => Ok(Said::Valid),
            Ok(verdict) => one
                .job
                .key()
                .and_then(|key| one.job.single(key, verdict, Vec::new(), &one.options))
                .map(|answer| {
                    heard = Some((&one.job, &one.options.context));
                    of(answer, warned)
                }),
            Err(error) => Err(error),
        };
        said[one.number] = Some(answer.unwrap_or_else(|error| {
            let name = |path: &Path| path.display().to_string();
            let (signature, file) = (name(&one.entry.signature), name(&one.entry.file));
            Said::Other(Err(one.job.placed(error, signature, file)))
        }));
    }
}

/// What has been said so far.
#[derive(Default)]
struct Tally {
    total: u64,
    valid: u64,
    /// Of the valid ones, those by an algorithm that is read only.
    legacy: u64,
    /// How many there are of each other verdict, and of errors.
    others: BTreeMap<&'static str, u64>,
    warnings: HashSet<String>,
    worst: u8,
}

/// How lines are counted that have no verdict.
const ERRORS: &str = "errors";

impl Tally {
    /// Counts the answers, and says those that are not plainly valid.
    fn take(&mut self, done: Done, report: &Report, progress: &Progress) -> Result<()> {
        self.valid += done.valid;
        self.total += done.valid;
        let mut text = String::new();
        for (line, name, answer) in done.others {
            self.total += 1;
            let (kind, status) = match &answer {
                Ok(answer) => (answer.verdict.name(), answer.verdict.exit_status()),
                Err(error) => (ERRORS, error.code().exit_status()),
            };
            match &answer {
                Ok(answer) if answer.verdict == Verdict::Valid => {
                    self.valid += 1;
                    self.legacy += u64::from(answer.is_legacy());
                }
                _ => *self.others.entry(kind).or_default() += 1,
            }
            self.worst = self.worst.max(status);
            text.push_str(&match report.is_json() {
                true => report.json_line(as_json(line, name, answer)),
                false => as_text(line, &name, answer),
            });
        }
        let fresh: Vec<String> = done
            .warnings
            .into_iter()
            .filter(|warning| self.warnings.insert(warning.clone()))
            .collect();
        if text.is_empty() && fresh.is_empty() {
            return Ok(());
        }
        progress.pause(|| {
            report.warnings(&fresh);
            report.result(&text)
        })
    }

    fn conclude(self, folders: u64, report: &Report) -> Result<u8> {
        if self.total == 0 {
            // Where everything was lost, nothing is wrong either.
            return Err(Error::malformed("list of signatures")
                .expected("at least one")
                .got("none"));
        }
        if report.is_json() {
            let mut warnings: Vec<String> = self.warnings.into_iter().collect();
            warnings.sort();
            let mut summary = json!({
                "signatures": self.total,
                "valid": self.valid,
                "legacy": self.legacy,
                "invalid": 0,
                "errors": 0,
                "folders": folders,
                "warnings": warnings,
            });
            for (kind, count) in self.others {
                summary[kind] = json!(count);
            }
            report.json(json!({ "summary": summary }))?;
            return Ok(self.worst);
        }
        let signatures = if self.total == 1 {
            "signature"
        } else {
            "signatures"
        };
        let mut text = format!("{} {signatures}: {} valid", self.total, self.valid);
        if self.legacy > 0 {
            text.push_str(&format!(" ({} of them legacy)", self.legacy));
        }
        for (kind, count) in self.others {
            text.push_str(&format!(", {count} {kind}"));
        }
        if folders > 0 {
            text.push_str(&format!("; {folders} folders in it were not entered"));
        }
        text.push('\n');
        report.result(&text)?;
        Ok(self.worst)
    }
}

fn as_text(line: Option<u64>, name: &str, answer: Result<Box<Answer>>) -> String {
    let mut place = line.map_or(String::new(), |line| format!("line {line}: "));
    if !name.is_empty() {
        place.push_str(&format!("{}: ", one_line(name)));
    }
    match answer {
        Ok(answer) => format!("{place}{}", answer.as_text()),
        Err(error) => format!("{place}error: {}\n", one_line(&error.to_string())),
    }
}

fn as_json(line: Option<u64>, name: String, answer: Result<Box<Answer>>) -> Value {
    let mut object = match answer {
        Ok(answer) => answer.as_json(),
        Err(error) => json!({ "error": error_json(&error) }),
    };
    object["line"] = json!(line);
    object["file"] = json!(Some(name).filter(|name| !name.is_empty()));
    object
}

/// What was asked for lately, at most twice `half` of it.
struct Recent<V> {
    half: usize,
    young: HashMap<String, V>,
    /// What was young before so many others came.
    old: HashMap<String, V>,
}

impl<V: Clone> Recent<V> {
    fn new(half: usize) -> Self {
        Self {
            half,
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }

    fn get(&mut self, name: &str) -> Option<V> {
        if let Some(known) = self.young.get(name) {
            return Some(known.clone());
        }
        let known = self.old.remove(name)?;
        self.insert(name, known.clone());
        Some(known)
    }

    fn insert(&mut self, name: &str, value: V) {
        if self.young.len() >= self.half {
            self.old = mem::take(&mut self.young);
        }
        self.young.insert(name.to_owned(), value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_stays_and_the_rest_goes() {
        let mut recent = Recent::new(3);
        for number in 0..100 {
            recent.insert(&number.to_string(), number);
            assert_eq!(recent.get("0"), Some(0));
            assert_eq!(recent.get(&number.to_string()), Some(number));
            assert!(recent.young.len() <= 3 && recent.old.len() <= 3);
        }
        assert_eq!(recent.get("1"), None);
        assert_eq!(recent.get("90"), None);
    }
}
