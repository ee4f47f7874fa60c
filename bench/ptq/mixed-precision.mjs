// What multipoint is measured against: one point a channel (or one grid a tensor), of few bits here and more bits there, as many as the same
// budget allows. The grids, their scales and the error that decides are those of multipoint.
import { loadKernels } from '../../dist/kernels/index.js';
import { outputShift } from '../../dist/methods/gpfq/quantize-layer.js';
import { scatterRows } from '../../dist/methods/multipoint/channels.js';
import { MULTIPOINT_DEFAULTS } from '../../dist/methods/multipoint/index.js';
import { planLayer } from '../../dist/methods/multipoint/plan-layer.js';
import { roundBias } from '../../dist/methods/round-bias.js';

const MOST_BITS = 8;

/**
 * Bits go where one more of them gains most of the output error by its cost: bytes of plain codes; or operations, a
 * multiplication counting in proportion to its bits.
 *
 * @param {object} options `bits` of the narrowest; `granularity`; `budget`: { by: 'bytes' | 'operations', value: share of what the narrowest take }
 */
export function mixedPrecision({ weights, biases, posterior, operations }, { bits, granularity, budget }) {
  return async () => {
    const kernels = await loadKernels();
    const layers = weights.map(({ tensor, axis }) => {
      const moments = posterior.moments.get(tensor) ?? null;
      const plans = Array.from({ length: MOST_BITS - bits + 1 }, (_, i) =>
        planLayer(
          tensor,
          axis in tensor.dims ? axis : -1,
          moments,
          { ...MULTIPOINT_DEFAULTS, granularity, maxPoints: 1, bits: bits + i },
          kernels,
        ),
      );
      return { tensor, moments, plans, ...weigh(plans[0], moments, posterior, operations) };
    });
    const groups = layers.flatMap((layer) => groupsOf(layer, granularity, bits, budget.by));
    const widths = spend(groups, budget.value);
    for (const layer of layers) setValues(layer, widths.get(layer), biases);
    for (const bias of biases) roundBias(bias);
  };
}

/** As multipoint weighs its layers. */
function weigh({ tensor, channels }, moments, { sensitivity }, operations) {
  const { rows, length } = channels;
  const isKnown = moments?.rows === rows && moments.columns === length;
  const trace = isKnown ? (traceOf(moments) * rows) / moments.groups : rows * length;
  const importance = trace > 0 ? (12 * (sensitivity.get(tensor) ?? 0)) / trace : 0;
  return { importance, rowOperations: (operations.get(tensor) ?? tensor.elementCount) / rows };
}

function traceOf({ groups, columns, second }) {
  let trace = 0;
  for (let g = 0; g < groups; g++) for (let i = 0; i < columns; i++) trace += second[(g * columns + i) * columns + i];
  return trace;
}

/** What has one width: a row, or all of them. `narrow`: the cost at the fewest bits, `cost`: of one more bit. */
function groupsOf(layer, granularity, bits, by) {
  const { plans, importance, rowOperations } = layer;
  const { rows, length } = plans[0].channels;
  const every = Array.from({ length: rows }, (_, row) => row);
  const sets = granularity === 'channel' ? every.map((row) => [row]) : [every];
  return sets.map((own) => {
    const errors = plans.map(({ errors: [error] }) => importance * own.reduce((sum, row) => sum + error[row], 0));
    const cost = own.length * (by === 'bytes' ? length / 8 : rowOperations / bits);
    const narrow = own.length * (by === 'bytes' ? (length * bits) / 8 + 4 : rowOperations);
    return { layer, own, errors, cost, narrow };
  });
}

/** @returns by layer: bits beyond the fewest, of each row */
function spend(groups, share) {
  let left = share * groups.reduce((sum, { narrow }) => sum + narrow, 0);
  const extra = new Map(groups.map((group) => [group, 0]));
  const open = new Set(groups);
  while (open.size > 0) {
    let best = null;
    for (const group of open) {
      const at = extra.get(group);
      const worth = (group.errors[at] - group.errors[at + 1]) / group.cost;
      if (!best || worth > best.worth) best = { group, worth };
    }
    const { group } = best;
    if (group.cost <= left) {
      left -= group.cost;
      extra.set(group, extra.get(group) + 1);
    } else open.delete(group);
    if (extra.get(group) + 1 === group.errors.length) open.delete(group);
  }
  const widths = new Map(groups.map(({ layer }) => [layer, new Uint8Array(layer.plans[0].channels.rows)]));
  for (const [{ layer, own }, bits] of extra) for (const row of own) widths.get(layer)[row] = bits;
  return widths;
}

function setValues({ tensor, moments, plans }, widths, biases) {
  const { channels, axis } = plans[0];
  const { rows, length } = channels;
  const codes = new Int16Array(rows * length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const { codes: found, scales: own } = plans[widths[row]];
    codes.set(found[0].subarray(row * length, (row + 1) * length), row * length);
    scales[row] = own[0][0][row];
  }
  const before = tensor.toFloat32();
  const shared = scales.every((scale) => scale === scales[0]) ? scales.slice(0, 1) : scales;
  tensor.setCoding({ kind: 'grid', scales: shared, axis: Math.max(axis, 0), codes: scatterRows(codes, channels) });
  const bias = moments?.bias;
  if (!bias || !biases.includes(bias) || bias.elementCount !== moments.rows) return;
  const nothing = { ...moments, aim: { mean: new Float32Array(moments.rows) } };
  const [put, puts] = [before, tensor.toFloat32()].map((weights) => outputShift(weights, nothing));
  const shift = puts.map((value, row) => value - put[row]);
  bias.setFloat32(bias.toFloat32().map((value, row) => value + shift[row]));
}
