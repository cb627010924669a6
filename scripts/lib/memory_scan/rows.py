"""The rows: what the command does, and the secrets that it handles in doing so."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass

import hybrids
from keyrings import keyring_rows
from needles import Needles

COMPOSITES = ("MLDSA65-ECDSA-P256-SHA512", "MLDSA44-Ed25519-SHA512", "MLDSA87-Ed448-SHAKE256",
              "MLDSA65-ECDSA-brainpoolP256r1-SHA512", "MLDSA44-RSA2048-PSS-SHA256")
HYBRID_KEMS = ("X-Wing", "MLKEM768-X25519-SHA3-256", "MLKEM1024-X448-SHA3-256", "MLKEM768-ECDH-P256-SHA3-256",
               "MLKEM768-ECDH-brainpoolP256r1-SHA3-256", "MLKEM768-RSA2048-SHA3-256")

FROM_DESCRIPTOR = ["--passphrase-fd", "3"]


@dataclass
class Row:
    """One run of the command."""

    name: str
    arguments: list
    # Called after the run, because some secrets are born in it.
    needles: Callable[[], Needles]
    redirections: str = ""
    typed: bytes | None = None
    exits: int = 0


def sign(bench, key):
    return ["sign", "--key", key, "--format", "raw", "-o", bench.file(), bench.message]


def signing(bench):
    def row(algorithm, words, arguments, redirections=""):
        return Row(f"{algorithm}: {words}", arguments, lambda: bench.needles(algorithm), redirections)

    for algorithm in ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87", "SLH-DSA-SHA2-128f", "SLH-DSA-SHAKE-256f",
                      "Ed25519", "ECDSA-P256-SHA256", "ECDSA-P384-SHA384", "ECDSA-P521-SHA512", "RSA-2048", *COMPOSITES):
        yield row(algorithm, "sign", sign(bench, bench.key(algorithm)[0]))
    key = bench.key("ML-DSA-65")[0]
    yield row("ML-DSA-65", "sign CMS", ["sign", "--key", key, "-o", bench.file(), bench.message])
    # Above a mebibyte another implementation signs, over the representative.
    long = bench.file(bytes(3 << 20))
    yield row("ML-DSA-65", "sign a long message", ["sign", "--key", key, "--format", "raw", "-o", bench.file(), long])
    yield row("ML-DSA-65", "certificate", ["cert", "self-sign", "--key", key, "--subject", "CN=x", "-o", bench.file()])
    yield row("ML-DSA-65", "sign with a context", [*sign(bench, key), "--context", "payments"])
    yield row("ML-DSA-65", "sign, deterministic", [*sign(bench, key), "--deterministic"])
    yield row("ML-DSA-65", "sign, key from standard input", sign(bench, "-"), f"< '{key}'")
    for words, options in (("the expanded form", ("--form", "expanded")), ("both forms", ("--form", "both")),
                           ("a JWK", ("--output", "jwk")), ("DER", ("--output", "der"))):
        yield row("ML-DSA-65", f"sign with {words}", sign(bench, bench.rewritten("ML-DSA-65", *options)))


def agreeing(bench):
    def encapsulated(algorithm):
        ciphertext, sent = bench.file(), bench.file()
        return ["encapsulate", "--to", bench.public(algorithm), "--ciphertext", ciphertext, "--secret", sent]

    def decapsulation(algorithm, received, words="decapsulate", redirections=""):
        key = bench.key(algorithm)[0]
        command = encapsulated(algorithm)
        bench.plain(*command)
        needles = bench.needles(algorithm)
        sent = command[-1].read_bytes()
        needles.add("shared secret", sent)
        if hybrids.is_hybrid(algorithm):
            bench.add_component_secrets(needles, algorithm, command[-3].read_bytes(), sent)
        arguments = ["decapsulate", "--key", key, "--ciphertext", command[-3], "--secret", received]
        return Row(f"{algorithm}: {words}", arguments, lambda: needles, redirections)

    for algorithm in ("ML-KEM-512", "ML-KEM-768", "ML-KEM-1024", "X25519", "ECDH-P256", "ECDH-P521", *HYBRID_KEMS):
        yield decapsulation(algorithm, bench.file())
    yield decapsulation("ML-KEM-768", "-", "decapsulate to standard output", f"> '{bench.file()}'")
    for algorithm in ("ML-KEM-768", "X25519", *HYBRID_KEMS):
        bench.key(algorithm)
        command = encapsulated(algorithm)

        def after(algorithm=algorithm, ciphertext=command[-3], sent=command[-1]):
            needles = Needles()
            shared = sent.read_bytes()
            needles.add("shared secret", shared)
            if hybrids.is_hybrid(algorithm):
                bench.add_component_secrets(needles, algorithm, ciphertext.read_bytes(), shared)
            return needles
        yield Row(f"{algorithm}: encapsulate", command, after)


def making(bench):
    def after(algorithm, target, passphrase=None):
        needles = bench.needles_of(algorithm, bench.forms(algorithm, target, passphrase))
        if passphrase:
            needles.add_passphrase(passphrase)
            der = base64.b64decode(b"".join(target.read_bytes().splitlines()[1:-1]))
            needles.add_scrypt_key(passphrase, der)
        return needles

    for algorithm in ("ML-DSA-65", "ML-KEM-768", "SLH-DSA-SHA2-128f", "Ed25519", "ECDSA-P256-SHA256", "RSA-2048",
                      *COMPOSITES, *HYBRID_KEMS):
        target = bench.file()
        yield Row(f"{algorithm}: keygen", ["keygen", algorithm, "-o", target],
                  lambda algorithm=algorithm, target=target: after(algorithm, target))
    printed = bench.file()
    yield Row("ML-DSA-65: keygen to standard output", ["keygen", "ML-DSA-65"],
              lambda: after("ML-DSA-65", printed), f"> '{printed}'")
    locked = bench.file()
    yield Row("ML-DSA-65: keygen, encrypted", [*FROM_DESCRIPTOR, "keygen", "ML-DSA-65", "-o", locked, "--encrypt"],
              lambda: after("ML-DSA-65", locked, bench.passphrase), f"3< '{bench.passphrase_file}'")


def opening(bench):
    from_file = f"3< '{bench.passphrase_file}'"
    for algorithm in ("ECDSA-P256-SHA256", "RSA-2048", "ML-DSA-65"):
        locked, needles = bench.encrypted(algorithm, bench.passphrase)
        yield Row(f"{algorithm}: sign with an encrypted key", [*FROM_DESCRIPTOR, *sign(bench, locked)],
                  lambda needles=needles: needles, from_file)
    yield Row("ML-DSA-65: sign, passphrase from standard input", ["--passphrase-fd", "0", *sign(bench, locked)],
              lambda: needles, f"< '{bench.passphrase_file}'")
    yield Row("ML-DSA-65: inspect an encrypted key", [*FROM_DESCRIPTOR, "inspect", locked], lambda: needles, from_file)
    yield Row("ML-DSA-65: decrypt", [*FROM_DESCRIPTOR, "convert", locked, "-o", bench.file()],
              lambda: needles, from_file)
    yield Row("ML-DSA-65: sign, passphrase typed on a terminal", sign(bench, locked), lambda: needles,
              typed=bench.passphrase)
    # A buffer that grows while someone types leaves its smaller selves behind.
    long = secrets.token_urlsafe(600).encode()
    locked_long, needles_long = bench.encrypted("ML-DSA-65", long)
    yield Row("ML-DSA-65: sign, long passphrase typed on a terminal", sign(bench, locked_long),
              lambda: needles_long, typed=long)
    wrong = secrets.token_urlsafe(30).encode()
    mistaken = Needles()
    mistaken.add_passphrase(wrong)
    yield Row("ML-DSA-65: wrong passphrase", [*FROM_DESCRIPTOR, *sign(bench, locked)], lambda: mistaken,
              f"3< '{bench.file(wrong)}'", exits=6)


def rewriting(bench):
    for algorithm in ("ML-DSA-65", "ML-KEM-768", "RSA-2048"):
        needles = bench.needles(algorithm)
        yield Row(f"{algorithm}: inspect", ["inspect", bench.key(algorithm)[0]], lambda needles=needles: needles)
    needles = bench.needles("ML-DSA-65")
    convert = ["convert", bench.key("ML-DSA-65")[0], "-o"]
    for options in (("--form", "both"), ("--form", "expanded", "--output", "raw"), ("--output", "jwk"),
                    ("--output", "der", "--form", "both"), ("--public",)):
        yield Row(f"ML-DSA-65: convert {' '.join(options)}", [*convert, bench.file(), *options], lambda: needles)
    for form in ("seed", "expanded"):
        yield Row(f"ML-DSA-65: convert the {form} to standard output",
                  [*convert, "-", "--form", form, "--output", "raw"], lambda: needles, f"> '{bench.file()}'")


def every_row(bench):
    """Every row; making one prepares the files that it needs."""
    for rows in (signing, agreeing, making, opening, rewriting):
        yield from rows(bench)
    yield from keyring_rows(bench, Row)
