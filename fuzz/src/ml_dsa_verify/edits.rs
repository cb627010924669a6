//! Edits by someone who knows the format.

use super::super::input::Input;
use super::reference::Layout;

/// What a verifier is given.
pub struct Edited {
    pub layout: &'static Layout,
    pub public: Vec<u8>,
    pub message: Vec<u8>,
    pub context: Vec<u8>,
    pub signature: Vec<u8>,
}

/// How many edits there are: few, or they only add up to a wrong challenge.
const COUNTS: [usize; 8] = [0, 0, 1, 1, 1, 1, 2, 3];

/// Edits as the input says. Lengths of signatures change last, so that everything else has its place.
pub fn edit(edited: &mut Edited, input: &mut Input<'_>) {
    let count = COUNTS[usize::from(input.byte()) % COUNTS.len()];
    for _ in 0..count {
        one(edited, input);
    }
    match input.byte() {
        248..252 => {
            let length = input.index(edited.signature.len());
            edited.signature.truncate(length);
        }
        252.. => edited.signature.push(input.byte()),
        _ => {}
    }
}

fn one(edited: &mut Edited, input: &mut Input<'_>) {
    let layout = edited.layout;
    let Layout {
        challenge,
        omega,
        k,
        ..
    } = *layout;
    let hints = layout.hints();
    let signature = &mut edited.signature;
    match input.byte() % 20 {
        0 => flip(&mut signature[..challenge], input),
        1 => flip(&mut signature[challenge..hints], input),
        2 | 3 => {
            // A coefficient of z next to the bound, or as large as the encoding goes.
            let (gamma1, bound) = (layout.gamma1(), layout.bound());
            let index = input.index(layout.coefficients());
            let values = [
                bound - 2,
                bound - 1,
                bound,
                bound + 1,
                gamma1 - 1,
                2 - bound,
                1 - bound,
                -bound,
                -bound - 1,
                1 - gamma1,
                gamma1,
                0,
            ];
            let value = values[usize::from(input.byte()) % values.len()];
            layout.set_z(signature, index, value);
        }
        4 => flip(&mut signature[hints..], input),
        5 => {
            // A position that moves by one, over its neighbour or not.
            let at = hints + input.index(omega);
            let step = [1, 255][usize::from(input.byte() % 2)];
            signature[at] = signature[at].wrapping_add(step);
        }
        6 | 7 => {
            // Two positions that follow each other change places: the same hints, were it not for their order.
            let at = hints + input.index(used(layout, signature).max(2) - 1);
            signature.swap(at, at + 1);
        }
        8 | 9 => {
            // One of them twice.
            let at = hints + input.index(used(layout, signature).max(2) - 1);
            signature[at + 1] = signature[at];
        }
        10 => {
            let at = hints + omega + input.index(k);
            let step = [1, 255][usize::from(input.byte() % 2)];
            signature[at] = signature[at].wrapping_add(step);
        }
        11 => {
            let limit = u8::try_from(omega).expect("ω is at most 80");
            let at = hints + omega + input.index(k);
            signature[at] = [0, limit, limit + 1, 255][usize::from(input.byte() % 4)];
        }
        12 | 13 => {
            // The padding, if there is any: the same hints, were it not for what follows them.
            let used = used(layout, signature);
            if used < omega {
                let at = hints + used + input.index(omega - used);
                signature[at] = input.byte().max(1);
            }
        }
        14 | 15 => other_hints(layout, signature, input),
        16 => flip(&mut edited.public, input),
        17 => {
            // t1 at its ends.
            let value = [0, 255][usize::from(input.byte() % 2)];
            edited.public[32..].fill(value);
        }
        18 => match edited.message.is_empty() {
            true => edited.message.push(input.byte()),
            false => flip(&mut edited.message, input),
        },
        _ => match (input.byte() % 4, edited.context.pop()) {
            // The last byte of the context goes to the message.
            (0 | 1, Some(last)) => edited.message.insert(0, last),
            (2, _) => {
                let length = 254 + usize::from(input.byte() % 4);
                edited.context.resize(length, 0);
            }
            _ => edited.context.push(input.byte()),
        },
    }
}

/// How many positions there are by the last count, at most ω.
fn used(layout: &Layout, signature: &[u8]) -> usize {
    signature
        .last()
        .map_or(0, |count| usize::from(*count))
        .min(layout.omega)
}

/// Hints that are well encoded and differ in one place: one more, or one less.
fn other_hints(layout: &Layout, signature: &mut [u8], input: &mut Input<'_>) {
    let row = input.index(layout.k);
    let position = input.byte();
    let (positions, counts) = signature[layout.hints()..].split_at(layout.omega);
    let mut hints = Vec::new();
    let mut start = 0;
    for count in counts {
        let Some(of_row) = positions.get(start..usize::from(*count)) else {
            // Another edit has spoiled the counts.
            return;
        };
        hints.push(of_row.to_vec());
        start = usize::from(*count);
    }
    match hints[row].binary_search(&position) {
        Ok(at) => drop(hints[row].remove(at)),
        Err(at) if start < layout.omega => hints[row].insert(at, position),
        Err(_) => {}
    }
    let mut end = 0;
    let ends: Vec<usize> = hints
        .iter()
        .map(|of_row| {
            end += of_row.len();
            end
        })
        .collect();
    layout.set_hints(signature, &hints.concat(), &ends);
}

fn flip(bytes: &mut [u8], input: &mut Input<'_>) {
    let at = input.index(bytes.len());
    bytes[at] ^= 1 << (input.byte() % 8);
}
