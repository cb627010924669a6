//! Every clause of a verification that can refuse, at its limits, on every path.

use chop_verify::{KeyLength, MuHasher, ParameterSet, PreparedKey, Rejected};

use crate::support::verify;

/// The numbers of FIPS 204 table 1 that say where things stand in a signature.
struct Layout {
    set: ParameterSet,
    challenge: usize,
    z_bits: usize,
    k: usize,
    l: usize,
    beta: i32,
    omega: usize,
}

const LAYOUTS: [Layout; 3] = [
    Layout {
        set: ParameterSet::MlDsa44,
        challenge: 32,
        z_bits: 18,
        k: 4,
        l: 4,
        beta: 78,
        omega: 80,
    },
    Layout {
        set: ParameterSet::MlDsa65,
        challenge: 48,
        z_bits: 20,
        k: 6,
        l: 5,
        beta: 196,
        omega: 55,
    },
    Layout {
        set: ParameterSet::MlDsa87,
        challenge: 64,
        z_bits: 20,
        k: 8,
        l: 7,
        beta: 120,
        omega: 75,
    },
];

const MESSAGE: &[u8] = b"a payment";
const CONTEXT: &[u8] = b"pay/v1";

impl Layout {
    /// A public key and its signature of `MESSAGE` under `context`.
    fn signed(&self, context: &[u8]) -> (Vec<u8>, Vec<u8>) {
        macro_rules! sign {
            ($module:ident) => {{
                let pair = libcrux_ml_dsa::$module::generate_key_pair([1; 32]);
                let signature =
                    libcrux_ml_dsa::$module::sign(&pair.signing_key, MESSAGE, context, [2; 32]);
                let public = pair.verification_key.as_slice().to_vec();
                (public, signature.unwrap().as_slice().to_vec())
            }};
        }
        match self.set {
            ParameterSet::MlDsa44 => sign!(ml_dsa_44),
            ParameterSet::MlDsa65 => sign!(ml_dsa_65),
            ParameterSet::MlDsa87 => sign!(ml_dsa_87),
        }
    }

    fn gamma1(&self) -> i32 {
        1 << (self.z_bits - 1)
    }

    /// Writes coefficient `index`, counted through all polynomials of z.
    fn set_z(&self, signature: &mut [u8], index: usize, value: i32) {
        let encoded = self.gamma1() - value;
        for j in 0..self.z_bits {
            let bit = self.challenge * 8 + index * self.z_bits + j;
            let byte = &mut signature[bit / 8];
            *byte &= !(1 << (bit % 8));
            *byte |= u8::from(encoded >> j & 1 == 1) << (bit % 8);
        }
    }

    fn hints(&self) -> usize {
        self.challenge + self.l * 32 * self.z_bits
    }

    /// Writes the positions, zeroes behind them, and the counts.
    fn set_hints(&self, signature: &mut [u8], positions: &[u8], ends: &[usize]) {
        let hints = &mut signature[self.hints()..];
        hints[..self.omega].fill(0);
        hints[..positions.len()].copy_from_slice(positions);
        for (count, end) in hints[self.omega..].iter_mut().zip(ends) {
            *count = u8::try_from(*end).unwrap();
        }
    }
}

#[test]
fn lengths() {
    for layout in &LAYOUTS {
        let set = layout.set;
        let (public, signature) = layout.signed(CONTEXT);
        let key = PreparedKey::new(set, &public).unwrap();
        let expected = signature.len();
        let mut longer = signature.clone();
        longer.extend([0; 100]);
        for got in (0..longer.len()).chain([5000, 100_000]) {
            longer.resize(longer.len().max(got), 0);
            let answer = key.verify(MESSAGE, CONTEXT, &longer[..got]);
            if got == expected {
                assert_eq!(answer, Ok(()));
            } else {
                assert_eq!(answer, Err(Rejected::SignatureLength { expected, got }));
            }
        }
        for got in [0, expected - 1, expected + 1] {
            let answer = verify(set, &public, MESSAGE, CONTEXT, &longer[..got]);
            assert_eq!(answer, Err(Rejected::SignatureLength { expected, got }));
        }
        let expected = public.len();
        let mut longer = public.clone();
        longer.extend([0; 100]);
        for got in (0..longer.len()).filter(|got| *got != expected) {
            let length = KeyLength { expected, got };
            let answer = verify(set, &longer[..got], MESSAGE, CONTEXT, &signature);
            assert_eq!(answer, Err(Rejected::KeyLength(length)));
            assert_eq!(PreparedKey::new(set, &longer[..got]).unwrap_err(), length);
        }
    }
}

#[test]
fn contexts() {
    for layout in &LAYOUTS {
        for length in [0, 1, 254, 255] {
            let context = vec![7; length];
            let (public, signature) = layout.signed(&context);
            let answer = verify(layout.set, &public, MESSAGE, &context, &signature);
            assert_eq!(answer, Ok(()), "{length}");
            let other = vec![7; length ^ 1];
            let answer = verify(layout.set, &public, MESSAGE, &other, &signature);
            assert_eq!(answer, Err(Rejected::Challenge));
            // Bytes that move between context and message are another message.
            let moved = [&context[..], MESSAGE].concat();
            if length > 0 {
                let answer = verify(layout.set, &public, &moved, b"", &signature);
                assert_eq!(answer, Err(Rejected::Challenge));
            }
        }
        let (public, signature) = layout.signed(b"");
        for got in [256, 257, 511, 512, 65_536] {
            let answer = verify(layout.set, &public, MESSAGE, &vec![7; got], &signature);
            assert_eq!(answer, Err(Rejected::ContextLength { got }));
            // 256 + n must not pass for n.
            let answer = verify(layout.set, &public, MESSAGE, &vec![0; got], &signature);
            assert_eq!(answer, Err(Rejected::ContextLength { got }));
        }
    }
}

#[test]
fn norms() {
    for layout in &LAYOUTS {
        let (public, signature) = layout.signed(CONTEXT);
        let bound = layout.gamma1() - layout.beta;
        for index in [0, 1, 2, 3, 255, 256, layout.l * 256 - 2, layout.l * 256 - 1] {
            for (value, clause) in [
                (0, Rejected::Challenge),
                (bound - 1, Rejected::Challenge),
                (1 - bound, Rejected::Challenge),
                (bound, Rejected::Norm),
                (-bound, Rejected::Norm),
                (bound + 1, Rejected::Norm),
                (layout.gamma1() - 1, Rejected::Norm),
                (layout.gamma1(), Rejected::Norm),
                (1 - layout.gamma1(), Rejected::Norm),
            ] {
                let mut altered = signature.clone();
                layout.set_z(&mut altered, index, value);
                let answer = verify(layout.set, &public, MESSAGE, CONTEXT, &altered);
                assert_eq!(answer, Err(clause), "{} z[{index}] = {value}", layout.set);
            }
        }
    }
}

#[test]
fn hint_encodings() {
    for layout in &LAYOUTS {
        let (public, signature) = layout.signed(CONTEXT);
        let (k, omega) = (layout.k, layout.omega);
        let check = |positions: &[u8], ends: &[usize], clause: Rejected| {
            let mut altered = signature.clone();
            layout.set_hints(&mut altered, positions, ends);
            let answer = verify(layout.set, &public, MESSAGE, CONTEXT, &altered);
            assert_eq!(answer, Err(clause), "{} {positions:?} {ends:?}", layout.set);
        };
        let all: Vec<u8> = (0..=255)
            .rev()
            .take(omega)
            .collect::<Vec<_>>()
            .into_iter()
            .rev()
            .collect();
        let in_first = vec![omega; k];
        let in_last = [vec![0; k - 1], vec![omega]].concat();
        let one_each: Vec<usize> = (1..=k).collect();

        // Well encoded: none, ω in one polynomial up to position 255, the same one in each.
        check(&[], &vec![0; k], Rejected::Challenge);
        check(&all, &in_first, Rejected::Challenge);
        check(&all, &in_last, Rejected::Challenge);
        check(&vec![255; k], &one_each, Rejected::Challenge);
        check(&vec![0; k], &one_each, Rejected::Challenge);

        // Counts above ω, first and last, and one that decreases, there and from the end.
        check(&all, &vec![omega + 1; k], Rejected::HintCount);
        check(
            &all,
            &[vec![0; k - 1], vec![omega + 1]].concat(),
            Rejected::HintCount,
        );
        check(
            &all,
            &[vec![0; k - 1], vec![255]].concat(),
            Rejected::HintCount,
        );
        check(
            &all,
            &[vec![omega + 1], vec![omega; k - 1]].concat(),
            Rejected::HintCount,
        );
        check(
            &all,
            &[vec![omega], vec![omega - 1; k - 1]].concat(),
            Rejected::HintCount,
        );
        check(
            &all,
            &[vec![omega; k - 1], vec![omega - 1]].concat(),
            Rejected::HintCount,
        );
        check(
            &all,
            &[vec![omega; k - 1], vec![0]].concat(),
            Rejected::HintCount,
        );

        // Equal and descending positions, at either end of the list.
        let mut positions = all.clone();
        positions[1] = positions[0];
        check(&positions, &in_first, Rejected::HintOrder);
        let mut positions = all.clone();
        positions[omega - 1] = positions[omega - 2];
        check(&positions, &in_last, Rejected::HintOrder);
        positions.swap(0, 1);
        check(&positions, &in_first, Rejected::HintOrder);
        check(&[0, 0], &vec![2; k], Rejected::HintOrder);
        check(
            &[255, 255],
            &in_last.iter().map(|end| (*end).min(2)).collect::<Vec<_>>(),
            Rejected::HintOrder,
        );

        // Padding: the first and the last byte of it.
        check(&all, &vec![omega - 1; k], Rejected::HintPadding);
        check(&[1], &vec![0; k], Rejected::HintPadding);
        let mut last = vec![0; omega];
        last[omega - 1] = 1;
        check(&last, &vec![0; k], Rejected::HintPadding);
    }
}

#[test]
fn challenges() {
    for layout in &LAYOUTS {
        let (public, signature) = layout.signed(CONTEXT);
        let refused = |public: &[u8], message: &[u8], signature: &[u8]| {
            let answer = verify(layout.set, public, message, CONTEXT, signature);
            assert_eq!(answer, Err(Rejected::Challenge));
        };
        // The last byte is the one that a comparison cut short would miss.
        for bit in 0..layout.challenge * 8 {
            let mut altered = signature.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            refused(&public, MESSAGE, &altered);
        }
        refused(&public, b"another payment", &signature);
        refused(&public, b"", &signature);
        for byte in [0, 31, 32, public.len() - 1] {
            let mut altered = public.clone();
            altered[byte] ^= 0x80;
            refused(&altered, MESSAGE, &signature);
        }
    }
}

#[test]
fn the_first_clause_that_fails_is_named() {
    for layout in &LAYOUTS {
        let (mut public, mut signature) = layout.signed(CONTEXT);
        let ask = |public: &[u8], context: &[u8], signature: &[u8]| {
            verify(layout.set, public, b"another payment", context, signature).unwrap_err()
        };
        let long = [0; 256];
        assert_eq!(ask(&public, CONTEXT, &signature), Rejected::Challenge);
        layout.set_z(&mut signature, 0, layout.gamma1());
        assert_eq!(ask(&public, CONTEXT, &signature), Rejected::Norm);
        *signature.last_mut().unwrap() = 255;
        assert_eq!(ask(&public, CONTEXT, &signature), Rejected::HintCount);
        signature.push(0);
        assert!(matches!(
            ask(&public, CONTEXT, &signature),
            Rejected::SignatureLength { .. }
        ));
        assert_eq!(
            ask(&public, &long, &signature),
            Rejected::ContextLength { got: 256 }
        );
        public.pop();
        assert!(matches!(
            ask(&public, &long, &signature),
            Rejected::KeyLength(_)
        ));
    }
}

#[test]
fn messages_in_pieces() {
    for layout in &LAYOUTS {
        let (public, signature) = layout.signed(CONTEXT);
        let key = PreparedKey::new(layout.set, &public).unwrap();
        for size in 1..=MESSAGE.len() {
            let mut hasher = MuHasher::new(key.tr(), CONTEXT).unwrap();
            MESSAGE.chunks(size).for_each(|piece| hasher.update(piece));
            assert_eq!(key.verify_mu(&hasher.clone().finish(), &signature), Ok(()));
            hasher.update(b"!");
            let answer = key.verify_mu(&hasher.finish(), &signature);
            assert_eq!(answer, Err(Rejected::Challenge));
        }
    }
}

#[test]
fn texts() {
    let length = KeyLength {
        expected: 1952,
        got: 3,
    };
    let texts = [
        (
            Rejected::KeyLength(length),
            "public key: expected 1952 bytes, got 3",
        ),
        (
            Rejected::ContextLength { got: 256 },
            "context: expected at most 255 bytes, got 256",
        ),
        (
            Rejected::SignatureLength {
                expected: 3309,
                got: 0,
            },
            "signature: expected 3309 bytes, got 0",
        ),
        (
            Rejected::HintCount,
            "hints: a count decreases or exceeds omega",
        ),
        (
            Rejected::HintOrder,
            "hints: positions are not strictly ascending",
        ),
        (
            Rejected::HintPadding,
            "hints: the bytes behind the last one are not zero",
        ),
        (
            Rejected::Norm,
            "z: a coefficient is not below gamma1 - beta",
        ),
        (Rejected::Challenge, "challenge: the recomputed one differs"),
    ];
    for (rejected, text) in texts {
        assert_eq!(rejected.to_string(), text);
    }
}
