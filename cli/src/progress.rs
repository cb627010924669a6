//! How far long work has come, on a terminal, once it has taken a second.

use std::io::{self, Read};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::report::Report;

/// Work that is over sooner shows nothing.
const PATIENCE: Duration = Duration::from_secs(1);

/// The bytes of one or more files, on their way.
pub(crate) struct Progress {
    /// Without a terminal to draw on there is none.
    bar: Option<ProgressBar>,
    since: Instant,
    shown: AtomicBool,
}

impl Progress {
    /// A bar up to `total` bytes; without a total, as from a pipe, a count.
    pub(crate) fn bytes(report: &Report, total: Option<u64>) -> Self {
        let template = match total {
            Some(_) => "{bar:30} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
            None => "{spinner} {bytes}, {bytes_per_sec}",
        };
        Self::new(report, total, template)
    }

    fn new(report: &Report, total: Option<u64>, template: &str) -> Self {
        let bar = report.may_draw().then(|| {
            let bar = total.map_or_else(ProgressBar::no_length, ProgressBar::new);
            bar.set_draw_target(ProgressDrawTarget::hidden());
            // The template is our own; one that does not parse falls back to the default.
            bar.with_style(
                ProgressStyle::with_template(template)
                    .unwrap_or_else(|_| ProgressStyle::default_bar()),
            )
        });
        Self {
            bar,
            since: Instant::now(),
            shown: AtomicBool::new(false),
        }
    }

    /// A bar for a list of so many bytes, with a count of what stands in it.
    pub(crate) fn list(report: &Report, total: Option<u64>) -> Self {
        let template = match total {
            Some(_) => "{bar:30} {percent} %, {msg}, {eta} left",
            None => "{spinner} {msg}, {elapsed}",
        };
        Self::new(report, total, template)
    }

    /// No bar, for parts of what another one shows.
    pub(crate) fn none() -> Self {
        Self {
            bar: None,
            since: Instant::now(),
            shown: AtomicBool::new(false),
        }
    }

    /// Says what the count is now.
    pub(crate) fn count(&self, words: impl FnOnce() -> String) {
        if let Some(bar) = &self.bar {
            bar.set_message(words());
        }
    }

    /// So many bytes more are done.
    pub(crate) fn add(&self, bytes: usize) {
        let Some(bar) = &self.bar else { return };
        bar.inc(bytes as u64);
        if self.since.elapsed() > PATIENCE && !self.shown.swap(true, Ordering::Relaxed) {
            bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// Counts what is read from `reader`.
    pub(crate) fn reader<'a>(&'a self, reader: impl Read + 'a) -> impl Read + 'a {
        struct Counted<'a, R>(R, &'a Progress);
        impl<R: Read> Read for Counted<'_, R> {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                let bytes = self.0.read(buffer)?;
                self.1.add(bytes);
                Ok(bytes)
            }
        }
        Counted(reader, self)
    }

    /// Takes the bar away for as long as something else is written.
    pub(crate) fn pause<T>(&self, work: impl FnOnce() -> T) -> T {
        match &self.bar {
            Some(bar) => bar.suspend(work),
            None => work(),
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}

/// Shows that `work`, whose length nobody knows, is still going on.
pub(crate) fn during<T>(report: &Report, what: &'static str, work: impl FnOnce() -> T) -> T {
    if !report.may_draw() {
        return work();
    }
    let (done, finished) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let draw = move || {
            if finished.recv_timeout(PATIENCE) == Err(RecvTimeoutError::Timeout) {
                let bar = ProgressBar::new_spinner().with_message(what);
                bar.enable_steady_tick(Duration::from_millis(100));
                // Nothing is ever sent: this returns when the other end is dropped.
                let _ = finished.recv();
                bar.finish_and_clear();
            }
        };
        // Without a thread to draw it there is no picture.
        let _ = thread::Builder::new().spawn_scoped(scope, draw);
        let result = work();
        drop(done);
        result
    })
}
