//! What every store has to do. Each check gets a way to make an empty store and to open it again.

use std::sync::Barrier;
use std::thread;

use super::{MAX_KEY, MAX_VALUE, Reading, Space, Store};
use crate::error::{Code, Error, Result};

/// A place for one store.
pub trait Place: Sync {
    /// Another handle on the store of this place; the first call makes it.
    ///
    /// # Errors
    /// Whatever stops it.
    fn open(&self) -> Result<Box<dyn Store>>;
}

/// A check: its name, and what it does with a fresh place.
pub type Check = (&'static str, fn(&dyn Place) -> Result<()>);

/// Every check. A store conforms if all of them return `Ok` without a panic.
pub const CHECKS: &[Check] = &[
    ("what is written is read", written_is_read),
    ("a scan follows the bytes", scan_follows_bytes),
    ("spaces do not mix", spaces_do_not_mix),
    ("what fails leaves no trace", failure_leaves_no_trace),
    ("lengths are limited", lengths_are_limited),
    ("handles see each other", handles_see_each_other),
    ("a reader sees one state", reader_sees_one_state),
    ("no update is lost", no_update_is_lost),
    ("a commit outlives its handle", commit_outlives_handle),
    ("a write inside a write is refused", write_in_write),
    ("a panic leaves no trace", panic_leaves_no_trace),
];

fn put(store: &dyn Store, space: Space, key: &[u8], value: &[u8]) -> Result<()> {
    store.write(&mut |rows| rows.put(space, key, value))
}

fn get(store: &dyn Store, space: Space, key: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut found = None;
    store.read(&mut |rows| {
        found = rows.get(space, key)?;
        Ok(())
    })?;
    Ok(found)
}

fn keys(rows: &dyn Reading, space: Space, from: &[u8], most: usize) -> Result<Vec<Vec<u8>>> {
    let mut keys = Vec::new();
    rows.scan(space, from, &mut |key, value| {
        assert_eq!(value, key, "the value of another record");
        keys.push(key.to_vec());
        Ok(keys.len() < most)
    })?;
    Ok(keys)
}

fn written_is_read(place: &dyn Place) -> Result<()> {
    let store = place.open()?;
    let odd: [&[u8]; 6] = [b"", b"\0", b"\0\0", b"a", b"a\0b", b"\xff\xff"];
    store.write(&mut |rows| {
        for key in odd {
            assert_eq!(rows.get(Space::Key, key)?, None);
            rows.put(Space::Key, key, key)?;
            assert_eq!(rows.get(Space::Key, key)?.as_deref(), Some(key));
            assert_eq!(rows.reading().get(Space::Key, key)?.as_deref(), Some(key));
        }
        Ok(())
    })?;
    for key in odd {
        assert_eq!(get(&*store, Space::Key, key)?.as_deref(), Some(key));
    }
    put(&*store, Space::Key, b"a", b"another")?;
    assert_eq!(
        get(&*store, Space::Key, b"a")?.as_deref(),
        Some(&b"another"[..])
    );
    store.write(&mut |rows| {
        rows.delete(Space::Key, b"a")?;
        rows.delete(Space::Key, b"never there")?;
        assert_eq!(rows.get(Space::Key, b"a")?, None);
        Ok(())
    })?;
    assert_eq!(get(&*store, Space::Key, b"a")?, None);
    Ok(())
}

fn scan_follows_bytes(place: &dyn Place) -> Result<()> {
    let store = place.open()?;
    let ordered: [&[u8]; 7] = [b"", b"\0", b"\0\x01", b"A", b"a", b"a\0", b"\xff"];
    store.write(&mut |rows| {
        for key in ordered.iter().rev() {
            rows.put(Space::Audit, key, key)?;
        }
        Ok(())
    })?;
    store.read(&mut |rows| {
        let all = |from: &[u8], most| keys(rows, Space::Audit, from, most);
        assert_eq!(all(b"", 100)?, ordered);
        assert_eq!(all(b"a", 100)?, ordered[4..]);
        assert_eq!(all(b"B", 100)?, ordered[4..]);
        assert_eq!(all(b"\0", 2)?, ordered[1..3]);
        assert!(all(b"\xff\0", 100)?.is_empty());
        Ok(())
    })
}

fn spaces_do_not_mix(place: &dyn Place) -> Result<()> {
    let store = place.open()?;
    store.write(&mut |rows| {
        for space in Space::ALL {
            rows.put(*space, b"same", space.name().as_bytes())?;
        }
        rows.delete(Space::Seen, b"same")
    })?;
    for space in Space::ALL {
        let expected = (*space != Space::Seen).then(|| space.name().as_bytes().to_vec());
        assert_eq!(get(&*store, *space, b"same")?, expected);
        store.read(&mut |rows| {
            let mut count = 0;
            rows.scan(*space, b"", &mut |_, _| {
                count += 1;
                Ok(true)
            })?;
            assert_eq!(count, usize::from(*space != Space::Seen));
            Ok(())
        })?;
    }
    Ok(())
}

fn failure_leaves_no_trace(place: &dyn Place) -> Result<()> {
    let store = place.open()?;
    put(&*store, Space::Key, b"kept", b"1")?;
    let failed = store.write(&mut |rows| {
        rows.put(Space::Key, b"kept", b"2")?;
        rows.put(Space::Key, b"new", b"2")?;
        Err(Error::usage("on purpose"))
    });
    assert_eq!(failed.map_err(|error| error.code()), Err(Code::Usage));
    assert_eq!(
        get(&*store, Space::Key, b"kept")?.as_deref(),
        Some(&b"1"[..])
    );
    assert_eq!(get(&*store, Space::Key, b"new")?, None);
    // An error of the work is not one of the store.
    put(&*store, Space::Key, b"new", b"3")?;
    let stopped = store
        .read(&mut |rows| rows.scan(Space::Key, b"", &mut |_, _| Err(Error::usage("on purpose"))));
    assert_eq!(stopped.map_err(|error| error.code()), Err(Code::Usage));
    assert_eq!(
        get(&*store, Space::Key, b"new")?.as_deref(),
        Some(&b"3"[..])
    );
    Ok(())
}

fn lengths_are_limited(place: &dyn Place) -> Result<()> {
    let store = place.open()?;
    let longest = (vec![1; MAX_KEY], vec![2; MAX_VALUE]);
    put(&*store, Space::Secret, &longest.0, &longest.1)?;
    assert_eq!(get(&*store, Space::Secret, &longest.0)?, Some(longest.1));
    for (key, value) in [(MAX_KEY + 1, 0), (1, MAX_VALUE + 1)] {
        let refused = put(&*store, Space::Secret, &vec![1; key], &vec![2; value]);
        assert_eq!(refused.map_err(|error| error.code()), Err(Code::Limit));
    }
    put(&*store, Space::Secret, b"still", b"usable")
}

fn handles_see_each_other(place: &dyn Place) -> Result<()> {
    let (one, other) = (place.open()?, place.open()?);
    for round in 0..20u8 {
        put(&*one, Space::Key, b"shared", &[round])?;
        assert_eq!(get(&*other, Space::Key, b"shared")?, Some(vec![round]));
        put(&*other, Space::Key, b"shared", &[round, 1])?;
        assert_eq!(get(&*one, Space::Key, b"shared")?, Some(vec![round, 1]));
    }
    Ok(())
}

fn reader_sees_one_state(place: &dyn Place) -> Result<()> {
    let (one, other) = (place.open()?, place.open()?);
    let set = |store: &dyn Store, value: &[u8]| {
        store.write(&mut |rows| {
            rows.put(Space::Key, b"left", value)?;
            rows.put(Space::Version, b"right", value)
        })
    };
    set(&*one, b"before")?;
    one.read(&mut |rows| {
        assert_eq!(
            rows.get(Space::Key, b"left")?.as_deref(),
            Some(&b"before"[..])
        );
        // Neither the same handle nor another one changes what this reader sees.
        set(&*other, b"between")?;
        set(&*one, b"after")?;
        assert_eq!(
            rows.get(Space::Version, b"right")?.as_deref(),
            Some(&b"before"[..])
        );
        Ok(())
    })?;
    assert_eq!(
        get(&*one, Space::Version, b"right")?.as_deref(),
        Some(&b"after"[..])
    );
    Ok(())
}

fn no_update_is_lost(place: &dyn Place) -> Result<()> {
    const THREADS: u32 = 8;
    const ROUNDS: u32 = 25;
    let handles = [place.open()?, place.open()?];
    let start = Barrier::new(THREADS as usize);
    let number = |value: Option<Vec<u8>>| {
        value.map_or(0, |bytes| {
            let mut four = [0; 4];
            four.copy_from_slice(&bytes);
            u32::from_be_bytes(four)
        })
    };
    thread::scope(|scope| -> Result<()> {
        let threads: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (store, start) = (&handles[thread as usize % 2], &start);
                scope.spawn(move || -> Result<()> {
                    start.wait();
                    for _ in 0..ROUNDS {
                        store.write(&mut |rows| {
                            let count = number(rows.get(Space::Key, b"count")?);
                            rows.put(Space::Key, b"count", &(count + 1).to_be_bytes())
                        })?;
                    }
                    Ok(())
                })
            })
            .collect();
        for thread in threads {
            thread
                .join()
                .map_err(|_| Error::internal("a thread panicked"))??;
        }
        Ok(())
    })?;
    assert_eq!(
        number(get(&*handles[0], Space::Key, b"count")?),
        THREADS * ROUNDS
    );
    Ok(())
}

fn commit_outlives_handle(place: &dyn Place) -> Result<()> {
    // Kept open, so that a store in memory stays where it is.
    let keeper = place.open()?;
    put(&*place.open()?, Space::Key, b"lasting", b"value")?;
    assert_eq!(
        get(&*place.open()?, Space::Key, b"lasting")?.as_deref(),
        Some(&b"value"[..])
    );
    keeper.erase()?;
    keeper.check()?;
    assert_eq!(
        get(&*place.open()?, Space::Key, b"lasting")?.as_deref(),
        Some(&b"value"[..])
    );
    assert!(!keeper.place().is_empty());
    Ok(())
}

fn write_in_write(place: &dyn Place) -> Result<()> {
    let store = place.open()?;
    store.write(&mut |rows| {
        rows.put(Space::Key, b"outer", b"1")?;
        let inner = put(&*store, Space::Key, b"inner", b"2");
        assert_eq!(inner.map_err(|error| error.code()), Err(Code::Internal));
        Ok(())
    })?;
    assert_eq!(
        get(&*store, Space::Key, b"outer")?.as_deref(),
        Some(&b"1"[..])
    );
    put(&*store, Space::Key, b"later", b"3")
}

fn panic_leaves_no_trace(place: &dyn Place) -> Result<()> {
    let store = place.open()?;
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        store.write(&mut |rows| {
            rows.put(Space::Key, b"half", b"done")?;
            panic!("on purpose");
        })
    }));
    assert!(panicked.is_err());
    assert_eq!(get(&*store, Space::Key, b"half")?, None);
    put(&*store, Space::Key, b"half", b"whole")?;
    assert_eq!(
        get(&*store, Space::Key, b"half")?.as_deref(),
        Some(&b"whole"[..])
    );
    Ok(())
}
