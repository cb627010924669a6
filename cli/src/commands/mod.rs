//! One file for each command, or for a pair that mirror each other.

mod algorithms;
mod audit;
mod backup;
mod cert;
mod convert;
mod encapsulate;
mod format;
mod init;
mod inspect;
mod key;
mod keygen;
mod manual;
mod policy;
mod quickstart;
mod ring;
mod self_test;
mod sign;
mod sizes;
mod unlocker;
mod verify;

use std::path::Path;

use chop::{
    Algorithm, Certificate, Code, EncapsulationKey, Error, Guard, PrivateKey, PublicKey, Result,
    VerifyingKey, encoding,
};

use crate::args::{Cli, Command};
use crate::input::Input;
use crate::keyring::Ring;
use crate::passphrase::Passphrases;
use crate::policy::guard;
use crate::process;
use crate::report::Report;

/// Runs one command and returns its exit status.
///
/// # Errors
/// Whatever stopped the command.
pub(crate) fn run(cli: Cli, report: &Report) -> Result<u8> {
    let passphrases = Passphrases::open(cli.passphrase_fd)?;
    let under = || guard(&cli, report);
    let ring = Ring::new(&cli, &passphrases);
    match &cli.command {
        Command::Quickstart(args) => match (&cli.policy, &cli.counterparty) {
            (None, None) => quickstart::run(args, report),
            _ => Err(Error::usage("quickstart")
                .expected("neither --policy nor --counterparty; $CHOP_POLICY names another policy")
                .got("one of them")),
        },
        Command::Algorithms(args) => algorithms::run(args, report),
        Command::Policy(command) => policy::run(&cli, command, report),
        Command::Keygen(args) => keygen::run(args, &passphrases, &under()?, report),
        Command::Inspect(args) => inspect::run(args, &passphrases, report),
        Command::Convert(args) => convert::run(args, &passphrases, &under()?, report),
        Command::Sign(args) => sign::run(args, &ring, &passphrases, &under()?, report),
        Command::Verify(args) => verify::run(args, &ring, &passphrases, &under()?, report),
        Command::Init(args) => init::run(args, &ring, &under()?, report),
        Command::Key(command) => key::run(command, &ring, &passphrases, &under()?, report),
        Command::Unlocker(command) => unlocker::run(command, &ring, &under()?, report),
        Command::Audit(command) => audit::run(command, &ring, &under()?, report),
        Command::Backup(args) => backup::backup(args, &ring, &under()?, report),
        Command::Restore(args) => backup::restore(args, &ring, &under()?, report),
        Command::Check(args) => backup::check(args, &ring, &under()?, report),
        Command::Cert(command) => cert::run(command, &passphrases, &under, report),
        Command::Encapsulate(args) => encapsulate::encapsulate(args, &ring, &under()?, report),
        Command::Decapsulate(args) => {
            encapsulate::decapsulate(args, &ring, &passphrases, &under()?, report)
        }
        Command::SelfTest => self_test::run(report),
        Command::Completions { shell } => manual::completions(*shell, report),
        Command::Man { command } => manual::page(command, report),
    }
}

/// What stands beside the name of an algorithm that is read only.
fn legacy_mark(algorithm: Algorithm) -> String {
    match algorithm.flavour() {
        Some(flavour) if algorithm.is_legacy() => format!(" (legacy, {})", flavour.name()),
        _ => String::new(),
    }
}

/// Reads the private key in an input that has been opened.
fn private_key(input: Input, passphrases: &Passphrases, guard: &Guard) -> Result<PrivateKey> {
    private_key_as(None, input, passphrases, guard)
}

/// The same for a key whose algorithm the caller may name.
fn private_key_as(
    algorithm: Option<Algorithm>,
    input: Input,
    passphrases: &Passphrases,
    guard: &Guard,
) -> Result<PrivateKey> {
    let name = input.name().to_owned();
    let bytes = input.read_key()?;
    private_key_of(algorithm, bytes.expose(), &mut || {
        passphrases.existing(&name)
    })
    .map(|key| key.under(guard))
    .map_err(|error| error.at(name))
}

fn private_key_of(
    algorithm: Option<Algorithm>,
    bytes: &[u8],
    passphrase: &mut dyn FnMut() -> Result<encoding::Passphrase>,
) -> Result<PrivateKey> {
    match algorithm {
        Some(algorithm) => encoding::read_private_key_as(algorithm, bytes, passphrase),
        None => encoding::read_private_key(bytes, passphrase),
    }
}

/// Reads a public key, whose algorithm the caller may name, or that of a certificate.
fn public_key(algorithm: Option<Algorithm>, bytes: &[u8]) -> Result<PublicKey> {
    let key = match (Certificate::from_bytes(bytes), algorithm) {
        (Ok(certificate), _) => certificate.public_key(),
        (Err(_), Some(algorithm)) => encoding::read_public_key_as(algorithm, bytes),
        (Err(_), None) => encoding::read_public_key(bytes),
    }?;
    match algorithm {
        Some(algorithm) if key.algorithm() != algorithm => {
            Err(Error::new(Code::WrongKind, "key of another algorithm")
                .expected(algorithm.name())
                .got(key.algorithm().name()))
        }
        _ => Ok(key),
    }
}

/// Reads the key that verifies in an input that has been opened: a public key, or a certificate, of
/// which nothing but the key is taken.
fn verifying_key(input: Input, guard: &Guard) -> Result<VerifyingKey> {
    verifying_key_as(None, input, guard)
}

/// The same for a key whose algorithm the caller may name.
fn verifying_key_as(
    algorithm: Option<Algorithm>,
    input: Input,
    guard: &Guard,
) -> Result<VerifyingKey> {
    let name = input.name().to_owned();
    let bytes = input.read_key()?;
    public_key(algorithm, bytes.expose())
        .and_then(PublicKey::into_verifying)
        .map(|key| key.under(guard))
        .map_err(|error| error.at(name))
}

/// Reads the key that receives secrets in an input that has been opened: a public key, or a
/// certificate, of which nothing but the key and its purpose is taken.
fn encapsulation_key(input: Input, guard: &Guard) -> Result<EncapsulationKey> {
    let name = input.name().to_owned();
    let bytes = input.read_key()?;
    let key = match Certificate::from_bytes(bytes.expose()) {
        Ok(certificate) => certificate.encapsulation_key(),
        Err(_) => encoding::read_encapsulation_key(bytes.expose()),
    };
    key.map(|key| key.under(guard))
        .map_err(|error| error.at(name))
}

/// Reads the certificates in an input that has been opened.
fn certificates(input: Input) -> Result<Vec<Certificate>> {
    let name = input.name().to_owned();
    let bytes = input.read(
        "file of certificates",
        chop::certificate::MAX_CERTIFICATES_FILE,
    )?;
    Certificate::all_from_bytes(bytes.expose()).map_err(|error| error.at(name))
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
