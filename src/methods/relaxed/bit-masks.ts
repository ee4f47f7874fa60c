import type { Random } from '../../core/index.js';
import { drawMask, logitOf, type Mask, meanMask, probabilityOpen } from './hard-concrete.js';

/** Π of a mask before training. */
const FIRST_PROBABILITY = 0.9;
/** τ′ */
const TEMPERATURE = 0.2;

/** What a mask begins with. */
export const FIRST_LOGIT = logitOf(FIRST_PROBABILITY);
/** Between these a mask can come back. */
export const LOGIT_LIMIT = 6;

/**
 * DropBits: masks that take classes of levels away from a grid, from the outside. A class is there as far as its own mask and
 * those of all classes inside of it are open, so that what is left is a grid of fewer bits whatever is drawn:
 *
 *   z(c) = Z(1) Z(2) … Z(c)
 *
 * @see Lee et al. 2021, arXiv 2109.02100; there masks of classes do not depend on each other
 */
export class BitMasks {
  /** z of classes 1, 2, … as they were drawn last. */
  readonly z: Float64Array;
  #drawn: Mask[] = [];

  constructor(readonly count: number) {
    this.z = new Float64Array(count).fill(1);
  }

  /** @param logits f32[count] */
  draw(logits: ArrayLike<number>, random: Random): void {
    this.#drawn = Array.from(logits, (logit) => drawMask(logit, random.uniform() + 2 ** -33, TEMPERATURE));
    let product = 1;
    this.#drawn.forEach(({ z }, c) => {
      product *= z;
      this.z[c] = product;
    });
  }

  /**
   * Of what was drawn.
   *
   * @param gradients ∂loss/∂z(c)
   * @param target    ∂loss/∂logit, written
   */
  backward(gradients: ArrayLike<number>, target: Float32Array): void {
    for (let own = 0; own < this.count; own++) {
      let sum = 0;
      // ∂z(c)/∂Z(own), c ≥ own: the product of all others.
      let others = own > 0 ? this.z[own - 1] : 1;
      for (let c = own; c < this.count; c++) {
        if (c > own) others *= this.#drawn[c].z;
        sum += gradients[c] * others;
      }
      target[own] = sum * this.#drawn[own].slope;
    }
  }

  /**
   * Adds the gradient of Σ prices[c] · Pr(z(c) ≠ 0).
   *
   * @param target ∂/∂logit, added to
   */
  static pay(logits: ArrayLike<number>, prices: ArrayLike<number>, target: Float32Array): void {
    const open = Array.from(logits, (logit) => probabilityOpen(logit, TEMPERATURE));
    let inside = 1;
    for (let own = 0; own < open.length; own++) {
      let sum = 0;
      let others = inside;
      for (let c = own; c < open.length; c++) {
        if (c > own) others *= open[c].p;
        sum += prices[c] * others;
      }
      target[own] += sum * open[own].slope;
      inside *= open[own].p;
    }
  }

  /** Bits of the grid that is left when masks are taken without their noise. */
  static width(logits: ArrayLike<number>): number {
    let c = 0;
    while (c < logits.length && meanMask(logits[c]).z > 0) c++;
    return c + 2;
  }
}
