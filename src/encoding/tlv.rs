//! DER written straight into wiped buffers, and the errors of reading it in words.
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

/// Tag, length and the concatenation of `parts`.
pub(crate) fn tlv(tag: u8, parts: &[&[u8]]) -> SecretBytes {
    let len: usize = parts.iter().map(|part| part.len()).sum();
    let header = header(tag, len);
    let mut all: Vec<&[u8]> = vec![&header];
    all.extend_from_slice(parts);
    SecretBytes::concat(&all)
}

/// Appends tag and length.
pub(crate) fn push_header(out: &mut Vec<u8>, tag: u8, len: usize) {
    out.extend_from_slice(&header(tag, len));
}

/// X.690 section 8.1.3: the short form below 128, else the fewest length bytes.
fn header(tag: u8, len: usize) -> Vec<u8> {
    let bytes = len.to_be_bytes();
    let significant = &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..];
    match significant {
        [] => vec![tag, 0],
        [short] if *short < 0x80 => vec![tag, *short],
        long => {
            // At most the eight bytes of a usize.
            let count = u8::try_from(long.len()).unwrap_or(u8::MAX);
            let mut header = vec![tag, 0x80 | count];
            header.extend_from_slice(long);
            header
        }
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
            assert_eq!(header(OCTET_STRING, len), expected);
            let whole = tlv(OCTET_STRING, &[&vec![1; len]]);
            assert_eq!(whole.len(), expected.len() + len);
            assert!(whole.expose().starts_with(expected));
        }
    }
}
