#!/usr/bin/env python3
"""Decodes a .wrg file to ONNX in wasmtime: no JavaScript, nothing but standalone.wasm and section 5 of docs/format.md.

    pip install wasmtime
    python decode.py standalone.wasm model.wrg model.onnx
"""

import sys
from pathlib import Path

from wasmtime import Instance, Module, Store

ERRORS = ["", "E_NOT_WRG", "E_VERSION", "E_TRUNCATED", "E_TRAILING", "E_CORRUPT", "E_RANGE"]


class Decoder:
    def __init__(self, wasm):
        self.store = Store()
        self.exports = Instance(self.store, Module(self.store.engine, wasm), []).exports(self.store)

    def call(self, name, *numbers):
        return self.exports[name](self.store, *numbers) & 0xFFFFFFFF

    def decode(self, file):
        memory = self.exports["memory"]
        pointer = self.call("allocate", len(file))
        if pointer:
            memory.write(self.store, file, pointer)
            pointer = self.call("decode")
        if not pointer:
            raise ValueError(ERRORS[self.call("errorCode")])
        return memory.read(self.store, pointer, pointer + self.call("decodedLength"))


if __name__ == "__main__":
    wasm, source, target = map(Path, sys.argv[1:])
    target.write_bytes(Decoder(wasm.read_bytes()).decode(source.read_bytes()))
