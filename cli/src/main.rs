//! The command `chop`.

use std::process::ExitCode;

fn main() -> ExitCode {
    chop_cli::main(std::env::args_os().collect())
}
