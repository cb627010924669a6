//! Which paths the tests run on: a path that is missing is told, and in CI it has to be allowed to be.

use std::env;
use std::io::{self, Write};

use chop_verify::Path;

/// Every path of this architecture, and whether this processor has it, found without the library.
fn expected() -> Vec<(&'static str, bool)> {
    let mut paths = vec![("portable", true)];
    #[cfg(target_arch = "x86_64")]
    paths.extend([
        (
            "AVX2",
            is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("bmi1")
                && is_x86_feature_detected!("bmi2"),
        ),
        (
            "AVX-512",
            is_x86_feature_detected!("avx512f")
                && is_x86_feature_detected!("avx512bw")
                && is_x86_feature_detected!("avx512vl"),
        ),
    ]);
    paths
}

/// Every other test runs on all that are available, so that this one says what they did not test.
#[test]
fn none_is_missing_without_notice() {
    let (there, missing): (Vec<_>, Vec<_>) = expected().into_iter().partition(|(_, there)| *there);
    let names = |paths: &[(&'static str, bool)]| -> Vec<_> {
        paths.iter().map(|(name, _)| *name).collect()
    };
    let available: Vec<&str> = Path::available().into_iter().map(Path::name).collect();
    assert_eq!(available, names(&there));
    assert_eq!(Path::best().name(), *available.last().unwrap());

    let allowed = env::var("CHOP_VERIFY_MAY_LACK").unwrap_or_default();
    for name in names(&missing) {
        let notice =
            format!("path {name}: this processor lacks it, so that nothing was tested there");
        assert!(
            env::var("CI").as_deref() != Ok("true") || allowed.split(',').any(|one| one == name),
            "{notice}; where that is known, CHOP_VERIFY_MAY_LACK={name} allows it"
        );
        // Past the test harness, which swallows what a passing test prints.
        let notice = format!("SKIPPED {notice}\n");
        io::stderr().write_all(notice.as_bytes()).unwrap();
    }
}
