//! Signatures of ML-DSA that are right, almost right, or that no signer makes, judged by every path of
//! `chop-verify` and by libcrux, RustCrypto `ml-dsa` and AWS-LC: one answer, and the reason where they tell it.
//!
//! The input is a recipe, not a signature: which key, honest or forged, then edits to what came of it. Forged
//! signatures are valid by construction (`verify/tests/reference/forge.rs`), with z and the hints where no signer
//! would have them, so that a valid answer is as well compared as a refusal.
//!
//! This module needs no other one of chop: `verify/examples/differential.rs` runs it at length.
#![allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "public in the library of the fuzz targets; the differential runner wants more of it"
)]

mod edits;
mod judge;
mod peers;
mod pool;
#[path = "../../../verify/tests/reference/mod.rs"]
mod reference;

use std::sync::LazyLock;

use chop_verify::Rejected;

use super::input::Input;
pub use judge::{batch, batches, everywhere, name, prepared, theirs};
pub use peers::Peer;
pub use pool::{Case, Pool};

/// Whether the case of the input is valid.
pub fn run(data: &[u8]) -> bool {
    let (_, answer) = judged(data);
    answer.is_ok()
}

/// The case of the input, and what all say to it: first it stands alone, then in batches with others, at any place.
pub fn judged(data: &[u8]) -> (Case, Result<(), Rejected>) {
    static POOL: LazyLock<Pool> = LazyLock::new(|| Pool::new(0));
    let mut input = Input(data);
    let neighbours = usize::from(input.byte()) % 10;
    let place = usize::from(input.byte()) % (neighbours + 1);
    let case = POOL.case(&mut input);
    let answer = everywhere(&case);
    theirs(&case, answer, &Peer::ALL);

    let mut cases: Vec<Case> = (0..neighbours).map(|i| POOL.neighbour(i, &case)).collect();
    let mut answers: Vec<_> = cases.iter().map(prepared).collect();
    cases.insert(place, case.clone());
    answers.insert(place, answer);
    batches(&cases, &answers);
    (case, answer)
}
