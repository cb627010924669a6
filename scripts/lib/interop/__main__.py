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
from case import Case
from cryptography.hazmat.backends.openssl.backend import backend
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.serialization import Encoding
from peers import ECDH, RSA, WRITTEN, Key, pkcs8, python_key, spki
from rows import openssl_rows, python_rows

CASES = 200

# Pinned by hand: a row that disappears must be noticed.
ROWS_WITH_PYTHON = 76
ROWS_WITH_OPENSSL = 8


class Setup:
    """What all cases share."""

    def __init__(self, options):
        self.chop = options.chop.resolve()
        self.openssl = shutil.which("openssl")
        self.scratch = options.scratch.resolve()
        self.seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1 << 32)
        self.keys = {}

    @staticmethod
    def pool_size(algorithm):
        return 8 if algorithm in RSA else 16

    def rows(self):
        rows = list(python_rows())
        return rows + list(openssl_rows()) if self.openssl else rows


def make_pool(setup, algorithm):
    """Keys for the rows that are about something else: half made by the command, half by Python."""
    keys = []
    for number in range(setup.pool_size(algorithm)):
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


class Tally:
    """Counts what passed; shows the first failure of each row and keeps its files."""

    def __init__(self, setup):
        self.setup = setup
        self.passed, self.failed = {}, {}
        self.lock = Lock()

    def run(self, row, function, arguments, number):
        case = Case(self.setup, row, number)
        try:
            function(case, *arguments)
        except Exception as problem:  # Whatever goes wrong is a finding about one side or the other.
            with self.lock:
                self.failed[row] = self.failed.get(row, 0) + 1
                if self.failed[row] == 1:
                    self.show(case, row, problem)
                    return
        else:
            with self.lock:
                self.passed[row] = self.passed.get(row, 0) + 1
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
    parser.add_argument("--seed", type=int, help="of the randomness; drawn and printed without it")
    parser.add_argument("--row", help="only rows whose name contains this")
    parser.add_argument("--case", type=int, help="only this case of each row")
    options = parser.parse_args()

    setup = Setup(options)
    shutil.rmtree(setup.scratch / "work", ignore_errors=True)
    print(f"interop: seed {setup.seed}; Python cryptography {cryptography.__version__} with "
          f"{backend.openssl_version_text()}; command openssl: "
          f"{subprocess.check_output([setup.openssl, 'version'], text=True).strip() if setup.openssl else 'none'}")
    rows = [row for row in setup.rows() if options.row is None or options.row in row[0]]
    numbers = range(CASES) if options.case is None else [options.case]
    started = time.monotonic()
    # The cases wait for processes most of the time.
    with ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as workers:
        pooled = [*WRITTEN, *ECDH]
        setup.keys = dict(zip(pooled, workers.map(lambda algorithm: make_pool(setup, algorithm), pooled)))
        print(f"interop: {sum(map(len, setup.keys.values()))} keys in {time.monotonic() - started:.0f} s", flush=True)
        tally = Tally(setup)
        for row, function, arguments in rows:
            row_started = time.monotonic()
            list(workers.map(lambda number: tally.run(row, function, arguments, number), numbers))
            print(f"interop: {row}: {tally.passed.get(row, 0)} passed, {tally.failed.get(row, 0)} failed, "
                  f"{time.monotonic() - row_started:.1f} s", flush=True)
    passed, failed = sum(tally.passed.values()), sum(tally.failed.values())
    if not failed:
        # Otherwise the pool's keys stay for the failed cases, until the next run.
        shutil.rmtree(setup.scratch / "work")
    print(f"interop: {len(rows)} rows, {passed} cases passed, {failed} failed, seed {setup.seed}")
    if failed:
        return 1
    if options.row is not None or options.case is not None:
        return 0
    if not setup.openssl:
        print(f"interop: SKIPPED: the {ROWS_WITH_OPENSSL} rows of the command openssl, which is not there")
        if os.environ.get("CI") == "true":
            return 1
    expected = ROWS_WITH_PYTHON + (ROWS_WITH_OPENSSL if setup.openssl else 0)
    print(f"interop: expected {expected} rows of {CASES} cases")
    return 0 if (len(rows), passed) == (expected, expected * CASES) else 1


if __name__ == "__main__":
    sys.exit(main())
