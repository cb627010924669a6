"""A keyring on the disk: the command on it, and a reader of its file that shares no code with the command."""

import os
import shutil
import subprocess
import threading
import time
from pathlib import Path

from reader import read

# Of one command, however busy the machine: a command that waits longer has hung.
SECONDS = 120

# What the next command may wait for one that has ended: a lock that is left behind costs half a minute.
AT_ONCE = 5

# As in the command's own documentation; 70 would be a defect of its own.
DOCUMENTED = {0, 1, 2, 3, 4, 5, 6}


class Awake:
    """A clock that stands still while this process does: whoever stops both of us, or has no processor for us, keeps no
    command waiting. A lock is waited for while we are awake."""

    TICK = 0.05

    def __init__(self):
        self.process = None
        self.counted = 0.0

    def seconds(self):
        # A thread does not follow its process through a fork.
        if self.process != os.getpid():
            self.process = os.getpid()
            threading.Thread(target=self.count, daemon=True).start()
        return self.counted

    def count(self):
        last = time.monotonic()
        while True:
            time.sleep(self.TICK)
            now = time.monotonic()
            self.counted += min(now - last, 5 * self.TICK)
            last = now


AWAKE = Awake()


class Broken(Exception):
    """A promise that did not hold."""


class Done:
    """What a command has said, as its caller sees it."""

    def __init__(self, arguments, status, out, err, seconds):
        self.arguments = arguments
        self.status = status
        self.out = out.decode(errors="replace")
        self.err = err.decode(errors="replace")
        self.seconds = seconds

    def __str__(self):
        command = " ".join(map(str, self.arguments))
        return f"chop {command}: exit {self.status}: {self.err.strip()} {self.out.strip()[:300]}"

    @property
    def killed(self):
        return self.status == -9

    @property
    def said(self):
        """The lines that report success; warnings and errors begin with the name of the command."""
        return [line for line in self.err.splitlines() if line and not line.startswith("chop: ")]

    def well_behaved(self, at_most=1):
        """Whether a command that was not killed has ended as documented: one line for each error, no panic."""
        errors = [line for line in self.err.splitlines() if line.startswith("chop: error: ")]
        others = [line for line in self.err.splitlines() if line.startswith("chop: ") and line not in errors]
        if self.status not in DOCUMENTED:
            raise Broken(f"an exit status that is not documented: {self}")
        if any(not line.startswith(("chop: warning: ", "chop: note: ")) for line in others) or "panicked" in self.err:
            raise Broken(f"more than an error: {self}")
        if "--json" in self.arguments:
            errors += [line for line in self.out.splitlines() if '"error":' in line]
        if len(errors) > at_most or self.status > 1 and not errors:
            raise Broken(f"not one line that says why: {self}")


class Ring:
    """A folder with a keyring that a file unlocks."""

    def __init__(self, chop, folder, keyring="keyring.db"):
        self.chop = Path(chop).resolve()
        self.folder = Path(folder).resolve()
        self.file = self.folder / keyring
        self.log = self.folder / f"{keyring}-wal"
        self.environment = {
            **os.environ,
            "CHOP_KEYRING": str(self.file),
            "CHOP_UNLOCK_FILE": str(self.folder / "unlock"),
        }
        for variable in ("CHOP_POLICY", "CHOP_FAULT"):
            self.environment.pop(variable, None)

    def fresh(self):
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        return self

    def start(self, *arguments, before=(), stdin=subprocess.DEVNULL):
        command = [*map(str, before), str(self.chop), *map(str, arguments)]
        environment = dict(self.environment)
        if arguments[0] == "init":
            environment.pop("CHOP_UNLOCK_FILE")
        return subprocess.Popen(command, cwd=self.folder, env=environment, stdin=stdin,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def run(self, *arguments, before=(), seconds=SECONDS):
        started = AWAKE.seconds()
        process = self.start(*arguments, before=before)
        while True:
            try:
                out, err = process.communicate(timeout=1)
                return Done(arguments, process.returncode, out, err, AWAKE.seconds() - started)
            except subprocess.TimeoutExpired:
                if AWAKE.seconds() - started > seconds:
                    process.kill()
                    raise Broken(f"chop {' '.join(map(str, arguments))}: no end within {seconds} s") from None

    def ok(self, *arguments):
        done = self.run(*arguments)
        if done.status != 0:
            raise Broken(str(done))
        return done

    def at_once(self, *arguments):
        """Runs a command that nobody may keep from its work: those before it have ended, however they did."""
        done = self.ok(*arguments)
        if done.seconds > AT_ONCE:
            raise Broken(f"{done}: after {done.seconds:.1f} s")

    def read(self):
        """What the file holds, by the independent reader, as a process would find it that opens it now."""
        return read(self.file)

    def sound(self):
        """That the command opens it, and finds nothing wrong with any record or the log."""
        self.ok("-q", "check")
        self.ok("-q", "audit", "verify")
