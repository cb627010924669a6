"""The recorded parts of the hybrids' self-tests, made by other people's software.

For each composite a private key with fixed contents, and what its traditional part makes with it: a
signature over the message representative, or a ciphertext. Randomised, so a second run gives other
files; those in the repository were made once, with cryptography 50.0.2.

    python scripts/lib/interop/self_test_data.py src/backend/self_test_data
"""

import hashlib
import sys
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding

MESSAGE, CONTEXT = b"chop self-test", b"known answer"
PREFIX = b"CompositeAlgorithmSignatures2025"

SIGNATURES = """
MLDSA44-RSA2048-PSS-SHA256 MLDSA44-RSA2048-PKCS15-SHA256 MLDSA44-Ed25519-SHA512 MLDSA44-ECDSA-P256-SHA256
MLDSA65-RSA3072-PSS-SHA512 MLDSA65-RSA3072-PKCS15-SHA512 MLDSA65-RSA4096-PSS-SHA512 MLDSA65-RSA4096-PKCS15-SHA512
MLDSA65-ECDSA-P256-SHA512 MLDSA65-ECDSA-P384-SHA512 MLDSA65-ECDSA-brainpoolP256r1-SHA512 MLDSA65-Ed25519-SHA512
MLDSA87-ECDSA-P384-SHA512 MLDSA87-ECDSA-brainpoolP384r1-SHA512 MLDSA87-Ed448-SHAKE256 MLDSA87-RSA3072-PSS-SHA512
MLDSA87-RSA4096-PSS-SHA512 MLDSA87-ECDSA-P521-SHA512
""".split()

KEMS = """
MLKEM768-RSA2048-SHA3-256 MLKEM768-RSA3072-SHA3-256 MLKEM768-RSA4096-SHA3-256 MLKEM768-X25519-SHA3-256
MLKEM768-ECDH-P256-SHA3-256 MLKEM768-ECDH-P384-SHA3-256 MLKEM768-ECDH-brainpoolP256r1-SHA3-256
MLKEM1024-RSA3072-SHA3-256 MLKEM1024-ECDH-P384-SHA3-256 MLKEM1024-ECDH-brainpoolP384r1-SHA3-256
MLKEM1024-X448-SHA3-256 MLKEM1024-ECDH-P521-SHA3-256
""".split()

CURVES = {
    "P256": (ec.SECP256R1(), 32, hashes.SHA256()),
    "P384": (ec.SECP384R1(), 48, hashes.SHA384()),
    "P521": (ec.SECP521R1(), 66, hashes.SHA512()),
    "brainpoolP256r1": (ec.BrainpoolP256R1(), 32, hashes.SHA256()),
    "brainpoolP384r1": (ec.BrainpoolP384R1(), 48, hashes.SHA384()),
}
RAW = {"Ed25519": 32, "X25519": 32, "Ed448": 57, "X448": 56}


def rsa_key(folder, bits):
    return (folder / f"rsa-{bits}.der").read_bytes()


def ec_private_key(curve, scalar):
    """ECPrivateKey with the named curve and without the public key."""
    oids = {
        "P256": "06082a8648ce3d030107",
        "P384": "06052b81040022",
        "P521": "06052b81040023",
        "brainpoolP256r1": "06092b2403030208010107",
        "brainpoolP384r1": "06092b240303020801010b",
    }
    oid = bytes.fromhex(oids[curve])
    contents = bytes.fromhex("020101") + bytes([4, len(scalar)]) + scalar + bytes([0xA0, len(oid)]) + oid
    return bytes([0x30, len(contents)]) + contents


def traditional(folder, name):
    """The part's name, its private key as the drafts serialize it, and the key itself."""
    part = next(p for p in name.split("-")[1:] if p not in ("ECDSA", "ECDH"))
    if part.startswith("RSA"):
        der = rsa_key(folder, int(part[3:]))
        return part, der, serialization.load_der_private_key(der, None)
    if part in RAW:
        # Fixed contents: 0, 1, 2, and so on.
        raw = bytes(range(RAW[part]))
        kinds = {"Ed25519": ed25519.Ed25519PrivateKey, "Ed448": ed448.Ed448PrivateKey}
        return part, raw, kinds[part].from_private_bytes(raw) if part in kinds else None
    curve, size, _ = CURVES[part]
    scalar = bytes(range(size))
    return part, ec_private_key(part, scalar), ec.derive_private_key(int.from_bytes(scalar, "big"), curve)


def sign(name, part, key, message):
    if part.startswith("RSA"):
        scheme_hash = hashes.SHA384() if part == "RSA4096" else hashes.SHA256()
        scheme = padding.PKCS1v15()
        if "PSS" in name:
            scheme = padding.PSS(padding.MGF1(scheme_hash), scheme_hash.digest_size)
        return key.sign(message, scheme, scheme_hash)
    if part in RAW:
        return key.sign(message)
    return key.sign(message, ec.ECDSA(CURVES[part][2]))


def main():
    folder = Path(sys.argv[1])
    for name in SIGNATURES:
        part, secret, key = traditional(folder, name)
        pre_hash = name.split("-")[-1]
        hashed = hashlib.shake_256(MESSAGE).digest(64) if pre_hash == "SHAKE256" else hashlib.new(pre_hash, MESSAGE).digest()
        label = "COMPSIG-" + name.replace("brainpoolP256r1", "BP256").replace("brainpoolP384r1", "BP384")
        representative = PREFIX + label.encode() + bytes([len(CONTEXT)]) + CONTEXT + hashed
        (folder / f"{name}.key").write_bytes(bytes(range(32)) + secret)
        (folder / f"{name}.sig").write_bytes(sign(name, part, key, representative))
    for name in KEMS:
        part, secret, key = traditional(folder, name)
        (folder / f"{name}.key").write_bytes(bytes(range(64)) + secret)
        if part.startswith("RSA"):
            oaep = padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None)
            ciphertext = key.public_key().encrypt(bytes(range(32)), oaep)
            (folder / f"{name}.ct").write_bytes(ciphertext)


if __name__ == "__main__":
    main()
