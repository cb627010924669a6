"""JWS and JWK, with npm's `jose` on the other side."""

import base64
import json

from case import Row, expect, expect_equal

TOOL = "npm's jose"
# The JOSE names, and what the command has for them. RFC 9864 gives Ed25519 a name of its own, which
# signs as EdDSA does; which of the two chop writes and reads is pinned here.
NAMES = {
    "ML-DSA-44": ("ML-DSA-44", ()),
    "ML-DSA-65": ("ML-DSA-65", ()),
    "ML-DSA-87": ("ML-DSA-87", ()),
    "ES256": ("ECDSA-P256-SHA256", ()),
    "ES384": ("ECDSA-P384-SHA384", ()),
    "ES512": ("ECDSA-P521-SHA512", ()),
    "EdDSA": ("Ed25519", ()),
    "PS256": ("RSA-2048", ()),
    "RS256": ("RSA-2048", ("--rsa-scheme", "RSASSA-PKCS1-v1_5-SHA256")),
}
AKP = ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"]
EACH = 20


def jose(case, jobs):
    """The answers of `jose` to jobs, from one process."""
    number = len(case.log)
    answers = case.file(f"{number}.answers")
    done = case.run([
        case.setup.node, case.setup.node.parents[2] / "peer.mjs",
        case.file(f"{number}.jobs", json.dumps(jobs).encode()), answers,
    ])
    expect(done.returncode == 0, "jose failed")
    return json.loads(answers.read_bytes())


def keys_of(case, name):
    """A key pair that both have in files, made by either, as a JWK or in PEM."""
    private, public = case.file("a.key"), case.file("a.pub")
    algorithm = NAMES[name][0]
    by_jose, as_jwk = case.number % 2, name in AKP and case.number % 4 < 2
    if by_jose:
        [[private_text, public_text]] = jose(case, [{"do": "make", "alg": name, "as": "jwk" if as_jwk else "pem"}])
        if as_jwk:
            for file, text in ((private, private_text), (public, public_text)):
                case.chop("convert", case.file(f"{file.name}.jwk", text.encode()), "-o", file)
        else:
            private.write_text(private_text)
            public.write_text(public_text)
        return private, public, private_text, public_text
    if algorithm.startswith("RSA"):
        key = case.key(algorithm)
        private.write_bytes(key.private_file.read_bytes())
        public.write_bytes(key.public_file.read_bytes())
    else:
        case.chop("keygen", algorithm, "-o", private, "--pub", public)
    if not as_jwk:
        return private, public, private.read_text(), public.read_text()
    case.chop("convert", private, "-o", case.file("key.jwk"), "--output", "jwk")
    case.chop("convert", private, "-o", case.file("pub.jwk"), "--output", "jwk", "--public")
    return private, public, case.file("key.jwk").read_text(), case.file("pub.jwk").read_text()


def spoilt(case, jws, payload):
    """One bit of the signature or of the payload changed."""
    header, _, signature = jws.split(".")
    if case.random.random() < 0.5:
        return jws, case.flipped(payload) if payload else b"\0"
    raw = base64.urlsafe_b64decode(signature + "=" * (-len(signature) % 4))
    return f"{header}..{base64.urlsafe_b64encode(case.flipped(raw)).rstrip(b'=').decode()}", payload


def verify_job(name, public_text, jws, payload):
    return {"do": "verify", "alg": name, "key": public_text, "jws": jws, "payload": base64.b64encode(payload).decode()}


def chop_refuses(case, name, public, pairs):
    """Spoilt pairs of JWS and payload are called invalid, each of them."""
    files = []
    for number, (jws, payload) in enumerate(pairs):
        files.append(case.file(f"bad{number}", payload))
        case.file(f"bad{number}.jws", jws.encode())
    for verdict, why in case.verdicts("--format", "jws", "--key", public, *NAMES[name][1], *files):
        # The first byte of a number of 521 bits has one bit in use.
        refused = verdict == "invalid" or name == "ES512" and "a longer one" in why
        expect(refused, f"chop says {verdict} ({why}) of a spoilt JWS")


def jws_by_chop(case, name):
    private, public, _, public_text = keys_of(case, name)
    files = [case.file(f"m{number}", case.message()) for number in range(EACH)]
    kid = case.random.choice([None, "key 1", 'a "quoted" \\ kid ä漢'])
    options = (*NAMES[name][1], *(("--kid", kid) if kid else ()), *(("--deterministic",) if name in AKP and case.number % 3 == 0 else ()))
    case.chop("sign", "--format", "jws", "--key", private, *options, *files)
    pairs = [(case.file(f"{file.name}.jws").read_text().strip(), file.read_bytes()) for file in files]
    for header in jose(case, [verify_job(name, public_text, *pair) for pair in pairs]):
        expect(header is not None, "jose refuses the signature")
        expect_equal(header.get("alg"), name, "alg")
        expect(header.get("kid") == kid if kid else len(header.get("kid", "")) == 64, f"kid: {header}")
    bad = [spoilt(case, *pair) for pair in pairs]
    for header in jose(case, [verify_job(name, public_text, *pair) for pair in bad]):
        expect(header is None, f"jose says {header} of a spoilt JWS")
    chop_refuses(case, name, public, bad)


def jws_by_jose(case, name, encoded):
    """`encoded` is False for `b64: false` (RFC 7797), where the payload is signed as it is."""
    _, public, private_text, public_text = keys_of(case, name)
    payloads = [case.message() for _ in range(EACH)]
    headers = [
        {} if encoded else {"b64": False, "crit": ["b64"]},
        {"kid": "a key", "typ": "JOSE", "cty": "application/xml"},
        {"kid": "ä漢\"\\", "x5t#S256": "AAAA"},
    ]
    jobs = []
    for payload in payloads:
        header = {**headers[0], **case.random.choice([{}, *headers[1:]])}
        jobs.append({"do": "sign", "alg": name, "key": private_text, "header": header, "payload": base64.b64encode(payload).decode()})
    pairs = list(zip(jose(case, jobs), payloads))
    files = []
    for number, (jws, payload) in enumerate(pairs):
        files.append(case.file(f"m{number}", payload))
        # What an editor leaves at the end is no part of it.
        case.file(f"m{number}.jws", jws.encode() + (b"\n" if number % 2 else b""))
    for verdict, why in case.verdicts("--format", "jws", "--key", public, *NAMES[name][1], *files):
        expect(verdict == "valid", f"chop says {verdict} ({why})")
    bad = [spoilt(case, *pair) for pair in pairs]
    for header in jose(case, [verify_job(name, public_text, *pair) for pair in bad]):
        expect(header is None, f"jose says {header} of a spoilt JWS")
    chop_refuses(case, name, public, bad)


def other_header(case):
    """A header that contradicts the key, or asks for what nobody knows: both refuse by name."""
    name = list(NAMES)[case.number % len(NAMES)]
    private, public, private_text, public_text = keys_of(case, name)
    payload = case.message()
    case.chop("sign", "--format", "jws", "--key", private, *NAMES[name][1], "-o", case.file("m.jws"), case.file("m", payload))
    header, _, signature = case.file("m.jws").read_text().strip().split(".")
    members = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    other = case.random.choice([alg for alg in [*NAMES, "none", "HS256"] if alg != name])
    changed = case.random.choice([
        members | {"alg": other},
        members | {"crit": ["exp"], "exp": 1},
        members | {"crit": []},
        members | {"crit": ["b64"]},
        members | {"b64": False},
        members | {"b64": "false", "crit": ["b64"]},
        members | {"alg": name.lower()} if name.lower() != name else members | {"alg": None},
        {"kid": "x"},
    ])
    text = base64.urlsafe_b64encode(json.dumps(changed).encode()).rstrip(b"=").decode()
    jws = f"{text}..{signature}"
    [answer] = jose(case, [verify_job(name, public_text, jws, payload)])
    expect(answer is None or "refused" in answer, f"jose says {answer} of {changed}")
    case.file("bad.jws", jws.encode())
    [(verdict, why)] = case.verdicts("--format", "jws", "--key", public, *NAMES[name][1], case.file("bad", payload))
    expect(verdict in ("error", "invalid"), f"chop says {verdict} ({why}) of {changed}")


def jwk_both_ways(case, name):
    """Each reads what the other wrote, and writes it again as it was."""
    [[private_text, public_text]] = jose(case, [{"do": "make", "alg": name, "as": "jwk"}])
    jwk = case.file("jose.jwk", private_text.encode())
    case.chop("convert", jwk, "-o", case.file("again.jwk"), "--output", "jwk")
    case.chop("convert", jwk, "-o", case.file("public.jwk"), "--output", "jwk", "--public")
    expect_equal(json.loads(case.file("again.jwk").read_text()), json.loads(private_text), "private JWK of jose")
    expect_equal(json.loads(case.file("public.jwk").read_text()), json.loads(public_text), "public JWK of jose")
    case.chop("keygen", name, "-o", case.file("a.key"), "--pub", case.file("a.pub"))
    case.chop("convert", case.file("a.key"), "-o", case.file("chop.jwk"), "--output", "jwk")
    case.chop("convert", case.file("a.pub"), "-o", case.file("chop-public.jwk"), "--output", "jwk")
    written = [case.file("chop.jwk").read_text(), case.file("chop-public.jwk").read_text()]
    for text, again in zip(written, jose(case, [{"do": "again", "jwk": text} for text in written])):
        expect_equal(again | {"alg": name}, json.loads(text), "JWK of chop")


def rows():
    for name, (algorithm, _) in NAMES.items():
        yield Row(f"{name} JWS by chop", jws_by_chop, (name,), "JWS, detached", f"signed by chop, verified by {TOOL}", name, 10, EACH)
        yield Row(f"{name} JWS by jose", jws_by_jose, (name, True), "JWS, detached", f"signed by {TOOL}, verified by chop", name, 10, EACH)
        yield Row(f"{name} JWS by jose, b64 false", jws_by_jose, (name, False), "JWS, detached", f"signed by {TOOL} with `b64: false` (RFC 7797), verified by chop", name, 10, EACH)
    yield Row("JWS, headers that both refuse", other_header, (), "JWS, detached", f"headers that contradict the key or ask for what is not known: refused by chop and {TOOL}", "mixed", 90)
    for name in AKP:
        yield Row(f"{name} JWK of jose", jwk_both_ways, (name,), "JWK", f"private and public, each way; with {TOOL}", name, 20)
