"""The modes of scripts/torture, which builds the command and calls this."""

import argparse
import os
import shutil
import sys
from pathlib import Path

import crowd
import destroy
import drill
import inject
import kill

# How much of each mode: all of it, and a sample. Points of inject are all there are.
AMOUNTS = {
    "kill": (10_000, 300), "inject": (None, 150), "crowd": (200, 15), "revoke": (1_000, 100), "destroy": (400, 40),
    "drill": (200, 18),
}


def main():
    parser = argparse.ArgumentParser(prog="scripts/torture")
    parser.add_argument("--chop", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--scratch", type=Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("mode", nargs="?", choices=AMOUNTS)
    parser.add_argument("amount", nargs="?", type=int)
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args()
    sound = True
    for mode, (whole, sample) in AMOUNTS.items():
        if options.mode not in (None, mode):
            continue
        amount = options.amount or (sample if options.sample else whole)
        scratch = options.scratch / mode
        if mode == "kill":
            passed = kill.run(options.chop, scratch, amount, options.seed, options.workers)
        elif mode == "drill":
            passed = drill.run(options.chop, scratch, amount, 5 * amount, options.seed)
        elif mode == "inject":
            passed = inject.run(options.chop, scratch, amount, options.seed, options.workers, options.only)
        else:
            run = {"crowd": crowd.run, "revoke": crowd.revoke, "destroy": destroy.run}[mode]
            passed = run(options.chop, scratch, amount, options.seed)
        if passed:
            shutil.rmtree(scratch)
        sound &= passed
    return 0 if sound else 1


if __name__ == "__main__":
    sys.exit(main())
