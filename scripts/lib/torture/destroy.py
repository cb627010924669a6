"""Destroys keys among many others, and searches everything for their sealed bytes."""

import random
import shutil
import time

from reader import Unsound, place
from ring import Broken, Ring

# Private keys whose sealed form takes a third of a page of the file and more than a half.
LARGE = ["MLDSA44-RSA2048-PSS-SHA256", "MLDSA65-RSA4096-PSS-SHA512"]
ALGORITHMS = ["Ed25519", "ML-DSA-44", "SLH-DSA-SHA2-128f", "MLDSA65-ECDSA-P256-SHA512", "X-Wing"]


def run(chop, scratch, keys, seed):
    """Keys with long and short names and sealed keys of all sizes, so that pages of the file fill, split and merge."""
    started = time.monotonic()
    shutil.rmtree(scratch, ignore_errors=True)
    ring = Ring(chop, scratch / "ring").fresh()
    draw = random.Random(seed)
    live, dead, failures = [], {}, []
    try:
        imported = ring.folder.parent / "imported.pem"
        ring.ok("init", "--new-unlock-file", "unlock")
        for serial in range(keys):
            name = f"{draw.choice('abcdefgh') * draw.randint(1, 60)}-{serial}"
            if draw.random() < 0.4:
                ring.ok("-q", "keygen", draw.choice(LARGE), "-o", imported, "--force")
                ring.ok("-q", "key", "import", name, imported, "--pre-active")
            else:
                ring.ok("-q", "key", "new", name, "--pre-active", "--algorithm", draw.choice(ALGORITHMS))
            live.append(name)
            if len(live) > 5 and draw.random() < 0.5:
                name = live.pop(draw.randrange(len(live)))
                sealed = ring.read().sealed[place({"key": name, "version": 1})]
                try:
                    missing(ring, {name: sealed})
                except Broken:
                    pass
                else:
                    raise Unsound(f"the sealed key of {name} is not found while it is there: this search is blind")
                ring.ok("-q", "key", "destroy", name, "--version", 1, "--reason", "torture")
                dead[name] = sealed
                missing(ring, {name: sealed})
        missing(ring, dead)
        ring.sound()
        # What is destroyed is destroyed, and says so.
        for name in list(dead)[:3]:
            done = ring.run("key", "destroy", name, "--version", 1, "--reason", "again")
            if done.status != 4 or "destroyed" not in done.err:
                raise Broken(f"destroyed twice: {done}")
    except (Broken, Unsound) as error:
        failures.append(str(error))
        print(f"torture: FAILED: {error}")
    print(f"torture: destroy: {len(dead)} of {keys} keys destroyed in {time.monotonic() - started:.0f} s, "
          f"each searched for in every file of the keyring, in runs of sixteen bytes; {len(failures)} failures")
    return not failures and bool(dead)


def missing(ring, dead):
    blobs = [(path.name, path.read_bytes()) for path in ring.folder.iterdir() if path.is_file()]
    for name, sealed in dead.items():
        for file, blob in blobs:
            # Whatever sixteen bytes of it are left, these eight are among them.
            if any(sealed[start:start + 8] in blob for start in range(0, len(sealed) - 7, 8)):
                raise Broken(f"sealed bytes of {name}, which is destroyed, stand in {file}")

