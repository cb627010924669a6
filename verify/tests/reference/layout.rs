//! Where things stand in a signature.

use chop_verify::ParameterSet;

/// The numbers of FIPS 204 table 1 that say where, and how large they may be.
#[derive(Debug)]
pub struct Layout {
    /// The parameter set.
    pub set: ParameterSet,
    /// Bytes of c̃.
    pub challenge: usize,
    /// Bits of an encoded coefficient of z: γ1 is 2 to one less.
    pub z_bits: usize,
    /// Rows of A.
    pub k: usize,
    /// Columns of A.
    pub l: usize,
    /// Coefficients of a private key are at most η in absolute value.
    pub eta: i32,
    /// β = τ·η.
    pub beta: i32,
    /// The most hints.
    pub omega: usize,
    /// m = (q-1)/2γ2: the high bits of w are below it.
    pub m: i64,
}

/// Every parameter set.
pub const LAYOUTS: [Layout; 3] = [
    Layout {
        set: ParameterSet::MlDsa44,
        challenge: 32,
        z_bits: 18,
        k: 4,
        l: 4,
        eta: 2,
        beta: 78,
        omega: 80,
        m: 44,
    },
    Layout {
        set: ParameterSet::MlDsa65,
        challenge: 48,
        z_bits: 20,
        k: 6,
        l: 5,
        eta: 4,
        beta: 196,
        omega: 55,
        m: 16,
    },
    Layout {
        set: ParameterSet::MlDsa87,
        challenge: 64,
        z_bits: 20,
        k: 8,
        l: 7,
        eta: 2,
        beta: 120,
        omega: 75,
        m: 16,
    },
];

impl Layout {
    /// γ1.
    pub fn gamma1(&self) -> i32 {
        1 << (self.z_bits - 1)
    }

    /// γ1 - β: the smallest norm of z that is refused.
    pub fn bound(&self) -> i32 {
        self.gamma1() - self.beta
    }

    /// How many coefficients z has.
    pub fn coefficients(&self) -> usize {
        self.l * 256
    }

    /// Where the hints begin.
    pub fn hints(&self) -> usize {
        self.challenge + self.l * 32 * self.z_bits
    }

    /// Bytes of a signature.
    pub fn signature(&self) -> usize {
        self.hints() + self.omega + self.k
    }

    /// Writes coefficient `index`, counted through all polynomials of z: `value` is above -γ1 and at most γ1.
    pub fn set_z(&self, signature: &mut [u8], index: usize, value: i32) {
        let encoded = self.gamma1() - value;
        for j in 0..self.z_bits {
            let bit = self.challenge * 8 + index * self.z_bits + j;
            let byte = &mut signature[bit / 8];
            *byte &= !(1 << (bit % 8));
            *byte |= u8::from(encoded >> j & 1 == 1) << (bit % 8);
        }
    }

    /// Writes hints as they are given: the positions, zeroes behind them, and the counts.
    pub fn set_hints(&self, signature: &mut [u8], positions: &[u8], ends: &[usize]) {
        let hints = &mut signature[self.hints()..];
        hints[..self.omega].fill(0);
        hints[..positions.len()].copy_from_slice(positions);
        for (count, end) in hints[self.omega..].iter_mut().zip(ends) {
            *count = u8::try_from(*end).unwrap();
        }
    }
}
