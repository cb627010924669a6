//! A fixed private key for each hybrid: those of the library's self-tests, because making an RSA key
//! takes seconds.

use chop::algorithm::Kind;
use chop::{Algorithm, DecapsulationKey, PrivateKey, SecretBytes, SigningKey};

macro_rules! recorded {
    ($($name:literal)*) => {
        &[$((
            $name,
            include_bytes!(concat!("../../src/backend/self_test_data/", $name, ".key")),
        ),)*]
    };
}

/// By name; X-Wing has none, every string of 32 bytes is a key of it.
const RECORDED: &[(&str, &[u8])] = recorded! {
    "MLDSA44-RSA2048-PSS-SHA256"
    "MLDSA44-RSA2048-PKCS15-SHA256"
    "MLDSA44-Ed25519-SHA512"
    "MLDSA44-ECDSA-P256-SHA256"
    "MLDSA65-RSA3072-PSS-SHA512"
    "MLDSA65-RSA3072-PKCS15-SHA512"
    "MLDSA65-RSA4096-PSS-SHA512"
    "MLDSA65-RSA4096-PKCS15-SHA512"
    "MLDSA65-ECDSA-P256-SHA512"
    "MLDSA65-ECDSA-P384-SHA512"
    "MLDSA65-ECDSA-brainpoolP256r1-SHA512"
    "MLDSA65-Ed25519-SHA512"
    "MLDSA87-ECDSA-P384-SHA512"
    "MLDSA87-ECDSA-brainpoolP384r1-SHA512"
    "MLDSA87-Ed448-SHAKE256"
    "MLDSA87-RSA3072-PSS-SHA512"
    "MLDSA87-RSA4096-PSS-SHA512"
    "MLDSA87-ECDSA-P521-SHA512"
    "MLKEM768-RSA2048-SHA3-256"
    "MLKEM768-RSA3072-SHA3-256"
    "MLKEM768-RSA4096-SHA3-256"
    "MLKEM768-X25519-SHA3-256"
    "MLKEM768-ECDH-P256-SHA3-256"
    "MLKEM768-ECDH-P384-SHA3-256"
    "MLKEM768-ECDH-brainpoolP256r1-SHA3-256"
    "MLKEM1024-RSA3072-SHA3-256"
    "MLKEM1024-ECDH-P384-SHA3-256"
    "MLKEM1024-ECDH-brainpoolP384r1-SHA3-256"
    "MLKEM1024-X448-SHA3-256"
    "MLKEM1024-ECDH-P521-SHA3-256"
};

/// Every hybrid, in the order of the table.
pub fn hybrids() -> Vec<Algorithm> {
    let rows = Algorithm::ALL.iter().copied();
    rows.filter(|row| row.is_hybrid()).collect()
}

/// The fixed private key.
pub fn private_key(hybrid: Algorithm) -> PrivateKey {
    let recorded = RECORDED.iter().find(|(name, _)| *name == hybrid.name());
    let made = match (recorded, hybrid.info().seed) {
        (Some((_, bytes)), _) => PrivateKey::from_expanded(hybrid, SecretBytes::copy_of(bytes)),
        (None, len) => {
            let seed = vec![1; len.unwrap_or_default()];
            PrivateKey::from_seed(hybrid, SecretBytes::copy_of(&seed))
        }
    };
    made.unwrap_or_else(|error| panic!("{hybrid}: {error}"))
}

/// The fixed key of every hybrid, loaded.
pub enum Loaded {
    /// A composite signature.
    Signing(SigningKey),
    /// A hybrid KEM.
    Agreeing(DecapsulationKey),
}

/// The fixed key, ready for use.
pub fn load(hybrid: Algorithm) -> Loaded {
    let key = private_key(hybrid);
    match hybrid.info().kind == Kind::Signature {
        true => Loaded::Signing(key.into_signing().expect("a signature algorithm")),
        false => Loaded::Agreeing(key.into_decapsulation().expect("a KEM")),
    }
}

/// Where the post-quantum half ends of a string that has `len` bytes with both.
pub fn seam(hybrid: Algorithm) -> usize {
    let part = chop::testing::post_quantum_part(hybrid).expect("a hybrid has one");
    part.info().output.max()
}
