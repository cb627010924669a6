//! CMS signed with Dilithium, as pilots wrote it: no document says how, so it is RFC 9882 with the old identifiers.
//! Verified under the policy that says so, and each flavour under its own identifier alone.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, SHA512, digest};
use chop::cms::{SignedData, Trust};
use chop::inspect::{What, inspect};
use chop::{Algorithm, Code, Guard, PublicKey, Result, SigningKey, Verdict, VerifyingKey};

use crate::containers::element;
use crate::reference::{Key, Set};
use crate::signatures::SETS;
use crate::{DILITHIUM, MESSAGE, file, reading};

/// Contents of object identifiers.
const ID_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1];
const ID_SIGNED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
const ID_CONTENT_TYPE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 3];
const ID_MESSAGE_DIGEST: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 4];

/// A hash function and the contents of its identifier.
type Hash = (&'static aws_lc_rs::digest::Algorithm, &'static [u8]);

const SHA_256: Hash = (&SHA256, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1]);
const SHA_512: Hash = (&SHA512, &[0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3]);

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OCTET_STRING: u8 = 4;

fn oid(contents: &[u8]) -> Vec<u8> {
    element(6, &[contents])
}

/// The signed attributes of RFC 5652 for `content`, as they are hashed: content type and digest.
fn attributes(content: &[u8], (sha, _): Hash) -> Vec<u8> {
    let attribute =
        |kind: &[u8], value: &[u8]| element(SEQUENCE, &[&oid(kind), &element(SET, &[value])]);
    let hash = element(OCTET_STRING, &[digest(sha, content).as_ref()]);
    element(
        SET,
        &[
            &attribute(ID_CONTENT_TYPE, &oid(ID_DATA)),
            &attribute(ID_MESSAGE_DIGEST, &hash),
        ],
    )
}

/// What a message says, and what it is signed with.
struct Message<'a> {
    /// Its identifier names the signature.
    said: Algorithm,
    hash: Hash,
    public: &'a [u8],
    signature: &'a [u8],
    /// The attributes that were signed.
    attributes: Option<&'a [u8]>,
    content: Option<&'a [u8]>,
}

impl Message<'_> {
    fn der(&self) -> Vec<u8> {
        let hash = element(SEQUENCE, &[&oid(self.hash.1)]);
        let said = element(SEQUENCE, &[&oid(self.said.info().oid.as_bytes())]);
        let identifier = digest(&SHA1_FOR_LEGACY_USE_ONLY, self.public);
        let attributes = self.attributes.map(|der| [&[0xa0], &der[1..]].concat());
        let signer = element(
            SEQUENCE,
            &[
                &[2, 1, 3],
                &element(0x80, &[identifier.as_ref()]),
                &hash,
                &attributes.unwrap_or_default(),
                &said,
                &element(OCTET_STRING, &[self.signature]),
            ],
        );
        let inside = self
            .content
            .map(|content| element(0xa0, &[&element(OCTET_STRING, &[content])]));
        let signed = element(
            SEQUENCE,
            &[
                &[2, 1, 3],
                &element(SET, &[&hash]),
                &element(SEQUENCE, &[&oid(ID_DATA), &inside.unwrap_or_default()]),
                &element(SET, &[&signer]),
            ],
        );
        element(
            SEQUENCE,
            &[&oid(ID_SIGNED_DATA), &element(0xa0, &[&signed])],
        )
    }
}

/// A detached message whose signature is over [`MESSAGE`] itself.
pub(crate) fn signed_content(signer: &Key, algorithm: Algorithm) -> Vec<u8> {
    Message {
        said: algorithm,
        hash: SHA_512,
        public: &signer.public,
        signature: &signer.sign(MESSAGE),
        attributes: None,
        content: None,
    }
    .der()
}

fn key(algorithm: Algorithm, public: &[u8], guard: &Guard) -> VerifyingKey {
    let key = PublicKey::from_bytes(algorithm, public).unwrap();
    key.into_verifying().unwrap().under(guard)
}

fn verdict(der: &[u8], key: VerifyingKey, content: Option<&[u8]>) -> Result<Verdict> {
    let data = SignedData::parse(der)?;
    let mut verifying = data.verifying(Trust::Keys(vec![key]))?;
    if let Some(content) = content {
        verifying.update(content)?;
    }
    Ok(verifying.finish()?.verdict)
}

#[test]
fn what_a_pilot_signed_is_verified_under_the_policy_alone() {
    for (number, flavour, algorithm, _) in SETS {
        let signer = Key::new(Set::new(number, flavour), &[number; 32]);
        let own = attributes(MESSAGE, SHA_512);
        let over_attributes = signer.sign(&own);
        let over_content = signer.sign(MESSAGE);
        for (attributes, signature) in [
            (Some(own.as_slice()), &over_attributes),
            (None, &over_content),
        ] {
            for inside in [true, false] {
                let der = Message {
                    said: algorithm,
                    hash: SHA_512,
                    public: &signer.public,
                    signature,
                    attributes,
                    content: inside.then_some(MESSAGE),
                }
                .der();
                let beside = |content| (!inside).then_some(content);
                let read = |guard: &Guard, content| {
                    verdict(&der, key(algorithm, &signer.public, guard), beside(content))
                };
                assert_eq!(read(&reading(), MESSAGE), Ok(Verdict::Valid), "{algorithm}");
                if !inside {
                    assert_eq!(read(&reading(), b"another"), Ok(Verdict::Invalid));
                }
                // The default reads none of it.
                let refused = read(&Guard::default(), MESSAGE);
                assert_eq!(refused, Ok(Verdict::RefusedByPolicy), "{algorithm}");
                // Which algorithm it is signed with can be seen without a key.
                let found = inspect(&der, None).unwrap();
                assert_eq!(found[0].what, What::Cms);
                let named = format!("signed by {algorithm}, as it says itself");
                assert!(found[0].notes.contains(&named), "{found:?}");
            }
        }
        // A signature over the attributes is none over the content, and the other way round.
        for (attributes, signature) in [
            (None, &over_attributes),
            (Some(own.as_slice()), &over_content),
        ] {
            let der = Message {
                said: algorithm,
                hash: SHA_512,
                public: &signer.public,
                signature,
                attributes,
                content: None,
            }
            .der();
            let key = key(algorithm, &signer.public, &reading());
            assert_eq!(verdict(&der, key, Some(MESSAGE)), Ok(Verdict::Invalid));
        }
    }
}

/// RFC 9882 wants more of ML-DSA-65 and -87. No document says it of Dilithium, and what exists is to be read.
#[test]
fn a_message_hashed_with_sha_256_is_read_too() {
    for (number, flavour, algorithm, _) in SETS {
        let signer = Key::new(Set::new(number, flavour), &[number; 32]);
        let own = attributes(MESSAGE, SHA_256);
        let der = Message {
            said: algorithm,
            hash: SHA_256,
            public: &signer.public,
            signature: &signer.sign(&own),
            attributes: Some(&own),
            content: None,
        }
        .der();
        let key = key(algorithm, &signer.public, &reading());
        assert_eq!(
            verdict(&der, key, Some(MESSAGE)),
            Ok(Verdict::Valid),
            "{algorithm}"
        );
    }
}

/// Each signature, under each identifier, with the key taken for each: only where all three are one it holds.
#[test]
fn no_flavour_passes_for_another_in_a_message() {
    let standard = [Algorithm::MlDsa44, Algorithm::MlDsa65, Algorithm::MlDsa87];
    let mut signed: Vec<(Algorithm, Vec<u8>, Vec<u8>)> = DILITHIUM
        .map(|row| (row, file(row, "pub"), file(row, "sig")))
        .to_vec();
    for row in standard {
        let key = SigningKey::generate(row).unwrap();
        let public = key.verifying_key().as_bytes().to_vec();
        signed.push((row, public, key.sign(MESSAGE).unwrap()));
    }
    let (mut valid, mut invalid, mut unfit, mut lengths) = (0, 0, 0, 0);
    for (made, public, signature) in &signed {
        for said in made.flavours() {
            let der = Message {
                said,
                hash: SHA_512,
                public,
                signature,
                attributes: None,
                content: None,
            }
            .der();
            for taken in made.flavours() {
                match verdict(&der, key(taken, public, &reading()), Some(MESSAGE)) {
                    Ok(Verdict::Valid) => {
                        assert_eq!((said, taken), (*made, *made));
                        valid += 1;
                    }
                    Ok(other) => {
                        assert_eq!((other, said), (Verdict::Invalid, taken));
                        invalid += 1;
                    }
                    Err(error) if error.code() == Code::Length => {
                        assert_eq!(said, taken);
                        assert_ne!(taken.info().output, made.info().output);
                        lengths += 1;
                    }
                    Err(error) => {
                        assert_eq!(error.code(), Code::Unsupported, "{error}");
                        assert_ne!(said, taken);
                        let expected = format!(
                            "signature algorithm: expected one of a key of {taken}, got {said}"
                        );
                        assert!(error.to_string().ends_with(&expected), "{error}");
                        unfit += 1;
                    }
                }
            }
        }
    }
    // Of nine signatures each under three identifiers with three keys. Of sets 3 and 5 round 3 has another length.
    assert_eq!((valid, unfit), (9, 9 * 6));
    assert_eq!((invalid, lengths), (10, 8));
}
