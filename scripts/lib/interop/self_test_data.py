"""The recorded parts of the hybrids' self-tests, made by hybrids.py and so by other people's software.

For each composite a private key with fixed contents, and what its classical half makes with it: a
signature over M', or an RSA ciphertext. Signatures and ciphertexts are randomised, and the known
answers of src/backend/self_test.rs contain the ciphertexts: those files were made once, with
cryptography 50.0.2.

    python scripts/lib/interop/self_test_data.py src/backend/self_test_data
"""

import sys
from pathlib import Path

from hybrids import KEMS, SIGNATURES, EllipticCurve, Raw, Rsa

MESSAGE, CONTEXT = b"chop self-test", b"known answer"
RAW_LENGTHS = {"Ed25519": 32, "X25519": 32, "Ed448": 57, "X448": 56}


def counting(length):
    """0, 1, 2, and so on."""
    return bytes(range(length))


def classical_private(folder, algorithm):
    half = algorithm.classical
    if isinstance(half, Rsa):
        # Made for these tests and used for nothing else.
        return (folder / f"rsa-{half.bits}.der").read_bytes()
    if isinstance(half, EllipticCurve):
        return half.written(counting(half.length))
    assert isinstance(half, Raw)
    return counting(RAW_LENGTHS[algorithm.name.split("-")[1]])


def main():
    folder = Path(sys.argv[1])
    for name, algorithm in SIGNATURES.items():
        private = counting(algorithm.seed) + classical_private(folder, algorithm)
        (folder / f"{name}.key").write_bytes(private)
        _, key = algorithm.private(private)
        signature = algorithm.classical.sign(key, algorithm.representative(MESSAGE, CONTEXT))
        (folder / f"{name}.sig").write_bytes(signature)
    for name, algorithm in KEMS.items():
        if name == "X-Wing":
            continue  # Its private key is a seed.
        private = counting(algorithm.seed) + classical_private(folder, algorithm)
        (folder / f"{name}.key").write_bytes(private)
        if isinstance(algorithm.classical, Rsa):
            _, key = algorithm.private(private)
            ciphertext = key.public_key().encrypt(counting(32), algorithm.classical.oaep)
            (folder / f"{name}.ct").write_bytes(ciphertext)


if __name__ == "__main__":
    main()
