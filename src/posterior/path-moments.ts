import { ConcatSource, type Document, type Tensor, type TransformContext } from '../core/index.js';
import { modelBytes, readModel, writeModel } from '../onnx/index.js';
import type { Runtime, RuntimeSession } from '../runtime/runtime.js';
import { type Layer, type LayerProbe, layerProbes, listLayers, outputShapes } from './layer-probe.js';
import { meanOutputs } from './mean-outputs.js';
import { type PathDepths, pathDepths, type Slice, sliceDocument } from './network-slice.js';
import type { Feed } from './output-error.js';
import { averageOf, type LayerMoments, probesByTensor } from './second-moment.js';
import { shortcutsOf } from './shortcuts.js';

/** What flows into a layer of a changed network, x̃, beside what flowed into it before, x. */
export interface PairedMoments extends LayerMoments {
  /** Mean of x̃ xᵀ: rows are those of x̃. f32[groups · K · K]. */
  readonly cross: Float32Array;
  /** Mean of x xᵀ and of x. */
  readonly original: Pick<LayerMoments, 'second' | 'mean'>;
  /**
   * What the value that is added to the layer's output has lost by now: e = s − s̃, of each row. Mean of x̃ eᵀ, f32[groups · K · rows / groups], and
   * of e, f32[rows]. null where nothing is added, or has lost anything.
   */
  readonly lost: { readonly cross: Float32Array; readonly mean: Float32Array } | null;
}

/** Values at a frontier are kept while they take at most this many bytes in each network; else they are computed anew. */
const MAX_KEPT_BYTES = 256 << 20;

/** One of the two networks, and how far it has been computed. */
class Walker {
  /** By feed: values from which the rest follows. At first the inputs. */
  #kept: readonly Feed[];
  #session: RuntimeSession | null = null;

  constructor(
    readonly document: Document,
    feeds: readonly Feed[],
  ) {
    this.#kept = feeds;
  }

  has(name: string): boolean {
    return name in this.#kept[0];
  }

  /** Gets ready to compute what is wanted from what was kept. */
  async load(runtime: Runtime, wanted: readonly string[], extra: Partial<Slice> = {}): Promise<void> {
    if (wanted.length === 0) return;
    const known = new Map([...Object.entries(this.#kept[0]), ...(extra.known ?? [])]);
    this.#session = await runtime.load(modelBytes(sliceDocument(this.document, { ...extra, known, wanted })));
  }

  /** What was computed, and all that was kept. */
  async run(index: number, extra: Feed = {}): Promise<Feed> {
    const all = { ...this.#kept[index], ...extra };
    if (!this.#session) return all;
    const feed = Object.fromEntries(this.#session.inputs.map(({ name }) => [name, all[name]]));
    return { ...all, ...(await this.#session.run(feed)) };
  }

  keep(values: readonly Feed[]): void {
    this.#kept = values;
  }

  async release(): Promise<void> {
    await this.#session?.release();
    this.#session = null;
  }
}

/**
 * Walks along the layers of a network that is being changed, and measures what flows into them in it and in the network
 * as it was. Every layer is measured with all layers before it as they are then, so change those of a stage before the
 * next is measured.
 *
 * Only sums of products are kept of a layer's inputs. Between stages both networks stand still at a frontier of values, so
 * that each is computed once, unless those values take too much memory.
 */
export class PathMoments {
  readonly #original: Walker;
  readonly #changed: Walker;
  #stage = 0;

  private constructor(
    readonly document: Document,
    readonly feeds: readonly Feed[],
    readonly runtime: Runtime,
    readonly path: PathDepths,
    readonly shapes: ReadonlyMap<Layer, readonly number[]>,
    readonly shortcuts: ReadonlyMap<Layer, string>,
  ) {
    const bytes = new ConcatSource(writeModel(document).map(({ source }) => source));
    this.#original = new Walker(readModel(bytes), feeds);
    this.#changed = new Walker(document, feeds);
  }

  /**
   * @param document as it is before any change
   * @param weights  those to be changed; of a tensor with several layers only the first stage counts
   */
  static async of(
    document: Document,
    weights: ReadonlySet<Tensor>,
    feeds: readonly Feed[],
    runtime: Runtime,
  ): Promise<PathMoments> {
    const layers = listLayers(document, weights);
    const shapes = await outputShapes(document, layers, feeds[0], runtime);
    const path = pathDepths(document, layers);
    const shapeOf = new Map(layers.map((layer, i) => [layer, shapes[i]]));
    return new PathMoments(document, feeds, runtime, path, shapeOf, shortcutsOf(document, path));
  }

  get stages(): number {
    return this.path.stages.length;
  }

  /** Moments of the layers of the next stage, by their weights. Layers that are too long, or of another form, are not there. */
  async next(context: TransformContext): Promise<Map<Tensor, PairedMoments>> {
    const stage = this.#stage++;
    const frontier = this.path.frontiers[stage];
    const wanted = frontier.filter((name) => !this.#original.has(name));
    try {
      await this.#original.load(this.runtime, wanted);
      return await this.#measure(this.path.stages[stage], frontier, wanted, context);
    } finally {
      await this.#original.release();
      await this.#changed.release();
    }
  }

  async #measure(
    layers: readonly Layer[],
    frontier: readonly string[],
    wanted: readonly string[],
    context: TransformContext,
  ): Promise<Map<Tensor, PairedMoments>> {
    const first = await this.#original.run(0);
    const shortcutOf = (layer: Layer) => {
      const name = this.shortcuts.get(layer);
      const isWhole = name !== undefined && String(first[name]?.dims) === String(this.shapes.get(layer));
      return isWhole ? name : null;
    };
    const read = [...new Set(layers.flatMap((layer) => [layer.node.inputs[0], shortcutOf(layer) ?? []].flat()))];
    const originalOf = (name: string) => `wring.original.${read.indexOf(name)}`;
    const besides = (values: Feed) => Object.fromEntries(read.map((name) => [originalOf(name), values[name]]));
    const shapes = layers.map((layer) => this.shapes.get(layer)!);
    const probes = layerProbes(this.document, layers, shapes, (layer) => {
      const now = shortcutOf(layer);
      const shortcut = now === null ? null : { before: originalOf(now), now };
      return { input: originalOf(layer.node.inputs[0]), shortcut };
    });
    const names = probes.flatMap(namesOf);
    await this.#changed.load(this.runtime, [...wanted, ...names], {
      known: new Map(Object.entries(besides(first))),
      nodes: probes.flatMap((probe) => probe.nodes),
      initializers: probes.flatMap((probe) => probe.initializers),
    });
    const kept: { readonly original: Feed[]; readonly changed: Feed[] } = { original: [], changed: [] };
    const isKept = this.#fits(frontier, first);
    const means = await meanOutputs(names, this.feeds.length, context, async (index) => {
      const before = index === 0 ? first : await this.#original.run(index);
      const after = await this.#changed.run(index, besides(before));
      if (isKept) {
        kept.original.push(pick(frontier, before));
        kept.changed.push(pick(frontier, after));
      }
      return after;
    });
    if (isKept) {
      this.#original.keep(kept.original);
      this.#changed.keep(kept.changed);
    }
    return pairMoments(probes, means);
  }

  /** What is no tensor cannot be handed on. */
  #fits(frontier: readonly string[], first: Feed): boolean {
    let byteLength = 0;
    for (const name of frontier) {
      if (!first[name]) return false;
      byteLength += first[name].data.byteLength * this.feeds.length;
    }
    return byteLength <= MAX_KEPT_BYTES;
  }
}

function pick(names: readonly string[], values: Feed): Feed {
  return Object.fromEntries(names.map((name) => [name, values[name]]));
}

function namesOf({ second, mean, beside, lost }: LayerProbe): string[] {
  const all = beside ? [second, mean, beside.second, beside.mean, beside.cross] : [second, mean];
  return lost ? [...all, lost.cross, lost.mean] : all;
}

function pairMoments(
  layers: readonly LayerProbe[],
  means: ReadonlyMap<string, Float64Array>,
): Map<Tensor, PairedMoments> {
  const moments = new Map<Tensor, PairedMoments>();
  for (const [tensor, probes] of probesByTensor(layers)) {
    const [{ groups, rows, columns, rowStride, columnStride }] = probes;
    const of = (name: (probe: LayerProbe) => string) => averageOf(probes.map((probe) => means.get(name(probe))!));
    const isLost = probes.length === 1 && probes[0].lost !== null;
    moments.set(tensor, {
      ...{ groups, rows, columns, rowStride, columnStride, bias: probes.length === 1 ? probes[0].bias : null },
      second: of((probe) => probe.second),
      mean: of((probe) => probe.mean),
      cross: of((probe) => probe.beside!.cross),
      original: { second: of((probe) => probe.beside!.second), mean: of((probe) => probe.beside!.mean) },
      lost: isLost ? { cross: of((probe) => probe.lost!.cross), mean: of((probe) => probe.lost!.mean) } : null,
    });
  }
  return moments;
}
