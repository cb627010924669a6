//! Composite ML-DSA (draft-ietf-lamps-pq-composite-sigs-19).
//!
//! A signature is valid only if both parts are; neither says anything alone, because what they sign
//! is not the message but a representative that names the composite.

use std::borrow::Cow;

use Algorithm::*;
use RsaScheme::{Pkcs1Sha256, Pkcs1Sha384, PssSha256, PssSha384};

use super::split;
use super::traditional::{BRAINPOOL_P256R1, BRAINPOOL_P384R1, Curve, Encoding, P256, P384, P521};
use crate::algorithm::{Algorithm, Context, RsaScheme, SignOptions, VerifyOptions};
use crate::backend::batch::{Begun, Share};
use crate::backend::{
    Intake, Material, Needs, Parts, Representative, Scheme, SignatureScheme, Signer, Verifier,
    brainpool, ecdsa, ed448, ed25519, rsa, signature_untested,
};
use crate::error::{Code, Error, Result};
use crate::hash::Hash;
use crate::secret::SecretBytes;

/// "CompositeAlgorithmSignatures2025" (section 2.2).
const PREFIX: &[u8] = b"CompositeAlgorithmSignatures2025";

/// Bytes of the seed ξ of ML-DSA, with which every composite private key begins (section 4.2).
pub(super) const ML_DSA_SEED: usize = 32;

/// A composite: the two algorithms, and what tells it from every other pair (section 6).
#[derive(Clone, Copy)]
pub(super) struct Suite {
    algorithm: Algorithm,
    label: &'static str,
    ml_dsa: Algorithm,
    traditional: &'static dyn SignatureScheme,
    encoding: Encoding,
    /// How an RSA part signs; `None` for every other.
    rsa_scheme: Option<RsaScheme>,
}

impl Suite {
    const fn new(
        algorithm: Algorithm,
        label: &'static str,
        ml_dsa: Algorithm,
        traditional: &'static dyn SignatureScheme,
        encoding: Encoding,
    ) -> Self {
        Self {
            algorithm,
            label,
            ml_dsa,
            traditional,
            encoding,
            rsa_scheme: None,
        }
    }

    const fn ec(
        algorithm: Algorithm,
        label: &'static str,
        ml_dsa: Algorithm,
        traditional: &'static dyn SignatureScheme,
        curve: Curve,
    ) -> Self {
        let encoding = Encoding::EcPrivateKey(curve);
        Self::new(algorithm, label, ml_dsa, traditional, encoding)
    }

    const fn rsa(
        algorithm: Algorithm,
        label: &'static str,
        ml_dsa: Algorithm,
        traditional: &'static rsa::Rsa,
        scheme: RsaScheme,
    ) -> Self {
        let encoding = Encoding::RsaPrivateKey;
        Self {
            rsa_scheme: Some(scheme),
            ..Self::new(algorithm, label, ml_dsa, traditional, encoding)
        }
    }
}

/// Every composite (section 6, table of algorithms and labels).
#[rustfmt::skip]
static SUITES: [Suite; 18] = [
    Suite::rsa(MlDsa44Rsa2048PssSha256, "COMPSIG-MLDSA44-RSA2048-PSS-SHA256", MlDsa44, &rsa::RSA_2048, PssSha256),
    Suite::rsa(MlDsa44Rsa2048Pkcs15Sha256, "COMPSIG-MLDSA44-RSA2048-PKCS15-SHA256", MlDsa44, &rsa::RSA_2048, Pkcs1Sha256),
    Suite::new(MlDsa44Ed25519Sha512, "COMPSIG-MLDSA44-Ed25519-SHA512", MlDsa44, &ed25519::Ed25519, Encoding::Raw),
    Suite::ec(MlDsa44EcdsaP256Sha256, "COMPSIG-MLDSA44-ECDSA-P256-SHA256", MlDsa44, &ecdsa::P256, P256),
    Suite::rsa(MlDsa65Rsa3072PssSha512, "COMPSIG-MLDSA65-RSA3072-PSS-SHA512", MlDsa65, &rsa::RSA_3072, PssSha256),
    Suite::rsa(MlDsa65Rsa3072Pkcs15Sha512, "COMPSIG-MLDSA65-RSA3072-PKCS15-SHA512", MlDsa65, &rsa::RSA_3072, Pkcs1Sha256),
    Suite::rsa(MlDsa65Rsa4096PssSha512, "COMPSIG-MLDSA65-RSA4096-PSS-SHA512", MlDsa65, &rsa::RSA_4096, PssSha384),
    Suite::rsa(MlDsa65Rsa4096Pkcs15Sha512, "COMPSIG-MLDSA65-RSA4096-PKCS15-SHA512", MlDsa65, &rsa::RSA_4096, Pkcs1Sha384),
    Suite::ec(MlDsa65EcdsaP256Sha512, "COMPSIG-MLDSA65-ECDSA-P256-SHA512", MlDsa65, &ecdsa::P256, P256),
    Suite::ec(MlDsa65EcdsaP384Sha512, "COMPSIG-MLDSA65-ECDSA-P384-SHA512", MlDsa65, &ecdsa::P384, P384),
    Suite::ec(MlDsa65EcdsaBrainpoolP256r1Sha512, "COMPSIG-MLDSA65-ECDSA-BP256-SHA512", MlDsa65, &brainpool::ECDSA_P256R1, BRAINPOOL_P256R1),
    Suite::new(MlDsa65Ed25519Sha512, "COMPSIG-MLDSA65-Ed25519-SHA512", MlDsa65, &ed25519::Ed25519, Encoding::Raw),
    Suite::ec(MlDsa87EcdsaP384Sha512, "COMPSIG-MLDSA87-ECDSA-P384-SHA512", MlDsa87, &ecdsa::P384, P384),
    Suite::ec(MlDsa87EcdsaBrainpoolP384r1Sha512, "COMPSIG-MLDSA87-ECDSA-BP384-SHA512", MlDsa87, &brainpool::ECDSA_P384R1, BRAINPOOL_P384R1),
    Suite::new(MlDsa87Ed448Shake256, "COMPSIG-MLDSA87-Ed448-SHAKE256", MlDsa87, &ed448::Ed448, Encoding::Raw),
    Suite::rsa(MlDsa87Rsa3072PssSha512, "COMPSIG-MLDSA87-RSA3072-PSS-SHA512", MlDsa87, &rsa::RSA_3072, PssSha256),
    Suite::rsa(MlDsa87Rsa4096PssSha512, "COMPSIG-MLDSA87-RSA4096-PSS-SHA512", MlDsa87, &rsa::RSA_4096, PssSha384),
    Suite::ec(MlDsa87EcdsaP521Sha512, "COMPSIG-MLDSA87-ECDSA-P521-SHA512", MlDsa87, &ecdsa::P521, P521),
];

/// The suite of a composite row.
pub(super) fn suite(algorithm: Algorithm) -> Option<&'static Suite> {
    SUITES.iter().find(|suite| suite.algorithm == algorithm)
}

impl Suite {
    /// M' = Prefix ‖ Label ‖ len(ctx) ‖ ctx ‖ PH(M) (section 2.2; step 2 of 3.2, step 3 of 3.3).
    fn representative(&self, context: &Context, pre_hashed: &[u8]) -> Result<Vec<u8>> {
        let context = context.as_bytes();
        let len = [u8::try_from(context.len()).map_err(|_| Error::internal("a long context"))?];
        Ok([PREFIX, self.label.as_bytes(), &len, context, pre_hashed].concat())
    }

    /// The row of an ECDSA part on a curve of the table.
    pub(super) fn ecdsa_row(&self) -> Option<Algorithm> {
        match self.encoding {
            Encoding::EcPrivateKey(curve) => curve.ecdsa_row(),
            Encoding::Raw | Encoding::RsaPrivateKey => None,
        }
    }

    /// SerializePrivateKey: mldsaSeed ‖ tradSK (section 4.2).
    pub(super) fn assemble(&self, seed: &[u8], traditional: &Material) -> Result<Material> {
        let traditional = self.encoding.encode(traditional)?;
        Ok(Material::from_expanded(SecretBytes::concat(&[
            seed,
            traditional.expose(),
        ])))
    }

    pub(super) const fn ml_dsa_row(&self) -> Algorithm {
        self.ml_dsa
    }

    fn ml_dsa(&self) -> Result<&'static dyn SignatureScheme> {
        signature_untested(self.ml_dsa).ok_or_else(|| Error::internal("ML-DSA is missing"))
    }

    fn pre_hash(&self) -> Result<Hash> {
        self.algorithm
            .info()
            .pre_hash
            .ok_or_else(|| Error::internal("a composite without a hash function"))
    }

    /// DeserializePrivateKey: mldsaSeed ‖ tradSK (section 4.2).
    fn private_parts(&self, material: &Material) -> Result<(Material, Material)> {
        let (seed, traditional) = split(
            self.algorithm,
            "private key",
            material.expanded()?.expose(),
            ML_DSA_SEED,
        )?;
        let traditional = self
            .encoding
            .decode(traditional)
            .map_err(|error| error.at(self.algorithm.name()))?;
        let seed = Material::from_seed(SecretBytes::copy_of(seed));
        Ok((seed, traditional))
    }

    /// DeserializePublicKey: mldsaPK ‖ tradPK (section 4.1).
    pub(super) fn public_parts<'a>(&self, public: &'a [u8]) -> Result<(&'a [u8], &'a [u8])> {
        let len = self.ml_dsa.info().public_key.max();
        split(self.algorithm, "public key", public, len)
    }

    /// DeserializeSignatureValue: mldsaSig ‖ tradSig (section 4.3).
    pub(super) fn signature_parts<'a>(&self, signature: &'a [u8]) -> Result<(&'a [u8], &'a [u8])> {
        let len = self.ml_dsa.info().output.max();
        split(self.algorithm, "signature", signature, len)
    }

    /// Both parts of a private key with their public keys, complete and checked.
    fn complete_parts(&self, material: &Material) -> Result<[(Material, Vec<u8>); 2]> {
        let (ml_dsa, traditional) = self.private_parts(material)?;
        let ml_dsa = self.ml_dsa()?.complete(ml_dsa)?;
        let traditional = self
            .traditional
            .complete(traditional)
            .map_err(|error| error.at(self.algorithm.name()))?;
        Ok([ml_dsa, traditional])
    }

    /// A verifier of a composite public key with this ML-DSA part.
    fn verifier_with(&self, ml_dsa: Box<dyn Verifier>, public: &[u8]) -> Result<Box<dyn Verifier>> {
        let (_, traditional) = self.public_parts(public)?;
        Ok(Box::new(PublicKey {
            suite: *self,
            ml_dsa,
            traditional: self.traditional.verifier(traditional)?,
        }))
    }

    /// How the traditional part is verified.
    fn traditional_options(&self) -> VerifyOptions {
        VerifyOptions {
            rsa_scheme: self.rsa_scheme,
            ..VerifyOptions::default()
        }
    }

    /// The label as the context of the ML-DSA part.
    fn label(&self) -> Result<Context> {
        Context::new(self.label)
    }
}

impl Scheme for Suite {
    /// KeyGen (section 3.1): both parts fresh.
    fn generate(&self) -> Result<Material> {
        // 1. Generate component keys
        let ml_dsa = self.ml_dsa()?.generate()?;
        let traditional = self.traditional.generate()?;
        // 2. Check for component key gen failure: the two `?` above.
        // 3. Output the composite public and private keys: `complete` derives the public one.
        self.assemble(ml_dsa.only_seed()?.expose(), &traditional)
    }

    fn complete(&self, given: Material) -> Result<(Material, Vec<u8>)> {
        let [(_, ml_dsa), (_, traditional)] = self.complete_parts(&given)?;
        Ok((given, [ml_dsa, traditional].concat()))
    }

    fn check_public(&self, public: &[u8]) -> Result<()> {
        let (ml_dsa, traditional) = self.public_parts(public)?;
        let first = self.ml_dsa()?.check_public(ml_dsa);
        let second = self.traditional.check_public(traditional);
        first
            .and(second)
            .map_err(|error| error.at(self.algorithm.name()))
    }
}

impl SignatureScheme for Suite {
    fn signer(&self, material: Material, _public: &[u8]) -> Result<Box<dyn Signer>> {
        let [(ml_dsa, ml_dsa_public), (traditional, traditional_public)] =
            self.complete_parts(&material)?;
        Ok(Box::new(PrivateKey {
            suite: *self,
            ml_dsa: self.ml_dsa()?.signer(ml_dsa, &ml_dsa_public)?,
            traditional: self.traditional.signer(traditional, &traditional_public)?,
            material,
        }))
    }

    fn verifier(&self, public: &[u8]) -> Result<Box<dyn Verifier>> {
        self.verifier_for(public, Needs::default())
    }

    /// What is needed is needed of the ML-DSA part.
    fn verifier_for(&self, public: &[u8], needs: Needs<'_>) -> Result<Box<dyn Verifier>> {
        let (ml_dsa, _) = self.public_parts(public)?;
        self.verifier_with(self.ml_dsa()?.verifier_for(ml_dsa, needs)?, public)
    }

    /// Of the ML-DSA part; the other is verified once more by the implementation that signed.
    fn second_opinion(&self, public: &[u8]) -> Result<Option<Box<dyn Verifier>>> {
        let (ml_dsa, _) = self.public_parts(public)?;
        match self.ml_dsa()?.second_opinion(ml_dsa)? {
            Some(second) => self.verifier_with(second, public).map(Some),
            None => Ok(None),
        }
    }

    /// As [`second_opinion`](Self::second_opinion).
    fn release_check(&self, public: &[u8]) -> Result<Option<Box<dyn Verifier>>> {
        let (ml_dsa, _) = self.public_parts(public)?;
        match self.ml_dsa()?.release_check(ml_dsa)? {
            Some(check) => self.verifier_with(check, public).map(Some),
            None => Ok(None),
        }
    }
}

/// The traditional part of a composite private key by itself.
#[cfg(feature = "testing")]
pub(crate) struct TraditionalPart {
    pub(crate) signer: Box<dyn Signer>,
    pub(crate) verifier: Box<dyn Verifier>,
    /// How an RSA part signs; `None` for every other.
    pub(crate) rsa_scheme: Option<RsaScheme>,
}

#[cfg(feature = "testing")]
impl TraditionalPart {
    pub(crate) fn of(algorithm: Algorithm, material: &Material) -> Result<Self> {
        let suite = suite(algorithm).ok_or_else(|| Error::internal("not a composite"))?;
        let [_, (private, public)] = suite.complete_parts(material)?;
        Ok(Self {
            signer: suite.traditional.signer(private, &public)?,
            verifier: suite.traditional.verifier(&public)?,
            rsa_scheme: suite.rsa_scheme,
        })
    }
}

/// A composite private key that is ready to sign.
struct PrivateKey {
    suite: Suite,
    material: Material,
    ml_dsa: Box<dyn Signer>,
    traditional: Box<dyn Signer>,
}

impl PrivateKey {
    /// Sign (section 3.2) over PH(M).
    fn sign_hashed(&self, pre_hashed: &[u8], options: &SignOptions) -> Result<Vec<u8>> {
        let suite = &self.suite;
        // 1. If len(ctx) > 255, return error: `Context` holds no more.
        // 2. Compute the message representative M'
        let representative = suite.representative(&options.context, pre_hashed)?;
        // 3. Separate the private key into component keys: done when the key was loaded.
        // 4. Generate the two component signatures independently
        let ml_dsa_options = SignOptions {
            context: suite.label()?,
            deterministic: options.deterministic,
            rsa_scheme: None,
        };
        let traditional_options = SignOptions {
            context: Context::empty(),
            deterministic: options.deterministic,
            rsa_scheme: suite.rsa_scheme,
        };
        let ml_dsa = self.ml_dsa.sign(&representative, &ml_dsa_options);
        let traditional = self.traditional.sign(&representative, &traditional_options);
        // 5. If either returns an error, then this process returns an error
        // 6. Output the encoded composite signature value
        Ok([ml_dsa?, traditional?].concat())
    }
}

impl Signer for PrivateKey {
    fn sign(&self, message: &[u8], options: &SignOptions) -> Result<Vec<u8>> {
        self.sign_hashed(&self.suite.pre_hash()?.of(message), options)
    }

    fn sign_taken(&self, message: &Representative, options: &SignOptions) -> Result<Vec<u8>> {
        self.sign_hashed(message.pre_hashed()?, options)
    }

    fn material(&self) -> &Material {
        &self.material
    }
}

/// A composite public key that is ready to verify.
struct PublicKey {
    suite: Suite,
    ml_dsa: Box<dyn Verifier>,
    traditional: Box<dyn Verifier>,
}

impl PublicKey {
    /// Verify (section 3.3) over PH(M): what each part says. Both are asked, whatever the first says.
    fn verify_hashed(
        &self,
        pre_hashed: &[u8],
        options: &VerifyOptions,
        signature: &[u8],
    ) -> Result<(bool, bool)> {
        let suite = &self.suite;
        // 1. If len(ctx) > 255, return error: `Context` holds no more.
        // 2. Separate the keys, which was done when the key was loaded, and signatures
        let (ml_dsa, traditional) = suite.signature_parts(signature)?;
        // 3. Compute a hash of the message
        let representative = suite.representative(&options.context, pre_hashed)?;
        // 4. Check each component signature individually, according to its algorithm specification
        let ml_dsa_options = VerifyOptions {
            context: suite.label()?,
            ..VerifyOptions::default()
        };
        let traditional_options = suite.traditional_options();
        let ml_dsa = self.ml_dsa.verify(&representative, &ml_dsa_options, ml_dsa);
        let traditional =
            self.traditional
                .verify(&representative, &traditional_options, traditional);
        Ok((holds(ml_dsa)?, holds(traditional)?))
    }
}

/// Step 2: a part that does not decode is an invalid signature, too. A whole of a length that none has was
/// refused before, as for every algorithm here; the draft calls that invalid as well.
fn holds(part: Result<bool>) -> Result<bool> {
    match part {
        Err(error) if matches!(error.code(), Code::Malformed | Code::Length) => Ok(false),
        other => other,
    }
}

impl Verifier for PublicKey {
    fn verify(&self, message: &[u8], options: &VerifyOptions, signature: &[u8]) -> Result<bool> {
        let pre_hashed = self.suite.pre_hash()?.of(message);
        let (ml_dsa, traditional) = self.verify_hashed(&pre_hashed, options, signature)?;
        Ok(ml_dsa & traditional)
    }

    fn intake(&self, _options: &VerifyOptions) -> Result<Intake> {
        Ok(Intake::pre_hash(self.suite.pre_hash()?))
    }

    fn verify_taken(
        &self,
        message: &Representative,
        options: &VerifyOptions,
        signature: &[u8],
    ) -> Result<bool> {
        let (ml_dsa, traditional) =
            self.verify_hashed(message.pre_hashed()?, options, signature)?;
        Ok(ml_dsa & traditional)
    }

    /// Verify (section 3.3), the traditional part first. Where it does not hold, the ML-DSA part changes
    /// nothing any more.
    fn begin<'a>(
        &'a self,
        message: &'a [u8],
        options: &'a VerifyOptions,
        signature: &'a [u8],
    ) -> Result<Begun<'a>> {
        let Some(key) = self.ml_dsa.prepared() else {
            return self.verify(message, options, signature).map(Begun::Done);
        };
        let suite = &self.suite;
        let (ml_dsa, traditional) = suite.signature_parts(signature)?;
        let pre_hashed = suite.pre_hash()?.of(message);
        let representative = suite.representative(&options.context, &pre_hashed)?;
        let traditional =
            self.traditional
                .verify(&representative, &suite.traditional_options(), traditional);
        Ok(match holds(traditional)? {
            false => Begun::Done(false),
            true => Begun::MlDsa(Share {
                key,
                message: Cow::Owned(representative),
                context: suite.label.as_bytes(),
                signature: ml_dsa,
            }),
        })
    }

    fn parts(
        &self,
        message: &Representative,
        options: &VerifyOptions,
        signature: &[u8],
    ) -> Result<Option<Parts>> {
        let (ml_dsa, traditional) =
            self.verify_hashed(message.pre_hashed()?, options, signature)?;
        Ok(Some(Parts {
            ml_dsa,
            traditional,
        }))
    }
}
