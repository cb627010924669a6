"""The byte strings that betray a secret: the secret itself and whatever it is turned into."""

import base64
import hashlib
import struct

import hybrids

# Polynomials in s1 and s2 together, bits of each coefficient, eta; polynomials in t0 (FIPS 204 table 1).
ML_DSA = {"ML-DSA-44": (8, 3, 2, 4), "ML-DSA-65": (11, 4, 4, 6), "ML-DSA-87": (15, 3, 2, 8)}
ML_KEM_RANK = {"ML-KEM-512": 2, "ML-KEM-768": 3, "ML-KEM-1024": 4}


def coefficients(packed, bits):
    """The integers of `bits` bits each that are packed, lowest bit first (FIPS 203 and 204, BitPack)."""
    whole = int.from_bytes(packed, "little")
    return [whole >> shift & (1 << bits) - 1 for shift in range(0, 8 * len(packed), bits)]


class Needles:
    """The byte strings that must not be found after one run, by name."""

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

    def add_hybrid(self, algorithm, forms, post_quantum):
        """The secret parts of a hybrid private key; `post_quantum` are the raw forms of that part."""
        if algorithm == "X-Wing":
            self.add("seed of both", forms["seed"])
            self.add("derived bytes", hybrids.expanded_seed(forms["seed"]))
        self.add_key(hybrids.post_quantum(algorithm), post_quantum)
        _, private = hybrids.private_parts(algorithm, forms)
        kind, curve = hybrids.traditional(algorithm)
        if curve:
            self.add_integer("traditional scalar", private)
        elif kind.startswith("RSA"):
            self.add_rsa(private)
        else:
            self.add_integer("traditional private key", private)
        if kind == "Ed25519":
            self.add_digest(hashlib.sha512(private).digest())
        elif kind == "Ed448":
            digest = hashlib.shake_256(private).digest(114)
            self.add_digest(digest)
            scalar = bytes([digest[0] & 0xFC, *digest[1:55], digest[55] | 0x80])
            reduced = int.from_bytes(scalar, "little") % hybrids.ED448_ORDER
            self.add_integer("reduced scalar", reduced.to_bytes(56, "big"))

    def add_digest(self, digest):
        """What EdDSA makes of a seed (RFC 8032 section 5.1.5, section 5.2.5)."""
        half = len(digest) // 2
        self.add("scalar before clamping", digest[:half])
        self.add("prefix", digest[half:])

    def add_rsa(self, der):
        """Version, modulus, public exponent; then the secret integers of RFC 8017 A.1.2."""
        for name, value in zip(("d", "p", "q", "dP", "dQ", "qInv"), der_integers(der)[3:]):
            self.add_integer(name, value)

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
            self.add_digest(hashlib.sha512(seed).digest())
        elif algorithm.startswith("RSA"):
            self.add_rsa(expanded)
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
