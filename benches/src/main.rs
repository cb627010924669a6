//! Measures what a format, a stream or a hybrid adds to the work that it contains: `scripts/bench`.
//!
//! Machines are noisy and drift, so everything that is compared runs in turns in one process, and
//! what is published is the ratio of the medians. Numbers of different runs are not comparable.

mod cms;
mod hybrids;
mod rounds;
mod streams;

use std::process::ExitCode;

use rounds::Row;

fn main() -> ExitCode {
    let mut rows = hybrids::rows();
    rows.extend(cms::rows());
    rows.extend(streams::rows());
    for row in &rows {
        println!("{row}");
    }
    let missed = rows.iter().filter(|row| !row.holds()).count();
    println!("{} ratios, {missed} beyond their bar", rows.len());
    if let Some(path) = std::env::args().nth(1) {
        let json: Vec<_> = rows.iter().map(Row::as_json).collect();
        let text = format!("{:#}\n", serde_json::Value::Array(json));
        if let Err(error) = std::fs::write(&path, text) {
            eprintln!("bench: {path}: {error}");
            return ExitCode::FAILURE;
        }
    }
    match missed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
