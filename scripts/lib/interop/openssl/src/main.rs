//! Prints where the source of OpenSSL lies, which scripts/interop configures and builds: the crate
//! builds the libraries alone, and the exchange needs the command.

fn main() {
    println!("{}", openssl_src::source_dir().display());
}
