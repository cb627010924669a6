"""The published vectors of the documents, against hybrids.py: who reads the documents is read himself."""

import argparse
import base64
import hashlib
import json
import re
from pathlib import Path

import hybrids
from case import expect, expect_equal, from_pem
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hybrids import ALGORITHMS, KEMS, ML_DSA, ML_KEM, SIGNATURES, EllipticCurve
from tlv import OCTET_STRING, OID, SEQUENCE, SET, Node, content_leaves, oid, parse, signature, signed_attributes, signer_infos

# Pinned by hand: what is not run must be noticed.
EXPECTED = {
    "signatures": 42,
    "signature keys, each with its certificate": 18,
    "message representatives": 2,
    "KEM secrets": 14,
    "KEM keys, each with its certificate": 12,
    "combiners": 3,
    "X-Wing": 3,
    "X-Wing key files": 1,
    "CMS": 1,
    "JOSE": 6,
    "COSE": 6,
    "refusals": 518,
}
JOSE_NAMES = {
    "ML-DSA-44-ES256": ("MLDSA44-ECDSA-P256-SHA256", -54),
    "ML-DSA-65-ES256": ("MLDSA65-ECDSA-P256-SHA512", -55),
    "ML-DSA-87-ES384": ("MLDSA87-ECDSA-P384-SHA512", -56),
    "ML-DSA-44-Ed25519": ("MLDSA44-Ed25519-SHA512", -57),
    "ML-DSA-65-Ed25519": ("MLDSA65-Ed25519-SHA512", -58),
    "ML-DSA-87-Ed448": ("MLDSA87-Ed448-SHAKE256", -59),
}


def unbase64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def base64url(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def subject_key(certificate):
    """The SubjectPublicKeyInfo of a certificate: the sixth field after its version."""
    return parse(certificate).children[0].children[6].encoded()


class Check:
    """Runs the vectors and counts them."""

    def __init__(self, folder):
        self.folder = folder
        self.counts = dict.fromkeys(EXPECTED, 0)

    def read(self, name):
        return (self.folder / name).read_text()

    def count(self, what):
        self.counts[what] += 1

    def refused(self, what, function, *arguments):
        """No answer, or none but False."""
        try:
            answer = function(*arguments)
        except ValueError:
            answer = False
        expect(answer is False, f"accepted: {what}")
        self.count("refusals")

    def signatures(self):
        vectors = json.loads(self.read("lamps-composite-sigs/testvectors.json"))
        message, context = (base64.b64decode(vectors[name]) for name in ("m", "ctx"))
        for vector in vectors["tests"]:
            name = vector["tcId"].removeprefix("id-")
            public, private, pkcs8, certificate, plain, contextual = (
                base64.b64decode(vector[field]) for field in ("pk", "sk", "sk_pkcs8", "x5c", "s", "sWithContext")
            )
            if name not in SIGNATURES:
                key = ML_DSA[int(name.removeprefix("ML-DSA-"))][1].from_public_bytes(public)
                key.verify(plain, message, b"")
                key.verify(contextual, message, context)
                self.counts["signatures"] += 2
                continue
            algorithm = SIGNATURES[name]
            for found, used in ((plain, b""), (contextual, context)):
                expect(algorithm.verify(public, message, found, used), f"{name}: refused")
                self.count("signatures")
            self.signature_key(algorithm, public, private, pkcs8, certificate)
            self.spoilt_signatures(algorithm, public, message, plain)
            self.refused("another context", algorithm.verify, public, message, plain, context)
            self.refused("a long context", algorithm.sign, private, message, bytes(256))

    def signature_key(self, algorithm, public, private, pkcs8, certificate):
        expect_equal(algorithm.public(private), public, f"{algorithm.name}: public key")
        expect_equal(hybrids.private_of(algorithm, pkcs8), private, f"{algorithm.name}: PKCS#8")
        expect_equal(hybrids.public_of(algorithm, subject_key(certificate)), public, f"{algorithm.name}: certificate's key")
        signed, identifier, value = parse(certificate).children
        expect_equal(identifier.encoded(), Node(SEQUENCE, children=[Node(OID, oid(algorithm.oid))]).encoded(), "its algorithm")
        expect(algorithm.verify(public, signed.encoded(), value.value[1:]), f"{algorithm.name}: certificate refused")
        expect(algorithm.verify(public, b"x", algorithm.sign(private, b"x", b"c"), b"c"), f"{algorithm.name}: own signature refused")
        self.count("signature keys, each with its certificate")

    def spoilt_signatures(self, algorithm, public, message, found):
        """One half spoilt at a time: verifying one of them is not enough."""
        cut = algorithm.lattice[3]
        for at in (0, len(found) - 1):
            spoilt = bytearray(found)
            spoilt[at] ^= 1
            self.refused("a spoilt half", algorithm.verify, public, message, bytes(spoilt))
        self.refused("half a signature", algorithm.verify, public, message, found[:cut])
        self.refused("a byte more", algorithm.verify, public, message, found + b"\0")

    def representatives(self):
        for name in ("ctx", "noctx"):
            text = self.read(f"lamps-composite-sigs/messageFormatSample_{name}.md")
            algorithm = SIGNATURES[re.search(r"id-(\S+)", text)[1]]
            message, context = (re.search(rf"^{field}: (\S+)$", text, re.M)[1] for field in ("M", "ctx"))
            wanted = re.search(r"^M': ([0-9a-f\n]+)", text, re.M)[1].replace("\n", "")
            context = b"" if context == "<empty>" else bytes.fromhex(context)
            expect_equal(algorithm.representative(bytes.fromhex(message), context).hex(), wanted, "M'")
            self.count("message representatives")

    def kems(self):
        vectors = json.loads(self.read("lamps-composite-kem/testvectors.json"))
        for vector in vectors["tests"]:
            name = vector["tcId"].removeprefix("id-")
            public, private, pkcs8, certificate, ciphertext, wanted = (
                base64.b64decode(vector[field]) for field in ("ek", "dk", "dk_pkcs8", "x5c", "c", "k")
            )
            if name not in KEMS:
                key = ML_KEM[int(name.removeprefix("alg-ml-kem-"))][0].from_seed_bytes(private)
                expect_equal(key.decapsulate(ciphertext), wanted, name)
                self.count("KEM secrets")
                continue
            algorithm = KEMS[name]
            expect_equal(algorithm.decapsulate(private, ciphertext), wanted, f"{name}: secret")
            self.count("KEM secrets")
            expect_equal(algorithm.public(private), public, f"{name}: public key")
            expect_equal(hybrids.private_of(algorithm, pkcs8), private, f"{name}: PKCS#8")
            expect_equal(hybrids.public_of(algorithm, subject_key(certificate)), public, f"{name}: certificate's key")
            secret, own = algorithm.encapsulate(public)
            expect_equal(algorithm.decapsulate(private, own), secret, f"{name}: own secret")
            self.count("KEM keys, each with its certificate")

    def combiners(self):
        for file in sorted((self.folder / "lamps-composite-kem").glob("kemCombiner_*.md")):
            text = file.read_text()
            algorithm = KEMS[re.search(r"id-(\S+)", text)[1]]
            inputs = [
                bytes.fromhex(re.search(rf"^{field}:\s+((?:[0-9a-f]+\n)+)", text, re.M)[1].replace("\n", ""))
                for field in ("mlkemSS", "tradSS", "tradCT", "tradPK", "Label", "ss")
            ]
            expect_equal(algorithm.label, inputs[4], "label")
            expect_equal(algorithm.combined(*inputs[:4]), inputs[5], "combined secret")
            self.count("combiners")

    def x_wing(self):
        algorithm = KEMS["X-Wing"]
        for vector in json.loads(self.read("xwing/test-vectors.json")):
            private, public, ciphertext, secret = (bytes.fromhex(vector[field]) for field in ("sk", "pk", "ct", "ss"))
            expect_equal(algorithm.public(private), public, "X-Wing: public key")
            # Encapsulating from `eseed` again needs ML-KEM.Encaps_internal, which the library does not have.
            expect_equal(algorithm.decapsulate(private, ciphertext), secret, "X-Wing: secret")
            self.count("X-Wing")
            # The same halves as those of the composite, which is why they share their label.
            expanded = hashlib.shake_256(private).digest(96)
            expect_equal(KEMS["MLKEM768-X25519-SHA3-256"].decapsulate(expanded, ciphertext), secret, "the composite's secret")
            self.refused("a longer X-Wing key", algorithm.decapsulate, expanded, ciphertext)
        private = hybrids.private_of_pem(algorithm, (self.folder / "xwing/xwing.priv").read_bytes())
        public = hybrids.public_of_pem(algorithm, (self.folder / "xwing/xwing.pub").read_bytes())
        expect_equal(private, bytes(range(32)), "X-Wing: PKCS#8")
        expect_equal(algorithm.public(private), public, "X-Wing: SubjectPublicKeyInfo")
        self.count("X-Wing key files")

    def cms(self):
        name = "MLDSA65-ECDSA-P256-SHA512"
        algorithm, path = SIGNATURES[name], f"cms-composite-sigs/id-{name}"
        public = hybrids.public_of(algorithm, subject_key(from_pem(self.read(f"{path}.crt").encode())))
        private = hybrids.private_of_pem(algorithm, self.read(f"{path}.key").encode())
        expect_equal(algorithm.public(private), public, "CMS: public key")
        root = parse(from_pem(self.read(f"{path}-signed-attrs.pem").encode()))
        [signer] = signer_infos(root)
        attributes = signed_attributes(signer)
        content = b"".join(leaf.value for leaf in content_leaves(root))
        digest = parse(hybrids.private_der(algorithm, b"")).children[1].copy()
        digest.children[0].value = oid("2.16.840.1.101.3.4.2.3")
        expect_equal(signer.children[2].encoded(), digest.encoded(), "CMS: digestAlgorithm is SHA-512 without parameters")
        found = {attribute.children[0].value: attribute.children[1].children for attribute in attributes.children}
        [message_digest] = found[oid("1.2.840.113549.1.9.4")]
        expect_equal(message_digest.value, hashlib.sha512(content).digest(), "CMS: messageDigest")
        signed = Node(SET, children=attributes.children).encoded()
        expect(algorithm.verify(public, signed, signature(signer).value), "CMS: refused")
        self.count("CMS")

    def jose(self):
        for name, (algorithm_name, _) in JOSE_NAMES.items():
            vector = json.loads(self.read(f"jose-cose-composite/{name}.jose.json"))
            algorithm, key = SIGNATURES[algorithm_name], vector["jwk"]
            public = unbase64url(key["pub"])
            hashed = json.dumps({field: key[field] for field in ("alg", "kty", "pub")}, separators=(",", ":"))
            expect_equal(key["kid"], base64url(hashlib.sha256(hashed.encode()).digest()), f"{name}: thumbprint")
            header, payload, found = vector["jws"].split(".")
            expect_equal(json.loads(unbase64url(header)), {"alg": name, "kid": key["kid"]}, f"{name}: header")
            signed = f"{header}.{payload}".encode()
            expect_equal(algorithm.representative(signed, b"").hex(), vector["raw_to_be_signed"], f"{name}: M'")
            self.older_encoding(algorithm, public, unbase64url(key["priv"]), signed, unbase64url(found))
            self.count("JOSE")

    def cose(self):
        for name, (algorithm_name, number) in JOSE_NAMES.items():
            vector = json.loads(self.read(f"jose-cose-composite/{name}.cose.json"))
            algorithm = SIGNATURES[algorithm_name]
            public, private, signed, found = (
                bytes.fromhex(vector[field]) for field in ("raw_public_key", "priv", "raw_to_be_signed", "raw_signature")
            )
            # Sig_structure (RFC 9052 section 4.4): alg and kid in the protected header, and no external data.
            protected = b"\xa2\x01\x38" + bytes([-1 - number]) + b"\x04\x48" + hashlib.sha256(public).digest()[:8]
            expect(signed.startswith(b"\x84\x6aSignature1\x4e" + protected + b"\x40"), f"{name}: Sig_structure")
            expect(vector["sign1"].endswith(vector["raw_signature"]), f"{name}: COSE_Sign1")
            self.older_encoding(algorithm, public, private, signed, found)
            self.count("COSE")

    def older_encoding(self, algorithm, public, private, signed, found):
        """Their text has the encodings of the composites; their examples of ECDSA still have r and s, x and y, and d."""
        half = algorithm.classical
        if isinstance(half, EllipticCurve):
            self.refused("x and y without a tag", algorithm.verify, public, signed, found)
            self.refused("a bare scalar", algorithm.private, private)
            public = public[: algorithm.lattice[2]] + b"\4" + public[algorithm.lattice[2] :]
            self.refused("r and s side by side", algorithm.verify, public, signed, found)
            cut = algorithm.lattice[3]
            r, s = found[cut:][: half.length], found[cut:][half.length :]
            found = found[:cut] + encode_dss_signature(int.from_bytes(r), int.from_bytes(s))
            private = private[:32] + half.written(private[32:])
        expect(algorithm.verify(public, signed, found), f"{algorithm.name}: refused")
        expect_equal(algorithm.public(private), public, f"{algorithm.name}: public key")

    def wrong_keys(self):
        keys = {bits: hybrids.classical(f"RSA{bits}").generate() for bits in (2048, 3072)}
        for algorithm in ALGORITHMS.values():
            # RSA-4096 takes long, and differs in nothing else.
            if isinstance(algorithm.classical, hybrids.Rsa) and algorithm.classical.bits not in keys:
                continue
            private = algorithm.generate(keys.get(getattr(algorithm.classical, "bits", None)))
            wrong_private, wrong_public = wrong_keys(algorithm, private, keys.get)
            for wrong in wrong_private:
                self.refused(f"{algorithm.name}: private key {wrong.hex()}", algorithm.private, wrong)
            for wrong in wrong_public:
                self.refused(f"{algorithm.name}: public key {wrong.hex()}", algorithm.read_public, wrong)

    def all_zero(self):
        for name, length in (("MLKEM768-X25519-SHA3-256", 32), ("X-Wing", 32), ("MLKEM1024-X448-SHA3-256", 56)):
            algorithm = KEMS[name]
            private = algorithm.generate()
            _, ciphertext = algorithm.encapsulate(algorithm.public(private))
            self.refused("an all-zero point", algorithm.decapsulate, private, ciphertext[:-length] + bytes(length))


def wrong_keys(algorithm, private, rsa_key):
    """Private and public keys that the documents do not allow, some of which other software writes."""
    half, seed, public = algorithm.classical, private[: algorithm.seed], algorithm.public(private)
    lattice, classical_public = public[: algorithm.lattice[2]], public[algorithm.lattice[2] :]
    wrong_private = [b"", private[:-1], private + b"\0"]
    wrong_public = [b"", lattice, public[:-1], public + b"\0"]
    if algorithm.name in KEMS:
        # Coefficients above the modulus of ML-KEM.
        wrong_public.append(b"\xff" * 3 + public[3:])
    if isinstance(half, EllipticCurve):
        scalar = algorithm.private(private)[1].private_numbers().private_value.to_bytes(half.length)
        order = half.curve.group_order.to_bytes(half.length)
        version, value = Node(hybrids.INTEGER, b"\1"), Node(OCTET_STRING, scalar)
        with_public = Node(0xA1, children=[Node(hybrids.BIT_STRING, b"\0" + classical_public)])
        other_curve = EllipticCurve("brainpoolP256r1" if half.length != 32 else "P384")
        fields = [
            [version, value, half.parameters, with_public],
            [version, value],
            [version, value, other_curve.parameters],
            [version, Node(OCTET_STRING, b"\0" + scalar), half.parameters],
            [Node(hybrids.INTEGER, b"\0"), value, half.parameters],
        ]
        encodings = [Node(SEQUENCE, children=children).encoded() for children in fields]
        encodings += [scalar, half.written(bytes(half.length)), half.written(order)]
        wrong_private += [seed + encoding for encoding in encodings]
        x, last = classical_public[1 : 1 + half.length], classical_public[-1]
        points = [bytes([2 + last % 2]) + x, bytes([6 + last % 2]) + classical_public[1:], classical_public[1:], classical_public[:-1] + bytes([last ^ 1]), b"\0"]
        wrong_public += [lattice + point for point in points]
    if isinstance(half, hybrids.Rsa):
        other = hybrids.Rsa(3072 if half.bits == 2048 else 2048, "")
        key = rsa_key(other.bits)
        wrong_private.append(seed + other.write_private(key))
        wrong_public.append(lattice + other.write_public(key.public_key()))
    return wrong_private, wrong_public


def main():
    parser = argparse.ArgumentParser(prog="hybrids.py")
    parser.add_argument("--vectors", type=Path, required=True, help="the folder of the collections")
    check = Check(parser.parse_args().vectors)
    for run in (
        check.signatures, check.representatives, check.kems, check.combiners, check.x_wing, check.cms, check.jose,
        check.cose, check.wrong_keys, check.all_zero,
    ):
        run()
    for what, number in check.counts.items():
        print(f"hybrids: {what}: {number}")
    expect_equal(check.counts, EXPECTED, "counts")
    return 0
