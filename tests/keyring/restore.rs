//! A keyring from a backup: what it knows, what it learns, and what does not come back to life.

use chop::keyring::{Change, Purpose, State, Wanted};
use chop::{Algorithm, Code, PrivateKey, PublicKey, SigningKey, Verdict};

use super::support::{at, backup, export, name, restore, ring, sign, signed, time, unlock, wanted};

fn fresh() -> PrivateKey {
    PrivateKey::Signing(SigningKey::generate(Algorithm::Ed25519).unwrap())
}

#[test]
fn before_it_is_confirmed_it_opens_and_verifies_and_makes_nothing() {
    let (ring, _) = ring();
    let (signs, receives) = (name("signs"), name("receives"));
    ring.new_key(&signs, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))
        .unwrap();
    ring.new_key(
        &receives,
        Purpose::Receive,
        Algorithm::X25519,
        &wanted(),
        &at(1),
    )
    .unwrap();
    let signature = sign(&ring, &signs, b"m", 2).unwrap();
    let (_, ciphertext, sent) = ring.encapsulate(&receives, &at(2)).unwrap();
    let held = ring.signing_key(&signs, &at(2)).unwrap();
    drop(held);
    let (restored, _) = restore(&backup(&ring, 3), None, 4).unwrap();
    assert_eq!(restored.unconfirmed().unwrap(), Some(time(4)));
    for error in [
        sign(&restored, &signs, b"m", 5).map(drop).unwrap_err(),
        restored
            .export_private(&signs, None, None, &at(5))
            .map(drop)
            .unwrap_err(),
    ] {
        assert_eq!(error.code(), Code::State);
        assert!(error.to_string().contains("restore --confirm"), "{error}");
    }
    let opened = restored.decapsulation_key(&receives, None, &at(5)).unwrap();
    assert!(opened.key.decapsulate(&ciphertext).unwrap() == sent);
    let verifier = restored.verifying_key(&signs, &at(5)).unwrap();
    assert!(
        verifier.versions[0]
            .1
            .verify(b"m", &signature)
            .unwrap()
            .is_valid()
    );
    assert!(restored.check().unwrap().is_empty());
}

#[test]
fn what_an_export_tells_is_taken_over_whole() {
    let (ring, _) = ring();
    let reason = "end".parse().unwrap();
    let limited = Wanted {
        max_uses: Some(9),
        ..wanted()
    };
    for key in [
        "activated",
        "destroyed",
        "compromised",
        "suspended",
        "counted",
    ] {
        ring.new_key(
            &name(key),
            Purpose::Sign,
            Algorithm::Ed25519,
            &limited,
            &at(1),
        )
        .unwrap();
    }
    let theirs = SigningKey::generate(Algorithm::Ed25519).unwrap();
    let peer = name("partners/icbc");
    let public = PublicKey::Verifying(theirs.verifying_key().clone());
    ring.import_public(&peer, public, &wanted(), &at(1))
        .unwrap();
    let waiting = Wanted {
        pre_active: true,
        ..wanted()
    };
    ring.import_private(&name("activated"), fresh(), &waiting, &at(2))
        .unwrap();
    let signature = sign(&ring, &name("counted"), b"early", 2).unwrap();
    let copy = backup(&ring, 3);

    // What happens after the backup.
    ring.change(&name("activated"), Some(2), Change::Activate, None, &at(4))
        .unwrap();
    ring.change(&name("destroyed"), None, Change::Deactivate, None, &at(5))
        .unwrap();
    ring.destroy(&name("destroyed"), 1, &reason, &at(6))
        .unwrap();
    ring.compromise(&name("compromised"), None, time(5), &reason, &at(7))
        .unwrap();
    ring.change(
        &name("suspended"),
        None,
        Change::Suspend,
        Some(&reason),
        &at(8),
    )
    .unwrap();
    for content in [&b"one"[..], b"two"] {
        sign(&ring, &name("counted"), content, 9).unwrap();
    }
    ring.judge(&peer, 1, &signed(b"theirs"), &at(10)).unwrap();
    ring.rotate(&name("counted"), Algorithm::Ed25519, None, &at(11))
        .unwrap();
    ring.new_key(
        &name("lost"),
        Purpose::Sign,
        Algorithm::Ed25519,
        &wanted(),
        &at(12),
    )
    .unwrap();
    let other = chop::keyring::Unlock::key_file(chop::SecretBytes::copy_of(&[7; 40])).unwrap();
    ring.add_unlocker("night", &other, &at(13)).unwrap();
    let another = SigningKey::generate(Algorithm::Ed25519).unwrap();
    let public = PublicKey::Verifying(another.verifying_key().clone());
    ring.import_public(&name("partners/new"), public, &wanted(), &at(13))
        .unwrap();
    let log = export(&ring, 14);

    let (restored, _) = restore(&copy, None, 20).unwrap();
    let done = restored
        .confirm_restore(Some(&mut log.as_slice()), &at(21))
        .unwrap();
    assert!(
        done.complete && !done.witnessed && done.burnt.is_empty(),
        "{done:?}"
    );
    assert_eq!(done.until, Some(time(14)));
    assert!(
        done.again.iter().any(|again| again.contains("unlocker 2")),
        "{done:?}"
    );
    assert!(
        done.again
            .iter()
            .any(|again| again.contains("partners/new")),
        "{done:?}"
    );
    let states = |key: &str| -> Vec<State> {
        let info = restored.key(&name(key)).unwrap();
        info.versions.iter().map(|version| version.state).collect()
    };
    use State::{Active, Compromised, Deactivated, Destroyed, Suspended};
    assert_eq!(states("activated"), [Deactivated, Active]);
    assert_eq!(restored.key(&name("activated")).unwrap().key.current, 2);
    assert_eq!(states("destroyed"), [Destroyed]);
    assert_eq!(states("compromised"), [Compromised]);
    assert_eq!(states("suspended"), [Suspended]);
    assert_eq!(states("counted"), [Deactivated, Destroyed]);
    assert_eq!(states("lost"), [Destroyed]);
    let counted = restored.key(&name("counted")).unwrap();
    assert_eq!((counted.versions[0].uses, counted.key.current), (3, 2));
    // Who did it and why has come along.
    let step = restored.key(&name("suspended")).unwrap().versions[0].history[1].clone();
    assert_eq!(
        (step.time, step.reason),
        (time(8), Some("end".parse().unwrap()))
    );
    assert!(
        restored.check().unwrap().is_empty(),
        "{:?}",
        restored.check()
    );

    // What an old version has signed still verifies, though the current one is lost.
    let verifier = restored.verifying_key(&name("counted"), &at(22)).unwrap();
    assert_eq!(verifier.versions.len(), 1);
    assert!(
        verifier.versions[0]
            .1
            .verify(b"early", &signature)
            .unwrap()
            .is_valid()
    );
    let lost = restored.verifying_key(&name("lost"), &at(22)).map(drop);
    assert_eq!(lost.unwrap_err().code(), Code::State);
    assert_eq!(
        restored.public_key(&name("lost"), None).unwrap_err().code(),
        Code::State
    );
    restored
        .rotate(&name("counted"), Algorithm::Ed25519, None, &at(23))
        .unwrap();
    sign(&restored, &name("counted"), b"m", 24).unwrap();

    // The proof of what was signed and seen after the backup has come along, too.
    for (key, content, when) in [
        (name("counted"), &b"two"[..], 9),
        (name("counted"), b"early", 2),
        (peer, b"theirs", 10),
    ] {
        restored
            .compromise(&key, Some(1), time(15), &reason, &at(30))
            .ok();
        let judged = restored.judge(&key, 1, &signed(content), &at(31)).unwrap();
        assert_eq!(
            (judged.verdict, judged.proven),
            (Verdict::ValidCompromisedLater, Some(time(when)))
        );
    }
    // The counterparty's key that was lost is taken in again under its name.
    let public = PublicKey::Verifying(another.verifying_key().clone());
    restored
        .import_public(&name("partners/new"), public, &wanted(), &at(32))
        .unwrap();
}

#[test]
fn what_was_destroyed_stays_so_through_a_second_restore() {
    let (ring, _) = ring();
    let (doomed, lost) = (name("doomed"), name("lost"));
    let reason = "end".parse().unwrap();
    ring.new_key(
        &doomed,
        Purpose::Sign,
        Algorithm::Ed25519,
        &wanted(),
        &at(1),
    )
    .unwrap();
    let copy = backup(&ring, 2);
    ring.change(&doomed, None, Change::Deactivate, None, &at(3))
        .unwrap();
    ring.destroy(&doomed, 1, &reason, &at(4)).unwrap();
    ring.new_key(&lost, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(5))
        .unwrap();
    let log = export(&ring, 6);
    let (first, _) = restore(&copy, None, 10).unwrap();
    first
        .confirm_restore(Some(&mut log.as_slice()), &at(11))
        .unwrap();
    first
        .rotate(&lost, Algorithm::Ed25519, None, &at(12))
        .unwrap();
    sign(&first, &lost, b"m", 13).unwrap();
    let log = export(&first, 14);
    // The same old backup, with the record of what came of it.
    let (second, _) = restore(&copy, None, 20).unwrap();
    second
        .confirm_restore(Some(&mut log.as_slice()), &at(21))
        .unwrap();
    let of = |key| second.key(key).unwrap().versions;
    assert_eq!(of(&doomed)[0].state, State::Destroyed);
    assert_eq!(of(&lost).len(), 2);
    assert!(
        of(&lost)
            .iter()
            .all(|version| version.state == State::Destroyed)
    );
    assert_eq!(of(&lost)[1].uses, 1);
    assert!(second.check().unwrap().is_empty());
    assert_eq!(
        sign(&second, &doomed, b"m", 22).unwrap_err().code(),
        Code::State
    );
}

#[test]
fn an_export_of_another_past_is_refused() {
    let (ring, _) = ring();
    let key = name("k");
    ring.new_key(&key, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))
        .unwrap();
    let early = export(&ring, 2);
    let first = backup(&ring, 3);
    // Two keyrings from one backup go different ways.
    let (fork, _) = restore(&first, None, 4).unwrap();
    fork.confirm_restore(None, &at(5)).unwrap();
    sign(&fork, &key, b"fork", 6).unwrap();
    let forked = export(&fork, 7);
    sign(&ring, &key, b"main", 6).unwrap();
    let copy = backup(&ring, 8);
    let (foreign, _) = super::support::ring();
    let foreign = export(&foreign, 9);
    let good = export(&ring, 10);
    let mut edited = good.clone();
    let at_ = edited.windows(5).position(|w| w == b"\"do\":").unwrap();
    edited[at_ + 8] ^= 1;
    // Without the checkpoints that stand for its entries, anybody may have written it.
    let bare: Vec<u8> = good
        .split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !line.starts_with(b"{\"checkpoint\""))
        .flatten()
        .copied()
        .collect();
    for (what, log) in [
        ("before the backup", early),
        ("of a fork", forked),
        ("of another keyring", foreign),
        ("edited", edited),
        ("without checkpoints", bare),
    ] {
        let (restored, _) = restore(&copy, None, 20).unwrap();
        let error = restored
            .confirm_restore(Some(&mut log.as_slice()), &at(21))
            .map(drop)
            .unwrap_err();
        assert_eq!(error.code(), Code::Integrity, "{what}: {error}");
        assert!(restored.unconfirmed().unwrap().is_some(), "{what}");
    }
    let (restored, _) = restore(&copy, None, 20).unwrap();
    restored
        .confirm_restore(Some(&mut good.as_slice()), &at(21))
        .unwrap();
    assert_eq!(
        restored
            .confirm_restore(None, &at(22))
            .map(drop)
            .unwrap_err()
            .code(),
        Code::State
    );
}

#[test]
fn nothing_else_than_a_whole_backup_becomes_a_keyring() {
    let (ring, store) = ring();
    ring.new_key(
        &name("k"),
        Purpose::Sign,
        Algorithm::Ed25519,
        &wanted(),
        &at(1),
    )
    .unwrap();
    let sound = backup(&ring, 2);
    let refused = |bytes: &[u8]| {
        restore(bytes, None, 3)
            .map(drop)
            .map_err(|error| error.code())
    };
    for at in 0..sound.len() {
        if at > 1500 && at % 97 != 0 {
            continue;
        }
        let mut damaged = sound.clone();
        damaged[at] ^= 1 << (at % 8);
        assert!(refused(&damaged).is_err(), "byte {at}");
        assert!(refused(&sound[..at]).is_err(), "{at} bytes");
    }
    assert!(refused(&[sound.as_slice(), b"\0"].concat()).is_err());
    assert_eq!(
        refused(b"no backup at all, but long enough"),
        Err(Code::Malformed)
    );
    assert_eq!(refused(&sound), Ok(()));
    // Not over another one.
    let mut input = sound.as_slice();
    let mut restoring =
        chop::keyring::Restoring::new(&mut input, &unlock(), None, "x".parse().unwrap(), &at(4))
            .unwrap();
    use chop::keyring::store::Store;
    let over = store.write(&mut |rows| restoring.write(rows));
    assert_eq!(over.unwrap_err().code(), Code::Exists);
    // Opened by what unlocks the keyring alone.
    let other = chop::keyring::Unlock::key_file(chop::SecretBytes::copy_of(&[9; 32])).unwrap();
    let mut input = sound.as_slice();
    let wrong =
        chop::keyring::Restoring::new(&mut input, &other, None, "x".parse().unwrap(), &at(4));
    assert_eq!(wrong.map(drop).unwrap_err().code(), Code::Passphrase);
}

#[test]
fn remaining_uses_are_burnt_where_nobody_knows_them() {
    let (ring, _) = ring();
    let limited = Wanted {
        max_uses: Some(5),
        ..wanted()
    };
    let (counted, free) = (name("counted"), name("free"));
    ring.new_key(
        &counted,
        Purpose::Sign,
        Algorithm::Ed25519,
        &limited,
        &at(1),
    )
    .unwrap();
    ring.new_key(&free, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))
        .unwrap();
    let (restored, _) = restore(&backup(&ring, 2), None, 3).unwrap();
    let done = restored.confirm_restore(None, &at(4)).unwrap();
    assert!(!done.complete);
    assert_eq!(done.burnt, ["counted version 1"]);
    assert_eq!(
        sign(&restored, &counted, b"m", 5).unwrap_err().code(),
        Code::State
    );
    sign(&restored, &free, b"m", 5).unwrap();
    restored
        .rotate(&counted, Algorithm::Ed25519, None, &at(6))
        .unwrap();
    sign(&restored, &counted, b"m", 7).unwrap();
    assert!(restored.check().unwrap().is_empty());
}
