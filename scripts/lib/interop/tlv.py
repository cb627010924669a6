"""BER taken apart and put together, for altering signed messages where it matters."""

# OCTET STRING and the character strings of the universal class, constructed.
STRINGS_IN_PIECES = {0x20 | number for number in (4, 12, *range(18, 23), *range(25, 31))}
OCTET_STRING, OID, SEQUENCE, SET = 0x04, 0x06, 0x30, 0x31


class Node:
    """One element: a tag of one byte, and children or a value."""

    def __init__(self, tag, value=None, children=None, indefinite=False):
        self.tag = tag
        self.value = value
        self.children = children
        self.indefinite = indefinite
        # A header that says something other than what follows; for mutations.
        self.header = None

    def contents(self):
        if self.children is None:
            return self.value
        return b"".join(child.encoded() for child in self.children)

    def encoded(self):
        contents = self.contents()
        if self.header is not None:
            return self.header(self.tag, contents)
        if self.indefinite:
            return bytes([self.tag, 0x80]) + contents + b"\0\0"
        return bytes([self.tag]) + length(len(contents)) + contents

    def copy(self):
        children = None if self.children is None else [child.copy() for child in self.children]
        return Node(self.tag, self.value, children, self.indefinite)

    def walk(self):
        yield self
        for child in self.children or []:
            yield from child.walk()


def length(number, octets=0):
    """The shortest form, or one of `octets` octets."""
    if number < 0x80 and not octets:
        return bytes([number])
    octets = max(octets, (number.bit_length() + 7) // 8, 1)
    return bytes([0x80 | octets]) + number.to_bytes(octets)


def parse(data):
    node, end = element(data, 0)
    if end != len(data):
        raise ValueError("more bytes after the end")
    return node


def element(data, at):
    tag, first = data[at], data[at + 1]
    at += 2
    end = None
    if first < 0x80:
        end = at + first
    elif first > 0x80:
        octets = first & 0x7F
        end = at + octets + int.from_bytes(data[at : at + octets])
        at += octets
    if not tag & 0x20:
        return Node(tag, value=bytes(data[at:end])), end
    children = []
    while at != end if end is not None else data[at : at + 2] != b"\0\0":
        child, at = element(data, at)
        children.append(child)
    return Node(tag, children=children, indefinite=end is None), at if end is not None else at + 2


def oid(dotted):
    first, second, *rest = map(int, dotted.split("."))
    out = bytearray()
    for arc in [40 * first + second, *rest]:
        group = [arc & 0x7F]
        while arc := arc >> 7:
            group.append(0x80 | arc & 0x7F)
        out += bytes(reversed(group))
    return bytes(out)


# SignedData (RFC 5652 section 5.1)


def signed_data(root):
    return root.children[1].children[0]


def signer_infos(root):
    return signed_data(root).children[-1].children


def signature(signer_info):
    return [child for child in signer_info.children if child.tag == OCTET_STRING][-1]


def signed_attributes(signer_info):
    """`[0] IMPLICIT SET OF`, or None. The version 3 `sid` has a primitive tag."""
    return next((child for child in signer_info.children[1:] if child.tag == 0xA0), None)


def content_leaves(root):
    """The octets of the content inside, perhaps in pieces."""
    content_info = signed_data(root).children[2]
    if len(content_info.children) < 2:
        return []
    return [leaf for leaf in content_info.children[1].walk() if leaf.children is None and leaf.value]
