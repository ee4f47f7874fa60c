import type { Random } from '../../core/index.js';
import { drawMask, logitOf, type Mask, meanMask } from './hard-concrete.js';

/** Π of a mask before training. */
const FIRST_PROBABILITY = 0.9;
/** τ′ */
export const TEMPERATURE = 0.2;

/** What a mask begins with. */
export const FIRST_LOGIT = logitOf(FIRST_PROBABILITY);
/** Between these a mask can come back. */
export const LOGIT_LIMIT = 6;

/**
 * DropBits: masks that take classes of levels away from a grid, from the outside. A class is there as far as its own mask or
 * that of any class further out is open, so that what is left is a grid of fewer bits whatever is drawn:
 *
 *   z(c) = 1 − (1 − Z(c)) (1 − Z(c + 1)) …
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
    this.#drawn = Array.from(logits, (logit) => drawMask(logit, random.inside(), TEMPERATURE));
    let closed = 1;
    for (let c = this.count - 1; c >= 0; c--) {
      closed *= 1 - this.#drawn[c].z;
      this.z[c] = 1 - closed;
    }
  }

  /**
   * Of what was drawn.
   *
   * @param gradients ∂loss/∂z(c)
   * @param target    ∂loss/∂logit, written
   */
  backward(gradients: ArrayLike<number>, target: Float32Array): void {
    for (let own = 0; own < this.count; own++) {
      target[own] = this.#drawn[own].slope * weighOthers(own, gradients, (c) => 1 - this.#drawn[c].z);
    }
  }

  /** Bits of the grid that is left when masks are taken without their noise. */
  static width(logits: ArrayLike<number>): number {
    let c = logits.length;
    while (c > 0 && meanMask(logits[c - 1]).z === 0) c--;
    return c + 2;
  }
}

/** Σ over classes c ≤ own of weights[c] · Π closed(k), k ≥ c but own: what moves with the mask of `own`. */
function weighOthers(own: number, weights: ArrayLike<number>, closed: (c: number) => number): number {
  let product = 1;
  for (let c = own + 1; c < weights.length; c++) product *= closed(c);
  let sum = weights[own] * product;
  for (let c = own - 1; c >= 0; c--) {
    product *= closed(c);
    sum += weights[c] * product;
  }
  return sum;
}
