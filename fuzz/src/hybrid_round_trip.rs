//! Hybrids of which one half is wrong.
//!
//! Both halves count: whatever is done to one of them, a signature no longer holds and a ciphertext
//! no longer gives the secret. The input is a list of edits to what a fixed key made.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use chop::testing::second_opinion;
use chop::{Algorithm, Code, Context, PublicKey, SharedSecret, SignOptions, VerifyOptions};

use super::common::refusal;
use super::hybrid_keys::{self, Loaded, hybrids, seam};
use super::input::Input;

/// Messages and contexts, by the second byte of the input.
pub const CASES: &[(&[u8], &[u8])] = &[
    (b"a payment of 100.00 EUR", b""),
    (b"a payment of 900.00 EUR", b""),
    (b"a payment of 100.00 EUR", b"payments/outgoing"),
];

/// More edits than this only undo each other.
const MOST_EDITS: usize = 8;

/// A fixed key, and what it made of each case; the cases of a KEM are ciphertexts.
struct Made {
    hybrid: Algorithm,
    key: Loaded,
    public: Vec<u8>,
    outputs: Vec<Vec<u8>>,
    secrets: Vec<SharedSecret>,
}

impl Made {
    fn new(hybrid: Algorithm) -> Self {
        let key = hybrid_keys::load(hybrid);
        let (mut outputs, mut secrets) = (Vec::new(), Vec::new());
        for (message, context) in CASES {
            match &key {
                Loaded::Signing(key) => {
                    let options = SignOptions {
                        context: Context::new(*context).expect("no case is above the limit"),
                        ..SignOptions::default()
                    };
                    outputs.push(key.sign_with(message, &options).expect("a fixed key signs"));
                }
                Loaded::Agreeing(key) => {
                    let made = key.encapsulation_key().encapsulate();
                    let (ciphertext, secret) = made.expect("a fixed key is good");
                    outputs.push(ciphertext);
                    secrets.push(secret);
                }
            }
        }
        let public = match &key {
            Loaded::Signing(key) => key.verifying_key().as_bytes().to_vec(),
            Loaded::Agreeing(key) => key.encapsulation_key().as_bytes().to_vec(),
        };
        Self {
            hybrid,
            key,
            public,
            outputs,
            secrets,
        }
    }

    /// Made once for each hybrid: RSA takes longer to sign than everything else here.
    fn of(hybrid: Algorithm) -> Arc<Self> {
        static MADE: LazyLock<Mutex<HashMap<Algorithm, Arc<Made>>>> = LazyLock::new(Mutex::default);
        let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
        made.entry(hybrid)
            .or_insert_with(|| Arc::new(Self::new(hybrid)))
            .clone()
    }

    /// Whether a signature of case `case`, edited, still holds.
    fn verifies(&self, case: usize, edited: &Edited) -> bool {
        let (message, context) = CASES[case];
        let key = match PublicKey::from_bytes(self.hybrid, &edited.public) {
            Ok(key) => key.into_verifying().expect("a signature algorithm"),
            Err(error) => {
                refusal(&error);
                return false;
            }
        };
        let options = VerifyOptions {
            context: Context::new(context).expect("no case is above the limit"),
            ..VerifyOptions::default()
        };
        match key.verify_with(message, &edited.output, &options) {
            Ok(verdict) => {
                let second = second_opinion(&key, message, &edited.output, &options);
                assert_eq!(second, Ok(Some(verdict.is_valid())), "{}", self.hybrid);
                verdict.is_valid()
            }
            Err(error) => {
                assert_eq!(error.code(), Code::Length, "{error:?}");
                refusal(&error);
                false
            }
        }
    }

    /// Whether a ciphertext of case `case`, edited, still gives its secret; and if the public key was
    /// edited, whether what is sent to it arrives.
    fn agrees(&self, case: usize, edited: &Edited) -> bool {
        let Loaded::Agreeing(key) = &self.key else {
            panic!("{} is no KEM", self.hybrid);
        };
        let received = |ciphertext: &[u8], sent: &SharedSecret| match key.decapsulate(ciphertext) {
            Ok(received) => received == *sent,
            Err(error) => {
                assert!(matches!(error.code(), Code::Length | Code::Rejected));
                refusal(&error);
                false
            }
        };
        let same = received(&edited.output, &self.secrets[case]);
        if edited.public == self.public {
            return same;
        }
        let sent = PublicKey::from_bytes(self.hybrid, &edited.public)
            .and_then(PublicKey::into_encapsulation)
            .and_then(|public| public.encapsulate());
        match sent {
            Ok((ciphertext, sent)) => received(&ciphertext, &sent),
            Err(error) => {
                refusal(&error);
                false
            }
        }
    }
}

/// What the other side is given.
#[derive(Clone, PartialEq, Eq)]
struct Edited {
    public: Vec<u8>,
    output: Vec<u8>,
}

/// Edits a good signature or ciphertext, or the public key, as the input says: unedited it holds, and
/// edited it does not.
pub fn run(data: &[u8]) -> bool {
    let mut input = Input(data);
    let rows = hybrids();
    let hybrid = rows[usize::from(input.byte()) % rows.len()];
    let case = usize::from(input.byte()) % CASES.len();
    let unedited = input.0.is_empty();
    let made = Made::of(hybrid);
    let original = Edited {
        public: made.public.clone(),
        output: made.outputs[case].clone(),
    };
    let mut edited = original.clone();
    for _ in 0..MOST_EDITS {
        if input.0.is_empty() {
            break;
        }
        edit(&mut edited, &made, &mut input);
    }
    let holds = match &made.key {
        Loaded::Signing(_) => made.verifies(case, &edited),
        Loaded::Agreeing(_) => made.agrees(case, &edited),
    };
    assert_eq!(holds, edited == original, "{hybrid}");
    // Signatures are random, so an edit changes nothing at times; what counts has no edits.
    unedited
}

impl Input<'_> {
    /// A place in `range`, and the first of it if it is empty.
    fn place(&mut self, range: Range<usize>) -> usize {
        let at = usize::from(u16::from_le_bytes([self.byte(), self.byte()]));
        range.start + at % range.len().max(1)
    }
}

/// One edit: its number, then what it needs.
fn edit(edited: &mut Edited, made: &Made, input: &mut Input<'_>) {
    let len = edited.output.len();
    let seam = seam(made.hybrid).min(len);
    let half = |which: u8| match which % 2 {
        0 => 0..seam,
        _ => seam..len,
    };
    match input.byte() % 7 {
        0 => {
            let half = half(input.byte());
            let at = input.place(half);
            let bit = 1 << (input.byte() % 8);
            change(&mut edited.output, at, |byte| byte ^ bit);
        }
        1 => {
            let half = half(input.byte());
            let at = input.place(half);
            let value = input.byte();
            change(&mut edited.output, at, |byte| byte.wrapping_add(value));
        }
        // A half that the same key made of something else.
        2 => {
            let half = half(input.byte());
            let other = &made.outputs[usize::from(input.byte()) % CASES.len()];
            if half.start == 0 && seam <= other.len() {
                edited.output[half.clone()].copy_from_slice(&other[half]);
            } else if seam <= other.len() {
                edited.output.truncate(seam);
                edited.output.extend_from_slice(&other[seam..]);
            }
        }
        // A half that is missing, or empty.
        3 => match input.byte() % 3 {
            0 => drop(edited.output.drain(..seam)),
            1 => edited.output.truncate(seam),
            _ => edited.output[half(input.byte())].fill(0),
        },
        4 => match input.byte() {
            cut @ 0..128 => edited
                .output
                .truncate(len.saturating_sub(1 + usize::from(cut))),
            _ => edited.output.push(input.byte()),
        },
        // The halves, the other way round.
        5 => edited.output.rotate_left(seam),
        _ => {
            let at = input.place(0..edited.public.len());
            let bit = 1 << (input.byte() % 8);
            change(&mut edited.public, at, |byte| byte ^ bit);
        }
    }
}

fn change(bytes: &mut [u8], at: usize, new: impl FnOnce(u8) -> u8) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte = new(*byte);
    }
}
