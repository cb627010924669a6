"""Reads a keyring's file without the command: SQLite by way of Python, and every rule once more.

The file and its log are copied and the copy is opened, so that looking does not change what is looked at. What
cannot be judged without the root key, the tags and the sealed keys, is left to `chop check`.
"""

import hashlib
import json
import shutil
import sqlite3
import tempfile
from pathlib import Path

# Behind the JSON of a record stands its tag.
TAG = 32
AUDIT_KEY = b"\0audit"


class Unsound(Exception):
    """The file contradicts itself."""


def need(condition, what):
    if not condition:
        raise Unsound(what)


class Version:
    """What matters of one version."""

    def __init__(self, state, uses=0, fingerprint=None, exported=False, compromised=False):
        self.state = state
        self.uses = uses
        self.fingerprint = fingerprint
        self.exported = exported
        self.compromised = compromised

    def __eq__(self, other):
        return vars(self) == vars(other)

    def __repr__(self):
        flags = "".join([" exported" * self.exported, " not trusted" * self.compromised])
        return f"{self.state} {self.uses} uses{flags} {(self.fingerprint or '-')[:8]}"

    def copy(self):
        return Version(**vars(self))


class Key:
    """A key and its versions; version 1 stands first."""

    def __init__(self, current, versions):
        self.current = current
        self.versions = versions

    def __eq__(self, other):
        return vars(self) == vars(other)

    def __repr__(self):
        return f"current {self.current} of {self.versions}"

    def copy(self):
        return Key(self.current, [version.copy() for version in self.versions])


class State:
    """Everything that a custodian can see of a keyring, and how it has come to it."""

    def __init__(self):
        self.keys = {}
        self.unlockers = set()
        self.entries = []
        self.sealed = {}
        self.wrapped = {}
        self.epoch = 0
        self.keyring = None

    def copy(self):
        other = State()
        other.keys = {name: key.copy() for name, key in self.keys.items()}
        other.unlockers = set(self.unlockers)
        other.entries = list(self.entries)
        return other

    def same(self, other):
        return self.keys == other.keys and self.unlockers == other.unlockers

    def difference(self, other):
        parts = [f"{name}: {self.keys.get(name)} and {other.keys.get(name)}"
                 for name in sorted({*self.keys, *other.keys}) if self.keys.get(name) != other.keys.get(name)]
        if self.unlockers != other.unlockers:
            parts.append(f"unlockers {sorted(self.unlockers)} and {sorted(other.unlockers)}")
        return "; ".join(parts)

    def version(self, entry):
        return self.keys[entry["key"]].versions[entry["version"] - 1]

    def follow(self, entry):
        """Does what an entry of the record says, by the rules of SP 800-57 as the documentation has them."""
        do = entry["do"]
        if do in ("key-new", "key-import", "peer-import", "rotate"):
            need(do not in ("key-new", "rotate") or (do == "rotate") == (entry["key"] in self.keys),
                 f"a name was given twice, or never: {entry}")
            key = self.keys.setdefault(entry["key"], Key(1, []))
            need(entry["version"] == len(key.versions) + 1, f"a version was passed over: {entry}")
            need(entry["state"] in ("active", "pre-active"), f"a version that begins as no version does: {entry}")
            key.versions.append(Version(entry["state"], fingerprint=entry["fingerprint"]))
            if entry["state"] == "active":
                key.current = entry["version"]
        elif do == "restore-version":
            # What was lost with a keyring keeps its number, and is destroyed.
            key = self.keys.setdefault(entry["key"], Key(1, []))
            if entry["version"] == len(key.versions) + 1:
                key.versions.append(Version("destroyed", fingerprint=entry["fingerprint"]))
            known = self.version(entry)
            known.state = entry["state"]
            known.uses = entry.get("count", known.uses)
            known.compromised |= "since" in entry
            known.exported |= entry.get("detail", "").startswith("key-export ")
            if known.state == "active":
                key.current = max(key.current, entry["version"])
        elif do in ("activate", "suspend", "resume", "deactivate", "compromise", "destroy"):
            known = self.version(entry)
            before, after = CHANGES[do]
            need(known.state in before, f"{do} of what is {known.state}: {entry}")
            known.compromised |= do == "compromise"
            known.state = known.state if known.state == "destroyed" else after
        elif do in ("sign", "open"):
            known = self.version(entry)
            known.uses += 1
            need(entry["count"] == known.uses, f"a use was not counted or counted twice: {entry}")
        elif do == "key-export":
            self.version(entry).exported = True
        elif do in ("unlocker-add", "unlocker-remove"):
            number = int(entry["detail"].split()[1])
            need((number in self.unlockers) == (do == "unlocker-remove"), f"an unlocker of no such state: {entry}")
            self.unlockers ^= {number}
        elif do not in ("init", "seen", "checkpoint", "backup", "restore", "restore-confirm", "witness", "clock"):
            need(False, f"an entry that nobody has asked for: {entry}")
        self.entries.append(entry)


CHANGES = {
    "activate": (("pre-active",), "active"),
    "suspend": (("active",), "suspended"),
    "resume": (("suspended",), "active"),
    "deactivate": (("active", "suspended"), "deactivated"),
    "compromise": (("pre-active", "active", "suspended", "deactivated", "compromised", "destroyed"), "compromised"),
    "destroy": (("pre-active", "deactivated", "compromised"), "destroyed"),
}


def read(file):
    """The state in a keyring's file, after every check that needs no key."""
    with tempfile.TemporaryDirectory(dir=file.parent.parent, prefix="reader-") as folder:
        for suffix in ("", "-wal"):
            source = Path(f"{file}{suffix}")
            if source.exists():
                shutil.copyfile(source, Path(folder) / f"copy{suffix}")
        connection = sqlite3.connect(Path(folder) / "copy")
        try:
            found = connection.execute("PRAGMA integrity_check").fetchall()
            need(found == [("ok",)], f"SQLite: {found[:3]}")
            return judge(connection)
        except sqlite3.Error as error:
            raise Unsound(f"SQLite: {error}") from None
        finally:
            connection.close()


def rows(connection, space):
    return connection.execute(f'SELECT key, value FROM "{space}" ORDER BY key').fetchall()


def bodies(connection, space):
    return [json.loads(value[:-TAG]) for _, value in rows(connection, space)]


def judge(connection):
    state = State()
    (head,) = bodies(connection, "head")
    state.epoch, state.keyring = head["epoch"], head["keyring"]
    state.sealed = dict(rows(connection, "secret"))
    state.wrapped = {one["number"]: bytes.fromhex(one["wrapped"]) for one in bodies(connection, "unlocker")}
    state.unlockers = set(state.wrapped)
    by_name = {}
    for version in bodies(connection, "version"):
        by_name.setdefault(version["key"], []).append(version)
    own = {AUDIT_KEY}
    for key in bodies(connection, "key"):
        stored = by_name.pop(key["name"], [])
        numbers = [version["version"] for version in stored]
        need(numbers == list(range(1, key["versions"] + 1)), f"{key['name']}: versions {numbers} of {key['versions']}")
        for version in stored:
            need(version["history"][-1]["to"] == version["state"], f"a state without its step: {version}")
            if version["state"] != "destroyed" and not key["peer"]:
                own.add(place(version))
        state.keys[key["name"]] = Key(key["current"], [
            Version(version["state"], version["uses"], version["fingerprint"], version["exported"],
                    version["compromised"] is not None) for version in stored])
    need(not by_name, f"versions without a key: {list(by_name)}")
    need(set(state.sealed) == own, f"sealed keys {sorted(set(state.sealed) ^ own)} too many or too few")
    state.entries = record(connection, head)
    replayed(state)
    return state


def place(version):
    """Where the sealed key of a version stands."""
    return version["key"].encode() + b"\0" + version["version"].to_bytes(4, "big")


def record(connection, head):
    """The entries, whose chain and tree (RFC 9162 section 2.1) are those of the head."""
    entries, frontier, before = [], [], "00" * 32
    for number, (key, line) in enumerate(rows(connection, "audit")):
        entry = json.loads(line)
        need(int.from_bytes(key, "big") == number == entry["seq"], f"entry {number} of the record is missing")
        need(entry["prev"] == before, f"entry {number} does not follow the one before")
        leaf = hashlib.sha256(b"\0" + line).digest()
        before = leaf.hex()
        size = number
        while size & 1:
            leaf = hashlib.sha256(b"\1" + frontier.pop() + leaf).digest()
            size >>= 1
        frontier.append(leaf)
        entries.append(entry)
    need(head["entries"] == len(entries) and head["prev"] == before, "the head is of another record")
    need(head["frontier"] == [one.hex() for one in frontier], "the head is of another tree")
    return entries


def replayed(state):
    """That the record alone leads to the same state: nothing was done that it does not have, or the reverse."""
    told = State()
    for entry in state.entries:
        if entry["do"] == "init":
            told.unlockers.add(1)
        told.follow(entry)
    need(told.same(state), f"the record tells another story: {told.difference(state)}")
