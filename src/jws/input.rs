//! The bytes that are signed: header, full stop, payload (RFC 7515 section 5.1, RFC 7797 section 3).

use std::mem;

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::backend::{Intake, Representative};
use crate::error::Result;
use crate::stream::ONE_PIECE;

/// As much of a payload is encoded at a time: a multiple of 3, so that the parts of the text fit
/// together.
const GROUP: usize = 3 << 12;

/// A signing input whose payload is passing.
pub(super) struct SigningInput {
    /// Whether the payload is signed in base64url.
    b64: bool,
    /// The end of the payload so far, at most two bytes: base64 encodes three at a time.
    rest: Vec<u8>,
    /// Everything, until it is too long for one piece.
    start: Vec<u8>,
    /// What an algorithm keeps of a longer input, once there is one.
    intake: Intake,
    in_parts: bool,
}

/// A signing input that has passed.
pub(super) enum Taken {
    /// It is short: here it is.
    Whole(Vec<u8>),
    /// What the algorithm has kept of it.
    InParts(Representative),
}

impl SigningInput {
    /// Begins with a header in base64url.
    pub(super) fn new(intake: Intake, header: &str, b64: bool) -> Self {
        Self {
            b64,
            rest: Vec::new(),
            start: [header.as_bytes(), b"."].concat(),
            intake,
            in_parts: false,
        }
    }

    /// Adds a part of the payload.
    pub(super) fn update(&mut self, part: &[u8]) -> Result<()> {
        if !self.b64 {
            return self.push(part);
        }
        let missing = (3 - self.rest.len()) % 3;
        let (first, part) = part.split_at(missing.min(part.len()));
        self.rest.extend_from_slice(first);
        if self.rest.len() == 3 {
            let group = mem::take(&mut self.rest);
            self.push_encoded(&group)?;
        }
        let (groups, end) = part.split_at(part.len() - part.len() % 3);
        for group in groups.chunks(GROUP) {
            self.push_encoded(group)?;
        }
        self.rest.extend_from_slice(end);
        Ok(())
    }

    /// The end of the payload.
    pub(super) fn finish(mut self) -> Result<Taken> {
        let rest = mem::take(&mut self.rest);
        self.push_encoded(&rest)?;
        Ok(match self.in_parts {
            false => Taken::Whole(self.start),
            true => Taken::InParts(self.intake.finish()),
        })
    }

    fn push_encoded(&mut self, bytes: &[u8]) -> Result<()> {
        self.push(Base64UrlUnpadded::encode_string(bytes).as_bytes())
    }

    fn push(&mut self, text: &[u8]) -> Result<()> {
        if !self.in_parts {
            if text.len() <= ONE_PIECE.saturating_sub(self.start.len()) {
                self.start.extend_from_slice(text);
                return Ok(());
            }
            self.in_parts = true;
            let start = mem::take(&mut self.start);
            self.take(&start)?;
        }
        self.take(text)
    }

    fn take(&mut self, text: &[u8]) -> Result<()> {
        self.intake
            .update(text)
            .map_err(|error| error.at("signing input of a JWS"))
    }
}
