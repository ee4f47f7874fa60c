#!/usr/bin/env python3
"""Decodes a .wrg file to ONNX in wasmtime: no JavaScript, nothing but decode.wasm and docs/format.md.

    pip install wasmtime
    python decode.py decode.wasm model.wrg model.onnx
"""

import struct
import sys
from array import array
from math import prod

from wasmtime import Instance, Limits, Memory, MemoryType, Module, Store

PRIMER = bytes.fromhex(
    "2a120a0964696c6174696f6e7340014001a001072a0c0a0567726f75701801a001022a150a0c6b65726e656c5f736861706540034003a001"
    "072a110a04706164734001400140014001a001072a100a077374726964657340014001a00107"
)
INLINE, PLANES, CODED = range(3)
GRID, CODEBOOK, TRELLIS = range(3)
FLOAT, FLOAT16, DOUBLE, BFLOAT16 = 1, 10, 11, 16
SIZES = {FLOAT: 4, FLOAT16: 2, DOUBLE: 8, BFLOAT16: 2}


class Decoder:
    """The module and its memory, handed out from bottom to top (section 5)."""

    def __init__(self, path):
        self.store = Store()
        self.memory = Memory(self.store, MemoryType(Limits(64, 65536)))
        module = Module.from_file(self.store.engine, path)
        self.exports = Instance(self.store, module, [self.memory]).exports(self.store)
        self.top = self.call("heapBase")

    def call(self, name, *numbers):
        return self.exports[name](self.store, *numbers)

    def allocate(self, length):
        pointer = (self.top + 63) // 64 * 64
        self.top = pointer + length + 64
        missing = self.top - self.memory.data_len(self.store)
        if missing > 0:
            self.memory.grow(self.store, (missing + 65535) // 65536)
        return pointer

    def place(self, data):
        pointer = self.allocate(len(data))
        self.memory.write(self.store, data, pointer)
        return pointer

    def read(self, pointer, length):
        return bytes(self.memory.read(self.store, pointer, pointer + length))

    def check(self, data, crc):
        top = self.top
        if self.call("crc32", self.place(data), len(data)) & 0xFFFFFFFF != crc:
            raise ValueError("damaged file")
        self.top = top

    def sections(self, packed, length):
        """Section 2: gives (length, stride) -> the next bytes of the head."""
        bits = min(16, max(12, (length - 1).bit_length()))
        tables = self.place(bytes(44 << bits))
        primer = self.place(bytes(64) + PRIMER + bytes(length)) + 64
        self.call("openBytes", self.place(packed), len(packed), tables, bits, primer, len(PRIMER))
        return lambda n, stride: self.read(self.call("decodeBytes", stride, n) & 0xFFFFFFFF, n)

    def symbols(self, stream, frequencies, alphabet, banks, parts):
        """Section 2.5: one byte an element. parts: (count, period, fill: pointer -> classes of the elements)"""
        top = self.top
        n = sum(part[0] for part in parts)
        rows = len(frequencies) // alphabet
        contexts, symbols = self.allocate(n), self.allocate(n)
        at = contexts
        for count, _, fill in parts:
            if fill:
                fill(at)
            else:
                self.memory.write(self.store, bytes(count), at)
            at += count
        path = self.allocate(max(count + period for count, period, _ in parts))
        counted = self.place(b"".join(struct.pack("<2I", count, period) for count, period, _ in parts))
        steps = self.place(array("H", frequencies).tobytes())
        tables = self.allocate(16384 * rows)
        lanes = 32 if n >= 131072 else 16 if n >= 65536 else 4 if n >= 4096 else 1
        sound = self.call(
            "decodeRans", self.place(stream), len(stream), steps, rows, rows // banks, alphabet,
            contexts, counted, len(parts), lanes, tables, path, symbols,
        )  # fmt: skip
        if not sound:
            raise ValueError("damaged stream")
        self.top = top
        return self.read(symbols, n)


class Numbers:
    """varints (the beginning of docs/format.md)"""

    def __init__(self, data, at=0):
        self.data, self.at = data, at

    def uint(self):
        value = shift = 0
        while True:
            byte = self.data[self.at]
            self.at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def take(self, length):
        self.at += length
        return self.data[self.at - length : self.at]


def unzigzag(value):
    return -(value + 1) // 2 if value & 1 else value // 2


def frequencies_of(steps, resolution):
    """Section 2.3, one row"""
    eighths = [8 * (step - 1) // resolution for step in steps]
    weights = [(256, 279, 304, 332, 362, 395, 431, 470)[e & 7] << (e >> 3) if e >= 0 else 0 for e in eighths]
    total = sum(weights)
    row = [max(1, 4096 * weight // total) if weight else 0 for weight in weights]
    left = 4096 - sum(row)
    while left:
        largest = row.index(max(row))
        change = max(left, -(row[largest] // 2))
        row[largest] += change
        left -= change
    if 4096 in row:
        only = row.index(4096)
        row[only], row[1 if only == 0 else 0] = 4095, 1
    return row


def elements(data, stride):
    """Most significant byte first, as the head has them, to least significant first."""
    return b"".join(data[i : i + stride][::-1] for i in range(0, len(data), stride))


def round_to(data_type, floats):
    if data_type == FLOAT:
        return floats.tobytes()
    if data_type == DOUBLE:
        return array("d", floats).tobytes()
    if data_type == FLOAT16:
        return struct.pack(f"<{len(floats)}e", *floats)
    bits = array("I", floats.tobytes())
    return array("H", ((b + 0x7FFF + (b >> 16 & 1)) >> 16 for b in bits)).tobytes()


def read_directory(numbers):
    """Section 2.1"""
    metadata, skeleton = numbers.uint(), numbers.uint()
    sets, holes = [], []
    for _ in range(numbers.uint()):
        kind, low, size = numbers.uint(), unzigzag(numbers.uint()), numbers.uint()
        direct, resolution, classes = numbers.uint(), 1 << numbers.uint(), numbers.uint()
        alphabet = max(2, direct + (direct < size))
        sets.append(dict(kind=kind, min=low, size=size, direct=direct, r=resolution, classes=classes, alphabet=alphabet))
    for _ in range(numbers.uint()):
        hole = dict(gap=numbers.uint(), mode=numbers.uint(), bytes=b"")
        holes.append(hole)
        if hole["mode"] != CODED:
            hole |= dict(stride=numbers.uint(), total=numbers.uint())
            continue
        hole |= dict(type=numbers.uint(), dims=[numbers.uint() for _ in range(numbers.uint())])
        hole |= dict(set=sets[numbers.uint()], scale_count=numbers.uint(), total=prod(hole["dims"]))
        hole["axis"] = numbers.uint() if hole["scale_count"] > 1 else 0
        hole |= dict(arrays=numbers.uint(), base=unzigzag(numbers.uint()))
        hole["period"] = numbers.uint() if hole["set"]["kind"] == TRELLIS else 0
    return metadata, skeleton, sets, holes


def read_details(decoder, section, sets, holes, classes):
    """The rest of the head: section 2, items 4 and 5; class arrays behind it: section 2.7"""
    for s in sets:
        every = range(s["min"], s["min"] + s["size"])
        bitmap = section((s["size"] + 7) // 8, 1) if s["direct"] < s["size"] else b"\xff" * s["size"]
        s["values"] = [value for i, value in enumerate(every) if bitmap[i >> 3] >> (i & 7) & 1]
        s["escaped"] = sorted(set(every) - set(s["values"]))
        s["banks"], alphabet = 2 if s["kind"] == TRELLIS else 1, s["alphabet"]
        steps = [unzigzag(byte) for byte in section(s["banks"] * s["classes"] * alphabet, -alphabet)]
        for i in range(1, len(steps)):
            steps[i] += steps[i - alphabet] if i >= alphabet else steps[i - 1]
        rows = (steps[i : i + alphabet] for i in range(0, len(steps), alphabet))
        s["frequencies"] = [f for row in rows for f in frequencies_of(row, s["r"])]
        if s["kind"] == TRELLIS:
            s["values"] = [2 * k - bank * ((k > 0) - (k < 0)) for bank in (0, 1) for k in s["values"]]
        if s["kind"] == CODEBOOK:
            s["codebook"] = array("f", elements(section(4 * s["size"], 4), 4))
    for hole in holes:
        rows, columns, *taps = hole.get("dims", []) + [1, 1][len(hole.get("dims", [])) :]
        hole["shape"] = rows, columns, prod(taps)
        hole["lengths"] = [n * (hole.get("arrays", 0) >> i & 1) for i, n in enumerate(hole["shape"])]
    following = Numbers(decode_planes(decoder, 1, sum(sum(hole["lengths"]) for hole in holes), classes))
    for hole in holes:
        if hole["mode"] == INLINE:
            hole["bytes"] = elements(section(hole["total"], hole["stride"]), hole["stride"])
        elif hole["mode"] == CODED:
            offsets = [following.take(n) if classes else section(n, -n) for n in hole["lengths"]]
            hole["offsets"] = [array("b", map(unzigzag, row)).tobytes() for row in offsets]
            hole["scales"] = array("f", elements(section(4 * hole["scale_count"], 4), 4))


def chunks_of(holes):
    """Section 2.4: lists of (hole, first byte or element, how many)"""
    chunks, last = [], None
    for hole in holes:
        limit = 1 << 18 if hole["mode"] == CODED else 1 << 20
        if hole["mode"] == INLINE:
            continue
        if hole["mode"] == CODED and hole["total"] <= limit:
            room = last and last[0][0]["set"] is hole["set"] and sum(part[2] for part in last) + hole["total"] <= limit
            if not room:
                last = []
                chunks.append(last)
            last.append((hole, 0, hole["total"]))
            continue
        last = None
        for start in range(0, hole["total"], limit):
            chunks.append([(hole, start, min(limit, hole["total"] - start))])
    return chunks


def decode_coded(decoder, chunk, data, escape_length):
    s = chunk[0][0]["set"]

    def filler(hole, start, count):
        _, columns, taps = hole["shape"]
        pointers = [row and decoder.place(row) or 0 for row in hole["offsets"]]
        if pointers[0]:
            pointers[0] += start // (columns * taps)
        column, tap = start // taps % columns, start % taps
        numbers = pointers[1], columns, column, pointers[2], taps, taps - tap, hole["base"], s["classes"] - 1, count
        return lambda target: decoder.call("fillClasses", pointers[0], *numbers, target)

    top = decoder.top
    parts = [(count, hole["period"], filler(hole, start, count)) for hole, start, count in chunk]
    cut = len(data) - escape_length
    symbols = decoder.symbols(data[:cut], s["frequencies"], s["alphabet"], s["banks"], parts)
    decoder.top = top
    width = (len(s["escaped"]) - 1).bit_length() if s["escaped"] else 0
    escapes, bit = int.from_bytes(data[cut:], "big"), 8 * escape_length
    levels = []
    for symbol in symbols:
        if symbol < len(s["values"]):
            levels.append(s["values"][symbol])
            continue
        bit -= width
        levels.append(s["escaped"][escapes >> bit & (1 << width) - 1])
    at = 0
    for hole, start, count in chunk:
        own, scales = levels[at : at + count], hole["scales"]
        inner = prod(hole["dims"][hole["axis"] + 1 :])
        if s["kind"] == CODEBOOK:
            floats = array("f", (s["codebook"][code] for code in own))
        else:
            floats = array("f", (scales[(start + i) // inner % len(scales)] * level for i, level in enumerate(own)))
        hole["bytes"] += round_to(hole["type"], floats)
        at += count


def decode_planes(decoder, stride, count, data):
    """Section 2.4, PLANES"""
    numbers = Numbers(data)
    n = count // stride
    target = bytearray(count)
    for plane in range(stride if data else 0):
        if numbers.uint() == 0:
            target[plane::stride] = numbers.take(n)
            continue
        length, steps = numbers.uint(), []
        while len(steps) < 256:
            (byte,) = numbers.take(1)
            steps += [min(byte, 97)] if byte < 128 else [0] * (byte - 127)
        row = frequencies_of(steps[:256], 8)
        target[plane::stride] = decoder.symbols(numbers.take(length), row, 256, 1, [(n, 0, None)])
    return bytes(target)


def decode(decoder, file):
    """Section 1"""
    if file[:8] != b"\x89WRG\r\n\x1a\n" or struct.unpack("<HH", file[8:12]) != (3, 0):
        raise ValueError("no .wrg file of version 3")
    numbers = Numbers(file, 16)
    packed, length, directory, classes, body = (numbers.uint() for _ in range(5))
    classes_at = numbers.at + packed
    start = classes_at + classes
    if len(file) != start + body:
        raise ValueError("truncated, or bytes after the end")
    decoder.check(file[:12] + file[16:start], struct.unpack("<I", file[12:16])[0])
    section = decoder.sections(file[numbers.at : classes_at], length)
    numbers = Numbers(section(directory, 1))
    metadata, skeleton, sets, holes = read_directory(numbers)
    section(metadata, 1)
    skeleton = section(skeleton, 1)
    read_details(decoder, section, sets, holes, file[classes_at:start])
    for chunk in chunks_of(holes):
        hole, _, count = chunk[0]
        coded = hole["mode"] == CODED
        length = numbers.uint()
        escape_length = numbers.uint() if coded and hole["set"]["escaped"] else 0
        data = file[start : start + length]
        decoder.check(data, struct.unpack("<I", file[start + length : start + length + 4])[0])
        start += length + 4
        if coded:
            decode_coded(decoder, chunk, data, escape_length)
        else:
            hole["bytes"] += decode_planes(decoder, hole["stride"], count, data)
    onnx, at = [], 0
    for hole in holes:
        onnx += skeleton[at : at + hole["gap"]], hole["bytes"]
        at += hole["gap"]
    return b"".join(onnx) + skeleton[at:]


if __name__ == "__main__":
    wasm, source, target = sys.argv[1:]
    with open(source, "rb") as file:
        onnx = decode(Decoder(wasm), file.read())
    with open(target, "wb") as file:
        file.write(onnx)
