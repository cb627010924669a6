//! Signatures of Dilithium that are almost right, in both flavours.

use chop::inspect::inspect_signature;
use chop::{Algorithm, Code, PublicKey};

use chop_verify::legacy::{LegacySet, check_signature};

use super::common::{legacy_read, refusal};
use super::input::Input;

/// The message of every signature.
const MESSAGE: &[u8] = b"chop self-test";

/// An algorithm, a public key and a signature of [`MESSAGE`], by the first byte of the input.
pub const FILES: &[(Algorithm, &[u8], &[u8])] = &[
    (
        Algorithm::Dilithium2R3,
        include_bytes!("../../test-vectors/legacy/Dilithium2-R3.pub"),
        include_bytes!("../../test-vectors/legacy/Dilithium2-R3.sig"),
    ),
    (
        Algorithm::Dilithium3R3,
        include_bytes!("../../test-vectors/legacy/Dilithium3-R3.pub"),
        include_bytes!("../../test-vectors/legacy/Dilithium3-R3.sig"),
    ),
    (
        Algorithm::Dilithium5R3,
        include_bytes!("../../test-vectors/legacy/Dilithium5-R3.pub"),
        include_bytes!("../../test-vectors/legacy/Dilithium5-R3.sig"),
    ),
    (
        Algorithm::Dilithium2Draft,
        include_bytes!("../../test-vectors/legacy/Dilithium2-draft.pub"),
        include_bytes!("../../test-vectors/legacy/Dilithium2-draft.sig"),
    ),
    (
        Algorithm::Dilithium3Draft,
        include_bytes!("../../test-vectors/legacy/Dilithium3-draft.pub"),
        include_bytes!("../../test-vectors/legacy/Dilithium3-draft.sig"),
    ),
    (
        Algorithm::Dilithium5Draft,
        include_bytes!("../../test-vectors/legacy/Dilithium5-draft.pub"),
        include_bytes!("../../test-vectors/legacy/Dilithium5-draft.sig"),
    ),
];

/// The second byte says what the rest is: edits of the signature, edits of the key, a signature as it
/// is, or hints and coefficients of z to put into it. An edit is a place, counted from the end, and what is added to the byte
/// there. Of a draft two implementations agree, or there is no verdict; and nothing holds but the one signature.
pub fn run(data: &[u8]) -> bool {
    let mut input = Input(data);
    let (algorithm, key, right) = FILES[usize::from(input.byte()) % FILES.len()];
    let (mut public, mut signature) = (key.to_vec(), right.to_vec());
    match input.byte() % 4 {
        0 => edit(&mut signature, &mut input),
        1 => edit(&mut public, &mut input),
        2 => signature = input.0.to_vec(),
        _ => Shape::of(algorithm).rearrange(&mut signature, &mut input),
    }
    let well_formed = Shape::of(algorithm).accepts(&signature);
    assert_eq!(
        check_signature(set(algorithm), &signature).is_ok(),
        well_formed,
        "{algorithm}"
    );
    let valid = PublicKey::from_bytes(algorithm, &public)
        .and_then(PublicKey::into_verifying)
        .and_then(|key| key.under(&legacy_read()).verify(MESSAGE, &signature));
    let valid = match valid {
        Ok(verdict) => verdict.is_valid(),
        Err(error) => {
            assert_eq!(error.code(), Code::Length, "{error:?}");
            assert_ne!(signature.len(), right.len());
            false
        }
    };
    assert_eq!(
        valid,
        (public.as_slice(), signature.as_slice()) == (key, right)
    );
    assert!(well_formed || !valid);
    match inspect_signature(&signature, MESSAGE, &public) {
        Ok(found) => assert_eq!(found.flavours.contains(&algorithm), valid),
        Err(error) => refusal(&error),
    }
    valid
}

/// Edits `bytes`: three bytes of the input each.
pub(crate) fn edit(bytes: &mut [u8], input: &mut Input<'_>) {
    while !input.0.is_empty() {
        let place = usize::from(u16::from_le_bytes([input.byte(), input.byte()]));
        let place = bytes.len() - 1 - place % bytes.len();
        bytes[place] = bytes[place].wrapping_add(input.byte());
    }
}

fn set(algorithm: Algorithm) -> LegacySet {
    let found = LegacySet::ALL
        .iter()
        .find(|set| set.name() == algorithm.name());
    *found.expect("both have the names of the flavours")
}

/// How a signature is put together: c̃, z, positions of hints, and where those of each polynomial end.
struct Shape {
    challenge: usize,
    /// Coefficients of z.
    coefficients: usize,
    /// Bits of one.
    bits: usize,
    /// γ1 - β.
    bound: i64,
    omega: usize,
    k: usize,
}

impl Shape {
    /// Table 2 of the round-3 specification; c̃ of the draft as `params.h` has it.
    fn of(algorithm: Algorithm) -> Self {
        let round_3 = algorithm.name().ends_with("-R3");
        let (challenge, l, bits, beta, omega, k) = match algorithm.replacement() {
            Some(Algorithm::MlDsa44) => (32, 4, 18, 78, 80, 4),
            Some(Algorithm::MlDsa65) => (48, 5, 20, 196, 55, 6),
            _ => (64, 7, 20, 120, 75, 8),
        };
        Self {
            challenge: if round_3 { 32 } else { challenge },
            coefficients: 256 * l,
            bits,
            bound: (1 << (bits - 1)) - beta,
            omega,
            k,
        }
    }

    fn hints_at(&self) -> usize {
        self.challenge + self.coefficients * self.bits / 8
    }

    /// A byte says how many coefficients of z are replaced: three bytes each, a place, and how far from the bound
    /// of the larger or the smaller ones. Then come hints: of each polynomial the number, and the positions;
    /// what is left is added to the encoding from its end on.
    fn rearrange(&self, signature: &mut [u8], input: &mut Input<'_>) {
        for _ in 0..input.byte() % 8 {
            let place = input.index(self.coefficients);
            let by = i64::from(input.byte().cast_signed());
            let value = if by & 1 == 0 { self.bound } else { -self.bound } + by / 2;
            self.put(signature, place, value);
        }
        if input.0.is_empty() {
            return;
        }
        let (positions, ends) = signature[self.hints_at()..].split_at_mut(self.omega);
        positions.fill(0);
        let mut count = 0;
        for end in ends {
            for _ in 0..input.byte() % 16 {
                if let Some(position) = positions.get_mut(count) {
                    *position = input.byte();
                    count += 1;
                }
            }
            *end = u8::try_from(count).expect("at most ω");
        }
        edit(&mut signature[self.hints_at()..], input);
    }

    /// Encodes a coefficient of z: γ1 less it.
    fn put(&self, signature: &mut [u8], place: usize, value: i64) {
        let encoded = (1 << (self.bits - 1)) - value;
        for i in 0..self.bits {
            let at = 8 * self.challenge + place * self.bits + i;
            let bit = u8::from(encoded >> i & 1 == 1) << (at % 8);
            signature[at / 8] = signature[at / 8] & !(1 << (at % 8)) | bit;
        }
    }

    /// Whether the length, z and the hints are admissible, to the letter of FIPS 204, algorithms 21 and 8.
    fn accepts(&self, signature: &[u8]) -> bool {
        if signature.len() != self.hints_at() + self.omega + self.k {
            return false;
        }
        let coefficient = |place: usize| {
            let from = 8 * self.challenge + place * self.bits;
            let bit = |at: usize| i64::from(signature[at / 8] >> (at % 8) & 1);
            (0..self.bits).fold(1 << (self.bits - 1), |value, i| {
                value - (bit(from + i) << i)
            })
        };
        let short = (0..self.coefficients).all(|place| coefficient(place).abs() < self.bound);
        let y = &signature[self.hints_at()..];
        let mut index = 0;
        for i in 0..self.k {
            let end = usize::from(y[self.omega + i]);
            if end < index || end > self.omega {
                return false;
            }
            let first = index;
            while index < end {
                if index > first && y[index - 1] >= y[index] {
                    return false;
                }
                index += 1;
            }
        }
        short && y[index..self.omega].iter().all(|byte| *byte == 0)
    }
}
