import type { Region } from '../../kernels/index.js';
import type { StoredTensor } from '../../training/index.js';

/** The numbers of some tensors, one tensor after another without gaps, out of regions that have gaps between them. */
export class SharedNumbers {
  readonly length: number;

  constructor(readonly tensors: readonly StoredTensor[]) {
    this.length = tensors.reduce((sum, { length }) => sum + length, 0);
  }

  /** @param base where the tensors begin in the region */
  gather(region: Region<Float32Array>, base = 0): Float32Array {
    const numbers = new Float32Array(this.length);
    this.#each((at, { offset, length }) => {
      numbers.set(region.view(base + offset, base + offset + length), at);
    });
    return numbers;
  }

  scatter(numbers: Float32Array, region: Region<Float32Array>, base = 0): void {
    this.#each((at, { offset, length }) => {
      region.view(base + offset, base + offset + length).set(numbers.subarray(at, at + length));
    });
  }

  /** Of flags, which every tensor has a region of. */
  gatherFlags(regions: readonly Region<Uint8Array>[]): Uint8Array {
    const flags = new Uint8Array(this.length);
    this.#each((at, _, i) => {
      flags.set(regions[i].view(), at);
    });
    return flags;
  }

  scatterFlags(flags: Uint8Array, regions: readonly Region<Uint8Array>[]): void {
    this.#each((at, { length }, i) => {
      regions[i].view().set(flags.subarray(at, at + length));
    });
  }

  #each(work: (at: number, tensor: StoredTensor, index: number) => void): void {
    let at = 0;
    this.tensors.forEach((tensor, i) => {
      work(at, tensor, i);
      at += tensor.length;
    });
  }
}
