import type { GridCoding, Tensor } from '../../core/index.js';
import type { Kernels } from '../../kernels/index.js';
import type { LayerMoments, PairedMoments } from '../../posterior/index.js';
import { LookAhead } from '../gpfq/look-ahead.js';
import { feedbackOf } from '../uniform/error-feedback.js';
import { learnLevelCosts, type RateCosts } from '../uniform/level-costs.js';
import { quantizeTensor } from '../uniform/quantize-tensor.js';
import { readFinite } from '../weights.js';
import type { PathOptions } from './options.js';

/** No weight gets further out than the largest was, times this: what samples hardly excite could ask for any value. */
const LARGEST = 1.16;
/** Trust in moments of the unchanged network, by which levels are drafted: as `uniform` has it. */
const DRAFT_DAMPING = 0.1;
/** The costs are learned anew when so much of all weights has got its levels since. */
const RELEARN_SHARE = 1 / 8;

type Options = Required<Pick<PathOptions, 'lambda' | 'damping' | 'trellis'>>;

/**
 * Chooses the levels of one tensor after another, by error and by what the coder will charge for them. What it charges follows
 * from the levels of all tensors: from a draft at first, which sees the unchanged network only, and more and more from
 * the levels that are chosen.
 */
export class LevelChooser {
  /** By tensor: the draft, then what was chosen. */
  readonly #levels = new Map<Tensor, Int16Array>();
  #costs: ReadonlyMap<Tensor, RateCosts> = new Map();
  /** Weights that have got their levels since the costs were learned. */
  #since = 0;
  readonly #total: number;

  /** @param steps of every tensor that will come */
  constructor(
    readonly steps: ReadonlyMap<Tensor, number>,
    moments: ReadonlyMap<Tensor, LayerMoments>,
    readonly options: Options,
    readonly kernels: Kernels,
  ) {
    this.#total = [...steps.keys()].reduce((sum, tensor) => sum + tensor.elementCount, 0);
    if (options.lambda === 0) return;
    for (const tensor of steps.keys()) {
      const known = moments.get(tensor);
      const feedback = known ? feedbackOf(known, DRAFT_DAMPING) : null;
      this.#levels.set(tensor, this.#quantize(tensor, tensor, feedback, Number.POSITIVE_INFINITY).codes);
    }
    this.#learn();
  }

  /** @param moments null: each weight for itself */
  choose(tensor: Tensor, moments: PairedMoments | null): GridCoding {
    const weights = readFinite(tensor);
    const limit = LARGEST * weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0);
    const coding = moments
      ? this.#follow(tensor, weights, moments, limit)
      : this.#quantize(tensor, tensor, null, limit);
    if (this.options.lambda > 0) {
      this.#levels.set(tensor, coding.codes);
      this.#since += tensor.elementCount;
      if (this.#since >= this.#total * RELEARN_SHARE) this.#learn();
    }
    return coding;
  }

  /** Around the real weights that serve best behind the layers before, see `LookAhead`. */
  #follow(tensor: Tensor, weights: Float32Array, moments: PairedMoments, limit: number): GridCoding {
    const { groups, rows, columns, rowStride, columnStride } = moments;
    const paths = Array.from({ length: groups }, (_, g) => new LookAhead(moments, g, this.options.damping));
    const best = weights.slice();
    const row = new Float64Array(columns);
    for (let r = 0; r < rows; r++) {
      const at = (j: number) => r * rowStride + j * columnStride;
      for (let j = 0; j < columns; j++) row[j] = weights[at(j)];
      const targets = paths[Math.floor((r * groups) / rows)].retarget(row, r);
      for (let j = 0; j < columns; j++) best[at(j)] = targets[j];
    }
    const values = { dims: tensor.dims, toFloat32: () => best };
    return this.#quantize(tensor, values, { moments, factors: paths.map(({ factor }) => factor) }, limit);
  }

  #quantize(
    tensor: Tensor,
    values: Pick<Tensor, 'dims' | 'toFloat32'>,
    feedback: Parameters<typeof quantizeTensor>[1]['feedback'],
    limit: number,
  ): GridCoding {
    const { lambda, trellis } = this.options;
    const costs = this.#costs.get(tensor);
    return quantizeTensor(values, {
      scales: Float32Array.of(this.steps.get(tensor)!),
      axis: 0,
      feedback,
      limit,
      costs: costs?.plain ?? null,
      trellis: trellis ? { kernel: this.kernels, lambda, costs: costs?.trellis ?? null } : null,
    });
  }

  #learn(): void {
    const coded = Array.from(this.#levels, ([key, levels]) => ({ key, dims: key.dims, levels }));
    this.#costs = learnLevelCosts(coded, this.options.lambda, this.kernels);
    this.#since = 0;
  }
}
