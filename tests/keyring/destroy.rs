//! The files of a keyring: what is destroyed leaves no bytes in them, and another file under the name is noticed.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use chop::Code;
use chop::keyring::store::{Space, SqliteStore, Store};

/// Bytes that look random and are the same each time.
struct Bytes(u64);

impl Bytes {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.next() % bound as u64).unwrap()
    }

    fn take(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.next().to_be_bytes()[0]).collect()
    }
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("chop-{name}-{}", std::process::id());
        let folder = Self(std::env::temp_dir().join(name));
        fs::create_dir_all(&folder.0).unwrap();
        folder
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn everything(folder: &Path) -> Vec<u8> {
    let files = fs::read_dir(folder).unwrap();
    files
        .flat_map(|file| fs::read(file.unwrap().path()).unwrap())
        .collect()
}

#[test]
fn pages_that_were_split_and_merged_keep_nothing_of_what_was_removed() {
    let folder = Folder::new("destroy");
    let store = SqliteStore::create(&folder.0.join("store.db"), &mut |_| Ok(())).unwrap();
    let mut bytes = Bytes(7);
    for space in [Space::Secret, Space::Unlocker] {
        let (mut live, mut removed) = (Vec::new(), Vec::new());
        for _ in 0..120 {
            // Short and long keys at any place, so that pages split; values from a part of a page to several.
            let len = 4 + bytes.below(60);
            let key = bytes.take(len);
            let len = [166, 250, 1300, 2600][bytes.below(4)];
            let value = bytes.take(len);
            store
                .write(&mut |rows| rows.put(space, &key, &value))
                .unwrap();
            live.push((key, value));
            if live.len() > 5 && bytes.below(2) == 0 {
                let (key, value) = live.swap_remove(bytes.below(live.len()));
                store.write(&mut |rows| rows.delete(space, &key)).unwrap();
                removed.push(value);
            }
        }
        store.erase().unwrap();
        let found = everything(&folder.0);
        let found: HashSet<&[u8]> = found.windows(8).collect();
        let (_, kept) = &live[0];
        assert!(
            found.contains(&kept[..8]),
            "the search finds nothing at all"
        );
        for value in &removed {
            // Any sixteen bytes of it would contain one of these.
            let left = value
                .windows(8)
                .step_by(8)
                .filter(|piece| found.contains(piece))
                .count();
            assert_eq!(left, 0, "{} pieces of a removed value", space.name());
        }
        store
            .read(&mut |rows| {
                for (key, value) in &live {
                    assert_eq!(rows.get(space, key)?.as_ref(), Some(value));
                }
                Ok(())
            })
            .unwrap();
    }
}

#[test]
fn a_handle_notices_that_another_file_has_got_the_name() {
    let folder = Folder::new("replaced");
    let (path, copy) = (folder.0.join("store.db"), folder.0.join("copy.db"));
    drop(SqliteStore::create(&path, &mut |_| Ok(())).unwrap());
    fs::copy(&path, &copy).unwrap();
    let store = SqliteStore::open(&path).unwrap();
    let put = |store: &SqliteStore| store.write(&mut |rows| rows.put(Space::Key, b"k", b"v"));
    put(&store).unwrap();
    fs::rename(&copy, &path).unwrap();
    for _ in 0..2 {
        assert_eq!(put(&store).unwrap_err().code(), Code::Storage);
        let read = store.read(&mut |rows| rows.get(Space::Key, b"k").map(drop));
        assert_eq!(read.unwrap_err().code(), Code::Storage);
    }
    // The name alone does not bring the handle back: what was between is not known.
    fs::remove_file(&path).unwrap();
    assert_eq!(put(&store).unwrap_err().code(), Code::Storage);
}
