//! Many files at once, with the answers in the order of the files.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

/// Does `work` for each of `items` on `jobs` threads, and hands the results to `each` in the order of
/// the items, as soon as they are there.
pub(crate) fn in_order<'a, T: Sync, R: Send>(
    items: &'a [T],
    jobs: Option<NonZeroUsize>,
    work: impl Fn(&'a T) -> R + Sync,
    mut each: impl FnMut(R),
) {
    let processors = thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let jobs = jobs
        .map_or(processors, NonZeroUsize::get)
        .min(processors * MAX_JOBS)
        .min(items.len());
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    let turn = || -> Option<(usize, R)> {
        let number = next.fetch_add(1, Ordering::Relaxed);
        Some((number, work(items.get(number)?)))
    };
    thread::scope(|scope| {
        let mut threads = 0;
        for _ in 0..jobs {
            let send = send.clone();
            let worker = || {
                let send = send;
                while let Some(result) = turn() {
                    if send.send(result).is_err() {
                        break;
                    }
                }
            };
            // The system may have no more threads to give: then fewer have to do, or this one alone.
            match thread::Builder::new().spawn_scoped(scope, worker) {
                Ok(_) => threads += 1,
                Err(_) => break,
            }
        }
        drop(send);
        let mut answers = InOrder {
            early: BTreeMap::new(),
            next: 0,
            each: &mut each,
        };
        if threads == 0 {
            while let Some((number, result)) = turn() {
                answers.add(number, result);
            }
        }
        for (number, result) in receive {
            answers.add(number, result);
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
}
