import { DataType, Tensor } from '../../core/index.js';
import { type GivenGradient, type GraphWriter, int } from '../../training/index.js';
import { nearestLevel } from './integer-grid.js';
import type { ActivationQuantizer } from './quantize-layer-inputs.js';
import type { Backward } from './rounding-slopes.js';

/** Bins of a table in all, at most, unless there are more levels. */
const MOST_BINS = 1024;
/** Numbers so many steps beyond the grid are taken for such at its margin. */
export const MARGIN = 1;
/** Of α / σ: beyond, the odds of a number at the margin are too small for the runtime's sigmoid. */
const STEEPEST = 32;

/** Slopes of q at each number: by the number in steps; and by the steepness, α / σ, times that. Names of float32 in its dims. */
export interface QuantizerSlopes {
  readonly byNumber: string;
  readonly bySteepness: string;
}

/**
 * The derivatives of y = α q(x / α, α / σ) by x, α and σ.
 *
 * @param value  name of q
 * @param spread name of σ
 * @param slopes writes those of q
 */
export function quantizerGradient(
  { input, step }: ActivationQuantizer,
  spread: string,
  value: string,
  slopes: (write: GraphWriter) => QuantizerSlopes,
): GivenGradient {
  return {
    by: [input, step.name, spread],
    write: (dy, write) => {
      const { byNumber, bySteepness } = slopes(write);
      const total = (numbers: string) => write.emit('ReduceSum', [numbers], { keepdims: int(0) });
      const dx = write.mul(dy, byNumber);
      const steeper = total(write.mul(dy, bySteepness));
      const byRatio = write.div(total(write.mul(dx, input)), step.name);
      const byStep = write.add(write.sub(total(write.mul(dy, value)), byRatio), steeper);
      const bySpread = write.emit('Neg', [write.mul(write.div(step.name, spread), steeper)]);
      return [dx, byStep, bySpread];
    },
  };
}

/**
 * Those of a {@link RoundingSlopes} without masks. They depend on where a number lies alone, so that they are computed for
 * bins, a few hundred of them, from step and spread as they are, and looked up for the numbers of a batch.
 */
export function roundingSlopes(
  { input, step, low, high }: ActivationQuantizer,
  spread: string,
  backward: Backward,
): (write: GraphWriter) => QuantizerSlopes {
  const table = new BinTable(low, high, backward);
  return (write) => {
    const { byNumber, bySteepness } = table.write(write, write.div(step.name, spread));
    const bins = table.place(write, input, step.name);
    const dims = write.emit('Shape', [input]);
    // Of single numbers GatherElements copies eight while Gather copies one.
    const lookUp = (slopes: string) => write.emit('Reshape', [write.emit('GatherElements', [slopes, bins]), dims]);
    return { byNumber: lookUp(byNumber), bySteepness: lookUp(bySteepness) };
  };
}

/**
 * q(t) = N / D, both sums of weighed sigmoids of (border − t) α / σ: of the borders on either side of the nearest level and of the
 * outermost ones (`chosen`), or of all (`all`).
 */
class BinTable {
  readonly #binsPerStep: number;
  readonly #start: number;
  readonly #middles: readonly number[];
  readonly #terms: readonly Term[];

  constructor(
    readonly low: number,
    readonly high: number,
    readonly backward: Backward,
  ) {
    const span = high - low + 2 * MARGIN;
    let bins = 64;
    while (bins > 4 && bins * span > MOST_BINS) bins /= 2;
    this.#binsPerStep = bins;
    // One more at each end, for all that is beyond.
    this.#start = low - MARGIN - 1 / bins;
    const inner = Array.from({ length: bins * span }, (_, i) => low - MARGIN + (i + 0.5) / bins);
    this.#middles = [low - MARGIN, ...inner, high + MARGIN];
    this.#terms = backward.by === 'all' ? this.#termsOfAll() : this.#termsOfChosen();
  }

  /** The bins that numbers lie in: int32[numbers], one after another. */
  place(write: GraphWriter, numbers: string, step: string): string {
    const perNumber = write.div(write.scalar(this.#binsPerStep), step);
    const exact = write.plus(write.mul(numbers, perNumber), -this.#start * this.#binsPerStep);
    // Whatever an engine makes of what is no number, or none of int32, is a bin then.
    const [first, last] = [0, this.#middles.length - 1].map((bin) =>
      write.constant(`bin ${bin}`, () => new Tensor('', DataType.INT32, [], new Uint8Array(Int32Array.of(bin).buffer))),
    );
    const bins = write.emit('Clip', [write.emit('Cast', [exact], { to: int(DataType.INT32) }), first, last]);
    return write.emit('Reshape', [bins, write.ints([-1])]);
  }

  /** Slopes in the middles of all bins. */
  write(write: GraphWriter, steepness: string): QuantizerSlopes {
    const { through } = this.backward;
    const size = this.#middles.length;
    const key = `bins of ${[this.low, this.high, this.backward.by].join(' ')}`;
    const constant = (what: keyof Term) => {
      const values = () => Float32Array.from(this.#terms.flatMap((term) => term[what]));
      return write.constant(`${key} ${what}`, () => Tensor.fromFloat32('', [this.#terms.length, size], values()));
    };
    const sum = (weights: string, values: string) =>
      write.emit('ReduceSum', [write.mul(weights, values), write.ints([0])], { keepdims: int(0) });
    const s = write.emit('Min', [steepness, write.scalar(STEEPEST)]);
    const z = write.mul(constant('distance'), s);
    const sigmoid = write.emit('Sigmoid', [z]);
    const slope = write.sub(sigmoid, write.mul(sigmoid, sigmoid));
    const [above, below] = [constant('above'), constant('below')];
    const mass = sum(below, sigmoid);
    const q = write.div(sum(above, sigmoid), mass);
    /** What a change of the sigmoids by `change` makes of q. */
    const moved = (change: string) => write.div(write.sub(sum(above, change), write.mul(q, sum(below, change))), mass);
    const inside = this.#middles.map((_, bin) => Number(bin > 0 && bin < size - 1));
    const passed = this.#middles.map((t) => (t >= this.low - 0.5 && t <= this.high + 0.5 ? through : 0));
    const relaxed = write.mul(
      write.mul(moved(slope), s),
      write.floats(
        [size],
        inside.map((on) => (through - 1) * on),
      ),
    );
    return {
      byNumber: write.add(relaxed, write.floats([size], passed)),
      bySteepness: write.times(moved(write.mul(z, slope)), 1 - through),
    };
  }

  #termsOfChosen(): Term[] {
    const nearest = this.#middles.map((t) => nearestLevel(t, this));
    const zeros = nearest.map(() => 0);
    const term = (borders: readonly number[], above: readonly number[], below: number): Term => ({
      distance: borders.map((border, bin) => border - this.#middles[bin]),
      above,
      below: zeros.map(() => below),
    });
    return [
      term(
        nearest.map((n) => n + 0.5),
        nearest,
        0,
      ),
      term(
        nearest.map((n) => n - 0.5),
        nearest.map((n) => -n),
        0,
      ),
      term(
        zeros.map(() => this.high + 0.5),
        zeros,
        1,
      ),
      term(
        zeros.map(() => this.low - 0.5),
        zeros,
        -1,
      ),
    ];
  }

  /** Σ n (S(n + ½) − S(n − ½)) = high S(top) − low S(bottom) − Σ of the borders between. */
  #termsOfAll(): Term[] {
    const { low, high } = this;
    return Array.from({ length: high - low + 2 }, (_, i) => {
      const level = low - 1 + i;
      const [isBottom, isTop] = [i === 0, level === high];
      const above = isBottom ? -low : isTop ? high : -1;
      return {
        distance: this.#middles.map((t) => level + 0.5 - t),
        above: this.#middles.map(() => above),
        below: this.#middles.map(() => Number(isTop) - Number(isBottom)),
      };
    });
  }
}

/** A sigmoid in each bin: how far its border is, in steps, and its weights in N and D. */
interface Term {
  readonly distance: readonly number[];
  readonly above: readonly number[];
  readonly below: readonly number[];
}
