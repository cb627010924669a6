//! Every pair of round 3, draft and final standard, of every parameter set: no key, signature or ciphertext
//! of one passes for another, and each refusal has a name.
//!
//! What nobody can tell is pinned down too. Public keys of one set are the same strings in all
//! flavours. Expanded keys and ciphertexts of Kyber's draft **are** ML-KEM's: the final text changed the way from
//! the seed alone, so both give the same secret, which is shown here; and the caller who names
//! either gets what was sent.

use chop::{
    Algorithm, Code, DecapsulationKey, Error, PrivateKey, PublicKey, Result, SigningKey, Verdict,
    encoding,
};

use crate::{DILITHIUM, KYBER, MESSAGE, file, reading, secret};

const ML_DSA: [Algorithm; 3] = [Algorithm::MlDsa44, Algorithm::MlDsa65, Algorithm::MlDsa87];
const ML_KEM: [Algorithm; 3] = [
    Algorithm::MlKem512,
    Algorithm::MlKem768,
    Algorithm::MlKem1024,
];

/// The parameter set: 0, 1 or 2.
fn set(algorithm: Algorithm) -> usize {
    let standard = algorithm.replacement().unwrap_or(algorithm);
    let all = ML_DSA.iter().zip(&ML_KEM);
    all.clone()
        .position(|(signature, kem)| [signature, kem].contains(&&standard))
        .unwrap()
}

/// A public key and a signature of [`MESSAGE`] by each.
fn signatures() -> Vec<(Algorithm, Vec<u8>, Vec<u8>)> {
    let old = DILITHIUM
        .iter()
        .map(|row| (*row, file(*row, "pub"), file(*row, "sig")));
    let new = ML_DSA.iter().map(|row| {
        let key = SigningKey::generate(*row).unwrap();
        let public = key.verifying_key().as_bytes().to_vec();
        (*row, public, key.sign(MESSAGE).unwrap())
    });
    old.chain(new).collect()
}

fn verify(algorithm: Algorithm, public: &[u8], signature: &[u8]) -> Result<Verdict> {
    PublicKey::from_bytes(algorithm, public)?
        .into_verifying()?
        .under(&reading())
        .verify(MESSAGE, signature)
}

fn length(algorithm: Algorithm, what: &str, error: &Error, expected: usize, got: usize) {
    assert_eq!(error.code(), Code::Length);
    assert_eq!(
        error.to_string(),
        format!("{algorithm} {what}: expected {expected} bytes, got {got} bytes")
    );
}

#[test]
fn no_signature_passes_for_another() {
    let all = signatures();
    let (mut by_key, mut by_length, mut by_value) = (0, 0, 0);
    for (made, public, signature) in &all {
        assert_eq!(
            verify(*made, public, signature),
            Ok(Verdict::Valid),
            "{made}"
        );
        for (taken, ..) in all.iter().filter(|(taken, ..)| taken != made) {
            let info = taken.info();
            match verify(*taken, public, signature) {
                Err(error) if set(*taken) != set(*made) => {
                    length(
                        *taken,
                        "public key",
                        &error,
                        info.public_key.max(),
                        public.len(),
                    );
                    by_key += 1;
                }
                Err(error) => {
                    length(
                        *taken,
                        "signature",
                        &error,
                        info.output.max(),
                        signature.len(),
                    );
                    by_length += 1;
                }
                Ok(verdict) => {
                    assert_eq!(verdict, Verdict::Invalid, "{made} as {taken}");
                    by_value += 1;
                }
            }
        }
    }
    // 72 pairs; of one set round 3 of 3 and 5 has another length, all else the same.
    assert_eq!((by_key, by_length, by_value), (54, 8, 10));
}

/// Whatever else is tried: a signature of one flavour under the key and the message of the standard's.
#[test]
fn the_one_way_from_a_draft_signature_to_the_standard_is_the_message() {
    // What the standard hashes for M without a context is what the draft hashes for 00 00 M.
    let key = SigningKey::generate(Algorithm::MlDsa44).unwrap();
    let signature = key.sign(MESSAGE).unwrap();
    let public = PublicKey::from_bytes(Algorithm::Dilithium2Draft, key.verifying_key().as_bytes());
    let draft = public.unwrap().into_verifying().unwrap().under(&reading());
    assert_eq!(draft.verify(MESSAGE, &signature), Ok(Verdict::Invalid));
    let prefixed = [&[0, 0], MESSAGE].concat();
    assert_eq!(draft.verify(&prefixed, &signature), Ok(Verdict::Valid));
    // Of the larger sets not even that: SampleInBall differs.
    for (new, old) in [
        (Algorithm::MlDsa65, Algorithm::Dilithium3Draft),
        (Algorithm::MlDsa87, Algorithm::Dilithium5Draft),
    ] {
        let key = SigningKey::generate(new).unwrap();
        let signature = key.sign(MESSAGE).unwrap();
        let public = PublicKey::from_bytes(old, key.verifying_key().as_bytes()).unwrap();
        let old = public.into_verifying().unwrap().under(&reading());
        assert_eq!(old.verify(&prefixed, &signature), Ok(Verdict::Invalid));
    }
}

/// A private key, a ciphertext to it and its secret.
type Sent = (Algorithm, Vec<u8>, Vec<u8>, Vec<u8>);

/// One by each.
fn secrets() -> Vec<Sent> {
    let old = KYBER
        .iter()
        .map(|row| (*row, file(*row, "key"), file(*row, "ct"), file(*row, "ss")));
    let new = ML_KEM.iter().map(|row| {
        let key = PrivateKey::generate(*row).unwrap();
        let private = key.expanded().unwrap().expose().to_vec();
        let key = key.into_decapsulation().unwrap();
        let (ciphertext, sent) = key.encapsulation_key().encapsulate().unwrap();
        (*row, private, ciphertext, sent.expose().to_vec())
    });
    old.chain(new).collect()
}

fn opening(algorithm: Algorithm, private: &[u8]) -> Result<DecapsulationKey> {
    let key = PrivateKey::from_expanded(algorithm, secret(private))?.into_decapsulation()?;
    Ok(key.under(&reading()))
}

fn is_round_3(algorithm: Algorithm) -> bool {
    algorithm.name().ends_with("-R3")
}

#[test]
fn no_ciphertext_passes_for_another() {
    let all = secrets();
    let (mut by_length, mut other_secret, mut same_function) = (0, 0, 0);
    for (made, private, ciphertext, sent) in &all {
        let own = opening(*made, private).unwrap();
        assert_eq!(
            own.decapsulate(ciphertext).unwrap().expose(),
            sent,
            "{made}"
        );
        for (taken, their_private, ..) in all.iter().filter(|(taken, ..)| taken != made) {
            let info = taken.info();
            // Under a key of the other flavour.
            match opening(*taken, their_private)
                .unwrap()
                .decapsulate(ciphertext)
            {
                Err(error) => {
                    assert_ne!(set(*taken), set(*made));
                    length(
                        *taken,
                        "ciphertext",
                        &error,
                        info.output.max(),
                        ciphertext.len(),
                    );
                }
                Ok(got) => assert_ne!(got.expose(), sent, "{made} under a key of {taken}"),
            }
            // Under its own key, taken for one of the other flavour.
            match opening(*taken, private) {
                Err(error) => {
                    let expected = info.expanded.unwrap().max();
                    let what = "expanded private key";
                    length(*taken, what, &error, expected, private.len());
                    by_length += 1;
                }
                Ok(key) => {
                    let got = key.decapsulate(ciphertext).unwrap();
                    let same = is_round_3(*made) == is_round_3(*taken);
                    assert_eq!(got.expose() == sent, same, "{made} as {taken}");
                    match same {
                        true => same_function += 1,
                        false => other_secret += 1,
                    }
                }
            }
        }
    }
    // 72 pairs; of one set round 3 against the two others both ways, and those two, which are one function.
    assert_eq!((by_length, other_secret, same_function), (54, 12, 6));
}

/// SubjectPublicKeyInfo and PrivateKeyInfo under the identifier of `algorithm`.
pub(crate) fn contained(algorithm: Algorithm, public: &[u8]) -> Vec<u8> {
    PublicKey::from_bytes(algorithm, public)
        .unwrap()
        .to_spki_der()
}

#[test]
fn no_key_under_an_identifier_passes_for_another() {
    let mut keys: Vec<(Algorithm, Vec<u8>)> = DILITHIUM
        .iter()
        .chain(&KYBER)
        .map(|row| (*row, file(*row, "pub")))
        .collect();
    for row in ML_DSA.into_iter().chain(ML_KEM) {
        let key = PrivateKey::generate(row).unwrap().public_key();
        keys.push((row, key.as_bytes().to_vec()));
    }
    let (mut refused, mut open) = (0, 0);
    for (made, public) in &keys {
        let der = contained(*made, public);
        let own = encoding::read_public_key_as(*made, &der).unwrap();
        assert_eq!(own.algorithm(), *made);
        for (taken, _) in keys.iter().filter(|(taken, _)| taken != made) {
            match encoding::read_public_key_as(*taken, &der) {
                Ok(key) => {
                    // Kyber's identifier stands for round 3 and the draft: whoever names one decides.
                    assert_eq!(made.twin(), Some(*taken));
                    assert_eq!(key.algorithm(), *taken);
                    open += 1;
                }
                Err(error) => {
                    assert_eq!(error.code(), Code::WrongKind, "{made} as {taken}");
                    let found = match made.twin() {
                        Some(_) => made.name().replace("-draft", "-R3"),
                        None => made.name().to_owned(),
                    };
                    assert_eq!(
                        error.to_string(),
                        format!(
                            "key of another algorithm: expected {taken}, got {found}, by its identifier"
                        )
                    );
                    refused += 1;
                }
            }
        }
    }
    assert_eq!((refused, open), (18 * 17 - 6, 6));
}

/// The draft's decapsulation is ML-KEM's, on whatever ciphertext: that is why both have to agree.
#[test]
fn the_draft_of_kyber_and_ml_kem_are_one_function() {
    for (draft, standard) in KYBER[3..].iter().zip(ML_KEM) {
        let private = file(*draft, "key");
        let (old, new) = (
            opening(*draft, &private).unwrap(),
            opening(standard, &private).unwrap(),
        );
        let right = file(*draft, "ct");
        for number in 0..200_usize {
            let mut ciphertext = right.clone();
            let place = number * 31 % ciphertext.len();
            ciphertext[place] ^= u8::try_from(number % 256).unwrap();
            assert_eq!(
                old.decapsulate(&ciphertext).unwrap().expose(),
                new.decapsulate(&ciphertext).unwrap().expose()
            );
        }
    }
}
