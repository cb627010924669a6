//! The command line.

use std::ffi::{OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

use chop::Code;
use chop_cli::args::{Parsed, parse};

/// Parses the arguments in `data`, which zero bytes separate. A refusal is a usage error in one
/// harmless line; a text is given only to who asks for it; and `--json` is on only if it stands
/// there, because that is where the command looks before there is anything parsed.
pub(crate) fn run(data: &[u8]) -> bool {
    let mut args = vec![OsString::from("chop")];
    args.extend(
        data.split(|byte| *byte == 0)
            .map(|arg| OsStr::from_bytes(arg).to_owned()),
    );
    let stands = |names: &[&str]| args.iter().any(|arg| names.iter().any(|name| arg == name));
    match parse(args.clone()) {
        Ok(Parsed::Command(cli)) => {
            assert!(!cli.json || stands(&["--json"]));
            let again = parse(args).map(|parsed| format!("{parsed:?}"));
            assert_eq!(again, Ok(format!("{:?}", Parsed::Command(cli))));
            true
        }
        Ok(Parsed::Text(text)) => {
            // The short flags may stand in a group, as in `-qh`.
            let asked =
                stands(&["--help", "--version"]) || data.iter().any(|byte| b"hV".contains(byte));
            assert!(asked, "a text that nobody asked for");
            assert!(!text.is_empty());
            true
        }
        Err(error) => {
            assert_eq!(error.code(), Code::Usage, "{error:?}");
            let text = error.to_string();
            assert!(
                !text.chars().any(char::is_control),
                "control character in {text:?}"
            );
            false
        }
    }
}
