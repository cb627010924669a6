//! Many files at once, with the answers in the order of the files.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::thread;

/// Does `work` for each of `items` on `jobs` threads, and hands the results to `each` in the order of
/// the items, as soon as they are there.
pub(crate) fn in_order<'a, T: Sync, R: Send>(
    items: &'a [T],
    jobs: Option<NonZeroUsize>,
    work: impl Fn(&'a T) -> R + Sync,
    each: impl FnMut(R),
) {
    // Of a slice all results may wait for the first: there is no more of them than of items.
    run(
        items.iter(),
        threads(jobs).min(items.len()),
        items.len(),
        work,
        each,
    );
}

/// [`in_order`] for items that come one after the other, of any number: a thread takes no new one while
/// too many results wait for an earlier one, so that memory stays bounded.
pub(crate) fn in_order_from<T: Send, R: Send>(
    items: impl Iterator<Item = T> + Send,
    jobs: Option<NonZeroUsize>,
    work: impl Fn(T) -> R + Sync,
    each: impl FnMut(R),
) {
    let jobs = threads(jobs);
    run(items, jobs, jobs * AHEAD, work, each);
}

fn threads(jobs: Option<NonZeroUsize>) -> usize {
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    jobs.map_or(processors, NonZeroUsize::get)
        .min(processors * MAX_JOBS)
}

/// How many items for each thread are at work, or wait.
const AHEAD: usize = 4;

/// Items on their way to the threads, and as many tokens as results may be missing: who takes an item
/// takes a token.
struct Source<I> {
    items: I,
    tokens: Receiver<()>,
    next: usize,
}

impl<I: Iterator> Source<I> {
    fn take(&mut self) -> Option<(usize, I::Item)> {
        // Nobody gives tokens any more when the one who takes the results has ended.
        self.tokens.recv().ok()?;
        let item = self.items.next()?;
        let number = self.next;
        self.next += 1;
        Some((number, item))
    }
}

fn run<T, R: Send, I: Iterator<Item = T> + Send>(
    items: I,
    jobs: usize,
    open: usize,
    work: impl Fn(T) -> R + Sync,
    mut each: impl FnMut(R),
) {
    let (give, tokens) = mpsc::channel();
    // At the end of the items each thread takes a token to find it.
    for _ in 0..open.max(jobs).max(1) {
        // The other end is held until this function returns.
        let _ = give.send(());
    }
    let source = Mutex::new(Source {
        items,
        tokens,
        next: 0,
    });
    let take = || source.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (send, receive) = mpsc::channel();
    let worker = |send: Sender<(usize, thread::Result<R>)>| {
        while let Some((number, item)) = take() {
            // Whoever waits for the result would wait for ever if a thread ended without a word.
            let result = panic::catch_unwind(AssertUnwindSafe(|| work(item)));
            if send.send((number, result)).is_err() {
                break;
            }
        }
    };
    thread::scope(|scope| {
        let mut threads = 0;
        for _ in 0..jobs {
            let send = send.clone();
            // The system may have no more threads to give: then fewer have to do, or this one alone.
            let spawned = thread::Builder::new().spawn_scoped(scope, || worker(send));
            match spawned {
                Ok(_) => threads += 1,
                Err(_) => break,
            }
        }
        drop(send);
        // Dropped when this closure ends, be it by a panic: that stops the threads.
        let give = give;
        let mut answers = InOrder {
            early: BTreeMap::new(),
            next: 0,
            each: &mut |result| {
                // The threads may all have found the end.
                let _ = give.send(());
                each(result);
            },
        };
        if threads == 0 {
            while let Some((number, item)) = take() {
                answers.add(number, work(item));
            }
        }
        for (number, result) in receive {
            match result {
                Ok(result) => answers.add(number, result),
                Err(panic) => panic::resume_unwind(panic),
            }
        }
    });
}

/// More threads than this for each processor only take memory and open files.
const MAX_JOBS: usize = 4;

/// Hands on what comes in any order in the order of its numbers.
struct InOrder<'a, R> {
    early: BTreeMap<usize, R>,
    next: usize,
    each: &'a mut dyn FnMut(R),
}

impl<R> InOrder<'_, R> {
    fn add(&mut self, number: usize, result: R) {
        self.early.insert(number, result);
        while let Some(result) = self.early.remove(&self.next) {
            (self.each)(result);
            self.next += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[test]
    fn every_item_comes_once_and_in_order() {
        let items: Vec<usize> = (0..500).collect();
        for jobs in [1, 2, 7] {
            let mut seen = Vec::new();
            in_order(
                &items,
                NonZeroUsize::new(jobs),
                |&item| {
                    if item % 3 == 0 {
                        thread::yield_now();
                    }
                    item * 2
                },
                |result| seen.push(result),
            );
            assert!(seen.iter().copied().eq((0..500).map(|item| item * 2)));
        }
    }

    /// However many there are, few are taken while the first result is missing.
    #[test]
    fn nobody_runs_far_ahead() {
        let taken = AtomicUsize::new(0);
        let (go, wait) = mpsc::channel::<()>();
        let wait = Mutex::new(wait);
        let jobs = NonZeroUsize::new(3);
        let mut seen = 0;
        in_order_from(
            (0..10_000).inspect(|_| {
                taken.fetch_add(1, Ordering::Relaxed);
            }),
            jobs,
            |number| {
                if number == 0 {
                    // Long enough for the others to take all that they may.
                    let waited = wait
                        .lock()
                        .unwrap()
                        .recv_timeout(Duration::from_millis(200));
                    assert!(waited.is_err());
                    let most = threads(jobs) * AHEAD;
                    assert!(taken.load(Ordering::Relaxed) <= most);
                }
                number
            },
            |number| {
                assert_eq!(number, seen);
                seen += 1;
            },
        );
        drop(go);
        assert_eq!(seen, 10_000);
    }

    #[test]
    fn a_panic_ends_all() {
        let result = panic::catch_unwind(|| {
            in_order_from(
                0..10_000,
                NonZeroUsize::new(2),
                |number| assert_ne!(number, 17),
                |()| {},
            );
        });
        assert!(result.is_err());
    }
}
