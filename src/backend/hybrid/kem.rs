//! Composite ML-KEM (draft-ietf-lamps-pq-composite-kem-17) and X-Wing (draft-connolly-cfrg-xwing-kem-10).
//!
//! Both bind the two secrets, and the traditional ciphertext and public key, with one hash. ML-KEM
//! binds its own ciphertext and key (implicit rejection), so that they need not be hashed again.
//! X-Wing is the same as MLKEM768-X25519-SHA3-256 but for its private key, a seed of 32 bytes.

use Algorithm::*;
use aws_lc_rs::digest;
use shake::Shake256;
use shake::digest::{ExtendableOutput, Update, XofReader};

use super::split;
use super::traditional::{BRAINPOOL_P256R1, BRAINPOOL_P384R1, Curve, Encoding, P256, P384, P521};
use crate::algorithm::Algorithm;
#[cfg(feature = "testing")]
use crate::backend::ml_kem;
use crate::backend::{
    Decapsulator, Encapsulator, KemScheme, Material, Scheme, brainpool, ecdh, kem_untested,
    rsa_oaep, x448,
};
use crate::error::{Code, Error, Result};
use crate::random;
use crate::secret::{SecretBytes, depth, on_clean_stack};

/// Bytes of the seed d ‖ z of ML-KEM.
const ML_KEM_SEED: usize = 64;

/// Bytes of a private key of X25519.
const X25519_KEY: usize = 32;

/// "\.//^\" (X-Wing section 5.3, composite ML-KEM section 6).
const X_WING_LABEL: &[u8] = b"\\.//^\\";

/// How the private key holds its two parts.
#[derive(Clone, Copy)]
enum PrivateForm {
    /// mlkemSeed ‖ tradSK (composite ML-KEM section 4.2).
    Parts(Encoding),
    /// A seed from which both are derived (X-Wing section 5.2).
    Seed,
}

/// A hybrid KEM: the two algorithms, and what tells it from every other pair (section 6).
#[derive(Clone, Copy)]
pub(super) struct Suite {
    algorithm: Algorithm,
    label: &'static [u8],
    ml_kem: Algorithm,
    traditional: &'static dyn KemScheme,
    form: PrivateForm,
}

impl Suite {
    const fn new(
        algorithm: Algorithm,
        label: &'static [u8],
        ml_kem: Algorithm,
        traditional: &'static dyn KemScheme,
        encoding: Encoding,
    ) -> Self {
        Self {
            algorithm,
            label,
            ml_kem,
            traditional,
            form: PrivateForm::Parts(encoding),
        }
    }

    const fn ec(
        algorithm: Algorithm,
        label: &'static [u8],
        ml_kem: Algorithm,
        traditional: &'static dyn KemScheme,
        curve: Curve,
    ) -> Self {
        let encoding = Encoding::EcPrivateKey(curve);
        Self::new(algorithm, label, ml_kem, traditional, encoding)
    }
}

/// Every hybrid KEM (composite ML-KEM section 6, table of algorithms and labels; X-Wing).
#[rustfmt::skip]
static SUITES: [Suite; 13] = [
    Suite::new(MlKem768Rsa2048Sha3_256, b"MLKEM768-RSAOAEP2048", MlKem768, &rsa_oaep::OAEP_2048, Encoding::RsaPrivateKey),
    Suite::new(MlKem768Rsa3072Sha3_256, b"MLKEM768-RSAOAEP3072", MlKem768, &rsa_oaep::OAEP_3072, Encoding::RsaPrivateKey),
    Suite::new(MlKem768Rsa4096Sha3_256, b"MLKEM768-RSAOAEP4096", MlKem768, &rsa_oaep::OAEP_4096, Encoding::RsaPrivateKey),
    Suite::new(MlKem768X25519Sha3_256, X_WING_LABEL, MlKem768, &ecdh::X25519, Encoding::Raw),
    Suite::ec(MlKem768EcdhP256Sha3_256, b"MLKEM768-P256", MlKem768, &ecdh::P256, P256),
    Suite::ec(MlKem768EcdhP384Sha3_256, b"MLKEM768-P384", MlKem768, &ecdh::P384, P384),
    Suite::ec(MlKem768EcdhBrainpoolP256r1Sha3_256, b"MLKEM768-BP256", MlKem768, &brainpool::ECDH_P256R1, BRAINPOOL_P256R1),
    Suite::new(MlKem1024Rsa3072Sha3_256, b"MLKEM1024-RSAOAEP3072", MlKem1024, &rsa_oaep::OAEP_3072, Encoding::RsaPrivateKey),
    Suite::ec(MlKem1024EcdhP384Sha3_256, b"MLKEM1024-P384", MlKem1024, &ecdh::P384, P384),
    Suite::ec(MlKem1024EcdhBrainpoolP384r1Sha3_256, b"MLKEM1024-BP384", MlKem1024, &brainpool::ECDH_P384R1, BRAINPOOL_P384R1),
    Suite::new(MlKem1024X448Sha3_256, b"MLKEM1024-X448", MlKem1024, &x448::X448, Encoding::Raw),
    Suite::ec(MlKem1024EcdhP521Sha3_256, b"MLKEM1024-P521", MlKem1024, &ecdh::P521, P521),
    Suite { algorithm: XWing, label: X_WING_LABEL, ml_kem: MlKem768, traditional: &ecdh::X25519, form: PrivateForm::Seed },
];

/// The suite of a hybrid KEM row.
pub(super) fn suite(algorithm: Algorithm) -> Option<&'static Suite> {
    SUITES.iter().find(|suite| suite.algorithm == algorithm)
}

/// expandDecapsulationKey of X-Wing (section 5.2) as far as the parts' private keys:
/// SHAKE256(sk, 96) = d ‖ z ‖ skX.
fn expand_seed(seed: &SecretBytes) -> SecretBytes {
    let mut expanded = SecretBytes::zeroed(ML_KEM_SEED + X25519_KEY);
    on_clean_stack::<{ depth::HASH }, _>(|| {
        Shake256::default()
            .chain(seed.expose())
            .finalize_xof()
            .read(expanded.expose_mut());
    });
    expanded
}

/// ss = SHA3-256(mlkemSS ‖ tradSS ‖ tradCT ‖ tradPK ‖ Label) (composite ML-KEM section 3.4, X-Wing
/// section 5.3).
fn combine(
    ml_kem_secret: &SecretBytes,
    traditional_secret: &SecretBytes,
    traditional_ciphertext: &[u8],
    traditional_public: &[u8],
    label: &[u8],
) -> SecretBytes {
    let mut shared = SecretBytes::zeroed(digest::SHA3_256.output_len());
    on_clean_stack::<{ depth::HASH }, _>(|| {
        let mut hash = digest::Context::new(&digest::SHA3_256);
        hash.update(ml_kem_secret.expose());
        hash.update(traditional_secret.expose());
        hash.update(traditional_ciphertext);
        hash.update(traditional_public);
        hash.update(label);
        shared.expose_mut().copy_from_slice(hash.finish().as_ref());
    });
    shared
}

impl Suite {
    pub(super) const fn ml_kem_row(&self) -> Algorithm {
        self.ml_kem
    }

    fn ml_kem(&self) -> Result<&'static dyn KemScheme> {
        kem_untested(self.ml_kem).ok_or_else(|| Error::internal("ML-KEM is missing"))
    }

    /// DeserializePrivateKey: mlkemSeed ‖ tradSK (section 4.2), or what X-Wing derives.
    fn private_parts(&self, material: &Material) -> Result<(Material, Material)> {
        let expanded;
        let (bytes, encoding) = match self.form {
            PrivateForm::Parts(encoding) => (material.expanded()?, encoding),
            PrivateForm::Seed => {
                expanded = expand_seed(material.only_seed()?);
                (&expanded, Encoding::Raw)
            }
        };
        let (seed, traditional) =
            split(self.algorithm, "private key", bytes.expose(), ML_KEM_SEED)?;
        let traditional = encoding
            .decode(traditional)
            .map_err(|error| error.at(self.algorithm.name()))?;
        let seed = Material::from_seed(SecretBytes::copy_of(seed));
        Ok((seed, traditional))
    }

    /// DeserializePublicKey: mlkemPK ‖ tradPK (section 4.1).
    fn public_parts<'a>(&self, public: &'a [u8]) -> Result<(&'a [u8], &'a [u8])> {
        let len = self.ml_kem.info().public_key.max();
        split(self.algorithm, "public key", public, len)
    }

    /// A composite public key with this ML-KEM part.
    fn encapsulator_with(
        &self,
        ml_kem: Box<dyn Encapsulator>,
        public: &[u8],
    ) -> Result<Box<dyn Encapsulator>> {
        // Encap 1. Separate the public keys
        let (_, traditional) = self.public_parts(public)?;
        Ok(Box::new(PublicKey {
            suite: *self,
            ml_kem,
            traditional: self.traditional.encapsulator(traditional)?,
            traditional_public: traditional.into(),
        }))
    }

    /// Both parts of a private key with their public keys, complete and checked.
    fn complete_parts(&self, material: &Material) -> Result<[(Material, Vec<u8>); 2]> {
        let (ml_kem, traditional) = self.private_parts(material)?;
        let ml_kem = self.ml_kem()?.complete(ml_kem)?;
        let traditional = self
            .traditional
            .complete(traditional)
            .map_err(|error| error.at(self.algorithm.name()))?;
        Ok([ml_kem, traditional])
    }
}

impl Scheme for Suite {
    /// KeyGen (section 3.1): both parts fresh; of X-Wing a fresh seed (section 5.2).
    fn generate(&self) -> Result<Material> {
        let encoding = match self.form {
            PrivateForm::Parts(encoding) => encoding,
            PrivateForm::Seed => {
                let len = self.algorithm.info().seed.unwrap_or_default();
                return random::secret(len).map(Material::from_seed);
            }
        };
        // 1. Generate component keys
        let ml_kem = self.ml_kem()?.generate()?;
        let traditional = self.traditional.generate()?;
        // 2. Check for component key gen failure: the two `?` above.
        // 3. Output the composite public and private keys: `complete` derives the public one.
        let traditional = encoding.encode(&traditional)?;
        let whole = SecretBytes::concat(&[ml_kem.only_seed()?.expose(), traditional.expose()]);
        Ok(Material::from_expanded(whole))
    }

    fn complete(&self, given: Material) -> Result<(Material, Vec<u8>)> {
        let [(_, ml_kem), (_, traditional)] = self.complete_parts(&given)?;
        Ok((given, [ml_kem, traditional].concat()))
    }

    fn check_public(&self, public: &[u8]) -> Result<()> {
        let (ml_kem, traditional) = self.public_parts(public)?;
        let first = self.ml_kem()?.check_public(ml_kem);
        let second = self.traditional.check_public(traditional);
        first
            .and(second)
            .map_err(|error| error.at(self.algorithm.name()))
    }
}

impl KemScheme for Suite {
    fn encapsulator(&self, public: &[u8]) -> Result<Box<dyn Encapsulator>> {
        let (ml_kem, _) = self.public_parts(public)?;
        self.encapsulator_with(self.ml_kem()?.encapsulator(ml_kem)?, public)
    }

    fn prepared_encapsulator(&self, public: &[u8]) -> Result<Box<dyn Encapsulator>> {
        let (ml_kem, _) = self.public_parts(public)?;
        self.encapsulator_with(self.ml_kem()?.prepared_encapsulator(ml_kem)?, public)
    }

    fn decapsulator(&self, material: Material, _public: &[u8]) -> Result<Box<dyn Decapsulator>> {
        // Decap 1. Separate the private keys and ciphertexts: the keys here
        let [(ml_kem, ml_kem_public), (traditional, traditional_public)] =
            self.complete_parts(&material)?;
        Ok(Box::new(PrivateKey {
            suite: *self,
            material,
            ml_kem: self.ml_kem()?.decapsulator(ml_kem, &ml_kem_public)?,
            traditional: self
                .traditional
                .decapsulator(traditional, &traditional_public)?,
            traditional_public,
        }))
    }
}

/// A composite public key that is ready to encapsulate.
struct PublicKey {
    suite: Suite,
    ml_kem: Box<dyn Encapsulator>,
    traditional: Box<dyn Encapsulator>,
    traditional_public: Box<[u8]>,
}

impl Encapsulator for PublicKey {
    /// Encap (section 3.2).
    fn encapsulate(&self) -> Result<(Vec<u8>, SecretBytes)> {
        // 2. Perform the respective component Encap operations
        let ml_kem = self.ml_kem.encapsulate();
        let traditional = self.traditional.encapsulate();
        // 3. If either returns an error, then this process returns an error
        let (ml_kem_ciphertext, ml_kem_secret) = ml_kem?;
        let (traditional_ciphertext, traditional_secret) = traditional?;
        // 4. Encode the ciphertext
        let ciphertext = [ml_kem_ciphertext, traditional_ciphertext];
        // 5. Combine the KEM secrets and additional context to yield the composite shared secret
        let shared = combine(
            &ml_kem_secret,
            &traditional_secret,
            &ciphertext[1],
            &self.traditional_public,
            self.suite.label,
        );
        // 6. Output composite shared secret key and ciphertext
        Ok((ciphertext.concat(), shared))
    }
}

/// A composite private key that is ready to decapsulate.
struct PrivateKey {
    suite: Suite,
    material: Material,
    ml_kem: Box<dyn Decapsulator>,
    traditional: Box<dyn Decapsulator>,
    traditional_public: Vec<u8>,
}

impl Decapsulator for PrivateKey {
    /// Decap (section 3.3).
    fn decapsulate(&self, ciphertext: &[u8]) -> Result<SecretBytes> {
        // 1. Separate the private keys and ciphertexts: the ciphertexts here
        let len = self.suite.ml_kem.info().output.max();
        let (ml_kem, traditional) = split(self.suite.algorithm, "ciphertext", ciphertext, len)?;
        // 2. Perform the respective component Decap operations
        let ml_kem_secret = self.ml_kem.decapsulate(ml_kem);
        let traditional_secret = self.traditional.decapsulate(traditional);
        // 3. If either returns an error, then this process returns an error
        let refused = |error: Error| match error.code() {
            Code::Rejected => Error::new(
                Code::Rejected,
                format!("{} decapsulation refused", self.suite.algorithm),
            ),
            _ => error,
        };
        let ml_kem_secret = ml_kem_secret.map_err(refused)?;
        let traditional_secret = traditional_secret.map_err(refused)?;
        // 4. Combine the KEM secrets and additional context to yield the composite shared secret
        // 5. Output composite shared secret key
        Ok(combine(
            &ml_kem_secret,
            &traditional_secret,
            traditional,
            &self.traditional_public,
            self.suite.label,
        ))
    }

    fn material(&self) -> &Material {
        &self.material
    }
}

/// The traditional part of a hybrid private key by itself.
#[cfg(feature = "testing")]
pub(crate) fn traditional_kem_part(
    algorithm: Algorithm,
    material: &Material,
) -> Result<(Box<dyn Encapsulator>, Box<dyn Decapsulator>)> {
    let suite = suite(algorithm).ok_or_else(|| Error::internal("not a hybrid"))?;
    let [_, (private, public)] = suite.complete_parts(material)?;
    let encapsulator = suite.traditional.encapsulator(&public)?;
    Ok((
        encapsulator,
        suite.traditional.decapsulator(private, &public)?,
    ))
}

/// EncapsulateDerand of X-Wing (section 5.4.1): `eseed` is m of ML-KEM and the ephemeral key of X25519.
#[cfg(feature = "testing")]
pub(in crate::backend) fn x_wing_encapsulate_with(
    public: &[u8],
    eseed: &SecretBytes,
) -> Result<(Vec<u8>, SecretBytes)> {
    let suite = suite(XWing).ok_or_else(|| Error::internal("X-Wing is missing"))?;
    let (ml_kem, traditional) = suite.public_parts(public)?;
    let (m, ephemeral) = split(XWing, "eseed", eseed.expose(), 32)?;
    let (ml_kem_ciphertext, ml_kem_secret) =
        ml_kem::encapsulate_with(suite.ml_kem, ml_kem, &SecretBytes::copy_of(m))?;
    let ephemeral = Material::from_seed(SecretBytes::copy_of(ephemeral));
    let (ephemeral, ephemeral_public) = suite.traditional.complete(ephemeral)?;
    let traditional_secret = suite
        .traditional
        .decapsulator(ephemeral, &ephemeral_public)?
        .decapsulate(traditional)?;
    let shared = combine(
        &ml_kem_secret,
        &traditional_secret,
        &ephemeral_public,
        traditional,
        suite.label,
    );
    Ok(([ml_kem_ciphertext, ephemeral_public].concat(), shared))
}
