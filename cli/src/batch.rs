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
    let jobs = jobs
        .or_else(|| thread::available_parallelism().ok())
        .map_or(1, NonZeroUsize::get)
        .min(items.len());
    if jobs <= 1 {
        items.iter().map(work).for_each(each);
        return;
    }
    let next = AtomicUsize::new(0);
    let (send, receive) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..jobs {
            let send = send.clone();
            scope.spawn(|| {
                let send = send;
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(number) else { break };
                    if send.send((number, work(item))).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        let mut early = BTreeMap::new();
        let mut turn = 0;
        for (number, result) in receive {
            early.insert(number, result);
            while let Some(result) = early.remove(&turn) {
                each(result);
                turn += 1;
            }
        }
    });
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
