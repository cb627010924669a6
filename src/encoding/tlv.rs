//! DER written, what is secret into wiped buffers, and the errors of reading it in words.
//!
//! The `der` crate reads; it writes through buffers that it does not wipe, so what holds a secret
//! is put together here. Only tags, lengths and concatenation are needed.

use der::ErrorKind;

use crate::secret::SecretBytes;

pub(crate) const BOOLEAN: u8 = 0x01;
pub(crate) const INTEGER: u8 = 0x02;
pub(crate) const BIT_STRING: u8 = 0x03;
pub(crate) const OCTET_STRING: u8 = 0x04;
pub(crate) const NULL: u8 = 0x05;
pub(crate) const OID: u8 = 0x06;
pub(crate) const SEQUENCE: u8 = 0x30;
pub(crate) const SET: u8 = 0x31;
/// `[0]`, primitive: IMPLICIT over a string.
pub(crate) const CONTEXT_0: u8 = 0x80;
/// `[0]`, constructed: EXPLICIT, or IMPLICIT over a set.
pub(crate) const CONTEXT_0_EXPLICIT: u8 = 0xa0;
/// `[1]`, constructed: EXPLICIT.
pub(crate) const CONTEXT_1_EXPLICIT: u8 = 0xa1;
/// `[2]`, constructed: EXPLICIT.
pub(crate) const CONTEXT_2_EXPLICIT: u8 = 0xa2;
/// `[3]`, constructed: EXPLICIT.
pub(crate) const CONTEXT_3_EXPLICIT: u8 = 0xa3;

/// Tag, length and the concatenation of `parts`, which are nothing secret.
pub(crate) fn element(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let header = Header::new(tag, len);
    let mut out = Vec::with_capacity(header.as_bytes().len() + len);
    out.extend_from_slice(header.as_bytes());
    for part in parts {
        out.extend_from_slice(part);
    }
    out
}

/// Tag, length and the concatenation of `parts`, in a buffer that is wiped.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> SecretBytes {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let header = Header::new(tag, len);
    let mut all: Vec<&[u8]> = Vec::with_capacity(parts.len() + 1);
    all.push(header.as_bytes());
    all.extend_from_slice(parts);
    SecretBytes::concat(&all)
}

/// Appends tag and length.
pub(crate) fn push_header(out: &mut Vec<u8>, tag: u8, len: usize) {
    out.extend_from_slice(Header::new(tag, len).as_bytes());
}

/// Tag and length, X.690 section 8.1.3: the short form below 128, else the fewest length bytes.
pub(super) struct Header {
    bytes: [u8; 2 + size_of::<usize>()],
    len: usize,
}

impl Header {
    pub(super) fn new(tag: u8, contents: usize) -> Self {
        let length = contents.to_be_bytes();
        let zeroes = length.iter().take_while(|byte| **byte == 0).count();
        let significant = &length[zeroes..];
        let mut bytes = [0; 2 + size_of::<usize>()];
        bytes[0] = tag;
        let len = match significant {
            [] => 2,
            [short] if *short < 0x80 => {
                bytes[1] = *short;
                2
            }
            long => {
                // At most the eight bytes of a usize.
                bytes[1] = 0x80 | u8::try_from(long.len()).unwrap_or(u8::MAX);
                bytes[2..2 + long.len()].copy_from_slice(long);
                2 + long.len()
            }
        };
        Self { bytes, len }
    }

    pub(super) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }
}

/// What is wrong with some DER, in words.
pub(crate) fn der_problem(error: &der::Error) -> String {
    match error.kind() {
        ErrorKind::TrailingData { remaining, .. } => {
            format!("{remaining} more bytes after the end")
        }
        ErrorKind::Incomplete {
            expected_len,
            actual_len,
        } => format!("an end after {actual_len} of at least {expected_len} bytes"),
        kind => kind.to_string(),
    }
}

/// The same where the bytes may be a bare secret: nothing of them is repeated, not even as a tag or a length.
pub(super) fn secret_der_problem(error: &der::Error) -> &'static str {
    match error.kind() {
        ErrorKind::TrailingData { .. } => "more bytes after the end",
        _ => "something else",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_take_their_shortest_form() {
        for (len, expected) in [
            (0, &[0x04, 0x00][..]),
            (127, &[0x04, 0x7f]),
            (128, &[0x04, 0x81, 0x80]),
            (255, &[0x04, 0x81, 0xff]),
            (256, &[0x04, 0x82, 0x01, 0x00]),
            (65536, &[0x04, 0x83, 0x01, 0x00, 0x00]),
        ] {
            assert_eq!(Header::new(OCTET_STRING, len).as_bytes(), expected);
            let whole = tlv(OCTET_STRING, &[&vec![1; len]]);
            assert_eq!(whole.len(), expected.len() + len);
            assert!(whole.expose().starts_with(expected));
        }
    }
}
