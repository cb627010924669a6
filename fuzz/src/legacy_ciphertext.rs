//! Ciphertexts of Kyber, in both flavours: honest ones of the fuzzer's own randomness, and such as are a coefficient
//! away from honest.

use std::sync::LazyLock;

use aws_lc_rs::digest::{SHA3_256, digest};
use chop::{Algorithm, Code, DecapsulationKey, PrivateKey, SecretBytes};
use shake::Shake256;
use shake::digest::{ExtendableOutput, Update, XofReader};

use super::common::{legacy_read, refusal};
use super::input::Input;
use super::legacy_key::FILES;

/// What is opened with: checked once, and not with every input.
struct Opening {
    algorithm: Algorithm,
    key: DecapsulationKey,
    /// The same bytes, taken for the other flavour.
    mistaken: DecapsulationKey,
    public: Vec<u8>,
    /// z, the last 32 bytes.
    z: Vec<u8>,
}

static OPENINGS: LazyLock<Vec<Opening>> = LazyLock::new(|| {
    let as_algorithm = |row: Algorithm, bytes: &[u8]| {
        PrivateKey::from_expanded(row, SecretBytes::copy_of(bytes))
            .and_then(PrivateKey::into_decapsulation)
            .expect("a file that the tests read, too")
            .under(&legacy_read())
    };
    let files = FILES.iter();
    files
        .map(|(algorithm, private, ..)| {
            let key = as_algorithm(*algorithm, private);
            Opening {
                algorithm: *algorithm,
                mistaken: as_algorithm(algorithm.twin().expect("the other flavour"), private),
                public: key.encapsulation_key().as_bytes().to_vec(),
                key,
                z: private[private.len() - 32..].to_vec(),
            }
        })
        .collect()
});

/// The first byte says which key, the second what follows: 32 bytes from which a ciphertext is made, and edits of it;
/// edits of the recorded one; a ciphertext as it is. An edit is four bytes: which coefficient, and what is added to
/// it. What opens is the honest ciphertext alone; all others of that length give what the documents name.
pub fn run(data: &[u8]) -> bool {
    let mut input = Input(data);
    let which = usize::from(input.byte()) % FILES.len();
    let (_, _, recorded, recorded_secret) = FILES[which];
    let opening = &OPENINGS[which];
    let (honest, sent) = match input.byte() % 3 {
        0 => {
            let m = std::array::from_fn(|_| input.byte());
            encapsulate(opening.algorithm, &opening.public, m)
        }
        1 => (recorded.to_vec(), recorded_secret.to_vec()),
        _ => return whole(opening, input.0, (recorded, recorded_secret)),
    };
    let mut ciphertext = honest.clone();
    while !input.0.is_empty() {
        let (place, by) = (input.index(usize::MAX), input.index(usize::MAX));
        add_to_coefficient(opening.algorithm, &mut ciphertext, place, by);
    }
    opened(opening, &ciphertext, (&honest, &sent))
}

/// A ciphertext of whatever length.
fn whole(opening: &Opening, ciphertext: &[u8], honest: (&[u8], &[u8])) -> bool {
    if ciphertext.len() == honest.0.len() {
        return opened(opening, ciphertext, honest);
    }
    let error = opening.key.decapsulate(ciphertext);
    let error = error.expect_err("a ciphertext of another length was opened");
    assert_eq!(error.code(), Code::Length);
    refusal(&error);
    false
}

/// Opens a ciphertext of the right length: whether it is the honest one.
fn opened(opening: &Opening, ciphertext: &[u8], honest: (&[u8], &[u8])) -> bool {
    let open = |key: &DecapsulationKey| {
        let secret = key.decapsulate(ciphertext);
        secret.unwrap_or_else(|error| panic!("{}: {error:?}", opening.algorithm))
    };
    let is_honest = ciphertext == honest.0;
    let secret = open(&opening.key);
    let rejected = rejected(opening.algorithm, &opening.z, ciphertext);
    let expected = if is_honest { honest.1 } else { &rejected };
    assert_eq!(secret.expose(), expected, "{}", opening.algorithm);
    // No flavour passes for another.
    assert_ne!(secret.expose(), open(&opening.mistaken).expose());
    is_honest
}

/// Round 3: KDF(z ‖ H(c)) (specification 3.0.2, algorithm 9). The draft and FIPS 203: J(z ‖ c).
fn rejected(algorithm: Algorithm, z: &[u8], ciphertext: &[u8]) -> [u8; 32] {
    let hash = digest(&SHA3_256, ciphertext);
    let mut shake = Shake256::default();
    shake.update(z);
    match is_round_3(algorithm) {
        true => shake.update(hash.as_ref()),
        false => shake.update(ciphertext),
    }
    let mut secret = [0; 32];
    shake.finalize_xof().read(&mut secret);
    secret
}

fn is_round_3(algorithm: Algorithm) -> bool {
    algorithm.name().ends_with("-R3")
}

/// Ciphertext and secret from the randomness `m`.
fn encapsulate(algorithm: Algorithm, public: &[u8], m: [u8; 32]) -> (Vec<u8>, Vec<u8>) {
    macro_rules! by {
        ($module:ident) => {{
            let public = public.try_into().expect("the public key inside");
            let (ciphertext, secret) = libcrux_ml_kem::$module::encapsulate(&public, m);
            (ciphertext.as_slice().to_vec(), secret.to_vec())
        }};
    }
    match algorithm {
        Algorithm::Kyber512R3 => by!(kyber512),
        Algorithm::Kyber768R3 => by!(kyber768),
        Algorithm::Kyber1024R3 => by!(kyber1024),
        Algorithm::Kyber512Draft => by!(mlkem512),
        Algorithm::Kyber768Draft => by!(mlkem768),
        Algorithm::Kyber1024Draft => by!(mlkem1024),
        other => panic!("{other} is not Kyber"),
    }
}

/// Adds to a coefficient of u or v, compressed to du or dv bits (specification 3.0.2, table 1).
fn add_to_coefficient(algorithm: Algorithm, ciphertext: &mut [u8], place: usize, by: usize) {
    const N: usize = 256;
    let (k, du, dv) = match algorithm.replacement() {
        Some(Algorithm::MlKem512) => (2, 10, 4),
        Some(Algorithm::MlKem768) => (3, 10, 4),
        _ => (4, 11, 5),
    };
    let place = place % (k * N + N);
    let (from, bits) = match place.checked_sub(k * N) {
        None => (place * du, du),
        Some(of_v) => (k * N * du + of_v * dv, dv),
    };
    let bit = |bytes: &[u8], at: usize| usize::from(bytes[at / 8] >> (at % 8) & 1);
    let old = (0..bits).fold(0, |value, i| value | bit(ciphertext, from + i) << i);
    let new = old + by;
    for i in 0..bits {
        let at = from + i;
        let flipped = u8::from((old ^ new) >> i & 1 == 1);
        ciphertext[at / 8] ^= flipped << (at % 8);
    }
}
