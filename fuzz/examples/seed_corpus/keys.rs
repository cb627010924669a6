//! The fixed keys.

use chop::algorithm::Kind;
use chop::{Algorithm, Form, PrivateKey, PublicKey, SecretBytes};

pub(crate) fn file_name(algorithm: Algorithm) -> String {
    algorithm.name().to_lowercase()
}

pub(crate) fn counting(len: usize) -> SecretBytes {
    let mut bytes = SecretBytes::zeroed(len);
    // Begins with zero, which keeps scalars below the order of every curve.
    for (byte, value) in bytes.expose_mut().iter_mut().zip((0..=u8::MAX).cycle()) {
        *byte = value;
    }
    bytes
}

/// The fixed key of an algorithm.
pub(crate) fn key(algorithm: Algorithm) -> PrivateKey {
    if algorithm.is_hybrid() {
        return chop_fuzz::hybrid_keys::private_key(algorithm);
    }
    let info = algorithm.info();
    let rsa = |der: &[u8]| PrivateKey::from_expanded(algorithm, SecretBytes::copy_of(der));
    let made = match (algorithm, info.seed, info.expanded) {
        (Algorithm::Rsa2048, ..) => rsa(include_bytes!("../../keys/rsa-2048.der")),
        (Algorithm::Rsa3072, ..) => rsa(include_bytes!("../../keys/rsa-3072.der")),
        (Algorithm::Rsa4096, ..) => rsa(include_bytes!("../../keys/rsa-4096.der")),
        (_, Some(len), _) => PrivateKey::from_seed(algorithm, counting(len)),
        (_, None, size) => {
            let len = size.expect("a form at least").max();
            if info.standard == "FIPS 205" {
                let (seed, n) = (counting(len), len / 4);
                let part = |i: usize| &seed.expose()[i * n..(i + 1) * n];
                chop::testing::slh_dsa_key(algorithm, part(0), part(1), part(2))
            } else {
                PrivateKey::from_expanded(algorithm, counting(len))
            }
        }
    };
    made.unwrap_or_else(|error| panic!("{algorithm}: {error}"))
}

pub(crate) fn public(algorithm: Algorithm) -> PublicKey {
    key(algorithm).public_key()
}

pub(crate) fn pkcs8_der(algorithm: Algorithm, form: Form) -> Vec<u8> {
    let der = key(algorithm).to_pkcs8_der(form);
    der.expect("a form of the table").expose().to_vec()
}

pub(crate) fn expanded(algorithm: Algorithm) -> Vec<u8> {
    key(algorithm)
        .expanded()
        .expect("has one")
        .expose()
        .to_vec()
}

pub(crate) fn seed(algorithm: Algorithm) -> Vec<u8> {
    key(algorithm).seed().expect("has one").expose().to_vec()
}

/// Algorithms whose keys have an encoding of their own: not the twins on the NIST curves.
pub(crate) fn distinct() -> impl Iterator<Item = Algorithm> {
    Algorithm::CURRENT
        .iter()
        .copied()
        .filter(|algorithm| algorithm.info().kind == Kind::Signature || algorithm.twin().is_none())
}

/// Expanding an "s" set of SLH-DSA takes so long that a corpus with all six fuzzes little else.
pub(crate) fn is_slow(algorithm: Algorithm) -> bool {
    let name = algorithm.name();
    name.starts_with("SLH-DSA") && name.ends_with('s') && algorithm != Algorithm::SlhDsaSha2128s
}
