//! Writes the committed corpus and the dictionaries: `scripts/fuzz seed`.
//!
//! Every run writes the same bytes. Keys come from fixed seeds and, for RSA, from `keys/`: the key of
//! the library's self-test and two that were made for this corpus. None of them protects anything.
//! The directories of the corpus are emptied first, so a finding that is to stay belongs into these
//! files.

use std::path::Path;
use std::{fs, io};

mod dictionaries;
mod edits;
mod encrypted;
mod hybrids;
mod inspect;
mod jws;
mod keyrings;
mod keys;
mod legacy;
mod pkcs8;
mod policies;
mod signed;
mod spki;
mod structures;
mod text;
mod verifications;

fn main() -> io::Result<()> {
    pkcs8::pkcs8()?;
    encrypted::encrypted_pkcs8()?;
    spki::spki()?;
    text::pem()?;
    text::jwk()?;
    jws::jws()?;
    inspect::inspect()?;
    edits::raw()?;
    edits::sign_verify()?;
    edits::arguments()?;
    legacy::legacy_signature()?;
    legacy::legacy_key()?;
    legacy::legacy_ciphertext()?;
    legacy::legacy_public()?;
    hybrids::hybrid()?;
    hybrids::hybrid_round_trip()?;
    signed::cms()?;
    signed::certificate_corpus()?;
    policies::policy()?;
    verifications::ml_dsa_verify()?;
    keyrings::record()?;
    keyrings::store()?;
    keyrings::backup()?;
    keyrings::audit_export()?;
    dictionaries::dictionaries()
}

/// The files of one target.
struct Corpus(&'static str);

impl Corpus {
    /// Empties the directory of `target`.
    fn of(target: &'static str) -> io::Result<Self> {
        let corpus = Self(target);
        match fs::remove_dir_all(corpus.path()) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        fs::create_dir_all(corpus.path())?;
        Ok(corpus)
    }

    fn path(&self) -> String {
        format!("{}/corpus/{}", env!("CARGO_MANIFEST_DIR"), self.0)
    }

    fn add(&self, name: &str, bytes: impl AsRef<[u8]>) -> io::Result<()> {
        let path = format!("{}/{name}", self.path());
        assert!(!Path::new(&path).exists(), "{path} twice");
        fs::write(path, bytes)
    }
}
