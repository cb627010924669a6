//! The command line: one definition for parsing, help, completions and the manual page.

use std::ffi::OsString;
use std::path::PathBuf;

use chop::{Error, Result};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgGroup, Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::report::one_line;

/// Help starts with the usage lines and ends with a worked example.
const TEMPLATE: &str = "{usage-heading} {usage}\n\n{about-with-newline}\n{all-args}{after-help}";

/// The heading of the options that every command takes.
const EVERYWHERE: &str = "Global options";

/// Keys and signatures that outlive the quantum computer, for payment systems.
#[derive(Debug, Parser)]
#[command(
    name = "chop",
    version,
    help_template = TEMPLATE,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Example: a key pair, a signature, its verification
  chop keygen ML-DSA-65 -o payments.key --pub payments.pub
  chop sign --key payments.key --format raw -o pacs.sig pacs008.xml
  chop verify --key payments.pub --format raw --signature pacs.sig pacs008.xml

Exit status: 0 done or yes; 1 a clear no; 2 command line; 3 malformed input;
4 key of the wrong kind; 5 system; 6 passphrase; 70 self-test or internal failure."
)]
pub struct Cli {
    /// Print results and errors as JSON on standard output
    #[arg(long, global = true, help_heading = EVERYWHERE)]
    pub json: bool,

    /// Print results only
    #[arg(short, long, global = true, help_heading = EVERYWHERE)]
    pub quiet: bool,

    /// Read passphrases from this file descriptor: line 1 opens a key, line 2 (or 1) protects a new one
    #[arg(long, global = true, value_name = "N", help_heading = EVERYWHERE)]
    pub passphrase_fd: Option<u32>,

    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Do the main job once in a new folder: keys, a signed payment message, a refused forgery
    #[command(help_template = TEMPLATE, after_help = "Example:\n  chop quickstart")]
    Quickstart(Quickstart),

    /// List the algorithms, their sizes and standards
    #[command(help_template = TEMPLATE, after_help = "Example:\n  chop algorithms")]
    Algorithms,

    /// Make a key pair
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Example:
  chop keygen ML-DSA-65 -o payments.key --pub payments.pub

The private key is PKCS#8 in PEM with mode 0600. Keys that have a seed are written as the
seed; `chop convert` writes other forms. Without -o the key goes to standard output."
    )]
    Keygen(Keygen),

    /// Say what key files are, and whether they are consistent
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Example:
  chop inspect payments.key partner.pem unknown.bin

Shows nothing secret. Exit status 0 recognised, 1 inconsistent, 3 unrecognised or
malformed; with several files the worst counts. An encrypted key is described from
outside unless --passphrase-fd or --passphrase opens it."
    )]
    Inspect(Inspect),

    /// Rewrite a key in another encoding or form
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Examples:
  chop convert openssl.key -o seed.pem --form seed
  chop convert old.bin -o key.pem --input raw-expanded --algorithm ML-KEM-768
  chop convert payments.key -o payments.jwk --public --output jwk

Everything that the key says about itself is checked on the way. Encodings that only
other software writes are read here, and nowhere else."
    )]
    Convert(Convert),

    /// Sign a file
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Example:
  chop sign --key payments.key --format raw -o pacs.sig pacs008.xml

Post-quantum signatures are checked by a second implementation before they are
written. Signing is hedged (randomised) unless --deterministic is given. Without -o the
signature goes to standard output."
    )]
    Sign(Sign),

    /// Verify a signature over a file
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Example:
  chop verify --key payments.pub --format raw --signature pacs.sig pacs008.xml

Exit status 0 valid, 1 invalid, 3 not a signature of that algorithm at all."
    )]
    Verify(Verify),

    /// Agree on a secret with the owner of a public key
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Example:
  chop encapsulate --to receiver.pub --ciphertext ct.bin --secret ss.bin

Send the ciphertext; keep the secret, which is written with mode 0600. For X25519 and
ECDH the secret is the raw result of the agreement: derive keys from it, do not use it
as one."
    )]
    Encapsulate(Encapsulate),

    /// Recover the secret of a ciphertext
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Example:
  chop decapsulate --key receiver.key --ciphertext ct.bin --secret ss.bin

An altered ML-KEM ciphertext of the right length is not an error: it gives an unrelated
secret and exit status 0 (implicit rejection, FIPS 203). A ciphertext of the wrong
length is exit status 3; X25519 and ECDH refuse bad points with exit status 1."
    )]
    Decapsulate(Decapsulate),

    /// Run the known-answer tests of every algorithm
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Example:
  chop self-test

The test of an algorithm also runs by itself before its first use in a process."
    )]
    SelfTest,

    /// Print a completion script for a shell
    #[command(
        help_template = TEMPLATE,
        after_help = "Example:\n  chop completions bash > ~/.local/share/bash-completion/completions/chop"
    )]
    Completions {
        /// The shell
        shell: Shell,
    },

    /// Print the manual page
    #[command(help_template = TEMPLATE, after_help = "Example:\n  chop man > chop.1 && man ./chop.1")]
    Man {
        /// The page of this command instead of the whole
        command: Option<String>,
    },
}

/// Arguments of `quickstart`.
#[derive(Debug, Args)]
pub struct Quickstart {
    /// The folder to make
    #[arg(default_value = "chop-quickstart")]
    pub folder: PathBuf,
}

/// Arguments of `keygen`.
#[derive(Debug, Args)]
pub struct Keygen {
    /// A name of `chop algorithms`
    pub algorithm: String,

    /// The file for the private key
    #[arg(short, value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// The file for the public key
    #[arg(long = "pub", value_name = "FILE")]
    pub public: Option<PathBuf>,

    /// Protect the private key with a passphrase
    #[arg(long)]
    pub encrypt: bool,

    /// Replace existing files; write a private key to the terminal
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `inspect`.
#[derive(Debug, Args)]
pub struct Inspect {
    /// The files, `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// Ask for the passphrase of encrypted keys and look inside
    #[arg(long)]
    pub passphrase: bool,
}

/// What `convert` is given, where the file does not say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RawInput {
    /// The seed of a private key
    RawSeed,
    /// The expanded private key of its standard
    RawExpanded,
    /// The public key of its standard
    RawPublic,
}

/// How `convert` writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum KeyOutput {
    /// PKCS#8 or SubjectPublicKeyInfo in PEM
    #[default]
    Pem,
    /// The same in DER
    Der,
    /// The bytes of the standard
    Raw,
    /// A JSON Web Key (RFC 9964)
    Jwk,
}

/// The form of a private key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KeyForm {
    /// The seed
    Seed,
    /// The expanded key
    Expanded,
    /// Both
    Both,
}

/// Arguments of `convert`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("raw").args(["input"]).requires("algorithm"))]
pub struct Convert {
    /// The key, `-` for standard input
    #[arg(value_name = "IN")]
    pub file: PathBuf,

    /// The file to write
    #[arg(short, value_name = "OUT")]
    pub output_file: PathBuf,

    /// What raw bytes are, which they do not say themselves
    #[arg(long, value_name = "KIND")]
    pub input: Option<RawInput>,

    /// The algorithm of raw bytes
    #[arg(long, value_name = "ALG", requires = "input")]
    pub algorithm: Option<String>,

    /// How to write the key
    #[arg(long, value_name = "ENCODING", default_value = "pem")]
    pub output: KeyOutput,

    /// The form of the private key [default: seed where there is one]
    #[arg(long)]
    pub form: Option<KeyForm>,

    /// Write the public key of a private key
    #[arg(long)]
    pub public: bool,

    /// Protect the private key with a passphrase
    #[arg(long)]
    pub encrypt: bool,

    /// Replace an existing file
    #[arg(long)]
    pub force: bool,
}

/// The format of a signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SignatureFormat {
    /// The bare signature of its standard
    Raw,
}

/// What signer and verifier agree on outside the signature.
#[derive(Debug, Args)]
pub struct Agreed {
    /// The format of the signature
    #[arg(long)]
    pub format: SignatureFormat,

    /// The context string, as text
    #[arg(long, value_name = "TEXT", conflicts_with = "context_hex")]
    pub context: Option<String>,

    /// The context string, in hexadecimal
    #[arg(long, value_name = "HEX")]
    pub context_hex: Option<String>,

    /// The scheme of an RSA key [default: RSASSA-PSS-SHA256]
    #[arg(long, value_name = "SCHEME")]
    pub rsa_scheme: Option<String>,
}

/// Arguments of `sign`.
#[derive(Debug, Args)]
pub struct Sign {
    /// The private key
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,

    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap would take the text for the help of a group"
    )]
    pub agreed: Agreed,

    /// Sign without randomness
    #[arg(long)]
    pub deterministic: bool,

    /// The file for the signature
    #[arg(short, value_name = "OUT")]
    pub output: Option<PathBuf>,

    /// Replace an existing file; write a signature to the terminal
    #[arg(long)]
    pub force: bool,

    /// The file to sign, `-` for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Arguments of `verify`.
#[derive(Debug, Args)]
pub struct Verify {
    /// The public key
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,

    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap would take the text for the help of a group"
    )]
    pub agreed: Agreed,

    /// The signature
    #[arg(long, value_name = "FILE")]
    pub signature: PathBuf,

    /// Say which check fails
    #[arg(long)]
    pub explain: bool,

    /// The file that was signed, `-` for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

/// Arguments of `encapsulate`.
#[derive(Debug, Args)]
pub struct Encapsulate {
    /// The receiver's public key
    #[arg(long, value_name = "FILE")]
    pub to: PathBuf,

    /// The file for the ciphertext
    #[arg(long, value_name = "OUT")]
    pub ciphertext: PathBuf,

    /// The file for the shared secret
    #[arg(long, value_name = "OUT")]
    pub secret: PathBuf,

    /// Replace existing files; write a secret to the terminal
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `decapsulate`.
#[derive(Debug, Args)]
pub struct Decapsulate {
    /// The private key
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,

    /// The ciphertext
    #[arg(long, value_name = "FILE")]
    pub ciphertext: PathBuf,

    /// The file for the shared secret
    #[arg(long, value_name = "OUT")]
    pub secret: PathBuf,

    /// Replace an existing file; write a secret to the terminal
    #[arg(long)]
    pub force: bool,
}

/// What a command line asks for.
#[derive(Debug)]
pub enum Parsed {
    /// A command to run.
    Command(Box<Cli>),
    /// A text to print: help or version.
    Text(String),
}

/// Parses a command line, whose first element is the name of the program.
///
/// # Errors
/// [`Code::Usage`](chop::Code::Usage), in one line.
pub fn parse(args: Vec<OsString>) -> Result<Parsed> {
    // Somebody may have typed a passphrase where none belongs: then nothing is repeated.
    let secret_near = args.iter().any(|arg| {
        let arg = arg.to_string_lossy();
        arg == "--encrypt" || arg.starts_with("--passphrase")
    });
    let error = match Cli::try_parse_from(args) {
        Ok(cli) => return Ok(Parsed::Command(Box::new(cli))),
        Err(error) => error,
    };
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ok(Parsed::Text(error.to_string())),
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            Err(Error::usage("command line").expected("a command; see `chop --help`"))
        }
        _ => {
            if secret_near {
                return Err(Error::usage("command line").expected(
                    "arguments as in --help; passphrases come from --passphrase-fd N or the terminal alone",
                ));
            }
            let text = first_paragraph(&error.to_string());
            Err(Error::usage("command line").got(text + &advice(&error)))
        }
    }
}

/// clap explains over several lines; the first paragraph is the error, the rest is advice.
fn first_paragraph(text: &str) -> String {
    let text = text.strip_prefix("error: ").unwrap_or(text);
    let paragraph = text.split("\n\n").next().unwrap_or_default();
    one_line(&paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// What was probably meant, after the error itself.
fn advice(error: &clap::Error) -> String {
    // Of values the error lists all that there are.
    let near = [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg]
        .into_iter()
        .find_map(|kind| match error.get(kind)? {
            ContextValue::String(name) => Some(name.as_str()),
            ContextValue::Strings(names) => names.first().map(String::as_str),
            _ => None,
        });
    if let Some(near) = near {
        return format!("; did you mean {near}?");
    }
    let encoding = matches!(error.get(ContextKind::InvalidArg), Some(ContextValue::String(arg)) if arg == "--output <ENCODING>");
    match encoding {
        true => "; the file to write goes to -o".to_owned(),
        false => String::new(),
    }
}

/// The definition itself, for completions and the manual page.
pub(crate) fn definition() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        definition().debug_assert();
    }

    #[test]
    fn every_command_has_an_example_in_its_help() {
        for command in definition().get_subcommands() {
            let help = command
                .get_after_help()
                .map(ToString::to_string)
                .unwrap_or_default();
            assert!(help.contains("Example"), "{}", command.get_name());
        }
    }
}
