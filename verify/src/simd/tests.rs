//! Every kernel against the portable path, at the ends of every range.

use super::avx2::Avx2;
use super::avx512::Avx512;
use super::hash::{self, Input};
use super::key::{Commitment, ExpandedKey, Folded, Vector, expand};
use super::lanes::{LANES, Lanes};
use super::matrix::{Line, Matrix};
use super::tables::{FOLDED, Factor, ZETAS};
use super::{Kernels, Poly, Work, verify_all};
use crate::error::Rejected;
use crate::keccak::{self, SHAKE128_RATE, SHAKE256_RATE, Shake, State};
use crate::parameter_set::{Gamma1, Gamma2, N, ParameterSet, Q, RHO, T1_BYTES};
use crate::portable::tests::Random;
use crate::portable::{self, decode, sample};
use crate::signature::Signature;
use crate::signed::{self, Signed};

/// What the kernels are made of.
pub(super) trait Inner: Kernels {
    fn times(self, poly: &mut Poly, factor: Factor);
    fn inverse_ntt(self, poly: &mut Poly);
    fn canonical(self, poly: &mut Poly);
    fn encode(self, gamma2: Gamma2, poly: &Poly, encoded: &mut [u8]);
}

/// Runs a generic function with all kernels that this processor has.
macro_rules! with_kernels {
    ($function:ident($($argument:expr),*)) => {{
        if let Some(kernels) = Avx2::detect() {
            $function(kernels $(, $argument)*);
        }
        if let Some(kernels) = Avx512::detect() {
            $function(kernels $(, $argument)*);
        }
    }};
}

/// The encoded w1 of each way through the kernels, for a test that has computed it by the letter, and that may want
/// an entry of the matrix to be a constant.
pub(crate) fn commitments_of(
    set: ParameterSet,
    public_key: &[u8],
    signature: &Signature<'_>,
    expected: &[u8],
    constant: &dyn Fn(usize, usize) -> Option<i32>,
) {
    fn check<K: Kernels>(
        kernels: K,
        set: ParameterSet,
        public_key: &[u8],
        signature: &Signature<'_>,
        expected: &[u8],
        constant: &dyn Fn(usize, usize) -> Option<i32>,
    ) {
        let p = set.parameters();
        let mut shake = Shake::<SHAKE256_RATE>::new();
        shake.absorb(signature.challenge);
        let block = shake.finish().next_block();
        let mut vector = Vector::EMPTY;
        vector.decode(kernels, p, signature, &[]).unwrap();
        vector.push_challenge(kernels, p, block, signature);
        let (mut matrix, _) = expand(kernels, p, public_key, Folded::No);
        let mut folded = Matrix::new(p.k, p.l + 1);
        for (r, s) in (0..p.k).flat_map(|r| (0..=p.l).map(move |s| (r, s))) {
            if s < p.l
                && let Some(value) = constant(r, s)
            {
                matrix.put(r, s, &Poly([value; N]));
            }
            let mut entry = matrix.entry(r, s);
            kernels.fold(std::slice::from_mut(&mut entry));
            folded.put(r, s, &entry);
        }
        let mut prepared = Commitment::EMPTY;
        prepared.fill(kernels, p, &[7; 64], &folded, &vector, signature);
        assert_eq!(prepared.as_slice(), [&[7; 64], expected].concat(), "{set}");
        if constant(0, 0).is_none() {
            let (key, _) = ExpandedKey::new(kernels, p, public_key);
            let mut by_key = Commitment::EMPTY;
            key.commit(&vector, &[7; 64], signature, &mut by_key);
            assert_eq!(by_key.as_slice(), prepared.as_slice(), "{set}");
        }

        vector.fold(kernels);
        let mut once = Commitment::EMPTY;
        once.fill(kernels, p, &[7; 64], &matrix, &vector, signature);
        assert_eq!(once.as_slice(), prepared.as_slice(), "{set}");
    }
    with_kernels!(check(set, public_key, signature, expected, constant));
}

fn word(random: &mut Random) -> u64 {
    u64::from_le_bytes(random.bytes(8).try_into().unwrap())
}

fn state(random: &mut Random) -> State {
    std::array::from_fn(|_| word(random))
}

#[test]
fn permutations_are_those_of_one_state() {
    fn check<K: Kernels>(kernels: K) {
        let mut random = Random::new(20);
        for used in 1..=LANES {
            let states: [State; LANES] = std::array::from_fn(|_| state(&mut random));
            let expected = states.map(|mut state| {
                keccak::permute(&mut state);
                state
            });
            let mut lanes = Lanes::ZERO;
            for (lane, state) in states.iter().enumerate() {
                for (words, word) in lanes.words.iter_mut().zip(state) {
                    words[lane] = *word;
                }
            }
            kernels.permute_lanes(&mut lanes, used);
            for (lane, expected) in expected[..used].iter().enumerate() {
                assert_eq!(lanes.words.map(|words| words[lane]), *expected);
            }
            let (mut first, mut second) = (states[0], states[1]);
            kernels.permute_two(&mut first, &mut second);
            assert_eq!((first, second), (expected[0], expected[1]));
            let mut one = states[2];
            kernels.permute(&mut one);
            assert_eq!(one, expected[2]);
        }
    }
    with_kernels!(check());
}

/// Any number of inputs of any lengths, in any parts.
#[test]
fn hashes_are_those_of_one_input() {
    fn check<K: Kernels>(kernels: K) {
        let mut random = Random::new(21);
        for count in (0..20).chain([64, 100]) {
            let strings: Vec<[Vec<u8>; 4]> = (0..count)
                .map(|_| {
                    std::array::from_fn(|_| {
                        let most = [1, 3, 137, 300, 2000][random.below(5) as usize];
                        let length = random.below(most) as usize;
                        random.bytes(length)
                    })
                })
                .collect();
            let mut inputs: Vec<Input<'_>> = strings
                .iter()
                .map(|parts| Input::new(parts.each_ref().map(|part| &part[..])))
                .collect();
            let expected: Vec<[u8; SHAKE256_RATE]> = strings
                .iter()
                .map(|parts| {
                    let mut shake = Shake::<SHAKE256_RATE>::new();
                    shake.absorb(&parts.concat());
                    shake.finish().next_block()
                })
                .collect();
            for (input, expected) in inputs.iter().zip(&expected) {
                let mut state = [0; 25];
                hash::absorb(kernels, &mut state, &mut input.clone());
                assert_eq!(hash::output::<SHAKE256_RATE>(&state), *expected);
            }
            let mut found = vec![None; count];
            hash::each(kernels, &mut inputs, |i, block| {
                assert_eq!(found[i].replace(block), None);
            });
            let found: Vec<_> = found.into_iter().flatten().collect();
            assert_eq!(found, expected);
        }
    }
    with_kernels!(check());
}

/// From the order of the standard to that of the kernels, modulo q.
fn arranged<K: Kernels>(kernels: K, poly: [i32; N]) -> Vec<i32> {
    let mut poly = Poly(poly);
    kernels.arrange(&mut poly);
    poly.0.iter().map(|value| value.rem_euclid(Q)).collect()
}

fn modulo_q(poly: &Poly) -> Vec<i32> {
    poly.0.iter().map(|value| value.rem_euclid(Q)).collect()
}

fn consecutive(start: i32) -> [i32; N] {
    let mut next = start.wrapping_sub(1);
    [(); N].map(|()| {
        next = next.wrapping_add(1);
        next
    })
}

fn within_bounds(poly: &Poly) {
    assert!(poly.0.iter().all(|value| value.abs() < 10 * Q));
}

#[test]
fn transforms_are_those_of_the_portable_path() {
    fn check<K: Kernels>(kernels: K) {
        let mut random = Random::new(22);
        let mut polys = Vec::new();
        for c in [0, 1, -1, Q - 1, 1 - Q] {
            for period in [1, 2, 4, 8, 16, 32, 64, 128, 256] {
                polys.push(std::array::from_fn(|i| {
                    if i / period % 2 == 0 { c } else { -c }
                }));
            }
            polys.push(std::array::from_fn(|_| [c, -c][random.below(2) as usize]));
        }
        for _ in 0..200 {
            polys.push(std::array::from_fn(|_| random.below(2 * Q - 1) - Q + 1));
        }
        for poly in polys {
            let mut expected = poly;
            portable::ntt::ntt(&mut expected);
            let mut found = Poly(poly);
            kernels.ntt(&mut found);
            within_bounds(&found);
            assert_eq!(modulo_q(&found), arranged(kernels, expected));
        }
    }
    with_kernels!(check());
}

fn strings(random: &mut Random, length: usize) -> Vec<Vec<u8>> {
    let mut strings = vec![vec![0; length], vec![0xff; length], vec![0x55; length]];
    strings.extend((0..100).map(|_| random.bytes(length)));
    strings
}

#[test]
fn polynomials_are_decoded_as_by_the_portable_path() {
    fn check<K: Kernels>(kernels: K) {
        let mut random = Random::new(23);
        let mut found = Poly::ZERO;
        for gamma1 in [Gamma1::Bits18, Gamma1::Bits20] {
            let length = gamma1.poly_bytes();
            for mut encoded in strings(&mut random, length) {
                let (mut expected, norm) = decode::z(gamma1, &encoded);
                portable::ntt::ntt(&mut expected);
                // What follows is of no account.
                encoded.extend(random.bytes(28));
                assert_eq!(kernels.ntt_of_z(gamma1, &encoded, &mut found), norm);
                within_bounds(&found);
                assert_eq!(modulo_q(&found), arranged(kernels, expected));
            }
            // Each coefficient alone settles the norm.
            for i in 0..N {
                let bits = length * 8 / N;
                let mut encoded = vec![0; length + 28];
                for j in 0..N {
                    let value = if i == j { 3 } else { gamma1.value() + 1 };
                    for bit in 0..bits {
                        let at = j * bits + bit;
                        encoded[at / 8] |= u8::from(value >> bit & 1 == 1) << (at % 8);
                    }
                }
                let norm = kernels.ntt_of_z(gamma1, &encoded, &mut found);
                assert_eq!(norm, gamma1.value() - 3, "{i}");
            }
        }
        for mut encoded in strings(&mut random, T1_BYTES) {
            let mut expected = decode::t1_shifted(&encoded).map(|t1| -t1);
            portable::ntt::ntt(&mut expected);
            encoded.extend(random.bytes(44));
            kernels.ntt_of_t1(&encoded, &mut found);
            within_bounds(&found);
            assert_eq!(modulo_q(&found), arranged(kernels, expected));
        }
    }
    with_kernels!(check());
}

#[test]
fn candidates_are_refused_from_q_on() {
    fn check<K: Kernels>(kernels: K) {
        let mut random = Random::new(24);
        for refused in [0, 1, 2, 5, 14, 15, 16, 17, 30, 100, 279, 280] {
            for _ in 0..20 {
                let mut candidates: Vec<i32> = (0..280).map(|_| random.below(Q)).collect();
                candidates[7] = Q - 1;
                candidates[8] = 0;
                for _ in 0..refused {
                    let i = random.below(280) as usize;
                    candidates[i] = [Q, Q + 1, (1 << 23) - 1][random.below(3) as usize];
                }
                // The top bit of three bytes is no part of the candidate.
                let bytes: Vec<u8> = candidates
                    .iter()
                    .flat_map(|c| (c | random.below(2) << 23).to_le_bytes()[..3].to_vec())
                    .collect();
                let mut found = Poly([-1; N]);
                let filled = kernels.sample(&bytes, &mut found);
                let expected: Vec<i32> = candidates.into_iter().filter(|c| *c < Q).collect();
                assert!(filled <= N && (filled == N || refused > 14), "{filled}");
                assert_eq!(found.0[..filled], expected[..filled]);
            }
        }
    }
    with_kernels!(check());
}

/// Kernels that find too few candidates, as real ones do for fewer than one entry in 10²⁴.
#[derive(Clone, Copy)]
struct Scarce<K>(K);

impl<K: Kernels> Kernels for Scarce<K> {
    fn permute(self, state: &mut State) {
        self.0.permute(state);
    }
    fn permute_two(self, first: &mut State, second: &mut State) {
        self.0.permute_two(first, second);
    }
    fn permute_lanes(self, lanes: &mut Lanes, used: usize) {
        self.0.permute_lanes(lanes, used);
    }
    fn ntt_of_z(self, gamma1: Gamma1, encoded: &[u8], into: &mut Poly) -> i32 {
        self.0.ntt_of_z(gamma1, encoded, into)
    }
    fn ntt_of_t1(self, encoded: &[u8], into: &mut Poly) {
        self.0.ntt_of_t1(encoded, into);
    }
    fn ntt(self, poly: &mut Poly) {
        self.0.ntt(poly);
    }
    fn fold(self, polys: &mut [Poly]) {
        self.0.fold(polys);
    }
    fn sample(self, _bytes: &[u8], into: &mut Poly) -> usize {
        into.0[N - 1] = -1;
        N - 1
    }
    fn arrange(self, poly: &mut Poly) {
        self.0.arrange(poly);
    }
    fn high_bits(
        self,
        gamma2: Gamma2,
        row: &[Line],
        vector: &[Poly],
        w: &mut Poly,
        encoded: &mut [u8],
    ) {
        self.0.high_bits(gamma2, row, vector, w, encoded);
    }
}

#[test]
fn matrices_are_those_of_the_standard_with_and_without_enough_candidates() {
    fn check<K: Kernels>(kernels: K) {
        let mut random = Random::new(25);
        for set in ParameterSet::ALL {
            let p = set.parameters();
            let public_key = random.bytes(set.public_key_length());
            let rho: &[u8; RHO] = public_key.first_chunk().unwrap();
            let (matrix, hash) = expand(kernels, p, &public_key, Folded::No);
            assert_eq!(hash, signed::tr(keccak::Portable, &public_key), "{set}");
            let (scarce, _) = expand(Scarce(kernels), p, &public_key, Folded::No);
            for (r, s) in (0..p.k).flat_map(|r| (0..p.l).map(move |s| (r, s))) {
                let number = |i| u8::try_from(i).unwrap();
                let expected = arranged(kernels, sample::entry(rho, number(r), number(s)));
                assert_eq!(matrix.entry(r, s).0[..], expected, "{set} {r} {s}");
                assert_eq!(scarce.entry(r, s).0[..], expected, "{set} {r} {s}");
            }
        }
    }
    with_kernels!(check());
}

#[test]
fn challenges_take_a_second_block_where_the_first_does_not_do() {
    fn check<K: Kernels>(kernels: K) {
        for set in ParameterSet::ALL {
            let p = set.parameters();
            let mut encoded = vec![0; set.signature_length()];
            encoded[..p.challenge].fill(9);
            encoded[p.challenge..p.challenge + p.l * p.gamma1.poly_bytes()].fill(0x11);
            let signature = Signature::decode(set, &encoded).unwrap();
            let mut shake = Shake::<SHAKE256_RATE>::new();
            shake.absorb(signature.challenge);
            let mut output = shake.finish();
            let first = output.next_block();
            // 255 is refused until the last coefficient.
            for first in [first, [255; SHAKE256_RATE]] {
                let mut blocks = [first].into_iter();
                let mut following = output_clone(signature.challenge);
                let expected = sample::sample_in_ball(p.tau, || {
                    blocks.next().unwrap_or_else(|| following.next_block())
                });
                let mut vector = Vector::EMPTY;
                vector.decode(kernels, p, &signature, &[]).unwrap();
                vector.push_challenge(kernels, p, first, &signature);
                let mut expected = Poly(expected);
                kernels.ntt(&mut expected);
                assert_eq!(vector.as_slice()[p.l].0, expected.0, "{set}");
            }
        }
    }
    with_kernels!(check());
}

/// The output from the second block on.
fn output_clone(input: &[u8]) -> keccak::Output<SHAKE256_RATE> {
    let mut shake = Shake::new();
    shake.absorb(input);
    let mut output = shake.finish();
    output.next_block();
    output
}

#[test]
fn blocks_of_both_rates_reach_their_lane() {
    let mut random = Random::new(26);
    for lane in 0..LANES {
        let block: [u8; SHAKE128_RATE] = random.bytes(SHAKE128_RATE).try_into().unwrap();
        let mut lanes = Lanes::ZERO;
        lanes.add(lane, &block);
        assert_eq!(lanes.block(lane), block);
        for other in (0..LANES).filter(|other| *other != lane) {
            assert_eq!(lanes.block(other), [0; SHAKE128_RATE]);
        }
        lanes.clear(lane);
        assert_eq!(lanes.words, Lanes::ZERO.words);
    }
}

#[test]
fn products_are_right_and_within_their_bound() {
    fn check<K: Inner>(kernels: K) {
        let mut random = Random::new(27);
        let factors = [Factor::new(0), Factor::new(1), Factor::new(-1), FOLDED];
        let ends = [(i64::from(Q) - 1) / 2, (1 - i64::from(Q)) / 2].map(Factor::new);
        for factor in factors.iter().chain(&ends).chain(&ZETAS) {
            for near in [
                0,
                1 << 23,
                Q,
                10 * Q,
                100 * Q,
                180 * Q,
                i32::MAX - 255,
                i32::MIN,
            ] {
                let start = near.saturating_sub(random.below(200));
                let poly: [i32; N] = consecutive(start);
                let mut found = Poly(poly);
                kernels.times(&mut found, *factor);
                for (b, product) in poly.into_iter().zip(found.0) {
                    let (b, product, q) = (i64::from(b), i64::from(product), i64::from(Q));
                    assert_eq!((b * i64::from(factor.value) - product) % q, 0);
                    let slack = q * b.abs() / (1 << 33) + 1;
                    assert!(-slack <= product && product <= q + slack, "{b} {product}");
                }
            }
        }
    }
    with_kernels!(check());
}

/// 256 times the inverse comes back from the NTT, at the ends of the input: equal values make the
/// longest chain of sums, changing signs that of differences.
#[test]
fn the_inverse_holds_its_bound() {
    fn check<K: Inner>(kernels: K) {
        let most = Q / 10 * 7;
        let mut random = Random::new(28);
        let mut polys: Vec<[i32; N]> = (0..100)
            .map(|_| std::array::from_fn(|_| [most, -most][random.below(2) as usize]))
            .collect();
        for step in [1, 2, 4, 8, 16, 32, 64, 128] {
            for c in [most, -most, Q / 2, -Q / 2, 1] {
                polys.push([c; N]);
                polys.push(std::array::from_fn(|i| if i & step == 0 { c } else { -c }));
                // Signs that follow the number of bits in part of the index.
                polys.push(std::array::from_fn(|i| {
                    if (i & (2 * step - 1)).count_ones() % 2 == 0 {
                        c
                    } else {
                        -c
                    }
                }));
            }
        }
        for poly in polys {
            let mut found = Poly(poly);
            kernels.inverse_ntt(&mut found);
            assert!(found.0.iter().all(|c| (0..Q).contains(c)));
            kernels.ntt(&mut found);
            for (got, expected) in found.0.into_iter().zip(poly) {
                let difference = i64::from(got) - 256 * i64::from(expected);
                assert_eq!(difference % i64::from(Q), 0);
            }
        }
    }
    with_kernels!(check());
}

#[test]
fn representatives_are_canonical() {
    fn check<K: Inner>(kernels: K) {
        for multiple in -180..=180 {
            for offset in [-Q / 2, -128, Q / 2] {
                let start = multiple * Q + offset;
                let poly: [i32; N] = consecutive(start);
                let mut found = Poly(poly);
                kernels.canonical(&mut found);
                assert_eq!(found.0, poly.map(|c| c.rem_euclid(Q)));
            }
        }
    }
    with_kernels!(check());
}

#[test]
fn every_value_is_rounded_as_by_the_portable_path() {
    fn check<K: Inner>(kernels: K) {
        for gamma2 in [Gamma2::Div88, Gamma2::Div32] {
            let mut found = [0; N];
            let found = &mut found[..gamma2.poly_bytes()];
            for start in (0..Q).step_by(N) {
                let poly: [i32; N] = consecutive(start).map(|c| c.min(Q - 1));
                kernels.encode(gamma2, &Poly(poly), found);
                portable::rounding::encode_w1(gamma2, &poly, &[], |expected| {
                    assert_eq!(found, expected, "{start}");
                });
            }
        }
    }
    with_kernels!(check());
}

/// Sums of products at the ends of both ranges, folded matrix or folded vector.
#[test]
fn sums_hold_their_bound() {
    fn check<K: Inner>(kernels: K) {
        let mut random = Random::new(29);
        // 2³² modulo q, to undo the reduction.
        let unscale = (1_i64 << 32) % i64::from(Q);
        for columns in [5, 6, 8] {
            for (a, x) in [(Q + Q / 50, 10 * Q - 1), (10 * Q - 1, Q + Q / 50)] {
                for equal in [true, false] {
                    let mut fill = |most: i32| -> Vec<Poly> {
                        let mut value = || match equal {
                            true => most,
                            false => [most, -most, random.below(most)][random.below(3) as usize],
                        };
                        (0..columns)
                            .map(|_| Poly(std::array::from_fn(|_| value())))
                            .collect()
                    };
                    let (row, vector) = (fill(a), fill(x));
                    let mut matrix = Matrix::new(1, columns);
                    for (column, poly) in row.iter().enumerate() {
                        matrix.put(0, column, poly);
                    }
                    let mut w = Poly::ZERO;
                    kernels.high_bits(
                        Gamma2::Div32,
                        matrix.lines(),
                        &vector,
                        &mut w,
                        &mut [0; 128],
                    );
                    kernels.ntt(&mut w);
                    for i in 0..N {
                        let terms = row.iter().zip(&vector);
                        let sum: i64 = terms
                            .map(|(a, x)| i64::from(a.0[i]) * i64::from(x.0[i]))
                            .sum();
                        let found = i64::from(w.0[i]) * unscale;
                        assert_eq!((found - 256 * (sum % i64::from(Q))) % i64::from(Q), 0);
                    }
                }
            }
        }
    }
    with_kernels!(check());
}

/// Messages and μs in one batch, some refused: no answer takes the place of another.
#[test]
fn messages_and_mus_mix() {
    fn check<K: Kernels>(kernels: K) {
        let pair = libcrux_ml_dsa::ml_dsa_44::generate_key_pair([3; 32]);
        let public_key = pair.verification_key.as_slice();
        let set = ParameterSet::MlDsa44;
        let (key, _) = ExpandedKey::new(kernels, set.parameters(), public_key);
        let tr = signed::tr(keccak::Portable, public_key);
        let messages: Vec<[u8; 1]> = (0..20).map(|i| [i]).collect();
        let signatures: Vec<_> = messages
            .iter()
            .map(|message| {
                libcrux_ml_dsa::ml_dsa_44::sign(&pair.signing_key, message, b"", [0; 32]).unwrap()
            })
            .collect();
        let whole: Vec<Signed<'_>> = messages
            .iter()
            .map(|message| Signed::message(&tr, b"", message).unwrap())
            .collect();
        let mus: Vec<[u8; 64]> = whole.iter().map(|signed| signed.mu()).collect();
        let all: Vec<Work<'_, K>> = (0..20)
            .map(|i| Work {
                key: &key,
                signed: match i % 3 {
                    0 => Signed::Mu(&mus[i]),
                    _ => whole[i],
                },
                // Every seventh has the signature of another.
                signature: Signature::decode(
                    set,
                    match i % 7 {
                        0 => signatures[i + 1 - i % 2 * 2].as_slice(),
                        _ => signatures[i].as_slice(),
                    },
                )
                .unwrap(),
            })
            .collect();
        let answers = verify_all(kernels, &all);
        for (i, (answer, work)) in answers.into_iter().zip(&all).enumerate() {
            let expected = match i % 7 {
                0 => Err(Rejected::Challenge),
                _ => Ok(()),
            };
            assert_eq!(answer, expected, "{i}");
            assert_eq!(key.verify(work.signed, &work.signature), expected, "{i}");
        }
    }
    with_kernels!(check());
}
