//! What Kyber and Dilithium have left behind, before FIPS 203 and FIPS 204: read, and nothing else.
//!
//! Nothing here makes a key, signs or encapsulates: the methods of the seam that would answer with
//! [`Algorithm::read_only`], whatever the policy says. Two flavours of each:
//!
//! | flavour | Kyber | Dilithium |
//! |---|---|---|
//! | round 3 | libcrux, feature `kyber` | `chop-verify` |
//! | draft of the standard | `pqcrypto-kyber`, and libcrux' ML-KEM, which has to agree | `pqcrypto-dilithium`, and `chop-verify`, which has to agree |
//!
//! The two crates of the drafts are unmaintained, and trust their input: what they do not check is
//! checked here before they are called.

mod dilithium;
mod kyber;

use chop_verify::legacy::{LegacySet, check_signature};

use super::{Encapsulator, KemScheme, SignatureScheme};
use crate::algorithm::Algorithm;
use crate::error::{Code, Error, Result};
use crate::secret::SecretBytes;

pub(super) fn signature(algorithm: Algorithm) -> Option<&'static dyn SignatureScheme> {
    use Algorithm::*;
    Some(match algorithm {
        Dilithium2R3 => &dilithium::DILITHIUM2_R3,
        Dilithium3R3 => &dilithium::DILITHIUM3_R3,
        Dilithium5R3 => &dilithium::DILITHIUM5_R3,
        Dilithium2Draft => &dilithium::DILITHIUM2_DRAFT,
        Dilithium3Draft => &dilithium::DILITHIUM3_DRAFT,
        Dilithium5Draft => &dilithium::DILITHIUM5_DRAFT,
        _ => return None,
    })
}

pub(super) fn kem(algorithm: Algorithm) -> Option<&'static dyn KemScheme> {
    use Algorithm::*;
    Some(match algorithm {
        Kyber512R3 => &kyber::Kyber512R3,
        Kyber768R3 => &kyber::Kyber768R3,
        Kyber1024R3 => &kyber::Kyber1024R3,
        Kyber512Draft => &kyber::Kyber512Draft,
        Kyber768Draft => &kyber::Kyber768Draft,
        Kyber1024Draft => &kyber::Kyber1024Draft,
        _ => return None,
    })
}

/// Whether `bytes` are well formed as a signature. ML-DSA's encoding is that of its draft.
pub(super) fn is_well_formed(algorithm: Algorithm, bytes: &[u8]) -> bool {
    use Algorithm::*;
    let set = match algorithm {
        Dilithium2R3 => LegacySet::Dilithium2R3,
        Dilithium3R3 => LegacySet::Dilithium3R3,
        Dilithium5R3 => LegacySet::Dilithium5R3,
        Dilithium2Draft | MlDsa44 => LegacySet::Dilithium2Draft,
        Dilithium3Draft | MlDsa65 => LegacySet::Dilithium3Draft,
        Dilithium5Draft | MlDsa87 => LegacySet::Dilithium5Draft,
        _ => return false,
    };
    check_signature(set, bytes).is_ok()
}

/// The row of which `bytes` are a private key that nothing else can be: Dilithium of round 3.
pub(super) fn of_private(bytes: &[u8]) -> Option<Algorithm> {
    let mut rows = Algorithm::ALL.iter().copied();
    rows.find(|row| dilithium::is_round_3_private(*row, bytes))
}

/// The error for two implementations that do not say the same.
fn disagreement(algorithm: Algorithm, what: &str) -> Error {
    Error::new(Code::SelfTest, format!("{what} by {algorithm}"))
        .got("two implementations disagree; nothing is believed")
}

/// A public key to which nothing is encapsulated.
struct Silent(Algorithm);

impl Encapsulator for Silent {
    fn encapsulate(&self) -> Result<(Vec<u8>, SecretBytes)> {
        Err(self.0.read_only("receives no secrets"))
    }
}
