"""The rows of scripts/interop, which builds the command and calls this.

A row is one exchange in one direction. Each of its cases draws everything from a generator that is
seeded with the run's seed, the row's name and the case's number, so that a failure can be run again
alone. Keys that the command makes cannot be drawn so: a failed case keeps its files.
"""

import argparse
import os
import random
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock

import cryptography
import documentation
import hybrid_rows
import jose_rows
import sampling
from case import Case, Row, Setup
from cms_rows import openssl4_rows
from cryptography.hazmat.backends.openssl.backend import backend
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding
from differential import Disagreements, differential_rows
from holders import SIGNATURES, SLOW, Holders
from hybrid_rows import HybridKeys
from peers import ECDH, RSA, WRITTEN, Key, pkcs8, python_key, spki
from rows import openssl_rows, python_rows

# Pinned by hand, as (rows, cases): what disappears must be noticed.
EXPECTED = {
    "Python": (76, 15200),
    "the system's openssl": (8, 1600),
    "OpenSSL 4": (174, 2420),
    "mutations": (1, 40),
    "jose": (31, 420),
    "hybrids": (134, 1570),
}


def pool_size(algorithm):
    return 8 if algorithm in RSA else 16


def all_rows(setup):
    """The rows by the tool that they need."""
    return {
        "Python": [in_group(row, "Python cryptography") for row in python_rows()],
        "the system's openssl": [in_group(row, "the system's command openssl (3)") for row in openssl_rows()],
        "OpenSSL 4": list(openssl4_rows()),
        "mutations": list(differential_rows()),
        "jose": list(jose_rows.rows()),
        "hybrids": list(hybrid_rows.rows()),
    }


def in_group(row, tool):
    name, function, arguments = row
    group, what = documentation.older_group(name, tool)
    return Row(name, function, arguments, group, what, documentation.algorithm_of(name))


def make_pool(setup, algorithm):
    """Keys for the rows that are about something else: half made by the command, half by Python."""
    keys = []
    for number in range(pool_size(algorithm)):
        case = Case(setup, f"pool {algorithm}", number)
        if number % 2:
            private = python_key(algorithm, case.random)
            private_file = case.file("key.pem", pkcs8(private, Encoding.PEM))
            public_file = case.file("pub.pem", spki(private.public_key(), Encoding.PEM))
        else:
            private_file, public_file = case.file("key.pem"), case.file("pub.pem")
            case.chop("keygen", algorithm, "-o", private_file, "--pub", public_file)
            private = serialization.load_pem_private_key(private_file.read_bytes(), None)
        keys.append(Key(algorithm, private, private_file, public_file))
    return keys


def numbers(row, seed, full, only):
    """The numbers of the cases that are run."""
    if only is not None:
        return [only]
    return range(row.cases) if full else sampling.drawn(row, seed)


class Left:
    """The cases of a row that are not done yet, and how long the others took, each by itself."""

    def __init__(self, cases):
        self.cases = len(cases)
        self.seconds = 0.0


class Tally:
    """Counts what passed; shows the first failure of each row and keeps its files."""

    def __init__(self, setup):
        self.setup = setup
        self.passed, self.failed = {}, {}
        self.lock = Lock()

    def run(self, row, left, number):
        started = time.monotonic()
        self.one(row, number)
        with self.lock:
            left.cases -= 1
            left.seconds += time.monotonic() - started
            if not left.cases:
                passed, failed = self.passed.get(row.name, 0), self.failed.get(row.name, 0)
                print(f"interop: {row.name}: {passed} passed, {failed} failed, {left.seconds:.1f} s", flush=True)

    def one(self, row, number):
        case = Case(self.setup, row.name, number)
        try:
            row.function(case, *row.arguments)
        except Exception as problem:  # Whatever goes wrong is a finding about one side or the other.
            with self.lock:
                self.failed[row.name] = self.failed.get(row.name, 0) + 1
                if self.failed[row.name] == 1:
                    self.show(case, row.name, problem)
                    return
        else:
            with self.lock:
                self.passed[row.name] = self.passed.get(row.name, 0) + 1
        shutil.rmtree(case.folder)

    def show(self, case, row, problem):
        kept = self.setup.scratch / "failed" / case.folder.name
        kept.parent.mkdir(exist_ok=True)
        shutil.rmtree(kept, ignore_errors=True)
        case.folder.rename(kept)
        print(f"interop: FAILED: {row}, case {case.number}: {type(problem).__name__}: {problem}")
        for line in case.log:
            print(f"    {line.replace(str(case.folder), str(kept))}")
        print(f"    files: {kept}")
        print(f"    again: scripts/interop --seed {self.setup.seed} --row '{row}' --case {case.number}", flush=True)


def main():
    parser = argparse.ArgumentParser(prog="scripts/interop")
    parser.add_argument("--chop", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--scratch", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--openssl4", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--node", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, help="of the randomness; drawn and printed without it")
    parser.add_argument("--row", help="only rows whose name contains this")
    parser.add_argument("--case", type=int, help="only this case of each row")
    parser.add_argument("--full", action="store_true", help="every case of every row, not a sample; so do --row and --write-docs")
    parser.add_argument("--write-docs", action="store_true", help="write docs/interop.md instead of checking it")
    options = parser.parse_args()

    openssl = shutil.which("openssl")
    setup = Setup(
        chop=options.chop.resolve(),
        openssl=openssl,
        openssl4=options.openssl4.resolve(),
        node=options.node.absolute(),
        scratch=options.scratch.resolve(),
        seed=options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32),
    )
    setup.holders, setup.hybrids, setup.disagreements = Holders(setup), HybridKeys(setup), Disagreements()
    shutil.rmtree(setup.scratch / "work", ignore_errors=True)
    versions = documentation.versions(setup)
    print(f"interop: seed {setup.seed}; Python cryptography {cryptography.__version__} with "
          f"{backend.openssl_version_text()}; command openssl: "
          f"{subprocess.check_output([openssl, 'version'], text=True).strip() if openssl else 'none'}; "
          f"{versions['openssl4']}; {versions['node']} with {versions['jose']} and {versions['noble']}", flush=True)
    by_tool = all_rows(setup)
    rows = [
        row for tool, found in by_tool.items() for row in found
        if (tool != "the system's openssl" or openssl) and (options.row is None or options.row in row.name)
    ]
    full = options.full or options.write_docs or options.row is not None
    started = time.monotonic()
    # The cases wait for processes most of the time.
    with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as workers:
        pooled = [*WRITTEN, *ECDH]
        setup.keys = dict(zip(pooled, workers.map(lambda algorithm: make_pool(setup, algorithm), pooled)))
        if options.row is None:
            # Otherwise every worker would wait for the first one to make the keys of its row.
            list(workers.map(setup.holders.of, SLOW + [name for name in SIGNATURES if name not in SLOW]))
        print(f"interop: keys in {time.monotonic() - started:.0f} s", flush=True)
        tally = Tally(setup)
        chosen = [(row, numbers(row, setup.seed, full, options.case)) for row in rows]
        # What takes longest goes first, so that at the end no processor waits for it.
        chosen.sort(key=lambda pair: pair[0].algorithm not in SLOW)
        list(workers.map(lambda task: tally.run(*task), [(row, left, number) for row, of_row in chosen for left in [Left(of_row)] for number in of_row]))
    passed, failed = sum(tally.passed.values()), sum(tally.failed.values())
    if not failed:
        # Otherwise the pool's keys stay for the failed cases, until the next run.
        shutil.rmtree(setup.scratch / "work")
    setup.disagreements.show()
    kind = "all" if full and options.case is None else "a sample"
    print(f"interop: {len(rows)} rows, {passed} cases passed, {failed} failed, {kind} of {sum(row.cases for row in rows)}, "
          f"seed {setup.seed}, {time.monotonic() - started:.0f} s")
    if failed:
        return 1
    if options.row is not None or options.case is not None:
        return 0
    if not openssl:
        print("interop: SKIPPED: the rows of the system's command openssl, which is not there")
        if os.environ.get("CI") == "true":
            return 1
    wrong = False
    for tool, expected in EXPECTED.items():
        found = (len(by_tool[tool]), sum(row.cases for row in by_tool[tool]))
        if found != expected:
            print(f"interop: FAILED: {tool}: expected {expected[0]} rows of {expected[1]} cases, got {found}")
            wrong = True
    page = documentation.page(by_tool, versions)
    return 1 if documentation.check(page, options.write_docs) or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
