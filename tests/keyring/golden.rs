//! What an earlier version has written, this one reads: the files of `test-vectors/keyring`, made once by `scripts/keyring-vectors`.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use chop::encoding::{self, Passphrase};
use chop::keyring::audit::{Checkpoint, Proof, verify_export};
use chop::keyring::store::SqliteStore;
use chop::keyring::{Key, Keyring, Purpose, Restoring, State, Unlock, Version};
use chop::policy::Profile;
use chop::{Code, Context, Guard, Policy, SecretBytes, Time, Verdict, VerifyOptions, VerifyingKey};

use super::support::{Folder, name, signed};

const PAYMENT: &[u8] = b"<Document>a payment</Document>\n";

/// Every action of the record, and every key that it is about.
const RECORD: &str = "init unlocker-add key-new sign rotate deactivate sign sign rotate deactivate sign key-new key-new sign \
    key-new sign suspend key-new sign deactivate key-new sign compromise key-new sign deactivate destroy key-new \
    key-export key-new open peer-import seen checkpoint backup key-new destroy sign checkpoint checkpoint checkpoint";

/// How many of these the backup has.
const BACKED_UP: usize = 35;

/// Name, current version, and algorithm, state and uses of each version.
type Row = (&'static str, u32, &'static [(&'static str, State, u64)]);

const KEYS: &[Row] = &[
    ("late", 1, &[("Ed25519", State::Active, 0)]),
    ("partners/icbc", 1, &[("ML-DSA-65", State::Active, 0)]),
    (
        "payments/outgoing",
        3,
        &[
            ("ECDSA-P256-SHA256", State::Deactivated, 1),
            ("MLDSA65-ECDSA-P256-SHA512", State::Deactivated, 2),
            ("ML-DSA-65", State::Active, 2),
        ],
    ),
    (
        "states/active",
        1,
        &[("SLH-DSA-SHA2-128f", State::Active, 1)],
    ),
    (
        "states/compromised",
        1,
        &[("ML-DSA-44", State::Compromised, 1)],
    ),
    (
        "states/deactivated",
        1,
        &[("ML-DSA-87", State::Deactivated, 1)],
    ),
    ("states/destroyed", 1, &[("ML-DSA-44", State::Destroyed, 1)]),
    ("states/exported", 1, &[("Ed25519", State::Active, 0)]),
    (
        "states/pre-active",
        1,
        &[("ML-DSA-44", State::Destroyed, 0)],
    ),
    ("states/suspended", 1, &[("Ed25519", State::Suspended, 1)]),
    ("treasury/incoming", 1, &[("X-Wing", State::Active, 1)]),
];

fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("test-vectors/keyring")
        .join(name)
}

fn read(name: &str) -> Vec<u8> {
    fs::read(file(name)).unwrap()
}

fn unlock() -> Unlock {
    Unlock::key_file(SecretBytes::copy_of(&read("unlock"))).unwrap()
}

/// A minute after the last entry.
fn guard() -> Guard {
    let mut last = 0;
    let record = read("record.jsonl");
    verify_export(
        &mut record.as_slice(),
        &audit_key(),
        &[],
        &mut |_, entry| {
            last = entry.time.unix_seconds();
        },
    )
    .unwrap();
    let time = Time::from_unix_seconds(last + 60).unwrap();
    Guard::new(Policy::built_in(Profile::Hybrid2026)).at(time)
}

fn audit_key() -> VerifyingKey {
    let key = encoding::read_public_key(&read("audit.pub")).unwrap();
    key.into_verifying().unwrap()
}

/// A copy of the golden keyring: opening it carries no change over into the files of the repository.
fn ring(folder: &Folder, unlock: &Unlock) -> Keyring {
    let path = folder.path("keyring.db");
    if !path.exists() {
        fs::copy(file("keyring.db"), &path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    }
    let store = Box::new(SqliteStore::open(&path).unwrap());
    Keyring::open(store, unlock, "a later version".parse().unwrap()).unwrap()
}

fn same(ring: &Keyring, expected: &[Row]) {
    let found: Vec<_> = ring.keys().unwrap();
    let names: Vec<_> = found.iter().map(|info| info.key.name.as_str()).collect();
    assert_eq!(names, expected.iter().map(|row| row.0).collect::<Vec<_>>());
    for (info, (name, current, versions)) in found.iter().zip(expected) {
        let Key {
            versions: count,
            current: found,
            ..
        } = info.key;
        assert_eq!(
            (found, count as usize),
            (*current, versions.len()),
            "{name}"
        );
        for (version, (algorithm, state, uses)) in info.versions.iter().zip(*versions) {
            let Version { uses: found, .. } = *version;
            assert_eq!(
                (version.algorithm.name(), version.state, found),
                (*algorithm, *state, *uses),
                "{name} version {}",
                version.version
            );
        }
    }
}

#[test]
fn the_keyring_opens_both_ways_and_is_what_it_was() {
    let folder = Folder::new();
    let passphrase = Passphrase::new(SecretBytes::copy_of(b"chop-golden")).unwrap();
    let other = Unlock::key_file(SecretBytes::copy_of(&[0; 32])).unwrap();
    let store = || Box::new(SqliteStore::open(&folder.path("keyring.db")).unwrap());
    let ring_by_passphrase = ring(&folder, &Unlock::Passphrase(passphrase));
    let wrong = Keyring::open(store(), &other, "x".parse().unwrap());
    assert_eq!(wrong.map(drop).unwrap_err().code(), Code::Passphrase);
    let ring = ring(&folder, &unlock());
    for ring in [&ring, &ring_by_passphrase] {
        assert_eq!(ring.check().unwrap(), Vec::<String>::new());
        same(ring, KEYS);
    }
    assert_eq!(ring.unlockers().unwrap()[1].label, "golden passphrase");

    // What stands beside state and count.
    let outgoing = ring.key(&name("payments/outgoing")).unwrap();
    assert_eq!(
        outgoing.key.labels.iter().collect::<Vec<_>>(),
        [("department", "treasury")]
    );
    let limits = &outgoing.versions[0].limits;
    assert_eq!(limits.max_uses, Some(100));
    assert_eq!(
        limits.sign_until.unwrap().to_string(),
        "2099-12-31T00:00:00Z"
    );
    assert_eq!(
        limits.verify_until.unwrap().to_string(),
        "2109-12-31T00:00:00Z"
    );
    let step = &outgoing.versions[0].history[1];
    assert_eq!(
        (step.from, step.to),
        (Some(State::Active), State::Deactivated)
    );
    assert_eq!(
        step.reason.as_ref().unwrap().as_str(),
        "hybrid from this year on"
    );
    let active = ring.key(&name("states/active")).unwrap();
    let contexts = active.versions[0].limits.contexts.iter();
    assert!(contexts.map(Context::as_bytes).eq([&b""[..], b"archive"]));
    assert!(ring.key(&name("states/exported")).unwrap().versions[0].exported);
    assert!(ring.key(&name("partners/icbc")).unwrap().key.peer);
    let incoming = ring.key(&name("treasury/incoming")).unwrap();
    assert_eq!(incoming.key.purpose, Purpose::Receive);
    let compromised = ring.key(&name("states/compromised")).unwrap();
    let compromise = compromised.versions[0].compromised.as_ref().unwrap();
    assert_eq!(compromise.reason.as_str(), "a letter that says so");
}

#[test]
fn what_was_made_with_it_verifies_opens_and_goes_on() {
    let (folder, guard) = (Folder::new(), guard());
    let ring = ring(&folder, &unlock());
    for (key, number, signature, context, verdict) in [
        ("payments/outgoing", 1, "outgoing-1.sig", "", Verdict::Valid),
        ("payments/outgoing", 2, "outgoing-2.sig", "", Verdict::Valid),
        ("payments/outgoing", 3, "outgoing-3.sig", "", Verdict::Valid),
        ("states/active", 1, "active.sig", "archive", Verdict::Valid),
        ("states/suspended", 1, "suspended.sig", "", Verdict::Valid),
        (
            "states/deactivated",
            1,
            "deactivated.sig",
            "",
            Verdict::Valid,
        ),
        ("states/destroyed", 1, "destroyed.sig", "", Verdict::Valid),
        ("partners/icbc", 1, "partner.sig", "", Verdict::Valid),
        (
            "states/compromised",
            1,
            "compromised.sig",
            "",
            Verdict::ValidCompromisedLater,
        ),
    ] {
        let verifier = ring.verifying_key(&name(key), &guard).unwrap();
        let (_, public) = verifier
            .versions
            .iter()
            .find(|(found, _)| *found == number)
            .unwrap();
        let context = Context::new(context.as_bytes()).unwrap();
        let mut what = signed(PAYMENT);
        what.context = context.clone();
        let options = VerifyOptions {
            context,
            ..VerifyOptions::default()
        };
        let answer = public.verify_with(PAYMENT, &read(signature), &options);
        assert!(answer.unwrap().is_valid(), "{signature}");
        let judged = ring.judge(&name(key), number, &what, &guard).unwrap();
        assert_eq!(judged.verdict, verdict, "{signature}");
        if key == "partners/icbc" {
            // It was seen when the keyring was made, not now.
            assert!(judged.proven.unwrap() < guard.now().unwrap());
        }
    }
    let incoming = name("treasury/incoming");
    let opener = ring.decapsulation_key(&incoming, None, &guard).unwrap();
    let secret = opener.key.decapsulate(&read("incoming.ct")).unwrap();
    assert_eq!(secret.expose(), read("incoming.secret"));
    let exported = ring
        .export_private(&name("states/exported"), None, None, &guard)
        .unwrap();
    let golden = encoding::read_private_key(&read("exported.key"), &mut || unreachable!()).unwrap();
    assert_eq!(
        exported.public_key().fingerprint(),
        golden.public_key().fingerprint()
    );
    for dead in ["states/destroyed", "states/pre-active", "states/suspended"] {
        let refused = ring.signing_key(&name(dead), &guard).map(drop).unwrap_err();
        assert_eq!(refused.code(), Code::State, "{dead}");
    }
    let signer = ring
        .signing_key(&name("payments/outgoing"), &guard)
        .unwrap();
    signer.key.sign(PAYMENT).unwrap();
    let outgoing = ring.key(&name("payments/outgoing")).unwrap();
    assert_eq!(outgoing.versions[2].uses, 3);
    assert!(ring.check().unwrap().is_empty());
}

#[test]
fn the_record_says_what_it_said() {
    let folder = Folder::new();
    let ring = ring(&folder, &unlock());
    let kept = Checkpoint::from_text(&read("kept.checkpoint")).unwrap();
    let expected: Vec<_> = RECORD.split_whitespace().collect();
    let mut found = Vec::new();
    ring.audit(&mut |entry| {
        found.push(entry.clone());
        Ok(())
    })
    .unwrap();
    let mut lines = Vec::new();
    let record = read("record.jsonl");
    let report = verify_export(
        &mut record.as_slice(),
        &audit_key(),
        std::slice::from_ref(&kept),
        &mut |line, entry| lines.push((line.to_vec(), entry.clone())),
    )
    .unwrap();
    assert_eq!(report.findings, []);
    assert_eq!(report.keyring, ring.id());
    assert_eq!(
        (report.kept, report.covered),
        (kept.size(), expected.len() as u64)
    );
    for entries in [
        found.clone(),
        lines.iter().map(|line| line.1.clone()).collect(),
    ] {
        let actions: Vec<_> = entries.iter().map(|entry| entry.action.name()).collect();
        assert_eq!(actions, expected);
    }
    // What would be written now is, byte for byte, what was written then.
    let mut again = Vec::new();
    ring.export_audit(&mut again, &guard()).unwrap();
    for (line, _) in &lines {
        let line = [line.as_slice(), b"\n"].concat();
        assert!(again.windows(line.len()).any(|window| window == line));
    }
    assert!(
        ring.verify_audit(std::slice::from_ref(&kept))
            .unwrap()
            .is_sound()
    );

    let mut proven = Vec::new();
    for file in ["entry-3.json", "continues.json"] {
        match Proof::from_bytes(&read(file)).unwrap() {
            Proof::Inclusion(proof) => {
                assert!(proof.holds(&audit_key()).unwrap());
                assert_eq!(proof.entry, found[3]);
                proven.push("inclusion");
            }
            Proof::Consistency(proof) => {
                assert!(proof.holds(&audit_key()).unwrap());
                assert_eq!(proof.earlier, kept);
                proven.push("consistency");
            }
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(proven, ["inclusion", "consistency"]);
}

/// What the backup has of the keys.
fn backed_up() -> Vec<Row> {
    let mut rows: Vec<Row> = KEYS[1..].to_vec();
    rows[1].2 = &[
        ("ECDSA-P256-SHA256", State::Deactivated, 1),
        ("MLDSA65-ECDSA-P256-SHA512", State::Deactivated, 2),
        ("ML-DSA-65", State::Active, 1),
    ];
    rows[7].2 = &[("ML-DSA-44", State::PreActive, 0)];
    rows
}

fn restored(folder: &Folder, witness: Option<&Path>) -> Keyring {
    let backup = read("keyring.backup");
    let mut input = backup.as_slice();
    let actor = "a restorer".parse().unwrap();
    let mut restoring = Restoring::new(&mut input, &unlock(), witness, actor, &guard()).unwrap();
    let store = SqliteStore::create(&folder.path("restored.db"), &mut |rows| {
        restoring.write(rows)
    });
    restoring.open(Box::new(store.unwrap())).unwrap()
}

#[test]
fn the_backup_becomes_a_keyring_that_learns_from_the_record() {
    let folder = Folder::new();
    let ring = restored(&folder, None);
    same(&ring, &backed_up());
    let mut entries = 0;
    ring.audit(&mut |_| {
        entries += 1;
        Ok(())
    })
    .unwrap();
    // And one that says that it was restored.
    assert_eq!(entries, BACKED_UP + 1);
    let record = read("record.jsonl");
    let done = ring
        .confirm_restore(Some(&mut record.as_slice()), &guard())
        .unwrap();
    assert!(done.complete && done.burnt.is_empty(), "{done:?}");
    let mut expected = KEYS.to_vec();
    // Its private key was never backed up.
    expected[0].2 = &[("Ed25519", State::Destroyed, 0)];
    same(&ring, &expected);
    assert!(ring.check().unwrap().is_empty());
}

#[test]
fn the_witness_tells_that_something_is_missing() {
    let folder = Folder::new();
    let witness = folder.path("witness");
    fs::write(&witness, read("witness")).unwrap();
    let ring = restored(&folder, Some(&witness));
    // It went on after the record was exported.
    let record = read("record.jsonl");
    let done = ring
        .confirm_restore(Some(&mut record.as_slice()), &guard())
        .unwrap();
    assert!(!done.complete && !done.witnessed, "{done:?}");
    assert_eq!(done.burnt.len(), 3, "{done:?}");
    assert!(done.burnt[0].starts_with("payments/outgoing version 1"));
}

#[test]
fn every_golden_file_is_looked_at() {
    let tests = include_str!("golden.rs");
    for entry in fs::read_dir(file("")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(
            name == "README.md" || tests.contains(&format!("\"{name}\"")),
            "{name}"
        );
    }
    assert_eq!(read("payment.xml"), PAYMENT);
    let partner = encoding::read_public_key(&read("partner.pub")).unwrap();
    let folder = Folder::new();
    let ring = ring(&folder, &unlock());
    let stored = ring.public_key(&name("partners/icbc"), None).unwrap();
    assert_eq!(partner.fingerprint(), stored.fingerprint());
}
