//! The same answers as libcrux, RustCrypto `ml-dsa` and AWS-LC, clause by clause where they tell, on a few thousand
//! cases of the fuzz target `ml_dsa_verify`; `scripts/differential` does millions.

#![allow(
    clippy::unwrap_used,
    reason = "what cannot be read or signed should stop the test"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use chop_verify::Rejected;
use shake::{ExtendableOutput, Shake256, Update, XofReader};

#[path = "../../fuzz/src/input.rs"]
mod input;
#[path = "../../fuzz/src/ml_dsa_verify/mod.rs"]
mod ml_dsa_verify;

use input::Input;
use ml_dsa_verify::{Case, Peer, Pool};

/// How many cases had each answer, and how many each of the others judged. Pinned by hand: answers that are never
/// reached compare nothing.
#[derive(Debug, Default, PartialEq)]
struct Counts {
    answers: BTreeMap<String, usize>,
    /// AWS-LC cannot judge where there is a context.
    asked: [usize; Peer::ALL.len()],
}

impl Counts {
    fn expect(self, answers: [(&str, usize); 8], asked: [usize; 3]) {
        let answers = answers.map(|(answer, count)| (answer.to_owned(), count));
        let expected = Self {
            answers: answers.into(),
            asked,
        };
        assert_eq!(self, expected);
    }

    fn add(&mut self, case: &Case, answer: Result<(), Rejected>) {
        *self.answers.entry(ml_dsa_verify::name(answer)).or_default() += 1;
        for (asked, peer) in self.asked.iter_mut().zip(Peer::ALL) {
            *asked += ml_dsa_verify::theirs(case, answer, &[peer]);
        }
    }
}

#[test]
fn everyone_agrees() {
    let pool = Pool::new(u64::MAX);
    let mut hash = Shake256::default();
    hash.update(b"everyone agrees");
    let mut inputs = hash.finalize_xof();
    let mut counts = Counts::default();
    for _ in 0..48 {
        let cases: Vec<Case> = (0..64)
            .map(|_| {
                let mut bytes = [0; 64];
                inputs.read(&mut bytes);
                pool.case(&mut Input(&bytes))
            })
            .collect();
        let answers: Vec<_> = cases.iter().map(ml_dsa_verify::everywhere).collect();
        for (case, answer) in cases.iter().zip(&answers) {
            counts.add(case, *answer);
        }
        ml_dsa_verify::batches(&cases, &answers);
    }
    counts.expect(
        [
            ("Challenge", 649),
            ("ContextLength", 16),
            ("HintCount", 141),
            ("HintOrder", 706),
            ("HintPadding", 314),
            ("Norm", 421),
            ("SignatureLength", 106),
            ("accepted", 719),
        ],
        [3_072, 3_072, 1_436],
    );
}

/// The committed corpus of the fuzz target, from which a fuzzer starts.
#[test]
fn the_corpus_reaches_every_answer() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus/ml_dsa_verify");
    let mut counts = Counts::default();
    for entry in fs::read_dir(directory).unwrap() {
        let bytes = fs::read(entry.unwrap().path()).unwrap();
        let (case, answer) = ml_dsa_verify::judged(&bytes);
        counts.add(&case, answer);
    }
    counts.expect(
        [
            ("Challenge", 97),
            ("ContextLength", 6),
            ("HintCount", 22),
            ("HintOrder", 25),
            ("HintPadding", 15),
            ("Norm", 42),
            ("SignatureLength", 6),
            ("accepted", 93),
        ],
        [306, 306, 81],
    );
}
