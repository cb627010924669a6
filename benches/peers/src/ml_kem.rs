//! ML-KEM: the operations.

use std::hint::black_box;

use chop::{Algorithm, DecapsulationKey, EncapsulationKey};

use crate::Report;
use crate::peer::{Kem, kem_pair, kems};
use crate::rounds::{Contender, Group};

const FROM_BYTES: &str = "key from bytes";
const KEPT: &str = "key kept";

/// Measures one parameter set.
pub fn measure(set: u16, rounds: usize, report: &mut Report) {
    let algorithm = match set {
        512 => Algorithm::MlKem512,
        768 => Algorithm::MlKem768,
        _ => Algorithm::MlKem1024,
    };
    let pair = kem_pair(set);
    let peers = kems(set, &pair);
    let public = EncapsulationKey::from_bytes(algorithm, &pair.public).expect("a key");
    let (ciphertext, secret) = public.encapsulate().expect("a secret");
    let prepared = public.prepare().expect("a key that has been read");
    for peer in &peers {
        check(peer, &ciphertext, secret.expose());
    }
    let own = DecapsulationKey::generate(algorithm).expect("a key");
    let (for_own, _) = own.encapsulation_key().encapsulate().expect("a secret");

    let mut generate = Group::new(format!("ML-KEM-{set}"), "key generation");
    generate.push(Contender::new("chop", "with pairwise test", || {
        black_box(DecapsulationKey::generate(algorithm).expect("a key"));
    }));
    let mut encapsulate = Group::new(format!("ML-KEM-{set}"), "encapsulate");
    encapsulate.push(Contender::new("chop", FROM_BYTES, || {
        let public = EncapsulationKey::from_bytes(algorithm, &pair.public).expect("a key");
        black_box(public.encapsulate().expect("a secret"));
    }));
    encapsulate.push(Contender::new("chop", KEPT, || {
        black_box(prepared.encapsulate().expect("a secret"));
    }));
    let mut decapsulate = Group::new(format!("ML-KEM-{set}"), "decapsulate");
    decapsulate.push(Contender::new("chop", KEPT, || {
        black_box(own.decapsulate(&for_own).expect("a secret"));
    }));
    for peer in &peers {
        generate.push(Contender::new(peer.name, "", &peer.generate));
        encapsulate.push(Contender::new(peer.name, FROM_BYTES, || {
            (peer.encapsulate)(&pair.public);
        }));
        if let Some(prepared) = &peer.prepared {
            encapsulate.push(Contender::new(peer.name, KEPT, prepared));
        }
        decapsulate.push(Contender::new(peer.name, FROM_BYTES, || {
            black_box((peer.decapsulate)(&ciphertext));
        }));
        if let Some(prepared) = &peer.decapsulate_prepared {
            decapsulate.push(Contender::new(peer.name, KEPT, || {
                black_box(prepared(&ciphertext));
            }));
        }
    }
    for group in [generate, encapsulate, decapsulate] {
        report.add(group.measure(rounds));
    }
}

/// Whoever is measured arrives at the secret.
fn check(peer: &Kem, ciphertext: &[u8], secret: &[u8]) {
    assert_eq!((peer.decapsulate)(ciphertext), secret, "{}", peer.name);
    if let Some(prepared) = &peer.decapsulate_prepared {
        assert_eq!(prepared(ciphertext), secret, "{}", peer.name);
    }
}
