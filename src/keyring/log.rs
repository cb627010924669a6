//! The audit log as it lies in the store, under the head of the keyring.

use std::io::Write;

use super::audit::{
    Action, Checkpoint, ConsistencyProof, Entry, ExportWriter, Frontier, InclusionProof, Report,
    Tree, Verifier, leaf_hash,
};
use super::commit::{Look, View};
use super::record::Hex;
use super::store::Space;
use super::{Keyring, audit_public};
use crate::error::{Code, Error, Result};
use crate::policy::Guard;

/// Visits every entry in its order, and checks at the end that these are all and the right ones: until then
/// nothing that was visited counts.
pub(super) fn visit(view: &View<'_>, visit: &mut dyn FnMut(&Entry) -> Result<()>) -> Result<()> {
    lines(view, &mut |_, line| visit(&Entry::from_line(line)?))
}

/// The same with the lines as they are stored.
fn lines(view: &View<'_>, visit: &mut dyn FnMut(u64, &[u8]) -> Result<()>) -> Result<()> {
    let mut frontier = Frontier::default();
    view.rows.scan(Space::Audit, b"", &mut |key, line| {
        let next = frontier.size();
        if key != next.to_be_bytes() {
            return Err(wrong(format!(
                "a record that is not in its place, which is {next}"
            )));
        }
        frontier.push(leaf_hash(line));
        visit(next, line).map_err(|error| match error.code() {
            Code::Malformed => wrong(format!("entry {next}: {error}")),
            _ => error,
        })?;
        Ok(true)
    })?;
    let hashes: Vec<Hex<32>> = frontier.hashes().iter().copied().map(Hex).collect();
    match frontier.size() == view.head.entries && hashes == view.head.frontier {
        true => Ok(()),
        false => Err(wrong(format!(
            "{} entries, which are not the {} that were written; chop audit verify says more",
            frontier.size(),
            view.head.entries
        ))),
    }
}

fn wrong(got: String) -> Error {
    Error::new(Code::Integrity, "audit log of the keyring").got(got)
}

/// The key of the record of a checkpoint.
fn place(checkpoint: &Checkpoint) -> [u8; 8] {
    checkpoint.size().to_be_bytes()
}

impl Keyring {
    /// Visits the audit log, checked as a whole before the first entry is handed out.
    ///
    /// # Errors
    /// [`Code::Integrity`], [`Code::Storage`], and those of `visit`.
    pub fn audit(&self, visit_entry: &mut dyn FnMut(&Entry) -> Result<()>) -> Result<()> {
        self.inner.view(|view| {
            visit(view, &mut |_| Ok(()))?;
            visit(view, visit_entry)
        })
    }

    /// Checks the audit log, with checkpoints that were kept elsewhere, and goes on after what it finds.
    ///
    /// # Errors
    /// [`Code::Integrity`] where the log cannot even be read, [`Code::Storage`].
    pub fn verify_audit(&self, kept: &[Checkpoint]) -> Result<Report> {
        self.inner.view(|view| {
            let key = audit_public(view)?;
            let mut verifier = Verifier::new(&key, self.inner.keyring, kept)?;
            let mut stored = checkpoints(view)?.into_iter().peekable();
            let mut frontier = Frontier::default();
            view.rows.scan(Space::Audit, b"", &mut |_, line| {
                verifier.entry(line);
                frontier.push(leaf_hash(line));
                while let Some(checkpoint) =
                    stored.next_if(|checkpoint| checkpoint.size() == frontier.size())
                {
                    verifier.checkpoint(&checkpoint)?;
                }
                Ok(true)
            })?;
            for checkpoint in stored {
                verifier.checkpoint(&checkpoint)?;
            }
            // The head covers every entry, for whoever knows the root key.
            let hashes: Vec<Hex<32>> = frontier.hashes().iter().copied().map(Hex).collect();
            verifier.head(
                frontier.size() == view.head.entries && hashes == view.head.frontier,
                view.head.entries,
            );
            Ok(verifier.finish())
        })
    }

    /// Signs how far the log has come; that, too, stands in the log.
    ///
    /// # Errors
    /// [`Code::Integrity`], [`Code::Storage`].
    pub fn checkpoint(&self, guard: &Guard) -> Result<Checkpoint> {
        let now = guard.now()?;
        let key = self.audit_key()?;
        let keyring = self.inner.keyring;
        self.inner.commit(move |batch| {
            let entry = batch.entry(Action::Checkpoint, now);
            batch.record(entry);
            Ok(())
        })?;
        let (size, root) = self.inner.view(|view| {
            let hashes = view.head.frontier.iter().map(|hash| hash.0).collect();
            let frontier = Frontier::new(view.head.entries, hashes)?;
            Ok((frontier.size(), frontier.root()))
        })?;
        let checkpoint = Checkpoint::sign(&key, keyring, size, root, now)?;
        let stored = checkpoint.clone();
        self.inner.commit(move |batch| {
            batch.put(
                Space::Checkpoint,
                &place(&stored),
                stored.to_text().into_bytes(),
            );
            Ok(())
        })?;
        Ok(checkpoint)
    }

    /// Writes the log as text, with a fresh checkpoint at its end, and returns that.
    ///
    /// # Errors
    /// As [`checkpoint`](Self::checkpoint), and [`Code::Io`].
    pub fn export_audit(&self, out: &mut dyn Write, guard: &Guard) -> Result<Checkpoint> {
        let last = self.checkpoint(guard)?;
        self.inner.view(|view| {
            let key = audit_public(view)?;
            let mut stored = checkpoints(view)?.into_iter().peekable();
            let mut writer = ExportWriter::new(out, self.inner.keyring, last.size(), &key)?;
            lines(view, &mut |number, line| {
                // What came after the checkpoint comes with the next export.
                if number >= last.size() {
                    return Ok(());
                }
                writer.entry(line)?;
                while let Some(checkpoint) =
                    stored.next_if(|checkpoint| checkpoint.size() <= number + 1)
                {
                    writer.checkpoint(&checkpoint)?;
                }
                Ok(())
            })
        })?;
        Ok(last)
    }

    /// The proof that the entry of that number is in the log, under a fresh checkpoint.
    ///
    /// # Errors
    /// [`Code::UnknownKey`] for a number that there is not; as [`checkpoint`](Self::checkpoint).
    pub fn prove_entry(&self, number: u64, guard: &Guard) -> Result<InclusionProof> {
        let known = self.inner.view(|view| Ok(view.head.entries))?;
        if number >= known {
            return Err(
                Error::new(Code::UnknownKey, "no such entry in the audit log")
                    .expected(format!("one below {known}"))
                    .got(number.to_string()),
            );
        }
        let last = self.checkpoint(guard)?;
        let (tree, line) = self.tree(last.size(), Some(number))?;
        InclusionProof::new(&line, &tree, last)
    }

    /// The proof that the log continues the one of an earlier checkpoint, under a fresh one.
    ///
    /// # Errors
    /// [`Code::Untrusted`] for a checkpoint that this keyring has not signed; [`Code::Integrity`] for one that
    /// the log does not continue, because it was rewritten or this is an older copy.
    pub fn prove_continuation(
        &self,
        earlier: &Checkpoint,
        guard: &Guard,
    ) -> Result<ConsistencyProof> {
        let key = self.audit_public_key()?;
        if !earlier.is_signed_by(&key)? || earlier.keyring != self.inner.keyring {
            return Err(Error::new(Code::Untrusted, "checkpoint")
                .expected("one of this keyring, signed by its audit key"));
        }
        let last = self.checkpoint(guard)?;
        let (tree, _) = self.tree(last.size(), None)?;
        let proof = ConsistencyProof::new(earlier.clone(), &tree, last);
        match proof.holds(&key)? {
            true => Ok(proof),
            false => Err(wrong(format!(
                "that it does not continue the checkpoint of {}, which has {} entries",
                earlier.time(),
                earlier.size()
            ))),
        }
    }

    /// The tree over the first `size` entries, and the line of one of them.
    fn tree(&self, size: u64, wanted: Option<u64>) -> Result<(Tree, Vec<u8>)> {
        self.inner.view(|view| {
            let (mut leaves, mut found) = (Vec::new(), Vec::new());
            lines(view, &mut |number, line| {
                if number < size {
                    leaves.push(leaf_hash(line));
                }
                if wanted == Some(number) {
                    line.clone_into(&mut found);
                }
                Ok(())
            })?;
            Ok((Tree::new(leaves), found))
        })
    }
}

/// The checkpoints that the keyring has signed, the earliest first.
fn checkpoints(view: &View<'_>) -> Result<Vec<Checkpoint>> {
    let mut keys = Vec::new();
    view.rows.scan(Space::Checkpoint, b"", &mut |key, _| {
        keys.push(key.to_vec());
        Ok(true)
    })?;
    keys.iter()
        .map(|key| {
            let text = view.body(Space::Checkpoint, key)?.unwrap_or_default();
            Checkpoint::from_text(&text).map_err(|error| wrong(error.to_string()))
        })
        .collect()
}
