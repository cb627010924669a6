//! NIST ACVP gen-val files (usnistgov/ACVP-Server v1.1.0.43), kept in `../shared/test-vectors/acvp`.
//!
//! An unknown field in a file is an error: it could change what its vectors mean.

mod ml_dsa;
mod ml_kem;
mod slh_dsa;

use std::fs;
use std::ops::Deref;

use chop::Algorithm;
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer, Error as _};

use crate::shared;

/// One file. `G` is its group of tests.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct File<G> {
    algorithm: String,
    mode: String,
    revision: String,
    test_groups: Vec<G>,
    #[serde(rename = "vsId")]
    _vs_id: u32,
    #[serde(rename = "isSample")]
    _is_sample: bool,
}

/// The groups of a file, or `None` where the collection is absent.
fn groups<G: DeserializeOwned>(folder: &str, file: &str) -> Option<Vec<G>> {
    let path = shared::folder("acvp")?.join(folder).join(file);
    let file: File<G> = serde_json::from_slice(&fs::read(&path).unwrap())
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let named = format!("{}-{}-{}", file.algorithm, file.mode, file.revision);
    assert!(
        folder.starts_with(&named),
        "{} holds {named}",
        path.display()
    );
    Some(file.test_groups)
}

/// Bytes in hexadecimal.
struct Hex(Vec<u8>);

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let digits = String::deserialize(deserializer)?;
        hex::decode(digits).map(Self).map_err(D::Error::custom)
    }
}

impl Deref for Hex {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

/// A parameter set, which ACVP spells as the standard does.
fn parameter_set<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Algorithm, D::Error> {
    let name = String::deserialize(deserializer)?;
    Algorithm::from_name(&name).map_err(D::Error::custom)
}
