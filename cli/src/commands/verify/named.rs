//! Keys of the keyring, whose versions are all tried.

use std::io::Read;

use chop::explain::Step;
use chop::hash::{Hash, Hasher};
use chop::keyring::{KeyName, Keyring, Signed, SignedFormat};
use chop::{Code, Context, Error, Guard, Result, Verdict, VerifyOptions, VerifyingKey, jws};

use super::answer::Answer;
use super::job::{Care, Job, lost};
use crate::commands::key::neither_file_nor_key;
use crate::keyring::Ring;

/// A key of the keyring, whose versions are all tried.
pub(super) struct Named<'a> {
    pub(super) ring: &'a Keyring,
    pub(super) name: KeyName,
    pub(super) versions: Vec<(u32, VerifyingKey)>,
    pub(super) guard: Guard,
}

impl<'a> Named<'a> {
    /// The versions of a key that may verify, each made ready with the care that the caller takes.
    pub(super) fn open(
        keyring: &'a Ring<'_>,
        name: KeyName,
        care: Care,
        guard: &Guard,
    ) -> Result<Self> {
        let ring = keyring.get()?;
        let versions = ring
            .verifying_key(&name, guard)
            .map_err(|error| neither_file_nor_key(error, name.as_str()))?
            .versions;
        let ready = |(number, key): (u32, VerifyingKey)| Ok((number, care.ready(&key)?));
        Ok(Self {
            ring,
            name,
            versions: versions.into_iter().map(ready).collect::<Result<_>>()?,
            guard: guard.clone(),
        })
    }

    /// The version that has this public key.
    pub(super) fn version_of(&self, key: &VerifyingKey) -> Option<u32> {
        self.versions
            .iter()
            .find(|(_, known)| known == key)
            .map(|(number, _)| *number)
    }
}

/// Content whose hash value the keyring asks for, while it passes.
pub(super) struct Digesting<R> {
    inner: R,
    hasher: Hasher,
}

impl<R> Digesting<R> {
    pub(super) fn new(inner: R) -> Self {
        Self {
            inner,
            hasher: Hasher::new(Hash::Sha256),
        }
    }

    pub(super) fn finish(self) -> [u8; 32] {
        let mut digest = [0; 32];
        digest.copy_from_slice(&self.hasher.finish());
        digest
    }
}

impl<R: Read> Read for Digesting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let more = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..more]);
        Ok(more)
    }
}

impl Job<'_> {
    /// A raw signature says nothing about its key: every version is tried over one reading of the message.
    pub(super) fn named_raw(
        &self,
        named: &Named<'_>,
        message: &mut dyn Read,
        signature: &[u8],
        options: &VerifyOptions,
    ) -> Result<Answer> {
        let mut trials = Trials::default();
        for (number, key) in &named.versions {
            match key.stream(options) {
                Ok(stream) => trials.running.push((*number, key, stream)),
                // A version without contexts has not made a signature with one.
                Err(error) => trials.unfit(error),
            }
        }
        let mut message = Digesting::new(message);
        trials.read(&mut message, |stream, part| stream.update(part))?;
        let signed = Signed {
            format: SignedFormat::Raw,
            digest: message.finish(),
            context: options.context.clone(),
        };
        let explain = self.explain;
        let found = trials.finish(|stream| match explain {
            true => stream.explain(signature),
            false => Ok((stream.finish(signature)?, Vec::new())),
        })?;
        self.named_single(named, found, &signed, options)
    }

    /// A JWS may name its key, but a name decides nothing: every version is tried.
    pub(super) fn named_jws(
        &self,
        named: &Named<'_>,
        jws: &jws::Jws,
        message: &mut dyn Read,
    ) -> Result<Answer> {
        let mut trials = Trials::default();
        for (number, key) in &named.versions {
            match jws.verifying(key, self.rsa_scheme) {
                Ok(verifying) => trials.running.push((*number, key, verifying)),
                Err(error) => trials.unfit(error),
            }
        }
        let mut message = Digesting::new(message);
        trials.read(&mut message, |verifying, part| verifying.update(part))?;
        let signed = Signed {
            format: SignedFormat::Jws,
            digest: message.finish(),
            context: Context::empty(),
        };
        let found = trials.finish(|verifying| Ok((verifying.finish()?, Vec::new())))?;
        let answer = self.named_single(named, found, &signed, &VerifyOptions::default())?;
        Ok(Answer {
            kid: jws.kid().map(str::to_owned),
            ..answer
        })
    }

    /// The answer of a format with one signer, and what it is worth.
    fn named_single(
        &self,
        named: &Named<'_>,
        (number, key, verdict, steps): Found<'_>,
        signed: &Signed,
        options: &VerifyOptions,
    ) -> Result<Answer> {
        let mut answer = self.single(key, verdict, steps, options)?;
        if verdict == Verdict::Valid {
            let judged = named
                .ring
                .judge(&named.name, number, signed, &named.guard)?;
            answer.judged(number, judged);
        } else if verdict == Verdict::RefusedByPolicy {
            answer.version = Some(number);
        } else if let [signer] = answer.signers.as_mut_slice() {
            // It is by none of them, so that none of them is to be named.
            if named.versions.len() > 1 {
                signer.fingerprint = None;
                signer.name = Some(format!(
                    "none of {} versions of {}",
                    named.versions.len(),
                    named.name
                ));
            }
        }
        Ok(answer)
    }
}

/// The version that has signed, or the first one, with what it says.
type Found<'k> = (u32, &'k VerifyingKey, Verdict, Vec<Step>);

/// One signature under several versions of a key.
struct Trials<'k, V> {
    running: Vec<(u32, &'k VerifyingKey, V)>,
    /// Why the first version that does not fit does not.
    unfit: Option<Error>,
}

impl<V> Default for Trials<'_, V> {
    fn default() -> Self {
        Self {
            running: Vec::new(),
            unfit: None,
        }
    }
}

impl<'k, V> Trials<'k, V> {
    fn unfit(&mut self, error: Error) {
        self.unfit.get_or_insert(error);
    }

    /// Gives the message to all of them.
    fn read(
        &mut self,
        message: &mut dyn Read,
        mut update: impl FnMut(&mut V, &[u8]) -> Result<()>,
    ) -> Result<()> {
        let mut part = vec![0; 256 * 1024];
        loop {
            let len = match message.read(&mut part) {
                Ok(0) => return Ok(()),
                Ok(len) => len,
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    return Err(Error::new(Code::Io, "cannot read").got(error.to_string()));
                }
            };
            for (_, _, running) in &mut self.running {
                update(running, &part[..len])?;
            }
        }
    }

    /// The version under which the signature holds; else what the first one says.
    fn finish(mut self, verify: impl Fn(V) -> Result<(Verdict, Vec<Step>)>) -> Result<Found<'k>> {
        let mut best: Option<Found<'k>> = None;
        for (number, key, running) in self.running {
            let found = match verify(running) {
                Ok((verdict, steps)) => (number, key, verdict, steps),
                // Bytes that are no signature of one algorithm may be one of another.
                Err(error) if matches!(error.code(), Code::Length | Code::Malformed) => {
                    self.unfit.get_or_insert(error);
                    continue;
                }
                Err(error) => return Err(error),
            };
            let rank = |verdict| match verdict {
                Verdict::Valid => 2,
                Verdict::RefusedByPolicy => 1,
                _ => 0,
            };
            if best
                .as_ref()
                .is_none_or(|best| rank(best.2) < rank(found.2))
            {
                best = Some(found);
            }
        }
        match (best, self.unfit) {
            (Some(best), _) => Ok(best),
            (None, Some(error)) => Err(error),
            (None, None) => Err(lost()),
        }
    }
}
