//! Verification by two implementations that have to agree.

use std::fmt::Write;

use aws_lc_rs::digest;

use super::{Intake, Needs, Representative, Verifier};
use crate::algorithm::{Algorithm, VerifyOptions};
use crate::error::{Code, Error, Result};
use crate::fault::{self, Fault};

/// What the two implementations are called.
#[derive(Clone, Copy)]
pub(super) struct Opinion {
    pub(super) first: &'static str,
    pub(super) second: &'static str,
    /// The one that stands in for the second where a message came in parts.
    pub(super) second_in_parts: &'static str,
}

/// `first`, or, if that is needed, `first` and what `second` gives together.
pub(super) fn confirmed(
    algorithm: Algorithm,
    needs: Needs<'_>,
    first: Box<dyn Verifier>,
    second: impl FnOnce() -> Result<Option<Box<dyn Verifier>>>,
    names: Opinion,
) -> Result<Box<dyn Verifier>> {
    let Some(key) = needs.confirmed else {
        return Ok(first);
    };
    Ok(match second()? {
        Some(second) => Box::new(Confirmed {
            algorithm,
            key: key.to_owned(),
            first,
            second,
            names,
        }),
        None => first,
    })
}

struct Confirmed {
    algorithm: Algorithm,
    /// How an error names the key.
    key: String,
    first: Box<dyn Verifier>,
    second: Box<dyn Verifier>,
    names: Opinion,
}

impl Confirmed {
    /// The answer of both.
    ///
    /// # Errors
    /// [`Code::SelfTest`] if there are two; `signed` says of what.
    fn agreed(
        &self,
        first: bool,
        second: bool,
        name: &str,
        signed: impl FnOnce() -> String,
    ) -> Result<bool> {
        let second = second ^ fault::injected(Fault::Disagreement);
        if first == second {
            return Ok(first);
        }
        let says = |valid| if valid { "valid" } else { "invalid" };
        Err(Error::new(
            Code::SelfTest,
            format!(
                "two implementations disagree about a signature by {} under key {} over {}",
                self.algorithm,
                self.key,
                signed()
            ),
        )
        .expected("one answer")
        .got(format!(
            "{} from {}, {} from {name}; believe neither, and report it with key, message and signature",
            says(first),
            self.names.first,
            says(second),
        )))
    }
}

impl Verifier for Confirmed {
    fn verify(&self, message: &[u8], options: &VerifyOptions, signature: &[u8]) -> Result<bool> {
        let first = self.first.verify(message, options, signature)?;
        let second = self.second.verify(message, options, signature)?;
        self.agreed(first, second, self.names.second, || {
            let hash = digest::digest(&digest::SHA256, message);
            format!("a message with SHA-256 {}", hex(hash.as_ref()))
        })
    }

    fn intake(&self, options: &VerifyOptions) -> Result<Intake> {
        self.first.intake(options)
    }

    fn verify_taken(
        &self,
        message: &Representative,
        options: &VerifyOptions,
        signature: &[u8],
    ) -> Result<bool> {
        let first = self.first.verify_taken(message, options, signature)?;
        let second = self.second.verify_taken(message, options, signature)?;
        self.agreed(
            first,
            second,
            self.names.second_in_parts,
            || match message {
                Representative::Mu(mu) => format!("a message with mu {}", hex(mu)),
                Representative::Hash(hash) => format!("a message with hash {}", hex(hash.as_ref())),
                Representative::PreHash(hash) => format!("a message with hash {}", hex(hash)),
                Representative::Whole(message) => {
                    let hash = digest::digest(&digest::SHA256, message);
                    format!("a message with SHA-256 {}", hex(hash.as_ref()))
                }
            },
        )
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
