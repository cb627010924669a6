//! Messages of any length: signed and verified while they pass.
//!
//! ML-DSA keeps μ of FIPS 204 in the making, RSA and ECDSA a hash value: a few hundred bytes whatever
//! the length. SLH-DSA and Ed25519 read a message twice, so they keep it, up to 64 MiB.
//!
//! ```
//! use chop::{Algorithm, SignOptions, SigningKey, VerifyOptions};
//!
//! let key = SigningKey::generate(Algorithm::MlDsa65)?;
//! let mut signing = key.stream(&SignOptions::default())?;
//! for part in [b"a payment ".as_slice(), b"of 976800.00"] {
//!     signing.update(part)?;
//! }
//! let signature = signing.finish()?;
//!
//! let mut verifying = key.verifying_key().stream(&VerifyOptions::default())?;
//! verifying.update(b"a payment of 976800.00")?;
//! assert!(verifying.finish(&signature)?.is_valid());
//! # Ok::<(), chop::Error>(())
//! ```

use std::io::{ErrorKind, Read};
use std::sync::mpsc;
use std::thread;

use crate::algorithm::{SignOptions, VerifyOptions};
use crate::backend::Intake;
use crate::error::{Code, Error, Result};
use crate::explain::Step;
use crate::gate::{Content, Format};
use crate::sign::{SigningKey, VerifyingKey};
use crate::verdict::Verdict;

/// A message up to this length is signed and verified in one piece.
pub(crate) const ONE_PIECE: usize = 1 << 20;

/// A message that is being signed.
pub struct SigningStream<'a> {
    key: &'a SigningKey,
    options: SignOptions,
    intake: Intake,
    content: Content,
}

impl SigningKey {
    /// Starts to sign a message that arrives in parts.
    ///
    /// # Errors
    /// [`Code::Usage`] for an option that the algorithm does not have.
    pub fn stream(&self, options: &SignOptions) -> Result<SigningStream<'_>> {
        self.check_options(options)?;
        Ok(SigningStream {
            key: self,
            options: options.clone(),
            intake: self.verifying_key().intake(&options.for_verification())?,
            content: Content::new(Format::Raw, self.is_watched()),
        })
    }

    /// Signs what `message` gives, to its end.
    ///
    /// # Errors
    /// As [`sign_with`](Self::sign_with) and [`SigningStream::update`]; [`Code::Io`] if reading fails.
    pub fn sign_from(&self, message: &mut dyn Read, options: &SignOptions) -> Result<Vec<u8>> {
        let mut stream = self.stream(options)?;
        match parts(message, &mut |part| stream.update(part))? {
            Passed::Whole(message) => self.sign_with(&message, options),
            Passed::InParts => stream.finish(),
        }
    }
}

impl SigningStream<'_> {
    /// Adds a part of the message.
    ///
    /// # Errors
    /// [`Code::Limit`] above 64 MiB for SLH-DSA and Ed25519, which have to keep the message.
    pub fn update(&mut self, part: &[u8]) -> Result<()> {
        self.content.update(part);
        self.intake.update(part)
    }

    /// The signature.
    ///
    /// # Errors
    /// As [`SigningKey::sign_with`].
    pub fn finish(self) -> Result<Vec<u8>> {
        let seen = self.content.finish();
        self.key
            .sign_taken(&self.intake.finish(), &self.options, &seen)
    }
}

/// A message that is being verified.
pub struct VerifyingStream<'a> {
    key: &'a VerifyingKey,
    options: VerifyOptions,
    intake: Intake,
}

impl VerifyingKey {
    /// Starts to verify a message that arrives in parts.
    ///
    /// # Errors
    /// [`Code::Usage`] for an option that the algorithm does not have.
    pub fn stream(&self, options: &VerifyOptions) -> Result<VerifyingStream<'_>> {
        Ok(VerifyingStream {
            key: self,
            options: options.clone(),
            intake: self.intake(options)?,
        })
    }

    /// Verifies `signature` over what `message` gives, to its end.
    ///
    /// # Errors
    /// As [`verify_with`](Self::verify_with) and [`VerifyingStream::update`]; [`Code::Io`] if reading fails.
    pub fn verify_from(
        &self,
        message: &mut dyn Read,
        signature: &[u8],
        options: &VerifyOptions,
    ) -> Result<Verdict> {
        let mut stream = self.stream(options)?;
        match parts(message, &mut |part| stream.update(part))? {
            Passed::Whole(message) => self.verify_with(&message, signature, options),
            Passed::InParts => stream.finish(signature),
        }
    }

    /// [`verify_from`](Self::verify_from) with the checks of [`explain`](Self::explain).
    ///
    /// # Errors
    /// As [`verify_from`](Self::verify_from) and [`explain`](Self::explain).
    pub fn explain_from(
        &self,
        message: &mut dyn Read,
        signature: &[u8],
        options: &VerifyOptions,
    ) -> Result<(Verdict, Vec<Step>)> {
        let mut stream = self.stream(options)?;
        match parts(message, &mut |part| stream.update(part))? {
            Passed::Whole(message) => Ok((
                self.verify_with(&message, signature, options)?,
                self.explain(&message, signature, options)?,
            )),
            Passed::InParts => self.explain_taken(&stream.intake.finish(), signature, options),
        }
    }
}

impl VerifyingStream<'_> {
    /// Adds a part of the message.
    ///
    /// # Errors
    /// [`Code::Limit`] above 64 MiB for SLH-DSA and Ed25519, which have to keep the message.
    pub fn update(&mut self, part: &[u8]) -> Result<()> {
        self.intake.update(part)
    }

    /// Whether `signature` holds over the message, with the checks of [`VerifyingKey::explain`].
    ///
    /// # Errors
    /// As [`VerifyingKey::explain_from`].
    pub fn explain(self, signature: &[u8]) -> Result<(Verdict, Vec<Step>)> {
        let message = self.intake.finish();
        self.key.explain_taken(&message, signature, &self.options)
    }

    /// Whether `signature` holds over the message.
    ///
    /// # Errors
    /// As [`VerifyingKey::verify_with`].
    pub fn finish(self, signature: &[u8]) -> Result<Verdict> {
        self.key
            .verify_taken(&self.intake.finish(), signature, &self.options)
    }
}

/// How a message came.
enum Passed {
    /// It is short: here it is.
    Whole(Vec<u8>),
    /// It went to the consumer.
    InParts,
}

/// Reads to the end. A message that fits into one piece is returned, a longer one given to `consume`.
fn parts(message: &mut dyn Read, consume: &mut Consume<'_>) -> Result<Passed> {
    let mut buffer = vec![0; ONE_PIECE];
    let first = fill(message, &mut buffer)?;
    if first < buffer.len() {
        buffer.truncate(first);
        return Ok(Passed::Whole(buffer));
    }
    consume(&buffer)?;
    read_all(message, consume)?;
    Ok(Passed::InParts)
}

/// What takes in a message part by part, on a thread of its own.
pub(crate) type Consume<'a> = dyn FnMut(&[u8]) -> Result<()> + Send + 'a;

/// Bytes that are read at a time.
const PART: usize = 256 * 1024;

/// How many parts wait between reader and consumer.
const WAITING: usize = 4;

/// Gives everything that `message` gives to `consume`, part by part. While one part is consumed, the
/// next is read: hashing takes a processor, and waiting for a disk or a pipe should not add to it.
///
/// # Errors
/// [`Code::Io`] if reading fails, and whatever `consume` returns.
pub(crate) fn read_all(message: &mut dyn Read, consume: &mut Consume<'_>) -> Result<()> {
    let mut buffer = vec![0; PART];
    let first = fill(message, &mut buffer)?;
    if first < PART {
        return consume(&buffer[..first]);
    }
    let (send, parts) = mpsc::sync_channel::<(Vec<u8>, usize)>(WAITING);
    let (give_back, used) = mpsc::channel();
    thread::scope(|scope| {
        let hash = move || -> Result<()> {
            for (part, len) in parts {
                consume(&part[..len])?;
                // The reader may be at the end, where it wants no more buffers.
                let _ = give_back.send(part);
            }
            Ok(())
        };
        let consumer = thread::Builder::new()
            .spawn_scoped(scope, hash)
            .map_err(|error| {
                Error::new(Code::Io, "no thread for hashing").got(error.to_string())
            })?;
        let read = (|| -> Result<()> {
            let mut filled = first;
            let mut buffers = 1;
            loop {
                let last = filled < PART;
                // It fails when the consumer has: its error is the one to return.
                if send.send((buffer, filled)).is_err() || last {
                    return Ok(());
                }
                buffer = match used.try_recv() {
                    Ok(buffer) => buffer,
                    Err(_) if buffers <= WAITING => {
                        buffers += 1;
                        vec![0; PART]
                    }
                    Err(_) => match used.recv() {
                        Ok(buffer) => buffer,
                        Err(_) => return Ok(()),
                    },
                };
                filled = fill(message, &mut buffer)?;
            }
        })();
        drop(send);
        let consumed = consumer
            .join()
            .unwrap_or_else(|_| Err(Error::internal("the thread that hashes has panicked")));
        consumed.and(read)
    })
}

/// Reads until `buffer` is full or the message ends.
fn fill(message: &mut dyn Read, buffer: &mut [u8]) -> Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match message.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(more) => filled += more,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(Error::new(Code::Io, "cannot read").got(error.to_string())),
        }
    }
    Ok(filled)
}
