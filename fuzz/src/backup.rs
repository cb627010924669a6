//! Backups.

use chop::keyring::Restoring;
use chop::keyring::store::{MemoryStore, Store};
use chop::{Code, Result};

use super::common::refusal;
use super::input::Input;
use super::keyrings::{Rows, fixture, guard, rows_of, unlock};

/// More edits than this only undo each other.
const MOST_EDITS: usize = 8;

/// Magic, length of the header.
const START: usize = 20;

/// What follows the header before the first chunk.
const COMMITMENT: usize = 32;

/// The first byte of an input that is a whole file and not a list of edits.
pub const AS_IT_IS: u8 = 0xff;

/// Takes the rest of `data` for a backup if its first byte is [`AS_IT_IS`], and otherwise for edits of a good
/// one. What opens is an unedited backup, and gives its own records.
pub fn run(data: &[u8]) -> bool {
    let Some((first, rest)) = data.split_first() else {
        return false;
    };
    if *first == AS_IT_IS {
        return opens(rest);
    }
    let chosen = usize::from(*first) % 2;
    let mut parts = Parts::of(&fixture().backups[chosen]);
    let other = Parts::of(&fixture().backups[1 - chosen]);
    let mut input = Input(rest);
    for _ in 0..MOST_EDITS {
        if input.0.is_empty() || parts.chunks.is_empty() {
            break;
        }
        parts.edit(&other, &mut input);
    }
    opens(&parts.file())
}

/// A backup taken apart.
#[derive(Clone)]
struct Parts {
    start: Vec<u8>,
    header: Vec<u8>,
    commitment: Vec<u8>,
    /// Each with its length in front.
    chunks: Vec<Vec<u8>>,
    /// Cut off from the end.
    cut: usize,
}

impl Parts {
    fn of(file: &[u8]) -> Self {
        let number = |bytes: &[u8]| {
            let bytes = bytes.try_into().expect("four bytes");
            u32::from_be_bytes(bytes) as usize
        };
        let (start, rest) = file.split_at(START);
        let (header, rest) = rest.split_at(number(&start[16..]));
        let (commitment, mut rest) = rest.split_at(COMMITMENT);
        let mut chunks = Vec::new();
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(4 + number(&rest[..4]));
            chunks.push(chunk.to_vec());
            rest = after;
        }
        assert!(chunks.len() > 2, "chunks that can change places");
        Self {
            start: start.to_vec(),
            header: header.to_vec(),
            commitment: commitment.to_vec(),
            chunks,
            cut: 0,
        }
    }

    fn file(&self) -> Vec<u8> {
        let parts = [&self.start, &self.header, &self.commitment];
        let mut file: Vec<u8> = parts
            .into_iter()
            .chain(&self.chunks)
            .flatten()
            .copied()
            .collect();
        file.truncate(file.len().saturating_sub(self.cut));
        file
    }

    fn edit(&mut self, other: &Self, input: &mut Input<'_>) {
        let operation = input.byte();
        let place = usize::from(input.byte());
        let position = usize::from(input.byte()) << 8 | usize::from(input.byte());
        let chunk = place % self.chunks.len();
        match operation % 12 {
            0 => flip(&mut self.start, position, input.byte()),
            1 => flip(&mut self.header, position, input.byte()),
            2 => flip(&mut self.commitment, position, input.byte()),
            3 => flip(&mut self.chunks[chunk], position, input.byte()),
            4 => {
                let len = self.chunks.len();
                self.chunks.swap(chunk, position % len);
            }
            5 => {
                self.chunks.remove(chunk);
            }
            6 => {
                let copy = self.chunks[chunk].clone();
                self.chunks.insert(position % self.chunks.len(), copy);
            }
            7 => self.chunks[chunk] = other.chunks[position % other.chunks.len()].clone(),
            8 => match place % 3 {
                0 => self.header.clone_from(&other.header),
                1 => self.commitment.clone_from(&other.commitment),
                _ => self.start.clone_from(&other.start),
            },
            9 => self.cut = self.cut.saturating_add(position),
            // Another chunk begins in the middle of this one.
            10 => {
                let body = self.chunks[chunk].get(4..).unwrap_or_default().to_vec();
                let (one, two) = body.split_at(position % (body.len() + 1));
                let framed = |part: &[u8]| {
                    let len = u32::try_from(part.len()).expect("short").to_be_bytes();
                    [&len, part].concat()
                };
                self.chunks
                    .splice(chunk..=chunk, [framed(one), framed(two)]);
            }
            _ => {
                let last = self.chunks.len() - 1;
                self.chunks[last].push(input.byte());
            }
        }
    }
}

fn flip(bytes: &mut [u8], position: usize, by: u8) {
    if !bytes.is_empty() {
        let position = position % bytes.len();
        bytes[position] ^= by.max(1);
    }
}

fn restored(file: &[u8]) -> Result<Rows> {
    let mut input = file;
    let store = MemoryStore::new();
    let restoring = Restoring::new(&mut input, &unlock(), None, "fuzzer".parse()?, &guard(200));
    let mut restoring = restoring?;
    store.write(&mut |rows| restoring.write(rows))?;
    Ok(rows_of(&store))
}

fn opens(file: &[u8]) -> bool {
    let known = fixture().backups.iter().position(|backup| backup == file);
    match (restored(file), known) {
        (Ok(rows), Some(known)) => {
            let original = &fixture().backed_up[known];
            // Everything as it was, but for the note that it comes from a backup: another head and one entry more.
            let added: Vec<_> = rows.iter().filter(|row| !original.contains(row)).collect();
            let gone: Vec<_> = original.iter().filter(|row| !rows.contains(row)).collect();
            assert!(
                added.len() == 2 && gone.len() == 1,
                "{} {}",
                added.len(),
                gone.len()
            );
            true
        }
        (Ok(_), None) => panic!("an edited backup was opened"),
        (Err(error), None) => {
            refusal(&error);
            assert!(
                matches!(
                    error.code(),
                    Code::Integrity | Code::Malformed | Code::Passphrase
                ),
                "{error:?}"
            );
            false
        }
        (Err(error), Some(_)) => panic!("an unedited backup was refused: {error:?}"),
    }
}
