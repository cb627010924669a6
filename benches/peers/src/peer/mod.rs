//! The implementations that are compared, each behind the same few closures.

mod aws_lc;
mod fips20x;
mod libcrux;
#[cfg(feature = "mldsa-native")]
mod mldsa_native;
#[cfg(feature = "openssl")]
pub mod openssl;
#[cfg(feature = "liboqs")]
mod oqs;
mod rustcrypto;

/// What is done with a message, an encoded key or a ciphertext.
pub type OfBytes<T> = Box<dyn Fn(&[u8]) -> T>;

/// Verifies under a key as encoded: public key, message, signature.
pub type Verify = Box<dyn Fn(&[u8], &[u8], &[u8]) -> bool>;

/// Verifies under a key that it holds: message, signature.
pub type VerifyPrepared = Box<dyn Fn(&[u8], &[u8]) -> bool>;

/// An implementation of ML-DSA with one parameter set.
pub struct Signer {
    pub name: &'static str,
    /// Makes a key pair.
    pub generate: Box<dyn Fn()>,
    /// Signs a message with a private key in the form in which this implementation is fastest.
    pub sign: OfBytes<()>,
    pub verify: Verify,
    /// With the public key in the fastest form that there is for a key kept.
    pub prepared: Option<VerifyPrepared>,
}

/// A pair of ML-DSA keys from the seed of zeros, as FIPS 204 encodes them.
#[derive(Clone)]
pub struct Pair {
    pub private: Vec<u8>,
    pub public: Vec<u8>,
}

/// An implementation of ML-KEM with one parameter set.
pub struct Kem {
    pub name: &'static str,
    /// Makes a key pair.
    pub generate: Box<dyn Fn()>,
    /// Encapsulates to a key as encoded.
    pub encapsulate: OfBytes<()>,
    /// Encapsulates to a key held in the fastest form that there is.
    pub prepared: Option<Box<dyn Fn()>>,
    /// Decapsulates with a private key as encoded.
    pub decapsulate: OfBytes<Vec<u8>>,
    /// With one held in the fastest form that there is.
    pub decapsulate_prepared: Option<OfBytes<Vec<u8>>>,
}

/// The parameter sets of ML-DSA.
pub use chop_verify::ParameterSet;

/// Everybody who signs, the slowest to build last.
pub fn signers(set: ParameterSet, pair: &Pair) -> Vec<Signer> {
    [
        libcrux::signer(set, pair),
        aws_lc::signer(set, pair),
        rustcrypto::signer(set, pair),
        fips20x::signer(set, pair),
        #[cfg(feature = "liboqs")]
        oqs::signer(set, pair),
        #[cfg(feature = "mldsa-native")]
        mldsa_native::signer(set, pair),
        #[cfg(feature = "openssl")]
        openssl::signer(set, pair),
    ]
    .into()
}

/// Everybody who encapsulates, for the parameter set of this number.
pub fn kems(set: u16, pair: &Pair) -> Vec<Kem> {
    [
        libcrux::kem(set, pair),
        aws_lc::kem(set, pair),
        rustcrypto::kem(set, pair),
        fips20x::kem(set, pair),
        #[cfg(feature = "liboqs")]
        oqs::kem(set, pair),
        #[cfg(feature = "openssl")]
        openssl::kem(set, pair),
    ]
    .into()
}

pub use libcrux::{kem_pair, ml_dsa_pair, ml_dsa_sign};

/// Bytes of a known length as an array.
fn array<const N: usize>(bytes: &[u8]) -> [u8; N] {
    bytes.try_into().expect("lengths are those of the set")
}
