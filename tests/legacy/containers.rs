//! Keys under the private identifiers of Bouncy Castle and oqs-provider: read, and only read.

use chop::encoding::{self, Passphrase};
use chop::{Algorithm, Code, Error, PrivateKey, Result};

use crate::pairs::contained;
use crate::{DILITHIUM, KYBER, file};

fn nobody() -> Result<Passphrase> {
    Err(Error::usage("nobody expected a passphrase"))
}

/// A DER element.
pub(crate) fn element(tag: u8, contents: &[&[u8]]) -> Vec<u8> {
    let contents = contents.concat();
    let length = contents.len();
    let header = match u16::try_from(length).unwrap().to_be_bytes() {
        [0, short @ 0..0x80] => vec![tag, short],
        [0, long] => vec![tag, 0x81, long],
        [high, low] => vec![tag, 0x82, high, low],
    };
    [header, contents].concat()
}

/// A PrivateKeyInfo of version 1.
pub(crate) fn pkcs8(algorithm: Algorithm, contents: &[u8]) -> Vec<u8> {
    let oid = element(6, &[algorithm.info().oid.as_bytes()]);
    element(
        0x30,
        &[
            &[2, 1, 0],
            &element(0x30, &[&oid]),
            &element(4, &[contents]),
        ],
    )
}

/// The four arrangements of the private key.
pub(crate) fn arrangements(algorithm: Algorithm) -> [Vec<u8>; 4] {
    let (private, public) = (file(algorithm, "key"), file(algorithm, "pub"));
    let pair = [private.as_slice(), &public].concat();
    [
        element(4, &[&private]),
        element(4, &[&pair]),
        private.clone(),
        pair,
    ]
    .map(|contents| pkcs8(algorithm, &contents))
}

fn read_as(algorithm: Algorithm, bytes: &[u8]) -> Result<PrivateKey> {
    encoding::read_private_key_as(algorithm, bytes, &mut nobody)
}

#[test]
fn the_identifiers_are_those_that_were_written() {
    let oid = |row: Algorithm| row.info().oid.to_string();
    assert_eq!(
        DILITHIUM.map(oid),
        [
            "1.3.6.1.4.1.2.267.7.4.4",
            "1.3.6.1.4.1.2.267.7.6.5",
            "1.3.6.1.4.1.2.267.7.8.7",
            "1.3.6.1.4.1.2.267.12.4.4",
            "1.3.6.1.4.1.2.267.12.6.5",
            "1.3.6.1.4.1.2.267.12.8.7",
        ]
    );
    let kyber = [1, 2, 3].map(|n| format!("1.3.6.1.4.1.22554.5.6.{n}"));
    assert_eq!(KYBER.map(oid)[..3], kyber);
    assert_eq!(KYBER.map(oid)[3..], kyber);
}

/// IBM numbered Kyber of round 3, and oqs-provider wrote those numbers before it took Bouncy Castle's.
#[test]
fn the_identifiers_of_ibm_are_read_too() {
    for algorithm in KYBER {
        let (public, private) = (file(algorithm, "pub"), file(algorithm, "key"));
        // The rank, twice.
        let k = u8::try_from(public.len() / 384).unwrap();
        let oid = element(6, &[&[0x2b, 6, 1, 4, 1, 2, 0x82, 0x0b, 8, k, k]]);
        let identifier = element(0x30, &[&oid]);
        let spki = element(0x30, &[&identifier, &element(3, &[&[0], &public])]);
        let contents = element(4, &[&element(4, &[&private])]);
        let pkcs8 = element(0x30, &[&[2, 1, 0], &identifier, &contents]);

        let key = encoding::read_public_key_as(algorithm, &spki).unwrap();
        assert_eq!((key.algorithm(), key.as_bytes()), (algorithm, &public[..]));
        let key = read_as(algorithm, &pkcs8).unwrap();
        assert_eq!(key.expanded().unwrap().expose(), private);
        // Nobody but the caller says which flavour it is.
        assert_eq!(
            encoding::read_public_key(&spki).unwrap_err().code(),
            Code::Usage
        );
        let error = encoding::read_private_key(&pkcs8, &mut nobody).unwrap_err();
        assert_eq!(error.code(), Code::Usage);
        for other in KYBER.into_iter().chain(algorithm.replacement()) {
            let same_set = other == algorithm || algorithm.twin() == Some(other);
            match encoding::read_public_key_as(other, &spki) {
                Ok(_) => assert!(same_set, "{algorithm} as {other}"),
                Err(error) => {
                    assert!(!same_set, "{algorithm} as {other}: {error}");
                    assert_eq!(error.code(), Code::WrongKind);
                }
            }
        }
    }
}

#[test]
fn a_public_key_of_dilithium_says_its_flavour_and_one_of_kyber_has_to_be_told() {
    for algorithm in DILITHIUM {
        let der = contained(algorithm, &file(algorithm, "pub"));
        let key = encoding::read_public_key(&der).unwrap();
        assert_eq!(key.algorithm(), algorithm);
        assert_eq!(key.as_bytes(), file(algorithm, "pub"));
    }
    for algorithm in KYBER {
        let public = file(algorithm, "pub");
        let der = contained(algorithm, &public);
        let error = encoding::read_public_key(&der).unwrap_err();
        assert_eq!(error.code(), Code::Usage);
        let text = error.to_string();
        assert!(text.contains(algorithm.name()), "{text}");
        assert!(text.contains(algorithm.twin().unwrap().name()), "{text}");
        for named in [algorithm, algorithm.twin().unwrap()] {
            let key = encoding::read_public_key_as(named, &der).unwrap();
            assert_eq!(key.algorithm(), named);
        }
        let bare = encoding::read_public_key_as(algorithm, &public).unwrap();
        assert_eq!(bare.algorithm(), algorithm);
    }
}

#[test]
fn a_private_key_of_kyber_is_read_in_each_arrangement() {
    for algorithm in KYBER {
        for der in arrangements(algorithm) {
            let key = read_as(algorithm, &der).unwrap();
            assert_eq!(key.expanded().unwrap().expose(), file(algorithm, "key"));
            let error = encoding::read_private_key(&der, &mut nobody).unwrap_err();
            assert_eq!(error.code(), Code::Usage, "{error}");
            let error = encoding::read_private_key_of_any_make(&der, &mut nobody).unwrap_err();
            assert_eq!(error.code(), Code::Usage, "{error}");
            let standard = algorithm.replacement().unwrap();
            assert_eq!(read_as(standard, &der).unwrap_err().code(), Code::WrongKind);
        }
        let bare = read_as(algorithm, &file(algorithm, "key")).unwrap();
        assert_eq!(bare.algorithm(), algorithm);
        // A public key beside it that is another one's.
        let mut pair = [file(algorithm, "key"), file(algorithm, "pub")].concat();
        *pair.last_mut().unwrap() ^= 1;
        let error = read_as(algorithm, &pkcs8(algorithm, &pair)).unwrap_err();
        assert_eq!(error.code(), Code::Inconsistent);
        // Neither a private key nor both.
        for contents in [&pair[1..], &[], &element(4, &[&pair[1..]])] {
            assert!(read_as(algorithm, &pkcs8(algorithm, contents)).is_err());
        }
    }
}

/// Any bytes may stand in a key, those of a line that begins PEM too: found by the fuzz target of public keys.
#[test]
fn a_bare_key_that_holds_the_words_of_pem_is_a_bare_key() {
    let begin = b"\n-----BEGIN PUBLIC KEY-----\n";
    let with_words = |mut bytes: Vec<u8>| {
        let at = bytes.len() - begin.len();
        bytes[at..].copy_from_slice(begin);
        bytes
    };
    // In ρ of Kyber, and in t1 of Dilithium.
    for algorithm in KYBER.into_iter().chain(DILITHIUM) {
        let public = with_words(file(algorithm, "pub"));
        let key = encoding::read_public_key_as(algorithm, &public).unwrap();
        assert_eq!((key.algorithm(), key.as_bytes()), (algorithm, &public[..]));
        // Text of that length is text.
        let mut text = vec![b' '; public.len()];
        text[..begin.len()].copy_from_slice(begin);
        let error = encoding::read_public_key_as(algorithm, &text).unwrap_err();
        assert_eq!(error.code(), Code::Malformed, "{error}");
        assert!(error.to_string().contains("PEM"), "{error}");
    }
    // In z.
    for algorithm in KYBER {
        let private = with_words(file(algorithm, "key"));
        let key = read_as(algorithm, &private).unwrap();
        assert_eq!(key.expanded().unwrap().expose(), private);
    }
}

#[test]
fn a_private_key_of_dilithium_is_recognised_and_not_taken() {
    for algorithm in DILITHIUM {
        for der in arrangements(algorithm) {
            let error = encoding::read_private_key(&der, &mut nobody).unwrap_err();
            assert_eq!(error.code(), Code::Policy);
            assert!(
                error
                    .to_string()
                    .contains(algorithm.replacement().unwrap().name())
            );
        }
    }
}
