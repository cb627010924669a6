//! Policies.

use std::io;

use chop::policy::Profile;

use crate::Corpus;

/// Every word of the format, each demand, dates in every form.
const EVERY_WORD: &str = r#"version = 1
name = "every-word"
zone = "+05:45"
read-legacy = false

[[choose]]
use = "sign"
algorithm = "ML-DSA-87"
from = 2028-02-29
counterparties = ["Alpha"]

[[choose]]
use = "receive"
algorithm = "X-Wing"
until = 2100-03-01T00:00:00-05:00
except = ["Beta"]

[[rule]]
name = "refused"
harm = "h"
use = ["generate", "import", "sign", "verify", "receive", "open"]
from = 2027-01-01
until = 2030-01-01T00:00:00Z
counterparties = ["Alpha", "Beta"]
except = ["Beta"]
algorithms = ["ML-DSA*", "legacy", "RSA-2048"]
refuse = true

[[rule]]
name = "warned"
harm = "h"
algorithms = ["classical"]
warn = true

[[rule]]
name = "only"
harm = "h"
from = 2035-01-01 12:00:00
only = ["hybrid", "post-quantum"]

[[rule]]
name = "category"
harm = "h"
min-category = 3

[[rule]]
name = "bits"
harm = "h"
min-rsa-bits = 3072

[[rule]]
name = "contexts"
harm = "h"
contexts = ["pacs.008", "hex:00ff"]
"#;

pub(crate) fn policy() -> io::Result<()> {
    let corpus = Corpus::of("policy")?;
    for profile in Profile::ALL {
        corpus.add(profile.name(), profile.as_toml())?;
    }
    corpus.add("every-word", EVERY_WORD)?;
    corpus.add("crlf", EVERY_WORD.replace('\n', "\r\n"))?;
    corpus.add("smallest", "version = 1\nname = \"s\"")?;
    corpus.add(
        "inline",
        "version = 1\nname = \"i\"\nrule = [{name = \"r\", harm = \"h\", refuse = true}]",
    )?;
    // Each of these is refused.
    for (name, from, to) in [
        ("version-2", "version = 1", "version = 2"),
        ("zone-of-a-fraction", "+05:45", ".5Z"),
        ("unknown-word", "min-category", "min_category"),
        ("unknown-algorithm", "ML-DSA-87", "MLDSA87"),
        ("quoted-date", "2027-01-01", "\"2027-01-01\""),
        (
            "leap-second",
            "2030-01-01T00:00:00Z",
            "2030-06-30T23:59:60Z",
        ),
        ("no-such-day", "2028-02-29", "2100-02-29"),
        ("empty-period", "2030-01-01T00:00:00Z", "2027-01-01"),
        ("two-demands", "warn = true", "warn = true\nrefuse = true"),
        ("same-name", "\"only\"", "\"warned\""),
        ("name-of-the-built-in-rule", "\"only\"", "\"read-legacy\""),
        ("control-character", "\"Beta\"", "\"\\u001b\""),
    ] {
        corpus.add(name, EVERY_WORD.replace(from, to))?;
    }
    corpus.add("not-utf-8", b"version = 1\nname = \"\xff\"")
}
