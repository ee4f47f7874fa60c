import { levelOf, nextState, TRELLIS_STATES, type TrellisKernel } from '../trellis.js';

const { fround } = Math;

/** See {@link TrellisKernel}. */
export const trellisPath: TrellisKernel['trellisPath'] = (targets, weights, classes, costs, start, levels, states) => {
  const n = targets.length;
  let best = new Float64Array(TRELLIS_STATES).fill(Number.POSITIVE_INFINITY);
  best[start] = 0;
  /** Of each step: the state before each state, and the candidates, even and odd, of both banks. */
  const from: Uint8Array[] = [];
  const candidates: number[][] = [];
  for (let i = 0; i < n; i++) {
    const next = new Float64Array(TRELLIS_STATES).fill(Number.POSITIVE_INFINITY);
    const before = new Uint8Array(TRELLIS_STATES);
    const subsets = [0, 1, 2, 3].map((subset) =>
      cheapestNumber(targets[i], weights[i], classes[i], costs, subset >> 1, subset & 1),
    );
    for (const parity of [0, 1])
      for (let state = 0; state < TRELLIS_STATES; state++) {
        const to = nextState(state, parity);
        const cost = best[state] + subsets[2 * (state & 1) + parity].cost;
        if (cost >= next[to]) continue;
        next[to] = cost;
        before[to] = state;
      }
    candidates.push(subsets.map(({ k }) => k));
    from.push(before);
    best = next;
  }
  let state = best.indexOf(best.reduce((a, b) => Math.min(a, b)));
  const end = state;
  for (let i = n - 1; i >= 0; i--) {
    const before = from[i][state];
    const bank = before & 1;
    const k = candidates[i].slice(2 * bank, 2 * bank + 2).find((number) => nextState(before, number) === state)!;
    levels[i] = levelOf(k, bank);
    states[i] = before;
    state = before;
  }
  return end;
};

/** Of one parity in one bank: the two numbers nearest to the target, the inner one first, then zero; the first cheapest wins. */
function cheapestNumber(
  target: number,
  weight: number,
  row: number,
  { min, size, rates }: { min: number; size: number; rates: Float32Array },
  bank: number,
  parity: number,
): { k: number; cost: number } {
  const sign = target < 0 ? -1 : 1;
  const x = Math.abs(target);
  const most = sign > 0 ? min + size - 1 : -min;
  const outermost = most - ((most ^ parity) & 1);
  // Numbers of one parity lie two apart, their levels four, but for the two around zero in bank 1.
  const rest = [0, 2, 3, 1][2 * bank + parity];
  const lower = fround(rest + 4 * Math.floor(fround(fround(x - rest) / 4)));
  const inner = lower < 0 ? -parity : (lower + bank * Math.sign(lower)) / 2;
  const outer = (lower + 4 + bank) / 2;
  let chosen = { k: 0, cost: Number.POSITIVE_INFINITY };
  for (const folded of [inner, outer, ...(parity === 0 ? [0] : [])]) {
    const number = Math.min(outermost, folded);
    const distance = fround(x - levelOf(number, bank));
    const k = sign * number;
    const rate = rates[(2 * row + bank) * size + k - min];
    const cost = fround(fround(weight * fround(distance * distance)) + rate);
    if (cost < chosen.cost) chosen = { k, cost };
  }
  return { k: chosen.k === 0 ? 0 : chosen.k, cost: Math.floor(fround(Math.min(1024, chosen.cost) * 4096)) };
}
