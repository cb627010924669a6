#!/usr/bin/env python3
"""Holds lock files against a snapshot of the advisory database.

  advisories.py DATABASE LOCKFILE...

Every vulnerability and every warning (unmaintained, unsound, yanked) fails, unless deny.toml lists
it with a date and a reason; so does an exception that nothing needs any more.
"""

import datetime
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

# Below this something is wrong with the snapshot, not right with the world.
FEWEST_ADVISORIES = 1000

DATED_REASON = re.compile(r"(\d{4}-\d{2}-\d{2}): .{20,}")


def exceptions():
    """The identifiers that deny.toml lists, after a look at their reasons."""
    listed = tomllib.loads(Path("deny.toml").read_text())["advisories"]["ignore"]
    for entry in listed:
        if not DATED_REASON.fullmatch(entry["reason"]):
            sys.exit(f"advisories: deny.toml: {entry['id']}: want a reason of the form `YYYY-MM-DD: why`")
    return {entry["id"]: entry["reason"] for entry in listed}


def age(database):
    """The newest date in the snapshot and how many days ago that was."""
    dates = []
    for advisory in Path(database, "crates").glob("*/*.md"):
        found = re.search(r'^date = "(\d{4}-\d{2}-\d{2})"', advisory.read_text(), re.MULTILINE)
        if found:
            dates.append(found.group(1))
    if not dates:
        sys.exit(f"advisories: no dated advisory in {database}")
    newest = datetime.date.fromisoformat(max(dates))
    return newest, (datetime.date.today() - newest).days


def findings(database, lockfile):
    """What cargo-audit says: each finding with its identifier, or none for a yanked crate."""
    # Its exit code says less than its report; a report that is none stops us below.
    report = subprocess.run(
        ["cargo", "audit", "--no-fetch", "--db", database, "--file", lockfile, "--json"],
        stdout=subprocess.PIPE,
        check=False,
    ).stdout
    report = json.loads(report)
    if report["database"]["advisory-count"] < FEWEST_ADVISORIES:
        sys.exit(f"advisories: {database} holds {report['database']['advisory-count']} advisories: not a snapshot")
    listed = [("vulnerability", entry) for entry in report["vulnerabilities"]["list"]]
    listed += [(kind, entry) for kind, entries in report["warnings"].items() for entry in entries]
    for kind, entry in listed:
        package = f"{entry['package']['name']} {entry['package']['version']}"
        advisory = entry["advisory"] or {"id": None, "title": "the version was withdrawn"}
        yield advisory["id"], f"{kind}: {package}: {advisory['id'] or ''} {advisory['title']}"
    print(f"advisories: {lockfile}: {report['lockfile']['dependency-count']} crates, {len(listed)} findings")


def main():
    database, lockfiles = sys.argv[1], sys.argv[2:]
    allowed = exceptions()
    newest, days = age(database)
    print(f"advisories: the snapshot's newest entry is of {newest}, {days} days ago")
    unused, refused = set(allowed), 0
    for lockfile in lockfiles:
        for identifier, text in findings(database, lockfile):
            if identifier in allowed:
                unused.discard(identifier)
                print(f"advisories: {lockfile}: excepted: {text} ({allowed[identifier]})")
            else:
                refused += 1
                print(f"advisories: {lockfile}: {text}", file=sys.stderr)
    for identifier in sorted(unused):
        print(f"advisories: deny.toml excepts {identifier}, which nothing needs", file=sys.stderr)
    return 1 if refused or unused else 0


if __name__ == "__main__":
    sys.exit(main())
