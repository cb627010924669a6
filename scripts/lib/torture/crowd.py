"""Sixteen processes at a time on one keyring: what each was told must add up, and nobody waits long."""

import json
import os
import random
import shutil
import subprocess
import threading
import time
from pathlib import Path

from reader import Unsound
from ring import Broken, Ring

PROCESSES = 16

# Signatures under one quota, so few that it is used up before the end.
SHARE_OF_QUOTA = 0.5

# Of one command that only waits for others.
LONGEST_WAIT = 5


class Member:
    """One of those who use the keyring at once, with what it was told."""

    def __init__(self, ring, number, operations, seed):
        self.ring = ring
        self.number = number
        self.operations = operations
        self.draw = random.Random(seed * 100 + number)
        self.signed = self.of_quota = self.refused = self.done = 0
        self.rotated = []
        self.changes = {"suspend": 0, "resume": 0}
        self.longest = 0
        self.failure = None

    def run(self):
        try:
            for serial in range(self.operations):
                self.one(serial)
        except (Broken, Unsound, OSError, ValueError) as error:
            self.failure = str(error)

    def command(self, *arguments, allowed=(0,)):
        done = self.ring.run(*arguments)
        self.longest = max(self.longest, done.seconds)
        done.well_behaved()
        if done.status not in allowed:
            raise Broken(str(done))
        self.done += 1
        return done

    def one(self, serial):
        output = f"s-{self.number}-{serial}"
        kind = self.draw.choices(["quota", "rotating", "rotate", "verify", "suspend", "resume", "list"],
                                 [30, 15, 10, 15, 8, 8, 14])[0]
        sign = ["sign", "--format", "raw", "-o", output]
        if kind == "quota":
            done = self.command(*sign, "--key", "key:quota", "m1", allowed=(0, 4))
            self.of_quota += done.status == 0
            self.released(output, done)
        elif kind == "rotating":
            # Whoever has opened a version that is replaced at this moment is refused.
            done = self.command(*sign, "--key", "key:rotating", "m1", allowed=(0, 4))
            self.signed += done.status == 0
            self.released(output, done)
        elif kind == "rotate":
            done = self.command("--json", "key", "rotate", "rotating", "--algorithm", "Ed25519", allowed=(0, 4))
            if done.status == 0:
                self.rotated.append(json.loads(done.out)["version"])
            else:
                self.refused += 1
        elif kind == "verify":
            self.command("-q", "verify", "--key", "key:witnessed", "--format", "raw", "--signature", "m1.sig", "m1")
        elif kind in self.changes:
            done = self.command("key", kind, "switched", allowed=(0, 4))
            self.changes[kind] += done.status == 0
        else:
            listed = json.loads(self.command("--json", "key", "list").out)["keys"]
            (rotating,) = [key for key in listed if key["key"] == "rotating"]
            active = sum(version["state"] == "active" for version in rotating["versions"])
            if active != 1:
                raise Broken(f"a key with {active} active versions")

    def released(self, output, done):
        path = self.ring.folder / output
        if path.exists() != (done.status == 0):
            raise Broken(f"{done}: a signature that was not acknowledged, or none that was")
        path.unlink(missing_ok=True)


def run(chop, scratch, operations, seed):
    started = time.monotonic()
    shutil.rmtree(scratch, ignore_errors=True)
    ring = Ring(chop, scratch / "ring").fresh()
    (ring.folder / "m1").write_text("<Document>1</Document>\n")
    quota = int(PROCESSES * operations * 0.3 * SHARE_OF_QUOTA)
    ring.ok("init", "--new-unlock-file", "unlock", "--witness", "witness")
    ring.ok("key", "new", "quota", "--algorithm", "ML-DSA-44", "--max-uses", quota)
    for name in ("rotating", "witnessed", "switched"):
        ring.ok("key", "new", name, "--algorithm", "Ed25519")
    ring.ok("sign", "--format", "raw", "--key", "key:witnessed", "-o", "m1.sig", "m1")
    members = [Member(ring, number, operations, seed) for number in range(PROCESSES)]
    threads = [threading.Thread(target=member.run) for member in members]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    failures = [f"process {member.number}: {member.failure}" for member in members if member.failure]
    total = {name: sum(getattr(member, name) for member in members)
             for name in ("signed", "of_quota", "refused", "done")}
    rotated = sorted(version for member in members for version in member.rotated)
    longest = max(member.longest for member in members)
    try:
        if not failures:
            added_up(ring, members, total, rotated, quota)
            ring.sound()
        if longest > LONGEST_WAIT:
            failures.append(f"a command took {longest:.1f} s")
    except (Broken, Unsound) as error:
        failures.append(str(error))
    for failure in failures:
        print(f"torture: FAILED: {failure}")
    print(f"torture: crowd: {PROCESSES} processes, {total['done']} commands in {time.monotonic() - started:.0f} s: "
          f"{total['of_quota']} of {quota} signatures under the quota, {total['signed']} more, "
          f"{len(rotated)} rotations won and {total['refused']} lost, "
          f"the longest command {longest:.2f} s; {len(failures)} failures")
    return not failures


def added_up(ring, members, total, rotated, quota):
    """That the file says what the processes were told; that the record does was checked when it was read."""
    state = ring.read()
    def uses(name):
        return sum(version.uses for version in state.keys[name].versions)

    if uses("quota") != total["of_quota"] or uses("quota") > quota:
        raise Broken(f"{uses('quota')} uses of {quota}, {total['of_quota']} acknowledged")
    if uses("rotating") != total["signed"]:
        raise Broken(f"{uses('rotating')} uses, {total['signed']} acknowledged")
    # Each version has one maker, and each maker was told of another one.
    if rotated != list(range(2, len(state.keys["rotating"].versions) + 1)):
        raise Broken(f"{len(state.keys['rotating'].versions)} versions, and acknowledged were {rotated}")
    for change in ("suspend", "resume"):
        entered = sum(entry["do"] == change for entry in state.entries)
        told = sum(member.changes[change] for member in members)
        if entered != told:
            raise Broken(f"{entered} entries of {change}, {told} acknowledged")


def revoke(chop, scratch, trials, seed):
    """Stops a version in one process: no signature of it leaves another one, not even one that had it open."""
    started = time.monotonic()
    shutil.rmtree(scratch, ignore_errors=True)
    ring = Ring(chop, scratch / "ring").fresh()
    (ring.folder / "m1").write_text("<Document>1</Document>\n")
    ring.ok("init", "--new-unlock-file", "unlock")
    ring.ok("key", "new", "k", "--algorithm", "ML-DSA-44")
    failures, open_before = [], 0
    draw = random.Random(seed)
    version = 1
    for trial in range(trials):
        try:
            how = draw.choice(["suspend", "suspend", "compromise"])
            holder = waiting(ring) if trial % 2 else None
            arguments = ["key", "suspend", "k"]
            if how == "compromise":
                arguments = ["key", "compromise", "k", "--since", "2026-01-01", "--reason", "torture"]
            ring.ok(*arguments)
            if holder:
                open_before += 1
                out, err = holder.communicate(b"<Document>2</Document>\n")
                if holder.returncode != 4 or out:
                    raise Broken(f"signed after {how} by one that had the key open: exit {holder.returncode}: {err}")
            else:
                done = ring.run("sign", "--key", "key:k", "--format", "raw", "m1")
                if done.status != 4 or done.out:
                    raise Broken(f"signed after {how}: {done}")
            if how == "suspend":
                ring.ok("key", "resume", "k")
            else:
                ring.ok("key", "rotate", "k", "--algorithm", "ML-DSA-44")
                version += 1
        except (Broken, OSError) as error:
            failures.append(f"trial {trial}: {error}")
            break
    state = ring.read()
    if any(one.uses for one in state.keys["k"].versions) or len(state.keys["k"].versions) != version:
        failures.append(f"uses or versions that nobody was told of: {state.keys['k']}")
    for failure in failures:
        print(f"torture: FAILED: {failure}")
    print(f"torture: revoke: {trials} trials in {time.monotonic() - started:.0f} s, "
          f"{open_before} against a process that had the key open, "
          f"{version - 1} by a compromise; {len(failures)} failures")
    return not failures


def waiting(ring):
    """A process that has opened its key and waits for the message, as the kernel says."""
    process = ring.start("sign", "--key", "key:k", "--format", "raw", "-", stdin=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise Broken(f"sign ended too early: exit {process.returncode}: {process.stderr.read()}")
        if reads_its_input(process.pid):
            return process
        time.sleep(0.001)
    process.kill()
    raise Broken("sign does not read its input")


def reads_its_input(pid):
    """Whether a thread of the process reads from what was its standard input when it began."""
    for task in Path(f"/proc/{pid}/task").glob("*/syscall"):
        try:
            words = task.read_text().split()
        except OSError:
            continue
        # Call 0 is read on x86-64, 63 on AArch64. The descriptor is a copy.
        if len(words) > 1 and words[0] in ("0", "63"):
            descriptors = Path(f"/proc/{pid}/fd")
            try:
                return os.readlink(descriptors / str(int(words[1], 16))) == os.readlink(descriptors / "0")
            except OSError:
                continue
    return False
