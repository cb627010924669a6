"""The rows: what is exchanged, in which direction, and what must come of it."""

import base64
import json
import shutil

from case import MALFORMED, NO, PASSPHRASE, YES, Failed, expect, expect_equal
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, x25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from peers import (
    AGREEING,
    CLASSICAL,
    ECDSA,
    LATTICE,
    ML_DSA,
    ML_KEM,
    RSA,
    SIGNING,
    WRITTEN,
    Agreed,
    pkcs8,
    python_key,
    raw_private,
    raw_public,
    spki,
)

# Signatures


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
    pem, der = case.file("key.pem", pkcs8(private, Encoding.PEM)), case.file("key.der", pkcs8(private))
    public_pem, public_der = case.file("pub.pem", spki(public, Encoding.PEM)), case.file("pub.der", spki(public))
    raw, form = raw_private(private)
    derived = converted(case, pem, "--public", name="derived.pub")
    expect_equal(derived, public_pem.read_bytes(), "public key of a private one")
    # By turns, because the command tests each algorithm anew in every process.
    if case.number % 2:
        expect_equal(converted(case, pem, "--output", "der", name="2.der"), der.read_bytes(), "PKCS#8 in DER")
        back = converted(case, case.file("raw", raw), "--input", f"raw-{form}", "--algorithm", algorithm, name="2.pem")
        expect_equal(back, pem.read_bytes(), "PKCS#8 of a raw key")
        back = converted(case, public_der, name="2.pub")
        expect_equal(back, public_pem.read_bytes(), "SubjectPublicKeyInfo in PEM")
    else:
        expect_equal(converted(case, der, name="2.pem"), pem.read_bytes(), "PKCS#8 in PEM")
        expect_equal(converted(case, pem, "--output", "raw", "--form", form, name="2.raw"), raw, "raw key")
        options = ("--input", "raw-public", "--algorithm", algorithm, "--output", "der")
        back = converted(case, case.file("raw", raw_public(public)), *options, name="2.pub")
        expect_equal(back, public_der.read_bytes(), "SubjectPublicKeyInfo of a raw key")


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
        except (ValueError, UnsupportedAlgorithm):
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
