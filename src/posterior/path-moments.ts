import { ConcatSource, type Document, type Tensor, type TransformContext } from '../core/index.js';
import { modelBytes, readModel, writeModel } from '../onnx/index.js';
import type { Runtime, RuntimeSession } from '../runtime/runtime.js';
import {
  type Layer,
  type LayerProbe,
  layerProbe,
  listLayers,
  MAX_COLUMNS,
  plainOutput,
  valueShapes,
} from './layer-probe.js';
import { meanOutputs } from './mean-outputs.js';
import { type PathDepths, pathDepths, type Slice, sliceDocument } from './network-slice.js';
import type { Feed } from './output-error.js';
import { averageOf, type LayerMoments, matrixOf, probesByTensor } from './second-moment.js';
import { shortcutsOf } from './shortcuts.js';

/**
 * What flows into a layer of a changed network, x̃, beside what the layer is to put out, t: x W as it was in the original
 * network, and what the value that is added to its output has lost since (see `shortcutsOf`).
 */
export interface PairedMoments extends LayerMoments {
  readonly aim: {
    /** Mean of x̃ tᵀ. f32[groups · K · rows / groups]. */
    readonly cross: Float32Array;
    /** Mean of t and of t². f32[rows]. */
    readonly mean: Float32Array;
    readonly power: Float32Array;
  };
  /** Mean of x̃ xᵀ, x being what flowed into the layer before: rows are those of x̃. f32[groups · K · K]; null unless asked for. */
  readonly cross: Float32Array | null;
}

/** Of {@link PairedMoments} the means alone. */
export interface PairedMeans extends Omit<LayerMoments, 'second'> {
  readonly aim: Pick<PairedMoments['aim'], 'mean'>;
}

export interface PathOptions {
  /** Whether products of both inputs are asked for: they take longer than all else (default: false). */
  readonly cross?: boolean;
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
    readonly options: PathOptions,
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
    options: PathOptions = {},
  ): Promise<PathMoments> {
    const layers = listLayers(document, weights);
    const path = pathDepths(document, layers);
    const added = [...shortcutsOf(document, path)];
    const names = [...layers.map(({ node }) => node.outputs[0]), ...added.map(([, name]) => name)];
    const found = await valueShapes(document, names, feeds[0], runtime);
    const shapes = new Map(layers.map((layer, i) => [layer, found[i]]));
    // One that is spread over more values than it has is none that a layer could make up for.
    const isWhole = (layer: Layer, i: number) => String(found[layers.length + i]) === String(shapes.get(layer));
    const shortcuts = new Map(added.filter(([layer], i) => isWhole(layer, i)));
    return new PathMoments(document, feeds, runtime, path, shapes, shortcuts, options);
  }

  get stages(): number {
    return this.path.stages.length;
  }

  /** Moments of the layers of the next stage, by their weights. Layers that are too long, or of another form, are not there. */
  async next(context: TransformContext): Promise<Map<Tensor, PairedMoments>> {
    return this.#next({ mostColumns: MAX_COLUMNS, namesOf, gather: pairMoments }, context);
  }

  /** Only means of the layers of the next stage, in place of {@link next}: without any product, so of layers of any length. */
  async nextMeans(context: TransformContext): Promise<Map<Tensor, PairedMeans>> {
    return this.#next({ mostColumns: Infinity, namesOf: meansOf, gather: pairMeans }, context);
  }

  async #next<T>(asked: Asked<T>, context: TransformContext): Promise<Map<Tensor, T>> {
    const stage = this.#stage++;
    const frontier = this.path.frontiers[stage];
    const wanted = frontier.filter((name) => !this.#original.has(name));
    try {
      return await this.#measure(this.path.stages[stage], asked, frontier, wanted, context);
    } finally {
      await this.#original.release();
      await this.#changed.release();
    }
  }

  async #measure<T>(
    layers: readonly Layer[],
    { mostColumns, namesOf, gather }: Asked<T>,
    frontier: readonly string[],
    wanted: readonly string[],
    context: TransformContext,
  ): Promise<Map<Tensor, T>> {
    const given = new Map<string, string>();
    const originalOf = (name: string) => {
      const alias = given.get(name) ?? `wring.original.${given.size}`;
      given.set(name, alias);
      return alias;
    };
    const probes: LayerProbe[] = [];
    const outputs: ReturnType<typeof plainOutput>[] = [];
    for (const layer of layers) {
      const place = probes.length;
      const now = this.shortcuts.get(layer);
      const beside = {
        output: outputName(place),
        shortcut: now === undefined ? null : { before: originalOf(now), now },
        input: this.options.cross ? originalOf(layer.node.inputs[0]) : null,
      };
      const probe = layerProbe(this.document, layer, this.shapes.get(layer)!, place, beside, mostColumns);
      if (!probe) continue;
      probes.push(probe);
      outputs.push(plainOutput(layer, probe, outputName(place)));
    }
    await this.#original.load(this.runtime, [...wanted, ...outputs.map(({ name }) => name)], partsOf(outputs));
    const first = await this.#original.run(0);
    const besides = (values: Feed) => ({
      ...pick(
        outputs.map(({ name }) => name),
        values,
      ),
      ...Object.fromEntries(Array.from(given, ([name, alias]) => [alias, values[name]])),
    });
    const names = probes.flatMap(namesOf);
    await this.#changed.load(this.runtime, [...wanted, ...names], {
      known: new Map(Object.entries(besides(first))),
      ...partsOf(probes),
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
    return new Map(
      Array.from(probesByTensor(probes), ([tensor, users]) => [
        tensor,
        gather(users, (nameOf) => averageOf(users.map((probe) => means.get(nameOf(probe))!))),
      ]),
    );
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

function outputName(place: number): string {
  return `wring.output.${place}`;
}

function partsOf(all: readonly Required<Pick<Slice, 'nodes' | 'initializers'>>[]) {
  return { nodes: all.flatMap(({ nodes }) => nodes), initializers: all.flatMap(({ initializers }) => initializers) };
}

/** Over the layers that use a tensor, of the output that is so called. */
type AverageOf = (nameOf: (probe: LayerProbe) => string) => Float32Array;

/** What is measured of layers. */
interface Asked<T> {
  /** Longer layers are left out. */
  readonly mostColumns: number;
  readonly namesOf: (probe: LayerProbe) => string[];
  readonly gather: (users: readonly LayerProbe[], of: AverageOf) => T;
}

function namesOf({ second, mean, aim, cross }: LayerProbe): string[] {
  return [second, mean, ...Object.values(aim!), ...(cross === null ? [] : [cross])];
}

function meansOf({ mean, aim }: LayerProbe): string[] {
  return [mean, aim!.mean];
}

function pairMoments(probes: readonly LayerProbe[], of: AverageOf): PairedMoments {
  return {
    ...matrixOf(probes),
    second: of(({ second }) => second),
    mean: of(({ mean }) => mean),
    aim: {
      cross: of(({ aim }) => aim!.cross),
      mean: of(({ aim }) => aim!.mean),
      power: of(({ aim }) => aim!.power),
    },
    cross: probes[0].cross === null ? null : of(({ cross }) => cross!),
  };
}

function pairMeans(probes: readonly LayerProbe[], of: AverageOf): PairedMeans {
  return { ...matrixOf(probes), mean: of(({ mean }) => mean), aim: { mean: of(({ aim }) => aim!.mean) } };
}
