import type { KernelMemory, Region } from '../kernels/index.js';
import { standardDeviation } from '../posterior/index.js';
import type { RuntimeTensor } from '../runtime/runtime.js';
import { ADAM_DEFAULTS } from '../training/index.js';
import { power } from '../training/optimizers/adam.js';

/** The pixels of images in batches of one size, moved by Adam. */
export class Pixels {
  /** Images of a batch. */
  readonly batch: number;
  /** Floats of a batch. */
  readonly batchLength: number;
  readonly #count: number;
  readonly #pixels: Region<Float32Array>;
  readonly #means: Region<Float32Array>;
  readonly #squares: Region<Float32Array>;
  /** Of all pixels at first. */
  readonly #spread: number;

  /**
   * @param images float32, [samples, …]; the last ones are left out where they fill no batch
   * @param most   images of a batch
   */
  constructor(
    readonly memory: KernelMemory,
    images: readonly RuntimeTensor[],
    most: number,
  ) {
    const total = images.reduce((sum, { dims }) => sum + dims[0], 0);
    this.#count = Math.ceil(total / most);
    this.batch = Math.floor(total / this.#count);
    this.batchLength = (this.batch * images[0].data.length) / images[0].dims[0];
    const length = this.#count * this.batchLength;
    [this.#pixels, this.#means, this.#squares] = [memory.floats(length), memory.floats(length), memory.floats(length)];
    let offset = 0;
    for (const { data } of images) {
      const part = (data as Float32Array).subarray(0, length - offset);
      this.#pixels.view(offset, offset + part.length).set(part);
      offset += part.length;
    }
    this.#spread = standardDeviation(this.#pixels.view());
  }

  /** A copy of each batch. */
  batches(): Float32Array[] {
    const at = (i: number) => i * this.batchLength;
    return Array.from({ length: this.#count }, (_, i) => this.#pixels.view(at(i), at(i + 1)).slice());
  }

  /**
   * @param gradients of means over a batch, one array a batch
   * @param step      1, 2, …
   * @param rate      the largest move, in units of the spread at first
   */
  step(gradients: readonly Float32Array[], step: number, rate: number): void {
    const { beta1, beta2, epsilon } = ADAM_DEFAULTS;
    const options = {
      ...{ rate: rate * this.#spread, beta1, beta2, epsilon, decay: 0 },
      ...{ correction1: 1 - power(beta1, step), correction2: 1 - power(beta2, step) },
      // A pixel has a small share in a mean; epsilon is meant for gradients about 1.
      gradientScale: this.batchLength,
    };
    for (const [i, gradient] of gradients.entries()) {
      const [start, end] = [i * this.batchLength, (i + 1) * this.batchLength];
      const views = [this.#pixels, this.#means, this.#squares].map((region) => region.view(start, end));
      const [pixels, means, squares] = views;
      this.memory.kernels.stepAdam(pixels, gradient, means, squares, null, options);
    }
  }

  /** Cut as `images` are, without what was left out. */
  cutAs(images: readonly RuntimeTensor[]): RuntimeTensor[] {
    const cut: RuntimeTensor[] = [];
    let offset = 0;
    for (const { dataType, dims, data } of images) {
      const end = Math.min(offset + data.length, this.#pixels.length);
      const count = ((end - offset) * dims[0]) / data.length;
      if (count > 0) {
        cut.push({ dataType, dims: [count, ...dims.slice(1)], data: this.#pixels.view(offset, end).slice() });
      }
      offset = end;
    }
    return cut;
  }
}
