"""docs/interop.md: what was exchanged with which tool, from the rows themselves."""

import difflib
import json
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import sampling
from cryptography.hazmat.backends.openssl.backend import backend
from differential import KNOWN, MUTATIONS_EACH

PAGE = Path("docs/interop.md")


def versions(setup):
    def said(*command):
        return subprocess.run(list(map(str, command)), capture_output=True, text=True, check=True).stdout.strip()

    def packaged(name):
        return f"{name} {json.loads((setup.node.parents[1] / name / 'package.json').read_text())['version']}"

    return {
        "openssl4": " ".join(said(setup.openssl4, "version").split()[:2]),
        "node": f"Node.js {said(setup.node, '--version').removeprefix('v')}",
        "jose": packaged("jose"),
        "noble": packaged("@noble/post-quantum"),
        "python": f"Python cryptography {version('cryptography')}, with {' '.join(backend.openssl_version_text().split()[:2])} inside",
    }


def algorithm_of(name):
    found = re.match(r"(ML-DSA-\d+|ML-KEM-\d+|Ed25519|X25519|ECDSA-\S+|ECDH-P\d+|RSA-\d+)\b", name)
    return found[1] if found else "mixed"


def older_group(name, tool):
    """The group of a row of rows.py, and what was done, without the algorithm."""
    what = re.sub(rf"^{re.escape(algorithm_of(name))} ", "", name)
    what = what.replace("Python", "Python cryptography").replace("openssl", "the system's openssl")
    for words, group in (("JWK", "JWK"), ("encapsulated", "key encapsulation and agreement"), ("signed", "bare signatures")):
        if words in what:
            return group, f"{what}; with {tool}" if tool not in what else what
    return "keys", what if "by openssl" not in what else what


def spoken(algorithms):
    """`ML-DSA-44, -65, -87` for neighbours of one family."""
    out, families = [], {}
    for algorithm in dict.fromkeys(algorithms):
        family = re.match(r"SLH-DSA-SHA2|SLH-DSA-SHAKE|ML-DSA|MLDSA\d+|MLKEM\d+|ML-KEM|ECDSA|ECDH|RSA|.*", algorithm)[0]
        families.setdefault(family, []).append(algorithm.removeprefix(family).removeprefix("-"))
    for family, members in families.items():
        out.append(family if members == [""] else f"{family}-{', -'.join(members)}")
    return "; ".join(out)


def lines(rows):
    """The rows of one group, those that do the same with other algorithms together."""
    merged = {}
    for row in rows:
        merged.setdefault(row.tool, []).append(row)
    for what, alike in merged.items():
        total = sum(row.cases * row.each for row in alike)
        yield f"| {what} | {spoken(row.algorithm for row in alike)} | {total} |"


def page(by_tool, versions):
    rows = [row for found in by_tool.values() for row in found]
    groups = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    total = sum(row.cases * row.each for row in rows)
    drawn = sum(sampling.size(row) * row.each for row in rows)
    text = [
        "# What was tried with whose software",
        "",
        "Written by `scripts/interop --write-docs` from its rows. `scripts/interop` fails if one of them fails, or if this",
        "page is not what it would write. Everything is drawn anew in every run, from a seed that is printed.",
        "",
        "The software on the other side:",
        "",
        f"- {versions['openssl4']}: the command `openssl`, built from its source",
        f"- {versions['python']}",
        "- the system's command `openssl`, of the series 3, for what the wheel and the build above have no door to",
        f"- {versions['jose']} and {versions['noble']} under {versions['node']}",
        "- composites and X-Wing from their drafts, put together in Python for these rows (`hybrids.py`), and held against",
        "  the published vectors of the drafts",
        "",
        f"{total} exchanges in all, each of which `scripts/interop --full` makes, and `--write-docs` too. Without, a run draws {drawn}",
        "of them by its seed: all of some rows, a part of those that repeat one exchange with other keys and messages, and",
        "something of every row. In CMS every message is exchanged once as it is and once with a bit of its content or",
        "of its signature changed, which both sides must refuse; the other rows spoil theirs too where there is something",
        "to spoil.",
    ]
    for group, members in groups.items():
        text += ["", f"## {group[0].upper()}{group[1:]}", "", "| what | algorithms | exchanges |", "|---|---|---:|", *lines(members)]
    text += [
        "",
        "## Where verdicts differ",
        "",
        f"Mutated CMS messages ({sum(row.cases for row in by_tool['mutations']) * MUTATIONS_EACH} of a fixed seed) are shown to both. A difference outside this",
        "table fails the run; `scripts/interop --row mutated` prints how often each was met.",
        "",
        "| class | accepted by | why the other refuses |",
        "|---|---|---|",
        *(f"| {known.name} | {known.accepted_by} | {known.reason} |" for known in KNOWN),
    ]
    return "\n".join(text) + "\n"


def check(text, write):
    """Writes the page, or compares it: whether it is stale."""
    old = PAGE.read_text() if PAGE.exists() else ""
    if write:
        PAGE.write_text(text)
        print(f"interop: {PAGE} {'as it was' if old == text else 'written'}")
        return False
    if old == text:
        return False
    sys.stdout.writelines(difflib.unified_diff(old.splitlines(True), text.splitlines(True), str(PAGE), "as this run would write it"))
    print(f"interop: FAILED: {PAGE} is stale: scripts/interop --write-docs")
    return True
