//! The vectors that are kept beside this repository, in `../shared/test-vectors`.

use std::env;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::thread;

/// The folder of that name, or `None` where the collection is absent. In CI it may not be.
pub(crate) fn folder(name: &str) -> Option<PathBuf> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/test-vectors")
        .join(name);
    if path.is_dir() {
        return Some(path);
    }
    assert!(
        env::var("CI").as_deref() != Ok("true"),
        "{} is absent",
        path.display()
    );
    let test = thread::current().name().unwrap_or_default().to_owned();
    let notice = format!("SKIPPED {test}: {} is absent\n", path.display());
    // Past the test harness, which swallows what a passing test prints.
    stderr().write_all(notice.as_bytes()).unwrap();
    None
}
