//! One file for each command, or for a pair that mirror each other.

mod algorithms;
mod convert;
mod encapsulate;
mod inspect;
mod keygen;
mod manual;
mod quickstart;
mod self_test;
mod sign;

use std::path::Path;

use chop::{PrivateKey, PublicKey, Result, encoding};

use crate::args::{Cli, Command};
use crate::input::Input;
use crate::passphrase::Passphrases;
use crate::process;
use crate::report::Report;

/// Runs one command and returns its exit status.
///
/// # Errors
/// Whatever stopped the command.
pub(crate) fn run(cli: Cli, report: &Report) -> Result<u8> {
    let passphrases = Passphrases::open(cli.passphrase_fd)?;
    match cli.command {
        Command::Quickstart(args) => quickstart::run(&args, report),
        Command::Algorithms => algorithms::run(report),
        Command::Keygen(args) => keygen::run(&args, &passphrases, report),
        Command::Inspect(args) => inspect::run(&args, &passphrases, report),
        Command::Convert(args) => convert::run(&args, &passphrases, report),
        Command::Sign(args) => sign::sign(&args, &passphrases, report),
        Command::Verify(args) => sign::verify(&args, &passphrases, report),
        Command::Encapsulate(args) => encapsulate::encapsulate(&args, report),
        Command::Decapsulate(args) => encapsulate::decapsulate(&args, &passphrases, report),
        Command::SelfTest => self_test::run(report),
        Command::Completions { shell } => manual::completions(shell, report),
        Command::Man { command } => manual::page(command.as_deref(), report),
    }
}

/// Reads the private key in an input that has been opened.
fn private_key(input: Input, passphrases: &Passphrases) -> Result<PrivateKey> {
    let name = input.name().to_owned();
    let bytes = input.read_key()?;
    encoding::read_private_key(bytes.expose(), &mut || passphrases.existing(&name))
        .map_err(|error| error.at(name))
}

/// Reads the public key in an input that has been opened.
fn public_key(input: Input) -> Result<PublicKey> {
    let name = input.name().to_owned();
    encoding::read_public_key(input.read_key()?.expose()).map_err(|error| error.at(name))
}

/// Opens every path, then closes the process to others before the first byte of a secret is read.
fn open_all<const N: usize>(paths: [&Path; N]) -> Result<[Input; N]> {
    let mut inputs = Vec::with_capacity(N);
    for path in paths {
        inputs.push(Input::open(path)?);
    }
    process::close_to_others();
    inputs
        .try_into()
        .map_err(|_| chop::Error::new(chop::Code::Internal, "inputs were lost"))
}
