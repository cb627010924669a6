//! Many signatures at once: the arithmetic of one after the other, the hashes of eight together.

use super::Kernels;
use super::hash::{self, Input};
use super::key::{self, Commitment, ExpandedKey, Vector};
use super::matrix::Matrix;
use super::prefetch::prefetch_start;
use crate::error::Rejected;
use crate::keccak::SHAKE256_RATE;
use crate::signature::Signature;
use crate::signed::Signed;

/// One signature to verify.
pub(crate) struct Work<'a, K> {
    pub(crate) key: &'a ExpandedKey<K>,
    pub(crate) signed: Signed<'a>,
    pub(crate) signature: Signature<'a>,
}

/// The answers, in order: the same as of [`ExpandedKey::verify`] one by one.
pub(crate) fn verify_all<K: Kernels>(kernels: K, all: &[Work<'_, K>]) -> Vec<Result<(), Rejected>> {
    // FIPS 204, algorithm 8, line 7, and the hash in line 8, of each.
    let mut inputs: Vec<Input<'_>> = Vec::with_capacity(2 * all.len());
    inputs.extend(all.iter().map(|work| Input::one(work.signature.challenge)));
    let mut hashed = Vec::new();
    for (i, work) in all.iter().enumerate() {
        if let Signed::Parts(parts) = work.signed {
            inputs.push(Input::new(parts));
            hashed.push(i);
        }
    }
    let mut challenges = vec![[0; SHAKE256_RATE]; all.len()];
    let mut mus: Vec<[u8; 64]> = all
        .iter()
        .map(|work| match work.signed {
            Signed::Parts(_) => [0; 64],
            Signed::Mu(mu) => *mu,
        })
        .collect();
    hash::each(kernels, &mut inputs, |i, block| {
        match i.checked_sub(all.len()) {
            None => challenges[i] = block,
            Some(i) => mus[hashed[i]].copy_from_slice(&block[..64]),
        }
    });

    // Lines 2 to 11.
    let mut commitments = Vec::with_capacity(all.len());
    let mut answers = Vec::with_capacity(all.len());
    let mut vector = Vector::EMPTY;
    for (i, ((work, challenge), mu)) in all.iter().zip(challenges).zip(&mus).enumerate() {
        let p = work.key.parameters();
        // What comes next is asked for meanwhile; a matrix that is in use is at hand.
        let next = all.get(i + 1);
        let upcoming = next
            .filter(|next| !std::ptr::eq(next.key, work.key))
            .map(|next| next.key.matrix());
        if let Some(next) = next {
            let matrix = upcoming.map(Matrix::lines).unwrap_or_default();
            prefetch_start(next.signature.z, matrix);
        }
        let first = upcoming.map(Matrix::first_row).unwrap_or_default();
        let answer = vector.decode(kernels, p, &work.signature, first);
        if answer.is_ok() {
            vector.push_challenge(kernels, p, challenge, &work.signature);
            commitments.push(Commitment::EMPTY);
            if let Some(commitment) = commitments.last_mut() {
                work.key.commit(&vector, mu, &work.signature, commitment);
            }
        }
        answers.push(answer);
    }

    // Lines 12 and 13.
    let mut inputs: Vec<Input<'_>> = commitments.iter().map(Commitment::input).collect();
    let waiting: Vec<usize> = (0..all.len()).filter(|i| answers[*i].is_ok()).collect();
    hash::each(kernels, &mut inputs, |i, block| {
        let i = waiting[i];
        answers[i] = key::answer(&block, &all[i].signature);
    });
    answers
}
