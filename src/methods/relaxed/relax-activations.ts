import { type Document, Tensor } from '../../core/index.js';
import type { Runtime } from '../../runtime/runtime.js';
import { GraphWriter, type NoiseInput, probeShapes, type StepChange } from '../../training/index.js';
import type { RelaxedMethod, ResolvedRelaxedOptions } from './options.js';
import type { ActivationQuantizer } from './quantize-layer-inputs.js';

/** Numbers so far beyond the grid are taken for such at its margin. */
const MARGIN = 1;
/** 1 + x is 1 for all x below 2^-24: what a ratio adds to 1 when the part of it above that is taken away as a constant. */
const UNIT = 2 ** 24;
/** The same for levels, to 1/65536 step. */
const FINE = 2 ** 16;
const FUZZ = 1e-7;

/**
 * What quantizers are while they learn, in the graph of a step: they give the same numbers (`srq`) or draw levels (`rq`), and let
 * gradients through to the number, the step and a spread of their own, as the quantizers of weights do.
 *
 * What gradients must not see stands behind Floor, which has none.
 *
 * @returns spreads, to be trained, and the noise
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
  for (const quantizer of quantizers) {
    const first = Math.fround(quantizer.step.toFloat32()[0] * options.spread);
    const spread = Tensor.fromFloat32(write.fresh(`${quantizer.step.name}.spread`), [], Float32Array.of(first));
    graph.initializers.set(spread.name, spread);
    spreads.push(spread);
    write.nodes = [];
    const relaxed = new RelaxedQuantizer(quantizer, spread.name, write);
    if (shapes) {
      const dims = shapes.of(quantizer.input).slice(1) as number[];
      const draws = [-1, 0, 1].map((j) => ({ name: write.fresh(`${quantizer.input}.draw.${j}`), dims }));
      for (const { name } of draws) {
        const batch = shapes.of(quantizer.input)[0];
        graph.inputs.push({ name, dataType: 1, dims: [batch, ...dims] });
        noise.push({ name, dims, distribution: 'uniform' });
      }
      relaxed.draw(
        draws.map(({ name }) => name),
        options,
      );
    } else relaxed.round(options);
    write.nodes.at(-1)!.outputs = [quantizer.output];
    const made = new Set([...quantizer.inner, quantizer.output]);
    const at = graph.nodes.findIndex(({ outputs }) => made.has(outputs[0]));
    graph.nodes = graph.nodes.filter(({ outputs }) => !made.has(outputs[0]));
    graph.nodes.splice(at, 0, ...write.nodes);
  }
  return { trainable: spreads.map(({ name }) => name), noise, spreads };
}

/** Writes one of them; the last node gives its output. */
class RelaxedQuantizer {
  /** x / α, its level, and α / σ. */
  readonly #ratio: string;
  readonly #level: string;
  readonly #steepness: string;

  constructor(
    readonly quantizer: ActivationQuantizer,
    spread: string,
    readonly write: GraphWriter,
  ) {
    const { input, step, low, high } = quantizer;
    this.#ratio = write.div(input, step.name);
    const rounded = write.emit('Floor', [write.emit('Round', [this.#ratio])]);
    this.#level = this.#clip(rounded, low, high);
    this.#steepness = write.div(step.name, spread);
  }

  /** The nearest level. */
  round({ backward, through }: ResolvedRelaxedOptions): void {
    const { write } = this;
    const relaxed = () => (backward === 'all' ? this.#expected() : this.#chosen());
    if (through === 0) relaxed();
    else if (through === 1) this.#straight();
    else {
      const [a, b] = [write.times(relaxed(), 1 - through), write.times(this.#straight(), through)];
      write.add(a, b);
    }
  }

  /** α round(clip(x / α)): by x 1 inside, by α what the rounding has added. */
  #straight(): string {
    const { write } = this;
    const { low, high, step } = this.quantizer;
    return write.mul(write.emit('Round', [this.#clip(this.#ratio, low, high)]), step.name);
  }

  /** α n ρ, ρ the share of the chosen level, counted as 1. */
  #chosen(): string {
    const { write } = this;
    const { low, high, step } = this.quantizer;
    const t = this.#clip(this.#ratio, low - MARGIN, high + MARGIN);
    const fromLevel = write.sub(this.#level, t);
    const own = write.sub(this.#belowBorder(fromLevel, 0.5), this.#belowBorder(fromLevel, -0.5));
    const negative = write.emit('Neg', [t]);
    const all = write.sub(this.#belowBorder(negative, high + 0.5), this.#belowBorder(negative, low - 0.5));
    const share = write.div(own, all);
    const rest = write.sub(share, write.times(write.emit('Floor', [write.times(share, UNIT)]), 1 / UNIT));
    return write.mul(write.mul(this.#level, step.name), write.plus(rest, 1));
  }

  /** α Σ n ρ(n), counted as α n: Σ n π(n) is the sum of the odds to be above each border. */
  #expected(): string {
    const { write } = this;
    const { low, high, step } = this.quantizer;
    const t = this.#clip(this.#ratio, low - MARGIN, high + MARGIN);
    const negative = write.emit('Neg', [t]);
    const borders = Array.from({ length: high - low + 2 }, (_, i) => this.#belowBorder(negative, low - 0.5 + i));
    const [bottom, top] = [borders[0], borders[borders.length - 1]];
    // Σ n (S(n + ½) − S(n − ½)) = high S(top) − low S(bottom) − Σ of the borders between.
    const between = borders.length > 3 ? write.emit('Sum', borders.slice(1, -1)) : borders[1];
    const moment = write.sub(write.sub(write.times(top, high), write.times(bottom, low)), between);
    return write.mul(this.#standIn(write.div(moment, write.sub(top, bottom))), step.name);
  }

  /** A sample of the level and its two neighbours. */
  draw(uniforms: readonly string[], { hard, temperature }: ResolvedRelaxedOptions): void {
    const { write } = this;
    const { low, high, step } = this.quantizer;
    const t = this.#clip(this.#ratio, low - MARGIN, high + MARGIN);
    const fromLevel = write.sub(this.#level, t);
    const borders = [-1.5, -0.5, 0.5, 1.5].map((border) => this.#belowBorder(fromLevel, border));
    // 0 where a neighbour is no level.
    const exists = [write.plus(this.#level, -low), '', write.plus(write.emit('Neg', [this.#level]), high)];
    const odds = uniforms.map((uniform, j) => {
      const p = write.plus(write.sub(borders[j + 1], borders[j]), FUZZ);
      const waiting = write.emit('Neg', [write.emit('Log', [uniform])]);
      const drawn = write.div(p, waiting);
      const z = temperature === 1 ? drawn : write.emit('Pow', [drawn, write.scalar(1 / temperature)]);
      return exists[j] === '' ? z : write.mul(z, this.#clip(exists[j], 0, 1));
    });
    const mean = write.div(write.sub(odds[2], odds[0]), write.emit('Sum', odds));
    const soft = write.add(this.#level, mean);
    if (!hard) {
      write.mul(soft, step.name);
      return;
    }
    const wins = (j: number, others: readonly number[]) => {
      const rivals = write.emit(
        'Max',
        others.map((other) => odds[other]),
      );
      return write.emit('Where', [write.emit('Greater', [odds[j], rivals]), write.scalar(1), write.scalar(0)]);
    };
    const drawn = write.add(this.#level, write.sub(wins(2, [0, 1]), wins(0, [1, 2])));
    write.mul(write.add(drawn, this.#movement(soft)), step.name);
  }

  /** The level, with the derivative of `soft`. */
  #standIn(soft: string): string {
    return this.write.add(this.#level, this.#movement(soft));
  }

  /** Next to nothing, with the derivative of `soft`. */
  #movement(soft: string): string {
    const { write } = this;
    return write.sub(soft, write.times(write.emit('Floor', [write.times(soft, FINE)]), 1 / FINE));
  }

  /** S((distance + border) α / σ) */
  #belowBorder(distance: string, border: number): string {
    const { write } = this;
    return write.emit('Sigmoid', [write.mul(write.plus(distance, border), this.#steepness)]);
  }

  #clip(x: string, low: number, high: number): string {
    return this.write.emit('Clip', [x, this.write.scalar(low), this.write.scalar(high)]);
  }
}
