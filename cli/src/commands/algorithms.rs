//! `chop algorithms`: the table.

use std::fmt::Write;

use chop::algorithm::{Algorithm, Operation, Size};
use chop::{Code, Error, Result};
use serde_json::{Value, json};

use crate::report::Report;

pub(super) fn run(report: &Report) -> Result<u8> {
    if report.is_json() {
        let rows: Vec<Value> = Algorithm::ALL.iter().copied().map(row).collect();
        report.json(json!({ "algorithms": rows }))?;
    } else {
        report.result(&table()?)?;
    }
    Ok(0)
}

fn table() -> Result<String> {
    let failed = |_| Error::new(Code::Internal, "the table does not format");
    let mut text = String::new();
    let header = [
        "algorithm",
        "cat.",
        "public",
        "seed",
        "expanded",
        "output",
        "standard",
        "status",
    ];
    writeln!(
        text,
        "{:<18} {:>4} {:>7} {:>5} {:>8} {:>7}  {:<11} {}",
        header[0], header[1], header[2], header[3], header[4], header[5], header[6], header[7]
    )
    .map_err(failed)?;
    for algorithm in Algorithm::ALL {
        let info = algorithm.info();
        let category = if info.category == 0 {
            "-".to_owned()
        } else {
            info.category.to_string()
        };
        let seed = info
            .seed
            .map_or_else(|| "-".to_owned(), |len| len.to_string());
        let expanded = info
            .expanded
            .map_or_else(|| "-".to_owned(), |size| size.to_string());
        writeln!(
            text,
            "{:<18} {:>4} {:>7} {:>5} {:>8} {:>7}  {:<11} {}",
            info.name,
            category,
            info.public_key,
            seed,
            expanded,
            info.output,
            info.standard,
            info.status.name()
        )
        .map_err(failed)?;
    }
    text.push_str(
        "\nSizes in bytes; <= where DER varies. Output: the signature or KEM ciphertext.\n",
    );
    text.push_str("Classical algorithms resist no quantum computer; they are parts of hybrids.\n");
    Ok(text)
}

fn row(algorithm: Algorithm) -> Value {
    let info = algorithm.info();
    let size = |size: Size| match size {
        Size::Exact(n) => json!({ "bytes": n, "exact": true }),
        Size::Max(n) => json!({ "bytes": n, "exact": false }),
    };
    let operations: Vec<&str> = info
        .operations()
        .iter()
        .copied()
        .map(Operation::name)
        .collect();
    let forms: Vec<&str> = info.forms().iter().map(|form| form.name()).collect();
    let output = if info.shared_secret.is_some() {
        "ciphertext"
    } else {
        "signature"
    };
    json!({
        "name": info.name,
        "oid": info.oid.to_string(),
        "curve": info.curve.map(|curve| curve.to_string()),
        "category": info.category,
        "standard": info.standard,
        "status": info.status.name(),
        "operations": operations,
        "forms": forms,
        "public_key": size(info.public_key),
        "seed": info.seed,
        "expanded": info.expanded.map(size),
        output: size(info.output),
        "shared_secret": info.shared_secret,
        "context": info.context,
        "deterministic": info.deterministic,
        "jose": info.jose,
    })
}

#[cfg(test)]
mod tests {
    /// The page is the output itself, so that the two cannot drift apart.
    #[test]
    fn the_documentation_shows_this_table() {
        let page = include_str!("../../../docs/algorithms.md");
        let table = super::table().expect("the table formats");
        assert!(
            page.contains(&table),
            "docs/algorithms.md is not what `chop algorithms` prints"
        );
    }
}
