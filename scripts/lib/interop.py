"""The rows of scripts/interop, which builds the command and calls this.

A row is one exchange in one direction. Each of its cases draws everything from a generator that is
seeded with the run's seed, the row's name and the case's number, so that a failure can be run again
alone. Keys that the command makes cannot be drawn so: a failed case keeps its files.
"""

import argparse
import base64
import json
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
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.backends.openssl.backend import backend
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, padding, rsa, x25519
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

CASES = 200

# Pinned by hand: a row that disappears must be noticed.
ROWS_WITH_PYTHON = 76
ROWS_WITH_OPENSSL = 8

# Exit codes of the command.
YES, NO, MALFORMED, PASSPHRASE = 0, 1, 3, 6

ML_DSA = {
    "ML-DSA-44": (mldsa.MLDSA44PrivateKey, mldsa.MLDSA44PublicKey),
    "ML-DSA-65": (mldsa.MLDSA65PrivateKey, mldsa.MLDSA65PublicKey),
    "ML-DSA-87": (mldsa.MLDSA87PrivateKey, mldsa.MLDSA87PublicKey),
}
ML_KEM = {
    "ML-KEM-768": (mlkem.MLKEM768PrivateKey, mlkem.MLKEM768PublicKey),
    "ML-KEM-1024": (mlkem.MLKEM1024PrivateKey, mlkem.MLKEM1024PublicKey),
}
ECDSA = {
    "ECDSA-P256-SHA256": (ec.SECP256R1(), hashes.SHA256()),
    "ECDSA-P384-SHA384": (ec.SECP384R1(), hashes.SHA384()),
    "ECDSA-P521-SHA512": (ec.SECP521R1(), hashes.SHA512()),
}
ECDH = {"ECDH-P256": ec.SECP256R1(), "ECDH-P384": ec.SECP384R1(), "ECDH-P521": ec.SECP521R1()}
RSA = {"RSA-2048": 2048, "RSA-3072": 3072, "RSA-4096": 4096}
RSA_SCHEMES = {
    f"RSASSA-{kind}-SHA{bits}": (kind, algorithm)
    for kind in ("PSS", "PKCS1-v1_5")
    for bits, algorithm in ((256, hashes.SHA256()), (384, hashes.SHA384()), (512, hashes.SHA512()))
}
# Algorithms whose private key is written as a seed, and how the seed becomes a key.
FROM_SEED = {name: (private.from_seed_bytes, 32) for name, (private, _) in ML_DSA.items()}
FROM_SEED |= {name: (private.from_seed_bytes, 64) for name, (private, _) in ML_KEM.items()}
FROM_SEED["Ed25519"] = (ed25519.Ed25519PrivateKey.from_private_bytes, 32)
FROM_SEED["X25519"] = (x25519.X25519PrivateKey.from_private_bytes, 32)
LATTICE = [*ML_DSA, *ML_KEM]
SIGNING = [*ML_DSA, "Ed25519", *ECDSA, *RSA]
AGREEING = [*ML_KEM, "X25519", *ECDH]
# An elliptic-curve key names its curve, not its use: the ECDSA rows stand for ECDH too.
WRITTEN = [*LATTICE, "Ed25519", "X25519", *ECDSA, *RSA]
CLASSICAL = ["Ed25519", "X25519", *ECDSA, *RSA]


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


class Key:
    """A key pair in Python's hands, and the files from which the command reads it."""

    def __init__(self, algorithm, private, private_file, public_file):
        self.algorithm = algorithm
        self.private = private
        self.public = private.public_key()
        self.private_file = private_file
        self.public_file = public_file


def python_key(algorithm, rng):
    """A key made by Python: from drawn bytes where the algorithm allows it."""
    if algorithm in FROM_SEED:
        make, length = FROM_SEED[algorithm]
        return make(rng.randbytes(length))
    if algorithm in RSA:
        return rsa.generate_private_key(65537, RSA[algorithm])
    curve = ECDH.get(algorithm) or ECDSA[algorithm][0]
    return ec.derive_private_key(rng.randrange(1, 1 << curve.key_size - 1), curve)


def pkcs8(private, encoding=Encoding.DER, encryption=None):
    return private.private_bytes(encoding, PrivateFormat.PKCS8, encryption or NoEncryption())


def spki(public, encoding=Encoding.DER):
    return public.public_bytes(encoding, PublicFormat.SubjectPublicKeyInfo)


def raw_public(public):
    """The public key as its standard encodes it, which is what stands in the BIT STRING."""
    if isinstance(public, ec.EllipticCurvePublicKey):
        return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    if isinstance(public, rsa.RSAPublicKey):
        return public.public_bytes(Encoding.DER, PublicFormat.PKCS1)
    return public.public_bytes_raw()


def raw_private(private):
    """The shortest standard form of the private key, and the options that name it to the command."""
    if isinstance(private, ec.EllipticCurvePrivateKey):
        return private.private_numbers().private_value.to_bytes((private.key_size + 7) // 8), "expanded"
    if isinstance(private, rsa.RSAPrivateKey):
        return private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()), "expanded"
    return private.private_bytes_raw(), "seed"


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


# Signatures


class Agreed:
    """What signer and verifier agree on: context or scheme, for both sides."""

    def __init__(self, algorithm, context=None, scheme=None, options=()):
        self.algorithm = algorithm
        self.context = context
        self.scheme = scheme
        self.options = options

    @classmethod
    def draw(cls, case, algorithm, with_context):
        if algorithm in RSA:
            scheme = list(RSA_SCHEMES)[case.number % len(RSA_SCHEMES)]
            return cls(algorithm, scheme=scheme, options=("--rsa-scheme", scheme))
        if not with_context:
            empty = algorithm in ML_DSA and case.number % 4 == 0
            return cls(algorithm, options=("--context=",) if empty else ())
        if case.number % 2:
            text = "".join(case.random.choices("abcäö/:-_. 0189漢", k=case.random.randrange(1, 80)))
            return cls(algorithm, context=text.encode(), options=(f"--context={text}",))
        length = case.random.choice([1, 2, 254, 255, case.random.randrange(1, 256)])
        context = case.random.randbytes(length)
        return cls(algorithm, context=context, options=(f"--context-hex={context.hex()}",))

    def another(self, case):
        """An agreement that differs: another context, another scheme; none for the other algorithms."""
        if self.algorithm in RSA:
            scheme = case.random.choice([scheme for scheme in RSA_SCHEMES if scheme != self.scheme])
            return Agreed(self.algorithm, scheme=scheme, options=("--rsa-scheme", scheme))
        if self.algorithm in ML_DSA:
            context = case.flipped(self.context) if self.context else case.random.randbytes(5)
            return Agreed(self.algorithm, context=context, options=("--context-hex", context.hex()))
        return None

    def python_arguments(self):
        if self.algorithm in ML_DSA:
            return (self.context,)
        if self.algorithm in ECDSA:
            return (ec.ECDSA(ECDSA[self.algorithm][1]),)
        if self.algorithm in RSA:
            kind, algorithm = RSA_SCHEMES[self.scheme]
            if kind == "PSS":
                return padding.PSS(padding.MGF1(algorithm), padding.PSS.DIGEST_LENGTH), algorithm
            return padding.PKCS1v15(), algorithm
        return ()


def python_verifies(key, agreed, message, signature):
    try:
        key.public.verify(signature, message, *agreed.python_arguments())
    except InvalidSignature:
        return False
    return True


def chop_verifies(case, key, agreed, message, signature, exits):
    number = len(case.log)
    return case.chop(
        "verify", "--key", key.public_file, "--format", "raw", *agreed.options,
        "--signature", case.file(f"{number}.sig", signature), case.file(f"{number}.msg", message),
        exits=exits,
    )


def both_refuse_an_alteration(case, key, agreed, message, signature):
    """Changes the signature, the message or what was agreed, by turns."""
    turn = case.number % 3
    another = agreed.another(case)
    if turn == 0 and another:
        agreed = another
    elif turn == 1:
        message = case.flipped(message) if message else b"\0"
    else:
        signature = case.flipped(signature)
    expect(not python_verifies(key, agreed, message, signature), "Python accepts an altered signature")
    # A flipped bit can spoil the DER of an ECDSA signature.
    exits = (NO, MALFORMED) if key.algorithm in ECDSA else NO
    chop_verifies(case, key, agreed, message, signature, exits)


def signed_by_chop(case, algorithm, with_context):
    key, message = case.key(algorithm), case.message()
    agreed = Agreed.draw(case, algorithm, with_context)
    signature_file = case.file("signature")
    deterministic = ("--deterministic",) if algorithm in ML_DSA and case.random.random() < 0.3 else ()
    case.chop(
        "sign", "--key", key.private_file, "--format", "raw", *agreed.options, *deterministic,
        "-o", signature_file, case.file("message", message),
    )
    signature = signature_file.read_bytes()
    expect(python_verifies(key, agreed, message, signature), "Python refuses the signature")
    both_refuse_an_alteration(case, key, agreed, message, signature)


def signed_by_python(case, algorithm, with_context):
    key, message = case.key(algorithm), case.message()
    agreed = Agreed.draw(case, algorithm, with_context)
    signature = key.private.sign(message, *agreed.python_arguments())
    chop_verifies(case, key, agreed, message, signature, YES)
    both_refuse_an_alteration(case, key, agreed, message, signature)


# Secrets


def python_decapsulates(private, ciphertext):
    if isinstance(private, ec.EllipticCurvePrivateKey):
        peer = ec.EllipticCurvePublicKey.from_encoded_point(private.curve, ciphertext)
        return private.exchange(ec.ECDH(), peer)
    if isinstance(private, x25519.X25519PrivateKey):
        return private.exchange(x25519.X25519PublicKey.from_public_bytes(ciphertext))
    return private.decapsulate(ciphertext)


def python_encapsulates(case, key):
    """Secret and ciphertext; for a classical agreement, a fresh key's public half is the ciphertext."""
    if key.algorithm in ML_KEM:
        return key.public.encapsulate()
    ephemeral = python_key(key.algorithm, case.random)
    ciphertext = raw_public(ephemeral.public_key())
    return python_decapsulates(ephemeral, raw_public(key.public)), ciphertext


def chop_decapsulates(case, key, ciphertext, exits=YES):
    secret = case.file(f"{len(case.log)}.secret")
    case.chop(
        "decapsulate", "--key", key.private_file,
        "--ciphertext", case.file(f"{len(case.log)}.ciphertext", ciphertext), "--secret", secret,
        exits=exits,
    )
    return secret.read_bytes() if secret.exists() else None


def both_treat_an_alteration_alike(case, key, ciphertext, secret):
    """Implicit rejection gives both sides the same unrelated secret; a point off its curve, none."""
    altered = case.flipped(ciphertext)
    try:
        wanted = python_decapsulates(key.private, altered)
    except ValueError:
        wanted = None
    got = chop_decapsulates(case, key, altered, YES if wanted else NO)
    expect_equal(got, wanted, "secret of an altered ciphertext")
    # X25519 ignores the top bit of a public key (RFC 7748 section 5).
    ignored = key.algorithm == "X25519" and altered[:31] == ciphertext[:31] and altered[31] ^ ciphertext[31] == 0x80
    expect((got == secret) == ignored, "an altered ciphertext gives the true secret")


def encapsulated_by_chop(case, algorithm):
    key = case.key(algorithm)
    ciphertext_file, secret_file = case.file("ciphertext"), case.file("secret")
    case.chop("encapsulate", "--to", key.public_file, "--ciphertext", ciphertext_file, "--secret", secret_file)
    ciphertext, secret = ciphertext_file.read_bytes(), secret_file.read_bytes()
    expect_equal(python_decapsulates(key.private, ciphertext), secret, "secret")
    both_treat_an_alteration_alike(case, key, ciphertext, secret)


def encapsulated_by_python(case, algorithm):
    key = case.key(algorithm)
    secret, ciphertext = python_encapsulates(case, key)
    expect_equal(chop_decapsulates(case, key, ciphertext), secret, "secret")
    both_treat_an_alteration_alike(case, key, ciphertext, secret)


# Keys


def converted(case, source, *options, name, passphrase=None):
    target = case.file(name)
    case.chop("convert", source, "-o", target, *options, passphrase=passphrase)
    return target.read_bytes()


def keys_made_by_chop(case, algorithm):
    private_file, public_file = case.file("key.pem"), case.file("pub.pem")
    if algorithm in RSA:
        # Making these takes long: the pool's are read again instead.
        pooled = case.random.choice(case.setup.keys[algorithm][0::2])
        shutil.copy(pooled.private_file, private_file)
        shutil.copy(pooled.public_file, public_file)
    else:
        case.chop("keygen", algorithm, "-o", private_file, "--pub", public_file)
    # OpenSSL has looked for the primes of these keys when the pool was made; every time takes long.
    trusted = {"unsafe_skip_rsa_key_validation": algorithm in RSA}
    private = serialization.load_pem_private_key(private_file.read_bytes(), None, **trusted)
    public = serialization.load_pem_public_key(public_file.read_bytes())
    expect(private.public_key() == public, "Python derives another public key")
    expect_equal(pkcs8(private, Encoding.PEM), private_file.read_bytes(), "PEM of the private key, written by Python")
    expect_equal(spki(public, Encoding.PEM), public_file.read_bytes(), "PEM of the public key, written by Python")

    der = converted(case, private_file, "--output", "der", name="key.der")
    expect_equal(pkcs8(serialization.load_der_private_key(der, None, **trusted)), der, "DER of the private key")
    der = converted(case, private_file, "--output", "der", "--public", name="pub.der")
    expect_equal(spki(serialization.load_der_public_key(der)), der, "DER of the public key")
    raw, form = raw_private(private)
    expect_equal(converted(case, private_file, "--output", "raw", "--form", form, name="key.raw"), raw, "raw key")


def keys_made_by_python(case, algorithm):
    if algorithm in RSA:
        private = case.random.choice(case.setup.keys[algorithm][1::2]).private
    else:
        private = python_key(algorithm, case.random)
    public = private.public_key()
    source = case.file("key.pem", pkcs8(private, Encoding.PEM))
    der = case.file("key.der", pkcs8(private))
    raw, form = raw_private(private)
    expect_equal(converted(case, source, "--output", "der", name="2.der"), der.read_bytes(), "PKCS#8 in DER")
    expect_equal(converted(case, der, name="2.pem"), source.read_bytes(), "PKCS#8 in PEM")
    expect_equal(converted(case, source, "--output", "raw", "--form", form, name="2.raw"), raw, "raw key")
    raw_file = case.file("key.raw", raw)
    written = converted(case, raw_file, "--input", f"raw-{form}", "--algorithm", algorithm, name="3.pem")
    expect_equal(written, source.read_bytes(), "PKCS#8 of a raw key")

    public_file = case.file("pub.pem", spki(public, Encoding.PEM))
    derived = converted(case, source, "--public", name="2.pub")
    expect_equal(derived, public_file.read_bytes(), "public key of a private one")
    public_der = case.file("pub.der", spki(public))
    turn = case.number % 2
    back = converted(case, (public_file, public_der)[turn], "--output", ("der", "pem")[turn], name="3.pub")
    expect_equal(back, (public_der, public_file)[turn].read_bytes(), "SubjectPublicKeyInfo")
    raw_file = case.file("pub.raw", raw_public(public))
    written = converted(case, raw_file, "--input", "raw-public", "--algorithm", algorithm, name="4.pub")
    expect_equal(written, public_file.read_bytes(), "SubjectPublicKeyInfo of a raw key")


def longer_forms(case, algorithm):
    """`expanded` and `both`: Python reads neither (pinned), the command reads what it wrote."""
    private = python_key(algorithm, case.random)
    source = case.file("key.pem", pkcs8(private, Encoding.PEM))
    for form in ("expanded", "both"):
        written = converted(case, source, "--form", form, name=f"{form}.pem")
        try:
            serialization.load_pem_private_key(written, None)
        except ValueError:
            pass
        else:
            raise Failed(f"Python now reads the {form} form: exchange it in both directions")
        public = converted(case, case.file(f"{form}.pem"), "--public", name=f"{form}.pub")
        expect_equal(public, spki(private.public_key(), Encoding.PEM), f"public key of the {form} form")
    seed = converted(case, case.file("both.pem"), "--output", "raw", "--form", "seed", name="seed.raw")
    expect_equal(seed, private.private_bytes_raw(), "seed of the form `both`")


def json_web_keys(case, algorithm):
    """RFC 9964, taken apart and put together by hand: Python's library has no JWK."""
    def base64url(data):
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    private = python_key(algorithm, case.random)
    source = case.file("key.pem", pkcs8(private, Encoding.PEM))
    members = {"kty": "AKP", "alg": algorithm, "pub": base64url(raw_public(private.public_key()))}
    written = converted(case, source, "--public", "--output", "jwk", name="public.jwk")
    expect_equal(json.loads(written), members, "public JWK")
    members["priv"] = base64url(private.private_bytes_raw())
    written = converted(case, source, "--output", "jwk", name="private.jwk")
    expect_equal(json.loads(written), members, "private JWK")
    shuffled = list(members.items()) + [("kid", "a key")]
    case.random.shuffle(shuffled)
    jwk = case.file("shuffled.jwk", json.dumps(dict(shuffled), indent=case.number % 3).encode())
    expect_equal(converted(case, jwk, name="back.pem"), source.read_bytes(), "key of a JWK")


def refused_by_python(case):
    """ML-KEM-512 is not in Python's library: pinned, so that it is noticed when it comes."""
    private_file, public_file = case.file("key.pem"), case.file("pub.pem")
    case.chop("keygen", "ML-KEM-512", "-o", private_file, "--pub", public_file)
    for load, file in (
        (lambda pem: serialization.load_pem_private_key(pem, None), private_file),
        (serialization.load_pem_public_key, public_file),
    ):
        try:
            load(file.read_bytes())
        except (ValueError, cryptography.exceptions.UnsupportedAlgorithm):
            continue
        raise Failed("Python now reads ML-KEM-512: give it rows of its own")


def older_containers(case):
    """SEC 1 and PKCS#1, which Python calls traditional."""
    algorithm = [*ECDSA, *RSA][case.number % 6]
    private = case.key(algorithm).private
    old = case.file("old.pem", private.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    expect_equal(converted(case, old, name="new.pem"), pkcs8(private, Encoding.PEM), "PKCS#8 of an older container")


def encrypted_by_chop(case):
    algorithm = case.random.choice(WRITTEN)
    key, passphrase = case.key(algorithm), case.passphrase()
    form = ("pem", "der")[case.number % 2]
    if algorithm not in RSA and case.number % 4 == 0:
        case.chop("keygen", algorithm, "-o", case.file("encrypted"), "--encrypt", passphrase=passphrase)
        encrypted, load, wanted = case.file("encrypted").read_bytes(), serialization.load_pem_private_key, None
    else:
        encrypted = converted(
            case, key.private_file, "--encrypt", "--output", form, name="encrypted", passphrase=passphrase
        )
        load = {"pem": serialization.load_pem_private_key, "der": serialization.load_der_private_key}[form]
        wanted = pkcs8(key.private)
    opened = pkcs8(load(encrypted, passphrase.encode(), unsafe_skip_rsa_key_validation=algorithm in RSA))
    if wanted is None:
        wanted = converted(case, case.file("encrypted"), "--output", "der", name="opened", passphrase=passphrase)
    expect_equal(opened, wanted, "key that Python decrypts")


def encrypted_by_python(case):
    key, passphrase = case.key(case.random.choice(WRITTEN)), case.passphrase()
    encoding = (Encoding.PEM, Encoding.DER)[case.number % 2]
    encrypted = case.file("encrypted", pkcs8(key.private, encoding, BestAvailableEncryption(passphrase.encode())))
    opened = converted(case, encrypted, "--output", "der", name="opened", passphrase=passphrase)
    expect_equal(opened, pkcs8(key.private), "key that chop decrypts")
    case.chop("convert", encrypted, "-o", case.file("nothing"), exits=PASSPHRASE, passphrase=passphrase + "x")
    expect(not case.file("nothing").exists(), "a wrong passphrase leaves a file")


# The system's openssl


def openssl_key(case, algorithm):
    """A key file of the command `openssl`; RSA keys come from the pool because making them takes long."""
    target = case.file("openssl.pem")
    if algorithm in RSA:
        case.openssl("pkey", "-in", case.key(algorithm).private_file, "-out", target)
    elif algorithm in ECDSA:
        curve = {256: "P-256", 384: "P-384", 521: "P-521"}[ECDSA[algorithm][0].key_size]
        case.openssl("genpkey", "-algorithm", "EC", "-pkeyopt", f"ec_paramgen_curve:{curve}", "-out", target)
    else:
        case.openssl("genpkey", "-algorithm", algorithm, "-out", target)
    return target


def keys_made_by_openssl(case):
    source = openssl_key(case, CLASSICAL[case.number % len(CLASSICAL)])
    expect_equal(converted(case, source, name="same.pem"), source.read_bytes(), "PKCS#8 in PEM")
    # For elliptic curves and RSA, this writes SEC 1 and PKCS#1.
    case.openssl("pkey", "-in", source, "-outform", "DER", "-out", case.file("key.der"))
    expect_equal(converted(case, case.file("key.der"), name="from-der.pem"), source.read_bytes(), "key in DER")
    case.openssl("pkey", "-in", source, "-pubout", "-out", case.file("pub.pem"))
    expect_equal(converted(case, source, "--public", name="same.pub"), case.file("pub.pem").read_bytes(), "public key")


def keys_read_by_openssl(case):
    key = case.key(CLASSICAL[case.number % len(CLASSICAL)])
    written = case.file("key.der")
    converted(case, key.private_file, "--output", "der", name="key.der")
    case.openssl("pkey", "-inform", "DER", "-in", written, "-check", "-noout")
    again = ("-inform", "DER", "-in", written, "-outform", "DER", "-out", case.file("again.der"))
    case.openssl("pkcs8", "-topk8", "-nocrypt", *again)
    expect_equal(case.file("again.der").read_bytes(), written.read_bytes(), "PKCS#8 that openssl writes again")
    case.openssl("pkey", "-inform", "DER", "-in", written, "-pubout", "-out", case.file("pub.pem"))
    expect_equal(case.file("pub.pem").read_bytes(), spki(key.public, Encoding.PEM), "public key")


def older_containers_of_openssl(case):
    algorithm = [*ECDSA, *RSA][case.number % 6]
    source = openssl_key(case, algorithm)
    case.openssl("pkey", "-in", source, "-traditional", "-out", case.file("old.pem"))
    expect_equal(converted(case, case.file("old.pem"), name="new.pem"), source.read_bytes(), "PKCS#8")


def encrypted_by_openssl(case, options):
    algorithm = CLASSICAL[case.number % len(CLASSICAL)]
    source, passphrase = openssl_key(case, algorithm), case.passphrase()
    encrypted = case.file("encrypted")
    case.openssl(
        "pkcs8", "-topk8", "-in", source, "-out", encrypted,
        "-passout", f"file:{case.file('passphrase', passphrase.encode())}", *options(case),
    )
    expect_equal(converted(case, encrypted, name="opened", passphrase=passphrase), source.read_bytes(), "opened key")
    case.chop("convert", encrypted, "-o", case.file("nothing"), exits=PASSPHRASE, passphrase="x" + passphrase)


def pbkdf2(case):
    cipher = case.random.choice(["aes-128-cbc", "aes-192-cbc", "aes-256-cbc"])
    digest = case.random.choice(["SHA224", "SHA256", "SHA384", "SHA512"])
    return "-v2", cipher, "-v2prf", f"hmacWith{digest}", "-iter", str(case.random.randrange(1, 5000))


def scrypt(case):
    parameters = case.random.choice([(16384, 8, 1), (1024, 8, 3), (2048, 4, 2), (16, 1, 1)])
    names = ("-scrypt_N", "-scrypt_r", "-scrypt_p")
    chosen = [text for name, value in zip(names, parameters) for text in (name, str(value))]
    return "-v2", case.random.choice(["aes-128-cbc", "aes-256-cbc"]), *chosen


def encrypted_for_openssl(case):
    key, passphrase = case.key(case.random.choice(CLASSICAL)), case.passphrase()
    converted(case, key.private_file, "--encrypt", name="encrypted", passphrase=passphrase)
    case.openssl(
        "pkcs8", "-in", case.file("encrypted"), "-out", case.file("opened.pem"),
        "-passin", f"file:{case.file('passphrase', passphrase.encode())}",
    )
    expect_equal(case.file("opened.pem").read_bytes(), pkcs8(key.private, Encoding.PEM), "key that openssl decrypts")


def signatures_with_openssl(case, by_chop):
    """ECDSA and RSASSA-PKCS1-v1_5, whose options `openssl dgst` has."""
    algorithm = [*ECDSA, *RSA][case.number % 6]
    key, message = case.key(algorithm), case.file("message", case.message())
    digest = ECDSA[algorithm][1].name if algorithm in ECDSA else "sha384"
    options = () if algorithm in ECDSA else ("--rsa-scheme", "RSASSA-PKCS1-v1_5-SHA384")
    signature = case.file("signature")
    if by_chop:
        case.chop("sign", "--key", key.private_file, "--format", "raw", *options, "-o", signature, message)
        case.openssl("dgst", f"-{digest}", "-verify", key.public_file, "-signature", signature, message)
        return
    case.openssl("dgst", f"-{digest}", "-sign", key.private_file, "-out", signature, message)
    verify = ("verify", "--key", key.public_file, "--format", "raw", *options, "--signature", signature)
    case.chop(*verify, message)
    case.chop(*verify, case.file("other", b"another message"), exits=NO)


def python_rows():
    for algorithm in SIGNING:
        contexts = (("no context", False), ("context", True)) if algorithm in ML_DSA else (("", False),)
        for words, with_context in contexts:
            tail = f", {words}" if words else ""
            yield f"{algorithm} signed by chop{tail}", signed_by_chop, (algorithm, with_context)
            yield f"{algorithm} signed by Python{tail}", signed_by_python, (algorithm, with_context)
    for algorithm in AGREEING:
        yield f"{algorithm} encapsulated by chop", encapsulated_by_chop, (algorithm,)
        yield f"{algorithm} encapsulated by Python", encapsulated_by_python, (algorithm,)
    for algorithm in WRITTEN:
        yield f"{algorithm} keys made by chop", keys_made_by_chop, (algorithm,)
        yield f"{algorithm} keys made by Python", keys_made_by_python, (algorithm,)
    for algorithm in LATTICE:
        yield f"{algorithm} longer forms", longer_forms, (algorithm,)
    for algorithm in ML_DSA:
        yield f"{algorithm} JWK", json_web_keys, (algorithm,)
    yield "ML-KEM-512 refused by Python", refused_by_python, ()
    yield "SEC 1 and PKCS#1 made by Python", older_containers, ()
    yield "encrypted by chop for Python", encrypted_by_chop, ()
    yield "encrypted by Python", encrypted_by_python, ()


def openssl_rows():
    yield "keys made by openssl", keys_made_by_openssl, ()
    yield "keys read by openssl", keys_read_by_openssl, ()
    yield "SEC 1 and PKCS#1 made by openssl", older_containers_of_openssl, ()
    yield "encrypted by openssl, PBKDF2", encrypted_by_openssl, (pbkdf2,)
    yield "encrypted by openssl, scrypt", encrypted_by_openssl, (scrypt,)
    yield "encrypted by chop for openssl", encrypted_for_openssl, ()
    yield "signed by chop for openssl", signatures_with_openssl, (True,)
    yield "signed by openssl", signatures_with_openssl, (False,)


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
    shutil.rmtree(setup.scratch / "work")

    passed, failed = sum(tally.passed.values()), sum(tally.failed.values())
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
