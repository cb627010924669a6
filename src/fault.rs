//! Faults that a test build can be told to suffer.
//!
//! Every self-test, pairwise test, second opinion and draw of randomness asks here whether it
//! should fail. Without the feature `fault-injection` the answer is a constant no and nothing of
//! this is in the binary. A fault only ever turns success into failure.

/// A place that can be made to fail.
#[cfg_attr(
    not(feature = "fault-injection"),
    expect(
        unreachable_pub,
        reason = "the module is public with the feature alone"
    )
)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A known-answer self-test gives another answer.
    SelfTest,
    /// The pairwise test after key generation fails.
    Pairwise,
    /// The second implementation refuses the signature.
    SecondOpinion,
    /// The second implementation that verifies says the contrary of what it found.
    Disagreement,
    /// The random source returns an error.
    RandomFails,
    /// The random source claims success and writes nothing.
    RandomEmpty,
    /// The random source returns the same bytes again.
    RandomRepeats,
}

/// Whether `fault` is to happen now.
#[cfg(not(feature = "fault-injection"))]
pub(crate) const fn injected(_fault: Fault) -> bool {
    false
}

#[cfg(feature = "fault-injection")]
pub(crate) use enabled::injected;
#[cfg(feature = "fault-injection")]
pub use enabled::with_fault;

#[cfg(feature = "fault-injection")]
mod enabled {
    use std::cell::Cell;
    use std::sync::OnceLock;

    use super::Fault;

    /// Names the fault of a whole process: a test of the command sets it.
    const VARIABLE: &str = "CHOP_FAULT";

    thread_local! {
        static CURRENT: Cell<Option<Fault>> = const { Cell::new(None) };
    }

    /// Runs `work` with `fault` in this thread.
    pub fn with_fault<T>(fault: Fault, work: impl FnOnce() -> T) -> T {
        let before = CURRENT.replace(Some(fault));
        let result = work();
        CURRENT.set(before);
        result
    }

    pub(crate) fn injected(fault: Fault) -> bool {
        static PROCESS: OnceLock<Option<Fault>> = OnceLock::new();
        let process = *PROCESS.get_or_init(|| {
            let name = std::env::var(VARIABLE).ok()?;
            Some(match name.as_str() {
                "self-test" => Fault::SelfTest,
                "pairwise" => Fault::Pairwise,
                "second-opinion" => Fault::SecondOpinion,
                "disagreement" => Fault::Disagreement,
                "random-fails" => Fault::RandomFails,
                "random-empty" => Fault::RandomEmpty,
                "random-repeats" => Fault::RandomRepeats,
                // A misspelt fault would make the test that sets it pass for the wrong reason.
                other => panic!("{VARIABLE}={other} names no fault"),
            })
        });
        CURRENT.get() == Some(fault) || process == Some(fault)
    }
}
