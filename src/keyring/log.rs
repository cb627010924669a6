//! The audit log as it lies in the store, under the head of the keyring.

use super::audit::{Entry, Frontier, leaf_hash};
use super::commit::View;
use super::record::Hex;
use super::store::Space;
use crate::error::{Code, Error, Result};

/// Visits every entry in its order, and checks at the end that these are all and the right ones: until then
/// nothing that was visited counts.
pub(super) fn visit(view: &View<'_>, visit: &mut dyn FnMut(Entry) -> Result<()>) -> Result<()> {
    let mut frontier = Frontier::new(0, Vec::new())?;
    let mut next = 0u64;
    view.rows.scan(Space::Audit, b"", &mut |key, line| {
        if key != next.to_be_bytes() {
            return Err(wrong(format!("not in its place, which is {next}")));
        }
        frontier.push(leaf_hash(line));
        visit(Entry::from_line(line).map_err(|error| error.at(format!("entry {next}")))?)?;
        next += 1;
        Ok(true)
    })?;
    let hashes: Vec<Hex<32>> = frontier.hashes().iter().copied().map(Hex).collect();
    match next == view.head.entries && hashes == view.head.frontier {
        true => Ok(()),
        false => Err(wrong(format!(
            "{next} entries, which are not the {} that were written; chop audit verify says more",
            view.head.entries
        ))),
    }
}

fn wrong(got: String) -> Error {
    Error::new(Code::Integrity, "audit log of the keyring").got(got)
}
