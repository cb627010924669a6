"""The rows of scripts/memory-scan, which builds the command and calls this.

Each row runs the command once under gdb, which stops it on its way into `exit_group` and writes a
core image: every mapping, registers included. The image is searched for every run of at least
SHORTEST bytes that it shares with a secret, wherever it starts on either side: such a run covers a
whole word at a multiple of eight, so the words of the image are looked up among the eight-byte
windows of the secrets at stride one, and each hit is followed in both directions.

Searched for: seeds; the secret parts of expanded keys, byte for byte and as unpacked coefficients;
scalars in both byte orders; base64 and hexadecimal text of all these; passphrases, the HMAC pads
made of them, and the keys that scrypt makes of them; shared secrets. Of hybrids both
parts of the key, and what each part agrees on. Of keyrings the root key, what it is wrapped with, and
every key that is derived from it (keyrings.py).
"""

import argparse
import secrets
import shutil
import sys
from pathlib import Path

from bench import Bench
from image import WORD, search, without_repetitions
from rows import every_row

# Shorter runs are counted, not refused: what is left in one register or spill slot.
SHORTEST = 16

# Pinned by hand: a row that disappears must be noticed.
EXPECTED_ROWS = 110

LEAKY = """
import os, sys
kept = open(sys.argv[1], 'rb').read()
os._exit(0)
"""


def control(bench, needles, whole):
    """Has a process keep every needle, at every offset from a word: each must be found whole."""
    held = bench.scratch / "held"
    with open(held, "wb") as file:
        for number, data in enumerate([*needles.values(), *whole.values()]):
            file.write(data + secrets.token_bytes(1 + number % WORD))
    program = bench.scratch / "leaky.py"
    program.write_text(LEAKY)
    core = bench.core(sys.executable, ["-I", "-S", program, held])
    longest = {}
    for hit in search(core, needles, whole):
        longest[hit.name] = max(longest.get(hit.name, 0), hit.length)
    return [name for name, data in {**needles, **whole}.items() if longest.get(name, 0) < len(data)]


def main():
    parser = argparse.ArgumentParser(prog="scripts/memory-scan")
    parser.add_argument("--chop", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--scratch", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--row", default="", help="only rows whose name contains this")
    options = parser.parse_args()

    bench = Bench(options.chop, options.scratch)
    every_needle, every_whole, scanned, leaking, fragments = {}, {}, 0, 0, 0
    for row in every_row(bench):
        if options.row not in row.name:
            continue
        core = bench.core(bench.chop, ["-q", *row.arguments], row.redirections, row.typed)
        if core.exit_status != row.exits:
            sys.exit(f"memory-scan: {row.name}: want exit {row.exits}, got {core.exit_status}")
        sought = row.needles()
        for kept, needles in ((every_needle, sought.needles), (every_whole, sought.whole)):
            kept.update({f"{row.name}: {name}": data for name, data in needles.items()})
        hits = without_repetitions(search(core, sought.needles, sought.whole))
        long = [hit for hit in hits if hit.length >= SHORTEST]
        # The last bytes that were copied stay in a register until the next use of it. They are shown
        # and do not count: SECURITY.md promises memory, not registers.
        leaks = [hit for hit in long if "registers" not in hit.where]
        short = len(hits) - len(long)
        scanned += 1
        leaking += bool(leaks)
        fragments += short
        count = len(sought.needles) + len(sought.whole)
        print(f"memory-scan: {row.name}: {len(core.data) >> 10} KiB, {count} forms of secrets, "
              f"{len(leaks)} leaks, {len(long) - len(leaks)} in registers, {short} shorter pieces", flush=True)
        for hit in long:
            print(f"    {hit.length} bytes of {hit.name}, from byte {hit.start}, at {hit.address:#x}: {hit.where}")
    missed = control(bench, every_needle, every_whole)
    for name in missed:
        print(f"memory-scan: the control keeps this and it was not found: {name}")
    kept = len(every_needle) + len(every_whole)
    print(f"memory-scan: control: {kept - len(missed)} of {kept} kept forms of secrets found")
    shutil.rmtree(bench.scratch)
    print(f"memory-scan: {scanned} rows, {leaking} with leaks, {fragments} pieces shorter than {SHORTEST} bytes")
    complete = bool(options.row) or scanned == EXPECTED_ROWS
    if not complete:
        print(f"memory-scan: expected {EXPECTED_ROWS} rows")
    return 1 if leaking or missed or not scanned or not complete else 0


if __name__ == "__main__":
    sys.exit(main())
