//! Files of Kyber and Dilithium with the edits that a reader has to notice.

use std::io;

use chop::Algorithm;
use chop::encoding::read_public_key_as;
use chop_fuzz::{legacy_key, legacy_public, legacy_signature};

use crate::Corpus;
use crate::keys::file_name;
use crate::structures::{SEQUENCE, bit_string, identifier, tlv};

pub(crate) fn legacy_signature() -> io::Result<()> {
    let corpus = Corpus::of("legacy_signature")?;
    for (index, (algorithm, key, signature)) in legacy_signature::FILES.iter().enumerate() {
        let index = u8::try_from(index).expect("a few");
        let name = file_name(*algorithm);
        let add = |what: &str, bytes: &[u8]| {
            corpus.add(&format!("{name}-{what}"), [&[index], bytes].concat())
        };
        assert!(read_public_key_as(*algorithm, key).is_ok());
        add("unedited", &[0])?;
        add("last-count", &[0, 0, 0, 1])?;
        add("first-count", &[0, 3, 0, 200])?;
        add("hint", &[0, 20, 0, 1])?;
        add("z", &[0, 0xf4, 1, 1])?;
        // The first byte, where c̃ begins.
        let first = u16::try_from(signature.len() - 1).expect("below 2¹⁶");
        let [low, high] = first.to_le_bytes();
        add("challenge", &[0, low, high, 1])?;
        add("key-bit", &[1, 0, 0, 1])?;
        add("there-and-back", &[0, 7, 0, 1, 7, 0, 255])?;
        add("whole", &[&[2], *signature].concat())?;
        add("cut", &[&[2], &signature[..signature.len() - 1]].concat())?;
        add("nothing", &[2])?;
        // A coefficient of z just below its bound, on it and just above; the same for the smallest.
        for (what, by) in [("below", 254), ("bound", 0), ("above", 2)] {
            add(&format!("z-{what}"), &[3, 1, 7, 0, by])?;
        }
        for (what, by) in [("below", 3), ("bound", 255), ("above", 253)] {
            add(&format!("z-smallest-{what}"), &[3, 1, 7, 0, by])?;
        }
        // Hints: a position twice, two in the wrong order, a rising pair, one behind the last.
        add("hint-twice", &[3, 0, 2, 5, 5])?;
        add("hints-swapped", &[3, 0, 2, 6, 5])?;
        add("hints-in-order", &[3, 0, 2, 5, 6])?;
        add("hint-in-each", &[&[3, 0][..], &[1, 0].repeat(8)].concat())?;
        let full = [15, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14];
        add("hints-full", &[&[3, 0][..], &full.repeat(8)].concat())?;
        add("hint-behind", &[3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20, 0, 1])?;
        add("count-above", &[3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255])?;
    }
    Ok(())
}

pub(crate) fn legacy_ciphertext() -> io::Result<()> {
    let corpus = Corpus::of("legacy_ciphertext")?;
    for (index, (algorithm, _, ciphertext, _)) in legacy_key::FILES.iter().enumerate() {
        let index = u8::try_from(index).expect("a few");
        let name = file_name(*algorithm);
        let add = |what: &str, bytes: &[u8]| {
            corpus.add(&format!("{name}-{what}"), [&[index], bytes].concat())
        };
        let m = [7; 32];
        add("honest", &[&[0], &m[..]].concat())?;
        add("honest-zeroes", &[0])?;
        add("honest-u", &[&[0], &m[..], &[9, 0, 1, 0]].concat())?;
        add("honest-v", &[&[0], &m[..], &[255, 4, 1, 0]].concat())?;
        add(
            "honest-there-and-back",
            &[&[0], &m[..], &[9, 0, 1, 0, 9, 0, 255, 255]].concat(),
        )?;
        add("recorded", &[1])?;
        add("recorded-u", &[1, 0, 0, 255, 255])?;
        add("recorded-v", &[1, 0, 3, 1, 0])?;
        add("whole", &[&[2], *ciphertext].concat())?;
        add("zeroes", &[&[2], &vec![0; ciphertext.len()][..]].concat())?;
        add("ones", &[&[2], &vec![255; ciphertext.len()][..]].concat())?;
        add("cut", &[&[2], &ciphertext[1..]].concat())?;
        add("longer", &[&[2], *ciphertext, &[0]].concat())?;
        add("nothing", &[2])?;
    }
    Ok(())
}

pub(crate) fn legacy_public() -> io::Result<()> {
    let corpus = Corpus::of("legacy_public")?;
    let position = |row: Algorithm| {
        let place = Algorithm::ALL.iter().position(|other| *other == row);
        u8::try_from(place.expect("a row")).expect("fewer rows than bytes")
    };
    for (index, (algorithm, key)) in legacy_public::keys().enumerate() {
        let index = u8::try_from(index).expect("a few");
        let name = file_name(algorithm);
        let add = |what: &str, bytes: &[u8]| {
            corpus.add(&format!("{name}-{what}"), [&[index], bytes].concat())
        };
        add("unedited", &[0])?;
        add("seed-bit", &[0, 0, 0, 1])?;
        // A coefficient below q, q, and the largest: 3328, 3329 and 4095.
        add("coefficient-below", &[2, 5, 0, 0x00, 0x0d])?;
        add("coefficient-q", &[2, 5, 0, 0x01, 0x0d])?;
        add("coefficient-largest", &[2, 6, 0, 0xff, 0x0f])?;
        add("whole", &[&[3], &key[..]].concat())?;
        add("cut", &[&[3], &key[1..]].concat())?;
        add("longer", &[&[3], &key[..], &[0]].concat())?;
        // The line that begins PEM, in ρ of Kyber and in t1 of Dilithium.
        let mut holds_pem = key.clone();
        let begin = b"\n-----BEGIN ";
        let at = holds_pem.len() - begin.len();
        holds_pem[at..].copy_from_slice(begin);
        add("holds-pem", &[&[3], &holds_pem[..]].concat())?;
        for row in algorithm.flavours() {
            add(&format!("under-{}", file_name(row)), &[1, position(row)])?;
        }
        let der = spki_of(algorithm.info().oid.as_bytes(), &key);
        add("container", &[&[4], &der[..]].concat())?;
        add("container-longer", &[&[4], &der[..], &[0]].concat())?;
        let long = spki_of(algorithm.info().oid.as_bytes(), &[&key[..], &[0]].concat());
        add("container-of-too-much", &[&[4], &long[..]].concat())?;
        if algorithm.twin().is_some() {
            // The identifiers of IBM, by the rank k.
            let k = u8::try_from(key.len() / 384).expect("2, 3 or 4");
            let ibm = [0x2b, 6, 1, 4, 1, 2, 0x82, 0x0b, 8, k, k];
            add("container-ibm", &[&[4], &spki_of(&ibm, &key)[..]].concat())?;
        }
    }
    Ok(())
}

fn spki_of(oid: &[u8], key: &[u8]) -> Vec<u8> {
    tlv(SEQUENCE, &[&identifier(oid, &[]), &bit_string(key)])
}

pub(crate) fn legacy_key() -> io::Result<()> {
    let corpus = Corpus::of("legacy_key")?;
    for (index, (algorithm, private, ciphertext, _)) in legacy_key::FILES.iter().enumerate() {
        let index = u8::try_from(index).expect("a few");
        let name = file_name(*algorithm);
        let add = |what: &str, bytes: &[u8]| {
            corpus.add(&format!("{name}-{what}"), [&[index], bytes].concat())
        };
        add("unedited", &[0])?;
        add("z", &[0, 0, 0, 1])?;
        add("hash", &[0, 40, 0, 1])?;
        add("public", &[0, 80, 0, 1])?;
        let first = u16::try_from(private.len() - 1).expect("below 2¹⁶");
        let [low, high] = first.to_le_bytes();
        add("secret", &[0, low, high, 1])?;
        add("ciphertext-bit", &[1, 0, 0, 1])?;
        add(
            "ciphertext-zeroes",
            &[&[2], &vec![0; ciphertext.len()][..]].concat(),
        )?;
        add("ciphertext-cut", &[&[2], &ciphertext[1..]].concat())?;
        add("bare", &[&[3], *private].concat())?;
        add("bare-cut", &[&[3], &private[1..]].concat())?;
        add("no-container", &[3, 0x30, 0x03, 2, 1, 0])?;
    }
    Ok(())
}
