import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createWasmRansCoder } from '../../src/kernels/wasm/rans-coder.js';
import { loadWringModule } from '../../src/wasm/wring-module.js';
import { createFuzzer } from '../fuzz/fuzzer.js';

const FINDINGS = new URL('../fuzz/findings/', import.meta.url);

const golden = new Uint8Array(readFileSync(new URL('../golden/format-3.wrg', import.meta.url)));
const module = await loadWringModule();
if (!module) throw new Error('these tests need WebAssembly SIMD');
const fuzzer = createFuzzer(golden, createWasmRansCoder(module), () => module.arena.memory.buffer.byteLength);

/** `npm run bench:fuzz` does the same a million times. */
describe('hostile files with right checksums', () => {
  it('end in a WringError or in an answer, soon and without much memory', () => {
    let decoded = 0;
    for (let index = 0; index < 1000; index++) {
      const input = fuzzer.caseAt(20261, index);
      expect(fuzzer.judge(input), `case ${index}, ${input.kind}`).toBeNull();
      if (fuzzer.decoded) decoded++;
    }
    // Some changes do no harm; if none decoded, the cases would not get past the checksums.
    expect(decoded).toBeGreaterThan(50);
  });

  it('are the same whenever they are made', () => {
    expect(fuzzer.caseAt(1, 12345)).toEqual(fuzzer.caseAt(1, 12345));
  });

  it.each(readdirSync(FINDINGS).filter((name) => name.endsWith('.wrg')))('%s is no finding any more', (name) => {
    const bytes = new Uint8Array(readFileSync(new URL(name, FINDINGS)));
    expect(fuzzer.judge({ kind: name, bytes, stored: name.endsWith('.stored.wrg') })).toBeNull();
  });
});
