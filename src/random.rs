//! The one source of randomness.
//!
//! Every seed, scalar, salt and nonce that Chop draws comes from [`fill`], which asks the kernel
//! and believes nothing: an error stops the operation, and so does a source that claims success
//! and writes nothing, or that returns a block it has returned before. There is no fallback.
//!
//! AWS-LC draws its own randomness in ECDSA and RSA operations and aborts the process when that
//! fails; `probe` is called first, so that a dead source is found here, as an error.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest;

use crate::error::{Code, Error, Result};
use crate::fault::{self, Fault};
use crate::secret::{SecretBytes, depth, on_clean_stack};

/// Draws are made, and compared, in blocks of this many bytes.
const BLOCK: usize = 32;

/// How many earlier blocks a new one is compared with.
const REMEMBERED: usize = 64;

/// Digests of the latest blocks of this process: enough to see a repetition, useless for anything else.
static SEEN: Mutex<VecDeque<[u8; 32]>> = Mutex::new(VecDeque::new());

/// Fills `out` with fresh random bytes.
///
/// # Errors
/// [`Code::Random`] if the source fails, returns nothing or repeats itself; `out` is then unchanged.
pub fn fill(out: &mut [u8]) -> Result<()> {
    let fresh = secret(out.len())?;
    out.copy_from_slice(fresh.expose());
    Ok(())
}

/// `len` fresh random bytes that are wiped on drop.
///
/// # Errors
/// [`Code::Random`], as [`fill`].
pub(crate) fn secret(len: usize) -> Result<SecretBytes> {
    let mut blocks = SecretBytes::zeroed(len.next_multiple_of(BLOCK));
    let mut seen = SEEN.lock().unwrap_or_else(PoisonError::into_inner);
    if seen.is_empty() {
        // The first block of a process has nothing to be compared with, so it serves for that alone.
        let mut first = SecretBytes::zeroed(BLOCK);
        draw(first.expose_mut())?;
        accept(&mut seen, first.expose())?;
    }
    draw(blocks.expose_mut())?;
    for block in blocks.expose().chunks_exact(BLOCK) {
        accept(&mut seen, block)?;
    }
    drop(seen);
    if blocks.len() == len {
        return Ok(blocks);
    }
    Ok(SecretBytes::copy_of(&blocks.expose()[..len]))
}

/// Finds out whether the source works, before code that would abort the process if it did not.
///
/// # Errors
/// [`Code::Random`], as [`fill`].
pub(crate) fn probe() -> Result<()> {
    secret(BLOCK).map(drop)
}

/// Asks the system until `out`, which starts as zeroes, is full.
fn draw(out: &mut [u8]) -> Result<()> {
    if fault::injected(Fault::RandomFails) {
        return Err(failed("the system has none"));
    }
    if fault::injected(Fault::RandomEmpty) {
        return Ok(());
    }
    if fault::injected(Fault::RandomRepeats) {
        out.fill(0x5a);
        return Ok(());
    }
    let mut rest = out;
    while !rest.is_empty() {
        match rustix::rand::getrandom(&mut *rest, rustix::rand::GetRandomFlags::empty()) {
            Ok(0) => return Err(failed("the system returned nothing")),
            Ok(n) => {
                rest = rest
                    .get_mut(n..)
                    .ok_or_else(|| failed("the system claims more than was asked"))?;
            }
            Err(rustix::io::Errno::INTR) => {}
            Err(errno) => return Err(failed(&format!("the system returned {errno}"))),
        }
    }
    Ok(())
}

/// Refuses a block that nobody wrote to or that has been seen; remembers it otherwise.
fn accept(seen: &mut VecDeque<[u8; 32]>, block: &[u8]) -> Result<()> {
    // Half a block of zeroes comes once in 2^128 draws, unless nobody wrote there.
    if block
        .chunks(BLOCK / 2)
        .any(|half| half.iter().all(|&byte| byte == 0))
    {
        return Err(failed("the system returned nothing"));
    }
    let mut print = [0; 32];
    on_clean_stack::<{ depth::HASH }, _>(|| {
        print.copy_from_slice(digest::digest(&digest::SHA256, block).as_ref());
    });
    if seen.contains(&print) {
        return Err(failed("the system returned the same bytes twice"));
    }
    if seen.len() == REMEMBERED {
        seen.pop_front();
    }
    seen.push_back(print);
    Ok(())
}

fn failed(why: &str) -> Error {
    Error::new(Code::Random, "randomness").got(why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_differ_and_fill_every_length() {
        let mut previous = Vec::new();
        for len in [0, 1, 31, 32, 33, 64, 65, 1000] {
            let mut out = vec![0; len];
            fill(&mut out).unwrap();
            assert!(len < 16 || out != vec![0; len]);
            assert!(len < 16 || !previous.starts_with(&out));
            previous = out;
        }
    }

    #[cfg(feature = "fault-injection")]
    #[test]
    fn a_source_that_fails_is_silent_or_repeats_is_refused_and_leaves_the_buffer() {
        for (fault, why) in [
            (Fault::RandomFails, "randomness: the system has none"),
            (
                Fault::RandomEmpty,
                "randomness: the system returned nothing",
            ),
            (
                Fault::RandomRepeats,
                "randomness: the system returned the same bytes twice",
            ),
        ] {
            let mut out = [7; 40];
            let error = fault::with_fault(fault, || fill(&mut out)).unwrap_err();
            assert_eq!(error.code(), Code::Random);
            assert_eq!(error.to_string(), why);
            assert_eq!(out, [7; 40]);
        }
    }
}
