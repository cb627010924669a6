"""One case of a row: what it draws, the files it makes and the commands it runs."""

import os
import random
import subprocess

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

    def run(self, command, passphrase=None):
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
                start_new_session=True, timeout=300, check=False,
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
