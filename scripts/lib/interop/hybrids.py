"""Composite ML-DSA, composite ML-KEM and X-Wing, written from their documents alone:

    draft-ietf-lamps-pq-composite-sigs-19, -kem-17, draft-connolly-cfrg-xwing-kem-10

on the primitives of Python's `cryptography`, so that what chop makes of the same documents can be
held against it. Keys, signatures and ciphertexts are the raw bytes of the documents; `private_pem`
and its neighbours carry them in files. Decoding is strict: where a document has one encoding, any
other is a ValueError, or no signature.

    python hybrids.py --vectors FOLDER    runs the published vectors (hybrid_vectors.py)
"""

import hashlib
import secrets
import sys
from dataclasses import dataclass

from case import from_pem, to_pem
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, mldsa, mlkem, padding, rsa, x448, x25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)
from tlv import OCTET_STRING, OID, SEQUENCE, Node, oid, parse

INTEGER, BIT_STRING = 0x02, 0x03
PKIX_ALGORITHMS = "1.3.6.1.5.5.7.6"
# Public key, then signature or ciphertext: FIPS 204 table 2, FIPS 203 table 3.
ML_DSA = {
    44: (mldsa.MLDSA44PrivateKey, mldsa.MLDSA44PublicKey, 1312, 2420),
    65: (mldsa.MLDSA65PrivateKey, mldsa.MLDSA65PublicKey, 1952, 3309),
    87: (mldsa.MLDSA87PrivateKey, mldsa.MLDSA87PublicKey, 2592, 4627),
}
ML_KEM = {
    768: (mlkem.MLKEM768PrivateKey, mlkem.MLKEM768PublicKey, 1184, 1088),
    1024: (mlkem.MLKEM1024PrivateKey, mlkem.MLKEM1024PublicKey, 1568, 1568),
}
CURVES = {
    "P256": (ec.SECP256R1(), "1.2.840.10045.3.1.7", hashes.SHA256()),
    "P384": (ec.SECP384R1(), "1.3.132.0.34", hashes.SHA384()),
    "P521": (ec.SECP521R1(), "1.3.132.0.35", hashes.SHA512()),
    "brainpoolP256r1": (ec.BrainpoolP256R1(), "1.3.36.3.3.2.8.1.1.7", hashes.SHA256()),
    "brainpoolP384r1": (ec.BrainpoolP384R1(), "1.3.36.3.3.2.8.1.1.11", hashes.SHA384()),
}
PREHASH = {
    "SHA256": lambda message: hashlib.sha256(message).digest(),
    "SHA512": lambda message: hashlib.sha512(message).digest(),
    "SHAKE256": lambda message: hashlib.shake_256(message).digest(64),
}


def require(condition, what):
    if not condition:
        raise ValueError(what)


# The classical halves. `private` and `public` are objects of `cryptography`.


class EllipticCurve:
    """ECDSA and ECDH: ECPrivateKey with the named curve and without publicKey; an uncompressed point."""

    def __init__(self, name):
        self.curve, curve_oid, self.hash = CURVES[name]
        self.length = (self.curve.key_size + 7) // 8
        self.parameters = Node(0xA0, children=[Node(OID, oid(curve_oid))])

    def generate(self):
        return ec.generate_private_key(self.curve)

    def write_private(self, private):
        return self.written(private.private_numbers().private_value.to_bytes(self.length))

    def written(self, scalar):
        return Node(SEQUENCE, children=[Node(INTEGER, b"\1"), Node(OCTET_STRING, scalar), self.parameters]).encoded()

    def read_private(self, data):
        # Everything but the scalar is fixed: version, length, curve, no publicKey.
        before, after = self.written(bytes(self.length)).split(bytes(self.length))
        scalar = data[len(before) : len(before) + self.length]
        require(data == before + scalar + after, "not the ECPrivateKey of this curve without publicKey")
        return ec.derive_private_key(int.from_bytes(scalar), self.curve)

    def write_public(self, public):
        return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def read_public(self, data):
        require(len(data) == 1 + 2 * self.length and data[0] == 4, "not an uncompressed point of this curve")
        return ec.EllipticCurvePublicKey.from_encoded_point(self.curve, data)

    def sign(self, private, message):
        return private.sign(message, ec.ECDSA(self.hash))

    def verify(self, public, signature, message):
        public.verify(signature, message, ec.ECDSA(self.hash))

    def encapsulate(self, public):
        ephemeral = self.generate()
        return ephemeral.exchange(ec.ECDH(), public), self.write_public(ephemeral.public_key())

    def decapsulate(self, private, ciphertext):
        return private.exchange(ec.ECDH(), self.read_public(ciphertext))


class Raw:
    """Ed25519, Ed448, X25519 and X448: bytes as they are."""

    def __init__(self, private, public):
        self.private, self.public = private, public

    def generate(self):
        return self.private.generate()

    def write_private(self, private):
        return private.private_bytes_raw()

    def read_private(self, data):
        return self.private.from_private_bytes(data)

    def write_public(self, public):
        return public.public_bytes_raw()

    def read_public(self, data):
        return self.public.from_public_bytes(data)

    def sign(self, private, message):
        return private.sign(message)

    def verify(self, public, signature, message):
        public.verify(signature, message)

    def encapsulate(self, public):
        ephemeral = self.generate()
        return ephemeral.exchange(public), self.write_public(ephemeral.public_key())

    def decapsulate(self, private, ciphertext):
        # An all-zero result is an error of the library, which is passed on (RFC 7748 section 6).
        return private.exchange(self.read_public(ciphertext))


class Rsa:
    """RSAPrivateKey and RSAPublicKey of RFC 8017, with the modulus size of the algorithm and no other."""

    def __init__(self, bits, scheme):
        self.bits = bits
        hash_function = hashes.SHA384() if bits == 4096 else hashes.SHA256()
        pss = padding.PSS(padding.MGF1(hash_function), padding.PSS.DIGEST_LENGTH)
        self.scheme = (pss if scheme == "PSS" else padding.PKCS1v15(), hash_function)
        # SHA-256 for every modulus size, unlike the signatures; the label of OAEP is empty.
        self.oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)

    def generate(self):
        return rsa.generate_private_key(65537, self.bits)

    def write_private(self, private):
        return private.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())

    def read_private(self, data):
        # The library looks for the primes of a key that it does not know at every load.
        private = load_der_private_key(data, None, unsafe_skip_rsa_key_validation=True)
        require(isinstance(private, rsa.RSAPrivateKey) and self.write_private(private) == data, "not the DER of an RSAPrivateKey")
        require(private.key_size == self.bits, f"modulus of {private.key_size} bits")
        return private

    def write_public(self, public):
        return public.public_bytes(Encoding.DER, PublicFormat.PKCS1)

    def read_public(self, data):
        public = load_der_public_key(data)
        require(isinstance(public, rsa.RSAPublicKey) and self.write_public(public) == data, "not the DER of an RSAPublicKey")
        require(public.key_size == self.bits, f"modulus of {public.key_size} bits")
        return public

    def sign(self, private, message):
        return private.sign(message, *self.scheme)

    def verify(self, public, signature, message):
        public.verify(signature, message, *self.scheme)

    def encapsulate(self, public):
        secret = secrets.token_bytes(32)
        return secret, public.encrypt(secret, self.oaep)

    def decapsulate(self, private, ciphertext):
        secret = private.decrypt(ciphertext, self.oaep)
        # The sender chooses it: another length would shift the boundaries inside the combiner's input.
        require(len(secret) == 32, f"RSA-OAEP secret of {len(secret)} bytes")
        return secret


def classical(name):
    """The classical half that the name of a composite says: `RSA3072-PSS`, `ECDSA-P256`, `X25519`."""
    family, _, rest = name.partition("-")
    if family in ("ECDSA", "ECDH"):
        return EllipticCurve(rest)
    if family.startswith("RSA"):
        return Rsa(int(family.removeprefix("RSA")), rest)
    module = {"Ed25519": ed25519, "Ed448": ed448, "X25519": x25519, "X448": x448}[name]
    return Raw(getattr(module, f"{name}PrivateKey"), getattr(module, f"{name}PublicKey"))


@dataclass
class Composite:
    """What both kinds of composite share: names, keys, and the cut at the fixed length of the lattice half."""

    name: str
    oid: str
    lattice: tuple
    classical: object
    label: bytes
    seed: int

    def generate(self, classical_key=None):
        """A raw private key; `classical_key` is for tests that cannot wait for new RSA keys."""
        return secrets.token_bytes(self.seed) + self.classical.write_private(classical_key or self.classical.generate())

    def private(self, data):
        """DeserializePrivateKey."""
        require(len(data) > self.seed, "private key too short")
        return self.lattice[0].from_seed_bytes(data[: self.seed]), self.classical.read_private(data[self.seed :])

    def public(self, data):
        """The raw public key of a raw private key."""
        lattice, classical_key = self.private(data)
        return lattice.public_key().public_bytes_raw() + self.classical.write_public(classical_key.public_key())

    def read_public(self, data):
        """DeserializePublicKey."""
        lattice_key, classical_key = self.split(data, self.lattice[2])
        # The library checks the modulus of an ML-KEM key as it reads it (FIPS 203 section 7.2).
        return self.lattice[1].from_public_bytes(lattice_key), self.classical.read_public(classical_key)

    def split(self, data, at):
        require(len(data) > at, "too short for both halves")
        return data[:at], data[at:]


class CompositeSignature(Composite):
    """Composite ML-DSA, sections 3 and 4."""

    PREFIX = b"CompositeAlgorithmSignatures2025"

    def representative(self, message, context):
        # Sign and Verify, step 1, and M' of step 2 or 3.
        require(len(context) <= 255, "context longer than 255 bytes")
        prehash = PREHASH[self.name.rpartition("-")[2]](message)
        return self.PREFIX + self.label + bytes([len(context)]) + context + prehash

    def sign(self, private, message, context=b""):
        representative = self.representative(message, context)
        lattice, classical_key = self.private(private)
        # Step 4: the label is the context of ML-DSA.
        return lattice.sign(representative, self.label) + self.classical.sign(classical_key, representative)

    def verify(self, public, message, signature, context=b""):
        representative = self.representative(message, context)
        try:
            # Step 2: whatever does not decode is an invalid signature.
            lattice_key, classical_key = self.read_public(public)
            lattice_signature, classical_signature = self.split(signature, self.lattice[3])
            # Step 4: both.
            lattice_key.verify(lattice_signature, representative, self.label)
            self.classical.verify(classical_key, classical_signature, representative)
        except (InvalidSignature, ValueError):
            return False
        return True


class CompositeKem(Composite):
    """Composite ML-KEM, sections 3 and 4. Whatever fails in one half is raised."""

    def combined(self, lattice_secret, classical_secret, classical_ciphertext, classical_public):
        parts = lattice_secret, classical_secret, classical_ciphertext, classical_public, self.label
        return hashlib.sha3_256(b"".join(parts)).digest()

    def encapsulate(self, public):
        """Secret and ciphertext."""
        lattice_key, classical_key = self.read_public(public)
        lattice_secret, lattice_ciphertext = lattice_key.encapsulate()
        secret, ciphertext = self.classical.encapsulate(classical_key)
        classical_public = public[self.lattice[2] :]
        return self.combined(lattice_secret, secret, ciphertext, classical_public), lattice_ciphertext + ciphertext

    def decapsulate(self, private, ciphertext):
        lattice_key, classical_key = self.private(private)
        lattice_ciphertext, classical_ciphertext = self.split(ciphertext, self.lattice[3])
        lattice_secret = lattice_key.decapsulate(lattice_ciphertext)
        secret = self.classical.decapsulate(classical_key, classical_ciphertext)
        public = self.classical.write_public(classical_key.public_key())
        return self.combined(lattice_secret, secret, classical_ciphertext, public)


class XWing(CompositeKem):
    """X-Wing, section 5: the halves of MLKEM768-X25519-SHA3-256, from one seed of 32 bytes."""

    def generate(self, classical_key=None):
        return secrets.token_bytes(32)

    def private(self, data):
        """expandDecapsulationKey."""
        require(len(data) == 32, "private key not of 32 bytes")
        return super().private(hashlib.shake_256(data).digest(96))


SIGNATURE_NAMES = """
    MLDSA44-RSA2048-PSS-SHA256 MLDSA44-RSA2048-PKCS15-SHA256 MLDSA44-Ed25519-SHA512 MLDSA44-ECDSA-P256-SHA256
    MLDSA65-RSA3072-PSS-SHA512 MLDSA65-RSA3072-PKCS15-SHA512 MLDSA65-RSA4096-PSS-SHA512 MLDSA65-RSA4096-PKCS15-SHA512
    MLDSA65-ECDSA-P256-SHA512 MLDSA65-ECDSA-P384-SHA512 MLDSA65-ECDSA-brainpoolP256r1-SHA512 MLDSA65-Ed25519-SHA512
    MLDSA87-ECDSA-P384-SHA512 MLDSA87-ECDSA-brainpoolP384r1-SHA512 MLDSA87-Ed448-SHAKE256
    MLDSA87-RSA3072-PSS-SHA512 MLDSA87-RSA4096-PSS-SHA512 MLDSA87-ECDSA-P521-SHA512
""".split()  # 37 to 54, in this order
KEM_NAMES = """
    MLKEM768-RSA2048-SHA3-256 MLKEM768-RSA3072-SHA3-256 MLKEM768-RSA4096-SHA3-256 MLKEM768-X25519-SHA3-256
    MLKEM768-ECDH-P256-SHA3-256 MLKEM768-ECDH-P384-SHA3-256 MLKEM768-ECDH-brainpoolP256r1-SHA3-256
    MLKEM1024-RSA3072-SHA3-256 MLKEM1024-ECDH-P384-SHA3-256 MLKEM1024-ECDH-brainpoolP384r1-SHA3-256
    MLKEM1024-X448-SHA3-256 MLKEM1024-ECDH-P521-SHA3-256
""".split()  # 55 to 66, in this order
XWING_LABEL = bytes.fromhex("5c2e2f2f5e5c")


def short(name):
    """The names of the Brainpool curves as the labels have them."""
    return name.replace("brainpoolP256r1", "BP256").replace("brainpoolP384r1", "BP384")


def signature_algorithm(number, name):
    lattice, rest = name.split("-", 1)
    label = f"COMPSIG-{short(name)}".encode()
    half = classical(rest.rpartition("-")[0])
    return CompositeSignature(name, f"{PKIX_ALGORITHMS}.{number}", ML_DSA[int(lattice[5:])], half, label, 32)


def kem_algorithm(number, name):
    lattice, rest = name.removesuffix("-SHA3-256").split("-", 1)
    if rest == "X25519":
        label = XWING_LABEL
    else:
        label = f"{lattice}-{short(rest).replace('ECDH-', '').replace('RSA', 'RSAOAEP')}".encode()
    return CompositeKem(name, f"{PKIX_ALGORITHMS}.{number}", ML_KEM[int(lattice[5:])], classical(rest), label, 64)


SIGNATURES = {name: signature_algorithm(number, name) for number, name in enumerate(SIGNATURE_NAMES, 37)}
KEMS = {name: kem_algorithm(number, name) for number, name in enumerate(KEM_NAMES, 55)}
KEMS["X-Wing"] = XWing("X-Wing", "1.3.6.1.4.1.62253.25722", ML_KEM[768], classical("X25519"), XWING_LABEL, 64)
ALGORITHMS = SIGNATURES | KEMS


# Files: the raw bytes in an OCTET STRING or BIT STRING, parameters absent.


def private_der(algorithm, private):
    identifier = Node(SEQUENCE, children=[Node(OID, oid(algorithm.oid))])
    return Node(SEQUENCE, children=[Node(INTEGER, b"\0"), identifier, Node(OCTET_STRING, private)]).encoded()


def public_der(algorithm, public):
    identifier = Node(SEQUENCE, children=[Node(OID, oid(algorithm.oid))])
    return Node(SEQUENCE, children=[identifier, Node(BIT_STRING, b"\0" + public)]).encoded()


def private_pem(algorithm, private):
    return to_pem("PRIVATE KEY", private_der(algorithm, private))


def public_pem(algorithm, public):
    return to_pem("PUBLIC KEY", public_der(algorithm, public))


def private_of(algorithm, der):
    """The raw key of PKCS#8 without the optional fields."""
    raw = parse(der).children[-1].value
    require(private_der(algorithm, raw) == der, "not PKCS#8 of this algorithm without optional fields")
    return raw


def public_of(algorithm, der):
    raw = parse(der).children[-1].value[1:]
    require(public_der(algorithm, raw) == der, "not a SubjectPublicKeyInfo of this algorithm")
    return raw


def private_of_pem(algorithm, pem):
    return private_of(algorithm, from_pem(pem))


def public_of_pem(algorithm, pem):
    return public_of(algorithm, from_pem(pem))


if __name__ == "__main__":
    from hybrid_vectors import main

    sys.exit(main())
