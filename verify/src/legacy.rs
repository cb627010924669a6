//! Dilithium before FIPS 204: round 3 (specification version 3.1 of 8 February 2021) and the draft of
//! FIPS 204 as the Rust crate `pqcrypto-dilithium` 0.5.0 has it (pq-crystals' code of August 2023).
//!
//! Arithmetic, public keys, the encoding of z and of the hints, ExpandA, UseHint, w1Encode and the bound
//! γ1 - β are those of FIPS 204; the portable path serves all three. What differs, found in that
//! specification (figure 4, sections 5.3 and 5.4) and in that code (`sign.c`, `packing.c`, `poly.c`,
//! `params.h`):
//!
//! | | round 3 | draft | FIPS 204 |
//! |---|---|---|---|
//! | tr = H(pk) | 32 bytes | 64 | 64 |
//! | M' in μ = H(tr ‖ M', 64) | M | M | 0 ‖ \|ctx\| ‖ ctx ‖ M |
//! | c̃, sets 2, 3, 5 | 32, 32, 32 | 32, 48, 64 | 32, 48, 64 |
//! | SampleInBall hashes | c̃ | the first 32 bytes of c̃ | c̃ |
//!
//! H is SHAKE256 in all of them. So a signature of the draft at set 2 over M is one of ML-DSA-44 over
//! M' = M: whoever may choose the flavour chooses what was signed. It has to come from the caller, as
//! the parameter set does.

use std::fmt::{self, Display};

use crate::error::{KeyLength, Rejected};
use crate::keccak::{SHAKE256_RATE, Shake};
use crate::mu::MuHasher;
use crate::parameter_set::{ML_DSA_44, ML_DSA_65, ML_DSA_87, Parameters, RHO, T1_BYTES};
use crate::path::Path;
use crate::portable;
use crate::signature::Signature;

/// A parameter set of Dilithium in one of its flavours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LegacySet {
    /// Dilithium2 of round 3.
    Dilithium2R3,
    /// Dilithium3 of round 3.
    Dilithium3R3,
    /// Dilithium5 of round 3.
    Dilithium5R3,
    /// Dilithium2 as the draft of ML-DSA-44.
    Dilithium2Draft,
    /// Dilithium3 as the draft of ML-DSA-65.
    Dilithium3Draft,
    /// Dilithium5 as the draft of ML-DSA-87.
    Dilithium5Draft,
}

/// Bytes of c̃ in round 3, and of what SampleInBall hashes in both flavours.
const SEED: usize = 32;

const DILITHIUM2_R3: Parameters = Parameters {
    challenge: SEED,
    ..ML_DSA_44
};
const DILITHIUM3_R3: Parameters = Parameters {
    challenge: SEED,
    sampled: SEED,
    ..ML_DSA_65
};
const DILITHIUM5_R3: Parameters = Parameters {
    challenge: SEED,
    sampled: SEED,
    ..ML_DSA_87
};
const DILITHIUM2_DRAFT: Parameters = ML_DSA_44;
const DILITHIUM3_DRAFT: Parameters = Parameters {
    sampled: SEED,
    ..ML_DSA_65
};
const DILITHIUM5_DRAFT: Parameters = Parameters {
    sampled: SEED,
    ..ML_DSA_87
};

impl LegacySet {
    /// Every set in every flavour.
    pub const ALL: [Self; 6] = [
        Self::Dilithium2R3,
        Self::Dilithium3R3,
        Self::Dilithium5R3,
        Self::Dilithium2Draft,
        Self::Dilithium3Draft,
        Self::Dilithium5Draft,
    ];

    /// The name: that of the set in round 3, and the flavour.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Dilithium2R3 => "Dilithium2-R3",
            Self::Dilithium3R3 => "Dilithium3-R3",
            Self::Dilithium5R3 => "Dilithium5-R3",
            Self::Dilithium2Draft => "Dilithium2-draft",
            Self::Dilithium3Draft => "Dilithium3-draft",
            Self::Dilithium5Draft => "Dilithium5-draft",
        }
    }

    /// Bytes of a public key.
    pub const fn public_key_length(self) -> usize {
        RHO + self.parameters().k * T1_BYTES
    }

    /// Bytes of a signature.
    pub const fn signature_length(self) -> usize {
        self.parameters().signature_length()
    }

    /// Bytes of tr.
    const fn tr_length(self) -> usize {
        match self {
            Self::Dilithium2R3 | Self::Dilithium3R3 | Self::Dilithium5R3 => 32,
            Self::Dilithium2Draft | Self::Dilithium3Draft | Self::Dilithium5Draft => 64,
        }
    }

    const fn parameters(self) -> &'static Parameters {
        match self {
            Self::Dilithium2R3 => &DILITHIUM2_R3,
            Self::Dilithium3R3 => &DILITHIUM3_R3,
            Self::Dilithium5R3 => &DILITHIUM5_R3,
            Self::Dilithium2Draft => &DILITHIUM2_DRAFT,
            Self::Dilithium3Draft => &DILITHIUM3_DRAFT,
            Self::Dilithium5Draft => &DILITHIUM5_DRAFT,
        }
    }
}

impl Display for LegacySet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Checks what a signature says by itself: its length, and the encoding of its hints.
///
/// It is what an implementation that trusts its input has to be spared.
///
/// # Errors
/// [`Rejected::SignatureLength`], [`Rejected::HintCount`], [`Rejected::HintOrder`],
/// [`Rejected::HintPadding`], [`Rejected::Norm`].
pub fn check_signature(set: LegacySet, signature: &[u8]) -> Result<(), Rejected> {
    let p = set.parameters();
    portable::check_norm(p, &Signature::decode_as(p, signature)?)
}

/// A public key of Dilithium whose matrix is expanded.
#[derive(Clone)]
pub struct LegacyKey {
    set: LegacySet,
    tr: [u8; 64],
    expanded: portable::ExpandedKey,
}

impl LegacyKey {
    /// Prepares a public key.
    ///
    /// # Errors
    /// [`KeyLength`], and nothing else: every string of the right length is a public key.
    pub fn new(set: LegacySet, public_key: &[u8]) -> Result<Self, KeyLength> {
        let expected = set.public_key_length();
        if public_key.len() != expected {
            let got = public_key.len();
            return Err(KeyLength { expected, got });
        }
        let mut shake = Shake::<SHAKE256_RATE>::new();
        shake.absorb(public_key);
        let mut tr = [0; 64];
        tr.copy_from_slice(&shake.finish().next_block()[..64]);
        Ok(Self {
            set,
            tr,
            expanded: portable::ExpandedKey::new(set.parameters(), public_key),
        })
    }

    /// The set and flavour of the key.
    pub fn set(&self) -> LegacySet {
        self.set
    }

    /// Takes in a message: μ = H(tr ‖ M, 64), for [`verify_mu`](Self::verify_mu).
    pub fn mu_hasher(&self) -> MuHasher {
        // SHAKE256 with a shorter output is a prefix: 32 bytes of tr are the first of the 64.
        MuHasher::after(Path::best(), &self.tr[..self.set.tr_length()])
    }

    /// Verifies a signature of `message`; figure 4 of the round-3 specification, `Verify`.
    ///
    /// # Errors
    /// The first clause that fails, as for ML-DSA.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), Rejected> {
        let mut hasher = self.mu_hasher();
        hasher.update(message);
        self.verify_mu(&hasher.finish(), signature)
    }

    /// Verifies a signature of the message of which `mu` is the hash by [`mu_hasher`](Self::mu_hasher).
    ///
    /// # Errors
    /// The first clause that fails, as for ML-DSA.
    pub fn verify_mu(&self, mu: &[u8; 64], signature: &[u8]) -> Result<(), Rejected> {
        let signature = Signature::decode_as(self.set.parameters(), signature)?;
        self.expanded.verify(mu, &signature)
    }
}

impl fmt::Debug for LegacyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LegacyKey({})", self.set)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::PreparedKey;
    use crate::parameter_set::ParameterSet;

    /// Table 2 of the round-3 specification, and `params.h` of the draft.
    #[test]
    fn lengths_are_those_of_the_documents() {
        let lengths = LegacySet::ALL.map(|set| (set.public_key_length(), set.signature_length()));
        assert_eq!(
            lengths,
            [
                (1312, 2420),
                (1952, 3293),
                (2592, 4595),
                (1312, 2420),
                (1952, 3309),
                (2592, 4627),
            ]
        );
    }

    /// Set 2 of the draft is the internal interface of ML-DSA-44: all else is shared, the message apart.
    #[test]
    fn set_2_of_the_draft_is_ml_dsa_44_without_a_context() {
        let wrong = [7; 1312];
        let draft = LegacyKey::new(LegacySet::Dilithium2Draft, &wrong).unwrap();
        let last = PreparedKey::new(ParameterSet::MlDsa44, &wrong).unwrap();
        let mut internal = MuHasher::internal(last.tr());
        let mut own = draft.mu_hasher();
        internal.update(b"a payment");
        own.update(b"a payment");
        assert_eq!(internal.finish(), own.finish());
        let with_context = MuHasher::new(last.tr(), b"").unwrap();
        assert_ne!(with_context.finish(), draft.mu_hasher().finish());
        let round_3 = LegacyKey::new(LegacySet::Dilithium2R3, &wrong).unwrap();
        assert_ne!(round_3.mu_hasher().finish(), draft.mu_hasher().finish());
    }

    #[test]
    fn what_a_signature_says_by_itself_is_checked_without_a_key() {
        for set in LegacySet::ALL {
            let length = set.signature_length();
            // z of zero bits is γ1, which is too large.
            assert_eq!(
                check_signature(set, &vec![0; length]),
                Err(Rejected::Norm),
                "{set}"
            );
            for got in [0, 1, length - 1, length + 1] {
                assert_eq!(
                    check_signature(set, &vec![0; got]),
                    Err(Rejected::SignatureLength {
                        expected: length,
                        got
                    })
                );
            }
            let mut hinted = vec![0; length];
            hinted[length - 1] = 255;
            assert_eq!(check_signature(set, &hinted), Err(Rejected::HintCount));
            let key = vec![0; set.public_key_length()];
            let key = LegacyKey::new(set, &key).unwrap();
            assert_eq!(key.verify(b"", &vec![0; length]), Err(Rejected::Norm));
            assert!(LegacyKey::new(set, &[0; 31]).is_err());
        }
    }
}
