//! Signals that end the process wait while files get their names.
//!
//! A new file has no name until it is complete, so an interrupt leaves nothing behind. While names
//! are given, and on file systems where a file has a temporary name until then, signals are kept
//! until everything is in place or taken back.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};

use chop::{Code, Error, Result};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::{flag, low_level};

struct Signals {
    /// Whether a signal ends the process at once.
    at_once: Arc<AtomicBool>,
    /// The signal that came in between, or 0.
    pending: Arc<AtomicUsize>,
    /// How many are writing.
    writing: Mutex<usize>,
    /// For those who may not begin, because a signal waits for the others to end.
    gate: Condvar,
}

static SIGNALS: LazyLock<std::io::Result<Signals>> = LazyLock::new(|| {
    let signals = Signals {
        at_once: Arc::new(AtomicBool::new(true)),
        pending: Arc::new(AtomicUsize::new(0)),
        writing: Mutex::new(0),
        gate: Condvar::new(),
    };
    let ignored = ignored();
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // What nohup or a shell has told the process to ignore stays ignored.
        if ignored >> (signal - 1) & 1 == 1 {
            continue;
        }
        let number = usize::try_from(signal).unwrap_or(0);
        flag::register_conditional_default(signal, Arc::clone(&signals.at_once))?;
        flag::register_usize(signal, Arc::clone(&signals.pending), number)?;
    }
    Ok(signals)
});

/// The signals that the process ignores, the first in the lowest bit; none where that cannot be known.
fn ignored() -> u64 {
    std::fs::read_to_string("/proc/self/status")
        .ok()
        .and_then(|status| {
            let line = status
                .lines()
                .find_map(|line| line.strip_prefix("SigIgn:"))?;
            u64::from_str_radix(line.trim(), 16).ok()
        })
        .unwrap_or(0)
}

/// While this lives, signals wait.
pub(crate) struct Uninterrupted(&'static Signals);

impl Uninterrupted {
    /// Holds signals back.
    ///
    /// # Errors
    /// [`Code::Io`].
    pub(crate) fn start() -> Result<Self> {
        let signals = SIGNALS
            .as_ref()
            .map_err(|error| Error::new(Code::Io, "signal handlers").got(error.to_string()))?;
        let mut writing = signals.lock();
        // The last of those who are writing ends the process.
        while *writing > 0 && signals.pending.load(Ordering::SeqCst) != 0 {
            writing = signals
                .gate
                .wait(writing)
                .unwrap_or_else(PoisonError::into_inner);
        }
        *writing += 1;
        signals.at_once.store(false, Ordering::SeqCst);
        Ok(Self(signals))
    }
}

impl Signals {
    fn lock(&self) -> MutexGuard<'_, usize> {
        self.writing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Uninterrupted {
    fn drop(&mut self) {
        let mut writing = self.0.lock();
        *writing -= 1;
        if *writing > 0 {
            return;
        }
        self.0.at_once.store(true, Ordering::SeqCst);
        let signal = self.0.pending.swap(0, Ordering::SeqCst);
        if let (1.., Ok(signal)) = (signal, i32::try_from(signal)) {
            // A signal whose default cannot be taken was not one of ours.
            let _ = low_level::emulate_default_handler(signal);
        }
        self.0.gate.notify_all();
    }
}
