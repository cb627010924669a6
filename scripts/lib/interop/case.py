"""One case of a row: what it draws, the files it makes and the commands it runs."""

import base64
import json
import os
import random
import subprocess
from dataclasses import dataclass, field
from typing import Callable

# Exit codes of the command.
YES, NO, MALFORMED, PASSPHRASE = 0, 1, 3, 6


class Failed(Exception):
    """An expectation that did not hold."""


def expect(condition, what):
    if not condition:
        raise Failed(what)


def expect_equal(got, wanted, what):
    if got != wanted:
        shown = [value.hex() if isinstance(value, bytes) else repr(value) for value in (wanted, got)]
        raise Failed(f"{what}: want {shown[0][:160]}, got {shown[1][:160]}")


@dataclass
class Row:
    """One exchange in one direction."""

    name: str
    function: Callable
    arguments: tuple
    # What docs/interop.md says of it: rows of one group share a line there.
    group: str
    tool: str
    algorithm: str = ""
    cases: int = 200
    # How many things are exchanged in one case.
    each: int = 1


@dataclass
class Setup:
    """What all cases share."""

    chop: object
    openssl: object
    openssl4: object
    node: object
    scratch: object
    seed: int
    keys: dict = field(default_factory=dict)
    holders: object = None
    hybrids: object = None
    disagreements: object = None


class Case:
    """One case: its randomness, its folder, and the commands that it has run."""

    def __init__(self, setup, row, number):
        self.setup = setup
        self.number = number
        self.random = random.Random(f"{setup.seed}/{row}/{number}")
        self.folder = setup.scratch / "work" / f"{row.replace(' ', '_').replace(',', '')}-{number}"
        self.folder.mkdir(parents=True)
        self.log = []

    def file(self, name, contents=None):
        path = self.folder / name
        if contents is not None:
            path.write_bytes(contents)
        return path

    def run(self, command, passphrase=None, environment=None):
        command = [str(part) for part in command]
        inherited = ()
        if passphrase is not None:
            reading, writing = os.pipe()
            os.write(writing, passphrase.encode() + b"\n")
            os.close(writing)
            inherited = (reading,)
            command = [part.replace("PASSPHRASE_FD", str(reading)) for part in command]
        try:
            # Without a terminal, nothing can ask for a passphrase and wait.
            done = subprocess.run(
                command, stdin=subprocess.DEVNULL, capture_output=True, pass_fds=inherited,
                start_new_session=True, timeout=300, check=False, cwd=self.folder,
                env=None if environment is None else os.environ | environment,
            )
        finally:
            for descriptor in inherited:
                os.close(descriptor)
        self.log.append(f"{' '.join(command)}  -> {done.returncode} {done.stderr.decode(errors='replace').strip()}")
        return done

    def chop(self, *command, exits=YES, passphrase=None):
        """Runs the command, which must leave with one of the exit codes."""
        options = ["--passphrase-fd", "PASSPHRASE_FD"] if passphrase is not None else []
        done = self.run([self.setup.chop, "-q", *options, *command], passphrase)
        allowed = exits if isinstance(exits, tuple) else (exits,)
        expect(done.returncode in allowed, f"chop {command[0]}: want exit {exits}, got {done.returncode}")
        return done.returncode

    def openssl(self, *command):
        done = self.run([self.setup.openssl, *command])
        expect(done.returncode == 0, f"openssl {command[0]} failed")

    def openssl4(self, *command):
        """Runs OpenSSL 4, which has no configuration but the one given: its exit code."""
        configuration = {"OPENSSL_CONF": str(self.file("openssl.cnf") if self.file("openssl.cnf").exists() else os.devnull)}
        return self.run([self.setup.openssl4, *command], environment=configuration).returncode

    def must(self, *command):
        expect(self.openssl4(*command) == 0, f"OpenSSL 4: {command[0]} failed")

    def chop_json(self, *command):
        """What the command says in JSON, whatever its exit code."""
        done = self.run([self.setup.chop, "--json", *command])
        expect(done.stdout, f"chop {command[0]} --json says nothing")
        return json.loads(done.stdout)

    def verdicts(self, *command):
        """`chop verify`: for each file, the verdict, or the code and the text of the error."""
        # A file that is a signature itself has its content inside.
        inside = ["--attached"] if str(command[-1]).endswith(".p7s") else []
        answer = self.chop_json("verify", *inside, *command)
        return [verdict_of(entry) for entry in answer.get("files", [answer])]

    def message(self):
        length = self.random.choice([0, 1, 31, 32, 33, 64, 127, 128, 129, 1000, self.random.randrange(20000)])
        return self.random.randbytes(length)

    def passphrase(self):
        letters = "".join(map(chr, range(0x20, 0x7F))) + "äßéŁ漢字🔑"
        # A final space is part of a passphrase, the end of the line is not.
        return "".join(self.random.choices(letters, k=self.random.randrange(1, 40)))

    def flipped(self, data):
        bit = self.random.randrange(8 * len(data))
        altered = bytearray(data)
        altered[bit // 8] ^= 1 << bit % 8
        return bytes(altered)

    def key(self, algorithm):
        return self.random.choice(self.setup.keys[algorithm])


def verdict_of(entry):
    if "error" in entry:
        return "error", json.dumps(entry["error"], ensure_ascii=False)
    return entry["verdict"], entry.get("reason") or ""


def to_pem(label, der):
    text = base64.b64encode(der).decode()
    lines = [text[at : at + 64] for at in range(0, len(text), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""]).encode()


def from_pem(pem):
    return base64.b64decode(b"".join(line for line in pem.splitlines() if not line.startswith(b"-----")))
