//! What the process does for its own secrets.

use std::hint::black_box;

use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// Forbids core dumps, before anything is read.
///
/// A failure is ignored: a limit can always be lowered, and what remains is said in SECURITY.md.
pub(crate) fn no_core_dumps() {
    let none = Rlimit {
        current: Some(0),
        maximum: Some(0),
    };
    let _ = setrlimit(Resource::Core, none);
}

/// Closes the process to debuggers of the same user and to core-dump handlers.
///
/// Called when all inputs are open and none has been read. A failure is ignored, as above.
pub(crate) fn close_to_others() {
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
}

/// Overwrites what copying has left in the processor's registers, at the end of the work.
///
/// The C library copies through vector registers and leaves the last bytes there, where a core image
/// would show them. Copies of zeroes of every size class take their place.
pub(crate) fn forget_registers() {
    const LARGEST: usize = 1 << 16;
    let zeroes = black_box(vec![0u8; LARGEST]);
    let mut target = black_box(vec![0u8; LARGEST]);
    for power in 4..=LARGEST.ilog2() {
        for len in [1usize << power, (1 << power) - 1, (1 << power) / 2 + 1] {
            target[..len].copy_from_slice(black_box(&zeroes[..len]));
            target.copy_within(..len / 2, len / 4);
            black_box(&mut target);
        }
    }
}
