//! Public keys of Kyber and Dilithium: bare, in a container of one of the identifiers, and in whatever else.

use chop::algorithm::{Family, Size};
use chop::encoding::{self, read_public_key_as};
use chop::inspect::inspect;
use chop::{Algorithm, Code, PublicKey};

use super::common::{public_key, refusal};
use super::input::Input;
use super::legacy_signature::edit;
use super::{legacy_key, legacy_signature};

/// The rows and a public key of each, by the first byte of the input.
pub fn keys() -> impl ExactSizeIterator<Item = (Algorithm, Vec<u8>)> {
    (0..legacy_key::FILES.len() + legacy_signature::FILES.len()).map(|which| {
        match which.checked_sub(legacy_key::FILES.len()) {
            None => {
                let (algorithm, private, ..) = legacy_key::FILES[which];
                // dkPKE ‖ ek ‖ H(ek) ‖ z.
                let len = algorithm.info().public_key.max();
                let end = private.len() - 64;
                (algorithm, private[end - len..end].to_vec())
            }
            Some(which) => {
                let (algorithm, public, _) = legacy_signature::FILES[which];
                (algorithm, public.to_vec())
            }
        }
    })
}

/// The second byte says what the rest is: edits of the key, bare; a byte that chooses a row, and edits of the key
/// under the identifier of that row; twelve bits for a place and twelve to put there, again and again; bare bytes as
/// they are; a file as it is. Of what is read the length and the coefficients are right, and the identifier is that of the
/// row that was asked for.
pub fn run(data: &[u8]) -> bool {
    let mut input = Input(data);
    let which = usize::from(input.byte()) % keys().len();
    let (algorithm, mut key) = keys().nth(which).expect("an index below the length");
    match input.byte() % 5 {
        0 => edit(&mut key, &mut input),
        1 => {
            let row = usize::from(input.byte()) % Algorithm::ALL.len();
            edit(&mut key, &mut input);
            return contained(algorithm, Algorithm::ALL[row], &key);
        }
        2 => {
            while !input.0.is_empty() {
                let (place, value) = (input.index(usize::MAX), input.index(1 << 12));
                put(&mut key, place, value);
            }
        }
        3 => key = input.0.to_vec(),
        _ => return file(algorithm, input.0),
    }
    bare(algorithm, &key)
}

fn bare(algorithm: Algorithm, key: &[u8]) -> bool {
    match PublicKey::from_bytes(algorithm, key) {
        Ok(read) => {
            assert!(is_right(algorithm, key), "{algorithm}");
            assert_eq!((read.algorithm(), read.as_bytes()), (algorithm, key));
            public_key(&read);
            true
        }
        Err(error) => {
            assert!(!is_right(algorithm, key), "{algorithm}: {error:?}");
            assert!(matches!(error.code(), Code::Length | Code::Malformed));
            refusal(&error);
            false
        }
    }
}

/// Whether `key` has the length and, of Kyber, coefficients below q.
fn is_right(algorithm: Algorithm, key: &[u8]) -> bool {
    let info = algorithm.info();
    let reduced = |key: &[u8]| {
        let vector = &key[..key.len() - 32];
        (0..vector.len() * 2 / 3).all(|place| get(vector, place) < 3329)
    };
    info.public_key == Size::Exact(key.len()) && (info.family != Family::Kyber || reduced(key))
}

/// Asks for `algorithm` in a container that says `row`.
fn contained(algorithm: Algorithm, row: Algorithm, key: &[u8]) -> bool {
    let Ok(contained) = PublicKey::from_bytes(row, key) else {
        // Only what a row takes can be put into a container of its own.
        return false;
    };
    let der = contained.to_spki_der();
    let fits = row == algorithm || row.twin() == Some(algorithm);
    let findings = inspect(&der, None).expect("a key that was read before");
    let named = findings[0].flavours.contains(&algorithm);
    match read_public_key_as(algorithm, &der) {
        Ok(read) => {
            assert!(fits && named, "{row} as {algorithm}");
            assert_eq!((read.algorithm(), read.as_bytes()), (algorithm, key));
            public_key(&read);
            true
        }
        Err(error) => {
            assert!(!fits && !named, "{row} as {algorithm}: {error:?}");
            assert_eq!(error.code(), Code::WrongKind);
            refusal(&error);
            false
        }
    }
}

fn file(algorithm: Algorithm, bytes: &[u8]) -> bool {
    match read_public_key_as(algorithm, bytes) {
        Ok(key) => {
            assert_eq!(key.algorithm(), algorithm);
            public_key(&key);
            // Without being told: the same row, or, of Kyber, none.
            if let Ok(key) = encoding::read_public_key(bytes) {
                assert_eq!((key.algorithm(), algorithm.twin()), (algorithm, None));
            }
            true
        }
        Err(error) => {
            refusal(&error);
            false
        }
    }
}

/// The bits of a coefficient: where they begin, and how far into that byte.
fn place_of(place: usize) -> (usize, usize) {
    (place * 12 / 8, place * 12 % 8)
}

/// A coefficient of twelve bits (ByteDecode, algorithm 6 of FIPS 203).
fn get(vector: &[u8], place: usize) -> u16 {
    let (at, shift) = place_of(place);
    u16::from_le_bytes([vector[at], vector[at + 1]]) >> shift & 0xfff
}

/// Writes twelve bits in the place of a coefficient, of whatever the bytes are.
fn put(key: &mut [u8], place: usize, value: usize) {
    let (at, shift) = place_of(place % ((key.len() - 32) * 2 / 3));
    let old = u16::from_le_bytes([key[at], key[at + 1]]);
    let value = u16::try_from(value).expect("twelve bits");
    let new = old & !(0xfff << shift) | value << shift;
    [key[at], key[at + 1]] = new.to_le_bytes();
}
