//! The tree of RFC 9162 section 2.1 over the entries of the log, with SHA-256.

use crate::error::{Code, Error, Result};
use crate::hash::Hash;

/// A hash value.
pub(crate) type Digest = [u8; 32];

fn sha256(parts: &[&[u8]]) -> Digest {
    let mut digest = [0; 32];
    digest.copy_from_slice(&Hash::Sha256.of(&parts.concat()));
    digest
}

/// The hash of an entry: SHA-256 of a zero byte and its line.
pub fn leaf_hash(line: &[u8]) -> [u8; 32] {
    sha256(&[&[0], line])
}

fn node(left: &Digest, right: &Digest) -> Digest {
    sha256(&[&[1], left, right])
}

/// A tree that grows, as far as it is needed for growing: the hashes of its complete subtrees, the largest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Frontier {
    size: u64,
    hashes: Vec<Digest>,
}

impl Frontier {
    /// The frontier of a tree of `size` leaves.
    ///
    /// # Errors
    /// [`Code::Integrity`] for another number of hashes than such a tree has.
    pub(crate) fn new(size: u64, hashes: Vec<Digest>) -> Result<Self> {
        match hashes.len() == size.count_ones() as usize {
            true => Ok(Self { size, hashes }),
            false => Err(Error::new(Code::Integrity, "frontier of the audit log")
                .expected(format!("{} hashes", size.count_ones()))
                .got(hashes.len().to_string())),
        }
    }

    /// Adds a leaf.
    pub(crate) fn push(&mut self, leaf: Digest) {
        let mut hash = leaf;
        let mut complete = self.size;
        while complete & 1 == 1
            && let Some(left) = self.hashes.pop()
        {
            hash = node(&left, &hash);
            complete >>= 1;
        }
        self.hashes.push(hash);
        self.size += 1;
    }

    /// How many leaves there are.
    pub(crate) const fn size(&self) -> u64 {
        self.size
    }

    /// The hashes.
    pub(crate) fn hashes(&self) -> &[Digest] {
        &self.hashes
    }

    /// The root: MTH of section 2.1.1.
    pub(crate) fn root(&self) -> Digest {
        let mut smallest_first = self.hashes.iter().rev();
        match smallest_first.next() {
            None => sha256(&[]),
            Some(last) => smallest_first.fold(*last, |right, left| node(left, &right)),
        }
    }
}

/// The largest power of two below `size`, which is at least 2.
const fn split(size: u64) -> u64 {
    1 << (u64::BITS - 1 - (size - 1).leading_zeros())
}

/// A whole tree, for proofs.
pub(crate) struct Tree(Vec<Digest>);

impl Tree {
    /// The tree over these leaves.
    pub(crate) const fn new(leaves: Vec<Digest>) -> Self {
        Self(leaves)
    }

    /// How many leaves there are.
    pub(crate) fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn subtree(&self, from: u64, to: u64) -> Digest {
        let mut frontier = Frontier::default();
        for leaf in self.0.iter().take(index(to)).skip(index(from)) {
            frontier.push(*leaf);
        }
        frontier.root()
    }

    /// PATH(m, D\[0:n\]) of section 2.1.3.1.
    pub(crate) fn inclusion(&self, leaf: u64) -> Vec<Digest> {
        let (mut from, mut to) = (0, self.size());
        let mut path = Vec::new();
        while to - from > 1 {
            let middle = from + split(to - from);
            match leaf < middle {
                true => {
                    path.push(self.subtree(middle, to));
                    to = middle;
                }
                false => {
                    path.push(self.subtree(from, middle));
                    from = middle;
                }
            }
        }
        path.reverse();
        path
    }

    /// PROOF(m, D\[0:n\]) of section 2.1.4.1, for 0 < `earlier` < size; empty at the ends.
    pub(crate) fn consistency(&self, earlier: u64) -> Vec<Digest> {
        let mut path = Vec::new();
        if earlier == 0 || earlier >= self.size() {
            return path;
        }
        let (mut from, mut to) = (0, self.size());
        // Whether the subtree in hand is one that the earlier root already says.
        let mut known = true;
        let mut below = earlier;
        while below != to - from {
            let middle = from + split(to - from);
            match below <= middle - from {
                true => {
                    path.push(self.subtree(middle, to));
                    to = middle;
                }
                false => {
                    path.push(self.subtree(from, middle));
                    below -= middle - from;
                    from = middle;
                    known = false;
                }
            }
        }
        if !known {
            path.push(self.subtree(from, to));
        }
        path.reverse();
        path
    }
}

fn index(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

/// Whether `path` proves that `leaf` is the leaf of that number in a tree with this root: section 2.1.3.2.
pub(crate) fn verify_inclusion(
    leaf: &Digest,
    number: u64,
    size: u64,
    path: &[Digest],
    root: &Digest,
) -> bool {
    // 1. If leaf_index is greater than or equal to tree_size, then fail.
    if number >= size {
        return false;
    }
    // 2. and 3.
    let (mut fn_, mut sn) = (number, size - 1);
    let mut r = *leaf;
    // 4.
    for p in path {
        // a.
        if sn == 0 {
            return false;
        }
        // b.
        if fn_ & 1 == 1 || fn_ == sn {
            r = node(p, &r);
            if fn_ & 1 == 0 {
                while fn_ & 1 == 0 && fn_ != 0 {
                    fn_ >>= 1;
                    sn >>= 1;
                }
            }
        } else {
            r = node(&r, p);
        }
        // c.
        fn_ >>= 1;
        sn >>= 1;
    }
    // 5.
    sn == 0 && r == *root
}

/// Whether `path` proves that the tree with the later root continues the one with the earlier root: section
/// 2.1.4.2. Equal trees need no proof, and nothing continues the empty one but its size.
pub(crate) fn verify_consistency(
    (first, first_root): (u64, &Digest),
    (second, second_root): (u64, &Digest),
    path: &[Digest],
) -> bool {
    if first == 0 || first >= second {
        return path.is_empty()
            && match first {
                0 => *first_root == Frontier::default().root(),
                _ => first == second && first_root == second_root,
            };
    }
    // 1. If consistency_path is an empty array, stop and fail. 2. A power of two is its own subtree.
    let mut path: Vec<Digest> = path.to_vec();
    if path.is_empty() {
        return false;
    }
    if first.is_power_of_two() {
        path.insert(0, *first_root);
    }
    // 3. and 4.
    let (mut fn_, mut sn) = (first - 1, second - 1);
    while fn_ & 1 == 1 {
        fn_ >>= 1;
        sn >>= 1;
    }
    // 5.
    let (mut fr, mut sr) = (path[0], path[0]);
    // 6.
    for c in &path[1..] {
        // a.
        if sn == 0 {
            return false;
        }
        // b.
        if fn_ & 1 == 1 || fn_ == sn {
            fr = node(c, &fr);
            sr = node(c, &sr);
            while fn_ & 1 == 0 && fn_ != 0 {
                fn_ >>= 1;
                sn >>= 1;
            }
        } else {
            sr = node(&sr, c);
        }
        // c.
        fn_ >>= 1;
        sn >>= 1;
    }
    // 7.
    fr == *first_root && sr == *second_root && sn == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaves(count: u8) -> Vec<Digest> {
        (0..count).map(|number| leaf_hash(&[number])).collect()
    }

    fn root(leaves: &[Digest]) -> Digest {
        let mut frontier = Frontier::default();
        leaves.iter().for_each(|leaf| frontier.push(*leaf));
        assert_eq!(frontier.size(), leaves.len() as u64);
        let again = Frontier::new(frontier.size(), frontier.hashes().to_vec()).unwrap();
        assert_eq!(again, frontier);
        frontier.root()
    }

    /// MTH of section 2.1.1 as it is written there.
    fn mth(leaves: &[Digest]) -> Digest {
        match leaves {
            [] => sha256(&[]),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(index(split(leaves.len() as u64)));
                node(&mth(left), &mth(right))
            }
        }
    }

    /// The inputs and roots with which implementations of Certificate Transparency test themselves.
    #[test]
    fn roots_are_those_of_certificate_transparency() {
        let inputs = [
            "",
            "00",
            "10",
            "2021",
            "3031",
            "40414243",
            "5051525354555657",
            "606162636465666768696a6b6c6d6e6f",
        ];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let leaves: Vec<Digest> = inputs
            .iter()
            .map(|input| leaf_hash(&hex::decode(input).unwrap()))
            .collect();
        for (count, expected) in roots.iter().enumerate() {
            assert_eq!(hex::encode(root(&leaves[..count])), *expected, "{count}");
        }
    }

    #[test]
    fn every_leaf_of_every_tree_is_proven_and_nothing_else() {
        let mut refused = 0;
        for size in 1..=40u8 {
            let leaves = leaves(size);
            let (tree, root) = (Tree::new(leaves.clone()), root(&leaves));
            assert_eq!(root, mth(&leaves));
            for number in 0..size {
                let path = tree.inclusion(number.into());
                let leaf = &leaves[usize::from(number)];
                let holds = |leaf, number: u8, size: u8, path: &[Digest]| {
                    verify_inclusion(leaf, number.into(), size.into(), path, &root)
                };
                assert!(holds(leaf, number, size, &path));
                for other in 0..size {
                    if other != number {
                        assert!(!holds(leaf, other, size, &path), "{number} {other} {size}");
                        assert!(!holds(&leaves[usize::from(other)], number, size, &path));
                        refused += 2;
                    }
                }
                for at in 0..path.len() {
                    let mut altered = path.clone();
                    altered[at][at] ^= 1;
                    assert!(!holds(leaf, number, size, &altered));
                    altered.remove(at);
                    assert!(!holds(leaf, number, size, &altered));
                    let longer = [path.as_slice(), &[path[at]]].concat();
                    assert!(!holds(leaf, number, size, &longer));
                    refused += 3;
                }
            }
        }
        assert!(refused > 40_000, "{refused}");
    }

    #[test]
    fn every_tree_continues_every_earlier_one_and_no_other() {
        let all = leaves(40);
        let mut refused = 0;
        for second in 1..=40usize {
            let (tree, later) = (Tree::new(all[..second].to_vec()), root(&all[..second]));
            for first in 0..=second {
                let earlier = root(&all[..first]);
                let path = tree.consistency(first as u64);
                let holds = |first: usize, earlier: &Digest, path: &[Digest]| {
                    verify_consistency((first as u64, earlier), (second as u64, &later), path)
                };
                assert!(holds(first, &earlier, &path), "{first} {second}");
                if first == 0 {
                    continue;
                }
                let mut other = earlier;
                other[0] ^= 1;
                assert!(!holds(first, &other, &path));
                assert!(first == 1 || !holds(first - 1, &earlier, &path));
                for at in 0..path.len() {
                    let mut altered = path.clone();
                    altered[at][at] ^= 1;
                    assert!(!holds(first, &earlier, &altered));
                    altered.remove(at);
                    assert!(!holds(first, &earlier, &altered));
                    refused += 2;
                }
            }
        }
        assert!(refused > 5_000, "{refused}");
    }

    #[test]
    fn a_frontier_has_as_many_hashes_as_its_size_has_ones() {
        assert!(Frontier::new(3, vec![[0; 32]]).is_err());
        assert!(Frontier::new(0, vec![[0; 32]]).is_err());
        assert!(Frontier::new(u64::MAX, Vec::new()).is_err());
    }
}
