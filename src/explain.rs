//! Why a signature does not hold: verification is public, so the failing check may be named.

use crate::algorithm::{Algorithm, Context, Family, Flavour, VerifyOptions};
use crate::backend::{self, Parts, Representative, Verifier};
use crate::error::{Code, Error, Result};
use crate::sign::VerifyingKey;
use crate::verdict::Verdict;

/// One check of a verification.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was checked.
    pub check: &'static str,
    /// Whether it passed.
    pub passed: bool,
    /// What was found.
    pub detail: String,
}

impl VerifyingKey {
    /// The checks of [`verify_with`](Self::verify_with), each with its result. The signature is valid
    /// exactly if all of them pass; a second implementation, where there is one, is asked too. Where the
    /// policy refuses, that is the only one.
    ///
    /// # Errors
    /// As [`verify_with`](Self::verify_with); [`Code::SelfTest`] if the two implementations disagree.
    pub fn explain(
        &self,
        message: &[u8],
        signature: &[u8],
        options: &VerifyOptions,
    ) -> Result<Vec<Step>> {
        let verdict = self.verify_with(message, signature, options)?;
        if let Some(step) = self.policy_step(options)? {
            return Ok(vec![step]);
        }
        let valid = verdict.is_valid();
        let parts = match self.algorithm().is_hybrid() {
            true => {
                let mut intake = self.intake(options)?;
                intake.update(message)?;
                self.parts(&intake.finish(), signature, options)?
            }
            false => None,
        };
        let mut steps = self.steps(signature, valid, parts, |second| {
            second.verify(message, options, signature)
        })?;
        if !valid && !options.context.is_empty() {
            let without = VerifyOptions {
                context: Context::empty(),
                ..options.clone()
            };
            if self.verify_with(message, signature, &without)?.is_valid() {
                steps.push(Step {
                    check: "context",
                    passed: false,
                    detail: "the signature holds without a context: the signer used none"
                        .to_owned(),
                });
            }
        }
        Ok(steps)
    }

    /// The same for a message that has passed through the intake of this key, with the verdict.
    pub(crate) fn explain_taken(
        &self,
        message: &Representative,
        signature: &[u8],
        options: &VerifyOptions,
    ) -> Result<(Verdict, Vec<Step>)> {
        let verdict = self.verify_taken(message, signature, options)?;
        if let Some(step) = self.policy_step(options)? {
            return Ok((Verdict::RefusedByPolicy, vec![step]));
        }
        let parts = self.parts(message, signature, options)?;
        let steps = self.steps(signature, verdict.is_valid(), parts, |second| {
            second.verify_taken(message, options, signature)
        })?;
        Ok((verdict, steps))
    }

    /// The only step where the policy refuses: nothing is computed then.
    fn policy_step(&self, options: &VerifyOptions) -> Result<Option<Step>> {
        let refusal = self.refusal(options)?;
        Ok(refusal.map(|refusal| Step {
            check: "policy",
            passed: false,
            detail: refusal.sentence,
        }))
    }

    /// The checks of a signature of the right length, of which it is known whether it is valid.
    fn steps(
        &self,
        signature: &[u8],
        valid: bool,
        parts: Option<Parts>,
        accepts: impl FnOnce(&dyn Verifier) -> Result<bool>,
    ) -> Result<Vec<Step>> {
        let algorithm = self.algorithm();
        let mut steps = vec![Step {
            check: "length",
            passed: true,
            detail: format!("{} bytes", signature.len()),
        }];
        let ml_dsa = backend::ml_dsa_part(algorithm).unwrap_or(algorithm);
        if let Some(set) = MlDsa::of(ml_dsa) {
            steps.extend(set.structure(&signature[..ml_dsa.info().output.max()]));
        }
        let (check, right, wrong) = match algorithm.info().family {
            Family::MlDsa | Family::Dilithium | Family::CompositeSignature => (
                "challenge",
                "the recomputed challenge is the one in the signature",
                "the recomputed challenge differs: another message, context or key, or an altered signature",
            ),
            Family::SlhDsa => (
                "root",
                "the signature leads to the key's root",
                "the signature leads to another root: another message, context or key, or an altered signature",
            ),
            _ => (
                "signature equation",
                SIGNATURE_EQUATION.0,
                SIGNATURE_EQUATION.1,
            ),
        };
        let structure_ok = steps.iter().all(|step| step.passed);
        let mut equation = |check, passed, right: &str, wrong: &str| {
            steps.push(Step {
                check,
                passed,
                detail: if passed { right } else { wrong }.to_owned(),
            });
        };
        let wrong = if structure_ok { wrong } else { "not reached" };
        match parts {
            None => equation(check, valid, right, wrong),
            Some(parts) => {
                equation("ML-DSA part", parts.ml_dsa, right, wrong);
                let (right, wrong) = SIGNATURE_EQUATION;
                equation("traditional part", parts.traditional, right, wrong);
            }
        }
        if let Some(second) = backend::signature(algorithm)?.second_opinion(self.as_bytes())? {
            if accepts(second.as_ref())? != valid {
                return Err(
                    Error::new(Code::SelfTest, format!("verification of a {algorithm} signature"))
                        .got("the two implementations disagree; please keep and report key, message and signature"),
                );
            }
            steps.push(Step {
                check: "second implementation",
                passed: true,
                detail: match valid {
                    true => "accepts too".to_owned(),
                    false => "refuses too".to_owned(),
                },
            });
        }
        Ok(steps)
    }
}

/// What is said of a classical signature that holds, and of one that does not.
const SIGNATURE_EQUATION: (&str, &str) = (
    "it holds",
    "it does not hold: another message or key, or an altered signature",
);

/// The parameters of FIPS 204 table 1 that shape a signature, and those of Dilithium before it.
struct MlDsa {
    /// Bytes of the challenge hash: λ/4.
    challenge: usize,
    k: usize,
    l: usize,
    /// Bits of an encoded coefficient of z: 1 + bitlen(γ1 - 1).
    z_bits: usize,
    /// β = τη.
    beta: i32,
    omega: usize,
}

/// Coefficients of a polynomial.
const N: usize = 256;

impl MlDsa {
    /// Dilithium has the same, but for the challenge of round 3: 32 bytes in every set (specification 3.1, table 2).
    fn of(algorithm: Algorithm) -> Option<Self> {
        let standard = algorithm.replacement().unwrap_or(algorithm);
        let own = Self::of_standard(standard)?;
        Some(match algorithm.flavour() {
            Some(Flavour::Round3) => Self {
                challenge: 32,
                ..own
            },
            _ => own,
        })
    }

    const fn of_standard(algorithm: Algorithm) -> Option<Self> {
        match algorithm {
            Algorithm::MlDsa44 => Some(Self {
                challenge: 32,
                k: 4,
                l: 4,
                z_bits: 18,
                beta: 78,
                omega: 80,
            }),
            Algorithm::MlDsa65 => Some(Self {
                challenge: 48,
                k: 6,
                l: 5,
                z_bits: 20,
                beta: 196,
                omega: 55,
            }),
            Algorithm::MlDsa87 => Some(Self {
                challenge: 64,
                k: 8,
                l: 7,
                z_bits: 20,
                beta: 120,
                omega: 75,
            }),
            _ => None,
        }
    }

    /// The two checks of algorithm 8 that need the signature alone. Its length has been checked.
    fn structure(&self, signature: &[u8]) -> [Step; 2] {
        let z_len = self.l * N * self.z_bits / 8;
        let (z, hint) = signature[self.challenge..].split_at(z_len);
        [self.hint_step(hint), self.norm_step(z)]
    }

    /// HintBitUnpack (algorithm 21): positions rise within each polynomial, ends never fall, the rest is zero.
    fn hint_step(&self, hint: &[u8]) -> Step {
        let (positions, ends) = hint.split_at(self.omega);
        let step = |passed, detail: String| Step {
            check: "hint encoding",
            passed,
            detail,
        };
        let mut start = 0;
        for (i, end) in ends
            .iter()
            .map(|end| usize::from(*end))
            .enumerate()
            .take(self.k)
        {
            if end < start || end > self.omega {
                return step(
                    false,
                    format!(
                        "polynomial {i} ends at {end}, after {start} of at most {}",
                        self.omega
                    ),
                );
            }
            if !positions[start..end].is_sorted_by(|a, b| a < b) {
                return step(false, format!("positions of polynomial {i} do not rise"));
            }
            start = end;
        }
        if positions[start..].iter().any(|position| *position != 0) {
            return step(false, format!("a position after the last of {start}"));
        }
        step(true, format!("{start} hints, canonical"))
    }

    /// ‖z‖∞ < γ1 - β (algorithm 8 step 13).
    fn norm_step(&self, z: &[u8]) -> Step {
        let gamma1 = 1i32 << (self.z_bits - 1);
        let bound = gamma1 - self.beta;
        let largest = (0..self.l * N)
            .map(|i| (gamma1 - bits(z, i * self.z_bits, self.z_bits)).abs())
            .max()
            .unwrap_or(0);
        Step {
            check: "norm of z",
            passed: largest < bound,
            detail: format!("{largest}, must be below {bound}"),
        }
    }
}

/// `count` bits from bit `from`, the least significant first (BitUnpack, algorithm 19).
fn bits(bytes: &[u8], from: usize, count: usize) -> i32 {
    (0..count).fold(0, |value, i| {
        let bit = from + i;
        value | i32::from(bytes[bit / 8] >> (bit % 8) & 1) << i
    })
}
