import type { GridCoding, Tensor } from '../../core/index.js';
import type { Region } from '../../kernels/index.js';
import { standardDeviation } from '../../posterior/index.js';
import type { ParameterGroup, WeightParametrization, WeightStore } from '../../training/index.js';

/** What a scale moves by when its parameter moves by one, as a share of itself. */
const SCALE_UNIT = 1 / 20;
/** … and a bias, in its spread. */
const BIAS_UNIT = 1 / 10;

/** One tensor, and where its parameters are. */
interface Cell {
  readonly tensor: Tensor;
  /** Of its weights in the store. */
  readonly offset: number;
  /** Of its parameters. */
  readonly first: number;
  readonly count: number;
  /** null: the numbers themselves are free, in units of `unit`. */
  readonly grid: { readonly coding: GridCoding; readonly scaleOf: Uint32Array } | null;
  readonly unit: number;
}

/** Codes stay; what is free are the scales of grids, and every number of biases. */
export class FreeFloats implements WeightParametrization {
  readonly parameters: Region<Float32Array>;
  readonly gradients: Region<Float32Array>;
  readonly groups: readonly ParameterGroup[];
  readonly state = [];
  readonly #cells: readonly Cell[];

  /**
   * @param store  of the parameters of the graph
   * @param grids  codings of tensors whose scales are free
   * @param starts first values of the others
   */
  constructor(
    readonly store: WeightStore,
    grids: ReadonlyMap<Tensor, GridCoding>,
    starts: ReadonlyMap<Tensor, Float32Array>,
  ) {
    let first = 0;
    this.#cells = store.parameters.flatMap(({ source: { tensor }, offset, length }) => {
      const coding = grids.get(tensor);
      // Neither: stays what the store has.
      if (!coding && !starts.has(tensor)) return [];
      const count = coding ? coding.scales.length : length;
      const spread = coding ? 0 : standardDeviation(starts.get(tensor)!);
      const grid = coding ? { coding, scaleOf: scalePlaces(tensor.dims, coding) } : null;
      const cell = { tensor, offset, first, count, grid, unit: coding ? SCALE_UNIT : BIAS_UNIT * (spread || 1) };
      first += count;
      return [cell];
    });
    this.parameters = store.memory.floats(first);
    this.gradients = store.memory.floats(first);
    this.groups = [{ offset: 0, length: first, decay: false, rate: 1, mask: null }];
    const parameters = this.parameters.view();
    for (const { tensor, first: from, count, grid, unit } of this.#cells) {
      const start = grid ? null : starts.get(tensor)!;
      for (let i = 0; i < count; i++) parameters[from + i] = start ? start[i] / unit : 0;
    }
  }

  sample(): void {
    const [parameters, weights] = [this.parameters.view(), this.store.weights.view()];
    for (const cell of this.#cells) {
      const { grid, offset, first, count, unit } = cell;
      if (grid) {
        const scales = scalesOf(cell, parameters);
        const { codes } = grid.coding;
        for (let i = 0; i < codes.length; i++) weights[offset + i] = codes[i] * scales[grid.scaleOf[i]];
      } else for (let i = 0; i < count; i++) weights[offset + i] = parameters[first + i] * unit;
    }
  }

  backward(): void {
    const [gradients, sources] = [this.gradients.view(), this.store.gradients.view()];
    for (const { grid, offset, first, count, unit } of this.#cells) {
      if (grid) {
        const { codes, scales } = grid.coding;
        const sums = new Float64Array(count);
        for (let i = 0; i < codes.length; i++) sums[grid.scaleOf[i]] += sources[offset + i] * codes[i];
        for (let s = 0; s < count; s++) gradients[first + s] = sums[s] * scales[s] * unit;
      } else for (let i = 0; i < count; i++) gradients[first + i] = sources[offset + i] * unit;
    }
  }

  harden(): void {
    this.sample();
  }

  /** The codings with the scales as they are now. */
  codings(): Map<Tensor, GridCoding> {
    const parameters = this.parameters.view();
    return new Map(
      this.#cells.flatMap((cell) =>
        cell.grid ? [[cell.tensor, { ...cell.grid.coding, scales: scalesOf(cell, parameters) }] as const] : [],
      ),
    );
  }
}

function scalesOf({ grid, first, unit }: Cell, parameters: Float32Array): Float32Array {
  return grid!.coding.scales.map((scale, s) => scale * (1 + parameters[first + s] * unit));
}

/** Which scale each element has. */
function scalePlaces(dims: readonly number[], { scales, axis, codes }: GridCoding): Uint32Array {
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  return Uint32Array.from(codes, (_, i) => (scales.length === 1 ? 0 : Math.floor(i / inner) % scales.length));
}
