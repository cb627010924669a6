//! Recipes for signatures of ML-DSA: `Pool::case` in src/ml_dsa_verify/pool.rs reads them, and `edit` beside it.

use std::io;

use crate::Corpus;

/// Numbers of edits, by the byte that asks for so many.
const NO_EDIT: u8 = 0;
const ONE_EDIT: u8 = 2;
const TWO_EDITS: u8 = 6;

pub(crate) fn ml_dsa_verify() -> io::Result<()> {
    let corpus = Corpus::of("ml_dsa_verify")?;
    for (set, name) in [(0, "44"), (1, "65"), (2, "87")] {
        let add = |label: &str, neighbours: [u8; 2], rest: &[&[u8]]| {
            let bytes = [&neighbours, &[set][..], &rest.concat()].concat();
            corpus.add(&format!("{name}-{label}"), bytes)
        };
        for number in 0..8 {
            let place = [9, number];
            add(
                &format!("honest-{number}"),
                place,
                &[&honest(number), &[NO_EDIT]],
            )?;
        }
        for (label, z) in Z {
            let recipe = forged(*z, 5, 7);
            add(&format!("forged-{label}"), [3, 1], &[&recipe, &[NO_EDIT]])?;
        }
        for hints in 0..8 {
            for lone in [0, 3] {
                let recipe = forged(ANYWHERE, hints + 8 * lone, hints);
                let label = format!("forged-hints-{hints}-{lone}");
                add(&label, [0, 0], &[&recipe, &[NO_EDIT]])?;
            }
        }
        for (label, edit) in EDITS {
            let of_honest = [&honest(1), &[ONE_EDIT][..], edit];
            add(&format!("honest-{label}"), [2, 1], &of_honest)?;
            let recipe = forged(ANYWHERE, 6, 9);
            add(
                &format!("forged-{label}"),
                [1, 0],
                &[&recipe, &[ONE_EDIT], edit],
            )?;
        }
        // Each value about the bound, in another coefficient.
        for value in 0..12 {
            let edit = [2, value * 17, value % 4, value];
            let label = format!("honest-z-{value}");
            add(&label, [0, 0], &[&honest(0), &[ONE_EDIT], &edit])?;
        }
        for length in 0..4 {
            let edit = [19, 2, length];
            let label = format!("honest-context-{}", 254 + u16::from(length));
            add(&label, [0, 0], &[&honest(2), &[ONE_EDIT], &edit])?;
        }
        let spoiled = [2, 1, 0, 2, 11, 0, 3];
        add(
            "honest-norm-and-count",
            [0, 0],
            &[&honest(0), &[TWO_EDITS], &spoiled],
        )?;
        add(
            "honest-shorter",
            [4, 0],
            &[&honest(0), &[NO_EDIT, 248, 16, 0]],
        )?;
        add("honest-longer", [4, 4], &[&honest(0), &[NO_EDIT, 252, 0]])?;
    }
    Ok(())
}

/// An honest signature, by its number.
fn honest(number: u8) -> [u8; 2] {
    [0, number]
}

/// A forged signature: which z, which hints, a seed for both.
fn forged(z: u8, hints: u8, seed: u8) -> [u8; 8] {
    [2, seed % 2, z, hints, seed, 1, 2, seed]
}

/// z anywhere in its range, and no coefficient put elsewhere.
const ANYWHERE: u8 = 4 + 8 * 4;

const Z: &[(&str, u8)] = &[
    ("highest", 8 * 4),
    ("lowest", 1 + 8 * 4),
    ("ends", 2 + 8 * 4),
    ("zero", 3 + 8 * 4),
    ("anywhere", ANYWHERE),
    ("one-at-bound", 4),
    ("one-at-minus-bound", 4 + 8),
    ("one-at-gamma1", 4 + 8 * 2),
    ("one-highest", 3 + 8 * 3),
];

/// The number of an edit, and what it needs.
const EDITS: &[(&str, &[u8])] = &[
    ("challenge-bit", &[0, 31, 0, 7]),
    ("z-bit", &[1, 100, 2, 3]),
    ("z-at-bound", &[2, 7, 1, 2]),
    ("z-at-minus-bound", &[2, 255, 0, 7]),
    ("hint-bit", &[4, 3, 0, 0]),
    ("hint-up", &[5, 2, 0, 0]),
    ("hint-down", &[5, 2, 0, 1]),
    ("hints-swapped", &[6, 1, 0]),
    ("hint-twice", &[8, 0, 0]),
    ("count-up", &[10, 3, 0, 0]),
    ("count-down", &[10, 3, 0, 1]),
    ("count-zero", &[11, 3, 0, 0]),
    ("count-omega", &[11, 0, 0, 1]),
    ("count-above-omega", &[11, 3, 0, 2]),
    ("count-255", &[11, 3, 0, 3]),
    ("padding-one", &[12, 0, 0, 1]),
    ("padding-128", &[12, 2, 0, 128]),
    ("one-hint-more", &[14, 1, 0, 77]),
    ("key-rho", &[16, 0, 0, 0]),
    ("key-t1", &[16, 40, 0, 0]),
    ("t1-lowest", &[17, 0]),
    ("t1-highest", &[17, 1]),
    ("message-bit", &[18, 0, 0, 0]),
    ("context-to-message", &[19, 0]),
    ("context-longer", &[19, 3, 9]),
];
