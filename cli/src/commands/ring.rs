//! A folder of private keys, from which the policy chooses the one that signs.

use std::fs;
use std::path::{Path, PathBuf};

use chop::policy::Use;
use chop::{Code, Context, Error, Guard, PublicKey, Result, encoding};

use crate::input::Input;
use crate::report::Report;

/// The most files of a folder that are looked at.
const MAX_FILES: usize = 1000;

/// The files of a folder, in the order of their names.
///
/// # Errors
/// [`Code::Io`]; [`Code::Limit`] above [`MAX_FILES`].
pub(super) fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let unreadable = |error: std::io::Error| {
        Error::new(Code::Io, "cannot read")
            .got(error.to_string())
            .at(folder.display().to_string())
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() {
            files.push(path);
        }
        if files.len() > MAX_FILES {
            return Err(Error::new(Code::Limit, "folder of keys")
                .expected(format!("at most {MAX_FILES} files"))
                .got("more")
                .at(folder.display().to_string()));
        }
    }
    files.sort();
    Ok(files)
}

/// A private key in a file, and its public key as far as could be seen.
pub(super) struct Found {
    pub(super) path: PathBuf,
    pub(super) public: PublicKey,
}

/// The key in `folder` that the policy wants for signing in `context`: of the algorithms that it chooses
/// today, the first of which there is a key.
///
/// # Errors
/// [`Code::Policy`] if there is none, [`Code::Usage`] if there are several of that algorithm.
pub(super) fn choose(
    folder: &Path,
    files: &[PathBuf],
    context: &Context,
    guard: &Guard,
    report: &Report,
) -> Result<Found> {
    let choices = guard.usable(Use::Sign, context)?;
    let policy = guard.policy().name();
    if choices.is_empty() {
        return Err(guard.nothing_chosen(Use::Sign, None)?);
    }
    let mut found = Vec::new();
    for path in files {
        match signer(path) {
            Ok(Some(public)) => found.push(Found {
                path: path.clone(),
                public,
            }),
            Ok(None) => {}
            Err(error) => report.say(&format!("passed over: {error}")),
        }
    }
    for choice in &choices {
        let mut of_choice = found
            .extract_if(.., |key| key.public.algorithm() == *choice)
            .collect::<Vec<_>>()
            .into_iter();
        match (of_choice.next(), of_choice.next()) {
            (None, _) => {}
            (Some(one), None) => return Ok(one),
            (Some(one), Some(other)) => {
                let (one, other) = (one.path.display(), other.path.display());
                return Err(Error::usage("folder of keys")
                    .expected(format!("one {choice} key, which policy {policy} chooses"))
                    .got(format!("{one} and {other}"))
                    .at(folder.display().to_string()));
            }
        }
    }
    let wanted: Vec<&str> = choices.iter().map(|choice| choice.name()).collect();
    let mut there: Vec<&str> = found
        .iter()
        .map(|key| key.public.algorithm().name())
        .collect();
    there.dedup();
    Err(Error::new(
        Code::Policy,
        format!(
            "no key that policy {policy} chooses for signing on {}",
            guard.now()?
        ),
    )
    .expected(format!(
        "{}; chop keygen --purpose sign makes one",
        wanted.join(" or ")
    ))
    .got(match there.as_slice() {
        [] => "no private key that signs".to_owned(),
        there => there.join(", "),
    })
    .at(folder.display().to_string()))
}

/// The public key of the private key in a file; `None` for a file that holds none that signs. An encrypted
/// key is known by the public key beside it, `NAME.pub` for `NAME.key`, until it has been opened.
fn signer(file: &Path) -> Result<Option<PublicKey>> {
    let name = file.display().to_string();
    let bytes = Input::open(file)?.read_key()?;
    let encrypted = || Err(Error::new(Code::Passphrase, "encrypted key"));
    let public = match encoding::read_private_key(bytes.expose(), &mut { encrypted }) {
        Ok(key) => key.public_key(),
        Err(error) if error.code() == Code::Passphrase => {
            let public = file.with_extension("pub");
            let known = Input::open(&public)
                .and_then(Input::read_key)
                .and_then(|bytes| encoding::read_public_key(bytes.expose()));
            known.map_err(|_| {
                Error::new(Code::Passphrase, "encrypted key")
                    .expected(format!("its public key beside it, as {}", public.display()))
                    .at(&name)
            })?
        }
        // What calls itself a key and is none deserves a word, other files of a folder do not.
        Err(error) if file.extension().is_some_and(|extension| extension == "key") => {
            return Err(error.at(name));
        }
        Err(_) => return Ok(None),
    };
    Ok(matches!(public, PublicKey::Verifying(_)).then_some(public))
}
