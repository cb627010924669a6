//! `chop self-test`: the known answers, one line for each algorithm.

use chop::algorithm::Algorithm;
use chop::{Result, self_test};
use serde_json::json;

use crate::progress::during;
use crate::report::Report;

/// The rows that this build computes.
const ROWS: &[Algorithm] = match cfg!(feature = "legacy") {
    true => Algorithm::ALL,
    false => Algorithm::CURRENT,
};

pub(super) fn run(report: &Report) -> Result<u8> {
    for algorithm in ROWS {
        during(report, "testing", || self_test::run(*algorithm))?;
        if !report.is_json() {
            report.result(&format!("ok  {algorithm}\n"))?;
        }
    }
    let count = ROWS.len();
    if report.is_json() {
        let names: Vec<&str> = ROWS.iter().map(|algorithm| algorithm.name()).collect();
        report.json(json!({ "passed": names }))?;
    } else {
        report.result(&format!("{count} algorithms gave the known answers\n"))?;
    }
    Ok(0)
}
