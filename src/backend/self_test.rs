//! Known-answer self-tests, run before an implementation is first used.
//!
//! Keys come from a fixed seed, signatures are deterministic, encapsulations use fixed randomness;
//! what comes out is compared with a recorded digest, and both implementations must accept the
//! right signature and refuse an altered one, a prepared key and several at once too. The tests at the end show that the digests of the
//! post-quantum rows are those of an independent implementation too.
//!
//! The "s" sets of SLH-DSA take hundreds of milliseconds to sign, so before use they are tested
//! through the "f" set with the same hash functions; `chop self-test` runs every row itself, but for
//! the three RSA rows, which are one implementation and share one test.

use std::num::NonZeroUsize;
use std::sync::atomic::{AtomicU8, Ordering};

use aws_lc_rs::digest;

use super::batch::{self, Entry};
use super::{
    Material, Needs, Preparation, Scheme, Verifier, kem_untested, ml_dsa_part, ml_kem, ml_kem_part,
    signature_untested,
};
use crate::algorithm::{Algorithm, Context, Family, Kind, RsaScheme, SignOptions};
use crate::error::{Code, Error, Result};
use crate::fault::{self, Fault};
use crate::secret::SecretBytes;

/// The message of every signature.
const MESSAGE: &[u8] = b"chop self-test";

/// The context of every signature that takes one.
const CONTEXT: &[u8] = b"known answer";

/// What one row must give: SHA-256 of the public key, and SHA-256 of the deterministic signature
/// or of ciphertext ‖ shared secret ‖ secret of the altered ciphertext; of a
/// composite signature the ML-DSA part, of a hybrid KEM the two secrets.
struct Answer {
    public: &'static str,
    output: Option<&'static str>,
}

/// States of [`STATE`].
const UNTESTED: u8 = 0;
const PASSED: u8 = 1;
const FAILED: u8 = 2;

/// What the self-test of each row said in this process. A failure is final.
static STATE: [AtomicU8; Algorithm::ALL.len()] =
    [const { AtomicU8::new(UNTESTED) }; Algorithm::ALL.len()];

/// Makes sure that the self-test that covers `algorithm` has passed in this process.
///
/// # Errors
/// [`Code::SelfTest`]; [`Code::Random`] if a test could not draw what it needs.
pub(super) fn ensure(algorithm: Algorithm) -> Result<()> {
    let tested = stand_in(algorithm);
    if fault::injected(Fault::SelfTest) {
        // The failure that a test asked for is not remembered for the others of its process.
        return known_answers(tested);
    }
    let state = &STATE[tested as usize];
    match state.load(Ordering::Acquire) {
        PASSED => Ok(()),
        FAILED => Err(failed(tested, "it failed before in this process")),
        _ => {
            let result = known_answers(tested);
            match &result {
                Ok(()) => state.store(PASSED, Ordering::Release),
                Err(error) if error.code() == Code::SelfTest => {
                    state.store(FAILED, Ordering::Release)
                }
                // The test itself could not run; the next use tries again.
                Err(_) => {}
            }
            result
        }
    }
}

/// The row whose self-test covers `algorithm` before use.
const fn stand_in(algorithm: Algorithm) -> Algorithm {
    use Algorithm::*;
    match algorithm {
        SlhDsaSha2128s => SlhDsaSha2128f,
        SlhDsaSha2192s => SlhDsaSha2192f,
        SlhDsaSha2256s => SlhDsaSha2256f,
        SlhDsaShake128s => SlhDsaShake128f,
        SlhDsaShake192s => SlhDsaShake192f,
        SlhDsaShake256s => SlhDsaShake256f,
        Rsa3072 | Rsa4096 => Rsa2048,
        other => other,
    }
}

/// Runs the known-answer test of one row.
///
/// # Errors
/// [`Code::SelfTest`] with the part that gave another answer.
pub(crate) fn known_answers(algorithm: Algorithm) -> Result<()> {
    match algorithm.info().kind {
        // One implementation for the three sizes, and one recorded key.
        Kind::Signature if algorithm.is_rsa() => signature(Algorithm::Rsa2048),
        Kind::Signature => signature(algorithm),
        Kind::Kem => kem(algorithm),
    }
}

fn failed(algorithm: Algorithm, part: &str) -> Error {
    Error::new(Code::SelfTest, format!("self-test of {algorithm}")).got(part.to_owned())
}

/// The fixed private key of a row.
fn fixed_key(algorithm: Algorithm, scheme: &dyn Scheme) -> Result<(Material, Vec<u8>)> {
    let counting = |len: usize, first: u8| {
        let mut bytes = SecretBytes::zeroed(len);
        for (byte, value) in bytes.expose_mut().iter_mut().zip((first..=u8::MAX).cycle()) {
            *byte = value;
        }
        bytes
    };
    let info = algorithm.info();
    let recorded = recorded_hybrid(algorithm).map(|recorded| recorded.key);
    if let Some(recorded) = recorded_legacy(algorithm) {
        let key = SecretBytes::copy_of(recorded.key);
        return scheme
            .complete(Material::from_expanded(key))
            .map_err(|error| match error.code() {
                Code::Random => error,
                _ => failed(algorithm, "the recorded key was refused"),
            });
    }
    let material = match (info.seed, info.expanded) {
        (None, Some(_)) if let Some(key) = recorded => {
            Material::from_expanded(SecretBytes::copy_of(key))
        }
        _ if algorithm.is_rsa() => Material::from_expanded(SecretBytes::copy_of(RSA_KEY)),
        (Some(len), _) => Material::from_seed(counting(len, 0)),
        (None, Some(_)) if algorithm.info().family == Family::SlhDsa => {
            return slh_dsa_key(algorithm, &counting(96, 0));
        }
        // A scalar: the leading zero keeps P-521 in range, and the other curves too.
        (None, size) => Material::from_expanded(counting(size.map_or(0, |size| size.max()), 0)),
    };
    scheme
        .complete(material)
        .map_err(|error| match error.code() {
            Code::Random => error,
            _ => failed(algorithm, "the fixed key was refused"),
        })
}

/// The fixed key of an SLH-DSA set, whose root has to be computed first.
fn slh_dsa_key(algorithm: Algorithm, seeds: &SecretBytes) -> Result<(Material, Vec<u8>)> {
    let sk = super::slh_dsa::expand(algorithm, seeds.expose())?;
    let public = sk.expose()[sk.len() / 2..].to_vec();
    Ok((Material::from_expanded(sk), public))
}

fn signature(algorithm: Algorithm) -> Result<()> {
    let scheme =
        signature_untested(algorithm).ok_or_else(|| failed(algorithm, "no implementation"))?;
    let answer = answer(algorithm);
    if let Some(recorded) = recorded_legacy(algorithm) {
        // Of what is never signed again, what has been signed is the known answer.
        expect(algorithm, "public key", &[recorded.key], answer.public)?;
        let judges = Judges {
            algorithm,
            first: scheme.verifier(recorded.key)?,
            second: None,
            prepared: None,
        };
        let signature = recorded.output.to_vec();
        return judges.try_both_ways(signature, 0, &SignOptions::default());
    }
    let (material, public) = fixed_key(algorithm, scheme)?;
    expect(algorithm, "public key", &[&public], answer.public)?;

    let signer = scheme.signer(material, &public)?;
    let info = algorithm.info();
    let part = ml_dsa_part(algorithm);
    let prepared = Needs {
        prepared: Some(Preparation::Fresh),
        ..Needs::default()
    };
    let judges = Judges {
        algorithm,
        first: scheme.verifier(&public)?,
        second: scheme.second_opinion(&public)?,
        prepared: match part.is_some() || info.family == Family::MlDsa {
            true => Some(scheme.verifier_for(&public, prepared)?),
            false => None,
        },
    };
    let mut options = SignOptions {
        // Of a composite the ML-DSA part is deterministic on request, whatever the other one is.
        deterministic: info.deterministic || part.is_some(),
        ..SignOptions::default()
    };
    if info.context {
        options.context = Context::new(CONTEXT)?;
    }
    if algorithm.is_rsa() {
        options.rsa_scheme = Some(RsaScheme::Pkcs1Sha256);
    }
    let mut made = signer.sign(MESSAGE, &options)?;
    let known = part.map_or(made.len(), |part| part.info().output.max());
    if let Some(expected) = answer.output {
        expect(algorithm, "signature", &[&made[..known]], expected)?;
    }
    if let Some(recorded) = recorded_hybrid(algorithm) {
        judges.try_both_ways(made.clone(), known - 1, &options)?;
        made.truncate(known);
        made.extend_from_slice(recorded.traditional);
    }
    let last = made.len() - 1;
    judges.try_both_ways(made, last, &options)?;

    // Most messages are signed without a context.
    if info.family == Family::MlDsa {
        options.context = Context::empty();
        judges.try_both_ways(signer.sign(MESSAGE, &options)?, last, &options)?;
    }
    // Randomised signatures have no known answer, but verifying one has.
    if let Some(recorded) = recorded_signature(algorithm) {
        let last = recorded.len() - 1;
        judges.try_both_ways(recorded.to_vec(), last, &SignOptions::default())?;
    }
    Ok(())
}

/// Every verification of one key.
struct Judges {
    algorithm: Algorithm,
    first: Box<dyn Verifier>,
    second: Option<Box<dyn Verifier>>,
    /// Where preparing a key leads another way through the arithmetic, and several at once a third.
    prepared: Option<Box<dyn Verifier>>,
}

impl Judges {
    /// The right signature must be accepted by all, and one with the byte at `place` altered refused by
    /// all. Last bytes belong to z's hints, to a hash value or to an integer: never to the structure.
    fn try_both_ways(
        &self,
        mut signature: Vec<u8>,
        place: usize,
        options: &SignOptions,
    ) -> Result<()> {
        let options = options.for_verification();
        let answers = |signature: &[u8]| -> Result<Vec<bool>> {
            std::iter::once(&self.first)
                .chain(&self.second)
                .chain(&self.prepared)
                .map(|judge| judge.verify(MESSAGE, &options, signature))
                .collect()
        };
        if answers(&signature)?.contains(&false) {
            return Err(failed(self.algorithm, "a right signature was refused"));
        }
        let right = signature.clone();
        signature[place] ^= 1;
        if answers(&signature)?.contains(&true) {
            return Err(failed(self.algorithm, "an altered signature was accepted"));
        }
        let Some(verifier) = self.prepared.as_deref() else {
            return Ok(());
        };
        let entries = [&right, &signature, &right].map(|signature| Entry {
            verifier,
            message: MESSAGE,
            options: &options,
            signature,
        });
        let together: Result<Vec<bool>> = batch::verify(&entries, NonZeroUsize::MIN)
            .into_iter()
            .collect();
        match together?[..] {
            [true, false, true] => Ok(()),
            _ => Err(failed(self.algorithm, "several at once got other answers")),
        }
    }
}

/// Signatures over [`MESSAGE`] that OpenSSL 3.0.19 made with the fixed keys.
const fn recorded_signature(algorithm: Algorithm) -> Option<&'static [u8]> {
    match algorithm {
        Algorithm::EcdsaP256Sha256 => Some(include_bytes!("self_test_data/ecdsa-p256.sig")),
        Algorithm::EcdsaP384Sha384 => Some(include_bytes!("self_test_data/ecdsa-p384.sig")),
        Algorithm::EcdsaP521Sha512 => Some(include_bytes!("self_test_data/ecdsa-p521.sig")),
        Algorithm::Rsa2048 => Some(include_bytes!("self_test_data/rsa-2048-pss-sha256.sig")),
        _ => None,
    }
}

fn kem(algorithm: Algorithm) -> Result<()> {
    let scheme = kem_untested(algorithm).ok_or_else(|| failed(algorithm, "no implementation"))?;
    let answer = answer(algorithm);
    let (material, public) = fixed_key(algorithm, scheme)?;
    expect(algorithm, "public key", &[&public], answer.public)?;

    let expected = answer.output.unwrap_or_default();
    let key = scheme.decapsulator(material, &public)?;
    let encapsulate = |algorithm: Algorithm| {
        let public = &public[..algorithm.info().public_key.max()];
        let m = SecretBytes::copy_of(&[7; 32]);
        let made = ml_kem::encapsulate_with(algorithm, public, &m)?;
        if ml_kem::prepared_encapsulate_with(algorithm, public, &m)? != made {
            return Err(failed(algorithm, "an expanded key encapsulates otherwise"));
        }
        Ok(made)
    };
    if let Some(part) = ml_kem_part(algorithm) {
        // The owner's own public key is a ciphertext of an agreement, too.
        let own = &public[part.info().public_key.max()..];
        let traditional = match recorded_hybrid(algorithm) {
            Some(recorded) if !recorded.traditional.is_empty() => recorded.traditional,
            _ => own,
        };
        let (ciphertext, _) = encapsulate(part)?;
        let mut ciphertext = [&ciphertext, traditional].concat();
        let received = key.decapsulate(&ciphertext)?;
        ciphertext[0] ^= 1;
        let rejected = key.decapsulate(&ciphertext)?;
        let secrets = [received.expose(), rejected.expose()];
        return expect(algorithm, "secrets", &secrets, expected);
    }
    if let Some(recorded) = recorded_legacy(algorithm) {
        let received = key.decapsulate(recorded.output)?;
        let mut altered = recorded.output.to_vec();
        altered[0] ^= 1;
        let rejected = key.decapsulate(&altered)?;
        let secrets = [received.expose(), rejected.expose()];
        return expect(algorithm, "secrets", &secrets, expected);
    }
    if algorithm.info().family == Family::MlKem {
        let (mut ciphertext, sent) = encapsulate(algorithm)?;
        let received = key.decapsulate(&ciphertext)?;
        if received != sent {
            return Err(failed(algorithm, "the two sides do not agree"));
        }
        let right = ciphertext.clone();
        ciphertext[0] ^= 1;
        let rejected = key.decapsulate(&ciphertext)?;
        return expect(
            algorithm,
            "secrets",
            &[&right, sent.expose(), rejected.expose()],
            expected,
        );
    }
    // An agreement with its own public key has a fixed result and no randomness.
    let shared = key.decapsulate(&public)?;
    expect(algorithm, "shared secret", &[shared.expose()], expected)
}

fn expect(algorithm: Algorithm, part: &str, bytes: &[&[u8]], expected: &str) -> Result<()> {
    let mut hash = digest::Context::new(&digest::SHA256);
    bytes.iter().for_each(|bytes| hash.update(bytes));
    if fault::injected(Fault::SelfTest) {
        hash.update(b"a computation that went wrong");
    }
    let got: String = hash
        .finish()
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    if got == expected {
        return Ok(());
    }
    Err(failed(
        algorithm,
        &format!("the {part} differs from the known answer"),
    ))
}

/// What `scripts/lib/interop/self_test_data.py` has recorded for a composite.
struct RecordedHybrid {
    /// The private key: counting bytes, and for RSA a key that is used for nothing else.
    key: &'static [u8],
    /// The signature of the traditional part, or its ciphertext if that cannot be the public key.
    traditional: &'static [u8],
}

const fn recorded_hybrid(algorithm: Algorithm) -> Option<RecordedHybrid> {
    use Algorithm::*;
    macro_rules! recorded {
        ($name:literal $(, $extension:literal)?) => {
            RecordedHybrid {
                key: include_bytes!(concat!("self_test_data/", $name, ".key")),
                traditional: recorded!(@traditional $name $(, $extension)?),
            }
        };
        (@traditional $name:literal) => { &[] };
        (@traditional $name:literal, $extension:literal) => {
            include_bytes!(concat!("self_test_data/", $name, $extension))
        };
    }
    Some(match algorithm {
        MlDsa44Rsa2048PssSha256 => recorded!("MLDSA44-RSA2048-PSS-SHA256", ".sig"),
        MlDsa44Rsa2048Pkcs15Sha256 => recorded!("MLDSA44-RSA2048-PKCS15-SHA256", ".sig"),
        MlDsa44Ed25519Sha512 => recorded!("MLDSA44-Ed25519-SHA512", ".sig"),
        MlDsa44EcdsaP256Sha256 => recorded!("MLDSA44-ECDSA-P256-SHA256", ".sig"),
        MlDsa65Rsa3072PssSha512 => recorded!("MLDSA65-RSA3072-PSS-SHA512", ".sig"),
        MlDsa65Rsa3072Pkcs15Sha512 => recorded!("MLDSA65-RSA3072-PKCS15-SHA512", ".sig"),
        MlDsa65Rsa4096PssSha512 => recorded!("MLDSA65-RSA4096-PSS-SHA512", ".sig"),
        MlDsa65Rsa4096Pkcs15Sha512 => recorded!("MLDSA65-RSA4096-PKCS15-SHA512", ".sig"),
        MlDsa65EcdsaP256Sha512 => recorded!("MLDSA65-ECDSA-P256-SHA512", ".sig"),
        MlDsa65EcdsaP384Sha512 => recorded!("MLDSA65-ECDSA-P384-SHA512", ".sig"),
        MlDsa65EcdsaBrainpoolP256r1Sha512 => {
            recorded!("MLDSA65-ECDSA-brainpoolP256r1-SHA512", ".sig")
        }
        MlDsa65Ed25519Sha512 => recorded!("MLDSA65-Ed25519-SHA512", ".sig"),
        MlDsa87EcdsaP384Sha512 => recorded!("MLDSA87-ECDSA-P384-SHA512", ".sig"),
        MlDsa87EcdsaBrainpoolP384r1Sha512 => {
            recorded!("MLDSA87-ECDSA-brainpoolP384r1-SHA512", ".sig")
        }
        MlDsa87Ed448Shake256 => recorded!("MLDSA87-Ed448-SHAKE256", ".sig"),
        MlDsa87Rsa3072PssSha512 => recorded!("MLDSA87-RSA3072-PSS-SHA512", ".sig"),
        MlDsa87Rsa4096PssSha512 => recorded!("MLDSA87-RSA4096-PSS-SHA512", ".sig"),
        MlDsa87EcdsaP521Sha512 => recorded!("MLDSA87-ECDSA-P521-SHA512", ".sig"),
        MlKem768Rsa2048Sha3_256 => recorded!("MLKEM768-RSA2048-SHA3-256", ".ct"),
        MlKem768Rsa3072Sha3_256 => recorded!("MLKEM768-RSA3072-SHA3-256", ".ct"),
        MlKem768Rsa4096Sha3_256 => recorded!("MLKEM768-RSA4096-SHA3-256", ".ct"),
        MlKem768X25519Sha3_256 => recorded!("MLKEM768-X25519-SHA3-256"),
        MlKem768EcdhP256Sha3_256 => recorded!("MLKEM768-ECDH-P256-SHA3-256"),
        MlKem768EcdhP384Sha3_256 => recorded!("MLKEM768-ECDH-P384-SHA3-256"),
        MlKem768EcdhBrainpoolP256r1Sha3_256 => recorded!("MLKEM768-ECDH-brainpoolP256r1-SHA3-256"),
        MlKem1024Rsa3072Sha3_256 => recorded!("MLKEM1024-RSA3072-SHA3-256", ".ct"),
        MlKem1024EcdhP384Sha3_256 => recorded!("MLKEM1024-ECDH-P384-SHA3-256"),
        MlKem1024EcdhBrainpoolP384r1Sha3_256 => {
            recorded!("MLKEM1024-ECDH-brainpoolP384r1-SHA3-256")
        }
        MlKem1024X448Sha3_256 => recorded!("MLKEM1024-X448-SHA3-256"),
        MlKem1024EcdhP521Sha3_256 => recorded!("MLKEM1024-ECDH-P521-SHA3-256"),
        _ => return None,
    })
}

/// What `scripts/legacy-vectors` has recorded for a legacy algorithm: made by other people's software.
struct RecordedLegacy {
    /// The public key of a signature algorithm, the private key of a KEM.
    key: &'static [u8],
    /// A signature of [`MESSAGE`], or a ciphertext.
    output: &'static [u8],
}

#[cfg(not(feature = "legacy"))]
const fn recorded_legacy(_algorithm: Algorithm) -> Option<RecordedLegacy> {
    None
}

#[cfg(feature = "legacy")]
const fn recorded_legacy(algorithm: Algorithm) -> Option<RecordedLegacy> {
    use Algorithm::*;
    macro_rules! recorded {
        ($name:literal, $key:literal, $output:literal) => {
            RecordedLegacy {
                key: include_bytes!(concat!("../../test-vectors/legacy/", $name, $key)),
                output: include_bytes!(concat!("../../test-vectors/legacy/", $name, $output)),
            }
        };
    }
    Some(match algorithm {
        Kyber512R3 => recorded!("Kyber512-R3", ".key", ".ct"),
        Kyber768R3 => recorded!("Kyber768-R3", ".key", ".ct"),
        Kyber1024R3 => recorded!("Kyber1024-R3", ".key", ".ct"),
        Kyber512Draft => recorded!("Kyber512-draft", ".key", ".ct"),
        Kyber768Draft => recorded!("Kyber768-draft", ".key", ".ct"),
        Kyber1024Draft => recorded!("Kyber1024-draft", ".key", ".ct"),
        Dilithium2R3 => recorded!("Dilithium2-R3", ".pub", ".sig"),
        Dilithium3R3 => recorded!("Dilithium3-R3", ".pub", ".sig"),
        Dilithium5R3 => recorded!("Dilithium5-R3", ".pub", ".sig"),
        Dilithium2Draft => recorded!("Dilithium2-draft", ".pub", ".sig"),
        Dilithium3Draft => recorded!("Dilithium3-draft", ".pub", ".sig"),
        Dilithium5Draft => recorded!("Dilithium5-draft", ".pub", ".sig"),
        _ => return None,
    })
}

/// The key of the RSA test, made for it and used for nothing else (DER of RSAPrivateKey).
const RSA_KEY: &[u8] = include_bytes!("self_test_data/rsa-2048.der");

/// The recorded answers.
const fn answer(algorithm: Algorithm) -> Answer {
    use Algorithm::*;
    let (public, output) = match algorithm {
        MlKem512 => (
            "3ae268dccc5456ac0d0f9b39257dc48fe081383b97c400512d712b739762daee",
            Some("2cc03c972ba6e7456bdc09cae000bfb48d52e34b4d76882902dbe2027be6f153"),
        ),
        MlKem768 => (
            "0b7934c83125c788995e2ba6bd761e33046b3e40571be53e023309a29f398cc9",
            Some("95e94b5333263e91c6b50e8a25e5de084dcb0226e0f96eb8c173d9aab7b8bf20"),
        ),
        MlKem1024 => (
            "c7b8fa0aa471d5ae18922d6ccad5b31e1d84f92ae723abfd13747018740a8530",
            Some("59d013515b3ff832c8a9eb655f86696c2fe67c124b950a31026ae74d2438a815"),
        ),
        MlDsa44 => (
            "9f107644c1084526af3bc8098680b05499a2325a644e388fb4f970e058d19d46",
            Some("c46edeb78702eafa423dee19d09608b70d75bb9771b103614ec7f5a138499deb"),
        ),
        MlDsa65 => (
            "d666806e11cee19a7c989f7445f90dd419cf4d2d51db8c0fdb4c0f0a542238c9",
            Some("2da4945f31b7fb4c9d704878f7acf333c75dbc6c4b805333f95ba47758bf8a6b"),
        ),
        MlDsa87 => (
            "91dc389cfaa01470b7f66eee45a4ae9026d154817c754dfe22298b3fa241ffcd",
            Some("c335f89f4d86d68894bea36f9e7fb7d06cd2b745cc1d45100023321370e35ff2"),
        ),
        SlhDsaSha2128s => (
            "9d5b69aa74c4939468bae5108568a4d0926f2532c96b0742eda0a7eff4c99c3e",
            Some("43f108027bb301a76fcefefab882c800da56b89bae33597adaef1741b1e98902"),
        ),
        SlhDsaSha2128f => (
            "f577b74987c6313ffa546b8885ca8450c7f427c20f0d9b52d166264016b8beba",
            Some("6b63c3209b7a5dc4c23a8ec6e7791be87590d882f671735ac3423bae56d5b8f7"),
        ),
        SlhDsaSha2192s => (
            "ea0e06991d977e4766be1a49fedf2132dcf7361e36e41e999e1b9d2923685743",
            Some("bbea9e8d1a02f8851f0a1e0d5e9a7be9d511201668a6bdda3a6e5cf1e6ed487f"),
        ),
        SlhDsaSha2192f => (
            "305951b67f8a79021a7f6ad01ac0e4ecc111f7c8aeb07579741431f1e6cbe9d9",
            Some("3baa6c008eaff6e5bd0380c89ebf755a256d93b6ab6abc4c6891995dc72e15c8"),
        ),
        SlhDsaSha2256s => (
            "77bc2592929e69ec3a8546a07b032c8c61db4b1241f89d06821a842e39bb8edd",
            Some("419eb859d09e9213f2cfc64376b515087271d969821fd1f97a3686e4941b12c7"),
        ),
        SlhDsaSha2256f => (
            "6aea562ed5cc1b0883f84bb6e198b32f0a00e62fc96da86efc1b199b4ab09a22",
            Some("bb22bd75a82518cc4380943dbe7120370e6ec75394531601d1e19664a4938492"),
        ),
        SlhDsaShake128s => (
            "00bcf55c114dd213b09d26bf41dbc06a423ca37c5a52d912c0d8a376ca99bf9f",
            Some("cbe14cbf261510115caea6267ec204fcc476d81db5fe5a2aab359e279a9c4f97"),
        ),
        SlhDsaShake128f => (
            "99197c0060fec43eaefd42ebb68848f66cf3b2db814670dee2ac5c37d4aade64",
            Some("a0b583735606021862333719e52996c285a9225f51dc59bd702ba0283c08a8dd"),
        ),
        SlhDsaShake192s => (
            "ffb7e28bb0e77087cbbf2ebcb443675845b1641feac49ac4b3245fb7dea60c9a",
            Some("d69a55a469c9bd1499316f2e7b38d282d0f6790f91c5ad89d65fa9ab56b1f91d"),
        ),
        SlhDsaShake192f => (
            "9fe0ba0705788e84b64e4b9135e57653f10d86f151fefd650148a345b31dc5a9",
            Some("cacce138fa4b5124b48135517accedf07be09648a46efe7f01e525f34d60ca5f"),
        ),
        SlhDsaShake256s => (
            "00080bd75052db3647b01a476d5c3b36b7f8623012c24fb5faac608db02ecef5",
            Some("5549f3c4d3b3592c7b95bb54c5d85e314ad9c5a2cf1bc7625f0ed65cf88cc23e"),
        ),
        SlhDsaShake256f => (
            "dd5905dec5af9c92a466e9bae1935ecdc05a4b714604999effae812b1ce3ae5e",
            Some("01c3f28244f0a61d4eb1627baa5c76b40aef06101268ebda0493bafa99c30f46"),
        ),
        Ed25519 => (
            "56475aa75463474c0285df5dbf2bcab73da651358839e9b77481b2eab107708c",
            Some("6fdbdc80577f49a265ad76fb7e4e800ee5a1c0adc168556f9723f8648422f909"),
        ),
        EcdsaP256Sha256 => (
            "c6f4e212a3ac26051c507ab582c041f01044b2d140d5ee018c4f950acd061460",
            None,
        ),
        EcdsaP384Sha384 => (
            "9148d215f88455de22ba7ebb2a9976f1714d0354316afc1208e63ceddb770359",
            None,
        ),
        EcdsaP521Sha512 => (
            "c22c72a382824e881148148585ea63dda5921f076444ff630948fd5f4fcb88c9",
            None,
        ),
        X25519 => (
            "eedd883da0a9451593dc0a38e583fb770fa27dbbed209c20404e075e68c4f0c9",
            Some("fc3015f439a7c61461c93b5bb1aa2fc994e7483b4dae63d11a2e3e633891660d"),
        ),
        EcdhP256 => (
            "c6f4e212a3ac26051c507ab582c041f01044b2d140d5ee018c4f950acd061460",
            Some("6616f4d5e7078259983238d54fcf090c6c67e4a38f5d8cc659197c89e183a808"),
        ),
        EcdhP384 => (
            "9148d215f88455de22ba7ebb2a9976f1714d0354316afc1208e63ceddb770359",
            Some("fd8c6bcc36fd79aee4d0a2dd6e706d8a7504e8094842d661833f2c3407f18c86"),
        ),
        EcdhP521 => (
            "c22c72a382824e881148148585ea63dda5921f076444ff630948fd5f4fcb88c9",
            Some("8e91fbc889f36bdbece3ce4e54f1cc7167c05519f9e3d47e0dfd92012b58004a"),
        ),
        MlDsa44Rsa2048PssSha256 => (
            "7201b726c682ff44238f361129221c745e9aa65b92abe2a1f2d481e008d1bca3",
            Some("6172ce4aea61e01033053850a8c839bf8a06fa3b8516b85e4292e55c5f51116a"),
        ),
        MlDsa44Rsa2048Pkcs15Sha256 => (
            "7201b726c682ff44238f361129221c745e9aa65b92abe2a1f2d481e008d1bca3",
            Some("1fe537e83de6af4d6e87f41a072b22a01ca5db8b6f781240a448d4183453c86d"),
        ),
        MlDsa44Ed25519Sha512 => (
            "e500ffcd71e7ad5b2d645a174fc5de2214b233f8e45e06d8e7703e2f856ca185",
            Some("1064c6795fcf9c91ebfa1b0159f6a0a1cb0c041d9a9a67291292a8e7d395e8ea"),
        ),
        MlDsa44EcdsaP256Sha256 => (
            "69ea9e132a1845edf589f4dd78707d4d163db9692b08c0b91631a1030e6d3761",
            Some("6f9fd5d9f2ed677797dfccb3142579a145593a3f1f103ea59cd38636f713c56c"),
        ),
        MlDsa65Rsa3072PssSha512 => (
            "a8a3dacdbc6adaaf8a7989f5bb20a83096df9dee668b013e8f1822effc73cb34",
            Some("1d2e1e8b725c9413f3825966f52386196b86c08b948035c2fa551d87a75010bb"),
        ),
        MlDsa65Rsa3072Pkcs15Sha512 => (
            "a8a3dacdbc6adaaf8a7989f5bb20a83096df9dee668b013e8f1822effc73cb34",
            Some("ae328d845760aad53505b8d9705cdfeb719f054009c6ba841d3f2bcf01abde51"),
        ),
        MlDsa65Rsa4096PssSha512 => (
            "b50cb9510f4d1651c7a1e3f696c15f995138e0c2db20aaa0aa72a153168b82ee",
            Some("1ca5c1646858f39ad5b9ac58f4c7275408e44ba526179b0b1ef5a8378f1bd6b4"),
        ),
        MlDsa65Rsa4096Pkcs15Sha512 => (
            "b50cb9510f4d1651c7a1e3f696c15f995138e0c2db20aaa0aa72a153168b82ee",
            Some("aa4c936a84176c3c7a70ff6fd3532b41157a8572c97e8ecdcc2751d05b8448f5"),
        ),
        MlDsa65EcdsaP256Sha512 => (
            "e4d9cb8ab8b01e0d0fe96ca89ae31874c95de46e8b97d3b53e6c6122c6ca10c9",
            Some("96d171073d6c7114b95e2d0aec9dc63894b0f5b21c0da68f5aac5511cac77eb4"),
        ),
        MlDsa65EcdsaP384Sha512 => (
            "24bdf63cbe191336238611a4d55f74bb55c3e44f5481e720ecc1805dfeeef8d1",
            Some("4be10249552e62fedc4b7bfd90c78e6cd30bc17827162ad14e513696fff70bdd"),
        ),
        MlDsa65EcdsaBrainpoolP256r1Sha512 => (
            "000e479cb928a44868d5b43961d6b3c1ffa4b5392922e07b6b7ab94321386dba",
            Some("1e83fe55f3ab4683e55b835db9f208d4aadd2115b8d9f1288efb4debcd28bee4"),
        ),
        MlDsa65Ed25519Sha512 => (
            "24fd33bd5e796bb043d5964de49e20fe0257e9a3100a12f6e96250aa3c81b0bc",
            Some("64a8997285dd83437b33d8972a359923ab797356e01aa3e01f8aa09a42eec807"),
        ),
        MlDsa87EcdsaP384Sha512 => (
            "c2319b9ae239e50944b813a120b056bfbca1f0f0f1e5997ac98cf9408fbd7665",
            Some("a2569bcce493f23db1f0c799ac05d8fd2d8cab40f0b62c31d5593137768f39f1"),
        ),
        MlDsa87EcdsaBrainpoolP384r1Sha512 => (
            "cebd4d2e2ec636a756600de1e8bed0fda9610d1ff9ebb5222a54032750a039ca",
            Some("9d9a1ab9dce0dc4daa99abf205020ebca85f569d5adaaf55aadfe3aa4ff8ff22"),
        ),
        MlDsa87Ed448Shake256 => (
            "452f21bab5003f6fdae7cd6142421c43598d3c5ffb93b70657df5463210d29b3",
            Some("b1234eb25191040c76473117d894a4ced2c4c6d31361ee23bc6b2a4da246b532"),
        ),
        MlDsa87Rsa3072PssSha512 => (
            "0cb066e35b1dc0d12176f45adb9b31777b52175b3fac657a8a942136c5e44286",
            Some("d473890e9ac01136246555b702a92a56c02d67f9e644045d1e1f7a89d9b44f6f"),
        ),
        MlDsa87Rsa4096PssSha512 => (
            "e75dfec42c52a3e739ea0be6e5ee9754efe34e60c1c074d13a8575aa4d238074",
            Some("f0f99a919c61d4e9847e66653e3d061e90c32a3759fa0f54d8841ce92aaa1760"),
        ),
        MlDsa87EcdsaP521Sha512 => (
            "8ea54481a73009fa226d950cdc1711e8cb97774de40dbff8d42854deab4e950e",
            Some("131c02b06e97cb1b6b19b3bf34165f9f32c719ee38d9a668b096bb0fb00cc2ca"),
        ),
        MlKem768Rsa2048Sha3_256 => (
            "d6bad6a973fe7b4492d058588137983d2ce2918e65266fddae610bfcd5c49362",
            Some("47a684725b4fe3cb10657315c63280fb9ec91a3ff381f7c0df9944291d8601f8"),
        ),
        MlKem768Rsa3072Sha3_256 => (
            "614dd4904b9ee08dfbc9f8c75b415ab3d087f6763d0354cbeeb58ea0df36816a",
            Some("f649a0cf591631da1cef5d0336ad45080e62f710601ed51873e4215b47040dee"),
        ),
        MlKem768Rsa4096Sha3_256 => (
            "bae6482a799c07909ac7e78569f1db73937b5721f9b863119501a35ab2793b96",
            Some("47bd282ead1c158a64333a3d16f34b304eac238be6c75b57b91f1e4ad5fbfffd"),
        ),
        MlKem768X25519Sha3_256 => (
            "869bb0ed633adca631cbd4e3f4667ef950d54a82a7700fb76cadcd6e44e2e70a",
            Some("50c1ca785ce72c8dcd72825b07ef6f060815318d797246fc004b763dcd79a9c1"),
        ),
        MlKem768EcdhP256Sha3_256 => (
            "80b1e944d0a599b156873732ddcc6f5fafa8f509b4f2aca26a40cc4da28edf8c",
            Some("5bf72d8a407f582521694773b5face78a1a927d4a976ea52d4bbae3ba94cc9c3"),
        ),
        MlKem768EcdhP384Sha3_256 => (
            "b1a3ede8f84a0863922f74d7460830be88d205753117657de39631f629eef5ce",
            Some("aafed4331eff202aa101ac086820509d4cc05f0ee41be6a595b7e7e97f5a1f19"),
        ),
        MlKem768EcdhBrainpoolP256r1Sha3_256 => (
            "8659209b364e8d0cef23bff0ce50970705c22808deea9c1c093335ae73cbb748",
            Some("6afca96c3ec808b40028ae68e678f3e9e165224a0c4d82718dd6b78535446a68"),
        ),
        MlKem1024Rsa3072Sha3_256 => (
            "84b402f7d63a6ca5d78a20297821b2b5287ce0be5a9d168221a5674cd37c0078",
            Some("290d3e140a69b18a678370bf92b57f1383fa0a27cd029a0f6c49cfaf05dcbe37"),
        ),
        MlKem1024EcdhP384Sha3_256 => (
            "11a7ca40af51b7453408d231a51796dec57b70936724c81197dc2ee53ae8db15",
            Some("a31c3e8c939b46be631e63e284bdc47540fcfaf06cb318ab21ff11938fea17c8"),
        ),
        MlKem1024EcdhBrainpoolP384r1Sha3_256 => (
            "0230adb5a8951c9f47bf7e7e92540df2a6dfc5da26cb6fb71d70724e7ef9e159",
            Some("9669b67a955a9b1b42f7b242c5638b7cc52f591c873ca4330e72a27ada0dd8d3"),
        ),
        MlKem1024X448Sha3_256 => (
            "8dd9ed4dff2dea5941feb890a59c883dc18cc836b5a09f355330ab9b783de5c5",
            Some("8218b7e161ad6eb136f379f4c47a5939186fa499fa783747bce548584dffbffc"),
        ),
        MlKem1024EcdhP521Sha3_256 => (
            "a986d00aa76be0b2482f4015b3ab91f74972dd7f81b392e4890d2026ecfbcbf7",
            Some("ccb42a4a5a189fb6bbb763ec05adbe48311e3ee024df985420b338371c50ad47"),
        ),
        XWing => (
            "c9a3565ffde4f72b51661be391ee13e46378d7f06dd5c8bf5af9d2cfb5b8336b",
            Some("61d696890de43c6514b956e20c7ded67b424428bc85e32ae420fd065b877f36b"),
        ),
        Kyber512R3 => (
            "f02c219b4dc917c4d96aa57dcb099adbcccab21ff1b3bfc0ac33781f62019a1c",
            Some("743dded50359f74f4947139e8ab8b7ab057a4d8354242b1dc109b64dd1e65235"),
        ),
        Kyber768R3 => (
            "c357d0dd6da3535b070ea3ce8bf32b90c6340c84cfc50d367e2c8072379f8683",
            Some("eba17c6b0999fbccc609d7334d79346f913438ac54d053d9361f9e20eada2b7a"),
        ),
        Kyber1024R3 => (
            "3116e2bc849d59b6d61b109004d8ac036e9f0d7c11f27bc0f395acd0cecff643",
            Some("53aa256fd0ebc6ae146b71d7105545802658f7a510469f434dc20d412c043427"),
        ),
        Kyber512Draft => (
            "44a3bfe05c0d20dad1e8407291aee9ed4143186a293371a903f4ac8e4857b4d4",
            Some("d0d21fbe2483a987894e6276835be3b7e7721cffba88e6f1ec7c84ccbcfd5656"),
        ),
        Kyber768Draft => (
            "45d8404d74a22591693896bc280fbff7cdab3c8e2334421700c8818aed7184d8",
            Some("19ebbcbeb62d4579b3bd3ea4e6c095fb7df4d6a619cf3c1e55e632947fa85804"),
        ),
        Kyber1024Draft => (
            "9053f217f989206a4bfa8ccc15dc2d7d36e41a2b16fb29b2c761d56f66167e0d",
            Some("e895da81d1a459bcb4ead64aa69119053ec6a43d6ff29bf34376b7b7491b997d"),
        ),
        Dilithium2R3 => (
            "adf24b967eb2c2214a248418e31e563aac4e5fb73d3fcc424a4902d09e0ea276",
            None,
        ),
        Dilithium3R3 => (
            "ae47c0b3ac86cb86fbc19353a3fb76c151e133d869e3bdbdbe1aacfbe37ccb6e",
            None,
        ),
        Dilithium5R3 => (
            "79226085371eefb5275b6a0fb3bf279f11f782e999cd19a26b41e423c59ce4fb",
            None,
        ),
        Dilithium2Draft => (
            "bff219a4faadb53efba474f41091b34dc7dbddad2043cd6c77827b2c7c65ccf9",
            None,
        ),
        Dilithium3Draft => (
            "4831d6e1235d395f2e6d63b66003ce69a668e17ea3904bdc23f36f4a5eb8b8b3",
            None,
        ),
        Dilithium5Draft => (
            "828bcf2231a29f99c2bb4c498c50f0b7ff14795edaaa9afa49d6b5299627c473",
            None,
        ),
        Rsa2048 | Rsa3072 | Rsa4096 => (
            "9f99afba35713ecc998faadcf172ed84a36cd2136a6289d170dbdd67ccb6bfa7",
            Some("5cf2e34d05b696fbfa9ad2615019be86f6464cb5da86603ad408b97bed3e7775"),
        ),
    };
    Answer { public, output }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test ends with a panic")]
mod tests {
    use super::*;

    /// SHA-256 in hexadecimal, as the answers are recorded.
    fn sha256(parts: &[&[u8]]) -> String {
        let mut hash = digest::Context::new(&digest::SHA256);
        parts.iter().for_each(|part| hash.update(part));
        let digest = hash.finish();
        digest
            .as_ref()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    fn counting(len: u8) -> Vec<u8> {
        (0..len).collect()
    }

    #[test]
    fn the_ml_dsa_answers_are_those_of_the_second_implementation() {
        fn check<P: ::ml_dsa::MlDsaParams>(algorithm: Algorithm) {
            let seed: [u8; 32] = counting(32).try_into().unwrap();
            let key = ::ml_dsa::ExpandedSigningKey::<P>::from_seed(&seed.into());
            let signature = key.sign_deterministic(MESSAGE, CONTEXT).unwrap();
            let answer = answer(algorithm);
            assert_eq!(sha256(&[&key.verifying_key().encode()]), answer.public);
            assert_eq!(Some(sha256(&[&signature.encode()]).as_str()), answer.output);
        }
        check::<::ml_dsa::MlDsa44>(Algorithm::MlDsa44);
        check::<::ml_dsa::MlDsa65>(Algorithm::MlDsa65);
        check::<::ml_dsa::MlDsa87>(Algorithm::MlDsa87);
    }

    /// Hands out 0, 1, 2, … as `fips205` asks for its three seeds.
    struct Counting(u8);

    impl rand_core::RngCore for Counting {
        fn next_u32(&mut self) -> u32 {
            u32::from(self.next_byte())
        }

        fn next_u64(&mut self) -> u64 {
            u64::from(self.next_byte())
        }

        fn fill_bytes(&mut self, out: &mut [u8]) {
            out.iter_mut().for_each(|byte| *byte = self.next_byte());
        }

        fn try_fill_bytes(&mut self, out: &mut [u8]) -> std::result::Result<(), rand_core::Error> {
            self.fill_bytes(out);
            Ok(())
        }
    }

    impl rand_core::CryptoRng for Counting {}

    impl Counting {
        fn next_byte(&mut self) -> u8 {
            let byte = self.0;
            self.0 += 1;
            byte
        }
    }

    #[test]
    fn the_slh_dsa_answers_are_those_of_the_second_implementation() {
        macro_rules! check {
            ($($algorithm:ident $set:ident)*) => {$({
                use fips205::traits::{KeyGen, SerDes, Signer};
                let (public, private) = fips205::$set::KG::try_keygen_with_rng(&mut Counting(0)).unwrap();
                let signature = private
                    .try_sign_with_rng(&mut Counting(0), MESSAGE, CONTEXT, false)
                    .unwrap();
                let answer = answer(Algorithm::$algorithm);
                assert_eq!(sha256(&[&public.into_bytes()]), answer.public, stringify!($algorithm));
                assert_eq!(Some(sha256(&[&signature]).as_str()), answer.output, stringify!($algorithm));
            })*};
        }
        check! {
            SlhDsaSha2128s slh_dsa_sha2_128s SlhDsaSha2128f slh_dsa_sha2_128f
            SlhDsaSha2192s slh_dsa_sha2_192s SlhDsaSha2192f slh_dsa_sha2_192f
            SlhDsaSha2256s slh_dsa_sha2_256s SlhDsaSha2256f slh_dsa_sha2_256f
            SlhDsaShake128s slh_dsa_shake_128s SlhDsaShake128f slh_dsa_shake_128f
            SlhDsaShake192s slh_dsa_shake_192s SlhDsaShake192f slh_dsa_shake_192f
            SlhDsaShake256s slh_dsa_shake_256s SlhDsaShake256f slh_dsa_shake_256f
        }
    }

    #[test]
    fn the_ml_kem_secrets_are_those_of_aws_lc() {
        use aws_lc_rs::kem;
        for (algorithm, peer) in [
            (Algorithm::MlKem512, &kem::ML_KEM_512),
            (Algorithm::MlKem768, &kem::ML_KEM_768),
            (Algorithm::MlKem1024, &kem::ML_KEM_1024),
        ] {
            let scheme = kem_untested(algorithm).unwrap();
            let (material, public) = fixed_key(algorithm, scheme).unwrap();
            let m = SecretBytes::copy_of(&[7; 32]);
            let (right, _) = ml_kem::encapsulate_with(algorithm, &public, &m).unwrap();
            let mut altered = right.clone();
            altered[0] ^= 1;
            let key =
                kem::DecapsulationKey::new(peer, material.expanded().unwrap().expose()).unwrap();
            let sent = key.decapsulate(right.as_slice().into()).unwrap();
            let rejected = key.decapsulate(altered.as_slice().into()).unwrap();
            assert_eq!(
                Some(sha256(&[&right, sent.as_ref(), rejected.as_ref()]).as_str()),
                answer(algorithm).output
            );
        }
    }

    #[test]
    fn every_row_gives_its_known_answers() {
        for algorithm in Algorithm::ALL {
            known_answers(*algorithm).unwrap();
        }
    }
}
