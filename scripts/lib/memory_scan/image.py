"""Core images, and the search in them."""

import array
import os
import re
import struct
from typing import NamedTuple

WORD = 8

# Of the ELF format and of the kernel: what a core image holds besides memory.
PT_NOTE = 4
NOTES = {0x1: "general registers", 0x2: "floating-point registers", 0x202: "vector registers (XSAVE)"}


class Core:
    """A core image: its segments, and what gdb said of the process."""

    def __init__(self, path, gdb_output):
        self.data = path.read_bytes()
        assert self.data[:6] == b"\x7fELF\x02\x01", "not a 64-bit little-endian core"
        table, = struct.unpack_from("<Q", self.data, 32)
        size, count = struct.unpack_from("<HH", self.data, 54)
        self.segments = []
        for number in range(count):
            kind, _, offset, address, _, length = struct.unpack_from("<IIQQQQ", self.data, table + number * size)
            if kind == PT_NOTE:
                self.segments += self.notes(offset, offset + length)
            elif length:
                self.segments.append((address, offset, length, None))
        self.names = [
            (int(start, 16), int(end, 16), name.strip() or "anonymous memory")
            for start, end, name in re.findall(
                r"^\s+(0x[0-9a-f]+)\s+(0x[0-9a-f]+)\s+0x[0-9a-f]+\s+0x[0-9a-f]+\s+[rwxps-]{4}(.*)$",
                gdb_output, re.MULTILINE,
            )
        ]
        pointer = re.search(r"STACK_POINTER (0x[0-9a-f]+)", gdb_output)
        self.stack_pointer = int(pointer.group(1), 16)
        self.exit_status = int(re.search(r"EXIT_STATUS (\d+)", gdb_output).group(1))

    def notes(self, at, end):
        """The notes, which hold the registers, as segments of their own that start at address 0."""
        while at < end:
            name, length, kind = struct.unpack_from("<III", self.data, at)
            at += 12 + -(-name // 4) * 4
            yield 0, at, length, NOTES.get(kind, f"note {kind:#x}")
            at += -(-length // 4) * 4

    def where(self, address, note):
        """The place of an address, in words."""
        if note:
            return f"{note} + {address:#x}"
        for start, end, name in self.names:
            if start <= address < end:
                if name == "[stack]":
                    distance = address - self.stack_pointer
                    side = "above" if distance >= 0 else "below"
                    return f"[stack], {abs(distance)} bytes {side} the stack pointer"
                return f"{os.path.basename(name)} + {address - start:#x}"
        return "an unnamed mapping"

    def places_of(self, data):
        """Each place where the whole of `data` stands, as address and in words."""
        at = self.data.find(data)
        while at >= 0:
            for address, offset, length, note in self.segments:
                if offset <= at < offset + length:
                    yield address + at - offset, self.where(address + at - offset, note)
            at = self.data.find(data, at + 1)

    def words_at(self, wanted):
        """Each place, as offset in the file and segment, where a wanted word stands at a multiple of eight."""
        for segment in self.segments:
            address, offset, length, _ = segment
            offset += -address % WORD
            length = (length - -address % WORD) // WORD * WORD
            words = array.array("Q")
            words.frombytes(self.data[offset:offset + length])
            for number, word in enumerate(words):
                if word in wanted:
                    yield word, offset + number * WORD, segment


class Hit(NamedTuple):
    """Bytes of an image that are bytes of a secret."""

    name: str
    start: int
    length: int
    address: int
    where: str

    def covers(self, address):
        return self.address <= address < self.address + self.length


def search(core, needles, whole):
    """The runs that the image shares with each needle."""
    found = {}
    for name, data in whole.items():
        for place, where in core.places_of(data):
            found[name, 0, place] = len(data), where
    windows = {}
    for name, data in needles.items():
        for start in range(len(data) - WORD + 1):
            window = data[start:start + WORD]
            # Words of one or two different bytes occur everywhere, and next to never in a secret.
            if len(set(window)) > 2:
                windows.setdefault(int.from_bytes(window, "little"), []).append((name, start))
    # How far the latest run of a needle goes, by the distance between its place there and here.
    followed = {}
    for word, position, segment in core.words_at(frozenset(windows)):
        address, offset, length, note = segment
        for name, start in windows[word]:
            if followed.get((name, position - start), 0) > position:
                continue
            data = needles[name]
            left, most = 0, min(start, position - offset)
            while left < most and data[start - left - 1] == core.data[position - left - 1]:
                left += 1
            right, most = WORD, min(len(data) - start, offset + length - position)
            while right < most and data[start + right] == core.data[position + right]:
                right += 1
            followed[name, position - start] = position + right
            place = address + position - offset - left
            found[name, start - left, place] = (left + right, core.where(place, note))
    return [Hit(name, start, length, place, where) for (name, start, place), (length, where) in found.items()]


def without_repetitions(hits):
    """The hits less those that lie inside a longer one: the texts of one secret resemble each other."""
    kept = []
    for hit in sorted(hits, key=lambda hit: -hit.length):
        if not any(
            other.covers(hit.address) and other.covers(hit.address + hit.length - 1) for other in kept
        ):
            kept.append(hit)
    return kept
