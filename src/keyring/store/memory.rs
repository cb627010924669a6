//! A store in memory, for tests: it keeps what a store has to keep, and nothing for longer.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::{self, ThreadId};

use super::{Owner, Read, Reading, Space, Store, Visit, Write, Writing, check_lengths, lock};
use crate::error::{Error, Result};

type Map = BTreeMap<(Space, Vec<u8>), Vec<u8>>;

/// A store in memory. Clones share their records, as handles on one file do.
#[derive(Clone, Default)]
pub struct MemoryStore {
    map: Arc<RwLock<Arc<Map>>>,
    writer: Arc<Mutex<()>>,
    writing: Arc<Mutex<Option<ThreadId>>>,
}

impl MemoryStore {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A store of its own with the same records.
    #[must_use]
    pub fn duplicate(&self) -> Self {
        Self {
            map: Arc::new(RwLock::new(self.snapshot())),
            ..Self::default()
        }
    }

    fn snapshot(&self) -> Arc<Map> {
        Arc::clone(&self.map.read().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store for MemoryStore {
    fn read(&self, work: &mut Read<'_>) -> Result<()> {
        work(&*self.snapshot())
    }

    fn write(&self, work: &mut Write<'_>) -> Result<()> {
        if *lock(&self.writing) == Some(thread::current().id()) {
            return Err(Error::internal("a write inside a write"));
        }
        let _alone = lock(&self.writer);
        let _owner = Owner::new(&self.writing);
        let mut map = Map::clone(&self.snapshot());
        work(&mut map)?;
        *self.map.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(map);
        Ok(())
    }

    fn erase(&self) -> Result<()> {
        Ok(())
    }

    fn check(&self) -> Result<()> {
        Ok(())
    }

    fn place(&self) -> &str {
        "memory"
    }
}

impl Reading for Map {
    fn get(&self, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
        Ok(BTreeMap::get(self, &(space, key.to_vec())).cloned())
    }

    fn scan(&self, space: Space, from: &[u8], visit: &mut Visit<'_>) -> Result<()> {
        let from = Bound::Included((space, from.to_vec()));
        for ((found, key), value) in self.range((from, Bound::Unbounded)) {
            if *found != space || !visit(key, value)? {
                break;
            }
        }
        Ok(())
    }
}

impl Writing for Map {
    fn put(&mut self, space: Space, key: &[u8], value: &[u8]) -> Result<()> {
        check_lengths(space, key, value)?;
        self.insert((space, key.to_vec()), value.to_vec());
        Ok(())
    }

    fn delete(&mut self, space: Space, key: &[u8]) -> Result<()> {
        self.remove(&(space, key.to_vec()));
        Ok(())
    }

    fn reading(&self) -> &dyn Reading {
        self
    }
}
