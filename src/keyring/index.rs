//! The tree over all records: what makes an old row as useless as a forged one.
//!
//! Every record ends with a tag: HMAC-SHA-256 over its place and its body. A tag alone would let somebody
//! who can write the store put back an older row of the same place. So the tags stand in a tree of hashes,
//! whose root stands in the head of the keyring: a record that is not the latest one, or is missing, is
//! found before it is used.
//!
//! A record is known in the tree by an identifier: the number of its space and 31 bytes of SHA-256 of its
//! key. Twelve bits of that choose one of 4096 buckets, the sorted lists of identifier and tag; above
//! them are three levels of nodes with sixteen hashes each. What is empty is not stored, and its hash is 32 zeroes.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use super::parallel;
use super::record::{Hex, readable, to_hex};
use super::store::{Reading, Space, Visit, Writing};
use crate::error::{Code, Error, Result};
use crate::hash::Hash;
use crate::symmetric::{LEN, MacKey};

/// A hash value, a tag or an identifier.
type Digest = [u8; LEN];

/// The hash of what is not there.
const NOTHING: Digest = [0; LEN];

/// Nodes on the way to a bucket.
const LEVELS: usize = 3;

/// Children of a node.
const CHILDREN: usize = 16;

/// Records that are checked and decoded together.
const STRETCH: usize = 4096;

/// Bytes of one entry of a bucket.
const ENTRY: usize = 2 * LEN;

/// Spaces whose records are in the tree. The head vouches for itself, the index for the rest, and the
/// audit log has a tree of its own.
pub(super) const PROTECTED: [Space; 7] = [
    Space::Unlocker,
    Space::Key,
    Space::Version,
    Space::Public,
    Space::Secret,
    Space::Seen,
    Space::Checkpoint,
];

/// What authenticates the records of one keyring.
pub(super) struct Protection {
    key: MacKey,
    keyring: Hex<16>,
}

impl Protection {
    pub(super) const fn new(key: MacKey, keyring: Hex<16>) -> Self {
        Self { key, keyring }
    }

    /// The tag of a record.
    fn tag(&self, space: Space, key: &[u8], body: &[u8]) -> Digest {
        let len = u32::try_from(key.len()).unwrap_or(u32::MAX).to_be_bytes();
        self.key
            .tag(&[&self.keyring.0, &[space.number()], &len, key, body])
    }

    /// The body of a stored record whose tag is right.
    fn body(&self, space: Space, key: &[u8], stored: &[u8]) -> Result<Vec<u8>> {
        let (body, tag) = split(stored).ok_or_else(|| altered(space, key, "it is too short"))?;
        match crate::secret::equal(&self.tag(space, key, body), tag) {
            true => Ok(body.to_vec()),
            false => Err(altered(
                space,
                key,
                "it was altered, or belongs elsewhere or to another keyring",
            )),
        }
    }

    /// The body of a stored record, if it is the listed one.
    fn matching(
        &self,
        space: Space,
        key: &[u8],
        stored: Option<&[u8]>,
        listed: Option<Digest>,
    ) -> Result<Option<Vec<u8>>> {
        match (stored, listed) {
            (None, None) => Ok(None),
            (Some(_), None) => Err(altered(space, key, "it was put there by somebody else")),
            (None, Some(_)) => Err(altered(space, key, "it was removed")),
            (Some(stored), Some(listed)) => {
                let body = self.body(space, key, stored)?;
                match split(stored).is_some_and(|(_, tag)| tag == listed) {
                    true => Ok(Some(body)),
                    false => Err(altered(space, key, "an older one was put back")),
                }
            }
        }
    }
}

/// Body and tag of a stored record.
fn split(stored: &[u8]) -> Option<(&[u8], &[u8])> {
    stored.split_at_checked(stored.len().checked_sub(LEN)?)
}

fn altered(space: Space, key: &[u8], got: &str) -> Error {
    Error::new(
        Code::Integrity,
        format!("{} record {}", space.name(), readable(key)),
    )
    .got(got)
}

/// How a record is known in the tree.
fn identifier(space: Space, key: &[u8]) -> Digest {
    let mut identifier = NOTHING;
    identifier[0] = space.number();
    identifier[1..].copy_from_slice(&Hash::Sha256.of(key)[..LEN - 1]);
    identifier
}

/// The place of a bucket in the tree: the child to take at each level.
fn path(identifier: &Digest) -> [u8; LEVELS] {
    [identifier[1] >> 4, identifier[1] & 15, identifier[2] >> 4]
}

/// The key of a node: its depth and its place.
fn node_key(place: &[u8]) -> Vec<u8> {
    let depth = u8::try_from(place.len()).unwrap_or(u8::MAX);
    [&[depth], place].concat()
}

/// The hash of a node, which says its depth, so that a bucket is never taken for a node.
fn digest(depth: usize, bytes: &[u8]) -> Digest {
    let mut hash = NOTHING;
    if !bytes.is_empty() {
        let depth = u8::try_from(depth).unwrap_or(u8::MAX);
        hash.copy_from_slice(&Hash::Sha256.of(&[&[depth], bytes].concat()));
    }
    hash
}

fn damaged(place: &[u8]) -> Error {
    Error::new(
        Code::Integrity,
        format!("index record {}", to_hex(&node_key(place))),
    )
    .got("it was altered, removed or put back")
}

/// The tree of one state of the store.
pub(super) struct Index<'p> {
    protection: &'p Protection,
    root: Digest,
    /// Nodes that have been read and hashed.
    known: RefCell<HashMap<Vec<u8>, Rc<Vec<u8>>>>,
}

impl<'p> Index<'p> {
    pub(super) fn new(protection: &'p Protection, root: Hex<32>) -> Self {
        Self {
            protection,
            root: root.0,
            known: RefCell::default(),
        }
    }

    /// The body of a record.
    ///
    /// # Errors
    /// [`Code::Integrity`], naming the record, if it is not the one that was written last.
    pub(super) fn get(
        &self,
        rows: &dyn Reading,
        space: Space,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>> {
        let stored = rows.get(space, key)?;
        let listed = self.listed(rows, &identifier(space, key))?;
        self.protection
            .matching(space, key, stored.as_deref(), listed)
    }

    /// The tag that the tree has for a record.
    fn listed(&self, rows: &dyn Reading, identifier: &Digest) -> Result<Option<Digest>> {
        let bucket = self.node(rows, &path(identifier))?;
        Ok(bucket
            .chunks_exact(ENTRY)
            .find(|entry| entry[..LEN] == *identifier)
            .map(|entry| {
                let mut tag = NOTHING;
                tag.copy_from_slice(&entry[LEN..]);
                tag
            }))
    }

    /// The bytes of a node or bucket, checked up to the root.
    fn node(&self, rows: &dyn Reading, place: &[u8]) -> Result<Rc<Vec<u8>>> {
        let key = node_key(place);
        if let Some(known) = self.known.borrow().get(&key) {
            return Ok(Rc::clone(known));
        }
        let expected = match place.split_last() {
            None => self.root,
            Some((child, parent)) => child_of(&self.node(rows, parent)?, *child),
        };
        let bytes = rows.get(Space::Index, &key)?.unwrap_or_default();
        if digest(place.len(), &bytes) != expected {
            return Err(damaged(place));
        }
        let bytes = Rc::new(bytes);
        self.known.borrow_mut().insert(key, Rc::clone(&bytes));
        Ok(bytes)
    }

    /// Writes `changes`, a body or `None` for what is to be removed, with the nodes above them, and returns
    /// the new root.
    ///
    /// # Errors
    /// As [`get`](Self::get); [`Code::Storage`].
    pub(super) fn apply(
        self,
        rows: &mut dyn Writing,
        changes: &BTreeMap<(Space, Vec<u8>), Option<Vec<u8>>>,
    ) -> Result<Hex<32>> {
        type Bucket = BTreeMap<Digest, Digest>;
        let mut buckets: BTreeMap<[u8; LEVELS], Bucket> = BTreeMap::new();
        for ((space, key), body) in changes {
            let identifier = identifier(*space, key);
            let place = path(&identifier);
            let bucket = match buckets.entry(place) {
                std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                std::collections::btree_map::Entry::Vacant(entry) => {
                    let bytes = self.node(rows.reading(), &place)?;
                    entry.insert(entries(&bytes).collect())
                }
            };
            match body {
                Some(body) => {
                    let tag = self.protection.tag(*space, key, body);
                    rows.put(*space, key, &[body.as_slice(), &tag].concat())?;
                    bucket.insert(identifier, tag);
                }
                None => {
                    rows.delete(*space, key)?;
                    bucket.remove(&identifier);
                }
            }
        }
        // From the buckets up: what changed at one depth changes the nodes above it.
        let mut changed: BTreeMap<Vec<u8>, Vec<u8>> = buckets
            .into_iter()
            .map(|(place, bucket)| {
                let bytes = bucket
                    .into_iter()
                    .flat_map(|(id, tag)| [id, tag].concat())
                    .collect();
                (place.to_vec(), bytes)
            })
            .collect();
        for depth in (0..=LEVELS).rev() {
            let mut above: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
            for (place, bytes) in &changed {
                let key = node_key(place);
                match bytes.is_empty() {
                    true => rows.delete(Space::Index, &key)?,
                    false => rows.put(Space::Index, &key, bytes)?,
                }
                let hash = digest(depth, bytes);
                let Some((child, parent)) = place.split_last() else {
                    return Ok(Hex(hash));
                };
                let node = match above.entry(parent.to_vec()) {
                    std::collections::btree_map::Entry::Occupied(entry) => entry.into_mut(),
                    std::collections::btree_map::Entry::Vacant(entry) => {
                        let mut node = self.node(rows.reading(), parent)?.to_vec();
                        node.resize(CHILDREN * LEN, 0);
                        entry.insert(node)
                    }
                };
                node[usize::from(*child) * LEN..][..LEN].copy_from_slice(&hash);
            }
            for node in above.values_mut() {
                if node.iter().all(|byte| *byte == 0) {
                    node.clear();
                }
            }
            changed = above;
        }
        Ok(Hex(self.root))
    }

    /// The whole tree, checked, for work on many records.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    pub(super) fn whole(&self, rows: &dyn Reading) -> Result<Whole<'_, 'p>> {
        let mut listed = HashMap::new();
        self.walk(&Nodes::of(rows)?, &mut Vec::new(), &mut listed, &mut Err)?;
        Ok(Whole {
            index: self,
            listed,
        })
    }

    /// Collects what stands below `place`. What is damaged goes to `report`, which may let the walk go on.
    fn walk(
        &self,
        rows: &dyn Reading,
        place: &mut Vec<u8>,
        listed: &mut HashMap<Digest, Digest>,
        report: &mut dyn FnMut(Error) -> Result<()>,
    ) -> Result<()> {
        let node = match self.node(rows, place) {
            Ok(node) => node,
            Err(error) if error.code() == Code::Integrity => return report(error),
            Err(error) => return Err(error),
        };
        if place.len() == LEVELS {
            listed.extend(entries(&node));
            return Ok(());
        }
        for child in 0..CHILDREN {
            let child = u8::try_from(child).unwrap_or_default();
            if child_of(&node, child) != NOTHING {
                place.push(child);
                self.walk(rows, place, listed, report)?;
                place.pop();
            }
        }
        Ok(())
    }

    /// Everything that is wrong with the records of the protected spaces and with the tree.
    ///
    /// # Errors
    /// [`Code::Storage`]; findings are no errors.
    pub(super) fn check(&self, rows: &dyn Reading) -> Result<Vec<Error>> {
        let mut findings = Vec::new();
        let mut listed = HashMap::new();
        self.walk(rows, &mut Vec::new(), &mut listed, &mut |error| {
            findings.push(error);
            Ok(())
        })?;
        let whole_tree = findings.is_empty();
        for space in PROTECTED {
            rows.scan(space, b"", &mut |key, stored| {
                let found = match listed.remove(&identifier(space, key)) {
                    // Below a damaged node nobody knows what was listed.
                    None if !whole_tree => self.protection.body(space, key, stored).map(Some),
                    tag => self.protection.matching(space, key, Some(stored), tag),
                };
                findings.extend(found.err());
                Ok(true)
            })?;
        }
        for identifier in listed.keys() {
            let space = Space::of_number(identifier[0]).map_or("unknown", Space::name);
            findings.push(
                Error::new(
                    Code::Integrity,
                    format!("{space} record known as {}", to_hex(&identifier[1..9])),
                )
                .got("it was removed"),
            );
        }
        // Nodes that nothing points to do no harm, and have not come from us.
        rows.scan(Space::Index, b"", &mut |key, _| {
            let ours = key.split_first().is_some_and(|(depth, place)| {
                usize::from(*depth) == place.len()
                    && place.len() <= LEVELS
                    && place.iter().all(|child| usize::from(*child) < CHILDREN)
                    && self.node(rows, place).is_ok_and(|node| !node.is_empty())
            });
            if !ours && whole_tree {
                findings.push(altered(Space::Index, key, "nothing points to it"));
            }
            Ok(true)
        })?;
        Ok(findings)
    }
}

/// Every node, read in one go; none of them is checked.
struct Nodes(HashMap<Vec<u8>, Vec<u8>>);

impl Nodes {
    fn of(rows: &dyn Reading) -> Result<Self> {
        let mut nodes = HashMap::new();
        rows.scan(Space::Index, b"", &mut |key, node| {
            nodes.insert(key.to_vec(), node.to_vec());
            Ok(true)
        })?;
        Ok(Self(nodes))
    }
}

impl Reading for Nodes {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
        match space {
            Space::Index => Ok(self.0.get(key).cloned()),
            _ => Err(Error::internal("nodes are all that was read")),
        }
    }

    fn scan(&self, _: Space, _: &[u8], _: &mut Visit<'_>) -> Result<()> {
        Err(Error::internal("nodes were read for the walk alone"))
    }
}

/// The hash of a child in the bytes of its parent.
fn child_of(node: &[u8], child: u8) -> Digest {
    let mut hash = NOTHING;
    if let Some(bytes) = node.get(usize::from(child) * LEN..(usize::from(child) + 1) * LEN) {
        hash.copy_from_slice(bytes);
    }
    hash
}

/// The entries of a bucket.
fn entries(bucket: &[u8]) -> impl Iterator<Item = (Digest, Digest)> {
    bucket.chunks_exact(ENTRY).map(|entry| {
        let (mut id, mut tag) = (NOTHING, NOTHING);
        id.copy_from_slice(&entry[..LEN]);
        tag.copy_from_slice(&entry[LEN..]);
        (id, tag)
    })
}

/// Receives the key and the body of a record.
pub(super) type VisitBody<'a> = dyn FnMut(&[u8], Vec<u8>) -> Result<()> + 'a;

/// A tree that has been read as a whole.
pub(super) struct Whole<'i, 'p> {
    index: &'i Index<'p>,
    listed: HashMap<Digest, Digest>,
}

impl Whole<'_, '_> {
    /// Visits the bodies of all records of `space`, in the order of their keys.
    ///
    /// # Errors
    /// [`Code::Integrity`] for a record that is not the one that was written last, and if one is missing.
    pub(super) fn visit(
        &self,
        rows: &dyn Reading,
        space: Space,
        visit: &mut VisitBody<'_>,
    ) -> Result<()> {
        self.visit_as(rows, space, Ok, visit)
    }

    /// Visits what `decode` makes of them, which it does on all processors.
    ///
    /// # Errors
    /// As [`visit`](Self::visit), and those of `decode`.
    pub(super) fn visit_as<T: Send>(
        &self,
        rows: &dyn Reading,
        space: Space,
        decode: impl Fn(Vec<u8>) -> Result<T> + Sync,
        visit: &mut dyn FnMut(&[u8], T) -> Result<()>,
    ) -> Result<()> {
        let protection = self.index.protection;
        let mut stretch: Vec<(Vec<u8>, Vec<u8>, Option<Digest>)> = Vec::new();
        let mut pass = |stretch: &mut Vec<(Vec<u8>, Vec<u8>, Option<Digest>)>| {
            let checked = parallel::map(stretch, |(key, stored, listed)| {
                let body = protection.matching(space, key, Some(stored), *listed)?;
                body.map(&decode).transpose()
            });
            for ((key, ..), decoded) in stretch.drain(..).zip(checked) {
                if let Some(decoded) = decoded? {
                    visit(&key, decoded)?;
                }
            }
            Ok(())
        };
        let mut found = 0;
        rows.scan(space, b"", &mut |key, stored| {
            let listed = self.listed.get(&identifier(space, key)).copied();
            stretch.push((key.to_vec(), stored.to_vec(), listed));
            found += 1;
            if stretch.len() == STRETCH {
                pass(&mut stretch)?;
            }
            Ok(true)
        })?;
        pass(&mut stretch)?;
        let expected = self
            .listed
            .keys()
            .filter(|identifier| identifier[0] == space.number())
            .count();
        match found == expected {
            true => Ok(()),
            false => Err(
                Error::new(Code::Integrity, format!("{} records", space.name()))
                    .expected(format!("{expected} of them"))
                    .got(format!("{found}; `chop check` says more")),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keyring::store::{MemoryStore, Store};

    type Changes = BTreeMap<(Space, Vec<u8>), Option<Vec<u8>>>;

    fn protection(keyring: u8) -> Protection {
        Protection::new(
            MacKey::derive(&[1; 32], &[keyring; 16], "test").unwrap(),
            Hex([keyring; 16]),
        )
    }

    fn apply(
        store: &dyn Store,
        protection: &Protection,
        root: Hex<32>,
        changes: &Changes,
    ) -> Hex<32> {
        let mut after = root;
        store
            .write(&mut |rows| {
                after = Index::new(protection, root).apply(rows, changes)?;
                Ok(())
            })
            .unwrap();
        after
    }

    fn get(
        store: &dyn Store,
        protection: &Protection,
        root: Hex<32>,
        space: Space,
        key: &[u8],
    ) -> Result<Option<Vec<u8>>> {
        let mut found = None;
        store.read(&mut |rows| {
            found = Index::new(protection, root).get(rows, space, key)?;
            Ok(())
        })?;
        Ok(found)
    }

    fn check(store: &dyn Store, protection: &Protection, root: Hex<32>) -> Vec<Error> {
        let mut findings = Vec::new();
        store
            .read(&mut |rows| {
                findings = Index::new(protection, root).check(rows)?;
                Ok(())
            })
            .unwrap();
        findings
    }

    fn change(space: Space, key: &[u8], body: Option<&[u8]>) -> Changes {
        [((space, key.to_vec()), body.map(<[u8]>::to_vec))].into()
    }

    /// Three keys with a version each, and the state before the last change of each.
    fn ring() -> (MemoryStore, MemoryStore, Protection, Hex<32>) {
        let (store, protection) = (MemoryStore::new(), protection(1));
        let mut root = Hex(NOTHING);
        for number in 0..3u8 {
            for space in [Space::Key, Space::Version, Space::Secret] {
                root = apply(
                    &store,
                    &protection,
                    root,
                    &change(space, &[b'k', number], Some(b"old")),
                );
            }
        }
        let before = store.duplicate();
        for number in 0..3u8 {
            for space in [Space::Key, Space::Version, Space::Secret] {
                root = apply(
                    &store,
                    &protection,
                    root,
                    &change(space, &[b'k', number], Some(b"new")),
                );
            }
        }
        (store, before, protection, root)
    }

    fn rows(store: &dyn Store, space: Space) -> Vec<(Vec<u8>, Vec<u8>)> {
        let mut all = Vec::new();
        store
            .read(&mut |rows| {
                rows.scan(space, b"", &mut |key, value| {
                    all.push((key.to_vec(), value.to_vec()));
                    Ok(true)
                })
            })
            .unwrap();
        all
    }

    fn put(store: &dyn Store, space: Space, key: &[u8], value: &[u8]) {
        store
            .write(&mut |rows| rows.put(space, key, value))
            .unwrap();
    }

    const SPACES: [Space; 3] = [Space::Key, Space::Version, Space::Secret];

    #[test]
    fn every_flipped_bit_is_found_and_named() {
        let (store, _, protection, root) = ring();
        assert!(check(&store, &protection, root).is_empty());
        for space in SPACES {
            for (key, value) in rows(&store, space) {
                for bit in 0..value.len() * 8 {
                    let mut altered = value.clone();
                    altered[bit / 8] ^= 1 << (bit % 8);
                    put(&store, space, &key, &altered);
                    let error = get(&store, &protection, root, space, &key).unwrap_err();
                    assert_eq!(error.code(), Code::Integrity);
                    let findings = check(&store, &protection, root);
                    assert_eq!(findings.len(), 1);
                    assert!(findings[0].what().starts_with(space.name()));
                }
                put(&store, space, &key, &value);
            }
        }
        for (key, value) in rows(&store, Space::Index) {
            for bit in (0..value.len() * 8).step_by(7) {
                let mut altered = value.clone();
                altered[bit / 8] ^= 1 << (bit % 8);
                put(&store, Space::Index, &key, &altered);
                assert!(!check(&store, &protection, root).is_empty());
                put(&store, Space::Index, &key, &value);
            }
        }
        assert!(check(&store, &protection, root).is_empty());
    }

    #[test]
    fn every_swap_every_old_row_and_every_missing_row_is_found() {
        let (store, before, protection, root) = ring();
        let all: Vec<(Space, Vec<u8>, Vec<u8>)> = SPACES
            .iter()
            .flat_map(|space| {
                rows(&store, *space)
                    .into_iter()
                    .map(|(key, value)| (*space, key, value))
            })
            .collect();
        let refused = |space, key: &[u8]| {
            let error = get(&store, &protection, root, space, key).unwrap_err();
            assert_eq!(error.code(), Code::Integrity);
            assert!(!check(&store, &protection, root).is_empty());
            error.to_string()
        };
        for (space, key, value) in &all {
            for (other_space, other_key, other) in &all {
                if (space, key) != (other_space, other_key) {
                    put(&store, *space, key, other);
                    refused(*space, key);
                    put(&store, *space, key, value);
                }
            }
            let (_, old) = rows(&before, *space)
                .into_iter()
                .find(|(found, _)| found == key)
                .unwrap();
            put(&store, *space, key, &old);
            assert!(refused(*space, key).contains("older"));
            store.write(&mut |rows| rows.delete(*space, key)).unwrap();
            assert!(refused(*space, key).contains("removed"));
            put(&store, *space, key, value);
            put(&store, *space, b"more", value);
            refused(*space, b"more");
            store
                .write(&mut |rows| rows.delete(*space, b"more"))
                .unwrap();
        }
        // The old row together with every old node of the tree: the root is not theirs.
        let (space, key, value) = &all[0];
        let nodes = rows(&store, Space::Index);
        let (_, old) = rows(&before, *space)
            .into_iter()
            .find(|(found, _)| found == key)
            .unwrap();
        put(&store, *space, key, &old);
        for (node, bytes) in rows(&before, Space::Index) {
            put(&store, Space::Index, &node, &bytes);
        }
        refused(*space, key);
        put(&store, *space, key, value);
        for (node, bytes) in &nodes {
            put(&store, Space::Index, node, bytes);
        }
        assert!(check(&store, &protection, root).is_empty());
    }

    #[test]
    fn records_of_another_keyring_are_refused() {
        let (store, _, own, root) = ring();
        let foreign = protection(2);
        let key = b"k\0";
        apply(
            &MemoryStore::new(),
            &foreign,
            Hex(NOTHING),
            &change(Space::Key, key, Some(b"new")),
        );
        let tag = foreign.tag(Space::Key, key, b"new");
        put(&store, Space::Key, key, &[b"new".as_slice(), &tag].concat());
        assert!(get(&store, &own, root, Space::Key, key).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        /// Whatever is written in whatever order: the tree holds what a map holds, and its root depends on
        /// that alone.
        #[test]
        fn the_tree_is_a_map(steps in proptest::collection::vec(
            proptest::collection::vec((0..3usize, 0..40u8, proptest::option::of(0..4u8)), 1..6), 1..25)
        ) {
            let (store, protection) = (MemoryStore::new(), protection(1));
            let (mut root, mut map) = (Hex(NOTHING), BTreeMap::new());
            for step in steps {
                let mut changes = Changes::new();
                for (space, key, body) in step {
                    let body = body.map(|byte| vec![byte; usize::from(byte)]);
                    changes.insert((SPACES[space], vec![key]), body);
                }
                root = apply(&store, &protection, root, &changes);
                for (place, body) in changes {
                    match body {
                        Some(body) => map.insert(place, body),
                        None => map.remove(&place),
                    };
                }
            }
            for space in SPACES {
                for key in 0..40u8 {
                    let expected = map.get(&(space, vec![key])).cloned();
                    prop_assert_eq!(get(&store, &protection, root, space, &[key]).unwrap(), expected);
                }
            }
            prop_assert!(check(&store, &protection, root).is_empty());
            let mut seen = BTreeMap::new();
            store.read(&mut |rows| {
                let index = Index::new(&protection, root);
                let whole = index.whole(rows)?;
                for space in SPACES {
                    whole.visit(rows, space, &mut |key, body| {
                        seen.insert((space, key.to_vec()), body);
                        Ok(())
                    })?;
                }
                Ok(())
            }).unwrap();
            prop_assert_eq!(&seen, &map);
            let all: Changes = map.into_iter().map(|(place, body)| (place, Some(body))).collect();
            prop_assert_eq!(apply(&MemoryStore::new(), &protection, Hex(NOTHING), &all), root);
        }
    }
}
