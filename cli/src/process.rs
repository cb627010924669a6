//! What the process does for its own secrets.

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
