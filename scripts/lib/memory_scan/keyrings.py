"""Keyrings: their secrets, found by the written format alone, and the rows that handle them.

Nothing is asked of the command here: the file is opened with SQLite, an unlocker is opened as the format says, and
what is sealed is unsealed. If a tag or a commitment were not the expected one, the wrong thing would be sought.
"""

import hashlib
import hmac
import json
import secrets
import sqlite3

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from needles import Needles

# What keys are derived for (src/keyring/).
UNLOCKER = "chop keyring v1 unlocker"
SECRET = "chop keyring v1 private key"
BACKUP = "chop keyring v1 backup"
MACS = ("chop keyring v1 record", "chop keyring v1 head", "chop keyring v1 witness")
AUDIT_KEY = b"\0audit"


def hkdf(secret, salt, info, length):
    """HKDF-SHA-256 (RFC 5869)."""
    extracted = hmac.digest(salt, secret, "sha256")
    block, out, number = b"", b"", 0
    while len(out) < length:
        number += 1
        block = hmac.digest(extracted, block + info + bytes([number]), "sha256")
        out += block
    return out[:length]


def sealing_key(root, label, bound, salt):
    """The key of one sealed text, and the commitment to it."""
    both = hkdf(root, salt, label.encode() + b"\0" + hashlib.sha256(bound).digest(), 64)
    return both[:32], both[32:]


def unseal(root, label, bound, sealed):
    """The key of a sealed text, and the text."""
    key, commitment = sealing_key(root, label, bound, sealed[:32])
    assert commitment == sealed[32:64], "not sealed under this key"
    return key, AESGCM(key).decrypt(bytes(12), sealed[64:], bound)


class Keyring:
    """The secrets of a keyring file."""

    def __init__(self, path, unlock):
        """`unlock` is a passphrase in text, or the bytes of an unlock file."""
        connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
        spaces = ("head", "unlocker", "version", "public", "secret")
        # What stands behind a record is its tag.
        rows = {space: {key: value[:-32] for key, value in connection.execute(f'SELECT key, value FROM "{space}"')}
                for space in spaces}
        tag, = connection.execute('SELECT substr(value, -32) FROM "head"').fetchone()
        connection.close()
        head = rows["head"][b"head"]
        self.number = json.loads(head)["keyring"]
        self.needles = Needles()
        kind = "passphrase" if isinstance(unlock, str) else "key-file"
        unlockers = [json.loads(record) for record in rows["unlocker"].values()]
        self.root = next(filter(None, (self.opened(one, unlock) for one in unlockers if one["kind"] == kind)))
        self.needles.add("root key", self.root)
        for label in MACS:
            key = hkdf(self.root, bytes.fromhex(self.number), label.encode(), 32)
            self.needles.add(label, key, text=False)
            self.needles.needles[f"{label}, inner pad"] = bytes(byte ^ 0x36 for byte in key)
            self.needles.needles[f"{label}, outer pad"] = bytes(byte ^ 0x5C for byte in key)
            if label.endswith("head"):
                assert tag == hmac.digest(key, bytes.fromhex(self.number) + head, "sha256"), "another root key"
        # PKCS#8 by name of the key and number of the version.
        self.private = {}
        for place, sealed in rows["secret"].items():
            identity = "", 0, "ML-DSA-87", hashlib.sha256(rows["public"][place]).hexdigest()
            if place != AUDIT_KEY:
                version = json.loads(rows["version"][place])
                identity = version["key"], version["version"], version["algorithm"], version["fingerprint"]
            bound = "\n".join(map(str, (self.number, *identity))).encode()
            key, der = unseal(self.root, SECRET, bound, sealed)
            self.private[identity[:2]] = identity[2], key, der

    def opened(self, record, unlock):
        """The root key, if this is the unlocker of `unlock`."""
        salt, cost = bytes.fromhex(record["salt"]), record["cost"]
        if cost:
            stretched = Argon2id(salt=salt, length=32, iterations=cost["passes"], lanes=cost["lanes"],
                                 memory_cost=cost["memory"]).derive(unlock.encode())
            shown = f"{cost['memory']}/{cost['passes']}/{cost['lanes']}"
        else:
            stretched, shown = hkdf(unlock, salt, UNLOCKER.encode(), 32), ""
        fields = self.number, record["number"], record["kind"], record["label"], record["created"], record["salt"], shown
        try:
            key, root = unseal(stretched, UNLOCKER, "\n".join(map(str, fields)).encode(), bytes.fromhex(record["wrapped"]))
        except AssertionError:
            return None
        self.needles.add("stretched unlocker", stretched, text=False)
        self.needles.add("wrapping key", key, text=False)
        return root

    def add_private(self, bench, key, version):
        """Seeks the private key of a version too, and what sealed it."""
        algorithm, sealing, der = self.private[key, version]
        found = bench.needles_of(algorithm, bench.forms(algorithm, bench.file(der)))
        self.needles.needles.update(found.needles)
        self.needles.whole.update(found.whole)
        self.needles.add(f"sealing key of {key} {version}", sealing, text=False)

    def add_backup(self, path):
        """The key of a backup."""
        data = path.read_bytes()
        header = data[20:20 + int.from_bytes(data[16:20], "big")]
        salt = bytes.fromhex(json.loads(header)["salt"])
        key, commitment = sealing_key(self.root, BACKUP, header, salt)
        assert data[20 + len(header):][:32] == commitment, "the key of another backup"
        self.needles.add("key of the backup", key, text=False)


AUDIT = "", 0
SIGNERS = ("ML-DSA-65", "MLDSA65-ECDSA-P256-SHA512", "ECDSA-P256-SHA256")
RECEIVERS = ("ML-KEM-768", "X-Wing")


def keyring_rows(bench, make_row):
    """Rows with a keyring; `make_row` is the class of rows."""
    def prefix(path, unlock):
        return ["--keyring", path, "--unlock-file", unlock]

    # One that opens with a file and with a passphrase, with keys that were imported and one that was made there.
    path, unlock, witness = bench.scratch / "ring.db", bench.scratch / "ring.unlock", bench.scratch / "ring.witness"
    bench.plain("--keyring", path, "init", "--new-unlock-file", unlock, "--witness", witness)
    with_file = prefix(path, unlock)
    for algorithm in (*SIGNERS, *RECEIVERS):
        bench.plain(*with_file, "key", "import", algorithm.lower(), bench.key(algorithm)[0])
    # A key pair is in a keyring once, so what is imported while somebody looks goes into another.
    other, other_unlock = bench.scratch / "other.db", bench.scratch / "other.unlock"
    bench.plain("--keyring", other, "init", "--new-unlock-file", other_unlock)
    with_other = prefix(other, other_unlock)
    bench.plain(*with_file, "key", "new", "made", "--algorithm", "ML-DSA-65")
    bench.plain(*with_file, "unlocker", "add", "--label", "people", passphrase=bench.passphrase)
    from_descriptor = f"3< '{bench.passphrase_file}'"
    with_passphrase = ["--keyring", path, "--passphrase-fd", "3"]

    def row(words, arguments, keys=(), ring=path, file=unlock, passphrase=None, more=lambda ring: None, **others):
        def needles():
            opened = Keyring(ring, passphrase.decode() if passphrase else file.read_bytes())
            if passphrase:
                opened.needles.add_passphrase(passphrase)
            else:
                opened.needles.add("unlock file", file.read_bytes())
            for key, version in keys:
                opened.add_private(bench, key, version)
            more(opened)
            return opened.needles
        redirections = from_descriptor if passphrase else ""
        return make_row(f"keyring: {words}", arguments, needles, others.pop("redirections", redirections), **others)

    def sign(key, *options):
        return ["sign", "--key", f"key:{key}", "-o", bench.file(), *options, bench.message]

    def add_another(ring, passphrase):
        ring.needles.add_passphrase(passphrase)
        for name, data in Keyring(path, passphrase.decode()).needles.needles.items():
            ring.needles.needles[f"{name}, other unlocker"] = data

    fresh, fresh_unlock = bench.scratch / "fresh.db", bench.scratch / "fresh.unlock"
    yield row("init with a new unlock file", ["--keyring", fresh, "init", "--new-unlock-file", fresh_unlock],
              [AUDIT], fresh, fresh_unlock)
    locked = bench.scratch / "locked.db"
    yield row("init with a passphrase", ["--keyring", locked, "--passphrase-fd", "3", "init"],
              [AUDIT], locked, passphrase=bench.passphrase)
    typed = bench.scratch / "typed.db"
    yield row("init with a passphrase typed on a terminal", ["--keyring", typed, "init"],
              [AUDIT], typed, passphrase=bench.passphrase, redirections="", typed=bench.passphrase)
    yield row("key new", [*with_file, "key", "new", "new", "--algorithm", "ML-DSA-65"], [("new", 1)])
    yield row("key new with a passphrase", [*with_passphrase, "key", "new", "new-too", "--algorithm", "X-Wing"],
              [("new-too", 1)], passphrase=bench.passphrase)
    yield row("key import", [*with_other, "key", "import", "imported", bench.key("ML-DSA-65")[0]],
              [("imported", 1)], other, other_unlock)
    imported, _ = bench.encrypted("MLDSA65-ECDSA-P256-SHA512", bench.passphrase)
    yield row("key import, encrypted", [*with_other, "--passphrase-fd", "3", "key", "import", "unlocked", imported],
              [("unlocked", 1)], other, other_unlock, more=lambda ring: ring.needles.add_passphrase(bench.passphrase),
              redirections=from_descriptor)
    for algorithm in SIGNERS:
        yield row(f"sign by {algorithm}", [*with_file, *sign(algorithm.lower(), "--format", "raw")],
                  [(algorithm.lower(), 1)])
    yield row("sign CMS", [*with_file, *sign("made")], [("made", 1)])
    yield row("sign with a passphrase", [*with_passphrase, *sign("made")], [("made", 1)], passphrase=bench.passphrase)
    for algorithm in RECEIVERS:
        ciphertext, sent = bench.file(), bench.file()
        bench.plain("encapsulate", "--to", bench.public(algorithm), "--ciphertext", ciphertext, "--secret", sent)
        yield row(f"decapsulate by {algorithm}", [*with_file, "decapsulate", "--key", f"key:{algorithm.lower()}",
                  "--ciphertext", ciphertext, "--secret", bench.file()], [(algorithm.lower(), 1)],
                  more=lambda ring, sent=sent: ring.needles.add("shared secret", sent.read_bytes()))
    yield row("key rotate", [*with_file, "key", "rotate", "made", "--algorithm", "MLDSA65-ECDSA-P256-SHA512"],
              [("made", 2)])
    yield row("key export", [*with_file, "key", "export", "new", "--unencrypted-private", "-o", bench.file()],
              [("new", 1)])
    yield row("unlocker add, a file", [*with_file, "unlocker", "add", "--label", "batch",
              "--new-unlock-file", bench.scratch / "batch.unlock"],
              more=lambda ring: ring.needles.add("new unlock file", (bench.scratch / "batch.unlock").read_bytes()))
    another = secrets.token_urlsafe(30).encode()
    yield row("unlocker add, a passphrase", [*with_file, "--passphrase-fd", "3", "unlocker", "add", "--label", "more"],
              more=lambda ring: add_another(ring, another),
              redirections=f"3< '{bench.file(another)}'")
    yield row("audit checkpoint", [*with_file, "audit", "checkpoint", "-o", bench.file()], [AUDIT])
    yield row("audit export", [*with_file, "audit", "export", "-o", bench.file()], [AUDIT])
    backup = bench.file()
    yield row("backup", [*with_file, "backup", "-o", backup], more=lambda ring: ring.add_backup(backup))
    restored = bench.scratch / "restored.db"
    yield row("restore", [*prefix(restored, unlock), "restore", backup], ring=restored,
              more=lambda ring: ring.add_backup(backup))
    bench.plain(*with_file, "key", "deactivate", "new")
    yield row("key destroy", [*with_file, "key", "destroy", "new", "--version", "1", "--reason", "old"])
    yield row("check", [*with_file, "check"], [AUDIT, ("made", 1), ("ml-dsa-65", 1)])
    mistaken = Needles()
    wrong, wrong_file = secrets.token_urlsafe(30).encode(), bench.file(secrets.token_bytes(32))
    wrong_file.chmod(0o600)
    mistaken.add_passphrase(wrong)
    mistaken.add("wrong unlock file", wrong_file.read_bytes())
    yield make_row("keyring: wrong passphrase", [*with_passphrase, *sign("made")], lambda: mistaken,
                   f"3< '{bench.file(wrong)}'", exits=6)
    yield make_row("keyring: wrong unlock file", [*prefix(path, wrong_file), *sign("made")], lambda: mistaken, exits=6)
