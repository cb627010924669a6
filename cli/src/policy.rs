//! Which policy a command is under.

use std::env;
use std::path::{Path, PathBuf};

use chop::policy::{MAX_POLICY, Profile};
use chop::{Code, Error, Guard, Policy, Result};

use crate::args::Cli;
use crate::input::{Input, is_standard};
use crate::report::Report;

/// The variable that names a policy where `--policy` does not.
const VARIABLE: &str = "CHOP_POLICY";

/// The policy of the machine.
const OF_THE_MACHINE: &str = "/etc/chop/policy.toml";

/// A policy, and the text that it was read from.
pub(crate) struct Loaded {
    pub(crate) policy: Policy,
    pub(crate) text: String,
}

/// The policy in force: what `--policy` names, else `$CHOP_POLICY`, else that of the machine, else the
/// default profile. One that is named or there, and cannot be read, stops the command.
///
/// # Errors
/// [`Code::Usage`], [`Code::Io`], [`Code::Malformed`], [`Code::Limit`].
pub(crate) fn in_force(named: Option<&Path>) -> Result<Loaded> {
    let variable = || {
        let value = env::var_os(VARIABLE).filter(|value| !value.is_empty());
        value.map(PathBuf::from)
    };
    if let Some(named) = named.map(Path::to_owned).or_else(variable) {
        // What a command reads from there is its message or its key.
        if is_standard(&named) {
            return Err(Error::usage("policy")
                .expected("a profile or a file")
                .got("standard input"));
        }
        let profile = named.to_str().and_then(Profile::from_name);
        return profile.map_or_else(|| from_file(&named), |profile| Ok(built_in(profile)));
    }
    match Path::new(OF_THE_MACHINE).symlink_metadata() {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            Ok(built_in(Profile::Hybrid2026))
        }
        _ => from_file(Path::new(OF_THE_MACHINE)),
    }
}

/// The policy in a file.
///
/// # Errors
/// As [`in_force`].
pub(crate) fn from_file(path: &Path) -> Result<Loaded> {
    let input = Input::open(path)?;
    let name = input.name().to_owned();
    let bytes = input.read("policy", MAX_POLICY)?;
    let text = std::str::from_utf8(bytes.expose()).map_err(|error| {
        Error::new(Code::Malformed, "policy")
            .expected("UTF-8")
            .got(error.to_string())
            .at(&name)
    })?;
    Ok(Loaded {
        policy: Policy::from_toml(text).map_err(|error| error.at(&name))?,
        text: text.to_owned(),
    })
}

pub(crate) fn built_in(profile: Profile) -> Loaded {
    Loaded {
        policy: Policy::built_in(profile),
        text: profile.as_toml().to_owned(),
    }
}

/// What the keys of a command ask.
///
/// # Errors
/// As [`in_force`]; [`Code::Usage`] for a counterparty that no policy can name.
pub(crate) fn guard(cli: &Cli, report: &Report) -> Result<Guard> {
    let loaded = in_force(cli.policy.as_deref())?;
    report.under(&loaded.policy);
    let guard = Guard::new(loaded.policy);
    match &cli.counterparty {
        Some(name) => guard.with_counterparty(name),
        None => Ok(guard),
    }
}
