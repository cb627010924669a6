"""What changes a keyring, and what each of these commands may leave behind when it is stopped in the middle."""

import base64
from pathlib import Path

from ring import Broken

# Files that a command signs, enough for it to be stopped between two.
MESSAGES = [f"m{number}" for number in range(1, 13)]

# The length of an ML-DSA-44 signature.
SIGNATURE = 2420


# A private key that is known, and must not be found in any file.
SEED = bytes.fromhex("a3f1c2075d9e48b66b0f9d3e7721c8540e5ab9c3d48f1267902bc5e8f6a17d43")


class Operation:
    """A command, the entry that it makes, and the files that it writes."""

    def __init__(self, name, arguments, do, key=None, times=1, outputs=(), says=" signature of "):
        self.name = name
        self.arguments = arguments
        self.do = do
        self.key = key
        self.times = times
        self.outputs = outputs
        # In the line that acknowledges one of several changes.
        self.says = says

    def acknowledged(self, done):
        """How many of its changes the caller has been told of."""
        if self.times > 1:
            return sum(self.says in line for line in done.said)
        return int(done.status == 0 or bool(done.said))

    def judge(self, before, after, done, folder):
        """That all of it has happened or nothing, and what was acknowledged has; how many changes there are."""
        tail = after.entries[len(before.entries):]
        if after.entries[:len(before.entries)] != before.entries:
            raise Broken(f"{done}: entries of the record are lost or changed")
        changes = [entry for entry in tail if not self.follows(entry)]
        keys = self.key if isinstance(self.key, list) else [self.key]
        if len(changes) > self.times or any(entry["do"] != self.do or entry.get("key") not in keys for entry in changes):
            raise Broken(f"{done}: entries that this command does not make: {tail}")
        told = before.copy()
        for entry in tail:
            told.follow(entry)
        if not told.same(after):
            raise Broken(f"{done}: half of a change: {told.difference(after)}")
        acknowledged = self.acknowledged(done)
        if acknowledged > len(changes):
            raise Broken(f"{done}: {acknowledged} acknowledged, {len(changes)} in the record")
        if done.status == 0 and len(changes) != self.times:
            raise Broken(f"{done}: done, with {len(changes)} of {self.times} in the record")
        self.judge_files(after, changes, done, folder)
        return len(changes), acknowledged

    def follows(self, entry):
        """Whether an entry belongs to another one: the version that another has replaced is retired, and what a
        confirmation takes over it records."""
        consequence = {"rotate": "deactivate", "key-import": "deactivate", "peer-import": "deactivate",
                       "restore-confirm": "restore-version"}
        return entry["do"] == consequence.get(self.do)

    def judge_files(self, after, tail, done, folder):
        there = [name for name in self.outputs if (folder / name).exists()]
        if self.do == "sign":
            # A counted signature may be lost, never the reverse.
            if len(there) > len(tail):
                raise Broken(f"{done}: {len(there)} signatures released, {len(tail)} in the record")
            short = [name for name in there if (folder / name).stat().st_size != SIGNATURE]
            if short:
                raise Broken(f"{done}: incomplete: {short}")
            if done.out and not tail:
                raise Broken(f"{done}: a signature on standard output, none in the record")
        elif self.do == "witness":
            if tail and not there:
                raise Broken(f"{done}: a keyring without the witness that it names")
        elif done.status == 0 and len(there) != len(self.outputs):
            raise Broken(f"{done}: done, without {set(self.outputs) - set(there)}")
        elif self.do == "unlocker-add":
            # A file that opens nothing is of no use, an unlocker whose file is gone neither.
            if tail and not there:
                raise Broken(f"{done}: an unlocker without its file")
            if any((folder / name).stat().st_size != 32 for name in there):
                raise Broken(f"{done}: an unlock file that is incomplete")
        elif any((folder / name).stat().st_size == 0 for name in there):
            raise Broken(f"{done}: an empty output")
        elif there and not tail:
            raise Broken(f"{done}: an output without an entry in the record")


def new(name, algorithm, *options):
    return Operation("key new", ["key", "new", name, "--algorithm", algorithm, *options], "key-new", name)


def import_(name, file, *options):
    return Operation("key import", ["key", "import", name, file, *options], "key-import", name)


def import_peer(name, file):
    return Operation("key import", ["key", "import", name, file], "peer-import", name)


def rotate(name, algorithm):
    return Operation("key rotate", ["key", "rotate", name, "--algorithm", algorithm], "rotate", name)


def rotate_due(names, algorithm):
    arguments = ["key", "rotate", "--due", "--algorithm", algorithm]
    return Operation("key rotate --due", arguments, "rotate", names, len(names), says=" active, fingerprint ")


def change(verb, name, *options):
    return Operation(f"key {verb}", ["key", verb, name, *options], verb, name)


def compromise(name, number):
    arguments = ["key", "compromise", name, "--version", number, "--since", "2026-01-01", "--reason", "torture"]
    return Operation("key compromise", arguments, "compromise", name)


def destroy(name, number):
    arguments = ["key", "destroy", name, "--version", number, "--reason", "torture"]
    return Operation("key destroy", arguments, "destroy", name)


def sign(name, messages):
    arguments = ["sign", "--key", f"key:{name}", "--format", "raw", "--beside", *messages]
    return Operation("sign", arguments, "sign", name, len(messages), [f"{message}.sig" for message in messages])


def sign_to_standard_output(name, message):
    return Operation("sign", ["sign", "--key", f"key:{name}", "--format", "raw", message], "sign", name)


def decapsulate(name, ciphertext, secret):
    arguments = ["decapsulate", "--key", f"key:{name}", "--ciphertext", ciphertext, "--secret", secret]
    return Operation("decapsulate", arguments, "open", name, outputs=[secret])


def verify_peer(name, signature, message):
    arguments = ["verify", "--key", f"key:{name}", "--format", "raw", "--signature", signature, message]
    return Operation("verify", arguments, "seen", name)


def export_private(name, file):
    arguments = ["key", "export", name, "--unencrypted-private", "-o", file, "--reason", "torture"]
    return Operation("key export", arguments, "key-export", name, outputs=[file])


def unlocker_add(file):
    arguments = ["unlocker", "add", "--label", "torture", "--new-unlock-file", file]
    return Operation("unlocker add", arguments, "unlocker-add", outputs=[file])


def unlocker_remove(number):
    return Operation("unlocker remove", ["unlocker", "remove", number], "unlocker-remove")


def checkpoint(file):
    return Operation("audit checkpoint", ["audit", "checkpoint", "-o", file], "checkpoint", outputs=[file])


def export_record(file, public):
    arguments = ["audit", "export", "-o", file, "--pub", public]
    return Operation("audit export", arguments, "checkpoint", outputs=[file, public])


def new_witness(file):
    arguments = ["check", "--new-witness", file, "--reason", "torture"]
    return Operation("check --new-witness", arguments, "witness", outputs=[file])


def accept_clock():
    return Operation("check --accept-clock", ["check", "--accept-clock", "--reason", "torture"], "clock")


def confirm(record):
    arguments = ["restore", "--confirm", "--audit", record]
    return Operation("restore --confirm", arguments, "restore-confirm")


def backup(file):
    return Operation("backup", ["backup", "-o", file], "backup", outputs=[file])


def plant(file, seed=SEED):
    """Writes a private key that is known: PKCS#8 with the seed of ML-DSA-44 (RFC 9881)."""
    inner = b"\x80\x20" + seed
    algorithm = bytes.fromhex("300b0609608648016503040311")
    body = b"\x02\x01\x00" + algorithm + b"\x04" + bytes([len(inner)]) + inner
    file.write_bytes(b"\x30" + bytes([len(body)]) + body)


def forms_of(secret):
    """A secret as it could be found in a file, in pieces of sixteen bytes, with the names of the forms."""
    windows = [secret[start:start + 16] for start in range(0, len(secret) - 15, 8)]
    forms = [("raw", window) for window in windows]
    forms += [("hexadecimal", window.hex().encode()) for window in windows]
    forms += [("hexadecimal", window.hex().upper().encode()) for window in windows]
    for offset in range(3):
        text = base64.b64encode(bytes(offset) + secret)
        # What stands before shares a character with the first one.
        text = text[-(-offset * 4 // 3):]
        pieces = [text[start:start + 21] for start in range(0, len(text) - 25, 4)]
        forms += [("base64", piece) for piece in pieces]
        forms += [("base64url", piece.translate(bytes.maketrans(b"+/", b"-_"))) for piece in pieces]
    return forms


def found_in(folder, forms, but=()):
    """The files of a folder in which a form of a secret stands."""
    hits = []
    for path in sorted(Path(folder).rglob("*")):
        if path.is_file() and path not in but:
            data = path.read_bytes()
            hits += [f"{path.name}: {name}" for name, form in forms if form in data]
    return sorted(set(hits))
