//! The command line: one definition for parsing, help, completions and the manual page.

mod keyring;
mod verify;

use std::ffi::OsString;
use std::num::NonZeroUsize;
use std::path::PathBuf;

use chop::{Error, Result};
use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{ArgGroup, Args, CommandFactory, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::report::one_line;

pub use keyring::*;
pub use verify::Verify;

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
    disable_help_subcommand = true,
    subcommand_required = true,
    arg_required_else_help = true,
    after_help = "\
Example: a key pair, a signature, its verification
  chop keygen -o payments.key --pub payments.pub
  chop sign --key payments.key -o pacs008.p7s pacs008.xml
  chop verify --key payments.pub --signature pacs008.p7s pacs008.xml

Exit status: 0 done or yes; 1 a clear no; 2 command line; 3 malformed input; 4 refused
by the policy, key of the wrong kind or not trusted; 5 system; 6 passphrase; 70 self-test or
internal failure."
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

    /// The keyring [default: $CHOP_KEYRING, else chop/keyring.db in the user's data directory]
    #[arg(long, global = true, value_name = "PATH", help_heading = EVERYWHERE)]
    pub keyring: Option<PathBuf>,

    /// Unlock the keyring with this file instead of a passphrase [default: $CHOP_UNLOCK_FILE]
    #[arg(long, global = true, value_name = "PATH", help_heading = EVERYWHERE)]
    pub unlock_file: Option<PathBuf>,

    /// The policy: a profile of `chop policy show`, or a file [default: $CHOP_POLICY, else
    /// /etc/chop/policy.toml, else hybrid-2026]
    #[arg(long, global = true, value_name = "POLICY", help_heading = EVERYWHERE)]
    pub policy: Option<PathBuf>,

    /// With whom this is exchanged, for policies with rules on counterparties
    #[arg(long, global = true, value_name = "NAME", help_heading = EVERYWHERE)]
    pub counterparty: Option<String>,

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
    #[command(
        help_template = TEMPLATE,
        after_help = "Examples:\n  chop algorithms\n  chop algorithms --sizes --format cms"
    )]
    Algorithms(Algorithms),

    /// Show, check and explain policies: which algorithms may do what, when, and with whom
    #[command(
        subcommand,
        disable_help_subcommand = true,
        subcommand_required = true,
        arg_required_else_help = true,
        help_template = TEMPLATE,
        after_help = "Example:\n  chop policy show hybrid-2026 > policy.toml\n  chop policy check policy.toml"
    )]
    Policy(PolicyCommand),

    /// Make a key pair
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Examples:
  chop keygen -o payments.key --pub payments.pub
  chop keygen --purpose receive --category 5 -o receiver.key --pub receiver.pub
  chop keygen ML-DSA-65 -o payments.key --pub payments.pub

Without an algorithm the policy chooses. Where nobody has changed it, the key is a hybrid,
which holds as long as one of its two parts does: MLDSA65-ECDSA-P256-SHA512 for signing and
X-Wing for receiving secrets, in category 5 MLDSA87-ECDSA-P384-SHA512 and
MLKEM1024-ECDH-P384-SHA3-256. The private key is
PKCS#8 in PEM with mode 0600. Keys that have a seed are written as the seed; `chop
convert` writes other forms. Without -o the key goes to standard output."
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
outside unless --passphrase-fd or --passphrase opens it.

Of Kyber and ML-KEM, Dilithium and ML-DSA it names the flavour (round 3, draft, final
standard) where that can be known: by the identifier, by the length, or, for a signature, by
trying all of them with its message and key:
  chop inspect --message pacs008.xml --key partner.pub pacs008.sig"
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

    /// Make and show certificates
    #[command(
        subcommand,
        disable_help_subcommand = true,
        subcommand_required = true,
        arg_required_else_help = true,
        help_template = TEMPLATE,
        after_help = "Example:\n  chop cert self-sign --help"
    )]
    Cert(Cert),

    /// Sign files
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Examples:
  chop sign --key payments.key -o pacs008.p7s pacs008.xml
  chop sign --key payments.key --certificate payments.crt pacs*.xml pain*.xml
  chop sign --key payments.key --attached -o signed.p7m pacs008.xml
  chop sign --key payments.key --format jws pacs008.xml > pacs008.jws
  chop sign --key payments.key --max-bytes 4000 -o pacs008.p7s pacs008.xml

The signature is detached CMS unless --attached or --format says otherwise. Without -o
the signature of one file goes to standard output; those of several files, or with
--beside, go beside them, as FILE.p7s, FILE.jws or FILE.sig. Files may be of any size; SLH-DSA and Ed25519 without
signed attributes read at most 64 MiB.

Post-quantum signatures are checked by a second implementation before they are written.
Signing is hedged (randomised) unless --deterministic is given."
    )]
    Sign(Sign),

    /// Verify the signatures of files
    #[command(help_template = TEMPLATE, after_help = verify::EXAMPLES)]
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
secret and exit status 0 (implicit rejection, FIPS 203), and so does whatever else is a
ciphertext, only not the one that was sent. The wrong length is exit status 3. What X25519
and ECDH refuse, and the classical part of a hybrid, is exit status 1: a bad point, an
all-zero result, bad RSA padding.

Kyber is opened under the policy legacy-read. Its keys do not say whether they are of
round 3 or of the draft; the wrong flavour gives an unrelated secret:
  chop decapsulate --policy legacy-read --algorithm Kyber768-R3 --key old.key --ciphertext ct.bin --secret ss.bin"
    )]
    Decapsulate(Decapsulate),

    /// Make a keyring: one file for keys with names, versions, states and a record
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Examples:
  chop init
  chop init --new-unlock-file chop.unlock --witness chop.witness

The passphrase is asked for twice. A program opens the keyring with an unlock file instead:
--new-unlock-file makes one, with 32 random bytes and mode 0600. A witness is a small file
on another disk that remembers how far the keyring had come: with it, an older copy of the
keyring that was put back is refused."
    )]
    Init(Init),

    /// Make, show and change the keys of the keyring
    #[command(
        subcommand,
        disable_help_subcommand = true,
        subcommand_required = true,
        arg_required_else_help = true,
        help_template = TEMPLATE,
        after_help = "Example:\n  chop key list"
    )]
    Key(KeyCommand),

    /// Say who and what unlocks the keyring
    #[command(
        subcommand,
        disable_help_subcommand = true,
        subcommand_required = true,
        arg_required_else_help = true,
        help_template = TEMPLATE,
        after_help = "Example:\n  chop unlocker list"
    )]
    Unlocker(UnlockerCommand),

    /// Read, check and hand out the record of the keyring
    #[command(
        subcommand,
        disable_help_subcommand = true,
        subcommand_required = true,
        arg_required_else_help = true,
        help_template = TEMPLATE,
        after_help = "Example:\n  chop audit list"
    )]
    Audit(AuditCommand),

    /// Copy the keyring into a sealed file, while it is in use
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Example:
  chop backup -o keyring.backup

What unlocks the keyring now unlocks the backup, for ever: a passphrase that is removed
later still opens it."
    )]
    Backup(Backup),

    /// Make a keyring from a backup, and confirm it before it signs
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Examples:
  chop restore keyring.backup
  chop restore --confirm --audit last-export.jsonl
  chop restore --confirm

A backup does not know what happened after it: keys that were destroyed, uses that were
counted. Until --confirm every version that signs is suspended. --audit takes that from an
export of the lost keyring's record, and a witness that has seen nothing later than the
backup proves that there is nothing to take. Without either, --confirm uses up what is left
of every limited number of uses, and says so."
    )]
    Restore(Restore),

    /// Check every record of the keyring
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Examples:
  chop check
  chop check --accept-clock --reason \"clock was a year ahead on 2026-11-20\"

Exit status 0 sound, 1 after findings, each of which names its record; 6 if the keyring cannot be
opened at all."
    )]
    Check(Check),

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
        command: Vec<String>,
    },
}

/// Arguments of `quickstart`.
#[derive(Debug, Args)]
pub struct Quickstart {
    /// The folder to make
    #[arg(default_value = "chop-quickstart")]
    pub folder: PathBuf,
}

/// Arguments of `algorithms`.
#[derive(Debug, Args)]
pub struct Algorithms {
    /// What keys, certificates and signatures cost in each format, in bytes and in base64
    #[arg(long)]
    pub sizes: bool,

    /// In this format alone
    #[arg(long, requires = "sizes")]
    pub format: Option<SignatureFormat>,
}

/// Arguments of `keygen`.
#[derive(Debug, Args)]
pub struct Keygen {
    /// A name of `chop algorithms`; without one, the policy chooses by --purpose and --category
    pub algorithm: Option<String>,

    /// What the key is for, sign or receive, without an algorithm
    #[arg(long, value_enum, default_value_t = Purpose::Sign, conflicts_with = "algorithm", hide_possible_values = true)]
    pub purpose: Purpose,

    /// The security category that the choice must reach, up to 5 [default: any]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u8).range(1..=5), conflicts_with = "algorithm")]
    pub category: Option<u8>,

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

/// What a new key is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Purpose {
    /// Signing messages.
    Sign,
    /// Receiving secrets.
    Receive,
}

/// The commands of `policy`.
#[derive(Debug, Subcommand)]
pub enum PolicyCommand {
    /// Print a policy in TOML, to be copied and changed
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Example:
  chop policy show cnsa2 > policy.toml

The profiles are hybrid-2026 (the default: chooses hybrids, warns about classical keys),
cnsa2 (ML-DSA-87 and ML-KEM-1024), pq-only (no classical keys, no hybrids) and legacy-read
(the default, and legacy algorithms may be read)."
    )]
    Show {
        /// A profile [default: the policy that is in force]
        #[arg(value_name = "PROFILE")]
        profile: Option<String>,
    },

    /// Read a policy, and say what it does from when on
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Example:
  chop policy check policy.toml

Exit status 0 good, 1 if a choice can never be taken, 3 malformed."
    )]
    Check {
        /// The policy, `-` for standard input
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },

    /// Say whether the policy allows something, by which rules, and what will change
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Examples:
  chop policy explain --algorithm ECDSA-P256-SHA256 --use sign
  chop policy explain --algorithm RSA-3072 --use verify --at 2036-01-01 --policy cnsa2

Exit status 0 allowed, 4 refused."
    )]
    Explain(Explain),
}

/// Arguments of `policy explain`.
#[derive(Debug, Args)]
pub struct Explain {
    /// A name of `chop algorithms`
    #[arg(long, value_name = "ALG")]
    pub algorithm: String,

    /// generate, import, sign, verify, receive (encapsulating to a key) or open (decapsulating)
    #[arg(long = "use", value_name = "USE")]
    pub purpose: String,

    /// When: 2027-01-01, in the time zone of the policy, or 2027-01-01T08:00:00+08:00 [default: now]
    #[arg(long, value_name = "DATE")]
    pub at: Option<String>,

    /// The context string, as text
    #[arg(long, value_name = "TEXT")]
    pub context: Option<String>,
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

    /// The message of which the files are bare signatures
    #[arg(long, value_name = "FILE", requires = "key")]
    pub message: Option<PathBuf>,

    /// The public key to try them with, which may be bare bytes
    #[arg(long, value_name = "FILE", requires = "message")]
    pub key: Option<PathBuf>,
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
    #[arg(long, value_name = "KIND", requires = "algorithm")]
    pub input: Option<RawInput>,

    /// The algorithm of raw bytes, and of a Kyber key, which does not say its flavour
    #[arg(long, value_name = "ALG")]
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum SignatureFormat {
    /// CMS SignedData (RFC 5652), which most other software reads
    #[default]
    Cms,
    /// A detached JSON Web Signature (RFC 7515 appendix F)
    Jws,
    /// The bare signature of its standard
    Raw,
}

/// What signer and verifier agree on outside the signature.
#[derive(Debug, Args)]
pub struct Agreed {
    /// The format of the signature
    #[arg(long, default_value = "cms")]
    pub format: SignatureFormat,

    /// The context string, as text; with --format raw
    #[arg(long, value_name = "TEXT", conflicts_with = "context_hex")]
    pub context: Option<String>,

    /// The context string, in hexadecimal; with --format raw
    #[arg(long, value_name = "HEX")]
    pub context_hex: Option<String>,

    /// The scheme of an RSA key [default: RSASSA-PSS-SHA256]
    #[arg(long, value_name = "SCHEME")]
    pub rsa_scheme: Option<String>,
}

/// Arguments of `sign`.
#[derive(Debug, Args)]
pub struct Sign {
    /// The private key, a folder of keys from which the policy chooses, or the name of a key of the keyring (key:NAME where there is a file of that name, too); several keys sign one CMS message together
    #[arg(long = "key", value_name = "KEY", required = true)]
    pub keys: Vec<PathBuf>,

    /// The algorithm of the keys, where the files do not say it: bare bytes
    #[arg(long, value_name = "ALG")]
    pub algorithm: Option<String>,

    /// The certificate of a key, to name the signer and go into the CMS message
    #[arg(long = "certificate", value_name = "FILE")]
    pub certificates: Vec<PathBuf>,

    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap would take the text for the help of a group"
    )]
    pub agreed: Agreed,

    /// Put the content into the CMS message, up to 64 MiB
    #[arg(long)]
    pub attached: bool,

    /// Sign the content itself, without signed attributes; with CMS
    #[arg(long)]
    pub no_attributes: bool,

    /// Write CMS as PEM instead of DER
    #[arg(long)]
    pub pem: bool,

    /// The `kid` of a JWS [default: the fingerprint of the key]
    #[arg(long, value_name = "TEXT")]
    pub kid: Option<String>,

    /// Sign without randomness
    #[arg(long)]
    pub deterministic: bool,

    /// Refuse before signing what may be longer in its file, and list what would fit
    #[arg(long, value_name = "N")]
    pub max_bytes: Option<usize>,

    /// The file for the signature
    #[arg(short, value_name = "OUT", conflicts_with = "beside")]
    pub output: Option<PathBuf>,

    /// Write the signature beside the file, as for several, also for one
    #[arg(long)]
    pub beside: bool,

    /// Replace existing files; write a signature to the terminal
    #[arg(long)]
    pub force: bool,

    /// How many files are signed at a time [default: one for each processor]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,

    /// The file to sign, `-` for standard input; for several, signatures go beside them
    #[arg(value_name = "FILE", required = true)]
    pub files: Vec<PathBuf>,
}

/// The commands of `cert`.
#[derive(Debug, Subcommand)]
pub enum Cert {
    /// Make a certificate that a key signs for itself
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Example:
  chop cert self-sign --key payments.key --subject CN=Payments -o payments.crt

The subject is a name as RFC 4514 writes it: \"CN=Payments,O=Example Bank,C=CN\" has three
parts. The certificate is PEM: an end entity that
may sign, and nothing else. Whoever trusts it got it from its owner on another way."
    )]
    SelfSign(SelfSign),

    /// Show certificates
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Example:
  chop cert show payments.crt

Says whether a certificate is signed by its own key. Nothing is said about anybody else's."
    )]
    Show(ShowCertificate),
}

/// Arguments of `cert self-sign`.
#[derive(Debug, Args)]
pub struct SelfSign {
    /// The private key
    #[arg(long, value_name = "FILE")]
    pub key: PathBuf,

    /// Whose key it is
    #[arg(long, value_name = "NAME")]
    pub subject: String,

    /// For how many days, from now
    #[arg(long, value_name = "N", default_value = "365")]
    pub days: u32,

    /// The scheme of an RSA key [default: RSASSA-PSS-SHA256]
    #[arg(long, value_name = "SCHEME")]
    pub rsa_scheme: Option<String>,

    /// The file for the certificate
    #[arg(short, value_name = "OUT")]
    pub output: Option<PathBuf>,

    /// Write DER instead of PEM
    #[arg(long)]
    pub der: bool,

    /// Replace an existing file; write DER to the terminal
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `cert show`.
#[derive(Debug, Args)]
pub struct ShowCertificate {
    /// The certificates, `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
}

/// Arguments of `encapsulate`.
#[derive(Debug, Args)]
pub struct Encapsulate {
    /// The receiver's public key or certificate, or the name of a key of the keyring (key:NAME where there is a file of that name, too)
    #[arg(long, value_name = "KEY")]
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
    /// The private key, or the name of a key of the keyring (key:NAME where there is a file of that name, too)
    #[arg(long, value_name = "KEY")]
    pub key: PathBuf,

    /// The version of a key of the keyring [default: the current one]
    #[arg(long, value_name = "N")]
    pub version: Option<u32>,

    /// The algorithm of the key, where the file does not say it: bare bytes, and Kyber
    #[arg(long, value_name = "ALG")]
    pub algorithm: Option<String>,

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
pub fn parse(mut args: Vec<OsString>) -> Result<Parsed> {
    // `chop help sign` is `chop sign --help`.
    if args.get(1).is_some_and(|arg| arg == "help") {
        args.remove(1);
        args.push("--help".into());
    }
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
            // The nearest comes last.
            ContextValue::Strings(names) => names.last().map(String::as_str),
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
