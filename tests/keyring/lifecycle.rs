//! What a key goes through, from its birth to its end.

use chop::keyring::audit::Action;
use chop::keyring::{Change, Purpose, Signed, State, Wanted};
use chop::{Algorithm, Code, Context, PrivateKey, PublicKey, SignOptions, SigningKey, Verdict};

use super::support::{at, backup, export, name, open, restore, ring, sign, signed, time, wanted};

#[test]
fn one_name_has_many_algorithms_over_time() {
    let (ring, _) = ring();
    let key = name("payments/outgoing");
    ring.new_key(
        &key,
        Purpose::Sign,
        Algorithm::EcdsaP256Sha256,
        &wanted(),
        &at(1),
    )
    .unwrap();
    let old = ring
        .signing_key(&key, &at(2))
        .unwrap()
        .key
        .sign(b"old")
        .unwrap();
    ring.rotate(&key, Algorithm::MlDsa65EcdsaP256Sha512, None, &at(3))
        .unwrap();
    let middle = ring
        .signing_key(&key, &at(4))
        .unwrap()
        .key
        .sign(b"middle")
        .unwrap();
    ring.rotate(&key, Algorithm::MlDsa65, None, &at(5)).unwrap();
    let new = ring
        .signing_key(&key, &at(6))
        .unwrap()
        .key
        .sign(b"new")
        .unwrap();

    let verifier = ring.verifying_key(&key, &at(7)).unwrap();
    let numbers: Vec<u32> = verifier
        .versions
        .iter()
        .map(|(number, _)| *number)
        .collect();
    assert_eq!(numbers, [3, 2, 1]);
    for (message, signature, expected) in [
        (&b"old"[..], old, 1),
        (b"middle", middle, 2),
        (b"new", new, 3),
    ] {
        let holding: Vec<u32> = verifier
            .versions
            .iter()
            .filter(|(_, key)| key.verify(message, &signature).is_ok_and(Verdict::is_valid))
            .map(|(number, _)| *number)
            .collect();
        assert_eq!(holding, [expected]);
        let judged = ring
            .judge(&key, expected, &signed(message), &at(8))
            .unwrap();
        assert_eq!(judged.verdict, Verdict::Valid);
    }
    let info = ring.key(&key).unwrap();
    let states: Vec<State> = info.versions.iter().map(|version| version.state).collect();
    assert_eq!(
        states,
        [State::Deactivated, State::Deactivated, State::Active]
    );
    assert_eq!(info.key.current, 3);
    assert_eq!(
        info.versions
            .iter()
            .map(|version| version.uses)
            .sum::<u64>(),
        3
    );
}

#[test]
fn a_handle_sees_what_another_process_has_decided() {
    let (ring, store) = ring();
    let key = name("k");
    ring.new_key(&key, Purpose::Sign, Algorithm::MlDsa44, &wanted(), &at(1))
        .unwrap();
    let signer = ring.signing_key(&key, &at(2)).unwrap().key;
    signer.sign(b"fine").unwrap();
    let other = open(&store).unwrap();
    other
        .change(&key, None, Change::Suspend, None, &at(3))
        .unwrap();
    let error = signer.sign(b"refused").unwrap_err();
    assert_eq!(error.code(), Code::State);
    assert!(
        error.to_string().contains("k version 1 is suspended since"),
        "{error}"
    );
    other
        .change(&key, None, Change::Resume, None, &at(4))
        .unwrap();
    signer.sign(b"fine again").unwrap();
    assert_eq!(ring.key(&key).unwrap().versions[0].uses, 2);
}

#[test]
fn windows_quotas_and_contexts_bind() {
    let (ring, _) = ring();
    let key = name("bound");
    let limits = Wanted {
        not_before: Some(time(10)),
        sign_until: Some(time(20)),
        verify_until: Some(time(30)),
        max_uses: Some(2),
        contexts: vec![Context::new(b"a").unwrap()],
        ..wanted()
    };
    ring.new_key(&key, Purpose::Sign, Algorithm::MlDsa44, &limits, &at(1))
        .unwrap();
    for (when, good) in [(9, false), (10, true), (19, true), (20, false)] {
        assert_eq!(ring.signing_key(&key, &at(when)).is_ok(), good, "{when}");
    }
    let signer = ring.signing_key(&key, &at(12)).unwrap().key;
    let in_context = |context: &[u8]| SignOptions {
        context: Context::new(context).unwrap(),
        ..SignOptions::default()
    };
    let refused = signer.sign(b"no context").unwrap_err();
    assert!(refused.to_string().contains("\"a\""), "{refused}");
    assert_eq!(
        signer
            .sign_with(b"m", &in_context(b"b"))
            .unwrap_err()
            .code(),
        Code::State
    );
    for _ in 0..2 {
        signer.sign_with(b"m", &in_context(b"a")).unwrap();
    }
    let used_up = signer.sign_with(b"m", &in_context(b"a")).unwrap_err();
    assert_eq!(used_up.code(), Code::State);
    assert!(used_up.to_string().contains("used 2 times"), "{used_up}");
    for (when, verdict) in [
        (9, Verdict::OutsideWindow),
        (10, Verdict::Valid),
        (29, Verdict::Valid),
        (30, Verdict::OutsideWindow),
    ] {
        let what = signed_in(b"m", b"a");
        let judged = ring.judge(&key, 1, &what, &at(when)).unwrap();
        assert_eq!(judged.verdict, verdict, "{when}");
    }
}

fn signed_in(content: &[u8], context: &[u8]) -> Signed {
    Signed {
        context: Context::new(context).unwrap(),
        ..signed(content)
    }
}

#[test]
fn contexts_bind_who_verifies_too() {
    let (ring, _) = ring();
    let bound = Wanted {
        contexts: vec![Context::new(b"swift").unwrap()],
        ..wanted()
    };
    let theirs = SigningKey::generate(Algorithm::MlDsa44).unwrap();
    let public = PublicKey::Verifying(theirs.verifying_key().clone());
    let (peer, own) = (name("partners/icbc"), name("own"));
    ring.import_public(&peer, public, &bound, &at(1)).unwrap();
    ring.new_key(&own, Purpose::Sign, Algorithm::MlDsa44, &bound, &at(1))
        .unwrap();
    for key in [&peer, &own] {
        for context in [&b""[..], b"other"] {
            let what = signed_in(b"m", context);
            let judged = ring.judge(key, 1, &what, &at(2)).unwrap();
            assert_eq!(judged.verdict, Verdict::UnknownVersion, "{key}");
            assert!(judged.reason.unwrap().contains("\"swift\""));
        }
        let judged = ring.judge(key, 1, &signed_in(b"m", b"swift"), &at(3));
        assert_eq!(judged.unwrap().verdict, Verdict::Valid, "{key}");
    }
    // What was refused was not seen either.
    let mut seen = 0;
    ring.audit(&mut |entry| {
        seen += u32::from(entry.action == Action::Seen);
        Ok(())
    })
    .unwrap();
    assert_eq!(seen, 1);
}

#[test]
fn no_version_is_made_that_could_never_be_used() {
    let (ring, _) = ring();
    let bound = |contexts: &[&[u8]]| Wanted {
        contexts: contexts
            .iter()
            .map(|text| Context::new(*text).unwrap())
            .collect(),
        ..wanted()
    };
    for (purpose, algorithm) in [
        (Purpose::Sign, Algorithm::Ed25519),
        (Purpose::Receive, Algorithm::XWing),
    ] {
        let refused = ring.new_key(&name("k"), purpose, algorithm, &bound(&[b"c"]), &at(1));
        assert_eq!(refused.unwrap_err().code(), Code::Usage, "{algorithm}");
    }
    let key = PrivateKey::Signing(SigningKey::generate(Algorithm::Ed25519).unwrap());
    let refused = ring.import_private(&name("k"), key, &bound(&[b"c"]), &at(1));
    assert_eq!(refused.unwrap_err().code(), Code::Usage);
    // With none among them there is one that it can have.
    let (plain, deep) = (name("plain"), name("deep"));
    ring.new_key(
        &plain,
        Purpose::Sign,
        Algorithm::Ed25519,
        &bound(&[b"", b"c"]),
        &at(1),
    )
    .unwrap();
    ring.new_key(
        &deep,
        Purpose::Sign,
        Algorithm::MlDsa44,
        &bound(&[b"c"]),
        &at(1),
    )
    .unwrap();
    let refused = ring.rotate(&deep, Algorithm::Ed25519, None, &at(2));
    assert_eq!(refused.unwrap_err().code(), Code::Usage);
    assert_eq!(ring.key(&deep).unwrap().key.versions, 1);
    ring.rotate(&deep, Algorithm::MlDsa65, None, &at(2))
        .unwrap();
    // Uses of a counterparty's key are not counted here, so a number of them would promise what nobody keeps.
    let theirs = SigningKey::generate(Algorithm::MlDsa44).unwrap();
    let public = PublicKey::Verifying(theirs.verifying_key().clone());
    let counted = Wanted {
        max_uses: Some(3),
        ..wanted()
    };
    let refused = ring.import_public(&name("partners/icbc"), public, &counted, &at(3));
    assert_eq!(refused.unwrap_err().code(), Code::Usage);
}

#[test]
fn a_compromised_version_is_judged_by_proven_time() {
    let (ring, store) = ring();
    let key = name("k");
    ring.new_key(&key, Purpose::Sign, Algorithm::MlDsa44, &wanted(), &at(1))
        .unwrap();
    ring.signing_key(&key, &at(100))
        .unwrap()
        .key
        .sign(b"before")
        .unwrap();
    ring.signing_key(&key, &at(300))
        .unwrap()
        .key
        .sign(b"after")
        .unwrap();
    let reason = "found on a stolen disk".parse().unwrap();
    let early = open(&store)
        .unwrap()
        .compromise(&key, None, time(999), &reason, &at(400));
    assert_eq!(early.unwrap_err().code(), Code::Usage);
    ring.compromise(&key, None, time(200), &reason, &at(400))
        .unwrap();
    let judge = |content| ring.judge(&key, 1, &signed(content), &at(500)).unwrap();
    let before = judge(b"before");
    assert_eq!(
        (before.verdict, before.proven),
        (Verdict::ValidCompromisedLater, Some(time(100)))
    );
    let after = judge(b"after");
    assert_eq!(
        (after.verdict, after.proven),
        (Verdict::Untrusted, Some(time(300)))
    );
    let never = judge(b"never signed by us");
    assert_eq!((never.verdict, never.proven), (Verdict::Untrusted, None));
    assert_eq!(
        ring.signing_key(&key, &at(500)).unwrap_err().code(),
        Code::State
    );
    // Found out later: it was earlier. Never later.
    assert!(
        ring.compromise(&key, None, time(200), &reason, &at(600))
            .is_err()
    );
    assert!(
        ring.compromise(&key, None, time(250), &reason, &at(600))
            .is_err()
    );
    ring.compromise(&key, None, time(50), &reason, &at(600))
        .unwrap();
    assert_eq!(judge(b"before").verdict, Verdict::Untrusted);
}

#[test]
fn a_clock_that_was_set_back_proves_nothing() {
    let (ring, _) = ring();
    let reason = "a thief".parse().unwrap();
    let (own, peer) = (name("own"), name("partners/icbc"));
    ring.new_key(&own, Purpose::Sign, Algorithm::Ed25519, &wanted(), &at(1))
        .unwrap();
    let theirs = SigningKey::generate(Algorithm::Ed25519).unwrap();
    let public = PublicKey::Verifying(theirs.verifying_key().clone());
    ring.import_public(&peer, public, &wanted(), &at(1))
        .unwrap();
    let record = |content: &[u8], now| {
        sign(&ring, &own, content, now).unwrap();
        let judged = ring.judge(&peer, 1, &signed(content), &at(now)).unwrap();
        assert_eq!(judged.verdict, Verdict::Valid);
    };
    record(b"early", 100);
    let copy = backup(&ring, 150);
    record(b"late", 1000);
    // Whoever has the keyring open can have any clock accepted, for the record.
    ring.accept_clock(&reason, &at(200)).unwrap();
    record(b"back", 300);
    let log = export(&ring, 310);
    let (restored, _) = restore(&copy, None, 1200).unwrap();
    restored
        .confirm_restore(Some(&mut log.as_slice()), &at(1300))
        .unwrap();
    for ring in [&ring, &restored] {
        for key in [&own, &peer] {
            ring.compromise(key, None, time(500), &reason, &at(2000))
                .unwrap();
            for (content, verdict, proven) in [
                (&b"early"[..], Verdict::ValidCompromisedLater, 100),
                (b"late", Verdict::Untrusted, 1000),
                (b"back", Verdict::Untrusted, 1000),
            ] {
                let judged = ring.judge(key, 1, &signed(content), &at(2100)).unwrap();
                assert_eq!(
                    (judged.verdict, judged.proven),
                    (verdict, Some(time(proven))),
                    "{key}: {judged:?}"
                );
            }
        }
    }
}

#[test]
fn a_counterpartys_signature_is_proven_by_when_it_was_seen() {
    let (ring, _) = ring();
    let theirs = SigningKey::generate(Algorithm::MlDsa44).unwrap();
    let key = name("partners/icbc");
    let public = || PublicKey::Verifying(theirs.verifying_key().clone());
    ring.import_public(&key, public(), &wanted(), &at(1))
        .unwrap();
    let again = ring
        .import_public(&key, public(), &wanted(), &at(1))
        .unwrap_err();
    assert_eq!(again.code(), Code::Exists);
    assert_eq!(
        ring.signing_key(&key, &at(2)).unwrap_err().code(),
        Code::WrongKind
    );
    assert_eq!(
        ring.export_private(&key, None, None, &at(2))
            .unwrap_err()
            .code(),
        Code::WrongKind
    );
    let first = ring
        .judge(&key, 1, &signed(b"seen early"), &at(100))
        .unwrap();
    assert_eq!(
        (first.verdict, first.proven),
        (Verdict::Valid, Some(time(100)))
    );
    let again = ring
        .judge(&key, 1, &signed(b"seen early"), &at(150))
        .unwrap();
    assert_eq!(again.proven, Some(time(100)));
    let reason = "they told us".parse().unwrap();
    ring.compromise(&key, None, time(120), &reason, &at(200))
        .unwrap();
    let judge = |content| {
        ring.judge(&key, 1, &signed(content), &at(300))
            .unwrap()
            .verdict
    };
    assert_eq!(judge(b"seen early"), Verdict::ValidCompromisedLater);
    assert_eq!(judge(b"seen late"), Verdict::Untrusted);
}

#[test]
fn what_is_destroyed_stays_destroyed_and_verifies() {
    let (ring, store) = ring();
    let key = name("k");
    ring.new_key(&key, Purpose::Sign, Algorithm::MlDsa44, &wanted(), &at(1))
        .unwrap();
    let signature = ring
        .signing_key(&key, &at(2))
        .unwrap()
        .key
        .sign(b"m")
        .unwrap();
    let held = ring.signing_key(&key, &at(2)).unwrap().key;
    let reason = "end of life".parse().unwrap();
    let active = ring.destroy(&key, 1, &reason, &at(3)).unwrap_err();
    assert_eq!(active.code(), Code::State);
    assert!(
        active
            .to_string()
            .contains("suspend or deactivate or compromise"),
        "{active}"
    );
    ring.change(&key, None, Change::Deactivate, None, &at(4))
        .unwrap();
    ring.destroy(&key, 1, &reason, &at(5)).unwrap();
    assert_eq!(held.sign(b"m").unwrap_err().code(), Code::State);
    assert_eq!(
        ring.destroy(&key, 1, &reason, &at(6)).unwrap_err().code(),
        Code::State
    );
    let reopened = open(&store).unwrap();
    for error in [
        reopened.signing_key(&key, &at(7)).map(drop).unwrap_err(),
        reopened
            .export_private(&key, None, None, &at(7))
            .map(drop)
            .unwrap_err(),
        reopened
            .change(&key, None, Change::Activate, None, &at(7))
            .map(drop)
            .unwrap_err(),
        reopened
            .change(&key, None, Change::Resume, None, &at(7))
            .map(drop)
            .unwrap_err(),
    ] {
        assert_eq!(error.code(), Code::State);
    }
    let taken = ring
        .new_key(&key, Purpose::Sign, Algorithm::MlDsa44, &wanted(), &at(7))
        .unwrap_err();
    assert_eq!(taken.code(), Code::Exists);
    let verifier = reopened.verifying_key(&key, &at(8)).unwrap();
    assert!(
        verifier.versions[0]
            .1
            .verify(b"m", &signature)
            .unwrap()
            .is_valid()
    );
    assert_eq!(
        reopened
            .judge(&key, 1, &signed(b"m"), &at(8))
            .unwrap()
            .verdict,
        Verdict::Valid
    );
}

#[test]
fn a_clock_that_is_behind_stops_what_is_signed_and_not_what_is_revoked() {
    let (ring, _) = ring();
    let key = name("k");
    ring.new_key(&key, Purpose::Sign, Algorithm::MlDsa44, &wanted(), &at(1))
        .unwrap();
    ring.signing_key(&key, &at(1000))
        .unwrap()
        .key
        .sign(b"m")
        .unwrap();
    for (when, good) in [(995, true), (994, false), (10, false), (1000, true)] {
        let signature = ring
            .signing_key(&key, &at(when))
            .and_then(|named| named.key.sign(b"m"));
        match good {
            true => drop(signature.unwrap()),
            false => assert_eq!(signature.unwrap_err().code(), Code::Clock, "{when}"),
        }
    }
    // A clock that is a little behind does not take the record back.
    let mut last = None;
    ring.audit(&mut |entry| {
        assert!(last.is_none_or(|last| last <= entry.time), "{entry:?}");
        last = Some(entry.time);
        Ok(())
    })
    .unwrap();
    assert_eq!(last, Some(time(1000)));
    // A key that is younger than the clock says, by as little, is not refused for it.
    let young = name("young");
    ring.new_key(
        &young,
        Purpose::Sign,
        Algorithm::MlDsa44,
        &wanted(),
        &at(1002),
    )
    .unwrap();
    let signer = ring.signing_key(&young, &at(998)).unwrap().key;
    signer.sign(b"m").unwrap();
    let error = ring.signing_key(&young, &at(900)).map(drop).unwrap_err();
    assert_eq!(error.code(), Code::Clock);
    ring.change(&key, None, Change::Suspend, None, &at(10))
        .unwrap();
    ring.change(&key, None, Change::Resume, None, &at(10))
        .unwrap();
    let reason = "the clock was ahead".parse().unwrap();
    ring.accept_clock(&reason, &at(10)).unwrap();
    ring.signing_key(&key, &at(11))
        .unwrap()
        .key
        .sign(b"m")
        .unwrap();
}

#[test]
fn receiving_keys_receive_and_open() {
    let (ring, _) = ring();
    for (number, algorithm) in [Algorithm::XWing, Algorithm::MlKem768, Algorithm::EcdhP256]
        .into_iter()
        .enumerate()
    {
        let key = name(&format!("in/{number}"));
        ring.new_key(&key, Purpose::Receive, algorithm, &wanted(), &at(1))
            .unwrap();
        let (version, ciphertext, sent) = ring.encapsulate(&key, &at(2)).unwrap();
        assert_eq!(version.version, 1);
        ring.rotate(&key, algorithm, None, &at(3)).unwrap();
        let opened = ring.decapsulation_key(&key, Some(1), &at(4)).unwrap();
        assert!(opened.key.decapsulate(&ciphertext).unwrap() == sent);
        assert_eq!(ring.key(&key).unwrap().versions[0].uses, 1);
        assert_eq!(
            ring.signing_key(&key, &at(4)).unwrap_err().code(),
            Code::WrongKind
        );
        assert_eq!(
            ring.verifying_key(&key, &at(4)).unwrap_err().code(),
            Code::WrongKind
        );
    }
    let wrong = ring.new_key(
        &name("x"),
        Purpose::Sign,
        Algorithm::XWing,
        &wanted(),
        &at(5),
    );
    assert_eq!(wrong.unwrap_err().code(), Code::WrongKind);
}

#[test]
fn a_watched_key_leaves_by_its_own_door_alone() {
    let (ring, _) = ring();
    let key = name("k");
    ring.new_key(&key, Purpose::Sign, Algorithm::MlDsa44, &wanted(), &at(1))
        .unwrap();
    let signer = ring.signing_key(&key, &at(2)).unwrap().key;
    let wrapped = chop::PrivateKey::Signing(signer);
    for error in [
        wrapped.seed().map(drop).unwrap_err(),
        wrapped.expanded().map(drop).unwrap_err(),
        wrapped
            .to_pkcs8_pem(chop::Form::Seed)
            .map(drop)
            .unwrap_err(),
        wrapped
            .to_pkcs8_der(chop::Form::Both)
            .map(drop)
            .unwrap_err(),
        wrapped.to_jwk().map(drop).unwrap_err(),
    ] {
        assert_eq!(error.code(), Code::State);
    }
    let exported = ring.export_private(&key, None, None, &at(3)).unwrap();
    exported.to_pkcs8_pem(chop::Form::Seed).unwrap();
    assert!(ring.key(&key).unwrap().versions[0].exported);
}

#[test]
fn unlockers_come_and_go_and_the_last_one_stays() {
    let (ring, store) = ring();
    let second = || chop::keyring::Unlock::key_file(chop::SecretBytes::copy_of(&[7; 40])).unwrap();
    let open_with = |unlock: chop::keyring::Unlock| {
        chop::keyring::Keyring::open(Box::new(store.clone()), &unlock, "x".parse().unwrap())
    };
    assert_eq!(open_with(second()).unwrap_err().code(), Code::Passphrase);
    let added = ring.add_unlocker("batch", &second(), &at(1)).unwrap();
    assert_eq!(added.number, 2);
    open_with(second()).unwrap();
    ring.remove_unlocker(1, &at(2)).unwrap();
    assert_eq!(open(&store).unwrap_err().code(), Code::Passphrase);
    assert_eq!(
        ring.remove_unlocker(2, &at(3)).unwrap_err().code(),
        Code::State
    );
    assert_eq!(
        ring.remove_unlocker(9, &at(3)).unwrap_err().code(),
        Code::UnknownKey
    );
    assert_eq!(ring.unlockers().unwrap().len(), 1);
}

#[test]
fn what_is_due_is_listed_with_its_reason() {
    let (ring, _) = ring();
    let until = Wanted {
        sign_until: Some(time(1000)),
        ..wanted()
    };
    let counted = Wanted {
        max_uses: Some(10),
        ..wanted()
    };
    ring.new_key(
        &name("window"),
        Purpose::Sign,
        Algorithm::MlDsa44,
        &until,
        &at(1),
    )
    .unwrap();
    ring.new_key(
        &name("quota"),
        Purpose::Sign,
        Algorithm::MlDsa44,
        &counted,
        &at(1),
    )
    .unwrap();
    ring.new_key(
        &name("fine"),
        Purpose::Sign,
        Algorithm::MlDsa44,
        &wanted(),
        &at(1),
    )
    .unwrap();
    let due = |horizon| -> Vec<String> {
        let all = ring.due(time(horizon), &at(2)).unwrap();
        all.iter().map(|due| due.key.name.to_string()).collect()
    };
    assert!(due(999).is_empty());
    assert_eq!(due(1000), ["window"]);
    let signer = ring.signing_key(&name("quota"), &at(2)).unwrap().key;
    for _ in 0..9 {
        signer.sign(b"m").unwrap();
    }
    assert_eq!(due(10), ["quota"]);
    ring.change(&name("fine"), None, Change::Suspend, None, &at(3))
        .unwrap();
    assert_eq!(due(10), ["fine", "quota"]);
    ring.rotate(&name("window"), Algorithm::MlDsa44, None, &at(500))
        .unwrap();
    let window = &ring.key(&name("window")).unwrap().versions[1].limits;
    assert_eq!(window.sign_until, Some(time(1499)));
}

#[test]
fn a_key_pair_is_in_the_keyring_once() {
    let (ring, _) = ring();
    let exported = |key: &str, now| {
        ring.export_private(&name(key), None, None, &at(now))
            .unwrap()
    };
    ring.new_key(
        &name("a"),
        Purpose::Sign,
        Algorithm::EcdsaP256Sha256,
        &wanted(),
        &at(1),
    )
    .unwrap();
    let copy = exported("a", 2);
    let public = || copy.public_key();
    let duplicate = |key: PrivateKey| {
        ring.import_private(&name("b"), key, &wanted(), &at(3))
            .map(drop)
            .unwrap_err()
    };
    // Under another name it would have a quota and a history of its own.
    let error = duplicate(exported("a", 2));
    assert_eq!(error.code(), Code::Exists);
    assert!(
        error.to_string().contains("a version 1, which is active"),
        "{error}"
    );
    // The same scalar to agree with, and as a counterparty's.
    let agreeing = exported("a", 2).into_decapsulation().unwrap();
    assert_eq!(
        duplicate(PrivateKey::Decapsulation(agreeing)).code(),
        Code::Exists
    );
    let peer = ring.import_public(&name("p"), public(), &wanted(), &at(3));
    assert_eq!(peer.map(drop).unwrap_err().code(), Code::Exists);
    // What was destroyed does not come back from a copy.
    let kept = exported("a", 4);
    let reason = "end".parse().unwrap();
    ring.change(&name("a"), None, Change::Deactivate, None, &at(5))
        .unwrap();
    ring.destroy(&name("a"), 1, &reason, &at(6)).unwrap();
    let error = duplicate(kept);
    assert!(error.to_string().contains("destroyed"), "{error}");
    assert_eq!(ring.keys().unwrap().len(), 1);
}

#[test]
fn a_compromise_goes_with_every_state_and_with_what_is_destroyed() {
    let (ring, _) = ring();
    let key = name("k");
    ring.new_key(&key, Purpose::Sign, Algorithm::MlDsa44, &wanted(), &at(1))
        .unwrap();
    for (content, now) in [(&b"before"[..], 100), (b"at", 200), (b"after", 300)] {
        ring.signing_key(&key, &at(now))
            .unwrap()
            .key
            .sign(content)
            .unwrap();
    }
    ring.change(&key, None, Change::Deactivate, None, &at(400))
        .unwrap();
    let reason = "end".parse().unwrap();
    ring.destroy(&key, 1, &reason, &at(500)).unwrap();
    let judge = |content: &[u8]| {
        ring.judge(&key, 1, &signed(content), &at(700))
            .unwrap()
            .verdict
    };
    assert_eq!(judge(b"after"), Verdict::Valid);
    ring.compromise(&key, Some(1), time(200), &reason, &at(600))
        .unwrap();
    let version = &ring.key(&key).unwrap().versions[0];
    assert_eq!(version.state, State::Destroyed);
    assert_eq!(version.compromised.as_ref().unwrap().since, time(200));
    assert_eq!(judge(b"before"), Verdict::ValidCompromisedLater);
    // The moment itself belongs to the thief.
    assert_eq!(judge(b"at"), Verdict::Untrusted);
    assert_eq!(judge(b"after"), Verdict::Untrusted);
    assert!(ring.check().unwrap().is_empty());
}

#[test]
fn a_first_sight_is_not_recorded_by_a_clock_that_is_behind() {
    let (ring, _) = ring();
    let theirs = SigningKey::generate(Algorithm::MlDsa44).unwrap();
    let public = PublicKey::Verifying(theirs.verifying_key().clone());
    let key = name("partners/icbc");
    ring.import_public(&key, public, &wanted(), &at(1)).unwrap();
    ring.judge(&key, 1, &signed(b"one"), &at(1000)).unwrap();
    let behind = ring.judge(&key, 1, &signed(b"two"), &at(994)).unwrap_err();
    assert_eq!(behind.code(), Code::Clock);
    assert_eq!(
        ring.judge(&key, 1, &signed(b"one"), &at(994))
            .unwrap()
            .proven,
        Some(time(1000))
    );
    // The clock was ahead, and goes back: nothing is signed or seen before somebody says so.
    let own = name("own");
    ring.new_key(
        &own,
        Purpose::Sign,
        Algorithm::MlDsa44,
        &wanted(),
        &at(900_000),
    )
    .unwrap();
    let refused = ring.signing_key(&own, &at(900_001)).unwrap().key;
    refused.sign(b"m").unwrap();
    assert_eq!(
        ring.judge(&key, 1, &signed(b"three"), &at(2000))
            .unwrap_err()
            .code(),
        Code::Clock
    );
}

#[test]
fn what_debug_and_errors_show_is_no_secret() {
    let (ring, _) = ring();
    let key = name("k");
    ring.new_key(&key, Purpose::Sign, Algorithm::MlDsa44, &wanted(), &at(1))
        .unwrap();
    let seed = ring.export_private(&key, None, None, &at(2)).unwrap();
    let hexed = hex::encode(seed.seed().unwrap().expose());
    let named = ring.signing_key(&key, &at(3)).unwrap();
    let said = format!(
        "{ring:?} {named:?} {:?} {:?}",
        ring.keys(),
        super::support::unlock()
    );
    assert!(
        !said.contains(&hexed[..16]) && !said.contains("66, 66, 66"),
        "{said}"
    );
}
