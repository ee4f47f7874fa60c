/** JSON has no infinity. */
const LOWEST_SQNR = -300;

export interface Distance {
  /** 10 log₁₀ Σ a² / Σ (b − a)², in dB; null when both are equal, −300 when b is not finite or a is nothing but zeros. */
  readonly sqnr: number | null;
  /** Σ ab / √(Σ a² Σ b²); 1 when both are zeros, 0 when one is, or not finite. */
  readonly cosine: number;
  /** The largest |b − a|; where b is not finite, `Number.MAX_VALUE`. */
  readonly maxDelta: number;
}

/** Adds up how far numbers `b` are from the reference `a`, in float64. Equal infinities and NaNs are no distance. */
export class DistanceMeter {
  #signal = 0;
  #other = 0;
  #product = 0;
  #noise = 0;
  #maxDelta = 0;
  #broken = false;

  add(a: ArrayLike<number>, b: ArrayLike<number>): void {
    for (let i = 0; i < a.length; i++) {
      const delta = Math.abs(b[i] - a[i]);
      if (!Number.isFinite(delta)) {
        if (!Object.is(a[i], b[i])) this.#broken = true;
        continue;
      }
      this.#signal += a[i] * a[i];
      this.#other += b[i] * b[i];
      this.#product += a[i] * b[i];
      this.#noise += delta * delta;
      if (delta > this.#maxDelta) this.#maxDelta = delta;
    }
  }

  get result(): Distance {
    if (this.#broken) return { sqnr: LOWEST_SQNR, cosine: 0, maxDelta: Number.MAX_VALUE };
    const power = Math.sqrt(this.#signal) * Math.sqrt(this.#other);
    const both = this.#signal === 0 && this.#other === 0;
    return {
      sqnr:
        this.#maxDelta === 0
          ? null
          : Math.max(LOWEST_SQNR, 10 * Math.log10(this.#signal / Math.max(this.#noise, 1e-300))),
      cosine: both || this.#maxDelta === 0 ? 1 : power > 0 ? Math.min(1, this.#product / power) : 0,
      maxDelta: this.#maxDelta,
    };
  }
}
