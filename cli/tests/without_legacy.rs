//! The command built without the feature `legacy`: what came before the standards is named, and not read.
//! `scripts/check` runs this; the other tests have the feature.
#![cfg(not(feature = "legacy"))]
#![allow(clippy::unwrap_used, reason = "a test ends with a panic")]

mod support;

use std::fs;

use support::Folder;

fn prepared() -> Folder {
    let folder = Folder::new();
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../test-vectors/legacy");
    for name in ["Dilithium2-R3", "Dilithium3-R3", "Dilithium3-draft"] {
        for extension in ["pub", "sig"] {
            let file = format!("{name}.{extension}");
            folder.write(&file, fs::read(format!("{vectors}/{file}")).unwrap());
        }
    }
    for name in ["Kyber768-R3", "Kyber768-draft"] {
        for extension in ["key", "ct"] {
            let file = format!("{name}.{extension}");
            folder.write(&file, fs::read(format!("{vectors}/{file}")).unwrap());
        }
    }
    folder.write("message", "chop self-test");
    folder
}

const MISSING: &str = "expected a build with the feature `legacy`, got one without";

#[test]
fn nothing_is_read_and_the_refusal_names_the_feature() {
    let folder = prepared();
    for name in ["Dilithium3-R3", "Dilithium3-draft"] {
        let run = folder
            .line(&format!(
                "--policy legacy-read verify --format raw --algorithm {name} --key {name}.pub --signature {name}.sig message"
            ))
            .ends(3);
        assert!(run.err().contains(MISSING), "{run}");
        assert!(run.text().is_empty(), "{run}");
    }
    for name in ["Kyber768-R3", "Kyber768-draft"] {
        let run = folder
            .line(&format!(
                "--policy legacy-read decapsulate --algorithm {name} --key {name}.key --ciphertext {name}.ct --secret ss"
            ))
            .ends(3);
        assert!(run.err().contains(MISSING), "{run}");
        assert!(!folder.exists("ss"));
    }
    // The names are known all the same, and what to use in their place.
    let run = folder.line("keygen Dilithium3-R3 -o key").ends(4);
    assert!(run.err().trim_end().ends_with("; use ML-DSA-65"), "{run}");
    let run = folder
        .line("sign --algorithm Kyber768-R3 --key Kyber768-R3.key message")
        .ends(4);
    assert!(run.err().trim_end().ends_with("; use ML-KEM-768"), "{run}");
}

#[test]
fn inspect_says_what_it_can_and_tries_what_it_has() {
    let folder = prepared();
    let run = folder.line("inspect Dilithium3-R3.sig").ends(3);
    assert!(run.text().contains("a signature of Dilithium3-R3"), "{run}");
    let tried = "inspect --message message --key";
    let run = folder
        .line(&format!("{tried} Dilithium3-R3.pub Dilithium3-R3.sig"))
        .ends(3);
    assert!(run.err().contains(MISSING), "{run}");
    // What may be ML-DSA is tried as that, and it is said that nothing else was.
    let run = folder
        .line(&format!("{tried} Dilithium2-R3.pub Dilithium2-R3.sig"))
        .ends(1);
    assert!(run.text().contains("got none as ML-DSA-44\n"), "{run}");
    folder
        .line("-q keygen ML-DSA-44 -o new.key --pub new.pub")
        .ok();
    folder
        .line("-q sign --key new.key --format raw -o new.sig message")
        .ok();
    let run = folder.line(&format!("{tried} new.pub new.sig")).ok();
    assert!(run.text().contains("algorithm    ML-DSA-44 ("), "{run}");
    folder.line("self-test").ok();
}
