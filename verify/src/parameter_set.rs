//! The parameter sets of FIPS 204 (section 4, tables 1 and 2).

use std::fmt::{self, Display};

/// Coefficients of a polynomial.
pub(crate) const N: usize = 256;

/// The modulus q = 2²³ - 2¹³ + 1.
pub(crate) const Q: i32 = 8_380_417;

/// Bits dropped from t: t1 stands for t1·2ᵈ.
pub(crate) const D: u32 = 13;

/// Bytes of ρ, the seed of A.
pub(crate) const RHO: usize = 32;

/// Bytes of one encoded polynomial of t1: ten bits a coefficient.
pub(crate) const T1_BYTES: usize = N * 10 / 8;

/// The largest number of columns that a product has: ℓ of ML-DSA-87, and one for t1.
pub(crate) const MAX_COLUMNS: usize = 8;

/// A parameter set of ML-DSA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterSet {
    /// ML-DSA-44, security category 2.
    MlDsa44,
    /// ML-DSA-65, security category 3.
    MlDsa65,
    /// ML-DSA-87, security category 5.
    MlDsa87,
}

/// How many bits encode a coefficient of z, which settles γ1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gamma1 {
    /// γ1 = 2¹⁷: 18 bits.
    Bits18,
    /// γ1 = 2¹⁹: 20 bits.
    Bits20,
}

impl Gamma1 {
    pub(crate) const fn value(self) -> i32 {
        match self {
            Self::Bits18 => 1 << 17,
            Self::Bits20 => 1 << 19,
        }
    }

    /// Bytes of one encoded polynomial of z.
    pub(crate) const fn poly_bytes(self) -> usize {
        match self {
            Self::Bits18 => N * 18 / 8,
            Self::Bits20 => N * 20 / 8,
        }
    }
}

/// The low-order rounding range, which settles how many bits encode a coefficient of w1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Gamma2 {
    /// γ2 = (q-1)/88: w1 is at most 43, 6 bits.
    Div88,
    /// γ2 = (q-1)/32: w1 is at most 15, 4 bits.
    Div32,
}

impl Gamma2 {
    /// Bits of one encoded coefficient of w1.
    pub(crate) const fn bits(self) -> usize {
        match self {
            Self::Div88 => 6,
            Self::Div32 => 4,
        }
    }

    /// Bytes of one encoded polynomial of w1.
    pub(crate) const fn poly_bytes(self) -> usize {
        N * self.bits() / 8
    }
}

/// The numbers of one parameter set (table 1), under the names of the standard.
#[derive(Debug)]
pub(crate) struct Parameters {
    /// Rows of A.
    pub(crate) k: usize,
    /// Columns of A.
    pub(crate) l: usize,
    /// Nonzero coefficients of c.
    pub(crate) tau: usize,
    /// β = τ·η.
    pub(crate) beta: i32,
    pub(crate) gamma1: Gamma1,
    pub(crate) gamma2: Gamma2,
    /// The most hints that a signature may hold.
    pub(crate) omega: usize,
    /// Bytes of the challenge c̃: λ/4.
    pub(crate) challenge: usize,
    /// Bytes of it that SampleInBall hashes: all, but in a draft.
    pub(crate) sampled: usize,
}

impl Parameters {
    pub(crate) const fn signature_length(&self) -> usize {
        self.challenge + self.l * self.gamma1.poly_bytes() + self.omega + self.k
    }
}

pub(crate) const ML_DSA_44: Parameters = Parameters {
    k: 4,
    l: 4,
    tau: 39,
    beta: 39 * 2,
    gamma1: Gamma1::Bits18,
    gamma2: Gamma2::Div88,
    omega: 80,
    challenge: 128 / 4,
    sampled: 128 / 4,
};

pub(crate) const ML_DSA_65: Parameters = Parameters {
    k: 6,
    l: 5,
    tau: 49,
    beta: 49 * 4,
    gamma1: Gamma1::Bits20,
    gamma2: Gamma2::Div32,
    omega: 55,
    challenge: 192 / 4,
    sampled: 192 / 4,
};

pub(crate) const ML_DSA_87: Parameters = Parameters {
    k: 8,
    l: 7,
    tau: 60,
    beta: 60 * 2,
    gamma1: Gamma1::Bits20,
    gamma2: Gamma2::Div32,
    omega: 75,
    challenge: 256 / 4,
    sampled: 256 / 4,
};

impl ParameterSet {
    /// Every parameter set.
    pub const ALL: [Self; 3] = [Self::MlDsa44, Self::MlDsa65, Self::MlDsa87];

    /// The name, as the standard prints it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::MlDsa44 => "ML-DSA-44",
            Self::MlDsa65 => "ML-DSA-65",
            Self::MlDsa87 => "ML-DSA-87",
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

    pub(crate) const fn parameters(self) -> &'static Parameters {
        match self {
            Self::MlDsa44 => &ML_DSA_44,
            Self::MlDsa65 => &ML_DSA_65,
            Self::MlDsa87 => &ML_DSA_87,
        }
    }
}

impl Display for ParameterSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 204 table 2.
    #[test]
    fn lengths_are_those_of_the_standard() {
        let lengths =
            ParameterSet::ALL.map(|set| (set.public_key_length(), set.signature_length()));
        assert_eq!(lengths, [(1312, 2420), (1952, 3309), (2592, 4627)]);
    }
}
