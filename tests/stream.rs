//! A message in parts is signed and verified like the same message in one piece.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

use std::io::{self, Read};

use chop::{Algorithm, Code, Context, SignOptions, SigningKey, Verdict, VerifyOptions};

/// More than one piece, and not a multiple of anything.
fn message() -> Vec<u8> {
    (0..(1u32 << 20) + 12_345)
        .map(|i| (i.wrapping_mul(i) >> 3).to_le_bytes()[0])
        .collect()
}

/// Gives its bytes in portions of changing size, with interruptions.
struct Trickle<'a>(&'a [u8], usize);

impl Read for Trickle<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 += 1;
        if self.1.is_multiple_of(5) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let len = (self.1 * 7919 % 100_000 + 1)
            .min(self.0.len())
            .min(buffer.len());
        let (now, later) = self.0.split_at(len);
        buffer[..len].copy_from_slice(now);
        self.0 = later;
        Ok(len)
    }
}

fn signing() -> impl Iterator<Item = Algorithm> {
    Algorithm::CURRENT.iter().copied().filter(|algorithm| {
        algorithm.info().shared_secret.is_none() && !algorithm.name().ends_with('s')
    })
}

#[test]
fn every_algorithm_takes_a_message_in_parts() {
    let message = message();
    for algorithm in signing() {
        let key = SigningKey::generate(algorithm).unwrap();
        let signature = key
            .sign_from(&mut Trickle(&message, 0), &SignOptions::default())
            .unwrap();
        let public = key.verifying_key();
        assert!(
            public.verify(&message, &signature).unwrap().is_valid(),
            "{algorithm}"
        );
        let whole = key.sign(&message).unwrap();
        let options = VerifyOptions::default();
        for signature in [&signature, &whole] {
            let verdict = public.verify_from(&mut Trickle(&message, 0), signature, &options);
            assert_eq!(verdict.unwrap(), Verdict::Valid, "{algorithm}");
            let shorter = &message[..message.len() - 1];
            let verdict = public.verify_from(&mut Trickle(shorter, 0), signature, &options);
            assert_eq!(verdict.unwrap(), Verdict::Invalid, "{algorithm}");
        }
    }
}

/// Two implementations, one signature: libcrux signs the whole, RustCrypto the representative.
#[test]
fn deterministic_ml_dsa_signs_the_same_whole_and_in_parts() {
    for algorithm in [Algorithm::MlDsa44, Algorithm::MlDsa65, Algorithm::MlDsa87] {
        let key = SigningKey::generate(algorithm).unwrap();
        for context in [&b""[..], b"pay/v1", &[7; 255]] {
            let options = SignOptions {
                context: Context::new(context).unwrap(),
                deterministic: true,
                ..SignOptions::default()
            };
            for len in [0, 1, 135, 136, 137, 5000] {
                let message = &message()[..len];
                let whole = key.sign_with(message, &options).unwrap();
                let mut stream = key.stream(&options).unwrap();
                for part in message.chunks(100) {
                    stream.update(part).unwrap();
                }
                assert_eq!(stream.finish().unwrap(), whole, "{algorithm} {len}");
            }
        }
    }
}

#[test]
fn a_key_that_came_expanded_signs_in_parts() {
    let key = chop::PrivateKey::generate(Algorithm::MlDsa65).unwrap();
    let expanded = key.expanded().unwrap().duplicate();
    let key = chop::PrivateKey::from_expanded(Algorithm::MlDsa65, expanded)
        .and_then(chop::PrivateKey::into_signing)
        .unwrap();
    let mut stream = key.stream(&SignOptions::default()).unwrap();
    stream.update(b"a payment").unwrap();
    let signature = stream.finish().unwrap();
    assert!(
        key.verifying_key()
            .verify(b"a payment", &signature)
            .unwrap()
            .is_valid()
    );
}

#[test]
fn a_hedged_stream_signs_differently_each_time() {
    let key = SigningKey::generate(Algorithm::MlDsa44).unwrap();
    let sign = || {
        key.stream(&SignOptions::default())
            .unwrap()
            .finish()
            .unwrap()
    };
    assert_ne!(sign(), sign());
}

#[test]
fn what_is_read_twice_has_a_cap() {
    struct Endless;
    impl Read for Endless {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            Ok(buffer.len())
        }
    }
    for algorithm in [Algorithm::Ed25519, Algorithm::SlhDsaSha2128f] {
        let key = SigningKey::generate(algorithm).unwrap();
        let error = key
            .sign_from(&mut Endless, &SignOptions::default())
            .unwrap_err();
        assert_eq!(error.code(), Code::Limit);
        assert!(error.to_string().contains("CMS"), "{error}");
    }
}

#[test]
fn a_reader_that_fails_is_an_error_and_no_signature() {
    struct Failing(usize);
    impl Read for Failing {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.checked_sub(1) {
                Some(left) => {
                    self.0 = left;
                    Ok(buffer.len())
                }
                None => Err(io::Error::other("the disk is gone")),
            }
        }
    }
    let key = SigningKey::generate(Algorithm::MlDsa44).unwrap();
    for reads in [0, 1, 40] {
        let error = key
            .sign_from(&mut Failing(reads), &SignOptions::default())
            .unwrap_err();
        assert_eq!(error.code(), Code::Io);
        assert_eq!(error.to_string(), "cannot read: the disk is gone");
    }
}
