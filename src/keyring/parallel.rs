//! Work on many records, on all processors.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::LazyLock;
use std::thread::{self, Builder};

/// Items below which a thread costs more than it saves.
const WORTH_A_THREAD: usize = 128;

/// What `work` makes of each item, in the order of the items.
pub(super) fn map<T: Sync, R: Send>(items: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    static PROCESSORS: LazyLock<usize> =
        LazyLock::new(|| thread::available_parallelism().map_or(1, NonZero::get));
    let threads = PROCESSORS.min(items.len() / WORTH_A_THREAD).max(1);
    let all = |items: &[T]| items.iter().map(&work).collect::<Vec<R>>();
    let (own, others) = items.split_at(items.len().div_ceil(threads));
    if others.is_empty() {
        return all(own);
    }
    thread::scope(|scope| {
        let others: Vec<_> = others
            .chunks(own.len())
            .map(|share| {
                let started = Builder::new().spawn_scoped(scope, move || all(share));
                (share, started.ok())
            })
            .collect();
        let mut made = all(own);
        for (share, thread) in others {
            made.extend(match thread.map(thread::ScopedJoinHandle::join) {
                Some(Ok(theirs)) => theirs,
                Some(Err(panic)) => resume_unwind(panic),
                // A system that starts no more threads gets it done all the same.
                None => all(share),
            });
        }
        made
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_item_has_its_result_in_its_place() {
        for len in [0, 1, 127, 128, 129, 255, 256, 257, 1000, 4099] {
            let items: Vec<usize> = (0..len).collect();
            let made = map(&items, |item| item + 1);
            assert_eq!(made, (1..=len).collect::<Vec<_>>());
        }
    }

    #[test]
    #[should_panic(expected = "item 4000")]
    fn a_panic_comes_through() {
        let items: Vec<usize> = (0..4096).collect();
        map(&items, |item| assert!(*item != 4000, "item {item}"));
    }
}
