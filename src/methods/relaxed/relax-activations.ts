import { type Document, Tensor } from '../../core/index.js';
import type { Runtime } from '../../runtime/runtime.js';
import {
  type GivenGradient,
  GraphWriter,
  type NoiseInput,
  noiseDims,
  probeShapes,
  type StepChange,
} from '../../training/index.js';
import { MARGIN, quantizerGradient, roundingSlopes } from './activation-slopes.js';
import type { RelaxedMethod, ResolvedRelaxedOptions } from './options.js';
import type { ActivationQuantizer } from './quantize-layer-inputs.js';

/** No odds are 0. */
const FUZZ = 1e-7;
/** Of the level: what is drawn from. */
const NEIGHBOURS = [-1, 0, 1];

/**
 * What quantizers are while they learn, in the graph of a step: they give the same numbers (`srq`) or draw levels (`rq`), and let
 * gradients through to the number, the step and a spread of their own, as the quantizers of weights do.
 *
 * @returns spreads, to be trained, the noise, and the gradients
 * @throws {WringError} E_UNSUPPORTED where levels are drawn for values of other free dims than the samples
 */
export async function relaxActivations(
  draft: Document,
  quantizers: readonly ActivationQuantizer[],
  method: RelaxedMethod,
  options: ResolvedRelaxedOptions,
  runtime: Runtime,
): Promise<StepChange & { readonly spreads: readonly Tensor[] }> {
  const write = new GraphWriter(draft);
  const shapes = method === 'rq' && quantizers.length > 0 ? await probeShapes(draft, runtime) : null;
  const { graph } = draft;
  const [spreads, noise]: [Tensor[], NoiseInput[]] = [[], []];
  const given = new Map<string, GivenGradient>();
  for (const quantizer of quantizers) {
    const first = Math.fround(quantizer.step.toFloat32()[0] * options.spread);
    const spread = Tensor.fromFloat32(write.fresh(`${quantizer.step.name}.spread`), [], Float32Array.of(first));
    graph.initializers.set(spread.name, spread);
    spreads.push(spread);
    write.nodes = [];
    const relaxed = new RelaxedQuantizer(quantizer, spread.name, write);
    if (shapes) {
      const dims = noiseDims(
        draft,
        shapes,
        quantizer.input,
        `${method}: values "${quantizer.input}" that a layer takes in`,
      );
      const draws = NEIGHBOURS.map((j) => ({ name: write.fresh(`${quantizer.input}.draw.${j}`), dims }));
      for (const { name } of draws) {
        const batch = shapes.of(quantizer.input)[0];
        graph.inputs.push({ name, dataType: 1, dims: [batch, ...dims] });
        noise.push({ name, dims, distribution: 'uniform' });
      }
      const names = draws.map(({ name }) => name);
      given.set(quantizer.output, relaxed.draw(names, options));
    } else given.set(quantizer.output, relaxed.round(options));
    write.nodes.at(-1)!.outputs = [quantizer.output];
    const made = new Set([...quantizer.inner, quantizer.output]);
    const at = graph.nodes.findIndex(({ outputs }) => made.has(outputs[0]));
    graph.nodes = graph.nodes.filter(({ outputs }) => !made.has(outputs[0]));
    graph.nodes.splice(at, 0, ...write.nodes);
  }
  return { trainable: spreads.map(({ name }) => name), noise, given, spreads };
}

/** Writes one of them; the last node gives its output. */
class RelaxedQuantizer {
  /** x / α, and its level. */
  readonly #ratio: string;
  readonly #level: string;

  constructor(
    readonly quantizer: ActivationQuantizer,
    readonly spread: string,
    readonly write: GraphWriter,
  ) {
    const { input, step, low, high } = quantizer;
    this.#ratio = write.div(input, step.name);
    this.#level = this.#clip(write.emit('Round', [this.#ratio]), low, high);
  }

  /** The nearest level. @returns the slopes that are taken for its own */
  round({ backward: by, through }: ResolvedRelaxedOptions): GivenGradient {
    const { write, quantizer, spread } = this;
    write.mul(this.#level, quantizer.step.name);
    return quantizerGradient(quantizer, spread, this.#level, roundingSlopes(quantizer, spread, { by, through }));
  }

  /**
   * A sample of the level and its two neighbours, n + m, m = Σ c y / Σ y, c = −1, 0, 1: y = (p / −log u)^(1 / λ), p = S(z of the border above) −
   * S(z of that below), z = (border − x / α) α / σ.
   *
   * @returns the slopes of that, also where it is the largest y alone that counts (`hard`)
   */
  draw(uniforms: readonly string[], { hard, temperature }: ResolvedRelaxedOptions): GivenGradient {
    const { write, quantizer, spread } = this;
    const { low, high, step } = quantizer;
    const steepness = write.div(step.name, spread);
    const t = this.#clip(this.#ratio, low - MARGIN, high + MARGIN);
    const fromLevel = write.sub(this.#level, t);
    const z = [-1.5, -0.5, 0.5, 1.5].map((border) => write.mul(write.plus(fromLevel, border), steepness));
    const sigmoids = z.map((each) => write.emit('Sigmoid', [each]));
    const p = uniforms.map((_, j) => write.plus(write.sub(sigmoids[j + 1], sigmoids[j]), FUZZ));
    // 0 where a neighbour is no level.
    const exists = [write.plus(this.#level, -low), '', write.plus(write.emit('Neg', [this.#level]), high)];
    const odds = uniforms.map((uniform, j) => {
      const drawn = write.div(p[j], write.emit('Neg', [write.emit('Log', [uniform])]));
      const y = temperature === 1 ? drawn : write.emit('Pow', [drawn, write.scalar(1 / temperature)]);
      return exists[j] === '' ? y : write.mul(y, this.#clip(exists[j], 0, 1));
    });
    const total = write.emit('Sum', odds);
    const mean = write.div(write.sub(odds[2], odds[0]), total);
    const value = write.add(this.#level, hard ? this.#winner(odds) : mean);
    write.mul(value, step.name);

    return quantizerGradient(quantizer, spread, value, (own) => {
      // ∂m / ∂p, times λ Σ y
      const slopes = NEIGHBOURS.map((c, j) => own.div(own.mul(odds[j], own.sub(own.scalar(c), mean)), p[j]));
      const bySigmoid = [
        own.emit('Neg', [slopes[0]]),
        own.sub(slopes[0], slopes[1]),
        own.sub(slopes[1], slopes[2]),
        slopes[2],
      ];
      const byZ = sigmoids.map((sigmoid, b) => own.mul(bySigmoid[b], own.sub(sigmoid, own.mul(sigmoid, sigmoid))));
      const scale = own.times(total, temperature);
      const byRatio = own.mul(own.div(own.emit('Sum', byZ), scale), own.emit('Neg', [steepness]));
      const isInside = own.emit('Equal', [t, this.#ratio]);
      return {
        byNumber: own.emit('Where', [isInside, byRatio, own.scalar(0)]),
        bySteepness: own.div(
          own.emit(
            'Sum',
            z.map((each, b) => own.mul(each, byZ[b])),
          ),
          scale,
        ),
      };
    });
  }

  /** −1, 0 or 1: which of the odds are largest. */
  #winner(odds: readonly string[]): string {
    const { write } = this;
    const wins = (j: number, others: readonly number[]) => {
      const rivals = write.emit(
        'Max',
        others.map((other) => odds[other]),
      );
      return write.emit('Where', [write.emit('Greater', [odds[j], rivals]), write.scalar(1), write.scalar(0)]);
    };
    return write.sub(wins(2, [0, 1]), wins(0, [1, 2]));
  }

  #clip(x: string, low: number, high: number): string {
    return this.write.emit('Clip', [x, this.write.scalar(low), this.write.scalar(high)]);
  }
}
