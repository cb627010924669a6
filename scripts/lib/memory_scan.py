"""The rows of scripts/memory-scan, which builds the command and calls this.

Each row runs the command once under gdb, which stops it on its way into `exit_group` and writes a
core image: every mapping, registers included. The image is searched for every run of at least
SHORTEST bytes that it shares with a secret, wherever it starts on either side: such a run covers a
whole word at a multiple of eight, so the words of the image are looked up among the eight-byte
windows of the secrets at stride one, and each hit is followed in both directions.

Searched for: seeds; the secret parts of expanded keys, byte for byte and as unpacked coefficients;
scalars in both byte orders; base64 and hexadecimal text of all these; passphrases, the HMAC pads
made of them, and the keys that scrypt makes of them; shared secrets.
"""

import argparse
import array
import base64
import hashlib
import os
import pty
import re
import secrets
import select
import shutil
import struct
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

# Shorter runs are counted, not refused: what is left in one register or spill slot.
SHORTEST = 16
WORD = 8

# Pinned by hand: a row that disappears must be noticed.
EXPECTED_ROWS = 53

# Of the ELF format and of the kernel: what a core image holds besides memory.
PT_NOTE = 4
NOTES = {0x1: "general registers", 0x2: "floating-point registers", 0x202: "vector registers (XSAVE)"}

# Polynomials in s1 and s2 together, bits of each coefficient, eta; polynomials in t0 (FIPS 204 table 1).
ML_DSA = {"ML-DSA-44": (8, 3, 2, 4), "ML-DSA-65": (11, 4, 4, 6), "ML-DSA-87": (15, 3, 2, 8)}
ML_KEM_RANK = {"ML-KEM-512": 2, "ML-KEM-768": 3, "ML-KEM-1024": 4}


def coefficients(packed, bits):
    """The integers of `bits` bits each that are packed, lowest bit first (FIPS 203 and 204, BitPack)."""
    whole = int.from_bytes(packed, "little")
    return [whole >> shift & (1 << bits) - 1 for shift in range(0, 8 * len(packed), bits)]


class Secrets:
    """The byte strings of one row that must not be found, by name."""

    def __init__(self):
        self.needles = {}
        # Searched for as a whole, because their parts say nothing.
        self.whole = {}

    def add(self, name, data, text=True):
        """`data`, and its text in hexadecimal and, at each of the three offsets, in base64."""
        self.needles[name] = data
        if text:
            self.needles[f"{name}, hex"] = data.hex().encode()
            self.needles[f"{name}, HEX"] = data.hex().upper().encode()
            for offset in range(3):
                # What stands before and after shares a character with the edge: leave those out.
                encoded = base64.b64encode(bytes(offset) + data)
                inner = encoded[-(-offset * 4 // 3):len(encoded) // 4 * 4 - 4]
                self.needles[f"{name}, base64 at {offset}"] = inner
                if b"+" in inner or b"/" in inner:
                    self.needles[f"{name}, base64url at {offset}"] = inner.translate(bytes.maketrans(b"+/", b"-_"))

    def add_integer(self, name, data):
        """A big-endian integer: libraries compute with it the other way round."""
        self.add(name, data)
        self.add(f"{name}, little-endian", data[::-1], text=False)

    def add_passphrase(self, passphrase):
        self.add("passphrase", passphrase, text=False)
        # HMAC-SHA-256 starts and ends PBKDF2 and scrypt with these.
        key = hashlib.sha256(passphrase).digest() if len(passphrase) > 64 else passphrase
        self.needles["passphrase, inner pad"] = bytes(byte ^ 0x36 for byte in key)
        self.needles["passphrase, outer pad"] = bytes(byte ^ 0x5C for byte in key)

    def add_scrypt_key(self, passphrase, encrypted):
        """The key that opens a file which the command has encrypted, found by the parameters it writes."""
        parameters = bytes.fromhex("06092b06010401da47040b")
        at = encrypted.index(parameters) + len(parameters)
        salt = encrypted[at + 4:at + 4 + encrypted[at + 3]]
        key = hashlib.scrypt(passphrase, salt=salt, n=1 << 14, r=8, p=5, maxmem=1 << 26, dklen=32)
        self.add("scrypt key", key, text=False)

    def add_key(self, algorithm, forms):
        """The secret parts of a private key, given as its raw forms."""
        seed, expanded = forms.get("seed"), forms.get("expanded")
        if seed:
            self.add("seed", seed)
        if algorithm in ML_DSA:
            polynomials, bits, eta, polynomials_t0 = ML_DSA[algorithm]
            short = expanded[128:128 + polynomials * bits * 32]
            # rho stands before K and tr behind it; both are public.
            self.add("K", expanded[32:64])
            self.add("s1, s2", short)
            self.add("t0", expanded[128 + len(short):])
            assert len(self.needles["t0"]) == polynomials_t0 * 416
            values = [eta - value for value in coefficients(short, bits)]
            # Small numbers repeat by chance; 32 of them in a row, some 70 bits, do not.
            for start in range(0, len(values), 32):
                self.whole[f"s1, s2 as 32-bit integers, from {start}"] = struct.pack("<32i", *values[start:start + 32])
        elif algorithm in ML_KEM_RANK:
            vector = expanded[:384 * ML_KEM_RANK[algorithm]]
            self.add("z", expanded[-32:])
            self.add("dkPKE", vector)
            values = coefficients(vector, 12)
            self.needles["dkPKE as 16-bit integers"] = struct.pack(f"<{len(values)}H", *values)
        elif algorithm.startswith("SLH-DSA"):
            quarter = len(expanded) // 4
            self.add("SK.seed", expanded[:quarter])
            self.add("SK.prf", expanded[quarter:2 * quarter])
        elif algorithm == "Ed25519":
            digest = hashlib.sha512(seed).digest()
            self.add("scalar before clamping", digest[:32])
            self.add("prefix", digest[32:])
        elif algorithm.startswith("RSA"):
            # Version, modulus, public exponent; then the secret integers of RFC 8017 A.1.2.
            for name, value in zip(("d", "p", "q", "dP", "dQ", "qInv"), der_integers(expanded)[3:]):
                self.add_integer(name, value)
        elif algorithm != "X25519":
            self.add_integer("scalar", expanded)


def der_integers(der):
    """The INTEGERs of a DER SEQUENCE without their sign bytes."""
    def header(at):
        length = der[at + 1]
        if length < 0x80:
            return at + 2, length
        size = length & 0x7F
        return at + 2 + size, int.from_bytes(der[at + 2:at + 2 + size], "big")

    at, _ = header(0)
    integers = []
    while at < len(der):
        start, length = header(at)
        integers.append(der[start:start + length].lstrip(b"\0"))
        at = start + length
    return integers


class Core:
    """A core image: its segments, and what gdb said of the process."""

    def __init__(self, path, gdb_output):
        self.data = path.read_bytes()
        assert self.data[:6] == b"\x7fELF\x02\x01", "not a 64-bit little-endian core"
        table, = struct.unpack_from("<Q", self.data, 32)
        size, count = struct.unpack_from("<HH", self.data, 54)
        self.segments = []
        for number in range(count):
            kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", self.data, table + number * size)
            if kind == PT_NOTE:
                self.segments += self.notes(offset, offset + length)
            elif length:
                self.segments.append((address, offset, length, None))
        self.names = [
            (int(start, 16), int(end, 16), name.strip() or "anonymous memory")
            for start, end, name in re.findall(
                r"^\s+(0x[0-9a-f]+)\s+(0x[0-9a-f]+)\s+0x[0-9a-f]+\s+0x[0-9a-f]+\s+[rwxps-]{4}(.*)$",
                gdb_output, re.MULTILINE,
            )
        ]
        pointer = re.search(r"STACK_POINTER (0x[0-9a-f]+)", gdb_output)
        self.stack_pointer = int(pointer.group(1), 16)
        self.exit_status = int(re.search(r"EXIT_STATUS (\d+)", gdb_output).group(1))

    def notes(self, at, end):
        """The notes, which hold the registers, as segments of their own that start at address 0."""
        while at < end:
            name, length, kind = struct.unpack_from("<III", self.data, at)
            at += 12 + -(-name // 4) * 4
            yield 0, at, length, NOTES.get(kind, f"note {kind:#x}")
            at += -(-length // 4) * 4

    def where(self, address, note):
        """The place of an address, in words."""
        if note:
            return f"{note} + {address:#x}"
        for start, end, name in self.names:
            if start <= address < end:
                if name == "[stack]":
                    distance = address - self.stack_pointer
                    side = "above" if distance >= 0 else "below"
                    return f"[stack], {abs(distance)} bytes {side} the stack pointer"
                return f"{os.path.basename(name)} + {address - start:#x}"
        return "an unnamed mapping"

    def places_of(self, data):
        """Each place where the whole of `data` stands, as address and in words."""
        at = self.data.find(data)
        while at >= 0:
            for address, offset, length, note in self.segments:
                if offset <= at < offset + length:
                    yield address + at - offset, self.where(address + at - offset, note)
            at = self.data.find(data, at + 1)

    def words_at(self, wanted):
        """Each place, as offset in the file and segment, where a wanted word stands at a multiple of eight."""
        for segment in self.segments:
            address, offset, length, _ = segment
            offset += -address % WORD
            length = (length - -address % WORD) // WORD * WORD
            words = array.array("Q")
            words.frombytes(self.data[offset:offset + length])
            for number, word in enumerate(words):
                if word in wanted:
                    yield word, offset + number * WORD, segment


class Hit(NamedTuple):
    """Bytes of an image that are bytes of a secret."""

    name: str
    start: int
    length: int
    address: int
    where: str

    def covers(self, address):
        return self.address <= address < self.address + self.length


def search(core, needles, whole):
    """The runs that the image shares with each needle."""
    found = {}
    for name, data in whole.items():
        for place, where in core.places_of(data):
            found[name, 0, place] = len(data), where
    windows = {}
    for name, data in needles.items():
        for start in range(len(data) - WORD + 1):
            window = data[start:start + WORD]
            # Eight bytes of which seven are alike occur everywhere; no secret of ours consists of such.
            if len(set(window)) > 2:
                windows.setdefault(int.from_bytes(window, "little"), []).append((name, start))
    # How far the latest run of a needle goes, by the distance between its place there and here.
    followed = {}
    for word, position, segment in core.words_at(frozenset(windows)):
        address, offset, length, note = segment
        for name, start in windows[word]:
            if followed.get((name, position - start), 0) > position:
                continue
            data = needles[name]
            left = 0
            while start > left and position - left > offset and data[start - left - 1] == core.data[position - left - 1]:
                left += 1
            right = WORD
            while (start + right < len(data) and position + right < offset + length
                   and data[start + right] == core.data[position + right]):
                right += 1
            followed[name, position - start] = position + right
            place = address + position - offset - left
            found[name, start - left, place] = (left + right, core.where(place, note))
    return [Hit(name, start, length, place, where) for (name, start, place), (length, where) in found.items()]


def without_repetitions(hits):
    """The hits less those that lie inside a longer one: the texts of one secret resemble each other."""
    kept = []
    for hit in sorted(hits, key=lambda hit: -hit.length):
        if not any(
            other.covers(hit.address) and other.covers(hit.address + hit.length - 1) for other in kept
        ):
            kept.append(hit)
    return kept


class Bench:
    """Runs the command, under gdb where its memory is of interest."""

    def __init__(self, chop, scratch):
        self.chop = chop.resolve()
        self.scratch = scratch.resolve()
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        self.keys = {}

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
        if algorithm in ("Ed25519", "X25519"):
            names = ["seed"]
        forms = {}
        for form in names:
            target = key.with_suffix(f".raw-{form}")
            self.plain("convert", key, "-o", target, "--output", "raw", "--form", form, passphrase=passphrase)
            forms[form] = target.read_bytes()
        return forms

    def key(self, algorithm):
        """A key of that algorithm: one file, made once, and its raw forms."""
        if algorithm not in self.keys:
            path = self.scratch / f"{algorithm}.key"
            self.plain("keygen", algorithm, "-o", path, "--pub", path.with_suffix(".pub"))
            self.keys[algorithm] = path, self.forms(algorithm, path)
        return self.keys[algorithm]

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
                gdb, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
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
    output, answered, deadline = b"", 0, time.monotonic() + 60
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
    os.waitpid(process, 0)
    os.close(terminal)
    assert answered, f"nothing was asked:\n{output.decode(errors='replace')}"
    return output.decode(errors="replace").replace("\r\n", "\n")


class Row:
    """One run of the command and the secrets that it handles."""

    def __init__(self, name, arguments, needles, redirections="", typed=None, exits=0):
        self.name = name
        self.arguments = arguments
        self.needles = needles
        self.redirections = redirections
        self.typed = typed
        self.exits = exits


def rows(bench):
    """Every row; making one prepares the files that it needs."""
    message = bench.scratch / "message"
    message.write_bytes(secrets.token_bytes(3000))
    passphrase = b"%s" % secrets.token_urlsafe(30).encode()
    # A second line would be another passphrase: the end of the line is all that follows.
    passphrase_file = bench.scratch / "passphrase"
    passphrase_file.write_bytes(passphrase + b"\n")
    fresh = iter(range(10000))

    def out(suffix="out"):
        return bench.scratch / f"{next(fresh)}.{suffix}"

    def needles_of(algorithm):
        needles = Secrets()
        needles.add_key(algorithm, bench.key(algorithm)[1])
        return needles

    def rewritten(algorithm, *options):
        """The key in another encoding."""
        target = out()
        bench.plain("convert", bench.key(algorithm)[0], "-o", target, *options)
        return target

    def encrypted(algorithm, passphrase=passphrase):
        target = out()
        source = bench.key(algorithm)[0]
        bench.plain("convert", source, "-o", target, "--encrypt", "--output", "der", passphrase=passphrase)
        needles = needles_of(algorithm)
        needles.add_passphrase(passphrase)
        needles.add_scrypt_key(passphrase, target.read_bytes())
        return target, needles

    def sign(key):
        return ["sign", "--key", key, "--format", "raw", "-o", out(), message]

    fd = ["--passphrase-fd", "3"]
    from_fd = f"3< '{passphrase_file}'"

    for algorithm in ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87", "SLH-DSA-SHA2-128f", "SLH-DSA-SHAKE-256f",
                      "Ed25519", "ECDSA-P256-SHA256", "ECDSA-P384-SHA384", "ECDSA-P521-SHA512", "RSA-2048"):
        key = bench.key(algorithm)[0]
        yield Row(f"{algorithm}: sign", sign(key), needles_of(algorithm))
    key = bench.key("ML-DSA-65")[0]
    yield Row("ML-DSA-65: sign with a context", [*sign(key), "--context", "payments"], needles_of("ML-DSA-65"))
    yield Row("ML-DSA-65: sign, deterministic", [*sign(key), "--deterministic"], needles_of("ML-DSA-65"))
    yield Row("ML-DSA-65: sign, key from standard input", sign("-"), needles_of("ML-DSA-65"), f"< '{key}'")
    for form in ("expanded", "both"):
        other = rewritten("ML-DSA-65", "--form", form)
        yield Row(f"ML-DSA-65: sign with the {form} form", sign(other), needles_of("ML-DSA-65"))
    yield Row("ML-DSA-65: sign with a JWK", sign(rewritten("ML-DSA-65", "--output", "jwk")), needles_of("ML-DSA-65"))
    yield Row("ML-DSA-65: sign with DER", sign(rewritten("ML-DSA-65", "--output", "der")), needles_of("ML-DSA-65"))

    for algorithm in ("ML-KEM-512", "ML-KEM-768", "ML-KEM-1024", "X25519", "ECDH-P256", "ECDH-P521"):
        key = bench.key(algorithm)[0]
        ciphertext, sent, received = out(), out(), out()
        public = key.with_suffix(".pub")
        bench.plain("encapsulate", "--to", public, "--ciphertext", ciphertext, "--secret", sent)
        needles = needles_of(algorithm)
        needles.add("shared secret", sent.read_bytes())
        yield Row(
            f"{algorithm}: decapsulate",
            ["decapsulate", "--key", key, "--ciphertext", ciphertext, "--secret", received], needles,
        )
    for algorithm in ("ML-KEM-768", "X25519"):
        public = bench.key(algorithm)[0].with_suffix(".pub")
        ciphertext, sent = out(), out()

        def after(algorithm=algorithm, sent=sent):
            needles = Secrets()
            needles.add("shared secret", sent.read_bytes())
            return needles
        yield Row(
            f"{algorithm}: encapsulate",
            ["encapsulate", "--to", public, "--ciphertext", ciphertext, "--secret", sent], after,
        )

    for algorithm in ("ML-DSA-65", "ML-KEM-768", "SLH-DSA-SHA2-128f", "Ed25519", "ECDSA-P256-SHA256", "RSA-2048"):
        target = out("key")

        def after(algorithm=algorithm, target=target):
            needles = Secrets()
            needles.add_key(algorithm, bench.forms(algorithm, target))
            return needles
        yield Row(f"{algorithm}: keygen", ["keygen", algorithm, "-o", target], after)
    target = out("key")

    def after_printed(target=target):
        needles = Secrets()
        needles.add_key("ML-DSA-65", bench.forms("ML-DSA-65", target))
        return needles
    yield Row("ML-DSA-65: keygen to standard output", ["keygen", "ML-DSA-65"], after_printed, f"> '{target}'")
    target = out("key")

    def after_encrypted(target=target):
        needles = Secrets()
        needles.add_key("ML-DSA-65", bench.forms("ML-DSA-65", target, passphrase))
        needles.add_passphrase(passphrase)
        needles.add_scrypt_key(passphrase, base64.b64decode(b"".join(target.read_bytes().splitlines()[1:-1])))
        return needles
    yield Row("ML-DSA-65: keygen, encrypted", [*fd, "keygen", "ML-DSA-65", "-o", target, "--encrypt"],
              after_encrypted, from_fd)

    for algorithm in ("ML-DSA-65", "ECDSA-P256-SHA256", "RSA-2048"):
        locked, needles = encrypted(algorithm)
        yield Row(f"{algorithm}: sign with an encrypted key", [*fd, *sign(locked)], needles, from_fd)
    locked, needles = encrypted("ML-DSA-65")
    yield Row("ML-DSA-65: sign, passphrase from standard input", ["--passphrase-fd", "0", *sign(locked)],
              needles, f"< '{passphrase_file}'")
    yield Row("ML-DSA-65: sign, passphrase typed on a terminal", sign(locked), needles, typed=passphrase)
    # A buffer that grows while someone types leaves its smaller selves behind.
    long = secrets.token_urlsafe(600).encode()
    locked_long, needles_long = encrypted("ML-DSA-65", long)
    yield Row("ML-DSA-65: sign, long passphrase typed on a terminal", sign(locked_long), needles_long, typed=long)
    yield Row("ML-DSA-65: inspect an encrypted key", [*fd, "inspect", locked], needles, from_fd)
    yield Row("ML-DSA-65: decrypt", [*fd, "convert", locked, "-o", out()], needles, from_fd)

    wrong = bench.scratch / "wrong"
    wrong.write_bytes(secrets.token_urlsafe(30).encode() + b"\n")
    mistaken = Secrets()
    mistaken.add_passphrase(wrong.read_bytes().strip())
    yield Row("ML-DSA-65: wrong passphrase", [*fd, *sign(locked)], mistaken, f"3< '{wrong}'", exits=6)

    for algorithm in ("ML-DSA-65", "ML-KEM-768", "RSA-2048"):
        key = bench.key(algorithm)[0]
        yield Row(f"{algorithm}: inspect", ["inspect", key], needles_of(algorithm))
    key = bench.key("ML-DSA-65")[0]
    for options in (("--form", "both"), ("--form", "expanded", "--output", "raw"), ("--output", "jwk"),
                    ("--output", "der", "--form", "both"), ("--public",)):
        yield Row(f"ML-DSA-65: convert {' '.join(options)}", ["convert", key, "-o", out(), *options],
                  needles_of("ML-DSA-65"))
    for form in ("seed", "expanded"):
        yield Row(f"ML-DSA-65: convert the {form} to standard output",
                  ["convert", key, "-o", "-", "--form", form, "--output", "raw"], needles_of("ML-DSA-65"),
                  f"> '{out()}'")
    key = bench.key("ML-KEM-768")[0]
    ciphertext, sent = out(), out()
    bench.plain("encapsulate", "--to", key.with_suffix(".pub"), "--ciphertext", ciphertext, "--secret", sent)
    needles = needles_of("ML-KEM-768")
    needles.add("shared secret", sent.read_bytes())
    yield Row("ML-KEM-768: decapsulate to standard output",
              ["decapsulate", "--key", key, "--ciphertext", ciphertext, "--secret", "-"], needles, f"> '{out()}'")


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
    for row in rows(bench):
        if options.row not in row.name:
            continue
        core = bench.core(bench.chop, ["-q", *row.arguments], row.redirections, row.typed)
        if core.exit_status != row.exits:
            sys.exit(f"memory-scan: {row.name}: want exit {row.exits}, got {core.exit_status}")
        sought = row.needles() if callable(row.needles) else row.needles
        for kept, needles in ((every_needle, sought.needles), (every_whole, sought.whole)):
            kept.update({f"{row.name}: {name}": data for name, data in needles.items()})
        hits = without_repetitions(search(core, sought.needles, sought.whole))
        leaks = [hit for hit in hits if hit.length >= SHORTEST]
        short = len(hits) - len(leaks)
        scanned += 1
        leaking += bool(leaks)
        fragments += short
        print(f"memory-scan: {row.name}: {len(core.data) >> 10} KiB, {len(sought.needles) + len(sought.whole)} secrets, {len(leaks)} leaks"
              + (f", {short} shorter pieces" if short else ""), flush=True)
        for hit in leaks:
            print(f"    {hit.length} bytes of {hit.name}, from byte {hit.start}, at {hit.address:#x}: {hit.where}")
    missed = control(bench, every_needle, every_whole)
    for name in missed:
        print(f"memory-scan: the control keeps this and it was not found: {name}")
    kept = len(every_needle) + len(every_whole)
    print(f"memory-scan: control: {kept - len(missed)} of {kept} kept secrets found")
    shutil.rmtree(bench.scratch)
    print(f"memory-scan: {scanned} rows, {leaking} with leaks, {fragments} pieces shorter than {SHORTEST} bytes")
    complete = bool(options.row) or scanned == EXPECTED_ROWS
    if not complete:
        print(f"memory-scan: expected {EXPECTED_ROWS} rows")
    return 1 if leaking or missed or not scanned or not complete else 0


if __name__ == "__main__":
    sys.exit(main())
