"""The other side: algorithms and keys as Python's library has them."""

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, padding, rsa, x25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

ML_DSA = {
    "ML-DSA-44": mldsa.MLDSA44PrivateKey,
    "ML-DSA-65": mldsa.MLDSA65PrivateKey,
    "ML-DSA-87": mldsa.MLDSA87PrivateKey,
}
ML_KEM = {"ML-KEM-768": mlkem.MLKEM768PrivateKey, "ML-KEM-1024": mlkem.MLKEM1024PrivateKey}
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
FROM_SEED = {name: (private.from_seed_bytes, 32) for name, private in ML_DSA.items()}
FROM_SEED |= {name: (private.from_seed_bytes, 64) for name, private in ML_KEM.items()}
FROM_SEED["Ed25519"] = (ed25519.Ed25519PrivateKey.from_private_bytes, 32)
FROM_SEED["X25519"] = (x25519.X25519PrivateKey.from_private_bytes, 32)
LATTICE = [*ML_DSA, *ML_KEM]
SIGNING = [*ML_DSA, "Ed25519", *ECDSA, *RSA]
AGREEING = [*ML_KEM, "X25519", *ECDH]
# An elliptic-curve key names its curve, not its use: the ECDSA rows stand for ECDH too.
WRITTEN = [*LATTICE, "Ed25519", "X25519", *ECDSA, *RSA]
CLASSICAL = ["Ed25519", "X25519", *ECDSA, *RSA]


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
