import { instantiate as load } from '@assemblyscript/loader';
import type { DecodeExports } from './decode-module.js';
import { WRING_WASM } from './generated/wring.js';
import { instantiate, type WasmModule } from './instantiate.js';
import { type CompiledModule, instantiateCompiled } from './instantiate-compiled.js';

/** What assembly/wring.ts exports; each is described where it is defined, in assembly/kernels. */
export interface WringExports extends DecodeExports {
  buildRansEntries(frequencies: number, alphabet: number, contexts: number, entries: number): void;
  encodeRans(
    symbols: number,
    n: number,
    contexts: number,
    entries: number,
    alphabet: number,
    states: number,
    lanes: number,
    end: number,
  ): number;
  fusedShift(thresholds: number, n: number): number;
  fillFusedTable(thresholds: number, n: number, shift: number, table: number): void;
  nearestThresholds(centroids: number, k: number, thresholds: number): void;
  assignNearest(weights: number, n: number, table: number, shift: number, codes: number): void;
  assignNearestBySearch(weights: number, n: number, thresholds: number, count: number, codes: number): void;
  assignRateDistortion(
    weights: number,
    importance: number,
    contexts: number,
    n: number,
    centroids: number,
    bits: number,
    pitch: number,
    zeroCode: number,
    codes: number,
  ): void;
  clusterScratch(n: number): number;
  clusterOptimal(values: number, counts: number, n: number, k: number, scratch: number, means: number): number;
  countCodes(codes: number, n: number, counts: number, pitch: number): void;
  foldCounts(counts: number, pitch: number, k: number): void;
  countMagnitudes(weights: number, n: number, counts: number): void;
  centroidKeys(centroids: number, k: number, thresholds: number): void;
  countVotes(
    means: number,
    sigmas: number,
    n: number,
    delta: number,
    table: number,
    shift: number,
    steps: number,
  ): void;
  countVotesBySearch(
    means: number,
    sigmas: number,
    n: number,
    delta: number,
    thresholds: number,
    k: number,
    steps: number,
  ): void;
  coverScratch(): number;
  coverRelative(
    counts: number,
    delta: number,
    coverage: number,
    maxPicks: number,
    scratch: number,
    picks: number,
  ): number;
  largestByte(bytes: number, n: number): number;
  largestCode(codes: number, n: number): number;
  perturb(
    means: number,
    spreads: number,
    first: number,
    n: number,
    seed: number,
    scale: number,
    noises: number,
    targets: number,
  ): void;
  drawNormals(first: number, n: number, seed: number, scale: number, targets: number): void;
  drawUniforms(first: number, n: number, seed: number, targets: number): void;
  drawLevels(
    numbers: number,
    first: number,
    n: number,
    low: number,
    high: number,
    step: number,
    spread: number,
    around: number,
    rows: number,
    draws: number,
    hard: number,
    seed: number,
    targets: number,
    byNumber: number,
    byStep: number,
    bySpread: number,
  ): void;
  roundToBins(
    numbers: number,
    n: number,
    scale: number,
    offset: number,
    values: number,
    last: number,
    bins: number,
    targets: number,
  ): void;
  weighByBins(gradients: number, bins: number, n: number, slopes: number, targets: number, sums: number): void;
  spreadGradients(
    gradients: number,
    spreads: number,
    noises: number,
    n: number,
    pull: number,
    limit: number,
    targets: number,
  ): void;
  exponentials(values: number, n: number, targets: number): void;
  clipGaussians(
    means: number,
    logVariances: number,
    variances: number,
    n: number,
    lowest: number,
    highest: number,
    outermost: number,
    border: number,
  ): void;
  addQuantizingPrior(
    means: number,
    logVariances: number,
    variances: number,
    n: number,
    prior: number,
    levels: number,
    meanGradients: number,
    varianceGradients: number,
    sums: number,
  ): void;
  sortFloats(values: number, n: number, sorted: number, offsets: number): void;
  stepMomentum(
    weights: number,
    gradients: number,
    velocities: number,
    mask: number,
    n: number,
    gradientScale: number,
    momentum: number,
    nesterov: number,
    rate: number,
    decay: number,
  ): void;
  stepAdam(
    weights: number,
    gradients: number,
    means: number,
    squares: number,
    mask: number,
    n: number,
    gradientScale: number,
    beta1: number,
    gain1: number,
    beta2: number,
    gain2: number,
    rootScale: number,
    epsilon: number,
    rate: number,
    decay: number,
  ): void;
  addScaled(source: number, n: number, scale: number, target: number, first: number): void;
  sumSquares(values: number, n: number, sums: number): void;
  sumRoundingErrors(row: number, length: number, inverses: number, count: number, levels: number, sums: number): void;
  sumClassCosts(
    symbols: number,
    bases: number,
    outer: number,
    length: number,
    inner: number,
    costs: number,
    pitch: number,
    count: number,
    sums: number,
  ): void;
  trellisScratch(n: number): number;
  trellisPath(
    targets: number,
    weights: number,
    classes: number,
    n: number,
    min: number,
    size: number,
    rates: number,
    start: number,
    scratch: number,
    levels: number,
    states: number,
  ): number;
}

const INITIAL_PAGES = 256;

let compiled: CompiledModule | null = null;
let loading: Promise<WasmModule<WringExports> | null> | undefined;

/** For engines that compile no bytes: from now on every instance is one of this module, which is that of dist/wring.wasm. */
export function setCompiledWringModule(module: CompiledModule): void {
  if (compiled === module) return;
  compiled = module;
  loading = undefined;
}

/** The module with every kernel, instantiated once; null where the engine has no SIMD. */
export function loadWringModule(): Promise<WasmModule<WringExports> | null> {
  loading ??= createWringModule();
  return loading;
}

/** An instance of its own, for arrays that are to live long in its memory; null where the engine has no SIMD. */
export function createWringModule(): Promise<WasmModule<WringExports> | null> {
  if (compiled) return Promise.resolve(instantiateCompiled<WringExports>(compiled, INITIAL_PAGES));
  return instantiate<WringExports>(WRING_WASM, INITIAL_PAGES, load);
}
