import { decodeAll } from '../../src/codec/decode-all.js';
import { readHead } from '../../src/codec/head.js';
import { isWringError, MemorySource, Random } from '../../src/core/index.js';
import type { CodecKernels } from '../../src/kernels/decode-kernels.js';
import { baseFiles } from './bases.js';
import { mutateBytes, mutateNumbers, pick } from './mutate.js';
import { type FilePieces, fixHead, putTogether, storedDialect, takeApart } from './stored.js';

/** A hostile file. */
export interface Case {
  readonly kind: string;
  readonly bytes: Uint8Array;
  /** Of the stored dialect, see stored.ts. */
  readonly stored: boolean;
}

export interface Fuzzer {
  /** Case number `index` of a seed, whatever came before. */
  caseAt(seed: number, index: number): Case;
  /** What is wrong with the outcome of a case; null for a WringError, or an answer within the bounds. */
  judge(input: Case): string | null;
  /** Whether the last case that was judged decoded. */
  readonly decoded: boolean;
}

/** A file of n bytes may not stand for more than 2^18 times as many, see src/codec/layout.ts. */
const MAX_EXPANSION = 2 ** 18;
/** Time of a case that decodes little: a head, and a table of every class. */
const LEAST_MS = 400;
/** 30 ns for every byte that the head stands for or that comes out is slow, with a collection in between. */
const MS_PER_BYTE = 30e-6;

/**
 * @param golden the file of test/golden, to begin from
 * @param kernels that are tested
 * @param bytesInUse of the kernels' memory
 */
export function createFuzzer(golden: Uint8Array, kernels: CodecKernels, bytesInUse: () => number): Fuzzer {
  const files = [golden, ...baseFiles(kernels)];
  const pieces = files.map((file) => takeApart(file, kernels));
  const offsets = files.map((file) => readHead(new MemorySource(file), kernels).bodyOffset);
  const dialect = storedDialect(kernels);
  let decoded = false;

  function caseAt(seed: number, index: number): Case {
    const random = new Random(seed).fork(index);
    const base = random.below(files.length);
    const file = files[base];
    const roll = random.below(100);
    if (roll < 8) return { kind: 'packed', bytes: packedCase(random, file, offsets[base]), stored: false };
    if (roll < 9) return { kind: 'noise', bytes: noiseCase(random, file), stored: false };
    if (roll < 12) return { kind: 'plain', bytes: mutateBytes(random, file), stored: false };
    if (roll < 14) return { kind: 'cut', bytes: file.slice(0, random.below(file.length)), stored: false };
    const [kind, bytes] = storedCase(random, pieces[base], pieces[random.below(pieces.length)]);
    return { kind, bytes, stored: true };
  }

  function judge({ bytes, stored }: Case): string | null {
    const before = bytesInUse();
    const started = performance.now();
    let length = 0;
    decoded = false;
    try {
      length = decodeAll(new MemorySource(bytes), stored ? dialect : kernels).length;
      decoded = true;
    } catch (error) {
      if (!isWringError(error)) return `threw ${error instanceof Error ? error.stack : error}`;
    }
    const ms = performance.now() - started;
    if (length > MAX_EXPANSION * bytes.length) return `${length} bytes of ${bytes.length}`;
    // The head may say that it is so long, and make the tables of the byte coder that large.
    const head = 256 * bytes.length + 65536;
    if (ms > LEAST_MS + MS_PER_BYTE * (length + 256 * head)) return `took ${ms} ms for ${length} bytes`;
    const grown = bytesInUse() - before;
    if (grown > 64 * 2 ** 20 + 16 * head) return `grew the kernels' memory by ${grown}`;
    return null;
  }

  return {
    caseAt,
    judge,
    get decoded() {
      return decoded;
    },
  };
}

/** Flips that reach the byte coder, because the checksum is made right. */
function packedCase(random: Random, file: Uint8Array, bodyOffset: number): Uint8Array {
  const bytes = file.slice();
  for (let edits = 1 + random.below(3); edits > 0; edits--) {
    bytes[12 + random.below(bodyOffset - 12)] ^= 1 << random.below(8);
  }
  fixHead(bytes, bodyOffset);
  return bytes;
}

function noiseCase(random: Random, file: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from({ length: random.below(600) }, () => random.below(256));
  bytes.set(file.subarray(0, Math.min(bytes.length, random.below(40))));
  return bytes;
}

/** Right checksums around a lie. */
function storedCase(random: Random, base: FilePieces, other: FilePieces): [kind: string, bytes: Uint8Array] {
  switch (random.below(6)) {
    case 0:
      return ['directory', putTogether({ ...base, directory: mutateNumbers(random, base.directory) })];
    case 1: {
      const directory = mutateBytes(random, base.directory);
      return ['directory bytes', putTogether({ ...base, directory })];
    }
    case 2:
      return [
        'sections',
        putTogether({
          ...base,
          sections: mutateBytes(random, base.sections),
          classes: random.below(2) === 0 ? mutateBytes(random, base.classes) : base.classes,
        }),
      ];
    case 3: {
      const chunks = base.chunks.slice();
      const at = random.below(Math.max(1, chunks.length));
      if (chunks.length > 0) chunks[at] = flip(random, chunks[at]);
      return ['chunk', putTogether({ ...base, chunks })];
    }
    case 4: {
      const directory = random.below(2) === 0 ? mutateNumbers(random, base.directory) : base.directory;
      const chunks = random.below(2) === 0 ? other.chunks : base.chunks;
      const sections = random.below(2) === 0 ? other.sections : base.sections;
      const classes = random.below(2) === 0 ? other.classes : base.classes;
      return ['patchwork', putTogether({ ...base, directory, sections, classes, chunks })];
    }
    default: {
      const lie = pick(random, ['rawLength', 'directoryLength', 'classLength', 'bodyLength'] as const);
      const value = pick(random, [0, 1, 7, 100, 1000, 65535, 2 ** 20, 2 ** 31, 2 ** 32, 2 ** 53 - 1]);
      return ['lengths', putTogether(base, { [lie]: value })];
    }
  }
}

/** The same length: the directory stays true, and the stream is entered. */
function flip(random: Random, chunk: Uint8Array): Uint8Array {
  const bytes = chunk.slice();
  for (let edits = 1 + random.below(6); edits > 0; edits--) {
    bytes[random.below(bytes.length)] ^= 1 << random.below(8);
  }
  return bytes;
}
