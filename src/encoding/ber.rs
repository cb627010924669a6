//! BER turned into DER (X.690): what most software writes around signatures, as what is read here.
//!
//! Indefinite lengths become definite ones, lengths take their shortest form, strings in pieces are
//! put together. Values are not touched and sets are not sorted. DER comes out as it went in.

use crate::error::{Code, Error, Result};

use super::tlv::{Header, OCTET_STRING, push_header};

/// How deep elements may stand inside each other: CMS with certificates needs about a dozen levels.
const MAX_DEPTH: usize = 32;

const CONSTRUCTED: u8 = 0x20;
const TAG_NUMBER: u8 = 0x1f;
const CLASS: u8 = 0xc0;
const INDEFINITE: u8 = 0x80;
const END_OF_CONTENTS: &[u8] = &[0, 0];

/// The DER of the one element that `bytes` hold.
///
/// # Errors
/// [`Code::Malformed`] with the offset, [`Code::Limit`] for elements nested too deep.
pub(crate) fn to_der(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut reader = Reader { bytes, at: 0 };
    let mut out = Vec::with_capacity(bytes.len());
    reader.element(&mut out, 0)?;
    if reader.at < bytes.len() {
        return Err(reader.bad("more bytes after the end"));
    }
    Ok(out)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// Where the contents of an element end.
#[derive(Clone, Copy)]
enum End {
    At(usize),
    Marked,
}

impl Reader<'_> {
    fn bad(&self, got: &str) -> Error {
        Error::malformed("BER")
            .expected("a complete element")
            .got(got.to_owned())
            .at(format!("byte {}", self.at))
    }

    fn byte(&mut self) -> Result<u8> {
        let byte = *self
            .bytes
            .get(self.at)
            .ok_or_else(|| self.bad("the end of the data"))?;
        self.at += 1;
        Ok(byte)
    }

    /// One element, appended to `out`.
    fn element(&mut self, out: &mut Vec<u8>, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(Error::new(Code::Limit, "BER")
                .expected(format!("at most {MAX_DEPTH} levels"))
                .got("more"));
        }
        let tag = self.byte()?;
        if tag & TAG_NUMBER == TAG_NUMBER {
            return Err(self.bad("a tag number above 30"));
        }
        if tag == 0 {
            return Err(self.bad("an end marker without a beginning"));
        }
        let end = self.length()?;
        if tag & CONSTRUCTED == 0 {
            let End::At(end) = end else {
                return Err(self.bad("an indefinite length of a primitive element"));
            };
            push_header(out, tag, end - self.at);
            out.extend_from_slice(&self.bytes[self.at..end]);
            self.at = end;
            return Ok(());
        }
        // The length of what is inside is known afterwards.
        let start = out.len();
        let in_pieces = match tag & CLASS == 0 {
            true => universal(tag & TAG_NUMBER)
                .ok_or_else(|| self.bad("an element in pieces that cannot be in pieces"))?,
            false => false,
        };
        while !self.at_end(end)? {
            if in_pieces {
                self.piece(out, depth + 1)?;
            } else {
                self.element(out, depth + 1)?;
            }
        }
        let tag = if in_pieces { tag & !CONSTRUCTED } else { tag };
        let header = Header::new(tag, out.len() - start);
        out.splice(start..start, header.as_bytes().iter().copied());
        Ok(())
    }

    /// The contents of one piece of a string, perhaps in pieces again. Every string is in pieces like an
    /// OCTET STRING (X.690 sections 8.7.3 and 8.23).
    fn piece(&mut self, out: &mut Vec<u8>, depth: usize) -> Result<()> {
        if depth > MAX_DEPTH {
            return Err(Error::new(Code::Limit, "BER")
                .expected(format!("at most {MAX_DEPTH} levels"))
                .got("more"));
        }
        let found = self.byte()?;
        if found & !CONSTRUCTED != OCTET_STRING {
            return Err(self.bad("a piece of another type in a string"));
        }
        let end = self.length()?;
        if found & CONSTRUCTED != 0 {
            while !self.at_end(end)? {
                self.piece(out, depth + 1)?;
            }
            return Ok(());
        }
        let End::At(end) = end else {
            return Err(self.bad("an indefinite length of a primitive element"));
        };
        out.extend_from_slice(&self.bytes[self.at..end]);
        self.at = end;
        Ok(())
    }

    /// Whether the contents are over; passes the marker at their end.
    fn at_end(&mut self, end: End) -> Result<bool> {
        match end {
            End::At(end) if self.at > end => {
                Err(self.bad("an element longer than the one around it"))
            }
            End::At(end) => Ok(self.at == end),
            End::Marked if self.bytes[self.at..].starts_with(END_OF_CONTENTS) => {
                self.at += END_OF_CONTENTS.len();
                Ok(true)
            }
            End::Marked => Ok(false),
        }
    }

    fn length(&mut self) -> Result<End> {
        let first = self.byte()?;
        let len = match first {
            INDEFINITE => return Ok(End::Marked),
            short if short < INDEFINITE => usize::from(short),
            long => {
                let mut len = 0usize;
                for _ in 0..long & !INDEFINITE {
                    let byte = usize::from(self.byte()?);
                    len = len
                        .checked_mul(256)
                        .and_then(|len| len.checked_add(byte))
                        .ok_or_else(|| self.bad("a length that no file has"))?;
                }
                len
            }
        };
        match self.at.checked_add(len) {
            Some(end) if end <= self.bytes.len() => Ok(End::At(end)),
            _ => Err(self.bad(&format!("{} of {len} bytes", self.bytes.len() - self.at))),
        }
    }
}

/// Whether a constructed element of the universal class is a string in pieces; `None` for types that
/// are never constructed, and for BIT STRING, whose pieces nobody writes.
const fn universal(number: u8) -> Option<bool> {
    match number {
        // EXTERNAL, EMBEDDED PDV, SEQUENCE, SET
        8 | 11 | 16 | 17 => Some(false),
        // OCTET STRING, UTF8String and the older character strings
        4 | 12 | 18..=22 | 25..=30 => Some(true),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn der(bytes: &[u8]) -> Vec<u8> {
        to_der(bytes).unwrap()
    }

    #[test]
    fn der_stays_as_it_is() {
        let long = [
            &[0x30, 0x82, 0x01, 0x04, 0x04, 0x82, 0x01, 0x00][..],
            &[7; 256],
        ]
        .concat();
        for bytes in [&[0x05, 0x00][..], &[0x30, 0x03, 0x02, 0x01, 0x05], &long] {
            assert_eq!(der(bytes), bytes);
        }
    }

    #[test]
    fn indefinite_lengths_become_definite() {
        assert_eq!(
            der(&[0x30, 0x80, 0xa0, 0x80, 0x02, 0x01, 0x05, 0, 0, 0, 0]),
            [0x30, 0x05, 0xa0, 0x03, 0x02, 0x01, 0x05]
        );
    }

    #[test]
    fn strings_in_pieces_are_put_together() {
        let nested = [
            0x24, 0x80, 0x04, 0x01, 0x01, 0x24, 0x05, 0x04, 0x00, 0x04, 0x01, 0x02, 0x04, 0x01,
            0x03, 0, 0,
        ];
        assert_eq!(der(&nested), [0x04, 0x03, 1, 2, 3]);
    }

    #[test]
    fn character_strings_are_in_pieces_like_octet_strings() {
        assert_eq!(
            der(&[0x2c, 0x80, 0x04, 1, b'a', 0x04, 1, b'b', 0, 0]),
            [0x0c, 2, b'a', b'b']
        );
    }

    #[test]
    fn long_lengths_are_shortened() {
        assert_eq!(der(&[0x04, 0x84, 0, 0, 0, 1, 9]), [0x04, 1, 9]);
    }

    #[test]
    fn what_is_not_ber_is_refused_with_its_place() {
        for (bytes, why) in [
            (
                &[0x30][..],
                "byte 1: BER: expected a complete element, got the end of the data",
            ),
            (
                &[0x30, 0x02, 0x05],
                "byte 2: BER: expected a complete element, got 1 of 2 bytes",
            ),
            (
                &[0x04, 0x80, 0, 0],
                "byte 2: BER: expected a complete element, got an indefinite length of a primitive element",
            ),
            (
                &[0x30, 0x80, 0x05, 0x00],
                "byte 4: BER: expected a complete element, got the end of the data",
            ),
            (
                &[0x05, 0x00, 0x00],
                "byte 2: BER: expected a complete element, got more bytes after the end",
            ),
            (
                &[0x1f, 0x81, 0x01, 0x00],
                "byte 1: BER: expected a complete element, got a tag number above 30",
            ),
            (
                &[0x24, 0x03, 0x02, 0x01, 0x05],
                "byte 3: BER: expected a complete element, got a piece of another type in a string",
            ),
            (
                &[0x22, 0x03, 0x02, 0x01, 0x05],
                "byte 2: BER: expected a complete element, got an element in pieces that cannot be in pieces",
            ),
            (
                &[0x30, 0x03, 0x30, 0x02, 0x05, 0x00],
                "byte 6: BER: expected a complete element, got an element longer than the one around it",
            ),
            (
                &[0, 0],
                "byte 1: BER: expected a complete element, got an end marker without a beginning",
            ),
            (
                &[0x04, 0x89, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
                "byte 11: BER: expected a complete element, got a length that no file has",
            ),
        ] {
            assert_eq!(to_der(bytes).unwrap_err().to_string(), why);
        }
        let deep = [&[0x30, 0x80].repeat(40)[..], &[0; 80]].concat();
        assert_eq!(to_der(&deep).unwrap_err().code(), Code::Limit);
    }
}
