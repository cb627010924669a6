"""The drill that every backup needs once: a keyring is lost, restored elsewhere, and has to be what it was."""

import random
import shutil
import time

from reader import Unsound
from ring import Broken, Ring

# What is done to each key after it was made, in turn.
FATES = ["used", "pre-active", "suspended", "deactivated", "compromised", "destroyed", "rotated", "receives", "quota"]


class Drill:
    """The keyring that is going to be lost, and what was made with it."""

    def __init__(self, ring):
        self.ring = ring
        self.signed = []
        self.received = []

    def make(self, name, fate):
        ring = self.ring
        options = {"pre-active": ["--pre-active"], "quota": ["--max-uses", 3]}.get(fate, [])
        algorithm = "X-Wing" if fate == "receives" else "ML-DSA-44"
        ring.ok("-q", "key", "new", name, "--algorithm", algorithm, "--label", f"fate={fate}", *options)
        if fate == "receives":
            ring.ok("-q", "encapsulate", "--to", name, "--ciphertext", f"{name}.ct", "--secret", f"{name}.secret")
            self.received.append(name)
        elif fate != "pre-active":
            ring.ok("-q", "sign", "--key", f"key:{name}", "--format", "raw", "-o", f"{name}.sig", "message")
            # A compromised key verifies by proven time alone, which is another test.
            self.signed += [name] * (fate != "compromised")
        if fate == "rotated":
            ring.ok("-q", "key", "rotate", name, "--algorithm", "Ed25519")
        if fate in ("deactivated", "destroyed"):
            ring.ok("-q", "key", "deactivate", name)
        if fate == "suspended":
            ring.ok("-q", "key", "suspend", name)
        if fate == "compromised":
            ring.ok("-q", "key", "compromise", name, "--since", "2026-01-01", "--reason", "drill")
        if fate == "destroyed":
            ring.ok("-q", "key", "destroy", name, "--version", 1, "--reason", "drill")


def run(chop, scratch, keys, tampered, seed):
    started = time.monotonic()
    shutil.rmtree(scratch, ignore_errors=True)
    failures, same, seconds = [], 0, 0
    try:
        ring = Ring(chop, scratch / "ring").fresh()
        (ring.folder / "message").write_text("<Document>drill</Document>\n")
        ring.ok("init", "--new-unlock-file", "unlock")
        drill = Drill(ring)
        for number in range(keys):
            drill.make(f"k{number}", FATES[number % len(FATES)])
        before = ring.read()
        ring.ok("-q", "backup", "-o", "ring.backup")
        ring.ok("-q", "audit", "export", "-o", "record.jsonl")
        ring.file.unlink()
        refused(ring, tampered, seed)
        began = time.monotonic()
        ring.ok("-q", "restore", "ring.backup")
        seconds = time.monotonic() - began
        restored = ring.read()
        same = sum(restored.keys.get(name) == key for name, key in before.keys.items())
        if same != keys or not restored.same(before):
            raise Broken(f"{same} of {keys} keys are what they were: {before.difference(restored)}")
        done = ring.run("sign", "--key", "key:k0", "--format", "raw", "message")
        if done.status != 4 or done.out:
            raise Broken(f"signs before it was confirmed: {done}")
        ring.ok("-q", "restore", "--confirm", "--audit", "record.jsonl")
        if not ring.read().same(before):
            raise Broken(f"confirmed to another state: {before.difference(ring.read())}")
        for name in drill.signed:
            ring.ok("-q", "verify", "--key", f"key:{name}", "--format", "raw", "--signature", f"{name}.sig", "message")
        for name in drill.received:
            ring.ok("-q", "decapsulate", "--key", name, "--ciphertext", f"{name}.ct", "--secret", f"{name}.again")
            if (ring.folder / f"{name}.again").read_bytes() != (ring.folder / f"{name}.secret").read_bytes():
                raise Broken(f"{name} opens another secret")
        ring.ok("-q", "sign", "--key", "key:k0", "--format", "raw", "-o", "again.sig", "message")
        ring.sound()
    except (Broken, Unsound) as error:
        failures.append(str(error))
        print(f"torture: FAILED: {error}")
    print(f"torture: drill: {same} of {keys} keys restored in {seconds:.2f} s as they were, "
          f"{tampered} altered backups refused, in {time.monotonic() - started:.0f} s; {len(failures)} failures")
    return not failures


def refused(ring, tampered, seed):
    """That no backup is restored in which anything was changed, cut off or added."""
    sound = (ring.folder / "ring.backup").read_bytes()
    draw = random.Random(seed)
    for number in range(tampered):
        data = bytearray(sound)
        at = draw.randrange(len(data))
        how = number % 4
        if how == 0:
            del data[at:]
        elif how == 1:
            data.insert(at, draw.randrange(256))
        elif how == 2:
            other = draw.randrange(len(data) - 64)
            start = min(at, len(data) - 64)
            if data[start:start + 64] == data[other:other + 64]:
                continue
            data[start:start + 64] = data[other:other + 64]
        else:
            data[at] ^= 1 << draw.randrange(8)
        (ring.folder / "altered.backup").write_bytes(data)
        done = ring.run("restore", "altered.backup")
        done.well_behaved()
        if done.status not in (3, 6) or ring.file.exists():
            raise Broken(f"a backup altered at byte {at} (way {how}): {done}")
