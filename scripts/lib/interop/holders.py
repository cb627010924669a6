"""Keys with certificates, made by both sides, for the rows about CMS and certificates."""

from threading import Lock

from case import Case
from peers import ECDSA, ML_DSA, RSA, RSA_SCHEMES, pkcs8, python_key
from cryptography.hazmat.primitives.serialization import Encoding

SLH_DSA = [f"SLH-DSA-{family}-{size}" for family in ("SHA2", "SHAKE") for size in ("128s", "128f", "192s", "192f", "256s", "256f")]
SLOW = [name for name in SLH_DSA if name.endswith("s")]
SIGNATURES = [*ML_DSA, *SLH_DSA, "Ed25519", *ECDSA, *RSA]
# Those that sign in well under a millisecond or two, for rows that are about something else.
FAST = [*ML_DSA, "Ed25519", *ECDSA, "RSA-2048"]

FROM_256 = ["sha256", "sha384", "sha512", "sha3-256", "sha3-384", "sha3-512", "shake128", "shake256"]
FROM_384 = ["sha384", "sha512", "sha3-384", "sha3-512", "shake256"]
FROM_512 = ["sha512", "sha3-512", "shake256"]


def suitable(algorithm):
    """The digests that RFC 9882, 9814 and 8419 call suitable beside signed attributes."""
    if algorithm in RSA or algorithm in ECDSA:
        return ["sha256", "sha384", "sha512"]
    if algorithm == "Ed25519":
        return ["sha512"]
    if algorithm == "ML-DSA-44" or "-128" in algorithm:
        return FROM_256
    return FROM_384 if algorithm == "ML-DSA-65" or "-192" in algorithm else FROM_512


EXTENSIONS = """[req]
distinguished_name = name
prompt = no
utf8 = yes
string_mask = utf8only
x509_extensions = extensions
[name]
{name}
[extensions]
{extensions}
"""
END_ENTITY = ["basicConstraints = critical,CA:FALSE", "keyUsage = critical,digitalSignature", "subjectKeyIdentifier = hash"]


def openssl_certificate(case, key, target, name="CN = Peer\nO = Example", extensions=END_ENTITY, *options):
    case.file("openssl.cnf", EXTENSIONS.format(name=name, extensions="\n".join(extensions)).encode())
    case.must("req", "-x509", "-new", "-utf8", "-key", key, "-out", target, *options)


def pss_options(flag, scheme):
    """How the command openssl is told of RSASSA-PSS as chop has it: the salt as long as the hash."""
    if scheme is None or "PSS" not in scheme:
        return ()
    return (flag, "rsa_padding_mode:pss", flag, "rsa_pss_saltlen:digest")


class Holder:
    """A key, its public half and a certificate that it has signed for itself."""

    def __init__(self, case, algorithm, number, by_chop):
        self.algorithm = algorithm
        self.by_chop = by_chop
        self.key, self.public, self.certificate = (case.file(f"{algorithm}-{number}.{end}") for end in ("key", "pub", "crt"))
        if algorithm in RSA:
            self.key.write_bytes(case.setup.keys[algorithm][number].private_file.read_bytes())
        elif number % 2:
            case.must("genpkey", "-algorithm", openssl_name(algorithm), *curve(algorithm), "-out", self.key)
        else:
            case.chop("keygen", algorithm, "-o", self.key)
        case.must("pkey", "-in", self.key, "-pubout", "-out", self.public)
        scheme = list(RSA_SCHEMES)[(number + case.random.randrange(3)) % 6] if algorithm in RSA else None
        if by_chop:
            options = ("--rsa-scheme", scheme) if scheme else ()
            case.chop("cert", "self-sign", "--key", self.key, "--subject", f"CN=Holder {number} of {algorithm},O=Example", "-o", self.certificate, *options)
        else:
            options = (f"-{RSA_SCHEMES[scheme][1].name}", *pss_options("-sigopt", scheme)) if scheme else ()
            openssl_certificate(case, self.key, self.certificate, f"CN = Holder {number} of {algorithm}\nO = Example", END_ENTITY, *options)


def openssl_name(algorithm):
    return "EC" if algorithm in ECDSA else algorithm


def curve(algorithm):
    names = {256: "P-256", 384: "P-384", 521: "P-521"}
    return ("-pkeyopt", f"ec_paramgen_curve:{names[ECDSA[algorithm][0].key_size]}") if algorithm in ECDSA else ()


class Holders:
    """Four for each algorithm, made when they are first asked for."""

    def __init__(self, setup):
        self.setup = setup
        self.locks = {algorithm: Lock() for algorithm in SIGNATURES}
        self.made = {}

    def of(self, algorithm):
        with self.locks[algorithm]:
            if algorithm not in self.made:
                case = Case(self.setup, f"holders {algorithm}", 0)
                # Both sides' keys under both sides' certificates; two will do where keys take seconds.
                made = [Holder(case, algorithm, number, by_chop=number in (0, 3)) for number in range(2 if algorithm in SLOW else 4)]
                self.made[algorithm] = made
            return self.made[algorithm]

    def draw(self, case, algorithm):
        made = self.of(algorithm)
        return made[(case.number + case.random.randrange(len(made))) % len(made)]


def fixed_key(case, algorithm, rng):
    """A key that is drawn: the same in every run."""
    return case.file(f"{algorithm}.key", pkcs8(python_key(algorithm, rng), Encoding.PEM))
