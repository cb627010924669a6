"""Mutated CMS messages, and what chop and OpenSSL 4 say of them.

Both are given the same trusted certificates and the same content. They may differ only in the ways
of `KNOWN`, each of which says why; any other difference fails the run, with the files.
"""

import random
import re
from collections import Counter
from dataclasses import dataclass
from threading import Lock

import tlv
from case import Failed, Row
from cms_rows import openssl_accepts
from holders import fixed_key

SEED = "chop and OpenSSL on mutated CMS"
MUTATIONS_EACH = 100
CASES = 40
CHOP, OPENSSL = "chop", "OpenSSL 4"


@dataclass
class Known:
    """A way in which the two may differ: who accepts, and what the other says (or the mutation was)."""

    name: str
    accepted_by: str
    # A pattern of what the other says, and one of the fields that were changed.
    says: str
    fields: str
    reason: str

    def explains(self, who, says, fields):
        return who == self.accepted_by and re.search(self.says, says) and re.fullmatch(self.fields, fields)


# Fields that no signature covers and that chop takes nothing from.
UNSIGNED = "certificates|crls|digestAlgorithms|signer's name|unsigned attributes|digest of no attributes|encoding alone"


def with_others(field):
    """This field, and perhaps others that no signature covers."""
    return rf"(?=.*\b{field})(?:(?:{UNSIGNED})(?:, |$))+"


KNOWN = [
    Known("several signers, one of them of somebody else", CHOP, "", "several signers: .*", "chop asks for one trusted signer (`--trust`) or for those that are named (`--key`), none of whose signatures may be spoilt; OpenSSL asks for all"),
    Known("certificates inside", CHOP, "", with_others("certificates"), "chop takes certificates from its caller alone and does not read those inside; OpenSSL parses them all"),
    Known("the set digestAlgorithms", CHOP, "", with_others("digestAlgorithms"), "it is for readers in one pass, and each signer names its digest again; RFC 5652 section 5.1 lets a verifier ignore it or not"),
    Known("the name of the signer", CHOP, "", with_others("signer's name"), "it is not signed and decides nothing for chop, which tries the trusted keys; OpenSSL looks for a certificate of that name"),
    Known("unsigned attributes", CHOP, "", with_others("unsigned attributes"), "chop takes nothing from them; OpenSSL checks which may stand there, and how often"),
    Known("a digest that is not used", CHOP, "", with_others("digest of no attributes"), "without signed attributes ML-DSA, SLH-DSA and Ed25519 read the content itself (RFC 9882 section 3.3)"),
    Known("BER and order inside signed attributes", CHOP, "", "encoding alone", "chop verifies their DER, as RFC 5652 section 5.4 has it; OpenSSL leaves values as they are, and for ECDSA and RSA the order, too"),
    Known("content inside and beside", OPENSSL, "nothing beside the message", ".*", "chop does not choose between two contents; OpenSSL takes the one beside"),
    Known("bytes after the end", OPENSSL, "more bytes after the end", ".*", "chop reads the whole file or nothing"),
    Known("content type", OPENSSL, "content type of a CMS message", ".*", "chop reads messages of plain data alone, so that a time stamp or a code signature of the same key is no document; OpenSSL reads any type, and does not compare it with the signed one"),
    Known("versions", OPENSSL, "version of SignedData|CMS version|version . with|version N with", ".*", "a version that RFC 5652 does not have, or that contradicts the signer's name; OpenSSL reads none"),
    Known("parameters of algorithms", OPENSSL, "with other parameters|parameters of ", ".*", "they must be absent, or NULL where an older RFC has it; OpenSSL ignores them"),
    Known("digest of the message", OPENSSL, "hash function of the message", ".*", "chop refuses what is not suitable for the key, and what it does not know, although it is not used"),
    Known("signature algorithm", OPENSSL, '"signature algorithm"', ".*", "chop refuses an identifier that is not of the key; OpenSSL goes by the key alone"),
    Known("another signature algorithm of the same key", OPENSSL, "it does not hold", "signature algorithm", "the hash function of ECDSA is that of the signature algorithm; OpenSSL takes that of the digest"),
    Known("strings in pieces", OPENSSL, "a piece of another type|in pieces", ".*", "the pieces of a string are OCTET STRINGs (X.690 section 8.23)"),
    Known("other structure", OPENSSL, '"code": "malformed".*"what": "(CMS |BER|PEM)', ".*", "chop reads fields more strictly than OpenSSL"),
]


class Disagreements:
    """How often the known ones were met."""

    def __init__(self):
        self.lock = Lock()
        self.met, self.verdicts, self.unknown = Counter(), Counter(), {}

    def add(self, verdicts, known, who, says, example):
        with self.lock:
            self.verdicts[verdicts] += 1
            if known:
                self.met[known.name] += 1
            elif verdicts[0] != verdicts[1]:
                # Numbers differ from one message to the next.
                self.unknown.setdefault((who, re.sub(r"\d+", "N", says)), []).append(example)

    def show(self):
        if not self.verdicts:
            return
        count = self.verdicts
        print(f"interop: mutated CMS: both accept {count[True, True]}, both refuse {count[False, False]}, "
              f"chop alone accepts {count[True, False]}, OpenSSL 4 alone {count[False, True]}")
        for known in KNOWN:
            print(f"interop: {self.met[known.name]:5} × {known.name}: accepted by {known.accepted_by}; {known.reason}")
        for (who, says), examples in sorted(self.unknown.items(), key=lambda item: -len(item[1])):
            print(f"interop: {len(examples):5} × UNKNOWN: {who} alone accepts; the other: {says}; {', '.join(examples[:5])}")


# Mutations. Each changes a tree in place, or gives bytes, and returns its name.

OIDS = [tlv.oid(dotted) for dotted in (
    "2.16.840.1.101.3.4.2.1", "2.16.840.1.101.3.4.2.2", "2.16.840.1.101.3.4.2.3", "2.16.840.1.101.3.4.2.4",
    "2.16.840.1.101.3.4.2.6", "2.16.840.1.101.3.4.2.8", "2.16.840.1.101.3.4.2.10", "2.16.840.1.101.3.4.2.12",
    "1.3.14.3.2.26", "1.2.840.113549.2.5", "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.2", "1.2.840.113549.1.9.3",
    "1.2.840.113549.1.9.4", "1.2.840.113549.1.9.5", "1.2.840.113549.1.9.52", "1.2.840.10045.4.3.2",
    "1.2.840.10045.4.3.4", "1.3.101.112", "2.16.840.1.101.3.4.3.17", "2.16.840.1.101.3.4.3.18", "1.2.840.113549.1.1.1",
    "1.2.840.113549.1.9.16.1.4", "1.2.3.4",
)]


def somewhere(rng, root, fits):
    """A node, the structure around the signers as likely as all certificates together."""
    nodes = [node for node in root.walk() if fits(node)]
    near = [node for info in tlv.signer_infos(root) for node in info.walk() if fits(node)]
    top = [node for node in tlv.signed_data(root).children[:3] for node in node.walk() if fits(node)]
    return rng.choice(rng.choice([pool for pool in (nodes, near, near, top) if pool] or [[root]]))


def constructed(node):
    return bool(node.children)


def an_attribute_set(rng, root):
    sets = [found for info in tlv.signer_infos(root) if (found := tlv.signed_attributes(info))]
    return rng.choice(sets) if sets else None


def flip_bit(rng, root):
    node = somewhere(rng, root, lambda node: node.value)
    at = rng.randrange(len(node.value))
    node.value = node.value[:at] + bytes([node.value[at] ^ 1 << rng.randrange(8)]) + node.value[at + 1 :]


def change_tag(rng, root):
    node = somewhere(rng, root, lambda node: True)
    node.tag = node.tag & 0x20 | rng.choice([rng.randrange(1, 0x1F), 0x80, 0x81, 0x82, 0x40]) if rng.random() < 0.7 else node.tag ^ 0x20
    if node.tag & 0x20 and node.children is None or not node.tag & 0x20 and node.children is not None:
        node.value, node.children = node.contents(), None
        node.indefinite = False


def delete_element(rng, root):
    node = somewhere(rng, root, constructed)
    del node.children[rng.randrange(len(node.children))]


def repeat_element(rng, root):
    node = somewhere(rng, root, constructed)
    number = rng.randrange(len(node.children))
    node.children.insert(number, node.children[number].copy())


def swap_elements(rng, root):
    node = somewhere(rng, root, lambda node: node.children and len(node.children) > 1)
    rng.shuffle(node.children)


def insert_element(rng, root):
    node = somewhere(rng, root, lambda node: node.children is not None)
    new = rng.choice([
        tlv.Node(0x05, b""), tlv.Node(0x02, b"\1"), tlv.Node(0x04, b"x"), tlv.Node(0x30, children=[]), tlv.Node(0x31, children=[]),
        tlv.Node(0xA0, children=[]), tlv.Node(0xA1, children=[]), tlv.Node(0x80, b"x"), tlv.Node(0x0C, b"x"),
    ])
    node.children.insert(rng.randrange(len(node.children) + 1), new)


def long_length(rng, root):
    node, octets = somewhere(rng, root, lambda node: not node.indefinite), rng.randrange(1, 6)
    node.header = lambda tag, contents: bytes([tag]) + tlv.length(len(contents), octets) + contents


def indefinite_length(rng, root):
    somewhere(rng, root, lambda node: node.children is not None).indefinite = True


def definite_length(rng, root):
    for node in root.walk():
        node.indefinite = False


def wrong_length(rng, root):
    node, off = somewhere(rng, root, lambda node: not node.indefinite), rng.choice([-2, -1, 1, 2, 127, 65536])
    node.header = lambda tag, contents: bytes([tag]) + tlv.length(max(0, len(contents) + off)) + contents


def in_pieces(rng, root):
    node = somewhere(rng, root, lambda node: node.tag in (0x04, 0x0C, 0x80) and node.value)
    at = rng.randrange(len(node.value) + 1)
    node.children = [tlv.Node(0x04, node.value[:at]), tlv.Node(0x04, node.value[at:])]
    node.tag, node.value, node.indefinite = node.tag | 0x20, None, rng.random() < 0.5


def other_identifier(rng, root):
    somewhere(rng, root, lambda node: node.tag == tlv.OID).value = rng.choice(OIDS)


def other_digest(rng, root):
    """The signer's digestAlgorithm, or that of the set at the front."""
    digest = rng.choice([rng.choice(tlv.signer_infos(root)).children[2], *tlv.signed_data(root).children[1].children])
    digest.children[0].value = rng.choice(OIDS[:10])


def digest_parameters(rng, root):
    info = rng.choice(tlv.signer_infos(root))
    algorithm = rng.choice([info.children[2], info.children[-2]])
    if algorithm.children is not None:
        algorithm.children[1:] = rng.choice([[], [tlv.Node(0x05, b"")], [tlv.Node(0x30, children=[])], [tlv.Node(0x02, b"\1")]])


def other_signer_name(rng, root):
    name = rng.choice(tlv.signer_infos(root)).children[1]
    leaf = rng.choice([node for node in name.walk() if node.value])
    at = rng.randrange(len(leaf.value))
    leaf.value = leaf.value[:at] + rng.randbytes(1) + leaf.value[at + 1 :]


def other_version(rng, root):
    node = rng.choice([tlv.signed_data(root), rng.choice(tlv.signer_infos(root))]).children[0]
    node.value = rng.choice([b"\0", b"\1", b"\2", b"\3", b"\4", b"\5", b"\6", b"\x7f", b"\xff", b"\0\1", b"\1\0", b""])


def attributes_in_another_order(rng, root):
    if attributes := an_attribute_set(rng, root):
        rng.shuffle(attributes.children)


def attribute_twice(rng, root):
    if attributes := an_attribute_set(rng, root):
        attributes.children.append(rng.choice(attributes.children).copy())


def attribute_with_two_values(rng, root):
    if attributes := an_attribute_set(rng, root):
        values = rng.choice(attributes.children).children[1]
        values.children.append(values.children[0].copy())


def attributes_away(rng, root):
    for info in tlv.signer_infos(root):
        info.children = [child for child in info.children if child is not tlv.signed_attributes(info)]


def unsigned_attributes(rng, root):
    info = rng.choice(tlv.signer_infos(root))
    value = tlv.Node(0x31, children=[tlv.Node(0x04, b"x")])
    attribute = tlv.Node(0x30, children=[tlv.Node(tlv.OID, rng.choice(OIDS)), value])
    info.children.append(tlv.Node(0xA1, children=[attribute] * rng.randrange(3)))


def signer_twice(rng, root):
    infos = tlv.signed_data(root).children[-1]
    infos.children.append(rng.choice(infos.children).copy())


def signer_away(rng, root):
    infos = tlv.signed_data(root).children[-1]
    del infos.children[rng.randrange(len(infos.children))]


def certificates_away(rng, root):
    data = tlv.signed_data(root)
    data.children = [child for child in data.children if child.tag != 0xA0]


def content_away(rng, root):
    del tlv.signed_data(root).children[2].children[1:]


def other_content(rng, root):
    content = tlv.signed_data(root).children[2]
    content.children[1:] = [tlv.Node(0xA0, children=[tlv.Node(0x04, rng.randbytes(rng.randrange(4)))])]


TREE = [
    flip_bit, flip_bit, flip_bit, change_tag, change_tag, delete_element, delete_element, repeat_element, swap_elements,
    insert_element, insert_element, long_length, long_length, indefinite_length, definite_length, wrong_length, in_pieces,
    other_identifier, other_identifier, other_digest, digest_parameters, other_signer_name, other_version,
    attributes_in_another_order, attribute_twice, attribute_with_two_values, attributes_away, unsigned_attributes,
    signer_twice, signer_away, certificates_away, content_away, other_content,
]


def mutated(rng, root):
    """Bytes, and the names of what was done."""
    names = []
    for _ in range(rng.choice([1, 1, 1, 1, 2])):
        try:
            mutation = rng.choice(TREE)
            names.append(mutation.__name__)
            mutation(rng, root)
        except (AttributeError, IndexError, TypeError, ValueError):
            # An earlier one has taken away what this one looks for.
            pass
    data = root.encoded()
    if (turn := rng.random()) < 0.03:
        data, names = data[: rng.randrange(len(data))], [*names, "cut"]
    elif turn < 0.05:
        data, names = data + rng.choice([b"\0", b"\0\0", b"\n", b"x"]), [*names, "longer"]
    elif turn < 0.1:
        at = rng.randrange(len(data))
        data, names = data[:at] + rng.randbytes(1) + data[at + 1 :], [*names, "byte"]
    return data, " and ".join(names)


# Messages to mutate


def base_message(case, rng, content):
    """A valid message of one of the kinds that there are, the certificates to trust, and whether its content is inside."""
    kind = case.number % 10
    algorithms = [["Ed25519"], ["ML-DSA-44"], ["ECDSA-P256-SHA256"], ["ECDSA-P256-SHA256", "Ed25519"]][case.number // 10 % 4]
    signers = []
    for algorithm in algorithms:
        key, certificate = fixed_key(case, algorithm, rng), case.file(f"{algorithm}.crt")
        case.chop("cert", "self-sign", "--key", key, "--subject", f"CN={algorithm},O=Example", "-o", certificate)
        signers.append((key, certificate))
    anchors = case.file("anchors.pem", b"".join(certificate.read_bytes() for _, certificate in signers))
    signed = case.file("base.p7s")
    attached = kind in (1, 3, 5, 9)
    if kind < 4:
        options = [(), ("--attached",), ("--no-attributes",), ("--attached",)][kind]
        certificates = [part for _, certificate in signers for part in ("--certificate", certificate)] if kind != 3 else []
        case.chop("sign", *[part for key, _ in signers for part in ("--key", key)], *certificates, *options, "-o", signed, content)
    else:
        options = {4: (), 5: ("-nodetach", "-stream"), 6: ("-noattr",), 7: ("-keyid",), 8: ("-cades", "-nosmimecap"), 9: ("-nodetach", "-keyid")}[kind]
        pairs = [part for key, certificate in signers for part in ("-signer", certificate, "-inkey", key)]
        case.must("cms", "-sign", "-binary", "-in", content, *pairs, "-md", "sha512", *options, "-outform", "DER", "-out", signed)
    return signed.read_bytes(), anchors, attached


def verdicts_on_mutations(case):
    # The same in every run, whatever its seed.
    rng = random.Random(f"{SEED}/{case.number}")
    content = case.file("content", rng.randbytes(100))
    message, anchors, attached = base_message(case, rng, content)
    tried = []
    for number in range(MUTATIONS_EACH):
        data, names = mutated(rng, tlv.parse(message))
        signed = case.file(f"m{number}.p7s", data)
        if not attached:
            case.file(f"m{number}", content.read_bytes())
        tried.append((signed, names))
    files = [signed if attached else signed.with_suffix("") for signed, _ in tried]
    answers = case.verdicts("--trust", anchors, *files)
    unknown = 0
    for (signed, names), (verdict, why) in zip(tried, answers):
        accepted = openssl_accepts(case, signed, None if attached else content, anchors, "DER", case.file("out"))
        by_chop = verdict == "valid"
        says = because(case.log[-1]) if by_chop else f"{verdict}: {why}"
        known, who = None, CHOP if by_chop else OPENSSL
        if by_chop != accepted:
            fields = changed(message, signed.read_bytes())
            known = next((known for known in KNOWN if known.explains(who, says, fields)), None)
            says = f"{says} [{fields}]"
            unknown += known is None
        case.setup.disagreements.add((by_chop, accepted), known, who, says, f"{case.number}/{signed.name} ({names})")
    if unknown:
        raise Failed(f"{unknown} disagreements of no known class; they are listed at the end")


def because(line):
    """Why OpenSSL refuses: its reasons without their places."""
    return "; ".join(re.findall(r"routines:[^:]*:([^:]*)", line)) or "no reason given"


def in_one(node):
    return node.value if node.children is None else b"".join(map(in_one, node.children))


def parts(data):
    """The fields of a message by name, in DER; a field that several signers have, by its number."""
    root = tlv.parse(data)
    for node in root.walk():
        node.indefinite = False
        if node.tag in tlv.STRINGS_IN_PIECES and node.children is not None:
            node.tag, node.value, node.children = node.tag & ~0x20, in_one(node), None
    info, found = tlv.signed_data(root), {}
    found["the outermost"] = root.children[0].encoded() + bytes([root.tag, root.children[1].tag, len(root.children)])
    names = {0: "version", 1: "digestAlgorithms", 2: "content", len(info.children) - 1: "signers"}
    for number, child in enumerate(info.children):
        name = names.get(number) or {0xA0: "certificates", 0xA1: "crls"}.get(child.tag, "another field")
        found[name] = child.encoded()
    if not all(len(signer.children or []) >= 5 for signer in info.children[-1].children):
        return found
    del found["signers"]
    found["number of signers"] = len(info.children[-1].children)
    for number, signer in enumerate(info.children[-1].children):
        names = ["signer's version", "signer's name", "signer's digest"]
        rest = {0xA0: "signed attributes", 0xA1: "unsigned attributes", tlv.OCTET_STRING: "signature", tlv.SEQUENCE: "signature algorithm"}
        for place, child in enumerate(signer.children):
            name = names[place] if place < 3 else rest.get(child.tag, "another field of a signer")
            key = name, number
            found[key] = found.get(key, b"") + child.encoded()
        attributes = tlv.signed_attributes(signer)
        if not attributes:
            found["digest of no attributes", number] = found.pop(("signer's digest", number))
        elif attributes.children:
            found["signed attributes", number] = b"".join(sorted(child.encoded() for child in attributes.children))
    return found


def changed(base, data):
    """The names of the fields that a mutation has changed."""
    try:
        old, new = parts(base), parts(data)
    except (IndexError, TypeError, AttributeError, ValueError):
        return "structure"
    names = {name if isinstance(name, str) else name[0] for name in {*old, *new} if old.get(name) != new.get(name)}
    fields = ", ".join(sorted(names)) or "encoding alone"
    if len(tlv.signer_infos(tlv.parse(base))) == 1 and "number of signers" not in names:
        return fields
    # What is signed, and how: one signer must still have all of it as it was.
    signed = [{name: value for name, value in found if name in SIGNED} for found in (*by_signer(old), *by_signer(new))]
    intact = "content" not in names and any(one in signed[len(by_signer(old)) :] for one in signed[: len(by_signer(old))])
    return f"{'several' if intact else 'no intact'} signers: {fields}"


SIGNED = ("signed attributes", "signature", "signature algorithm", "signer's digest", "digest of no attributes")


def by_signer(found):
    """The fields of each signer."""
    numbers = sorted({name[1] for name in found if not isinstance(name, str)})
    return [[(name[0], value) for name, value in found.items() if not isinstance(name, str) and name[1] == number] for number in numbers]


def differential_rows():
    yield Row("mutated CMS, verdicts compared", verdicts_on_mutations, (), "mutated CMS", "messages mutated with a fixed seed, verdicts of chop and OpenSSL 4 compared", "mixed", CASES, MUTATIONS_EACH)
