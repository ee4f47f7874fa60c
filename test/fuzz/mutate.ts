import { ByteReader, ByteWriter } from '../../src/codec/bytes.js';
import type { Random } from '../../src/core/index.js';

/** Where sizes overflow, tables end and types wrap. */
const NUMBERS = [
  0,
  1,
  2,
  3,
  4,
  15,
  16,
  17,
  63,
  64,
  65,
  127,
  128,
  255,
  256,
  257,
  32767,
  32768,
  65535,
  65536,
  2 ** 18 - 1,
  2 ** 18,
  2 ** 18 + 1,
  2 ** 20,
  2 ** 28,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 45,
  2 ** 53 - 1,
];

const BYTES = [0, 1, 2, 127, 128, 129, 254, 255];

export function pick<T>(random: Random, items: readonly T[]): T {
  return items[random.below(items.length)];
}

/** One to four edits: flips, odd bytes, noise, cuts, copies, insertions. */
export function mutateBytes(random: Random, bytes: Uint8Array): Uint8Array {
  let result = Array.from(bytes);
  for (let edits = 1 + random.below(4); edits > 0; edits--) {
    const at = random.below(result.length + 1);
    const length = random.below(random.below(4) === 0 ? 64 : 4);
    switch (random.below(6)) {
      case 0:
        if (at < result.length) result[at] ^= 1 << random.below(8);
        break;
      case 1:
        if (at < result.length) result[at] = pick(random, BYTES);
        break;
      case 2:
        for (let i = at; i < Math.min(result.length, at + length); i++) result[i] = random.below(256);
        break;
      case 3:
        result.splice(at, length);
        break;
      case 4: {
        const from = random.below(result.length + 1);
        result.splice(at, 0, ...result.slice(from, from + length));
        break;
      }
      default:
        result = random.below(8) === 0 ? result.slice(0, at) : result.concat(0);
    }
  }
  return Uint8Array.from(result);
}

/** One to three of a directory's numbers changed, or moved from one to another so that sums stay. */
export function mutateNumbers(random: Random, directory: Uint8Array): Uint8Array {
  const reader = new ByteReader(directory);
  const numbers: number[] = [];
  while (reader.at < directory.length) numbers.push(reader.uint());
  for (let edits = 1 + random.below(3); edits > 0; edits--) {
    const at = random.below(numbers.length);
    switch (random.below(5)) {
      case 0:
        numbers[at] = pick(random, NUMBERS);
        break;
      case 1:
        numbers[at] = Math.max(0, numbers[at] + random.below(5) - 2);
        break;
      case 2:
        numbers[at] = numbers[random.below(numbers.length)];
        break;
      case 3: {
        // Chunk lengths are the last numbers: what one chunk gains, another loses.
        const other = Math.max(0, numbers.length - 1 - random.below(12));
        const moved = Math.min(numbers[at], random.below(40));
        numbers[at] -= moved;
        numbers[other] += moved;
        break;
      }
      default:
        if (random.below(2) === 0) numbers.splice(at, 1);
        else numbers.splice(at, 0, pick(random, NUMBERS));
    }
    if (numbers.length === 0) numbers.push(0);
  }
  const writer = new ByteWriter();
  for (const number of numbers) writer.uint(Math.min(number, Number.MAX_SAFE_INTEGER));
  return writer.bytes();
}
