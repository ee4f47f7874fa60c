import { WringError } from '../../core/index.js';
import { assertInRange, assertInteger, assertOneOf } from '../option-checks.js';

/** `rq` draws levels, `srq` takes the nearest. */
export type RelaxedMethod = 'rq' | 'srq';

/**
 * Whether widths stay as they are given, or are learned for each tensor, or for each output channel where those lie one after another:
 * of Conv, and of Gemm with transB. Other tensors have one width.
 */
export const WIDTHS = ['fixed', 'tensor', 'channel'] as const;
export type Widths = (typeof WIDTHS)[number];

/** What a learned width is paid in: masks that are open (as in the paper), or bits that the coder takes for a weight. */
export const PRICES = ['masks', 'coder'] as const;
export type PriceOf = (typeof PRICES)[number];

/** What the derivative of rounding is taken for; see `RoundingSlopes`. */
export const BACKWARDS = ['chosen', 'all'] as const;
export type Backward = (typeof BACKWARDS)[number];

/** The levels −1, 0 and 1, as learned widths have them at two bits. */
export const TERNARY = 'ternary';
export type Ternary = typeof TERNARY;

/** Of activations that stay floats. */
export const FLOAT_BITS = 32;

export interface RelaxedOptions {
  /** Of weights, 2–8: the grid is α · {−2^(bits−1), …, 2^(bits−1) − 1} (default: 3). */
  readonly bits?: number;
  /** Of tensors that have others, by name; those must be among the tensors (default: none). */
  readonly tensorBits?: Readonly<Record<string, number | Ternary>>;
  /** Of what layers take in, 2–8, or 32 for floats (default: 32). */
  readonly activationBits?: number;
  /** `srq`: levels of the outer classes are dropped at random while it learns (default: false). */
  readonly dropBits?: boolean;
  /** `srq`: widths are learned from `bits` down, at a price (default: 'fixed'). */
  readonly widths?: Widths;
  /** Added to the loss for each open mask of a tensor (or of its channels, on the mean), or each bit of a weight; ≥ 0 (default: 0.001). */
  readonly price?: number;
  /** Default: 'masks'. */
  readonly priceOf?: PriceOf;
  /** `rq`: the model is run with the level that was drawn, not with the mean of what might have been (default: true, RQ-ST). */
  readonly hard?: boolean;
  /** `rq`: λ of the concrete distribution, 0.1–10 (default: 1). */
  readonly temperature?: number;
  /** `rq`: δ, of weights: levels within as many σ of the nearest can be drawn, and its neighbours in any case; 0–8 (default: 3). */
  readonly reach?: number;
  /** `srq`: what the derivative of rounding is taken for, see `RoundingSlopes` (default: 'chosen'). */
  readonly backward?: Backward;
  /** `srq`: how much of it is that of the identity, 0–1 (default: 1/2). */
  readonly through?: number;
  /** σ of the beginning, in steps; 1/16–2, null for 1/3, of `rq` 1/8 (default: null). */
  readonly spread?: number | null;
  /** How fast steps and spreads learn, beside weights; 0–10 (default: 0.1). */
  readonly scaleRate?: number;
  /** How fast masks learn, beside weights; 0–1000 (default: 10). */
  readonly maskRate?: number;
  /** Of what is drawn (default: 0). */
  readonly seed?: number;
}

export const RELAXED_DEFAULTS: Required<RelaxedOptions> = {
  bits: 3,
  tensorBits: {},
  activationBits: FLOAT_BITS,
  dropBits: false,
  widths: 'fixed',
  price: 0.001,
  priceOf: 'masks',
  hard: true,
  temperature: 1,
  reach: 3,
  backward: 'chosen',
  through: 0.5,
  spread: null,
  scaleRate: 0.1,
  maskRate: 10,
  seed: 0,
};

/** What is drawn disturbs; what is only thought of does not. */
const SPREADS: Readonly<Record<RelaxedMethod, number>> = { rq: 1 / 8, srq: 1 / 3 };

export type ResolvedRelaxedOptions = Required<RelaxedOptions> & { readonly spread: number };

/** @throws {WringError} E_OPTION */
export function resolveRelaxedOptions(method: RelaxedMethod, options: RelaxedOptions): ResolvedRelaxedOptions {
  const resolved = { ...RELAXED_DEFAULTS, ...options };
  assertInteger(method, 'bits', resolved.bits, 2, 8);
  if (resolved.activationBits !== FLOAT_BITS) assertInteger(method, 'activationBits', resolved.activationBits, 2, 8);
  for (const [name, bits] of Object.entries(resolved.tensorBits)) {
    if (bits !== TERNARY) assertInteger(method, `bits of "${name}"`, bits, 2, 8);
  }
  assertOneOf(method, 'widths', resolved.widths, WIDTHS);
  assertOneOf(method, 'priceOf', resolved.priceOf, PRICES);
  assertOneOf(method, 'backward', resolved.backward, BACKWARDS);
  assertInRange(method, 'price', resolved.price, 0, 1e6);
  assertInRange(method, 'temperature', resolved.temperature, 0.1, 10);
  assertInRange(method, 'reach', resolved.reach, 0, 8);
  assertInRange(method, 'through', resolved.through, 0, 1);
  const spread = resolved.spread ?? SPREADS[method];
  assertInRange(method, 'spread', spread, 1 / 16, 2);
  assertInRange(method, 'scaleRate', resolved.scaleRate, 0, 10);
  assertInRange(method, 'maskRate', resolved.maskRate, 0, 1000);
  refuseWhatIsNotMeant(method, resolved);
  return { ...resolved, spread };
}

/** Options by what they are of: the others would do nothing. */
function refuseWhatIsNotMeant(method: RelaxedMethod, options: Required<RelaxedOptions>): void {
  const learns = options.widths !== 'fixed';
  const rules: readonly (readonly [isMeant: boolean, when: string, names: readonly (keyof RelaxedOptions)[]])[] = [
    [method === 'rq', 'method rq', ['hard', 'temperature', 'reach']],
    [method === 'srq', 'method srq', ['dropBits', 'widths', 'backward', 'through']],
    [learns, 'learned widths', ['price', 'priceOf']],
    [!learns, 'fixed widths: learned ones drop bits by themselves', ['dropBits']],
    [dropsBits(options), 'dropped bits or learned widths', ['maskRate']],
  ];
  for (const [isMeant, when, names] of rules) {
    const name = isMeant ? undefined : names.find((one) => options[one] !== RELAXED_DEFAULTS[one]);
    if (name === undefined) continue;
    throw new WringError('E_OPTION', `Expected ${name} with ${when}; received ${name} ${options[name]} with ${method}`);
  }
}

/** Whether there are masks: of bits that are dropped, or that can go for good. */
export function dropsBits({ dropBits, widths }: Pick<Required<RelaxedOptions>, 'dropBits' | 'widths'>): boolean {
  return dropBits || widths !== 'fixed';
}
