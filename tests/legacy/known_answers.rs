//! The response files of NIST's competition, a hundred entries a set, by their published checksums.
//!
//! The files are made here: Kyber's by libcrux, Dilithium's by `reference`. That their checksum is the
//! published one shows that keys, ciphertexts and signatures are those of round 3; and Chop reads every one.

use aws_lc_rs::digest::{SHA256, digest};
use chop::{Algorithm, PrivateKey, PublicKey};

use crate::generator::Generator;
use crate::reference::{Flavour, Key, Set};
use crate::shared::checksums;
use crate::{reading, secret};

fn hexadecimal(bytes: &[u8]) -> String {
    hex::encode_upper(bytes)
}

/// The checksums of the first entry, and of all, which blank lines part.
fn sums(entries: &[String]) -> (String, String) {
    let sum = |text: &str| hex::encode(digest(&SHA256, text.as_bytes()));
    (sum(&entries[0]), sum(&entries.join("\n")))
}

macro_rules! kyber {
    ($test:ident, $module:ident, $algorithm:ident, $name:literal, $lower:literal) => {
        #[test]
        fn $test() {
            let Some(published) = checksums() else { return };
            let mut outer = Generator::first();
            let mut entries = Vec::new();
            for count in 0..100 {
                let seed = outer.bytes(48);
                let mut inner = Generator::new(&seed.clone().try_into().unwrap());
                let coins = [inner.bytes(32), inner.bytes(32)].concat();
                let pair = libcrux_ml_kem::$module::generate_key_pair(coins.try_into().unwrap());
                let m = inner.bytes(32).try_into().unwrap();
                let (ct, ss) = libcrux_ml_kem::$module::encapsulate(pair.public_key(), m);

                let key =
                    PrivateKey::from_expanded(Algorithm::$algorithm, secret(pair.sk())).unwrap();
                assert_eq!(key.public_key().as_bytes(), pair.pk());
                let key = key.into_decapsulation().unwrap().under(&reading());
                assert_eq!(key.decapsulate(ct.as_slice()).unwrap().expose(), ss);

                entries.push(format!(
                    "count = {count}\nseed = {}\npk = {}\nsk = {}\nct = {}\nss = {}\n",
                    hexadecimal(&seed),
                    hexadecimal(pair.pk()),
                    hexadecimal(pair.sk()),
                    hexadecimal(ct.as_slice()),
                    hexadecimal(&ss),
                ));
            }
            let (first, all) = sums(&entries);
            let kem = &published["liboqs-kem-all-and-single"][$name];
            assert_eq!(first, kem["single"]);
            assert_eq!(all, kem["all"]);
            let clean = &published["pqclean-round3-nistkat-sha256"][$lower];
            assert_eq!(first, clean["nistkat-sha256"]);
        }
    };
}

kyber!(kyber512, kyber512, Kyber512R3, "Kyber512", "kyber512");
kyber!(kyber768, kyber768, Kyber768R3, "Kyber768", "kyber768");
kyber!(kyber1024, kyber1024, Kyber1024R3, "Kyber1024", "kyber1024");

fn dilithium(number: u8, algorithm: Algorithm) {
    let Some(published) = checksums() else { return };
    let set = Set::new(number, Flavour::Round3);
    let mut outer = Generator::first();
    let mut entries = Vec::new();
    for count in 0..100 {
        let seed = outer.bytes(48);
        let message = outer.bytes(33 * (count + 1));
        let mut inner = Generator::new(&seed.clone().try_into().unwrap());
        let key = Key::new(set, &inner.bytes(32));
        let signature = key.sign(&message);

        let public = PublicKey::from_bytes(algorithm, &key.public).unwrap();
        let public = public.into_verifying().unwrap().under(&reading());
        assert!(public.verify(&message, &signature).unwrap().is_valid());

        let signed = [signature.as_slice(), &message].concat();
        entries.push(format!(
            "count = {count}\nseed = {}\nmlen = {}\nmsg = {}\npk = {}\nsk = {}\nsmlen = {}\nsm = {}\n",
            hexadecimal(&seed),
            message.len(),
            hexadecimal(&message),
            hexadecimal(&key.public),
            hexadecimal(&key.private),
            signed.len(),
            hexadecimal(&signed),
        ));
    }
    let (first, all) = sums(&entries);
    let clean = &published["pqclean-round3-nistkat-sha256"][format!("dilithium{number}")];
    assert_eq!(first, clean["nistkat-sha256"]);
    assert_eq!(
        all,
        published["dilithium-v3.1-rsp-all-sha256-no-header"][format!("Dilithium{number}")]
    );
}

#[test]
fn dilithium2() {
    dilithium(2, Algorithm::Dilithium2R3);
}

#[test]
fn dilithium3() {
    dilithium(3, Algorithm::Dilithium3R3);
}

#[test]
fn dilithium5() {
    dilithium(5, Algorithm::Dilithium5R3);
}
