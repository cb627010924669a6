"""Files of round 3 by dilithium-py and kyber-py, which share no code with Chop.

    python3 round3.py FOLDER

Before it writes anything, each implementation has to give the published known answer of its set: the first
entry of NIST's response file, made with NIST's generator.
"""

import hashlib
import json
import sys
from pathlib import Path

from dilithium_py.dilithium import Dilithium2, Dilithium3, Dilithium5
from dilithium_py.drbg.aes256_ctr_drbg import AES256_CTR_DRBG
from kyber_py.kyber import Kyber512, Kyber768, Kyber1024

MESSAGE = b"chop self-test"
HASHES = Path(__file__).parents[4] / "shared/test-vectors/round3-kat-hashes/kat-sha256.json"


def generator():
    """NIST's generator, seeded as for every response file."""
    return AES256_CTR_DRBG(bytes(range(48)))


def response(fields):
    return "".join(f"{name} = {value}\n" for name, value in fields).encode()


def hexadecimal(octets):
    return octets.hex().upper()


def dilithium_answer(scheme):
    outer = generator()
    seed = outer.random_bytes(48)
    message = outer.random_bytes(33)
    scheme.set_drbg_seed(seed)
    public, private = scheme.keygen()
    signed = scheme.sign(private, message) + message
    return response([
        ("count", 0), ("seed", hexadecimal(seed)), ("mlen", len(message)), ("msg", hexadecimal(message)),
        ("pk", hexadecimal(public)), ("sk", hexadecimal(private)),
        ("smlen", len(signed)), ("sm", hexadecimal(signed)),
    ])


def kyber_answer(scheme):
    seed = generator().random_bytes(48)
    scheme.set_drbg_seed(seed)
    public, private = scheme.keygen()
    secret, ciphertext = scheme.encaps(public)
    return response([
        ("count", 0), ("seed", hexadecimal(seed)), ("pk", hexadecimal(public)), ("sk", hexadecimal(private)),
        ("ct", hexadecimal(ciphertext)), ("ss", hexadecimal(secret)),
    ])


def main():
    folder = Path(sys.argv[1])
    published = json.loads(HASHES.read_text())["pqclean-round3-nistkat-sha256"]
    fixed = hashlib.shake_256(b"chop legacy vectors").digest(48)
    for name, scheme in [("Dilithium2", Dilithium2), ("Dilithium3", Dilithium3), ("Dilithium5", Dilithium5)]:
        got = hashlib.sha256(dilithium_answer(scheme)).hexdigest()
        assert got == published[name.lower()]["nistkat-sha256"], f"{name} is not round 3: {got}"
        scheme.set_drbg_seed(fixed)
        public, private = scheme.keygen()
        signature = scheme.sign(private, MESSAGE)
        assert scheme.verify(public, MESSAGE, signature)
        for extension, octets in [("pub", public), ("key", private), ("sig", signature)]:
            (folder / f"{name}-R3.{extension}").write_bytes(octets)
    for name, scheme in [("Kyber512", Kyber512), ("Kyber768", Kyber768), ("Kyber1024", Kyber1024)]:
        got = hashlib.sha256(kyber_answer(scheme)).hexdigest()
        assert got == published[name.lower()]["nistkat-sha256"], f"{name} is not round 3: {got}"
        scheme.set_drbg_seed(fixed)
        public, private = scheme.keygen()
        secret, ciphertext = scheme.encaps(public)
        rejected = scheme.decaps(private, bytes([ciphertext[0] ^ 1]) + ciphertext[1:])
        assert scheme.decaps(private, ciphertext) == secret != rejected
        files = [("pub", public), ("key", private), ("ct", ciphertext), ("ss", secret), ("rejected", rejected)]
        for extension, octets in files:
            (folder / f"{name}-R3.{extension}").write_bytes(octets)


main()
