//! Keys from keys, authentication and sealing: HKDF and HMAC with SHA-256, AES-256-GCM.
//!
//! [`seal`] is the one way in which this library protects a secret at rest: a fresh key for each sealed
//! text, and a commitment to it, so that no sealed text opens under two keys.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::{hkdf, hmac};

use crate::error::{Code, Error, Result};
use crate::hash::Hash;
use crate::random;
use crate::secret::{SecretBytes, depth, equal, on_clean_stack};

/// The length of keys, salts, tags and commitments, in bytes.
pub(crate) const LEN: usize = 32;

/// The tag of AES-GCM.
const GCM_TAG: usize = 16;

/// What sealing adds to a text, in bytes: salt, commitment, tag.
pub(crate) const OVERHEAD: usize = 2 * LEN + GCM_TAG;

struct Length(usize);

impl hkdf::KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

/// `len` bytes of HKDF-SHA-256 (RFC 5869).
///
/// # Errors
/// [`Code::Internal`] for more than 255 blocks.
pub(crate) fn derive(
    secret: &[u8],
    salt: &[u8],
    info: &[&[u8]],
    len: usize,
) -> Result<SecretBytes> {
    let mut out = SecretBytes::zeroed(len);
    on_clean_stack::<{ depth::HASH }, _>(|| {
        hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
            .extract(secret)
            .expand(info, Length(len))
            .and_then(|okm| okm.fill(out.expose_mut()))
    })
    .map_err(|_| Error::internal("length of a derived key"))?;
    Ok(out)
}

/// A key that authenticates, set up once because it is used often.
pub(crate) struct MacKey(Box<hmac::Key>);

impl MacKey {
    /// A key derived from `secret`.
    ///
    /// # Errors
    /// As [`derive()`].
    pub(crate) fn derive(secret: &[u8], salt: &[u8], info: &str) -> Result<Self> {
        let key = derive(secret, salt, &[info.as_bytes()], LEN)?;
        let mut boxed = None;
        on_clean_stack::<{ depth::HASH }, _>(|| {
            boxed = Some(Box::new(hmac::Key::new(hmac::HMAC_SHA256, key.expose())));
        });
        boxed
            .map(Self)
            .ok_or_else(|| Error::internal("a key was not set up"))
    }

    /// HMAC-SHA-256 (RFC 2104) over the concatenation of `parts`.
    pub(crate) fn tag(&self, parts: &[&[u8]]) -> [u8; LEN] {
        let mut context = hmac::Context::with_key(&self.0);
        for part in parts {
            context.update(part);
        }
        let mut tag = [0; LEN];
        tag.copy_from_slice(context.sign().as_ref());
        tag
    }

    /// Whether `tag` is that of `parts`, in constant time.
    pub(crate) fn verifies(&self, parts: &[&[u8]], tag: &[u8]) -> bool {
        equal(&self.tag(parts), tag)
    }
}

/// Seals `text` under a key of its own, derived from `root` and a random salt. `label` says what for, and
/// `bound` is what it belongs to: it opens together with both alone.
///
/// # Errors
/// [`Code::Random`].
pub(crate) fn seal(root: &[u8], label: &str, bound: &[u8], text: &[u8]) -> Result<Vec<u8>> {
    let salt = random::secret(LEN)?;
    let keys = keys(root, label, bound, salt.expose())?;
    let (key, commitment) = keys.expose().split_at(LEN);
    let mut sealed = SecretBytes::concat(&[salt.expose(), commitment, text]);
    let mut tag = [0; GCM_TAG];
    let (_, body) = sealed.expose_mut().split_at_mut(2 * LEN);
    on_clean_stack::<{ depth::HASH }, _>(|| {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?);
        let made = key.seal_in_place_separate_tag(nonce(), Aad::from(bound), body)?;
        tag.copy_from_slice(made.as_ref());
        Ok(())
    })
    .map_err(|_: aws_lc_rs::error::Unspecified| Error::internal("sealing failed"))?;
    Ok([sealed.expose(), &tag].concat())
}

/// Opens what [`seal`] has sealed.
///
/// # Errors
/// [`Code::Integrity`], without detail, whatever is wrong.
pub(crate) fn open(root: &[u8], label: &str, bound: &[u8], sealed: &[u8]) -> Result<SecretBytes> {
    let rejected = || Error::new(Code::Integrity, "sealed record does not open");
    if sealed.len() < OVERHEAD {
        return Err(rejected());
    }
    let (head, body) = sealed.split_at(2 * LEN);
    let (salt, commitment) = head.split_at(LEN);
    let keys = keys(root, label, bound, salt)?;
    let (key, expected) = keys.expose().split_at(LEN);
    if !equal(expected, commitment) {
        return Err(rejected());
    }
    // Opened in place, in a buffer that is wiped; the text is cut from it into one of its own length.
    let mut buffer = SecretBytes::copy_of(body);
    on_clean_stack::<{ depth::HASH }, _>(|| {
        let key = LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key)?);
        key.open_in_place(nonce(), Aad::from(bound), buffer.expose_mut())
            .map(|_| ())
    })
    .map_err(|_: aws_lc_rs::error::Unspecified| rejected())?;
    Ok(SecretBytes::copy_of(
        &buffer.expose()[..body.len() - GCM_TAG],
    ))
}

/// The tag of a chunk, in bytes.
pub(crate) const CHUNK_TAG: usize = GCM_TAG;

/// The key of a text that is sealed in chunks.
pub(crate) struct ChunkKey(Box<LessSafeKey>);

impl ChunkKey {
    /// A key for one text, and the commitment to it. `salt` is fresh for each text.
    ///
    /// # Errors
    /// As [`derive()`].
    pub(crate) fn derive(
        root: &[u8],
        label: &str,
        bound: &[u8],
        salt: &[u8],
    ) -> Result<(Self, [u8; LEN])> {
        let keys = keys(root, label, bound, salt)?;
        let (key, committed) = keys.expose().split_at(LEN);
        let mut commitment = [0; LEN];
        commitment.copy_from_slice(committed);
        let mut made = None;
        on_clean_stack::<{ depth::HASH }, _>(|| {
            made = UnboundKey::new(&AES_256_GCM, key)
                .ok()
                .map(|key| Box::new(LessSafeKey::new(key)));
        });
        let key = made.ok_or_else(|| Error::internal("a key was not set up"))?;
        Ok((Self(key), commitment))
    }

    /// Number of the chunk, and whether it is the last.
    fn nonce(number: u64, last: bool) -> Nonce {
        let mut nonce = [0; 12];
        nonce[..8].copy_from_slice(&number.to_be_bytes());
        nonce[11] = u8::from(last);
        Nonce::assume_unique_for_key(nonce)
    }

    /// Seals a chunk in place, and adds its tag. A number is used once.
    ///
    /// # Errors
    /// [`Code::Internal`] only.
    pub(crate) fn seal(&self, number: u64, last: bool, chunk: &mut Vec<u8>) -> Result<()> {
        self.0
            .seal_in_place_append_tag(Self::nonce(number, last), Aad::empty(), chunk)
            .map_err(|_| Error::internal("sealing failed"))
    }

    /// Opens a chunk in place, and cuts its tag.
    ///
    /// # Errors
    /// [`Code::Integrity`], without detail.
    pub(crate) fn open(&self, number: u64, last: bool, chunk: &mut Vec<u8>) -> Result<()> {
        let len = self
            .0
            .open_in_place(Self::nonce(number, last), Aad::empty(), chunk)
            .map(|text| text.len())
            .map_err(|_| Error::new(Code::Integrity, "sealed chunk does not open"))?;
        chunk.truncate(len);
        Ok(())
    }
}

/// Key and commitment.
fn keys(root: &[u8], label: &str, bound: &[u8], salt: &[u8]) -> Result<SecretBytes> {
    let bound = Hash::Sha256.of(bound);
    derive(root, salt, &[label.as_bytes(), &[0], &bound], 2 * LEN)
}

/// Each key seals one text, so the nonce need not differ.
fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(hex: &str) -> Vec<u8> {
        hex::decode(hex).unwrap()
    }

    /// RFC 5869 appendix A, cases 1 to 3.
    #[test]
    fn derives_what_rfc_5869_derives() {
        let counted = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
        let cases = [
            (
                vec![0x0b; 22],
                counted(0, 0x0c),
                counted(0xf0, 0xf9),
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
            ),
            (
                counted(0, 0x4f),
                counted(0x60, 0xaf),
                counted(0xb0, 0xff),
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
            ),
            (
                vec![0x0b; 22],
                vec![],
                vec![],
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
            ),
        ];
        for (secret, salt, info, expected) in cases {
            let expected = bytes(expected);
            let derived = derive(&secret, &salt, &[&info], expected.len()).unwrap();
            assert_eq!(derived.expose(), expected);
        }
    }

    /// RFC 4231 section 4.2.
    #[test]
    fn authenticates_as_rfc_4231_does() {
        let key = MacKey(Box::new(hmac::Key::new(hmac::HMAC_SHA256, &[0x0b; 20])));
        let expected = bytes("b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        assert_eq!(key.tag(&[b"Hi ", b"There"]).to_vec(), expected);
        assert!(key.verifies(&[b"Hi There"], &expected));
        assert!(!key.verifies(&[b"Hi There"], &expected[1..]));
        assert!(!key.verifies(&[b"Hi there"], &expected));
    }

    #[test]
    fn what_is_sealed_opens_with_the_same_root_label_and_owner_alone() {
        let text = b"a seed of thirty-two bytes, almost";
        let sealed = seal(&[7; LEN], "label", b"owner", text).unwrap();
        assert_eq!(sealed.len(), text.len() + OVERHEAD);
        let opened = open(&[7; LEN], "label", b"owner", &sealed).unwrap();
        assert_eq!(opened.expose(), text);
        for (root, label, bound) in [
            ([8; LEN], "label", b"owner".as_slice()),
            ([7; LEN], "labels", b"owner"),
            ([7; LEN], "label", b"owners"),
        ] {
            let error = open(&root, label, bound, &sealed).unwrap_err();
            assert_eq!(error.to_string(), "sealed record does not open");
            assert_eq!(error.code(), Code::Integrity);
        }
        for at in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[at] ^= 1;
            assert!(
                open(&[7; LEN], "label", b"owner", &altered).is_err(),
                "{at}"
            );
            assert!(open(&[7; LEN], "label", b"owner", &sealed[..at]).is_err());
        }
    }

    #[test]
    fn the_same_text_is_never_sealed_alike() {
        let seal = || seal(&[7; LEN], "label", b"owner", b"text").unwrap();
        let (one, other) = (seal(), seal());
        assert_ne!(one[..LEN], other[..LEN]);
        // Salt and commitment of one do not go with the text of the other.
        let crossed = [&one[..2 * LEN], &other[2 * LEN..]].concat();
        assert!(open(&[7; LEN], "label", b"owner", &crossed).is_err());
    }
}
