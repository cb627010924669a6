//! The published checksums, which are kept beside this repository.

use std::env;
use std::fs;
use std::io::{Write, stderr};
use std::path::Path;

use serde_json::Value;

/// The checksums of round 3, or `None` where the collection is absent. In CI it may not be.
pub(crate) fn checksums() -> Option<Value> {
    let collection = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/test-vectors");
    if collection.is_dir() {
        let text = fs::read(collection.join("round3-kat-hashes/kat-sha256.json")).unwrap();
        return Some(serde_json::from_slice(&text).unwrap());
    }
    let absent = format!("{} is absent", collection.display());
    assert!(env::var("CI").as_deref() != Ok("true"), "{absent}");
    let notice = format!("SKIPPED known answers of round 3, {absent}\n");
    // Past the test harness, which swallows what a passing test prints.
    stderr().write_all(notice.as_bytes()).unwrap();
    None
}
