//! The keyring that the targets about keyrings work on, made once: everything that a record can say.

use std::sync::LazyLock;

use chop::keyring::audit::Checkpoint;
use chop::keyring::store::{MemoryStore, Space, Store};
use chop::keyring::{Change, Keyring, NewKeyring, Purpose, Unlock, Wanted};
use chop::{Algorithm, Guard, Policy, PrivateKey, PublicKey, SecretBytes, Time};

/// When everything happens.
const START: u64 = 1_795_392_000;

/// Signatures, so that a backup has several chunks.
const SIGNATURES: usize = 260;

/// The records of a store, in their order.
pub type Rows = Vec<(Space, Vec<u8>, Vec<u8>)>;

/// A keyring and what was made of it.
pub struct Fixture {
    /// The records before the last changes, and after them.
    pub before: Rows,
    /// The records after the last changes.
    pub rows: Rows,
    /// Two backups: that of the later state is the second.
    pub backups: [Vec<u8>; 2],
    /// The records that each backup holds.
    pub backed_up: [Rows; 2],
    /// An export of a short audit log, with two checkpoints in it.
    pub export: Vec<u8>,
    /// The same checkpoints, kept elsewhere.
    pub kept: [Checkpoint; 2],
    /// Proofs about that log.
    pub proofs: Vec<Vec<u8>>,
    /// The key that signed the checkpoints.
    pub audit_key: chop::VerifyingKey,
}

/// The fixture.
pub fn fixture() -> &'static Fixture {
    static MADE: LazyLock<Fixture> = LazyLock::new(|| make().expect("a keyring in memory"));
    &MADE
}

/// Makes the fixture before the first input, whose time it would be counted in.
#[allow(dead_code, reason = "the replay in cargo test needs no warm-up")]
pub fn warm_up() {
    fixture();
}

/// So many seconds after the start. No policy is in the way of small and fast keys.
pub fn guard(seconds: u64) -> Guard {
    static WITHOUT_RULES: LazyLock<Guard> = LazyLock::new(|| {
        let policy = Policy::from_toml("version = 1\nname = \"fuzz\"\n");
        Guard::new(policy.expect("the smallest policy"))
    });
    let time = Time::from_unix_seconds(START + seconds).expect("a time");
    WITHOUT_RULES.clone().at(time)
}

/// What opens the keyring.
pub fn unlock() -> Unlock {
    Unlock::key_file(SecretBytes::copy_of(&[7; 32])).expect("long enough")
}

/// A handle on the keyring in `store`.
pub fn open(store: &MemoryStore) -> chop::Result<Keyring> {
    Keyring::open(Box::new(store.clone()), &unlock(), "fuzzer".parse()?)
}

/// The records of a store.
pub fn rows_of(store: &dyn Store) -> Rows {
    let mut rows = Rows::new();
    store
        .read(&mut |state| {
            for space in Space::ALL {
                state.scan(*space, b"", &mut |key, value| {
                    rows.push((*space, key.to_vec(), value.to_vec()));
                    Ok(true)
                })?;
            }
            Ok(())
        })
        .expect("memory");
    rows
}

/// A store with these records.
pub fn store_of(rows: &Rows) -> MemoryStore {
    let store = MemoryStore::new();
    store
        .write(&mut |state| {
            rows.iter()
                .try_for_each(|(space, key, value)| state.put(*space, key, value))
        })
        .expect("memory has room");
    store
}

fn ring() -> chop::Result<(Keyring, MemoryStore)> {
    let store = MemoryStore::new();
    let new = NewKeyring::new(&unlock(), "first", None, "founder".parse()?, &guard(0))?;
    store.write(&mut |rows| new.write(rows))?;
    let ring = new.open(Box::new(store.clone()))?;
    Ok((ring, store))
}

fn make() -> chop::Result<Fixture> {
    let (ring, store) = ring()?;
    let (signer, inbox, peer) = ("payments/out".parse()?, "inbox".parse()?, "bank/b".parse()?);
    let limited = Wanted {
        max_uses: Some(100_000),
        labels: [("desk".to_owned(), "one".to_owned())]
            .into_iter()
            .collect::<std::collections::BTreeMap<_, _>>()
            .try_into()?,
        ..Wanted::default()
    };
    ring.new_key(
        &signer,
        Purpose::Sign,
        Algorithm::Ed25519,
        &limited,
        &guard(1),
    )?;
    ring.new_key(
        &inbox,
        Purpose::Receive,
        Algorithm::X25519,
        &Wanted::default(),
        &guard(2),
    )?;
    let theirs = PrivateKey::from_seed(Algorithm::Ed25519, SecretBytes::copy_of(&[3; 32]))?;
    let theirs: PublicKey = theirs.public_key();
    ring.import_public(&peer, theirs, &Wanted::default(), &guard(3))?;
    ring.rotate(
        &signer,
        Algorithm::Ed25519,
        Some(&"yearly".parse()?),
        &guard(4),
    )?;
    ring.destroy(&signer, 1, &"old".parse()?, &guard(5))?;
    ring.add_unlocker(
        "second",
        &Unlock::key_file(SecretBytes::copy_of(&[8; 32]))?,
        &guard(6),
    )?;
    ring.signing_key(&signer, &guard(7))?.key.sign(b"one")?;

    let (before, first_kept) = (rows_of(&store), ring.checkpoint(&guard(8))?);
    ring.change(
        &signer,
        None,
        Change::Suspend,
        Some(&"pause".parse()?),
        &guard(9),
    )?;
    ring.change(&signer, None, Change::Resume, None, &guard(10))?;
    ring.signing_key(&signer, &guard(11))?.key.sign(b"two")?;
    let rows = rows_of(&store);
    let mut proofs = vec![
        ring.prove_continuation(&first_kept, &guard(12))?
            .to_bytes()?,
        ring.prove_entry(0, &guard(12))?.to_bytes()?,
        ring.prove_entry(5, &guard(12))?.to_bytes()?,
    ];
    let mut export = Vec::new();
    let last_kept = ring.export_audit(&mut export, &guard(13))?;
    proofs.push(
        ring.prove_continuation(&last_kept, &guard(14))?
            .to_bytes()?,
    );

    let key = ring.signing_key(&signer, &guard(15))?.key;
    for number in 0..SIGNATURES {
        key.sign(&number.to_be_bytes())?;
    }
    let mut backups = [Vec::new(), Vec::new()];
    ring.backup(&mut backups[0], &guard(16))?;
    let first = rows_of(&store);
    key.sign(b"between the two")?;
    ring.backup(&mut backups[1], &guard(17))?;
    Ok(Fixture {
        before,
        rows,
        backups,
        backed_up: [first, rows_of(&store)],
        export,
        kept: [first_kept, last_kept],
        proofs,
        audit_key: ring.audit_public_key()?,
    })
}
