//! Files of the draft flavour, made by `pqcrypto-kyber` and `pqcrypto-dilithium` with the system's
//! randomness: `legacy-vectors FOLDER`.

use std::fs;
use std::path::PathBuf;

use pqcrypto_dilithium::{dilithium2, dilithium3, dilithium5};
use pqcrypto_kyber::{kyber512, kyber768, kyber1024};
use pqcrypto_traits::kem::{Ciphertext, PublicKey as _, SecretKey as _, SharedSecret};
use pqcrypto_traits::sign::{DetachedSignature, PublicKey as _, SecretKey as _};

const MESSAGE: &[u8] = b"chop self-test";

fn main() {
    let folder = PathBuf::from(std::env::args_os().nth(1).expect("a folder"));
    let write = |name: &str, extension: &str, octets: &[u8]| {
        fs::write(folder.join(format!("{name}-draft.{extension}")), octets).expect("a file");
    };
    macro_rules! dilithium {
        ($($name:literal $module:ident)*) => {$(
            let (public, private) = $module::keypair();
            let signature = $module::detached_sign(MESSAGE, &private);
            $module::verify_detached_signature(&signature, MESSAGE, &public).expect("its own signature");
            write($name, "pub", public.as_bytes());
            write($name, "key", private.as_bytes());
            write($name, "sig", signature.as_bytes());
        )*};
    }
    macro_rules! kyber {
        ($($name:literal $module:ident)*) => {$(
            let (public, private) = $module::keypair();
            let (secret, ciphertext) = $module::encapsulate(&public);
            let mut altered = ciphertext.as_bytes().to_vec();
            altered[0] ^= 1;
            let altered = Ciphertext::from_bytes(&altered).expect("the same length");
            let rejected = $module::decapsulate(&altered, &private);
            assert!($module::decapsulate(&ciphertext, &private) == secret && rejected != secret);
            write($name, "pub", public.as_bytes());
            write($name, "key", private.as_bytes());
            write($name, "ct", ciphertext.as_bytes());
            write($name, "ss", secret.as_bytes());
            write($name, "rejected", rejected.as_bytes());
        )*};
    }
    dilithium! { "Dilithium2" dilithium2 "Dilithium3" dilithium3 "Dilithium5" dilithium5 }
    kyber! { "Kyber512" kyber512 "Kyber768" kyber768 "Kyber1024" kyber1024 }
}
