//! What cases begin with: keys, honest signatures, and keys under which one can forge.

use std::sync::Arc;

use chop_verify::{ParameterSet, Path, PreparedKey};
use shake::{ExtendableOutput, Shake256, Update, XofReader};

use super::super::input::Input;
use super::edits::{self, Edited};
use super::peers::Peers;
use super::reference::{Forger, LAYOUTS, Layout};

/// A public key as everyone wants it.
pub struct Key {
    pub set: ParameterSet,
    pub public: Vec<u8>,
    /// By each path of this processor.
    pub prepared: Vec<PreparedKey>,
    pub peers: Peers,
}

impl Key {
    fn new(set: ParameterSet, public: &[u8]) -> Arc<Self> {
        let prepared = Path::available()
            .into_iter()
            .map(|path| PreparedKey::with_path(path, set, public));
        Arc::new(Self {
            set,
            public: public.to_vec(),
            prepared: prepared
                .collect::<Result<_, _>>()
                .expect("no edit changes the length of a key"),
            peers: Peers::new(set, public),
        })
    }
}

/// Something to be judged.
#[derive(Clone)]
pub struct Case {
    /// The key.
    pub key: Arc<Key>,
    /// The message.
    pub message: Vec<u8>,
    /// The context.
    pub context: Vec<u8>,
    /// The signature.
    pub signature: Vec<u8>,
}

/// Keys and honest signatures of every parameter set.
pub struct Pool(Vec<OfSet>);

struct OfSet {
    layout: &'static Layout,
    honest: Vec<Case>,
    forgers: Vec<(Forger, Arc<Key>)>,
}

/// For each parameter set.
const KEYS: u8 = 2;
const SIGNATURES: u8 = 4;
const FORGERS: u8 = 2;

/// Around the ends of the blocks of SHAKE256 that hold tr, the context and the message; a long one.
const LENGTHS: [usize; 8] = [0, 23, 69, 70, 71, 205, 206, 3_000];
const CONTEXTS: [usize; 4] = [0, 17, 0, 255];

impl Pool {
    /// The pool of a number: the same in every run.
    pub fn new(seed: u64) -> Self {
        Self(
            LAYOUTS
                .iter()
                .map(|layout| OfSet::new(layout, seed))
                .collect(),
        )
    }

    /// The case that an input describes.
    pub(crate) fn case(&self, input: &mut Input<'_>) -> Case {
        let of_set = &self.0[usize::from(input.byte()) % self.0.len()];
        let case = match input.byte() % 4 {
            0 | 1 => of_set.honest[usize::from(input.byte()) % of_set.honest.len()].clone(),
            _ => of_set.forged(input),
        };
        let mut edited = Edited {
            layout: of_set.layout,
            public: case.key.public.clone(),
            message: case.message,
            context: case.context,
            signature: case.signature,
        };
        edits::edit(&mut edited, input);
        let key = match edited.public == case.key.public {
            true => case.key,
            false => Key::new(of_set.layout.set, &edited.public),
        };
        Case {
            key,
            message: edited.message,
            context: edited.context,
            signature: edited.signature,
        }
    }

    /// Number `i` of those that share a batch with a case: honest ones of any set, some of them spoiled, and the
    /// case itself once more.
    pub fn neighbour(&self, i: usize, case: &Case) -> Case {
        let of_set = &self.0[i % self.0.len()];
        let mut neighbour = of_set.honest[i % of_set.honest.len()].clone();
        match i % 7 {
            1 => neighbour.signature[0] ^= 1,
            2 => neighbour.signature.clear(),
            3 => neighbour.context = vec![0; 256],
            4 => return case.clone(),
            // A coefficient of γ1.
            5 => of_set
                .layout
                .set_z(&mut neighbour.signature, i, of_set.layout.gamma1()),
            _ => {}
        }
        neighbour
    }
}

impl OfSet {
    fn new(layout: &'static Layout, seed: u64) -> Self {
        let random = |label: &str, number: u8, length| {
            let set = layout.set.name().as_bytes();
            bytes(
                &[&seed.to_le_bytes(), set, label.as_bytes(), &[number]],
                length,
            )
        };
        let array = |label, number| random(label, number, 32).try_into().expect("32 bytes");
        let mut honest = Vec::new();
        for key in 0..KEYS {
            macro_rules! sign {
                ($module:ident) => {{
                    let pair = libcrux_ml_dsa::$module::generate_key_pair(array("key", key));
                    let shared = Key::new(layout.set, pair.verification_key.as_slice());
                    for number in key * SIGNATURES..(key + 1) * SIGNATURES {
                        let i = usize::from(number);
                        let message = random("message", number, LENGTHS[i % LENGTHS.len()]);
                        let context = random("context", number, CONTEXTS[i % CONTEXTS.len()]);
                        let signature = libcrux_ml_dsa::$module::sign(
                            &pair.signing_key,
                            &message,
                            &context,
                            array("rnd", number),
                        );
                        honest.push(Case {
                            key: Arc::clone(&shared),
                            message,
                            context,
                            signature: signature.expect("it signs").as_slice().to_vec(),
                        });
                    }
                }};
            }
            match layout.set {
                ParameterSet::MlDsa44 => sign!(ml_dsa_44),
                ParameterSet::MlDsa65 => sign!(ml_dsa_65),
                ParameterSet::MlDsa87 => sign!(ml_dsa_87),
            }
        }
        let forgers = (0..FORGERS)
            .map(|number| {
                let forger = Forger::new(layout, &array("rho", number));
                let key = Key::new(layout.set, forger.public_key());
                (forger, key)
            })
            .collect();
        Self {
            layout,
            honest,
            forgers,
        }
    }

    /// A forged signature: z and hints as the input wants them. It is valid but where a coefficient is put to the
    /// bound, which then is the only clause that refuses it.
    fn forged(&self, input: &mut Input<'_>) -> Case {
        let layout = self.layout;
        let (forger, key) = &self.forgers[usize::from(input.byte()) % self.forgers.len()];
        let (z_kind, hint_kind) = (input.byte(), input.byte());
        let seed = [input.byte(), input.byte(), input.byte(), input.byte()];
        let count = layout.coefficients();
        let random = bytes(&[&seed], 4 * count + 2 * layout.omega);
        let (words, _) = random[..4 * count].as_chunks::<4>();
        let most = layout.bound() - 1;
        let ends = |word: &[u8; 4]| [most, -most][usize::from(word[0] % 2)];
        let within = |word: &[u8; 4]| {
            let value = u32::from_le_bytes(*word).cast_signed();
            // γ1 is a power of two: a sign, and its bits.
            let value = value % layout.gamma1();
            value.clamp(-most, most)
        };
        let mut z: Vec<i32> = match z_kind % 8 {
            0 => vec![most; count],
            1 => vec![-most; count],
            2 => words.iter().map(ends).collect(),
            3 => vec![0; count],
            _ => words.iter().map(within).collect(),
        };
        let place = usize::from(u16::from_le_bytes([seed[0], seed[1]])) % count;
        match z_kind / 8 % 8 {
            0 => z[place] = layout.bound(),
            1 => z[place] = -layout.bound(),
            2 => z[place] = layout.gamma1(),
            3 => z[place] = most,
            _ => {}
        }
        let hints = self.hints(hint_kind, &random[4 * count..]);
        let context = random[..CONTEXTS[usize::from(seed[3]) % CONTEXTS.len()]].to_vec();
        let message = seed.to_vec();
        Case {
            signature: forger.forge(&message, &context, &z, &hints),
            key: Arc::clone(key),
            message,
            context,
        }
    }

    /// Up to ω hints: none, all in one polynomial and at its start or its end, or anywhere.
    fn hints(&self, kind: u8, random: &[u8]) -> Vec<Vec<u8>> {
        let layout = self.layout;
        let most = u8::try_from(layout.omega).expect("ω is at most 80");
        let mut hints = vec![Vec::new(); layout.k];
        let lone = usize::from(kind / 8) % layout.k;
        match kind % 8 {
            0 => {}
            1 => hints[lone] = (0..most).collect(),
            2 => hints[lone] = (0..=255).rev().take(layout.omega).collect(),
            3 => hints.iter_mut().for_each(|hints| hints.push(0)),
            4 => hints.iter_mut().for_each(|hints| hints.push(255)),
            kind => {
                let (pairs, _) = random.as_chunks::<2>();
                let wanted = match kind {
                    5 => layout.omega,
                    _ => usize::from(random[0]) % layout.omega,
                };
                for [row, position] in &pairs[..wanted] {
                    hints[usize::from(*row) % layout.k].push(*position);
                }
            }
        }
        for hints in &mut hints {
            hints.sort_unstable();
            hints.dedup();
        }
        hints
    }
}

/// Bytes of SHAKE256.
fn bytes(parts: &[&[u8]], length: usize) -> Vec<u8> {
    let mut hash = Shake256::default();
    parts.iter().for_each(|part| hash.update(part));
    let mut output = vec![0; length];
    hash.finalize_xof().read(&mut output);
    output
}
