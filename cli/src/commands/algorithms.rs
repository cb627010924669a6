//! `chop algorithms`: the table.

use std::fmt::Write;

use chop::algorithm::{Algorithm, Operation, Size};
use chop::{Code, Error, Hash, Result};
use serde_json::{Value, json};

use super::sizes;
use crate::args::Algorithms;
use crate::report::Report;

pub(super) fn run(args: &Algorithms, report: &Report) -> Result<u8> {
    if args.sizes {
        return sizes::run(args.format, report);
    }
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
    // One column more than the longest name, for the mark.
    let names = Algorithm::ALL
        .iter()
        .map(|algorithm| algorithm.name().len());
    let width = names.max().unwrap_or_default() + 1;
    writeln!(
        text,
        "{:<width$} cat.  public  seed expanded  output  status    standard",
        "algorithm"
    )
    .map_err(failed)?;
    let or_none = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
    let mut cautions: Vec<&str> = Vec::new();
    for algorithm in Algorithm::ALL {
        let info = algorithm.info();
        let mark = info.caution.map_or(String::new(), |caution| {
            let number = cautions.iter().position(|known| *known == caution);
            let number = number.unwrap_or_else(|| {
                cautions.push(caution);
                cautions.len() - 1
            });
            "*".repeat(number + 1)
        });
        writeln!(
            text,
            "{:<width$} {:>4} {:>7} {:>5} {:>8} {:>7}  {:<9} {}",
            format!("{}{mark}", info.name),
            or_none((info.category > 0).then(|| info.category.to_string())),
            info.public_key,
            or_none(info.seed.map(|len| len.to_string())),
            or_none(info.expanded.map(|size| size.to_string())),
            info.output,
            info.status.name(),
            info.standard,
        )
        .map_err(failed)?;
    }
    text.push_str(
        "\nSizes in bytes; <= where DER varies. Output: the signature or KEM ciphertext.\n",
    );
    text.push_str("Classical algorithms resist no quantum computer; they are parts of hybrids.\n");
    for (number, caution) in cautions.iter().enumerate() {
        writeln!(text, "{} {caution}.", "*".repeat(number + 1)).map_err(failed)?;
    }
    Ok(text)
}

fn row(algorithm: Algorithm) -> Value {
    let info = algorithm.info();
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
        "hybrid": algorithm.is_hybrid(),
        "pre_hash": info.pre_hash.map(Hash::name),
        "caution": info.caution,
    })
}

/// A size in bytes as it stands in `--json`.
pub(super) fn size(size: Size) -> Value {
    json!({ "bytes": size.max(), "exact": size.is_exact() })
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
