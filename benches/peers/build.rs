//! With the feature `openssl`: libcrypto of OpenSSL 4, which no crate for Rust binds yet.

fn main() {
    // It takes minutes, and depends on nothing else here.
    println!("cargo:rerun-if-changed=build.rs");
    #[cfg(feature = "openssl")]
    openssl_src::Build::new().build().print_cargo_metadata();
}
