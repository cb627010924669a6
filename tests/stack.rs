//! The stack that operations on secrets use is less than what is overwritten after them.
//!
//! Each operation runs in a thread whose whole stack is smaller than the stretch that
//! `secret::on_clean_stack` overwrites: an operation that goes deeper ends the test with a stack
//! overflow. The calls are made to the implementations directly, so that the overwriting itself,
//! which needs its whole stretch, is not part of the measurement.
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

/// Less than the stretch in `src/secret.rs` (512 KiB), by what a thread needs for itself.
const STACK: usize = (512 - 64) * 1024;

fn on_small_stack(work: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new()
        .stack_size(STACK)
        .spawn(work)
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn ml_dsa_stays_within_the_overwritten_stretch() {
    on_small_stack(|| {
        let pair = libcrux_ml_dsa::ml_dsa_87::generate_key_pair([1; 32]);
        for i in 0..8 {
            libcrux_ml_dsa::ml_dsa_87::sign(&pair.signing_key, &[i; 100], b"", [2; 32]).unwrap();
        }
    });
}

#[test]
fn ml_kem_stays_within_the_overwritten_stretch() {
    on_small_stack(|| {
        let pair = libcrux_ml_kem::mlkem1024::generate_key_pair([1; 64]);
        let (ciphertext, sent) = libcrux_ml_kem::mlkem1024::encapsulate(pair.public_key(), [2; 32]);
        let received = libcrux_ml_kem::mlkem1024::decapsulate(pair.private_key(), &ciphertext);
        assert_eq!(sent, received);
    });
}

#[test]
fn slh_dsa_stays_within_the_overwritten_stretch() {
    fn sign<P: slh_dsa::ParameterSet>() {
        let key = slh_dsa::SigningKey::<P>::slh_keygen_internal(&[1; 32], &[2; 32], &[3; 32]);
        key.try_sign_with_context(b"message", b"", None).unwrap();
    }
    on_small_stack(sign::<slh_dsa::Sha2_256f>);
    on_small_stack(sign::<slh_dsa::Shake256f>);
}
