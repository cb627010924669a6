"""Running the command: plainly to prepare files, and under gdb to take its image."""

import os
import pty
import re
import secrets
import select
import shutil
import signal
import subprocess
import sys
import time

import hybrids
from image import Core
from needles import Needles, der_integers

# Of one run under gdb, however busy the machine.
SECONDS = 300


class Bench:
    """A folder with keys and files, and the command."""

    def __init__(self, chop, scratch):
        self.chop = chop.resolve()
        self.scratch = scratch.resolve()
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        self.keys = {}
        self.files = 0
        self.message = self.file(secrets.token_bytes(3000))
        self.passphrase = secrets.token_urlsafe(30).encode()
        self.passphrase_file = self.file(self.passphrase + b"\n")

    def file(self, contents=None):
        """A path that is not taken yet; with contents, a file."""
        self.files += 1
        path = self.scratch / f"file-{self.files}"
        if contents is not None:
            path.write_bytes(contents)
        return path

    def plain(self, *arguments, passphrase=None):
        """Runs the command, but does not look into it."""
        options, inherited = [], ()
        if passphrase:
            reading, writing = os.pipe()
            os.write(writing, passphrase + b"\n")
            os.close(writing)
            options, inherited = ["--passphrase-fd", str(reading)], (reading,)
        command = [str(self.chop), "-q", *options, *map(str, arguments)]
        done = subprocess.run(command, stderr=subprocess.PIPE, text=True, pass_fds=inherited, check=False)
        for descriptor in inherited:
            os.close(descriptor)
        if done.returncode:
            sys.exit(f"memory-scan: {' '.join(command[1:])}: exit {done.returncode}: {done.stderr}")

    def forms(self, algorithm, key, passphrase=None):
        """The raw forms of a key file."""
        names = ["seed", "expanded"] if algorithm.startswith("ML-") else ["expanded"]
        if algorithm in ("Ed25519", "X25519", "X-Wing"):
            names = ["seed"]
        forms = {}
        for form in names:
            target = self.file()
            self.plain("convert", key, "-o", target, "--output", "raw", "--form", form, passphrase=passphrase)
            forms[form] = target.read_bytes()
        return forms

    def key(self, algorithm):
        """A key of that algorithm, made once: its file and its raw forms."""
        if algorithm not in self.keys:
            path = self.scratch / f"{algorithm}.key"
            self.plain("keygen", algorithm, "-o", path, "--pub", self.public(algorithm))
            self.keys[algorithm] = path, self.forms(algorithm, path)
        return self.keys[algorithm]

    def public(self, algorithm):
        """The file of its public key."""
        return self.scratch / f"{algorithm}.pub"

    def needles(self, algorithm):
        """What must not be found after a run with that key."""
        return self.needles_of(algorithm, self.key(algorithm)[1])

    def needles_of(self, algorithm, forms):
        """What must not be found after a run with the key of these raw forms."""
        needles = Needles()
        if hybrids.is_hybrid(algorithm):
            part = hybrids.post_quantum(algorithm)
            needles.add_hybrid(algorithm, forms, self.forms(part, self.part(algorithm, forms)))
        else:
            needles.add_key(algorithm, forms)
        return needles

    def part(self, algorithm, forms):
        """The post-quantum part of a hybrid private key, as a key file."""
        seed, _ = hybrids.private_parts(algorithm, forms)
        target = self.file()
        self.plain("convert", self.file(seed), "-o", target,
                   "--input", "raw-seed", "--algorithm", hybrids.post_quantum(algorithm))
        return target

    def add_component_secrets(self, needles, algorithm, ciphertext, shared):
        """What the parts of a hybrid agree on, computed from its private key."""
        key, forms = self.key(algorithm)
        _, private = hybrids.private_parts(algorithm, forms)
        length = hybrids.CIPHERTEXT[hybrids.post_quantum(algorithm)]
        received, public = self.file(), self.file()
        self.plain("decapsulate", "--key", self.part(algorithm, forms),
                   "--ciphertext", self.file(ciphertext[:length]), "--secret", received)
        self.plain("convert", key, "-o", public, "--public", "--output", "raw")
        kind, curve = hybrids.traditional(algorithm)
        if curve:
            secret = hybrids.multiplied(curve, private, ciphertext[length:])
        elif kind.startswith("RSA"):
            secret = hybrids.decrypted(der_integers(private), ciphertext[length:])
        else:
            secret = hybrids.ladder(kind, private, ciphertext[length:])
        both = [received.read_bytes(), secret]
        # Otherwise nothing would be found because it was the wrong thing that was sought.
        assert hybrids.combined(algorithm, both, ciphertext, public.read_bytes()) == shared
        needles.add("ML-KEM secret", both[0])
        needles.add_integer("traditional secret", secret)

    def rewritten(self, algorithm, *options):
        """The key in another encoding."""
        target = self.file()
        self.plain("convert", self.key(algorithm)[0], "-o", target, *options)
        return target

    def encrypted(self, algorithm, passphrase):
        """The key in encrypted DER, and what must not be found after a run with it."""
        target = self.file()
        source = self.key(algorithm)[0]
        self.plain("convert", source, "-o", target, "--encrypt", "--output", "der", passphrase=passphrase)
        needles = self.needles(algorithm)
        needles.add_passphrase(passphrase)
        needles.add_scrypt_key(passphrase, target.read_bytes())
        return target, needles

    def core(self, program, arguments, redirections="", typed=None):
        """The image of `program` on its way out."""
        mark = secrets.token_hex()
        target = self.scratch / "core"
        target.unlink(missing_ok=True)
        quoted = " ".join("'" + str(argument) + "'" for argument in arguments)
        commands = [
            "set pagination off",
            "set confirm off",
            # All of memory, and what was marked as not to be dumped.
            "set use-coredump-filter off",
            "set dump-excluded-mappings on",
            f"set environment MEMORY_SCAN {mark}",
            "catch syscall exit_group",
            f"run {quoted} {redirections}",
            "info proc mappings",
            'printf "STACK_POINTER %#lx\\n", $rsp',
            'printf "EXIT_STATUS %d\\n", $rdi',
            f"gcore {target}",
            "kill",
        ]
        gdb = ["gdb", "-q", "-nx", "-batch", *(part for command in commands for part in ("-ex", command)), str(program)]
        if typed is None:
            done = subprocess.run(
                gdb, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                text=True, timeout=SECONDS, check=False,
            )
            output = done.stdout
        else:
            output = on_terminal(gdb, typed)
        if not target.exists():
            sys.exit(f"memory-scan: gdb wrote no core:\n{output}")
        core = Core(target, output)
        target.unlink()
        # The environment lies above the stack: if it is not in the image, the rest cannot be trusted.
        if mark.encode() not in core.data:
            sys.exit("memory-scan: the image lacks the environment of the process")
        return core


def on_terminal(command, typed):
    """Runs a command on a terminal of its own and answers each prompt for a passphrase."""
    process, terminal = pty.fork()
    if process == 0:
        os.execvp(command[0], command)
    output, answered, deadline = b"", 0, time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        if not select.select([terminal], [], [], 1)[0]:
            continue
        try:
            output += os.read(terminal, 65536)
        except OSError:
            break  # The terminal is closed: the command has ended.
        if len(re.findall(rb"assphrase for [^\r\n]*: |again: ", output)) > answered:
            answered += 1
            os.write(terminal, typed + b"\n")
    else:
        os.kill(process, signal.SIGKILL)
    os.waitpid(process, 0)
    os.close(terminal)
    text = output.decode(errors="replace").replace("\r\n", "\n")
    if not answered:
        sys.exit(f"memory-scan: nobody asked for the passphrase:\n{text}")
    return text
