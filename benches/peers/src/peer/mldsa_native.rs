//! mldsa-native with its assembly: the fastest verifier in C, and the one that ratios are usually against.

use std::hint::black_box;

use mldsa_native_rs::ffi;

use super::{Pair, ParameterSet, Signer};

macro_rules! signer_of {
    ($pair:ident, $keypair:ident, $signature:ident, $verify:ident, $public:ident, $private:ident, $bytes:ident) => {{
        const PUBLIC: usize = ffi::$public as usize;
        const PRIVATE: usize = ffi::$private as usize;
        const BYTES: usize = ffi::$bytes as usize;
        let private: [u8; PRIVATE] = super::array(&$pair.private);
        Signer {
            name: "mldsa-native",
            generate: Box::new(|| {
                let (mut public, mut private) = ([0; PUBLIC], [0; PRIVATE]);
                let seed = [0; 32];
                // SAFETY: the arrays have the lengths that the header names, and live through the call.
                let done = unsafe {
                    ffi::$keypair(public.as_mut_ptr(), private.as_mut_ptr(), seed.as_ptr())
                };
                assert_eq!(done, ffi::SUCCESS);
                black_box((public, private));
            }),
            sign: Box::new(move |message| {
                let mut signature = [0; BYTES];
                let mut length = 0;
                // The prefix of the pure variant with an empty context.
                let (prefix, random) = ([0_u8; 2], [0_u8; 32]);
                // SAFETY: the arrays have the lengths that the header names, and live through the call.
                let done = unsafe {
                    ffi::$signature(
                        signature.as_mut_ptr(),
                        &mut length,
                        message.as_ptr(),
                        message.len(),
                        prefix.as_ptr(),
                        prefix.len(),
                        random.as_ptr(),
                        private.as_ptr(),
                        0,
                    )
                };
                assert_eq!((done, length), (ffi::SUCCESS, BYTES));
                black_box(signature);
            }),
            verify: Box::new(|public, message, signature| {
                assert_eq!(public.len(), PUBLIC);
                // SAFETY: the key has the length that the header names, the others come with theirs, and
                // all live through the call.
                let done = unsafe {
                    ffi::$verify(
                        signature.as_ptr(),
                        signature.len(),
                        message.as_ptr(),
                        message.len(),
                        std::ptr::null(),
                        0,
                        public.as_ptr(),
                    )
                };
                done == ffi::SUCCESS
            }),
            prepared: None,
        }
    }};
}

pub(super) fn signer(set: ParameterSet, pair: &Pair) -> Signer {
    match set {
        ParameterSet::MlDsa44 => signer_of!(
            pair,
            mldsa44_keypair_internal,
            mldsa44_signature_internal,
            mldsa44_verify,
            MLDSA44_PUBLICKEYBYTES,
            MLDSA44_SECRETKEYBYTES,
            MLDSA44_BYTES
        ),
        ParameterSet::MlDsa65 => signer_of!(
            pair,
            mldsa65_keypair_internal,
            mldsa65_signature_internal,
            mldsa65_verify,
            MLDSA65_PUBLICKEYBYTES,
            MLDSA65_SECRETKEYBYTES,
            MLDSA65_BYTES
        ),
        _ => signer_of!(
            pair,
            mldsa87_keypair_internal,
            mldsa87_signature_internal,
            mldsa87_verify,
            MLDSA87_PUBLICKEYBYTES,
            MLDSA87_SECRETKEYBYTES,
            MLDSA87_BYTES
        ),
    }
}
