//! `chop completions` and `chop man`, from the definition of the command line.

use chop::{Code, Error, Result};
use clap_complete::Shell;

use crate::args::definition;
use crate::report::Report;

pub(super) fn completions(shell: Shell, report: &Report) -> Result<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut definition(), "chop", &mut script);
    report.bytes(&script)?;
    Ok(0)
}

pub(super) fn page(command: Option<&str>, report: &Report) -> Result<u8> {
    let mut whole = definition();
    whole.build();
    let page = match command {
        None => whole,
        Some(name) => whole
            .find_subcommand(name)
            .cloned()
            .map(|found| found.name(format!("chop-{name}")))
            .ok_or_else(|| {
                let names: Vec<_> = whole
                    .get_subcommands()
                    .map(clap::Command::get_name)
                    .collect();
                Error::usage("command")
                    .expected(names.join(", "))
                    .got(format!("{name:?}"))
            })?,
    };
    let mut roff = Vec::new();
    clap_mangen::Man::new(page)
        .render(&mut roff)
        .map_err(|error| Error::new(Code::Internal, "manual page").got(error.to_string()))?;
    report.bytes(&roff)?;
    Ok(0)
}
