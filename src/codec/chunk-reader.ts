import type { WeightCoding } from '../core/index.js';
import type { ChunkDecoder } from './chunk-decoder.js';
import { chunkValues } from './chunk-values.js';
import type { CodedDetail, Head } from './head.js';
import type { CodedHole } from './layout.js';

type Codes = Int16Array | Uint16Array;

/** Decodes chunks when they are asked for; keeps the last chunk of each mode and the last tensor. */
export class ChunkReader {
  readonly #head: Head;
  /** The first chunk of each hole. */
  readonly #firstChunk = new Map<number, number>();
  readonly #planes: (chunk: number) => Uint8Array;
  readonly #values: (chunk: number) => Codes;
  readonly #codes: (hole: number) => Codes;

  constructor(readonly decoder: ChunkDecoder) {
    this.#head = decoder.head;
    decoder.plans.forEach((plan, chunk) => {
      for (const hole of plan.holes) if (!this.#firstChunk.has(hole)) this.#firstChunk.set(hole, chunk);
    });
    this.#planes = keepLast((chunk) => decoder.planes(chunk));
    this.#values = keepLast((chunk) => chunkValues(decoder, chunk));
    this.#codes = keepLast((hole) => this.#decodeCodes(hole));
  }

  /** The bytes of one chunk of a PLANES hole. */
  planes(hole: number, index: number): Uint8Array {
    return this.#planes(this.#firstChunk.get(hole)! + index);
  }

  /** The coding of a coded hole; codes are decoded when they are asked for, and holes of one set share the codebook. */
  coding(hole: number): WeightCoding {
    const { set, axis } = this.#head.directory.holes[hole] as CodedHole;
    const { codebook } = this.#head.sets[set];
    const codes = () => this.#codes(hole);
    if (codebook) {
      return {
        kind: 'codebook',
        codebook,
        get codes() {
          return codes() as Uint16Array;
        },
      };
    }
    return {
      kind: 'grid',
      scales: (this.#head.details[hole] as CodedDetail).scales,
      axis,
      get codes() {
        return codes() as Int16Array;
      },
    };
  }

  #decodeCodes(hole: number): Codes {
    const { holes } = this.#head.directory;
    const { plans } = this.decoder;
    const { elementCount } = holes[hole] as CodedHole;
    let chunk = this.#firstChunk.get(hole)!;
    const values = this.#values(chunk);
    if (values.length >= elementCount) {
      const before = plans[chunk].holes.slice(0, plans[chunk].holes.indexOf(hole));
      const start = before.reduce((sum, index) => sum + (holes[index] as CodedHole).elementCount, 0);
      return values.slice(start, start + elementCount);
    }
    const codes = values instanceof Int16Array ? new Int16Array(elementCount) : new Uint16Array(elementCount);
    for (; plans[chunk]?.holes[0] === hole; chunk++) codes.set(this.#values(chunk), plans[chunk].start);
    return codes;
  }
}

function keepLast<T>(make: (index: number) => T): (index: number) => T {
  let last = -1;
  let value: T;
  return (index) => {
    if (index !== last) {
      value = make(index);
      last = index;
    }
    return value;
  };
}
