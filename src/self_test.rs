//! Known-answer self-tests on request.
//!
//! They also run by themselves before an implementation is first used in a process; this module is
//! for those who want to see them.

use crate::algorithm::Algorithm;
use crate::backend;
use crate::error::Result;

/// Runs the known-answer test of `algorithm`, whether or not it has run before.
///
/// # Errors
/// [`Code::SelfTest`](crate::error::Code::SelfTest), naming the part that gave another answer.
pub fn run(algorithm: Algorithm) -> Result<()> {
    backend::known_answers(algorithm)
}
