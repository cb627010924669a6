//! Hybrids: what they are made of, and edits of what they make.

use std::io;

use base64ct::{Base64UrlUnpadded, Encoding};
use chop::Algorithm;
use chop::algorithm::Kind;
use chop_fuzz::hybrid_keys::{hybrids, seam};
use chop_fuzz::hybrid_round_trip::CASES;

use crate::Corpus;
use crate::keys::*;
use crate::structures::tlv;

/// Numbers r and s, as short as DER has them.
const SHORT_INTEGERS: [&[u8]; 2] = [&[2, 1, 1], &[2, 1, 1]];

pub(crate) fn hybrid() -> io::Result<()> {
    let corpus = Corpus::of("hybrid")?;
    for (number, hybrid) in hybrids().into_iter().enumerate() {
        let number = u8::try_from(number).expect("fewer rows than bytes");
        let (name, info) = (file_name(hybrid), hybrid.info());
        let private = match info.seed {
            Some(_) => seed(hybrid),
            None => expanded(hybrid),
        };
        let public = public(hybrid);
        let mut cut = private.clone();
        cut.pop();
        corpus.add(
            &format!("{name}-private"),
            [&[number, 0], &*private].concat(),
        )?;
        corpus.add(
            &format!("{name}-private-cut"),
            [&[number, 0], &*cut].concat(),
        )?;
        corpus.add(
            &format!("{name}-public"),
            [&[number, 1], public.as_bytes()].concat(),
        )?;
        // Well formed, and made by nobody: of agreements the ephemeral key is the key's own.
        let part = chop::testing::post_quantum_part(hybrid).expect("a hybrid has one");
        let own = &public.as_bytes()[part.info().public_key.max()..];
        let post_quantum = counting(seam(hybrid));
        let rest = info.output.max() - seam(hybrid);
        let other = match (info.kind == Kind::Signature, name.contains("ecdsa")) {
            (true, true) => tlv(0x30, &SHORT_INTEGERS),
            (false, _) if own.len() == rest => own.to_vec(),
            _ => counting(rest).expose().to_vec(),
        };
        corpus.add(
            &format!("{name}-output"),
            [&[number, 2], post_quantum.expose(), &other].concat(),
        )?;
    }
    corpus.add("seed-from-name", seed_from_name())?;
    corpus.add("pem-inside", pem_inside())?;
    corpus.add("empty", [0, 0])
}

/// A key with bytes that are the name of its algorithm when written in base64: no secret in a text.
fn seed_from_name() -> Vec<u8> {
    let hybrid = Algorithm::MlKem1024EcdhP384Sha3_256;
    let name = Base64UrlUnpadded::decode_vec(&hybrid.name()[..24]).expect("in the alphabet");
    let mut key = expanded(hybrid);
    key[..name.len()].copy_from_slice(&name);
    [&[number_of(hybrid), 0], &*key].concat()
}

/// A key in which a line begins like PEM, so short that its DER is shorter than 128 bytes.
fn pem_inside() -> Vec<u8> {
    let hybrid = Algorithm::MlDsa87Ed448Shake256;
    let line = b"\n-----BEGIN ";
    let mut key = expanded(hybrid);
    key[32..][..line.len()].copy_from_slice(line);
    [&[number_of(hybrid), 0], &*key].concat()
}

/// The byte that chooses a hybrid.
fn number_of(hybrid: Algorithm) -> u8 {
    let number = hybrids().iter().position(|row| *row == hybrid);
    let number = number.and_then(|number| u8::try_from(number).ok());
    number.expect("a hybrid, and fewer of them than bytes")
}

pub(crate) fn hybrid_round_trip() -> io::Result<()> {
    let corpus = Corpus::of("hybrid_round_trip")?;
    // Number of the edit, then its arguments: `edit` in src/hybrid_round_trip.rs.
    let edits: &[(&str, &[u8])] = &[
        ("unedited", &[]),
        ("first-half-bit", &[0, 0, 0, 0, 0]),
        ("second-half-bit", &[0, 1, 3, 0, 7]),
        ("first-half-byte", &[1, 0, 0, 1, 0xff]),
        ("second-half-byte", &[1, 1, 20, 0, 0xff]),
        ("first-half-of-another", &[2, 0, 1]),
        ("second-half-of-another", &[2, 1, 1]),
        ("both-halves-of-another", &[2, 0, 2, 2, 1, 2]),
        ("first-half-missing", &[3, 0]),
        ("second-half-missing", &[3, 1]),
        ("first-half-zero", &[3, 2, 0]),
        ("second-half-zero", &[3, 2, 1]),
        ("cut", &[4, 0]),
        ("lengthened", &[4, 200, 0]),
        ("halves-swapped", &[5]),
        ("key-first-half-bit", &[6, 0, 0, 0]),
        ("key-last-bit", &[6, 0xff, 0xff, 7]),
        ("there-and-back", &[0, 1, 3, 0, 7, 0, 1, 3, 0, 7]),
    ];
    for (number, hybrid) in hybrids().into_iter().enumerate() {
        let name = file_name(hybrid);
        let number = u8::try_from(number).expect("fewer rows than bytes");
        // The larger RSA keys differ in nothing but time.
        let slow = name.contains("rsa3072") || name.contains("rsa4096");
        for (at, (edit_name, edit)) in edits.iter().enumerate() {
            if slow && at > 2 {
                continue;
            }
            let case = u8::try_from(at % CASES.len()).expect("a few");
            corpus.add(
                &format!("{name}-{edit_name}"),
                [&[number, case], *edit].concat(),
            )?;
        }
    }
    Ok(())
}
