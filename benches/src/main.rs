//! Measures what a format, a stream or a hybrid adds to the work that it contains: `scripts/bench`.
//!
//! Machines are noisy and drift, so everything that is compared runs in turns in one process, and
//! what is published is the ratio of the medians. Numbers of different runs are not comparable.

mod cms;
mod hybrids;
mod keyring;
mod rounds;
mod streams;

use std::process::ExitCode;

use rounds::Row;

/// A name, and what measures it.
type Part = (&'static str, fn() -> Vec<Row>);

fn main() -> ExitCode {
    let parts: [Part; 4] = [
        ("hybrids", hybrids::rows),
        ("cms", cms::rows),
        ("streams", streams::rows),
        ("keyring", keyring::rows),
    ];
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let wanted: Vec<String> = arguments
        .extract_if(.., |argument| {
            parts.iter().any(|(name, _)| name == argument)
        })
        .collect();
    let rows: Vec<Row> = parts
        .iter()
        .filter(|(name, _)| wanted.is_empty() || wanted.iter().any(|one| one == name))
        .flat_map(|(_, rows)| rows())
        .collect();
    for row in &rows {
        println!("{row}");
    }
    let missed = rows.iter().filter(|row| !row.holds()).count();
    println!("{} ratios, {missed} beyond their bar", rows.len());
    if let Some(path) = arguments.first() {
        let json: Vec<_> = rows.iter().map(Row::as_json).collect();
        let text = format!("{:#}\n", serde_json::Value::Array(json));
        if let Err(error) = std::fs::write(path, text) {
            eprintln!("bench: {path}: {error}");
            return ExitCode::FAILURE;
        }
    }
    match missed {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    }
}
