//! The command `chop`: its arguments, its files and its words.
//!
//! [`main`] parses, runs one command and turns its result into an exit status. The library
//! `chop` decides; this crate asks, reads, writes and reports.
//!
//! args → commands → batch, keyring → input, output, passphrase, policy, progress → interrupt, report → process

pub mod args;

mod batch;
mod commands;
mod input;
mod interrupt;
mod keyring;
mod output;
mod passphrase;
mod policy;
mod process;
mod progress;
mod report;

use std::ffi::OsString;

pub use args::{Cli, parse};

use args::Parsed;
use report::Report;

/// Runs the command line `args`, whose first element is the name of the program, and returns its
/// exit status.
pub fn main(args: Vec<OsString>) -> u8 {
    let status = perform(args);
    process::forget_registers();
    status
}

fn perform(args: Vec<OsString>) -> u8 {
    process::no_core_dumps();
    let json_wanted = args.iter().any(|arg| arg == "--json");
    match parse(args) {
        Ok(Parsed::Command(cli)) => {
            let report = Report::new(cli.json, cli.quiet);
            commands::run(*cli, &report).unwrap_or_else(|error| report.error(&error))
        }
        Ok(Parsed::Text(text)) => {
            let report = Report::new(false, false);
            report
                .result(&text)
                .map_or_else(|error| report.error(&error), |()| 0)
        }
        Err(error) => Report::new(json_wanted, false).error(&error),
    }
}
