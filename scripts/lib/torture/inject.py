"""Lets every system call of every command that changes a keyring fail once, and kills the command at each."""

import random
import re
import shutil
import time
from concurrent.futures import ProcessPoolExecutor, as_completed

import operations
from operations import MESSAGES, SEED, found_in, forms_of, plant
from reader import Unsound
from ring import Broken, Ring

CALLS = [
    "openat", "write", "pwrite64", "fsync", "fdatasync", "ftruncate", "rename", "renameat2", "linkat", "unlink",
    "fcntl", "mkdir", "fchmod", "flock", "pread64",
]

FAULTS = ["error=EIO", "error=ENOSPC", "signal=SIGKILL"]

# Calls that no full disk can make fail.
NEEDS_NO_ROOM = {"fcntl", "flock", "fchmod", "unlink", "pread64"}

# A command that is killed while it reads leaves what one leaves that is killed at the next write.
CHANGES_NOTHING = {"pread64"}

# Points that a worker takes at a time.
SHARE = 20

# The dynamic loader's own files: what it does there happens before the command begins.
LOADER = re.compile(r'"(/etc/ld\.so|/lib|/usr/lib)')


class Case:
    """A command on a keyring that was made for it."""

    def __init__(self, name, prepare, operation, keyring="keyring.db", witness=False):
        self.name = name
        self.prepare = prepare
        self.operation = operation
        # Which one the command works on, and whether that has a witness.
        self.keyring = keyring
        self.witness = witness


def cases():
    """The commands that change a keyring, each on one in which it succeeds."""
    def with_(*commands):
        return [["key", "new", "k", "--algorithm", "ML-DSA-44", "--max-uses", 10], *commands]

    suspend, deactivate = ["key", "suspend", "k"], ["key", "deactivate", "k"]
    pre_active = ["key", "new", "p", "--pre-active", "--algorithm", "Ed25519"]
    add = ["unlocker", "add", "--new-unlock-file", "second"]
    init = ["init", "--new-unlock-file", "unlock", "--witness", "witness"]
    receives = [["key", "new", "r", "--algorithm", "X-Wing"],
                ["encapsulate", "--to", "key:r", "--ciphertext", "ciphertext", "--secret", "sent"]]
    # A key pair that is not of the keyring, and what was signed with it.
    theirs = [["keygen", "ML-DSA-44", "-o", "their.key", "--pub", "their.pub"],
              ["sign", "--key", "./their.key", "--format", "raw", "-o", "their.sig", MESSAGES[0]]]
    ours = ["key", "import", "partner", "their.pub"]
    # Whose only use is used.
    used = [command for number in (1, 2) for command in (
        ["key", "new", f"u{number}", "--algorithm", "ML-DSA-44", "--max-uses", 1],
        ["sign", "--key", f"key:u{number}", "--format", "raw", "-o", f"u{number}.sig", MESSAGES[0]])]
    copied = [["backup", "-o", "ring.backup"], ["audit", "export", "-o", "record.jsonl"]]
    # What a confirmation takes over: a destruction, a use, a new key.
    lived = [["key", "new", "d", "--algorithm", "ML-DSA-44"], ["key", "deactivate", "d"], ["backup", "-o", "ring.backup"],
             ["key", "destroy", "d", "--version", 1, "--reason", "torture"],
             ["sign", "--key", "key:k", "--format", "raw", "-o", "early.sig", MESSAGES[0]],
             ["key", "new", "late", "--algorithm", "Ed25519"], ["audit", "export", "-o", "record.jsonl"],
             ["--keyring", "restored.db", "restore", "ring.backup"]]
    restore = ["restore", "ring.backup"]
    return [
        Case("key new", with_(), operations.new("n", "ML-DSA-44", "--sign-until", "2099-01-01")),
        Case("key import", with_(), operations.import_("imported", "../planted.key")),
        Case("key import of the next version", with_(), operations.import_("k", "../planted.key")),
        Case("key import of a counterparty's", with_(*theirs), operations.import_peer("partner", "their.pub")),
        Case("key rotate --due", with_(*used), operations.rotate_due(["u1", "u2"], "Ed25519")),
        Case("key rotate", with_(), operations.rotate("k", "Ed25519")),
        Case("key activate", with_(pre_active), operations.change("activate", "p")),
        Case("key suspend", with_(), operations.change("suspend", "k"), witness=True),
        Case("key resume", with_(suspend), operations.change("resume", "k")),
        Case("key deactivate", with_(), operations.change("deactivate", "k")),
        Case("key compromise", with_(), operations.compromise("k", 1)),
        Case("key destroy", with_(deactivate), operations.destroy("k", 1)),
        Case("key export", with_(), operations.export_private("k", "exported")),
        Case("sign", with_(), operations.sign("k", MESSAGES[:1])),
        Case("sign several", with_(), operations.sign("k", MESSAGES[:3])),
        Case("sign to standard output", with_(), operations.sign_to_standard_output("k", MESSAGES[0])),
        Case("decapsulate", with_(*receives), operations.decapsulate("r", "ciphertext", "received")),
        Case("verify", with_(*theirs, ours), operations.verify_peer("partner", "their.sig", MESSAGES[0])),
        Case("unlocker add", with_(), operations.unlocker_add("second")),
        Case("unlocker remove", with_(add), operations.unlocker_remove(2)),
        Case("audit checkpoint", with_(), operations.checkpoint("checkpoint")),
        Case("audit export", with_(), operations.export_record("record.jsonl", "audit.pub")),
        Case("check --new-witness", with_(), operations.new_witness("second")),
        Case("check --accept-clock", with_(), operations.accept_clock()),
        Case("backup", with_(), operations.backup("ring.backup")),
        Case("init", None, operations.Operation("init", init, "init")),
        Case("restore", with_(*copied), operations.Operation("restore", restore, "restore"), "restored.db"),
        Case("restore --witness", with_(*copied),
             operations.Operation("restore", [*restore, "--witness", "fresh"], "restore"), "restored.db"),
        Case("restore --confirm", with_(*lived), operations.confirm("record.jsonl"), "restored.db", witness=True),
    ]


def prepared(chop, folder, case):
    """A folder in which the command of a case succeeds; it is copied for each run."""
    ring = Ring(chop, folder).fresh()
    for message in MESSAGES[:3]:
        (folder / message).write_text(f"<Document>{message}</Document>\n")
    if case.prepare is None:
        return ring
    ring.ok("init", "--new-unlock-file", "unlock")
    for command in case.prepare:
        ring.ok(*command)
    return ring


def traced(ring, case, folder):
    """The calls of a run without faults: how often the thread that makes each most does, and which are the loader's."""
    log = folder / "trace"
    names = ",".join(CALLS)
    done = ring.run(*case.operation.arguments, before=["strace", "-f", "-qq", "-o", log, "-e", f"trace={names}"])
    if done.status != 0:
        raise Broken(f"without a fault: {done}")
    counts, loader, began = {}, {}, set()
    for line in log.read_text(errors="replace").splitlines():
        found = re.match(r"(\d+) +(\w+)\((.*)", line)
        if not found or found[2] not in CALLS:
            continue
        thread, call, rest = found[1], found[2], found[3]
        counts[thread, call] = counts.get((thread, call), 0) + 1
        # pread64 of the loader reads the headers of the C library.
        if not began and call in ("openat", "pread64"):
            if call == "pread64" or LOADER.search(rest):
                loader[call] = counts[thread, call]
                continue
        began.add(thread)
    highest = {}
    for (_, call), count in counts.items():
        highest[call] = max(highest.get(call, 0), count)
    return highest, loader


class Point:
    """One fault at one call of one command."""

    def __init__(self, case, call, number, fault):
        self.case = case
        self.call = call
        self.number = number
        self.fault = fault

    def __str__(self):
        return f"{self.case}: {self.fault} at {self.call} {self.number}"


def attempt(chop, scratch, case, point, serial):
    """Runs one command with one fault, and judges what is left. What the command answered."""
    folder = scratch / f"run-{serial}" / "ring"
    shutil.rmtree(folder.parent, ignore_errors=True)
    folder.parent.mkdir(parents=True)
    shutil.copytree(scratch / "prepared" / case.name.replace(" ", "-"), folder)
    shutil.copy(scratch / "prepared" / "planted.key", folder.parent)
    ring = Ring(chop, folder, case.keyring)
    with_witness(ring, case)
    before = ring.read() if ring.file.exists() else None
    log = folder.parent / "trace"
    inject = ["strace", "-f", "-qq", "-o", log, "-e", f"trace={point.call}",
              "-e", f"inject={point.call}:{point.fault}:when={point.number}"]
    done = ring.run(*case.operation.arguments, before=inject)
    if done.status == 128 + 9:
        done.status = -9
    hit = "INJECTED" in log.read_text(errors="replace") or done.killed
    if not done.killed:
        done.well_behaved(case.operation.times)
        # SQLite calls a page that cannot be read a damaged one.
        if done.status not in (0, 5) and not (done.status == 6 and point.call == "pread64"):
            raise Broken(f"an error of the system that is not called one: {done}")
        left = [path.name for path in folder.iterdir() if path.name.endswith(".tmp")]
        if left and point.call != "unlink":
            raise Broken(f"{done}: leaves {left}")
    {"init": judge_init, "restore": judge_restore}.get(case.operation.do, judge_change)(ring, case, before, done)
    if case.name == "key import":
        hits = found_in(folder, forms_of(SEED))
        if hits:
            raise Broken(f"{done}: the private key stands in {hits}")
    shutil.rmtree(folder.parent)
    return done.status, hit


def with_witness(ring, case):
    """A witness is known by its absolute path, so each copy of a keyring gets one of its own."""
    if case.witness:
        ring.ok("-q", "check", "--new-witness", "witness", "--reason", "copied")


def judge_change(ring, case, before, done):
    after = ring.read()
    case.operation.judge(before, after, done, ring.folder)
    # What it looks at includes the whole record.
    ring.ok("-q", "check")
    goes_on(ring)
    if case.operation.do in ("destroy", "unlocker-remove", "restore-confirm"):
        erased(ring, case, before, after, done)
    if case.operation.do == "restore-confirm":
        confirmed(ring, case, len(after.entries) > len(before.entries))
    for name in case.operation.outputs:
        if (ring.folder / name).exists():
            usable(ring, case, name)


def erased(ring, case, before, after, done):
    """That a secret which was reported as gone is, and that otherwise the command can be given again until it is."""
    gone = [sealed for place, sealed in before.sealed.items() if place not in after.sealed]
    gone += [wrapped for number, wrapped in before.wrapped.items() if number not in after.wrapped]
    if not gone:
        return
    if done.status != 0 and case.operation.do == "restore-confirm":
        ring.run(*operations.destroy("d", 1).arguments)
    elif done.status != 0:
        ring.run(*case.operation.arguments)
    for sealed in gone:
        hits = found_in(ring.folder, forms_of(sealed))
        if hits:
            raise Broken(f"{done}: what was destroyed stands in {hits}")


def usable(ring, case, name):
    """That an output which is there is whole."""
    if case.operation.do == "sign":
        ring.ok("-q", "verify", "--key", "key:k", "--format", "raw", "--signature", name, name.removesuffix(".sig"))
    elif case.operation.do == "backup":
        ring.ok("--keyring", "again.db", "restore", name)
    elif case.operation.do == "key-export":
        ring.ok("inspect", name)
    elif case.operation.do == "open":
        if (ring.folder / name).read_bytes() != (ring.folder / "sent").read_bytes():
            raise Broken(f"{name}: not the secret that was sent")
    elif case.name == "audit checkpoint":
        ring.ok("-q", "audit", "export", "-o", "record.jsonl", "--pub", "audit.pub")
        ring.ok("-q", "audit", "verify", "record.jsonl", "--key", "audit.pub", "--checkpoint", name)
    elif case.name == "audit export" and name == "record.jsonl":
        ring.ok("-q", "audit", "checkpoint", "-o", "later", "--pub", "their-audit.pub")
        ring.ok("-q", "audit", "verify", name, "--key", "their-audit.pub")


def confirmed(ring, case, already):
    """That a restored keyring is confirmed, or can be, and then signs with what the record of the lost one leaves."""
    if not already:
        ring.ok(*case.operation.arguments)
    ring.ok("sign", "--key", "key:k", "--format", "raw", "-o", "late.sig", MESSAGES[0])
    uses = [version.uses for version in ring.read().keys["k"].versions]
    if uses != [2]:
        raise Broken(f"confirmed: {uses} uses instead of one before and one after")


def goes_on(ring):
    """That the next command which changes something does so at once."""
    ring.at_once("key", "new", "next", "--algorithm", "Ed25519")


def judge_init(ring, case, before, done):
    """A keyring that is there opens; one whose making was reported as failed does no harm."""
    if done.status == 0 and not ring.file.exists():
        raise Broken(f"{done}: no keyring")
    if ring.file.exists():
        ring.sound()
        goes_on(ring)
    elif not done.killed:
        left = [path.name for path in ring.folder.iterdir() if path.name not in MESSAGES]
        if left:
            raise Broken(f"{done}: leaves {left}")


def judge_restore(ring, case, before, done):
    """A restored keyring is there, or can be had by the same command, which takes no harm from what the first left."""
    if done.status == 0 and not ring.file.exists():
        raise Broken(f"{done}: no keyring")
    if not ring.file.exists():
        if not done.killed and (ring.folder / "fresh").exists():
            raise Broken(f"{done}: leaves a witness without a keyring")
        ring.ok(*case.operation.arguments)
    ring.sound()
    ring.ok("restore", "--confirm", "--audit", "record.jsonl")
    uses = [version.uses for version in ring.read().keys["k"].versions]
    if uses != [0]:
        raise Broken(f"{done}: {uses} uses are taken for made, though the record has none")
    goes_on(ring)


def every_point(chop, scratch):
    """Every fault at every call of every command, from runs without faults."""
    points, skipped = [], 0
    folder = scratch / "prepared"
    shutil.rmtree(scratch, ignore_errors=True)
    folder.mkdir(parents=True)
    plant(folder / "planted.key")
    for case in cases():
        prepared(chop, folder / case.name.replace(" ", "-"), case)
        trial = scratch / "trial" / "ring"
        shutil.rmtree(trial.parent, ignore_errors=True)
        trial.parent.mkdir(parents=True)
        shutil.copytree(folder / case.name.replace(" ", "-"), trial)
        shutil.copy(folder / "planted.key", trial.parent)
        ring = Ring(chop, trial, case.keyring)
        with_witness(ring, case)
        highest, loader = traced(ring, case, trial.parent)
        for call in CALLS:
            first = loader.get(call, 0) + 1
            skipped += min(first - 1, highest.get(call, 0))
            for number in range(first, highest.get(call, 0) + 1):
                points += [Point(case.name, call, number, fault) for fault in FAULTS
                           if not (fault == "error=ENOSPC" and call in NEEDS_NO_ROOM)
                           and not (fault == "signal=SIGKILL" and call in CHANGES_NOTHING)]
    return points, skipped


def share(chop, scratch, worker, points):
    by_name = {case.name: case for case in cases()}
    counts, failures = {}, []
    for serial, point in enumerate(points):
        try:
            status, hit = attempt(chop, scratch, by_name[point.case], point, f"{worker}-{serial}")
            answer = "missed" if not hit else "killed" if status == -9 else f"exit {status}"
            counts[answer] = counts.get(answer, 0) + 1
        except (Broken, Unsound, OSError) as error:
            failures.append(f"{point}: {error}\n  kept in {scratch}/run-{worker}-{serial}")
    return counts, failures


def run(chop, scratch, sample, seed, workers, only=""):
    started = time.monotonic()
    points, skipped = every_point(chop, scratch)
    points = [point for point in points if only in str(point)]
    total = len(points)
    # In any order, so that what is wrong with one command is seen early.
    points = random.Random(seed).sample(points, min(sample or total, total))
    counts, failures, tried = {}, [], 0
    with ProcessPoolExecutor(workers) as pool:
        shares = [points[start:start + SHARE] for start in range(0, len(points), SHARE)]
        running = [pool.submit(share, chop, scratch, number, some) for number, some in enumerate(shares)]
        for one in as_completed(running):
            some, failed = one.result()
            failures += failed
            for answer, count in some.items():
                counts[answer] = counts.get(answer, 0) + count
            for failure in failed:
                print(f"torture: FAILED: {failure}", flush=True)
            tried += 1
            if tried % 25 == 0:
                print(f"torture: inject: {tried * SHARE} of {len(points)} points", flush=True)
    answers = ", ".join(f"{count} {answer}" for answer, count in sorted(counts.items()))
    print(f"torture: inject: seed {seed}, {len(points)} of {total} points of {len(cases())} commands in "
          f"{time.monotonic() - started:.0f} s ({skipped} calls of the dynamic loader are left out): {answers}; "
          f"{len(failures)} failures")
    return not failures and bool(points)
