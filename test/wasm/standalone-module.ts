import { readFileSync } from 'node:fs';

/** Only the DOM's types declare it. */
declare const WebAssembly: {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(module: object, imports: object): Promise<{ readonly exports: object }>;
  Module: { imports(module: object): object[]; exports(module: object): { name: string; kind: string }[] };
};

/** What docs/format.md says of the standalone decoder. */
interface StandaloneExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  allocate(length: number): number;
  decode(): number;
  decodedLength(): number;
  errorCode(): number;
}

export interface Standalone {
  /** The bytes of the module. */
  readonly bytes: Uint8Array;
  readonly imports: readonly object[];
  readonly exports: readonly { readonly name: string; readonly kind: string }[];
  /** Of its memory. */
  readonly byteLength: number;
  /** The functions themselves. */
  readonly raw: StandaloneExports;
  /** The ONNX file, or the number of an error. */
  decode(file: Uint8Array): Uint8Array | number;
  /** The same for the file that is there. */
  decodeAgain(): Uint8Array | number;
}

/** A host for `standalone.wasm`, with nothing of wring's own. */
export async function loadStandalone(): Promise<Standalone> {
  const bytes = new Uint8Array(readFileSync(new URL('../../src/wasm/generated/standalone.wasm', import.meta.url)));
  const module = await WebAssembly.compile(bytes);
  const exports = (await WebAssembly.instantiate(module, {})).exports as StandaloneExports;

  function decodeAgain(): Uint8Array | number {
    const pointer = exports.decode() >>> 0;
    if (pointer === 0) return exports.errorCode();
    return new Uint8Array(exports.memory.buffer, pointer, exports.decodedLength() >>> 0);
  }

  return {
    bytes,
    imports: WebAssembly.Module.imports(module),
    exports: WebAssembly.Module.exports(module),
    get byteLength() {
      return exports.memory.buffer.byteLength;
    },
    raw: exports,
    decode(file) {
      const pointer = exports.allocate(file.length) >>> 0;
      new Uint8Array(exports.memory.buffer, pointer, file.length).set(file);
      return decodeAgain();
    },
    decodeAgain,
  };
}
