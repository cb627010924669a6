//! Polynomials from hashes (FIPS 204 section 7.3).

use super::Poly;
use crate::keccak::{SHAKE128_RATE, SHAKE256_RATE, Shake};
use crate::parameter_set::{N, Q, RHO};

/// The entry of Â in row `r` and column `s`: coefficients in 0..q.
///
/// FIPS 204, algorithm 32 (ExpandA), line 3.
pub(crate) fn entry(rho: &[u8; RHO], r: u8, s: u8) -> Poly {
    let mut shake = Shake::<SHAKE128_RATE>::new();
    shake.absorb(rho);
    shake.absorb(&[s, r]);
    let mut output = shake.finish();
    rej_ntt_poly(|| output.next_block())
}

/// FIPS 204, algorithm 30 (RejNTTPoly). Five blocks are enough but for one entry in about 10⁴⁰.
fn rej_ntt_poly(mut next_block: impl FnMut() -> [u8; SHAKE128_RATE]) -> Poly {
    let mut a = [0; N];
    let mut filled = 0;
    while filled < N {
        let block = next_block();
        let (triples, _) = block.as_chunks::<3>();
        for &[low, middle, high] in triples {
            // Algorithm 14 (CoeffFromThreeBytes).
            let candidate = i32::from_le_bytes([low, middle, high & 0x7f, 0]);
            if candidate < Q && filled < N {
                a[filled] = candidate;
                filled += 1;
            }
        }
    }
    a
}

/// c, with `tau` coefficients of ±1.
///
/// FIPS 204, algorithm 29 (SampleInBall).
pub(super) fn challenge(seed: &[u8], tau: usize) -> Poly {
    let mut shake = Shake::<SHAKE256_RATE>::new();
    shake.absorb(seed);
    let mut output = shake.finish();
    sample_in_ball(tau, || output.next_block())
}

/// FIPS 204, algorithm 29 (SampleInBall), from line 5 on.
pub(crate) fn sample_in_ball(
    tau: usize,
    mut next_block: impl FnMut() -> [u8; SHAKE256_RATE],
) -> Poly {
    let mut c = [0; N];
    let mut block = next_block();
    let mut signs = 0;
    for (i, byte) in block[..8].iter().enumerate() {
        signs |= u64::from(*byte) << (8 * i);
    }
    let mut used = 8;
    for i in N - tau..N {
        let j = loop {
            if used == SHAKE256_RATE {
                block = next_block();
                used = 0;
            }
            let j = usize::from(block[used]);
            used += 1;
            if j <= i {
                break j;
            }
        };
        c[i] = c[j];
        c[j] = if signs & 1 == 0 { 1 } else { -1 };
        signs >>= 1;
    }
    c
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameter_set::ParameterSet;
    use crate::portable::tests::Random;

    /// The bytes of one block after another.
    fn blocks<const RATE: usize>(bytes: Vec<u8>) -> impl FnMut() -> [u8; RATE] {
        let mut blocks = bytes.as_chunks().0.to_vec().into_iter();
        move || blocks.next().unwrap()
    }

    /// SampleInBall to the letter of the standard, on a string of bytes.
    fn by_the_letter(tau: usize, bytes: &[u8]) -> Poly {
        let mut c = [0; 256];
        let (s, mut rest) = bytes.split_at(8);
        for i in 256 - tau..256 {
            let mut j;
            loop {
                j = usize::from(rest[0]);
                rest = &rest[1..];
                if j <= i {
                    break;
                }
            }
            c[i] = c[j];
            let h = i + tau - 256;
            c[j] = if s[h / 8] >> (h % 8) & 1 == 1 { -1 } else { 1 };
        }
        c
    }

    #[test]
    fn each_tau_over_several_blocks() {
        let mut random = Random::new(5);
        for set in ParameterSet::ALL {
            let tau = set.parameters().tau;
            for rejected in [0, 1, 100, 127, 128, 129, 200, 300] {
                for _ in 0..20 {
                    let mut bytes = random.bytes(8);
                    // 255 is refused until the last coefficient.
                    bytes.extend(vec![255; rejected]);
                    bytes.extend(random.bytes(1000));
                    let c = sample_in_ball(tau, blocks(bytes.clone()));
                    assert_eq!(c, by_the_letter(tau, &bytes));
                    assert_eq!(c.iter().filter(|c| **c != 0).count(), tau);
                }
            }
            // Every sign, at the place that the first coefficients go to and come from.
            for (signs, sign) in [(0, 1), (0xff, -1)] {
                let mut bytes = vec![signs; 8];
                bytes.extend([0; 2 * SHAKE256_RATE]);
                let c = sample_in_ball(tau, blocks(bytes));
                assert_eq!(c[0], sign);
                assert_eq!(c[256 - tau], 0);
                assert!(c[257 - tau..].iter().all(|c| *c == sign));
            }
        }
    }

    #[test]
    fn candidates_are_refused_from_q_on() {
        let bytes = |c: i32| c.to_le_bytes()[..3].to_vec();
        for refused in [0, 1, 55, 56, 57, 200, 280] {
            let mut string = Vec::new();
            for i in 0..refused {
                string.extend(bytes(
                    [Q, Q + 1, (1 << 23) - 1][usize::try_from(i % 3).unwrap()],
                ));
            }
            // The top bit of three bytes is no part of the candidate.
            string.extend(bytes((Q - 1) | (1 << 23)));
            string.extend((0..600).flat_map(bytes));
            let a = rej_ntt_poly(blocks(string));
            assert_eq!(a[0], Q - 1);
            assert!(a[1..].iter().zip(0..).all(|(a, i)| *a == i));
        }
    }
}
