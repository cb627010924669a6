//! The part of the command line that is about the keyring.

use std::path::PathBuf;

use clap::{ArgGroup, Args, Subcommand};

use super::{Purpose, TEMPLATE};

/// Arguments of `init`.
#[derive(Debug, Args)]
pub struct Init {
    /// Make an unlock file, and protect the keyring with it instead of a passphrase
    #[arg(long, value_name = "PATH", conflicts_with = "unlock_file")]
    pub new_unlock_file: Option<PathBuf>,

    /// A file that remembers how far the keyring had come, on another disk if possible
    #[arg(long, value_name = "PATH")]
    pub witness: Option<PathBuf>,
}

/// The time for which a version of a key is meant, and how it may be used.
#[derive(Debug, Args)]
pub struct Limits {
    /// Not before: 2027-01-01, in the time zone of the policy, or 2027-01-01T08:00:00+08:00
    #[arg(long, value_name = "T")]
    pub not_before: Option<String>,

    /// Signs, or is encrypted to, until then
    #[arg(long, value_name = "T")]
    pub sign_until: Option<String>,

    /// Verifies, or opens, until then
    #[arg(long, value_name = "T")]
    pub verify_until: Option<String>,

    /// How often its private key may be used
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub max_uses: Option<u64>,

    /// A context string that its signatures may have, as text; several are alternatives, `` is the empty one
    #[arg(long = "allow-context", value_name = "C")]
    pub contexts: Vec<String>,

    /// A label, like department=treasury
    #[arg(long = "label", value_name = "NAME=VALUE")]
    pub labels: Vec<String>,

    /// Not to be used before `chop key activate`
    #[arg(long)]
    pub pre_active: bool,
}

/// Which version of a key, and why.
#[derive(Debug, Args)]
pub struct Transition {
    /// The key
    #[arg(value_name = "NAME")]
    pub name: String,

    /// The version [default: the current one]
    #[arg(long, value_name = "N")]
    pub version: Option<u32>,

    /// Why, for the record
    #[arg(long, value_name = "R")]
    pub reason: Option<String>,
}

/// The commands of `key`.
#[derive(Debug, Subcommand)]
pub enum KeyCommand {
    /// Make a key
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Examples:
  chop key new payments/outgoing --sign-until 2027-12-31 --max-uses 1000000
  chop key new treasury/incoming --purpose receive
  chop key new archive/seal --algorithm SLH-DSA-SHA2-128s --allow-context archive --pre-active

Without --algorithm the policy chooses. The key is active at once unless --pre-active."
    )]
    New(KeyNew),

    /// List the keys
    #[command(help_template = TEMPLATE, after_help = "Example:\n  chop key list")]
    List,

    /// Show a key, its versions and their history
    #[command(help_template = TEMPLATE, after_help = "Example:\n  chop key show payments/outgoing")]
    Show {
        /// The key
        #[arg(value_name = "NAME")]
        name: String,
    },

    /// List the keys whose current version needs a successor soon
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Example:
  chop key due --within 90d

Due is what signs no longer after that time, what the policy refuses by then, what has used
nine tenths of its uses, and what can sign no more already."
    )]
    Due {
        /// How long ahead: 30d, 12h, 2w
        #[arg(long, value_name = "TIME", default_value = "30d")]
        within: String,
    },

    /// Let a version be used that was made with --pre-active
    #[command(help_template = TEMPLATE, after_help = "Example:\n  chop key activate payments/outgoing")]
    Activate(Transition),

    /// Stop a version for a while: it signs no more, what it signed verifies
    #[command(help_template = TEMPLATE, after_help = "Example:\n  chop key suspend payments/outgoing --reason \"laptop not found\"")]
    Suspend(Transition),

    /// Take a suspended version into use again
    #[command(help_template = TEMPLATE, after_help = "Example:\n  chop key resume payments/outgoing --reason \"laptop found\"")]
    Resume(Transition),

    /// End the use of a version for good: it signs no more, what it signed verifies
    #[command(help_template = TEMPLATE, after_help = "Example:\n  chop key deactivate payments/outgoing --version 1")]
    Deactivate(Transition),

    /// Make the next version of a key, of another algorithm if need be
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Examples:
  chop key rotate payments/outgoing
  chop key rotate payments/outgoing --algorithm ML-DSA-65
  chop key rotate --due

The new version is active and current; the old one is deactivated: it signs no more, and what
it signed verifies until its window ends. Windows and limits are carried over, as long again."
    )]
    Rotate(KeyRotate),

    /// Trust a version no more since some time
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Example:
  chop key compromise payments/outgoing --version 1 --since 2026-10-01 --reason \"found on a stolen disk\"

A signature of that version is still valid if the record proves that it is older than that.
Everything else by it is untrusted. The time may be moved back later, never forward."
    )]
    Compromise(KeyCompromise),

    /// Destroy the private key of a version, for ever
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Example:
  chop key destroy payments/outgoing --version 1 --reason \"end of life\"

Public key and history stay, so that old signatures verify and nobody makes the version again.
Backups and copies of the disk still hold what they held."
    )]
    Destroy(KeyDestroy),

    /// Take a key from a file: a private key, or the public key or certificate of a counterparty
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Examples:
  chop key import payments/outgoing old-payments.key
  chop key import partners/icbc partner.crt

A counterparty's Dilithium key is taken under the policy legacy-read and verifies under it; Kyber keys
and legacy private keys are not taken. Into a name that exists it becomes the next version, as with rotate."
    )]
    Import(KeyImport),

    /// Write the public key of a version, or its private key without any protection
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Examples:
  chop key export payments/outgoing -o payments.pub
  chop key export payments/outgoing --unencrypted-private -o payments.key

The export of a private key stands in the record."
    )]
    Export(KeyExport),
}

/// Arguments of `key new`.
#[derive(Debug, Args)]
pub struct KeyNew {
    /// The name: parts of letters, digits, `.`, `_` and `-`, with `/` between them
    #[arg(value_name = "NAME")]
    pub name: String,

    /// A name of `chop algorithms` [default: the policy chooses]
    #[arg(long, value_name = "A")]
    pub algorithm: Option<String>,

    /// What the key is for: sign or receive [default: sign, or what the algorithm is for]
    #[arg(long, value_enum, hide_possible_values = true)]
    pub purpose: Option<Purpose>,

    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap would take the text for the help of a group"
    )]
    pub limits: Limits,
}

/// Arguments of `key rotate`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("which").args(["name", "due"]).required(true).multiple(false))]
pub struct KeyRotate {
    /// The key
    #[arg(value_name = "NAME")]
    pub name: Option<String>,

    /// Every key of `chop key due`
    #[arg(long)]
    pub due: bool,

    /// How long ahead, with --due: 30d, 12h, 2w
    #[arg(long, value_name = "TIME", requires = "due", default_value = "30d")]
    pub within: String,

    /// A name of `chop algorithms` [default: the policy chooses]
    #[arg(long, value_name = "A")]
    pub algorithm: Option<String>,

    /// Why, for the record
    #[arg(long, value_name = "R")]
    pub reason: Option<String>,
}

/// Arguments of `key compromise`.
#[derive(Debug, Args)]
pub struct KeyCompromise {
    /// The key
    #[arg(value_name = "NAME")]
    pub name: String,

    /// The version [default: the current one]
    #[arg(long, value_name = "N")]
    pub version: Option<u32>,

    /// Since when it is not trusted
    #[arg(long, value_name = "T")]
    pub since: String,

    /// Why, for the record
    #[arg(long, value_name = "R")]
    pub reason: String,
}

/// Arguments of `key destroy`.
#[derive(Debug, Args)]
pub struct KeyDestroy {
    /// The key
    #[arg(value_name = "NAME")]
    pub name: String,

    /// The version
    #[arg(long, value_name = "N")]
    pub version: u32,

    /// Why, for the record
    #[arg(long, value_name = "R")]
    pub reason: String,
}

/// Arguments of `key import`.
#[derive(Debug, Args)]
pub struct KeyImport {
    /// The name, new or known
    #[arg(value_name = "NAME")]
    pub name: String,

    /// The key, `-` for standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,

    /// The algorithm of the key, where the file does not say it: bare bytes
    #[arg(long, value_name = "ALG")]
    pub algorithm: Option<String>,

    /// What an elliptic-curve key is for, which does not say it itself
    #[arg(long, value_enum, hide_possible_values = true)]
    pub purpose: Option<Purpose>,

    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap would take the text for the help of a group"
    )]
    pub limits: Limits,
}

/// Arguments of `key export`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("half").args(["public", "unencrypted_private"]).multiple(false))]
pub struct KeyExport {
    /// The key
    #[arg(value_name = "NAME")]
    pub name: String,

    /// The version [default: the current one]
    #[arg(long, value_name = "N")]
    pub version: Option<u32>,

    /// The public key; so it is without either
    #[arg(long)]
    pub public: bool,

    /// The private key, readable by whoever gets the file
    #[arg(long)]
    pub unencrypted_private: bool,

    /// Why, for the record
    #[arg(long, value_name = "R")]
    pub reason: Option<String>,

    /// The file to write
    #[arg(short, value_name = "OUT")]
    pub output: Option<PathBuf>,

    /// Replace an existing file; write a private key to the terminal
    #[arg(long)]
    pub force: bool,
}

/// The commands of `unlocker`.
#[derive(Debug, Subcommand)]
pub enum UnlockerCommand {
    /// Let another passphrase or file unlock the keyring
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Examples:
  chop unlocker add --label night-shift
  chop unlocker add --label batch --new-unlock-file /etc/chop/unlock

With --passphrase-fd the first line unlocks the keyring and the second is the new passphrase."
    )]
    Add {
        /// What it is called
        #[arg(long, value_name = "TEXT", default_value = "")]
        label: String,

        /// Make an unlock file instead of asking for a passphrase
        #[arg(long, value_name = "PATH")]
        new_unlock_file: Option<PathBuf>,
    },

    /// List them
    #[command(help_template = TEMPLATE, after_help = "Example:\n  chop unlocker list")]
    List,

    /// Let one unlock the keyring no more
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Example:
  chop unlocker remove 2

The last one stays. Copies and backups of the keyring still open with what opened them."
    )]
    Remove {
        /// Its number in the list
        #[arg(value_name = "N")]
        number: u32,
    },
}

/// The commands of `audit`.
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Print the record
    #[command(help_template = TEMPLATE, after_help = "Example:\n  chop audit list --key payments/outgoing --last 20")]
    List {
        /// Of this key alone
        #[arg(long, value_name = "NAME")]
        key: Option<String>,

        /// The last so many entries alone
        #[arg(long, value_name = "N")]
        last: Option<u64>,
    },

    /// Check the record of the keyring, or a file of it without any keyring
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Examples:
  chop audit verify
  chop audit verify record.jsonl --key audit.pub --checkpoint kept-in-march.txt
  chop audit verify entry-17.json --key audit.pub

The file is what `chop audit export` has written: the record, the proof of one entry, or the
proof that a later record continues an earlier one. Whose key to believe is said by --key.
Exit status 0 sound, 1 after findings."
    )]
    Verify {
        /// The file [default: the record of the keyring itself]
        #[arg(value_name = "FILE", requires = "key")]
        file: Option<PathBuf>,

        /// The public audit key, from another way than the file
        #[arg(long, value_name = "FILE", requires = "file")]
        key: Option<PathBuf>,

        /// A checkpoint that was kept elsewhere
        #[arg(long = "checkpoint", value_name = "FILE")]
        checkpoints: Vec<PathBuf>,
    },

    /// Sign how far the record has come, to be kept elsewhere
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Example:
  chop audit checkpoint -o 2026-11.checkpoint --pub audit.pub

A checkpoint that somebody else keeps covers everything before it: no entry of that can be
changed or left out any more without being seen."
    )]
    Checkpoint {
        /// The file for the checkpoint
        #[arg(short, value_name = "OUT")]
        output: Option<PathBuf>,

        /// The file for the public audit key
        #[arg(long = "pub", value_name = "FILE")]
        public: Option<PathBuf>,

        /// Replace existing files
        #[arg(long)]
        force: bool,
    },

    /// Write the record, or a proof of a part of it, to be checked without the keyring
    #[command(
        help_template = TEMPLATE,
        after_help = "\
Examples:
  chop audit export -o record.jsonl --pub audit.pub
  chop audit export --entry 17 -o entry-17.json
  chop audit export --since kept-in-march.txt -o continues.json

The record is text: one JSON object a line."
    )]
    Export {
        /// The proof that this entry is in the record
        #[arg(long, value_name = "N", conflicts_with = "since")]
        entry: Option<u64>,

        /// The proof that the record continues the one of this checkpoint
        #[arg(long, value_name = "FILE")]
        since: Option<PathBuf>,

        /// The file to write
        #[arg(short, value_name = "OUT")]
        output: Option<PathBuf>,

        /// The file for the public audit key
        #[arg(long = "pub", value_name = "FILE")]
        public: Option<PathBuf>,

        /// Replace existing files
        #[arg(long)]
        force: bool,
    },
}

/// Arguments of `backup`.
#[derive(Debug, Args)]
pub struct Backup {
    /// The file for the backup
    #[arg(short, value_name = "OUT")]
    pub output: PathBuf,

    /// Replace an existing file
    #[arg(long)]
    pub force: bool,
}

/// Arguments of `restore`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("step").args(["file", "confirm"]).required(true).multiple(false))]
pub struct Restore {
    /// The backup
    #[arg(value_name = "FILE")]
    pub file: Option<PathBuf>,

    /// Let the versions of a restored keyring sign again
    #[arg(long)]
    pub confirm: bool,

    /// An export of the record of the keyring that was lost, with what happened after the backup
    #[arg(long, value_name = "FILE", requires = "confirm")]
    pub audit: Option<PathBuf>,

    /// The witness of the keyring that was lost, if it has been moved, or the place for a new one
    #[arg(long, value_name = "PATH")]
    pub witness: Option<PathBuf>,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub struct Check {
    /// Go on with a clock that is behind the record, because the record is wrong
    #[arg(long, requires = "reason")]
    pub accept_clock: bool,

    /// Make a new witness there, because the old one is lost or moves
    #[arg(long, value_name = "PATH", requires = "reason")]
    pub new_witness: Option<PathBuf>,

    /// Why, for the record
    #[arg(long, value_name = "R")]
    pub reason: Option<String>,
}
