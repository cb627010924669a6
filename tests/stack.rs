//! The stack that operations on secrets use is less than what is overwritten after them.
//!
//! Each operation runs in a thread whose whole stack is smaller than the stretch that
//! `secret::on_clean_stack` overwrites after it: an operation that goes deeper ends the test with a
//! stack overflow. The calls are made to the implementations directly, so that the overwriting itself,
//! which needs its whole stretch, is not part of the measurement.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

use chop::{Algorithm, DecapsulationKey, SigningKey};

/// Less than `depth::ANY` in `src/secret.rs` (512 KiB).
const ANY: usize = (512 - 64) * 1024;

/// Half of `depth::ML_KEM` (128 KiB): the portable code of libcrux, and other compilers, may need more.
const ML_KEM: usize = 64 * 1024;

/// Half of `depth::CURVE` (64 KiB).
const CURVE: usize = 32 * 1024;

/// Half of `depth::HASH` (32 KiB): the smallest stack that a thread can have.
const HASH: usize = 16 * 1024;

/// What a composite needs for itself besides what is overwritten.
const CALLER: usize = 64 * 1024;

fn on_small_stack(size: usize, work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new()
        .stack_size(size)
        .spawn(work)
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn ml_dsa_stays_within_the_overwritten_stretch() {
    on_small_stack(ANY, || {
        let pair = libcrux_ml_dsa::ml_dsa_87::generate_key_pair([1; 32]);
        for i in 0..8 {
            libcrux_ml_dsa::ml_dsa_87::sign(&pair.signing_key, &[i; 100], b"", [2; 32]).unwrap();
        }
    });
}

#[test]
fn ml_kem_stays_within_the_overwritten_stretch() {
    on_small_stack(ML_KEM, || {
        let pair = libcrux_ml_kem::mlkem1024::generate_key_pair([1; 64]);
        let (ciphertext, sent) = libcrux_ml_kem::mlkem1024::encapsulate(pair.public_key(), [2; 32]);
        let received = libcrux_ml_kem::mlkem1024::decapsulate(pair.private_key(), &ciphertext);
        assert_eq!(sent, received);
        // An expanded key has an implementation for each kind of processor, chosen by hand.
        macro_rules! encapsulate {
            ($path:ident) => {{
                use libcrux_ml_kem::mlkem1024::$path::unpacked;
                let mut key = Box::new(unpacked::init_public_key());
                unpacked::unpacked_public_key(pair.public_key(), &mut key);
                assert_eq!(unpacked::encapsulate(&key, [2; 32]).1, sent);
            }};
        }
        encapsulate!(portable);
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            encapsulate!(avx2);
        }
    });
}

#[test]
fn slh_dsa_stays_within_the_overwritten_stretch() {
    fn sign<P: slh_dsa::ParameterSet>() {
        let key = slh_dsa::SigningKey::<P>::slh_keygen_internal(&[1; 32], &[2; 32], &[3; 32]);
        key.try_sign_with_context(b"message", b"", None).unwrap();
    }
    on_small_stack(ANY, sign::<slh_dsa::Sha2_256f>);
    on_small_stack(ANY, sign::<slh_dsa::Shake256f>);
}

/// Of the two curves the one with the larger numbers.
#[test]
fn brainpool_stays_within_the_overwritten_stretch() {
    use bp384::BrainpoolP384r1 as Curve;
    use ecdsa::DigestAlgorithm;
    use ecdsa::elliptic_curve::{NonZeroScalar, PublicKey};
    on_small_stack(CURVE, || {
        let scalar = NonZeroScalar::<Curve>::from_repr([1; 48].into()).unwrap();
        let public = PublicKey::<Curve>::from_secret_scalar(&scalar);
        ecdsa::hazmat::sign_prehashed_rfc6979::<Curve, <Curve as DigestAlgorithm>::Digest>(
            &scalar, &[2; 48], &[3; 48],
        );
        let point = public.to_projective() * *scalar;
        assert_ne!(point, public.to_projective());
    });
}

#[test]
fn ed448_stays_within_the_overwritten_stretch() {
    on_small_stack(CURVE, || {
        let seed = ed448_goldilocks::SecretKey::from([1; 57]);
        let key = ed448_goldilocks::SigningKey::from(&seed);
        let signature = key.sign_raw(&[2; 100]);
        key.verifying_key()
            .verify_raw(&signature, &[2; 100])
            .unwrap();
    });
}

#[test]
fn x448_stays_within_the_overwritten_stretch() {
    use ed448_goldilocks::elliptic_curve::bigint::U448;
    use ed448_goldilocks::elliptic_curve::scalar::FromUintUnchecked;
    use ed448_goldilocks::{EdwardsScalar, MontgomeryPoint};
    on_small_stack(CURVE, || {
        let scalar = EdwardsScalar::from_uint_unchecked(U448::from_le_slice(&[0xfc; 56]));
        let point = &MontgomeryPoint::GENERATOR * &scalar;
        assert_ne!(point.as_bytes(), &[0; 56]);
    });
}

/// The combiner of the hybrid KEMs, the check of randomness, and the seed of X-Wing.
#[test]
fn hashing_stays_within_the_overwritten_stretch() {
    use aws_lc_rs::digest;
    use shake::{ExtendableOutput, Shake256, Update, XofReader};
    on_small_stack(HASH, || {
        let mut hash = digest::Context::new(&digest::SHA3_256);
        hash.update(&[1; 1000]);
        assert_eq!(hash.finish().as_ref().len(), 32);
        assert_eq!(digest::digest(&digest::SHA256, &[1; 32]).as_ref().len(), 32);
    });
    on_small_stack(HASH, || {
        let mut expanded = [0; 96];
        Shake256::default()
            .chain([1; 32])
            .finalize_xof()
            .read(&mut expanded);
        assert_ne!(expanded, [0; 96]);
    });
}

/// A composite has no deep frames of its own: its parts clean up, one after the other.
#[test]
fn composites_need_no_more_than_the_stretch_of_their_parts() {
    let signing = |algorithm| {
        move || {
            let key = SigningKey::generate(algorithm).unwrap();
            let signature = key.sign(b"message").unwrap();
            let verdict = key.verifying_key().verify(b"message", &signature).unwrap();
            assert!(verdict.is_valid());
        }
    };
    let agreeing = |algorithm| {
        move || {
            let key = DecapsulationKey::generate(algorithm).unwrap();
            let (ciphertext, sent) = key.encapsulation_key().encapsulate().unwrap();
            assert_eq!(key.decapsulate(&ciphertext).unwrap(), sent);
        }
    };
    for algorithm in [
        Algorithm::MlDsa87Ed448Shake256,
        Algorithm::MlDsa87EcdsaBrainpoolP384r1Sha512,
        Algorithm::MlDsa87EcdsaP521Sha512,
    ] {
        on_small_stack(512 * 1024 + CALLER, signing(algorithm));
    }
    for algorithm in [
        Algorithm::MlKem1024X448Sha3_256,
        Algorithm::MlKem1024EcdhBrainpoolP384r1Sha3_256,
        Algorithm::MlKem1024EcdhP521Sha3_256,
        Algorithm::XWing,
    ] {
        on_small_stack(128 * 1024 + CALLER, agreeing(algorithm));
    }
}
