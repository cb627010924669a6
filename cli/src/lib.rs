//! The command `chop`: its arguments, its files and its words.
//!
//! [`main`] parses, runs one command and turns its result into an exit status. The library
//! `chop` decides; this crate asks, reads, writes and reports.
//!
//! args → commands → input, output, passphrase, report → process

pub mod args;

mod commands;
mod input;
mod output;
mod passphrase;
mod process;
mod report;

use std::ffi::OsString;
use std::process::ExitCode;

pub use args::{Cli, parse};

use args::Parsed;
use report::Report;

/// Runs the command line `args`, whose first element is the name of the program.
pub fn main(args: Vec<OsString>) -> ExitCode {
    process::no_core_dumps();
    let json_wanted = args.iter().any(|arg| arg == "--json");
    match parse(args) {
        Ok(Parsed::Command(cli)) => {
            let report = Report::new(cli.json, cli.quiet);
            let status = commands::run(*cli, &report).unwrap_or_else(|error| report.error(&error));
            ExitCode::from(status)
        }
        Ok(Parsed::Text(text)) => {
            let report = Report::new(false, false);
            ExitCode::from(
                report
                    .result(&text)
                    .map_or_else(|error| report.error(&error), |()| 0),
            )
        }
        Err(error) => ExitCode::from(Report::new(json_wanted, false).error(&error)),
    }
}
