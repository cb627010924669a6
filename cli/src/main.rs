//! The command `chop`.

fn main() {
    let status = chop_cli::main(std::env::args_os().collect());
    // Not through the handlers of `exit`: AWS-LC draws randomness there, and would end the process
    // with an abort after the work is done if that failed.
    signal_hook::low_level::exit(status.into());
}
