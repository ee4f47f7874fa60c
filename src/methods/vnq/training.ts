import type { Tensor } from '../../core/index.js';
import type { Region } from '../../kernels/index.js';
import type {
  ParameterGroup,
  Parametrize,
  StoredTensor,
  TrainingLength,
  WeightParametrization,
  WeightStore,
} from '../../training/index.js';
import { SharedNumbers } from '../fixing/shared-numbers.js';
import { valueFigures } from '../fixing/value-figures.js';
import { histogram, isHistogramDue } from '../histogram.js';
import { LEAST_SCALE, LOG_VARIANCES, resolveVnqOptions, type VnqOptions } from './options.js';
import { sampleOutputs, type UncertainWeight } from './sample-outputs.js';
import { BORDER, pruneAndQuantize, startUnit } from './weights.js';

export interface VnqTrainingOptions extends VnqOptions {
  /** N: samples that the likelihood is of. */
  readonly samples: number;
}

/** The schedule of the paper: the prior climbs for 15 of 195 epochs. */
const WARMUP = 15 / 195;
/** Histograms over a whole training, for a picture. */
const PICTURES = 16;
/** Bins of a histogram, and how many units it reaches on either side. */
const BINS = 64;
const REACH = 2;

/** What to train with, and what tells each tensor its levels afterwards. */
export interface VnqTraining {
  readonly parametrize: Parametrize;
  /** Distance of two levels of every tensor that has levels, once it is trained. */
  readonly units: ReadonlyMap<Tensor, number>;
}

/**
 * VNQ: every weight of a layer is N(θ, σ²) with both trained, under a prior that lets it be certain only near one of the layer's
 * levels. Uncertain weights end as 0, the others take the nearest level.
 *
 * @param chosen the tensors that are to have levels, as far as layers read them; all others are trained as they are
 * @throws {WringError} E_OPTION
 * @see Achterhold et al. 2018, OpenReview ry-TW-WAb; README.md beside this file
 */
export function vnqTraining(chosen: readonly Tensor[], { samples, ...options }: VnqTrainingOptions): VnqTraining {
  const resolved = { ...resolveVnqOptions(options), samples };
  const units = new Map<Tensor, number>();
  let uncertain: readonly UncertainWeight[] = [];
  const recipe = { method: 'vnq', ...resolved, chosen: chosen.map(({ name }) => name) };
  const parametrize: Parametrize = Object.assign(
    (store: WeightStore, length: TrainingLength) => new VnqWeights(store, length, uncertain, resolved, units),
    {
      recipe,
      rewrite: async (...[draft, runtime]: Parameters<NonNullable<Parametrize['rewrite']>>) => {
        const { weights, noise } = await sampleOutputs(draft, new Set(chosen), runtime);
        uncertain = weights;
        return { trainable: weights.map(({ variance }) => variance), noise };
      },
    },
  );
  return { parametrize, units };
}

interface Layer {
  readonly tensor: Tensor;
  readonly name: string;
  readonly means: StoredTensor;
  /** Its parameters are log σ², its weights σ². */
  readonly variances: StoredTensor;
}

class VnqWeights implements WeightParametrization {
  /** Laid out as the weights, with log σ² for σ²; then the unit of each layer. */
  readonly parameters: Region<Float32Array>;
  readonly gradients: Region<Float32Array>;
  readonly groups: readonly ParameterGroup[];
  readonly state = [];
  readonly #layers: readonly Layer[];
  readonly #count: number;
  #step = 0;
  #divergence = 0;

  constructor(
    readonly store: WeightStore,
    readonly length: TrainingLength,
    weights: readonly UncertainWeight[],
    readonly options: Required<VnqTrainingOptions>,
    readonly units: Map<Tensor, number>,
  ) {
    const { memory } = store;
    const byName = new Map(store.parameters.map((stored) => [stored.source.name, stored]));
    this.#layers = weights.flatMap(({ tensor, mean, variance }) => {
      const [means, variances] = [byName.get(mean), byName.get(variance)];
      return means && variances ? [{ tensor, name: mean, means, variances }] : [];
    });
    this.#count = store.weights.length;
    this.parameters = memory.floats(this.#count + this.#layers.length);
    this.gradients = memory.floats(this.#count + this.#layers.length);
    this.parameters.view(0, this.#count).set(store.weights.view());
    this.#layers.forEach(({ means, variances }, i) => {
      this.#of(this.parameters, variances).fill(options.logVariance);
      const { levels, startScale } = options;
      this.parameters.view(this.#count + i)[0] =
        startScale === null ? startUnit(this.#of(this.parameters, means), levels, memory.kernels) : startScale / levels;
    });
    this.groups = this.#groups();
  }

  sample(step: number): void {
    this.#step = step;
    this.#clip();
    this.#copy();
  }

  backward(): void {
    const { gradients, weights, memory } = this.store;
    const { samples, regularizer, levels, corrected } = this.options;
    this.gradients.view(0, this.#count).set(gradients.view());
    const strength = (regularizer * this.#warmth()) / samples;
    this.#divergence = 0;
    this.#layers.forEach(({ means, variances }, i) => {
      const { divergence, unitGradient } = memory.kernels.addQuantizingPrior(
        this.#of(this.parameters, means),
        this.#of(this.parameters, variances),
        this.#of(weights, variances),
        { unit: this.#unit(i), levels, corrected, strength, border: BORDER },
        this.#of(this.gradients, means),
        this.#of(this.gradients, variances),
      );
      this.gradients.view(this.#count + i)[0] = strength * unitGradient;
      this.#divergence += divergence;
    });
  }

  harden(): void {
    const { weights, memory } = this.store;
    const { levels, threshold } = this.options;
    this.#clip();
    this.#copy();
    this.#layers.forEach(({ tensor, means, variances }, i) => {
      const unit = this.#unit(i);
      this.units.set(tensor, unit);
      const place = { unit, levels, threshold };
      pruneAndQuantize(this.#of(weights, means), this.#of(weights, variances), place, memory.kernels);
    });
  }

  describe(): Readonly<Record<string, number>> {
    const shared = new SharedNumbers(this.#layers.map(({ means }) => means));
    const numbers = shared.gather(this.store.weights);
    const zeros = numbers.reduce((count, number) => count + Number(number === 0), 0) / numbers.length;
    const units = Object.fromEntries(this.#layers.map(({ name }, i) => [`unit ${name}`, this.#unit(i)]));
    return { ...valueFigures(numbers), zeros, divergence: this.#divergence / numbers.length, ...units };
  }

  /** Of means in units, layer by layer: now and then. */
  histograms(): Readonly<Record<string, readonly number[]>> | null {
    if (!isHistogramDue(this.#step, this.length, PICTURES)) return null;
    const means = this.#layers.map(({ name, means }, i) => {
      return [name, histogram(this.#of(this.parameters, means), this.#unit(i), BINS, REACH)] as const;
    });
    return Object.fromEntries(means);
  }

  /** β: 0 at the beginning, 1 after the warm-up. */
  #warmth(): number {
    const { steps, stepsPerEpoch } = this.length;
    const { warmup } = this.options;
    const span = warmup === null ? WARMUP * steps : warmup * stepsPerEpoch;
    return span > 0 ? Math.min(1, this.#step / span) : 1;
  }

  /** Brings parameters back to where they may be. */
  #clip(): void {
    const { weights, memory } = this.store;
    const { levels } = this.options;
    this.#layers.forEach(({ means, variances }, i) => {
      const unit = Math.max(LEAST_SCALE / levels, this.#unit(i));
      this.parameters.view(this.#count + i)[0] = unit;
      memory.kernels.clipGaussians(
        this.#of(this.parameters, means),
        this.#of(this.parameters, variances),
        this.#of(weights, variances),
        { logVariances: LOG_VARIANCES, outermost: levels * unit, border: BORDER },
      );
    });
  }

  /** All but variances, which {@link #clip} has computed. */
  #copy(): void {
    const variances = new Set(this.#layers.map((layer) => layer.variances));
    for (const stored of this.store.parameters) {
      if (!variances.has(stored)) this.#of(this.store.weights, stored).set(this.#of(this.parameters, stored));
    }
  }

  #groups(): ParameterGroup[] {
    const { varianceRate, scaleRate } = this.options;
    const [means, variances] = (['means', 'variances'] as const).map(
      (key) => new Set(this.#layers.map((layer) => layer[key])),
    );
    const own = this.store.parameters.map((stored) => ({
      offset: stored.offset,
      length: stored.length,
      decay: stored.source.dims.length > 1 && !means.has(stored) && !variances.has(stored),
      rate: variances.has(stored) ? varianceRate : 1,
      mask: null,
    }));
    const units = { offset: this.#count, length: this.#layers.length, decay: false, rate: scaleRate, mask: null };
    return this.#layers.length > 0 ? [...own, units] : own;
  }

  #unit(layer: number): number {
    return this.parameters.view(this.#count + layer)[0];
  }

  #of(region: Region<Float32Array>, { offset, length }: StoredTensor): Float32Array {
    return region.view(offset, offset + length);
  }
}
