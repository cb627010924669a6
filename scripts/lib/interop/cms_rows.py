"""CMS and certificates, with OpenSSL 4 and Python on the other side."""

import re

import tlv
from case import Failed, Row, expect, expect_equal, from_pem, to_pem
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID
from holders import END_ENTITY, FAST, FROM_256, SIGNATURES, SLH_DSA, SLOW, curve, openssl_certificate, openssl_name, pss_options, suitable
from peers import LATTICE, ML_DSA, RSA, RSA_SCHEMES

CMS, CERTIFICATES, KEYS, RAW = "CMS SignedData", "self-signed certificates", "keys", "bare signatures"
TOOL = "OpenSSL 4, its command"

# Altering


def altered(case, message, content, was_pem):
    """The message with one bit of its signature or of its content changed, and the content then."""
    der = from_pem(message) if was_pem else message
    root = tlv.parse(der)
    expect_equal(root.encoded(), der, "a message taken apart and put together")
    leaves = tlv.content_leaves(root)
    if case.random.random() < 0.5 and (leaves or content is not None):
        if leaves:
            leaf = case.random.choice(leaves)
            leaf.value = case.flipped(leaf.value)
        else:
            content = case.flipped(content) if content else b"\0"
    else:
        signature = tlv.signature(case.random.choice(tlv.signer_infos(root)))
        signature.value = case.flipped(signature.value)
    der = root.encoded()
    return to_pem("CMS", der) if was_pem else der, content


def one_shot(algorithm):
    """Whether the algorithm reads the content itself, instead of the digest of one."""
    return algorithm in ML_DSA or algorithm in SLH_DSA or algorithm == "Ed25519"


def exchangeable(case, algorithm, no_attributes):
    """A content. Without signed attributes, OpenSSL can neither sign nor verify the empty one by an
    algorithm that reads the content itself (`openssl_leaves_out`)."""
    content = case.message()
    return content or b"\0" if no_attributes and one_shot(algorithm) else content


def openssl_leaves_out(case):
    """What OpenSSL 4 does not do without signed attributes by algorithms that read the content itself,
    pinned: verify content that is inside unless it is given beside, too; stream it; sign or verify the
    empty one. Chop does all of it."""
    algorithm = [*ML_DSA, "SLH-DSA-SHA2-128f", "Ed25519"][case.number % 5]
    holder = case.setup.holders.draw(case, algorithm)
    attached = case.number // 5 % 2 == 1
    message, signed = case.file("m", case.message() or b"\0" if attached else b""), case.file("m.p7s")
    sign = ("cms", "-sign", "-binary", "-noattr", "-in", message, "-signer", holder.certificate, "-inkey", holder.key, "-outform", "DER")
    attach = (["-nodetach", "-stream"], ["--attached"]) if attached else ([], [])
    if case.openssl4(*sign, *attach[0], "-out", case.file("openssl.p7s")) == 0:
        raise Failed("OpenSSL now signs this without attributes: exchange it")
    case.chop("sign", "--key", holder.key, "--no-attributes", *attach[1], "-o", signed, message)
    if openssl_accepts(case, signed, None if attached else message, holder.certificate, "DER", case.file("out")):
        raise Failed("OpenSSL now verifies this without attributes: exchange it")
    [(verdict, why)] = case.verdicts("--key", holder.public, signed if attached else message)
    expect(verdict == "valid", f"chop says {verdict} ({why}) of its own message")


def openssl_accepts(case, signed, content, anchors, form, output):
    """Whether `openssl cms -verify` accepts; what it read goes to `output`."""
    beside = () if content is None else ("-content", content)
    # Not every message has the signer's certificate with it.
    return case.openssl4(
        "cms", "-verify", "-binary", "-inform", form, "-in", signed, *beside,
        "-CAfile", anchors, "-certfile", anchors, "-out", output,
    ) == 0


def content_inside(case, message, was_pem):
    """The content of a message as a file."""
    leaves = tlv.content_leaves(tlv.parse(from_pem(message) if was_pem else message))
    return case.file("inside", b"".join(leaf.value for leaf in leaves))


def both_refuse_alterations(case, files, contents, attached, was_pem, anchors, whom, content_beside):
    """Each message once more, with one bit changed; `content_beside` if OpenSSL needs it so."""
    names = []
    for number, (name, content) in enumerate(zip(files, contents)):
        message, changed = altered(case, case.file(f"{name}.p7s").read_bytes(), None if attached else content, was_pem)
        bad = f"bad{number}"
        signed = case.file(f"{bad}.p7s", message)
        beside = None if attached else case.file(bad, changed)
        shown = content_inside(case, message, was_pem) if content_beside else beside
        accepted = openssl_accepts(case, signed, shown, anchors, "PEM" if was_pem else "DER", case.file("refused"))
        expect(not accepted, f"OpenSSL accepts {bad}, an altered message")
        names.append(signed if attached else beside)
    for name, (verdict, why) in zip(names, case.verdicts(*whom, *names)):
        # A flipped bit can spoil the DER of an ECDSA signature.
        refused = verdict == "invalid" or verdict == "error" and '"exit": 3' in why
        expect(refused, f"chop says {verdict} ({why}) of {name}, an altered message")


# CMS


def drawn_bits(case):
    """Four choices: in 16 cases all of them together, in the first few every value of each."""
    bits = case.number * 5 % 16
    return [bool(bits >> bit & 1) for bit in range(4)]


def cms_by_chop(case, algorithm, count):
    holder = case.setup.holders.draw(case, algorithm)
    attached, no_attributes, pem, embedded = drawn_bits(case)
    options = [option for chosen, option in ((attached, "--attached"), (no_attributes, "--no-attributes"), (pem, "--pem")) if chosen]
    if embedded:
        options += ["--certificate", holder.certificate]
    if algorithm in RSA:
        options += ["--rsa-scheme", list(RSA_SCHEMES)[case.number % 6]]
    if (algorithm in ML_DSA or algorithm in SLH_DSA) and case.random.random() < 0.3:
        options += ["--deterministic"]
    files = [f"m{number}" for number in range(count)]
    contents = [exchangeable(case, algorithm, no_attributes) for _ in files]
    content_beside = attached and no_attributes and one_shot(algorithm)
    paths = [case.file(name, content) for name, content in zip(files, contents)]
    if count == 1:
        options += ["-o", case.file("m0.p7s")]
    case.chop("sign", "--key", holder.key, *options, *paths)
    for name, path, content in zip(files, paths, contents):
        signed, output = case.file(f"{name}.p7s"), case.file(f"{name}.out")
        accepted = openssl_accepts(case, signed, path if content_beside or not attached else None, holder.certificate, "PEM" if pem else "DER", output)
        expect(accepted, f"OpenSSL refuses {name}")
        expect_equal(output.read_bytes(), content, "the content that OpenSSL verified")
    both_refuse_alterations(case, files, contents, attached, pem, holder.certificate, ("--key", holder.public), content_beside)


def whom_to_believe(case, holder):
    return [("--key", holder.public), ("--key", holder.certificate), ("--trust", holder.certificate)][case.number % 3]


def cms_by_openssl(case, algorithm, count):
    holder = case.setup.holders.draw(case, algorithm)
    attached, no_attributes, key_identifier, stream = drawn_bits(case)
    scheme = list(RSA_SCHEMES)[case.number % 6] if algorithm in RSA else None
    if no_attributes and one_shot(algorithm):
        # OpenSSL does not do this: `openssl_leaves_out`.
        stream = False
    if pss_options("", scheme):
        # It streams no RSASSA-PSS: "illegal zero content".
        stream = False
    # What it streams to DER or PEM has its content inside, whether -nodetach is given or not.
    attached = attached or stream
    pem, bare = case.number % 4 == 3, case.random.random() < 0.3
    chosen = ((attached, "-nodetach"), (no_attributes, "-noattr"), (key_identifier, "-keyid"), (stream, "-stream"), (bare, "-nocerts"))
    options = [option for yes, option in chosen if yes]
    if not no_attributes:
        options += case.random.sample(["-cades", "-nosmimecap", "-no_signing_time"], case.random.randrange(4))
    files = [f"m{number}" for number in range(count)]
    contents = [exchangeable(case, algorithm, no_attributes) for _ in files]
    if stream:
        # It streams no empty content.
        contents = [content or b"\0" for content in contents]
    for name, content in zip(files, contents):
        # It has no certificate identifier (-cades) over a SHAKE.
        digests = [name for name in suitable(algorithm) if "-cades" not in options or not name.startswith("shake")]
        digest = ("-md", case.random.choice(digests))
        if algorithm in RSA:
            digest = ("-md", RSA_SCHEMES[scheme][1].name, *pss_options("-keyopt", scheme))
        signed = case.file(f"{name}.p7s")
        case.must(
            "cms", "-sign", "-binary", "-in", case.file(name, content), "-signer", holder.certificate, "-inkey", holder.key,
            *digest, *options, "-outform", "PEM" if pem else "DER", "-out", signed,
        )
        if attached and stream:
            message = signed.read_bytes()
            expect((from_pem(message) if pem else message)[:2] == b"\x30\x80", "-stream gives no BER")
    whom = whom_to_believe(case, holder)
    targets = [case.file(f"{name}.p7s" if attached else name) for name in files]
    for name, (verdict, why) in zip(files, case.verdicts(*whom, *targets)):
        expect(verdict == "valid", f"chop says {verdict} ({why}) of {name}")
    if attached:
        case.chop("verify", *whom, "-o", case.file("content"), targets[0])
        expect_equal(case.file("content").read_bytes(), contents[0], "the content that chop verified")
    both_refuse_alterations(case, files, contents, attached, pem, holder.certificate, whom, attached and no_attributes and one_shot(algorithm))


def unsuitable_digest(case):
    """RFC 9882 section 3.3 and RFC 9814 section 4: OpenSSL signs and verifies them, chop refuses."""
    choices = [
        (algorithm, digest)
        for algorithm in [*ML_DSA, "SLH-DSA-SHA2-128f", "SLH-DSA-SHAKE-192f", "SLH-DSA-SHA2-256f", "ECDSA-P256-SHA256", "RSA-2048"]
        for digest in ["sha1", "sha224", "sha512-224", "sha3-224", *FROM_256]
        if digest not in suitable(algorithm) and (digest in ("sha1", "sha224") or algorithm[:3] not in ("ECD", "RSA"))
    ]
    algorithm, digest = choices[case.number % len(choices)]
    holder = case.setup.holders.draw(case, algorithm)
    message, signed = case.file("m", case.message()), case.file("m.p7s")
    case.must(
        "cms", "-sign", "-binary", "-in", message, "-signer", holder.certificate, "-inkey", holder.key,
        "-md", digest, "-outform", "DER", "-out", signed,
    )
    expect(openssl_accepts(case, signed, message, holder.certificate, "DER", case.file("out")), "OpenSSL refuses its own message")
    [(verdict, why)] = case.verdicts(*whom_to_believe(case, holder), message)
    expect(verdict == "error" and "unsupported" in why, f"chop says {verdict} ({why}) of {algorithm} with {digest}")


def drawn_signers(case):
    return [case.setup.holders.draw(case, algorithm) for algorithm in case.random.sample(FAST, case.random.randrange(2, 5))]


def anchors_of(case, holders):
    return case.file("anchors.pem", b"".join(holder.certificate.read_bytes() for holder in holders))


def several_signers_refused(case, message, signed, holders, anchors):
    """One signature spoilt: OpenSSL refuses all; chop refuses all together, and the spoilt one alone."""
    root = tlv.parse(signed.read_bytes())
    infos = tlv.signer_infos(root)
    spoilt = case.random.choice(infos)
    signature = tlv.signature(spoilt)
    signature.value = signature.value[:-1] + bytes([signature.value[-1] ^ 1])
    bad = case.file("bad", message.read_bytes())
    case.file("bad.p7s", root.encoded())
    expect(not openssl_accepts(case, case.file("bad.p7s"), bad, anchors, "DER", case.file("out")), "OpenSSL accepts a spoilt signer")
    keys = [part for holder in holders for part in ("--key", holder.public)]
    [(verdict, why)] = case.verdicts(*keys, bad)
    expect(verdict == "invalid", f"chop says {verdict} ({why}) of all signers, one of them spoilt")
    alone = [case.verdicts("--key", holder.public, bad)[0][0] for holder in holders]
    expect_equal(sorted(alone), ["invalid"] + ["valid"] * (len(holders) - 1), "each signer alone, one of them spoilt")


def several_by_chop(case):
    holders = drawn_signers(case)
    # Without attributes OpenSSL verifies no empty content: `openssl_leaves_out`.
    content = case.message() or (b"\0" if case.number % 2 else b"")
    message, signed = case.file("m", content), case.file("m.p7s")
    options = [option for option in ("--no-attributes",) if case.number % 2]
    keys = [part for holder in holders for part in ("--key", holder.key)]
    certificates = [part for holder in holders for part in ("--certificate", holder.certificate)]
    case.chop("sign", *keys, *(certificates if case.number % 4 < 2 else ()), *options, "-o", signed, message)
    anchors = anchors_of(case, holders)
    expect(openssl_accepts(case, signed, message, anchors, "DER", case.file("out")), "OpenSSL refuses several signers")
    several_signers_refused(case, message, signed, holders, anchors)


def several_by_openssl(case):
    """All by OpenSSL, or one by chop and the others added by `-resign`."""
    # -resign takes the digest of the content from a signer that is there: it must have the same one.
    with_512 = [*ML_DSA, "Ed25519", "ECDSA-P521-SHA512"]
    first = case.setup.holders.draw(case, case.random.choice(with_512))
    holders = [first, *(holder for holder in drawn_signers(case) if holder.algorithm != first.algorithm)]
    message, signed = case.file("m", case.message()), case.file("m.p7s")
    signers = [part for holder in holders for part in ("-signer", holder.certificate, "-inkey", holder.key)]
    if case.number % 2:
        case.must("cms", "-sign", "-binary", "-in", message, *signers, "-md", "sha512", "-outform", "DER", "-out", signed)
    else:
        first = case.file("first.p7s")
        case.chop("sign", "--key", holders[0].key, "--certificate", holders[0].certificate, "--attached", "-o", first, message)
        case.must("cms", "-resign", "-binary", "-inform", "DER", "-in", first, *signers[4:], "-md", "sha512", "-outform", "DER", "-nodetach", "-out", signed)
    anchors = anchors_of(case, holders)
    target = message if case.number % 2 else signed
    keys = [part for holder in holders for part in ("--key", holder.public)]
    for whom in (keys, ("--trust", anchors), ("--key", case.random.choice(holders).certificate)):
        [(verdict, why)] = case.verdicts(*whom, target)
        expect(verdict == "valid", f"chop says {verdict} ({why}) by {whom}")
    stranger = next(name for name in FAST if name not in [holder.algorithm for holder in holders])
    stranger = case.setup.holders.draw(case, stranger)
    [(verdict, why)] = case.verdicts(*keys, "--key", stranger.public, target)
    expect(verdict == "invalid", f"chop says {verdict} ({why}) with a key that has not signed")
    [(verdict, why)] = case.verdicts("--trust", stranger.certificate, target)
    expect(verdict == "untrusted", f"chop says {verdict} ({why}) when a stranger is trusted")
    if case.number % 2:
        several_signers_refused(case, message, signed, holders, anchors)


# Certificates

LETTERS = "abcXYZ 0189.-'()/:?äßéŁ漢字"
SPECIAL = ',+"\\<>;=#'


def drawn_name(case):
    """Values of attributes, with what RFC 4514 must escape, and neither edge a space."""
    def text(most):
        middle = "".join(case.random.choices(LETTERS + SPECIAL, k=case.random.randrange(most)))
        # The parser of names that chop uses refuses an escaped backslash before another escape.
        middle = re.sub(rf"\\(?=[{re.escape(SPECIAL)}])", "-", middle)
        return case.random.choice("abcä漢#") + middle + case.random.choice("xyz9")

    return {"CN": text(40), "O": text(40), "OU": text(20), "C": case.random.choice(["CN", "DE", "US"])}


def rfc4514(name):
    def escaped(value):
        out = "".join(f"\\{letter}" if letter in SPECIAL else letter for letter in value)
        return out

    return ",".join(f"{kind}={escaped(value)}" for kind, value in name.items())


def spoilt_certificate(case, pem):
    root = tlv.parse(from_pem(pem))
    bits = root.children[2]
    bits.value = bits.value[:1] + case.flipped(bits.value[1:])
    return case.file("spoilt.crt", to_pem("CERTIFICATE", root.encoded()))


def openssl_trusts(case, certificate):
    return case.openssl4("verify", "-x509_strict", "-check_ss_sig", "-CAfile", certificate, certificate) == 0


def certificate_by_chop(case, algorithm):
    holder = case.setup.holders.draw(case, algorithm)
    name, certificate = drawn_name(case), case.file("a.crt")
    scheme = ("--rsa-scheme", list(RSA_SCHEMES)[case.number % 6]) if algorithm in RSA else ()
    days = ("--days", str(case.random.choice([1, 30, 365, 3650, 10000])))
    case.chop("cert", "self-sign", "--key", holder.key, "--subject", rfc4514(name), *scheme, *days, "-o", certificate)
    return holder, name, certificate


def certificates_for_openssl(case, algorithm):
    holder, _, certificate = certificate_by_chop(case, algorithm)
    expect(openssl_trusts(case, certificate), "OpenSSL refuses the certificate")
    case.must("x509", "-in", certificate, "-noout", "-pubkey", "-out", case.file("a.pub"))
    expect_equal(case.file("a.pub").read_bytes(), holder.public.read_bytes(), "public key in the certificate")
    spoilt = spoilt_certificate(case, certificate.read_bytes())
    expect(not openssl_trusts(case, spoilt), "OpenSSL trusts a spoilt certificate")
    [shown] = case.chop_json("cert", "show", spoilt)["certificates"]
    expect("error" in shown or shown["problem"] is not None, "chop trusts a spoilt certificate")


def certificates_for_python(case, algorithm):
    holder, name, file = certificate_by_chop(case, algorithm)
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    kinds = {"CN": NameOID.COMMON_NAME, "O": NameOID.ORGANIZATION_NAME, "OU": NameOID.ORGANIZATIONAL_UNIT_NAME, "C": NameOID.COUNTRY_NAME}
    for kind, value in name.items():
        [found] = certificate.subject.get_attributes_for_oid(kinds[kind])
        expect_equal(found.value, value, f"{kind} of the subject")
    expect_equal(certificate.issuer, certificate.subject, "issuer")
    public = certificate.public_key()
    expect_equal(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), holder.public.read_bytes(), "public key")
    usage = certificate.extensions.get_extension_for_class(x509.KeyUsage)
    expect(usage.critical and usage.value.digital_signature and not usage.value.key_cert_sign, "keyUsage")
    constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints)
    expect(constraints.critical and not constraints.value.ca, "basicConstraints")
    identifier = certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    expect_equal(identifier.value, x509.SubjectKeyIdentifier.from_public_key(public), "subjectKeyIdentifier")
    certificate.verify_directly_issued_by(certificate)
    spoilt = x509.load_pem_x509_certificate(spoilt_certificate(case, file.read_bytes()).read_bytes())
    try:
        spoilt.verify_directly_issued_by(spoilt)
    except (InvalidSignature, ValueError):
        return
    raise Failed("Python accepts a spoilt certificate")


def python_has_no(case, algorithm):
    """Pinned, so that it is noticed when Python's library learns it."""
    certificate = x509.load_pem_x509_certificate(case.setup.holders.draw(case, algorithm).certificate.read_bytes())
    try:
        certificate.public_key()
    except Exception:  # UnsupportedAlgorithm or ValueError, as the version has it.
        return
    raise Failed(f"Python now reads {algorithm}: give it rows of its own")


def certificates_by_openssl(case, algorithm):
    holder, name, certificate = case.setup.holders.draw(case, algorithm), drawn_name(case), case.file("a.crt")
    extensions = list(case.random.choice([
        END_ENTITY,
        ["basicConstraints = CA:TRUE", "keyUsage = digitalSignature,keyCertSign", "subjectKeyIdentifier = hash", "authorityKeyIdentifier = keyid:always"],
        ["keyUsage = critical,nonRepudiation", "extendedKeyUsage = emailProtection", "subjectAltName = email:a@example.org"],
        ["subjectKeyIdentifier = hash"],
    ]))
    # (extension, why chop does not take it as an anchor)
    unfit = case.random.choice([None, None, "1.2.3.4 = critical,ASN1:UTF8String:unknown", "keyUsage = critical,keyAgreement"])
    if unfit:
        extensions = [line for line in extensions if not line.startswith("keyUsage")] + [unfit]
    # The configuration has escapes of its own: a value in full is given there without them.
    value = lambda text: "".join(f"\\{letter}" if letter in '\\#"$;' else letter for letter in text)
    text = "\n".join(f"{kind} = {value(content)}" for kind, content in name.items())
    options = ("-days", str(case.random.choice([1, 365, 20000])))
    if algorithm in RSA:
        scheme = list(RSA_SCHEMES)[case.number % 6]
        options += (f"-{RSA_SCHEMES[scheme][1].name}", *pss_options("-sigopt", scheme))
    openssl_certificate(case, holder.key, certificate, text, extensions, *options)
    [shown] = case.chop_json("cert", "show", certificate)["certificates"]
    expect_equal(shown.get("problem") is None, unfit is None, "usable as an anchor")
    case.must("x509", "-in", certificate, "-noout", "-serial", "-out", case.file("serial"))
    serial = case.file("serial").read_text().strip().removeprefix("serial=").lower()
    expect_equal(shown["serial"].removeprefix("00"), serial, "serial number")
    expect_equal(shown["algorithm"], algorithm, "algorithm")
    # Read back by Python's library as RFC 4514, because the two may escape differently.
    python = x509.load_pem_x509_certificate(certificate.read_bytes()).subject
    expect_equal(x509.Name.from_rfc4514_string(shown["subject"]).rfc4514_string(), python.rfc4514_string(), "subject")
    # chop takes the public key out of it, whatever it is fit for as an anchor.
    expect_equal(case.chop_json("inspect", holder.public)["v"], 1, "version of the JSON")
    spoilt = spoilt_certificate(case, certificate.read_bytes())
    [shown] = case.chop_json("cert", "show", spoilt)["certificates"]
    expect("error" in shown or shown["problem"] is not None, "chop trusts a spoilt certificate")


# Keys and bare signatures


def same_public(case, private, public_bytes):
    case.must("pkey", "-in", private, "-pubout", "-out", case.file("again.pub"))
    expect_equal(case.file("again.pub").read_bytes(), public_bytes, "public key")


def keys_by_openssl4(case, algorithm):
    source = case.file("openssl.key")
    form = ()
    if algorithm in LATTICE or algorithm == "ML-KEM-512":
        # All the arrangements of RFC 9881 and 9935 that have the seed in them.
        prefix = "ml-dsa" if algorithm in ML_DSA else "ml-kem"
        form = ("-provparam", f"{prefix}.output_formats={case.random.choice(['seed-only', 'seed-priv', 'bare-seed'])}") if case.number % 2 else ()
    case.must("genpkey", "-algorithm", openssl_name(algorithm), *curve(algorithm), *form, "-out", source)
    case.must("pkey", "-in", source, "-pubout", "-out", case.file("openssl.pub"))
    case.chop("convert", source, "-o", case.file("chop.pub"), "--public")
    expect_equal(case.file("chop.pub").read_bytes(), case.file("openssl.pub").read_bytes(), "public key")
    case.chop("convert", source, "-o", case.file("chop.key"))
    same_public(case, case.file("chop.key"), case.file("openssl.pub").read_bytes())


def keys_by_chop4(case, algorithm):
    case.chop("keygen", algorithm, "-o", case.file("chop.key"), "--pub", case.file("chop.pub"))
    same_public(case, case.file("chop.key"), case.file("chop.pub").read_bytes())
    case.must("pkey", "-in", case.file("chop.key"), "-outform", "DER", "-out", case.file("openssl.der"))
    case.chop("convert", case.file("openssl.der"), "-o", case.file("again.key"))
    expect_equal(case.file("again.key").read_bytes(), case.file("chop.key").read_bytes(), "key that OpenSSL wrote")
    for form in ("expanded", "both") if algorithm in LATTICE or algorithm == "ML-KEM-512" else ():
        case.chop("convert", case.file("chop.key"), "-o", case.file(f"{form}.key"), "--form", form)
        same_public(case, case.file(f"{form}.key"), case.file("chop.pub").read_bytes())


def bare_signature(case, algorithm, by_chop):
    """FIPS 205 with a context, which `openssl pkeyutl` knows."""
    holder = case.setup.holders.draw(case, algorithm)
    message, signature = case.file("m", case.message() or b"x"), case.file("m.sig")
    context = case.random.randbytes(case.random.choice([0, 1, 17, 255]))
    other = context[:-1] + bytes([context[-1] ^ 1]) if context else b"x"

    def chop(what, context, *rest, **options):
        case.chop(what, "--format", "raw", *(("--context-hex", context.hex()) if context else ()), *rest, message, **options)

    def openssl(what, context, *rest):
        context = ("-pkeyopt", f"hexcontext-string:{context.hex()}") if context else ()
        return case.openssl4("pkeyutl", what, "-rawin", "-in", message, *context, *rest) == 0

    if by_chop:
        chop("sign", context, "--key", holder.key, "-o", signature)
    else:
        expect(openssl("-sign", context, "-inkey", holder.key, "-out", signature), "OpenSSL does not sign")
    checks = ("-pubin", "-inkey", holder.public, "-sigfile", signature)
    expect(openssl("-verify", context, *checks), "OpenSSL refuses the signature")
    expect(not openssl("-verify", other, *checks), "OpenSSL accepts another context")
    chop("verify", context, "--key", holder.public, "--signature", signature)
    chop("verify", other, "--key", holder.public, "--signature", signature, exits=1)
    signature.write_bytes(case.flipped(signature.read_bytes()))
    expect(not openssl("-verify", context, *checks), "OpenSSL accepts an altered signature")
    chop("verify", context, "--key", holder.public, "--signature", signature, exits=1)


def amount(algorithm):
    """(cases, messages in each): 200 messages where signing is fast."""
    if algorithm in SLOW:
        return 4, 1
    return (16, 3) if algorithm in SLH_DSA else (16, 13)


def certificate_rows():
    python_knows = [*ML_DSA, *(name for name in SIGNATURES if name not in ML_DSA and name not in SLH_DSA)]
    for algorithm in SIGNATURES:
        cases = 2 if algorithm in SLOW else 8 if algorithm in SLH_DSA else 24
        yield Row(f"{algorithm} certificates by chop", certificates_for_openssl, (algorithm,), CERTIFICATES, f"made by chop, verified by {TOOL}", algorithm, cases)
        yield Row(f"{algorithm} certificates by OpenSSL 4", certificates_by_openssl, (algorithm,), CERTIFICATES, f"made by {TOOL}, shown and judged by chop", algorithm, cases)
        if algorithm in python_knows:
            yield Row(f"{algorithm} certificates for Python", certificates_for_python, (algorithm,), CERTIFICATES, "made by chop, loaded and verified by Python cryptography", algorithm, cases)
        else:
            yield Row(f"{algorithm} certificates: Python has none", python_has_no, (algorithm,), CERTIFICATES, "Python cryptography does not know the algorithm (pinned)", algorithm, 1)


def cms_rows():
    for algorithm in SIGNATURES:
        cases, each = amount(algorithm)
        yield Row(f"{algorithm} CMS by chop", cms_by_chop, (algorithm, each), CMS, f"signed by chop, verified by {TOOL}", algorithm, cases, each)
        yield Row(f"{algorithm} CMS by OpenSSL 4", cms_by_openssl, (algorithm, each), CMS, f"signed by {TOOL}, verified by chop", algorithm, cases, each)
    yield Row("CMS, several signers by chop", several_by_chop, (), CMS, f"several signers by chop, verified by {TOOL}", "mixed", 60)
    yield Row("CMS, several signers by OpenSSL 4", several_by_openssl, (), CMS, f"several signers by {TOOL} (half of them added to chop's), verified by chop", "mixed", 60)
    yield Row("CMS, what OpenSSL 4 leaves out", openssl_leaves_out, (), CMS, f"without signed attributes, content that is inside or empty, by algorithms that read it themselves: chop signs and verifies it, {TOOL}, does not (pinned)", "mixed", 20)
    yield Row("CMS, digests that are not suitable", unsuitable_digest, (), CMS, f"digests that are not suitable: made and accepted by {TOOL}, refused by chop", "mixed", 100)


def key_rows():
    for algorithm in [*SLH_DSA, "ML-KEM-512", *LATTICE]:
        cases = 2 if algorithm in SLOW else 20
        yield Row(f"{algorithm} keys by OpenSSL 4", keys_by_openssl4, (algorithm,), KEYS, f"made by {TOOL}, read by chop", algorithm, cases)
        yield Row(f"{algorithm} keys for OpenSSL 4", keys_by_chop4, (algorithm,), KEYS, f"made by chop, read by {TOOL}", algorithm, cases)
    for algorithm in SLH_DSA:
        cases = 2 if algorithm in SLOW else 20
        yield Row(f"{algorithm} signed by chop", bare_signature, (algorithm, True), RAW, f"signed by chop, verified by {TOOL}", algorithm, cases)
        yield Row(f"{algorithm} signed by OpenSSL 4", bare_signature, (algorithm, False), RAW, f"signed by {TOOL}, verified by chop", algorithm, cases)


def openssl4_rows():
    yield from key_rows()
    yield from certificate_rows()
    yield from cms_rows()
