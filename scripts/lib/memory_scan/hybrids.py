"""The parts of hybrids, and what these agree on."""

import hashlib
import re

# Bytes of the seed that a private key begins with.
SEED = {"ML-DSA": 32, "ML-KEM": 64}
# Bytes of the public key and of the ciphertext of ML-KEM, with which those of a hybrid begin.
PUBLIC = {"ML-KEM-768": 1184, "ML-KEM-1024": 1568}
CIPHERTEXT = {"ML-KEM-768": 1088, "ML-KEM-1024": 1568}
# What the combiner ends with (draft-ietf-lamps-pq-composite-kem-17 section 6).
LABELS = {
    "X25519": b"\\.//^\\",
    "X448": b"MLKEM1024-X448",
    "P256": b"MLKEM768-P256",
    "brainpoolP256r1": b"MLKEM768-BP256",
    "RSA2048": b"MLKEM768-RSAOAEP2048",
}

# p and a of y^2 = x^3 + ax + b (SP 800-186 section 3.2.1, RFC 5639 section 3.4).
CURVES = {
    "P256": (2**256 - 2**224 + 2**192 + 2**96 - 1, -3),
    "brainpoolP256r1": (
        0xA9FB57DBA1EEA9BC3E660A909D838D726E3BF623D52620282013481D1F6E5377,
        0x7D5A0975FC2C3057EEF67530417AFFE7FB8055C126DC5C6CE94A4B44F330B5D9,
    ),
}
# p, (A - 2) / 4, and the bits of a private key that are cleared and set (RFC 7748 section 4, section 5).
LADDERS = {
    "X25519": (2**255 - 19, 121665, 0xF8, 255),
    "X448": (2**448 - 2**224 - 1, 39081, 0xFC, 448),
}
# The order of the Ed448 group (RFC 8032 section 5.2).
ED448_ORDER = 2**446 - 0x8335DC163BB124B65129C96FDE933D8D723A70AADC873D6D54A7BB0D


def is_hybrid(algorithm):
    return algorithm == "X-Wing" or re.match(r"ML(DSA|KEM)\d+-", algorithm) is not None


def post_quantum(algorithm):
    """The row of the part that resists a quantum computer."""
    if algorithm == "X-Wing":
        return "ML-KEM-768"
    return re.sub(r"ML(DSA|KEM)(\d+)-.*", r"ML-\1-\2", algorithm)


def traditional(algorithm):
    """The other part, by the words of the name: `X448`, `RSA2048`, `ECDSA` with its curve."""
    if algorithm == "X-Wing":
        return "X25519", None
    kind, *rest = algorithm.split("-")[1:]
    return kind, rest[0] if kind in ("ECDSA", "ECDH") else None


def expanded_seed(seed):
    """expandDecapsulationKey of X-Wing (section 5.2)."""
    return hashlib.shake_256(seed).digest(96)


def private_parts(algorithm, forms):
    """The seed of the post-quantum part, and the private key of the other one without what is around it."""
    whole = expanded_seed(forms["seed"]) if algorithm == "X-Wing" else forms["expanded"]
    length = SEED[post_quantum(algorithm)[:6]]
    seed, rest = whole[:length], whole[length:]
    if traditional(algorithm)[1]:
        # ECPrivateKey: a header, INTEGER 1, and the OCTET STRING with the scalar.
        rest = rest[7:7 + rest[6]]
    return seed, rest


def ladder(kind, private, peer):
    """The function of RFC 7748 section 5."""
    p, a24, low, high = LADDERS[kind]
    size = len(private)
    k = bytearray(private)
    k[0] &= low
    if kind == "X25519":
        k[-1] = k[-1] & 0x7F | 0x40
    else:
        k[-1] |= 0x80
    k = int.from_bytes(k, "little")
    x1 = int.from_bytes(peer, "little") % (1 << high) % p
    x2, z2, x3, z3 = 1, 0, x1, 1
    for bit in reversed(range(high)):
        if k >> bit & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
        a, b, c, d = x2 + z2, x2 - z2, x3 + z3, x3 - z3
        da, cb = d * a, c * b
        e = a * a - b * b
        x3, z3 = (da + cb) ** 2 % p, x1 * (da - cb) ** 2 % p
        x2, z2 = a * a * b * b % p, e * (a * a + a24 * e) % p
        if k >> bit & 1:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return (x2 * pow(z2, -1, p) % p).to_bytes(size, "little")


def multiplied(curve, scalar, point):
    """The x coordinate of a multiple of a point 04 || X || Y."""
    p, a = CURVES[curve]
    half = len(point) // 2

    def add(one, other):
        if one is None:
            return other
        (x1, y1), (x2, y2) = one, other
        slope = (3 * x1 * x1 + a) * pow(2 * y1, -1, p) if one == other else (y2 - y1) * pow(x2 - x1, -1, p)
        x = (slope * slope - x1 - x2) % p
        return x, (slope * (x1 - x) - y1) % p

    base = int.from_bytes(point[1:1 + half], "big"), int.from_bytes(point[1 + half:], "big")
    result, k = None, int.from_bytes(scalar, "big")
    for bit in reversed(range(k.bit_length())):
        if result:
            result = add(result, result)
        if k >> bit & 1:
            result = add(result, base)
    return result[0].to_bytes(half, "big")


def decrypted(integers, ciphertext):
    """RSAES-OAEP-DECRYPT with SHA-256 (RFC 8017 section 7.1.2), of what is known to be good."""
    n, d = (int.from_bytes(integers[i], "big") for i in (1, 3))
    encoded = pow(int.from_bytes(ciphertext, "big"), d, n).to_bytes(len(ciphertext), "big")

    def masked(data, seed):
        blocks = range(-(-len(data) // 32))
        mask = b"".join(hashlib.sha256(seed + block.to_bytes(4, "big")).digest() for block in blocks)
        return bytes(one ^ other for one, other in zip(data, mask))

    seed = masked(encoded[1:33], encoded[33:])
    return masked(encoded[33:], seed)[-32:]


def combined(algorithm, secrets, ciphertext, public):
    """What the combiner makes of the secrets of the parts (draft-ietf-lamps-pq-composite-kem-17 section 3.4)."""
    part = post_quantum(algorithm)
    kind, curve = traditional(algorithm)
    rest = ciphertext[CIPHERTEXT[part]:] + public[PUBLIC[part]:] + LABELS[curve or kind]
    return hashlib.sha3_256(b"".join(secrets) + rest).digest()
