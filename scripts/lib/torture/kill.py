"""Kills the command at random moments, and asks an independent reader what is there."""

import hashlib
import json
import random
import shutil
import sqlite3
import time
from concurrent.futures import ProcessPoolExecutor

import operations
from operations import MESSAGES, SEED, found_in, forms_of
from reader import AUDIT_KEY, Unsound, place
from ring import SECONDS, Broken, Done, Ring

# A keyring retires after so many kills and is looked through as a whole.
KILLS_OF_ONE = 150

# After so many kills the command checks every record, not only what it needs to open.
ROUND = 15

# How many commands are to end before they are killed, and how fast delays follow that.
COMPLETE = 0.35
STEP = 0.2

ALGORITHMS = ["Ed25519", "ML-DSA-44", "ECDSA-P256-SHA256", "X-Wing"]


class Counts:
    """What a worker has seen."""

    def __init__(self):
        self.kills = self.in_the_middle = self.unfinished = 0
        self.commits = self.of_killed = self.keyrings = self.birth_kills = 0
        self.by_operation = {}
        self.failures = []

    def add(self, other):
        for name in ("kills", "in_the_middle", "unfinished", "commits", "of_killed", "keyrings", "birth_kills"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        for name, count in other.by_operation.items():
            self.by_operation[name] = self.by_operation.get(name, 0) + count
        self.failures += other.failures


class Delays:
    """The longest delay before a kill, for each command: from its start, and from its first write.

    The first time a command is let go to its end. From then on the delay follows how fast the machine is at the
    moment, so that a third of the commands end before they are killed and the other kills fall anywhere between.
    """

    def __init__(self):
        self.longest = {}

    def draw(self, draw, name, late):
        return draw.uniform(0, self.longest[name, late]) if (name, late) in self.longest else SECONDS

    def learn(self, name, late, killed, seconds):
        if (name, late) in self.longest:
            self.longest[name, late] *= 1 + STEP * COMPLETE if killed else 1 - STEP * (1 - COMPLETE)
        else:
            self.longest[name, late] = seconds / (1 - COMPLETE)


def shoot(ring, operation, delays, draw):
    """Runs a command and kills it: most often some time after its first write, else at any time.

    What it has said, and whether it has written.
    """
    late = draw.random() < 0.8
    mark = written(ring.log)
    started = time.monotonic()
    process = ring.start(*operation.arguments)
    if late:
        while process.poll() is None and written(ring.log) in (None, mark):
            time.sleep(0.0002)
    since = time.monotonic()
    deadline = since + delays.draw(draw, operation.name, late)
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.0002)
    if process.poll() is None:
        process.kill()
    out, err = process.communicate()
    delays.learn(operation.name, late, process.returncode == -9, time.monotonic() - since)
    done = Done(operation.arguments, process.returncode, out, err, time.monotonic() - started)
    return done, written(ring.log) not in (None, mark)


def written(log):
    """The log as it is now, if there is anything in it."""
    try:
        found = log.stat()
    except FileNotFoundError:
        return None
    return (found.st_size, found.st_mtime_ns) if found.st_size else None


def choose(state, draw, serial):
    """A command that is likely to succeed in this state."""
    def of(states, current=None, signs=None):
        return [(name, number + 1) for name, key in state.keys.items() for number, version in enumerate(key.versions)
                if version.state in states and (current is None or (key.current == number + 1) == current)
                and (signs is None or name.startswith("sign") == signs)]

    name = f"{draw.choice(['a', 'm', 'sign', 'z/sub'])}-{serial}"
    kinds = {
        "new": 12, "sign": 30, "rotate": 9, "suspend": 6, "resume": 5, "activate": 4, "deactivate": 4,
        "compromise": 4, "destroy": 8, "import": 5, "add": 5, "remove": 4, "checkpoint": 4, "backup": 4, "export": 2,
    }
    while True:
        kind = draw.choices(list(kinds), list(kinds.values()))[0]
        some = {
            "sign": of(["active"], True, True), "rotate": of(["active", "suspended"], True),
            "suspend": of(["active"]), "resume": of(["suspended"]), "activate": of(["pre-active"]),
            "deactivate": of(["active", "suspended"]), "compromise": of(["active", "deactivated", "destroyed"]),
            "destroy": of(["pre-active", "deactivated", "compromised"]), "export": of(["active"], True),
        }.get(kind, [(None, None)])
        if not some or kind == "new" and len(state.keys) > 40:
            continue
        key, number = draw.choice(some)
        if kind in ("suspend", "resume", "activate", "deactivate"):
            return operations.change(kind, key, "--version", number)
        if kind == "compromise" and state.keys[key].versions[number - 1].compromised:
            continue
        if kind == "remove":
            others = sorted(state.unlockers - {1})
            if not others:
                continue
            return operations.unlocker_remove(draw.choice(others))
        if kind == "add" and len(state.unlockers) >= 16:
            continue
        options = draw.choice([[], [], ["--pre-active"], ["--max-uses", draw.choice([3, 100, 100000])]])
        algorithm = "ML-DSA-44" if (key or name).startswith("sign") else draw.choice(ALGORITHMS[:3])
        if kind == "new":
            return operations.new(name, algorithm if name.startswith("sign") else draw.choice(ALGORITHMS), *options)
        if kind == "rotate":
            receives = state.keys[key].versions[0].fingerprint in state.receiving
            return operations.rotate(key, "X-Wing" if receives else algorithm)
        if kind == "sign":
            return operations.sign(key, draw.sample(MESSAGES, draw.randint(1, len(MESSAGES))))
        return {
            "destroy": lambda: operations.destroy(key, number),
            "compromise": lambda: operations.compromise(key, number),
            "import": lambda: operations.import_(f"imported-{serial}", "../planted.key", *options),
            "add": lambda: operations.unlocker_add(f"unlock-{serial}"),
            "checkpoint": lambda: operations.checkpoint(f"checkpoint-{serial}"),
            "backup": lambda: operations.backup(f"backup-{serial}"),
            "export": lambda: operations.export_private(key, f"exported-{serial}"),
        }[kind]()


def born(ring, draw, counts, delays):
    """A keyring: `init` is killed too, a few times, and must have left one that opens or none."""
    for attempt in range(4):
        ring.fresh()
        for message in MESSAGES:
            (ring.folder / message).write_text(f"<Document>{message}</Document>\n")
        arguments = ["init", "--new-unlock-file", "unlock"]
        if draw.random() < 0.5:
            arguments += ["--witness", "witness"]
        if attempt == 3:
            ring.ok(*arguments)
            return
        process = ring.start(*arguments)
        since = time.monotonic()
        deadline = since + delays.draw(draw, "init", False)
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.0005)
        process.kill()
        process.communicate()
        delays.learn("init", False, process.returncode == -9, time.monotonic() - since)
        if process.returncode == 0:
            return
        counts.birth_kills += 1
        if ring.file.exists():
            ring.sound()


def work(chop, folder, kills, seed):
    """So many kills, on as many keyrings as it takes."""
    draw, counts, delays = random.Random(seed), Counts(), Delays()
    serial = 0
    while counts.kills < kills and not counts.failures:
        ring = Ring(chop, folder / "ring")
        done = None
        try:
            born(ring, draw, counts, delays)
            counts.keyrings += 1
            ring.ok("key", "new", "sign-first", "--algorithm", "ML-DSA-44", "--max-uses", 100000)
            before = observed(ring)
            of_this = 0
            while of_this < KILLS_OF_ONE and counts.kills < kills:
                serial += 1
                # A key pair is in a keyring once: the first one that is imported is looked for.
                planted = any(name.startswith("imported-") for name in before.keys)
                operations.plant(folder / "planted.key", hashlib.sha256(b"%d" % serial).digest() if planted else SEED)
                operation = choose(before, draw, serial)
                done, left = shoot(ring, operation, delays, draw)
                if not done.killed:
                    done.well_behaved(operation.times)
                    # Nothing that was killed before may stand in the way; a quota may be used up.
                    if done.status not in (0, 4):
                        raise Broken(str(done))
                after = ring.read()
                changes, acknowledged = operation.judge(before, after, done, ring.folder)
                counts.commits += acknowledged
                if done.killed:
                    of_this += 1
                    counts.kills += 1
                    counts.of_killed += acknowledged
                    counts.in_the_middle += bool(left or changes)
                    counts.unfinished += changes < operation.times
                    counts.by_operation[operation.name] = counts.by_operation.get(operation.name, 0) + 1
                for name in operation.outputs:
                    (ring.folder / name).unlink(missing_ok=True)
                before = observed(ring, after)
                # Most often somebody recovers the file in between; else the next one is killed while it does.
                if done.killed and draw.random() < 0.7:
                    ring.at_once("-q", "key", "list")
                if serial % ROUND == 0:
                    ring.sound()
                    compared(ring, before)
                    hits = found_in(ring.folder, forms_of(SEED))
                    if hits:
                        raise Broken(f"a private key stands in {hits}")
            ring.sound()
            compared(ring, before)
        except (Broken, Unsound, OSError) as error:
            counts.failures.append(f"seed {seed}, command {serial}: {error}\n  after {done}\n  kept in {ring.folder}")
    return counts


def observed(ring, state=None):
    """A state, and which of its keys receive."""
    state = state or ring.read()
    state.receiving = {entry["fingerprint"] for entry in state.entries if entry.get("algorithm") == "X-Wing"}
    return state


def compared(ring, state):
    """That the command, which recovers the file, sees what the reader has seen."""
    listed = json.loads(ring.ok("--json", "key", "list").out)["keys"]
    told = {key["key"]: [(v["state"], v["uses"], v["fingerprint"]) for v in key["versions"]] for key in listed}
    seen = {name: [(v.state, v.uses, v.fingerprint) for v in key.versions] for name, key in state.keys.items()}
    if told != seen:
        raise Broken("the command and the reader see different keys")


def control(chop, scratch):
    """That reader and judge would notice: everything that must not happen is done to a file by hand."""
    ring = Ring(chop, scratch / "control" / "ring").fresh()
    (ring.folder / "m1").write_text("<Document>1</Document>\n")
    ring.ok("init", "--new-unlock-file", "unlock")
    ring.ok("key", "new", "used", "--algorithm", "ML-DSA-44")
    ring.ok("sign", "--key", "key:used", "--format", "raw", "-o", "signature", "m1")
    ring.ok("key", "new", "dead", "--algorithm", "Ed25519", "--pre-active")
    before, older = ring.read(), ring.file.read_bytes()
    operation = operations.destroy("dead", 1)
    done = ring.ok(*operation.arguments)
    operation.judge(before, ring.read(), done, ring.folder)
    sound = ring.file.read_bytes()
    missed = []
    for name, harm in HARM.items():
        ring.file.write_bytes(sound)
        harm(ring.file, before, older)
        try:
            operation.judge(before, ring.read(), done, ring.folder)
            missed.append(name)
        except (Broken, Unsound):
            pass
    print(f"torture: control: {len(HARM) - len(missed)} of {len(HARM)} ways to harm a keyring are noticed")
    return missed


def replaced(space, old, new):
    """Changes the records of a table, as a lost or a half write would have left them."""
    def harm(file, _before, _older):
        with sqlite3.connect(file) as connection:
            for key, value in connection.execute(f'SELECT key, value FROM "{space}"').fetchall():
                connection.execute(f'UPDATE "{space}" SET value = ? WHERE key = ?', (value.replace(old, new), key))
        connection.close()
    return harm


def executed(statement, values=lambda before: ()):
    def harm(file, before, _older):
        with sqlite3.connect(file) as connection:
            connection.execute(statement, values(before))
        connection.close()
    return harm


DEAD = place({"key": "dead", "version": 1})

HARM = {
    "an acknowledged change is lost": lambda file, _before, older: file.write_bytes(older),
    "a use is not counted": replaced("version", b'"uses":1', b'"uses":0'),
    "a destroyed version is active": replaced("version", b'"state":"destroyed"', b'"state":"active"'),
    "a sealed key is back": executed('INSERT INTO "secret" VALUES (?, ?)', lambda before: (DEAD, before.sealed[DEAD])),
    "a sealed key is missing": executed('DELETE FROM "secret" WHERE key != ?', lambda _: (AUDIT_KEY,)),
    "an entry is another": replaced("audit", b'"do":"sign"', b'"do":"open"'),
    "the last entry is missing": executed('DELETE FROM "audit" WHERE key = (SELECT max(key) FROM "audit")'),
}


def run(chop, scratch, kills, seed, workers):
    shutil.rmtree(scratch, ignore_errors=True)
    missed = control(chop, scratch)
    started = time.monotonic()
    total = Counts()
    shares = [kills // workers + (number < kills % workers) for number in range(workers)]
    with ProcessPoolExecutor(workers) as pool:
        running = []
        for number, share in enumerate(shares):
            folder = scratch / f"worker-{number}"
            folder.mkdir(parents=True)
            running.append(pool.submit(work, chop, folder, share, seed * 1000 + number))
        for one in running:
            total.add(one.result())
    for name, count in sorted(total.by_operation.items()):
        print(f"torture: {count:6} kills of {name}")
    print(f"torture: kill: seed {seed}, {total.kills} kills of {total.keyrings} keyrings in "
          f"{time.monotonic() - started:.0f} s, {total.in_the_middle} after the first write, "
          f"{total.unfinished} before the change was whole, "
          f"and {total.birth_kills} of init; {total.commits} acknowledged commits, {total.of_killed} of them by a "
          f"command that was then killed; {len(total.failures)} failures")
    for failure in total.failures:
        print(f"torture: FAILED: {failure}")
    for name in missed:
        print(f"torture: FAILED: control: it is not noticed that {name}")
    enough = total.kills >= kills and 2 * total.in_the_middle >= total.kills and 2 * total.commits >= total.kills
    if not enough:
        print("torture: kill: too few kills, too few after the first write, or too few commits")
    if not total.failures:
        print(f"torture: kill: 0 acknowledged changes lost, 0 destroyed keys revived, 0 keyrings that do not open")
    return not total.failures and enough and not missed
