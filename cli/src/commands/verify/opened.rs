//! A file and its signature.

use std::path::Path;

use chop::{Error, Result};

use crate::args::{SignatureFormat, Verify};
use crate::input::{Input, is_standard};

/// A file and its signature, open.
pub(super) struct Opened {
    pub(super) signature: Input,
    /// Without it the content is inside the signature.
    pub(super) message: Option<Input>,
}

impl Opened {
    pub(super) fn new(args: &Verify, file: &Path) -> Result<Self> {
        if let Some(signature) = &args.signature {
            return Ok(Self {
                signature: Input::open(signature)?,
                message: Some(Input::open(file)?),
            });
        }
        if args.attached || args.output.is_some() {
            return Ok(Self {
                signature: Input::open(file)?,
                message: None,
            });
        }
        let format = args.agreed.format;
        let beside = format.beside(file);
        // A file that is not there is the first thing to say.
        let message = Input::open(file)?;
        if is_standard(file) || beside.symlink_metadata().is_err() {
            return Err(no_signature(format, file));
        }
        Ok(Self {
            signature: Input::open(&beside)?,
            message: Some(message),
        })
    }

    pub(super) fn size(&self) -> Option<u64> {
        self.message.as_ref().unwrap_or(&self.signature).size()
    }
}

fn no_signature(format: SignatureFormat, file: &Path) -> Error {
    let beside = match is_standard(file) {
        true => String::new(),
        false => format!(", {} beside it", format.beside(file).display()),
    };
    let inside = match format {
        SignatureFormat::Cms => ", or --attached for CMS with its content inside",
        _ => "",
    };
    Error::usage("signature of the file")
        .expected(format!("--signature FILE{beside}{inside}"))
        .got("none")
        .at(file.display().to_string())
}
