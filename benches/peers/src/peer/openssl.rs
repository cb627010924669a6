//! OpenSSL 4, through the functions of libcrypto. It draws its own randomness.

#![allow(
    non_camel_case_types,
    non_snake_case,
    clippy::upper_case_acronyms,
    reason = "the names of the C headers"
)]

use std::ffi::{CString, c_char, c_int, c_long, c_uchar, c_uint, c_void};
use std::hint::black_box;
use std::ptr::{null, null_mut};

use super::{Kem, Pair, ParameterSet, Signer};

macro_rules! opaque {
    ($($name:ident)+) => { $(#[repr(C)] struct $name { _private: [u8; 0] })+ };
}
opaque!(BIO CMS_ContentInfo EVP_CIPHER EVP_CIPHER_CTX EVP_MD EVP_MD_CTX EVP_PKEY EVP_PKEY_CTX);

unsafe extern "C" {
    fn EVP_PKEY_Q_keygen(
        libctx: *mut c_void,
        properties: *const c_char,
        kind: *const c_char,
        ...
    ) -> *mut EVP_PKEY;
    fn EVP_PKEY_new_raw_private_key_ex(
        libctx: *mut c_void,
        kind: *const c_char,
        properties: *const c_char,
        key: *const c_uchar,
        length: usize,
    ) -> *mut EVP_PKEY;
    fn EVP_PKEY_new_raw_public_key_ex(
        libctx: *mut c_void,
        kind: *const c_char,
        properties: *const c_char,
        key: *const c_uchar,
        length: usize,
    ) -> *mut EVP_PKEY;
    fn EVP_PKEY_free(key: *mut EVP_PKEY);

    fn EVP_MD_CTX_new() -> *mut EVP_MD_CTX;
    fn EVP_MD_CTX_free(context: *mut EVP_MD_CTX);
    fn EVP_DigestSignInit(
        context: *mut EVP_MD_CTX,
        key_context: *mut *mut EVP_PKEY_CTX,
        digest: *const EVP_MD,
        engine: *mut c_void,
        key: *mut EVP_PKEY,
    ) -> c_int;
    fn EVP_DigestSign(
        context: *mut EVP_MD_CTX,
        signature: *mut c_uchar,
        signature_length: *mut usize,
        message: *const c_uchar,
        length: usize,
    ) -> c_int;
    fn EVP_DigestVerifyInit(
        context: *mut EVP_MD_CTX,
        key_context: *mut *mut EVP_PKEY_CTX,
        digest: *const EVP_MD,
        engine: *mut c_void,
        key: *mut EVP_PKEY,
    ) -> c_int;
    fn EVP_DigestVerify(
        context: *mut EVP_MD_CTX,
        signature: *const c_uchar,
        signature_length: usize,
        message: *const c_uchar,
        length: usize,
    ) -> c_int;

    fn EVP_PKEY_CTX_new_from_pkey(
        libctx: *mut c_void,
        key: *mut EVP_PKEY,
        properties: *const c_char,
    ) -> *mut EVP_PKEY_CTX;
    fn EVP_PKEY_CTX_free(context: *mut EVP_PKEY_CTX);
    fn EVP_PKEY_encapsulate_init(context: *mut EVP_PKEY_CTX, parameters: *const c_void) -> c_int;
    fn EVP_PKEY_encapsulate(
        context: *mut EVP_PKEY_CTX,
        ciphertext: *mut c_uchar,
        ciphertext_length: *mut usize,
        secret: *mut c_uchar,
        secret_length: *mut usize,
    ) -> c_int;
    fn EVP_PKEY_decapsulate_init(context: *mut EVP_PKEY_CTX, parameters: *const c_void) -> c_int;
    fn EVP_PKEY_decapsulate(
        context: *mut EVP_PKEY_CTX,
        secret: *mut c_uchar,
        secret_length: *mut usize,
        ciphertext: *const c_uchar,
        ciphertext_length: usize,
    ) -> c_int;

    fn EVP_MD_fetch(
        libctx: *mut c_void,
        name: *const c_char,
        properties: *const c_char,
    ) -> *mut EVP_MD;
    fn EVP_DigestInit_ex2(
        context: *mut EVP_MD_CTX,
        digest: *const EVP_MD,
        parameters: *const c_void,
    ) -> c_int;
    fn EVP_DigestUpdate(context: *mut EVP_MD_CTX, data: *const c_void, length: usize) -> c_int;
    fn EVP_DigestFinal_ex(
        context: *mut EVP_MD_CTX,
        hash: *mut c_uchar,
        length: *mut c_uint,
    ) -> c_int;
    fn EVP_DigestFinalXOF(context: *mut EVP_MD_CTX, hash: *mut c_uchar, length: usize) -> c_int;

    fn EVP_CIPHER_fetch(
        libctx: *mut c_void,
        name: *const c_char,
        properties: *const c_char,
    ) -> *mut EVP_CIPHER;
    fn EVP_CIPHER_CTX_new() -> *mut EVP_CIPHER_CTX;
    fn EVP_EncryptInit_ex2(
        context: *mut EVP_CIPHER_CTX,
        cipher: *const EVP_CIPHER,
        key: *const c_uchar,
        nonce: *const c_uchar,
        parameters: *const c_void,
    ) -> c_int;
    fn EVP_EncryptUpdate(
        context: *mut EVP_CIPHER_CTX,
        output: *mut c_uchar,
        output_length: *mut c_int,
        input: *const c_uchar,
        length: c_int,
    ) -> c_int;
    fn EVP_EncryptFinal_ex(
        context: *mut EVP_CIPHER_CTX,
        output: *mut c_uchar,
        output_length: *mut c_int,
    ) -> c_int;
    fn EVP_CIPHER_CTX_ctrl(
        context: *mut EVP_CIPHER_CTX,
        kind: c_int,
        argument: c_int,
        pointer: *mut c_void,
    ) -> c_int;

    fn BIO_new_mem_buf(bytes: *const c_void, length: c_int) -> *mut BIO;
    fn BIO_free(bio: *mut BIO) -> c_int;
    fn d2i_CMS_ContentInfo(
        into: *mut *mut CMS_ContentInfo,
        bytes: *mut *const c_uchar,
        length: c_long,
    ) -> *mut CMS_ContentInfo;
    fn CMS_ContentInfo_free(cms: *mut CMS_ContentInfo);
    fn CMS_verify(
        cms: *mut CMS_ContentInfo,
        certificates: *mut c_void,
        store: *mut c_void,
        content: *mut BIO,
        output: *mut BIO,
        flags: c_uint,
    ) -> c_int;
}

const EVP_CTRL_AEAD_GET_TAG: c_int = 0x10;

const CMS_NO_SIGNER_CERT_VERIFY: c_uint = 0x20;
const CMS_BINARY: c_uint = 0x80;

/// A key that is given back.
struct Key(*mut EVP_PKEY);

impl Drop for Key {
    fn drop(&mut self) {
        // SAFETY: the key is ours alone, and this is its last use.
        unsafe { EVP_PKEY_free(self.0) }
    }
}

impl Key {
    fn private(algorithm: &CString, bytes: &[u8]) -> Self {
        // SAFETY: the name ends with a zero, and the bytes come with their length.
        let key = unsafe {
            EVP_PKEY_new_raw_private_key_ex(
                null_mut(),
                algorithm.as_ptr(),
                null(),
                bytes.as_ptr(),
                bytes.len(),
            )
        };
        assert!(!key.is_null(), "OpenSSL refuses a private key");
        Self(key)
    }

    fn public(algorithm: &CString, bytes: &[u8]) -> Self {
        // SAFETY: the name ends with a zero, and the bytes come with their length.
        let key = unsafe {
            EVP_PKEY_new_raw_public_key_ex(
                null_mut(),
                algorithm.as_ptr(),
                null(),
                bytes.as_ptr(),
                bytes.len(),
            )
        };
        assert!(!key.is_null(), "OpenSSL refuses a public key");
        Self(key)
    }

    fn generate(algorithm: &CString) -> Self {
        // SAFETY: the name ends with a zero, and these algorithms take no more arguments.
        let key = unsafe { EVP_PKEY_Q_keygen(null_mut(), null(), algorithm.as_ptr()) };
        assert!(!key.is_null(), "OpenSSL makes no key");
        Self(key)
    }

    fn sign(&self, message: &[u8], signature: &mut [u8]) -> usize {
        let mut length = signature.len();
        // SAFETY: the key lives, the context is ours and freed, and every buffer comes with its length.
        let done = unsafe {
            let context = EVP_MD_CTX_new();
            let begun = EVP_DigestSignInit(context, null_mut(), null(), null_mut(), self.0);
            let done = EVP_DigestSign(
                context,
                signature.as_mut_ptr(),
                &mut length,
                message.as_ptr(),
                message.len(),
            );
            EVP_MD_CTX_free(context);
            begun == 1 && done == 1
        };
        assert!(done, "OpenSSL does not sign");
        length
    }

    fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        // SAFETY: the key lives, the context is ours and freed, and every buffer comes with its length.
        unsafe {
            let context = EVP_MD_CTX_new();
            let begun = EVP_DigestVerifyInit(context, null_mut(), null(), null_mut(), self.0);
            assert_eq!(begun, 1, "OpenSSL does not begin to verify");
            let holds = EVP_DigestVerify(
                context,
                signature.as_ptr(),
                signature.len(),
                message.as_ptr(),
                message.len(),
            );
            EVP_MD_CTX_free(context);
            holds == 1
        }
    }

    fn encapsulate(&self) -> ([u8; 1568], [u8; 32]) {
        let (mut ciphertext, mut secret) = ([0; 1568], [0; 32]);
        let (mut lengths, mut secret_length) = (ciphertext.len(), secret.len());
        // SAFETY: the key lives, the context is ours and freed, and every buffer comes with its length.
        let done = unsafe {
            let context = EVP_PKEY_CTX_new_from_pkey(null_mut(), self.0, null());
            let begun = EVP_PKEY_encapsulate_init(context, null());
            let done = EVP_PKEY_encapsulate(
                context,
                ciphertext.as_mut_ptr(),
                &mut lengths,
                secret.as_mut_ptr(),
                &mut secret_length,
            );
            EVP_PKEY_CTX_free(context);
            begun == 1 && done == 1
        };
        assert!(done, "OpenSSL does not encapsulate");
        (ciphertext, secret)
    }

    fn decapsulate(&self, ciphertext: &[u8]) -> Vec<u8> {
        let mut secret = [0; 32];
        let mut length = secret.len();
        // SAFETY: the key lives, the context is ours and freed, and every buffer comes with its length.
        let done = unsafe {
            let context = EVP_PKEY_CTX_new_from_pkey(null_mut(), self.0, null());
            let begun = EVP_PKEY_decapsulate_init(context, null());
            let done = EVP_PKEY_decapsulate(
                context,
                secret.as_mut_ptr(),
                &mut length,
                ciphertext.as_ptr(),
                ciphertext.len(),
            );
            EVP_PKEY_CTX_free(context);
            begun == 1 && done == 1
        };
        assert!(done, "OpenSSL does not decapsulate");
        secret.to_vec()
    }
}

fn name(name: &str) -> CString {
    CString::new(name).expect("a name has no zero")
}

pub(super) fn signer(set: ParameterSet, pair: &Pair) -> Signer {
    let algorithm = name(set.name());
    let private = Key::private(&algorithm, &pair.private);
    let held = Key::public(&algorithm, &pair.public);
    let generated = algorithm.clone();
    Signer {
        name: "OpenSSL",
        generate: Box::new(move || {
            black_box(Key::generate(&generated));
        }),
        sign: Box::new(move |message| {
            let mut signature = [0; 4627];
            private.sign(message, &mut signature);
            black_box(signature);
        }),
        verify: Box::new(move |public, message, signature| {
            Key::public(&algorithm, public).verify(message, signature)
        }),
        prepared: Some(Box::new(move |message, signature| {
            held.verify(message, signature)
        })),
    }
}

pub(super) fn kem(set: u16, pair: &Pair) -> Kem {
    let algorithm = name(&format!("ML-KEM-{set}"));
    let private = pair.private.clone();
    let held = Key::public(&algorithm, &pair.public);
    let held_private = Key::private(&algorithm, &private);
    let (generated, encapsulated) = (algorithm.clone(), algorithm.clone());
    Kem {
        name: "OpenSSL",
        generate: Box::new(move || {
            black_box(Key::generate(&generated));
        }),
        encapsulate: Box::new(move |public| {
            black_box(Key::public(&encapsulated, public).encapsulate());
        }),
        prepared: Some(Box::new(move || {
            black_box(held.encapsulate());
        })),
        decapsulate: Box::new(move |ciphertext| {
            Key::private(&algorithm, &private).decapsulate(ciphertext)
        }),
        decapsulate_prepared: Some(Box::new(move |ciphertext| {
            held_private.decapsulate(ciphertext)
        })),
    }
}

/// A hash function, fetched once. What it gives is cut or stretched to 32 bytes where it has no length.
pub fn hash(algorithm: &str) -> impl Fn(&[u8]) -> Vec<u8> + use<> {
    let stretches = algorithm.starts_with("SHAKE");
    let algorithm = name(algorithm);
    // SAFETY: the name ends with a zero. The function is kept as long as the process.
    let function = unsafe { EVP_MD_fetch(null_mut(), algorithm.as_ptr(), null()) };
    assert!(!function.is_null(), "OpenSSL lacks a hash function");
    move |data| {
        let mut hash = [0; 64];
        let mut length: c_uint = 32;
        // SAFETY: the function lives, the context is ours and freed, the data come with their length, and no
        // hash is longer than the buffer.
        let done = unsafe {
            let context = EVP_MD_CTX_new();
            let begun = EVP_DigestInit_ex2(context, function, null());
            let taken = EVP_DigestUpdate(context, data.as_ptr().cast(), data.len());
            let done = if stretches {
                EVP_DigestFinalXOF(context, hash.as_mut_ptr(), 32)
            } else {
                EVP_DigestFinal_ex(context, hash.as_mut_ptr(), &mut length)
            };
            EVP_MD_CTX_free(context);
            begun == 1 && taken == 1 && done == 1
        };
        assert!(done, "OpenSSL does not hash");
        hash[..usize::try_from(length).expect("at most 64")].to_vec()
    }
}

/// AES-256-GCM in place, under the key and the nonce of zeros; the tag.
pub fn aes_256_gcm() -> impl Fn(&mut [u8]) -> [u8; 16] {
    let algorithm = name("AES-256-GCM");
    // SAFETY: the name ends with a zero. Cipher and context are kept as long as the process.
    let (cipher, context) = unsafe {
        (
            EVP_CIPHER_fetch(null_mut(), algorithm.as_ptr(), null()),
            EVP_CIPHER_CTX_new(),
        )
    };
    assert!(!cipher.is_null() && !context.is_null(), "OpenSSL lacks AES");
    move |data| {
        let mut tag = [0; 16];
        let mut written = 0;
        let length = c_int::try_from(data.len()).expect("a message of megabytes");
        // SAFETY: key and nonce have the lengths of this cipher, which works in place, and the tag has sixteen
        // bytes.
        let done = unsafe {
            let begun =
                EVP_EncryptInit_ex2(context, cipher, [0; 32].as_ptr(), [0; 12].as_ptr(), null());
            let bytes = data.as_mut_ptr();
            let done = EVP_EncryptUpdate(context, bytes, &mut written, bytes, length);
            let ended = EVP_EncryptFinal_ex(context, bytes.add(data.len()), &mut written);
            let tagged =
                EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, 16, tag.as_mut_ptr().cast());
            [begun, done, ended, tagged] == [1; 4]
        };
        assert!(done, "OpenSSL does not encrypt");
        tag
    }
}

/// Whether a detached CMS signature of `content` in DER holds by the certificate in it, which itself is
/// not checked.
pub fn cms_verify(signed: &[u8], content: &[u8]) -> bool {
    let mut position = signed.as_ptr();
    let length = c_long::try_from(signed.len()).expect("a message of kilobytes");
    let content_length = c_int::try_from(content.len()).expect("a message of kilobytes");
    // SAFETY: the bytes come with their lengths and live through the call; what is made is freed.
    unsafe {
        let cms = d2i_CMS_ContentInfo(null_mut(), &mut position, length);
        assert!(!cms.is_null(), "OpenSSL does not read a CMS message");
        let bio = BIO_new_mem_buf(content.as_ptr().cast(), content_length);
        let flags = CMS_NO_SIGNER_CERT_VERIFY | CMS_BINARY;
        let holds = CMS_verify(cms, null_mut(), null_mut(), bio, null_mut(), flags);
        BIO_free(bio);
        CMS_ContentInfo_free(cms);
        holds == 1
    }
}
