//! Arguments of `verify`.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::Agreed;

/// What stands behind the help.
pub(super) const EXAMPLES: &str = "\
Examples:
  chop verify --key payments.pub --signature pacs008.p7s pacs008.xml
  chop verify --trust payments.crt pacs*.xml pain*.xml
  chop verify --key payments.pub -o content.xml signed.p7m
  chop verify --format raw --batch list.jsonl
  chop verify --key payments.pub --batch archive

Without --signature it is looked for beside the file, as FILE.p7s, FILE.jws or FILE.sig;
with --attached or -o in the file itself, which is CMS then. Whom to believe is said by --key or --trust; names and
certificates inside a signature decide nothing.

A signature by ML-DSA or SLH-DSA, be it half of a hybrid, is verified by two implementations,
and exit status 70 says that they disagree.

--batch is for many, and fast: one implementation, ML-DSA keys expanded once, and bare signatures
by ML-DSA verified several at a time. LIST is a file of JSON lines, - for standard input, each

  {\"file\": \"pacs1.xml\", \"signature\": \"pacs1.sig\", \"key\": \"payments.pub\", \"context\": \"pacs\"}

of which all but the first may be left out: the signature is looked for beside the file then, and
key and context are those of the command line. \"context_hex\" gives a context in hexadecimal. Paths
are relative to the folder of LIST; those of a list from standard input to the current one. Or LIST is a
folder, whose files must all be signed. Shown are the lines that are not plainly valid, and the counts; with --json
each of them is a line of JSON, and the last line has the counts: where it is missing, not all was verified.

Exit status 0 valid, 1 invalid, 3 not a signature of that algorithm at all, 4 by somebody
who is not trusted; with several files the worst counts.

What Dilithium has signed is verified under the policy legacy-read, and marked; --batch shows each such
signature, too:
  chop verify --policy legacy-read --format raw --algorithm Dilithium3-R3 --key old.pub old.xml";

/// Arguments of `verify`.
#[derive(Debug, Args)]
#[command(group = ArgGroup::new("whom").args(["keys", "trust", "batch"]).required(true).multiple(true))]
pub struct Verify {
    /// The public key, a certificate to take it from, or the name of a key of the keyring (key:NAME where there is a file of that name, too); several keys must all have signed
    #[arg(long = "key", value_name = "KEY")]
    pub keys: Vec<PathBuf>,

    /// The algorithm of the keys, where the files do not say it: bare bytes
    #[arg(long, value_name = "ALG", conflicts_with = "trust")]
    pub algorithm: Option<String>,

    /// Self-signed certificates, the holder of one of which must have signed; with CMS
    #[arg(long, value_name = "FILE", conflicts_with = "keys")]
    pub trust: Option<PathBuf>,

    #[command(flatten)]
    #[allow(
        missing_docs,
        reason = "clap would take the text for the help of a group"
    )]
    pub agreed: Agreed,

    /// The signature [default: FILE.p7s, .jws or .sig beside the file]
    #[arg(long, value_name = "FILE")]
    pub signature: Option<PathBuf>,

    /// Verify everything in a list of JSON lines, or in a folder
    #[arg(long, value_name = "LIST", conflicts_with_all = ["files", "signature", "attached", "output", "explain", "force"])]
    pub batch: Option<PathBuf>,

    /// The files are CMS messages with their content inside
    #[arg(long)]
    pub attached: bool,

    /// Where to write the content of such a message, once it is verified
    #[arg(short, value_name = "OUT")]
    pub output: Option<PathBuf>,

    /// Say which check fails; with CMS and raw
    #[arg(long)]
    pub explain: bool,

    /// Replace an existing file
    #[arg(long)]
    pub force: bool,

    /// How many files are verified at a time [default: one for each processor]
    #[arg(long, value_name = "N")]
    pub jobs: Option<NonZeroUsize>,

    /// The file that was signed, `-` for standard input
    #[arg(value_name = "FILE", required_unless_present = "batch")]
    pub files: Vec<PathBuf>,
}
