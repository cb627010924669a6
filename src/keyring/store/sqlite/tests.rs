use super::*;

#[test]
fn a_page_that_cannot_be_read_is_not_a_damaged_one() {
    for (finding, unread) in [
        (
            "Tree 5 page 5: unable to get the page. error code=8458",
            true,
        ),
        (
            "*** in database main ***\nTree 6 page 6: unable to get the page. error code=266\nPage 12: never used",
            true,
        ),
        (
            "Tree 5 page 5: unable to get the page. error code=11",
            false,
        ),
        (
            "Tree 5 page 9: btreeInitPage() returns error code 11",
            false,
        ),
        ("Tree 6 page 6 cell 1: failed to get page 13", true),
        ("Tree 6 page 6 cell 1: invalid page number 130", false),
        ("Page 12: never used", false),
    ] {
        assert_eq!(is_unread(finding), unread, "{finding}");
    }
}

fn number(connection: &Connection, name: &str) -> i64 {
    let value = connection.pragma_query_value(None, name, |row| row.get(0));
    value.unwrap()
}

/// Reads the settings through the very connections that write, read and carry over.
#[test]
fn every_connection_has_the_settings_that_the_promises_rest_on() {
    let path = std::env::temp_dir().join(format!("chop-settings-{}.db", std::process::id()));
    let _ = fs::remove_file(&path);
    let store = SqliteStore::create(&path, &mut |_| Ok(())).unwrap();
    let carrier = connect(&path, false, "").unwrap();
    let (writer, reader) = (store.writer().unwrap(), store.reader().unwrap());
    for connection in [&*writer, &reader, &carrier] {
        let version: String = connection
            .query_row("SELECT sqlite_version()", [], |row| row.get(0))
            .unwrap();
        let parts: Vec<i32> = version
            .split('.')
            .map(|part| part.parse().unwrap())
            .collect();
        assert!(parts.as_slice() >= [3, 51, 3].as_slice(), "{version}");
        let mode: String = connection
            .pragma_query_value(None, "journal_mode", |row| row.get(0))
            .unwrap();
        assert_eq!(mode, "wal");
        assert_eq!(number(connection, "synchronous"), 2);
        assert_eq!(number(connection, "secure_delete"), 1);
        assert_eq!(number(connection, "mmap_size"), 0);
        assert_eq!(number(connection, "wal_autocheckpoint"), 0);
        assert!(insist(connection, "").is_ok());
    }
    // Each of them by itself is missed.
    for (name, weaker) in [
        ("synchronous", "NORMAL"),
        ("synchronous", "OFF"),
        ("secure_delete", "OFF"),
        ("secure_delete", "FAST"),
        ("mmap_size", "1048576"),
    ] {
        carrier.pragma_update(None, name, weaker).unwrap();
        let error = insist(&carrier, "").unwrap_err();
        assert_eq!(error.code(), Code::Storage, "{name} {weaker}");
        assert!(error.to_string().contains(name), "{error}");
        for (name, strong) in [
            ("synchronous", "FULL"),
            ("secure_delete", "ON"),
            ("mmap_size", "0"),
        ] {
            carrier.pragma_update(None, name, strong).unwrap();
        }
        assert!(insist(&carrier, "").is_ok());
    }
    drop((writer, reader, carrier));
    drop(store);
    fs::remove_file(&path).unwrap();
}
