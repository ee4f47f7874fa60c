import type { WasmModule } from '../../wasm/instantiate.js';
import type { WringExports } from '../../wasm/wring-module.js';
import type { Kernels } from '../kernels.js';
import { assignNearest } from './assign-nearest.js';
import { assignRateDistortion } from './assign-rate-distortion.js';
import { clipGaussians } from './clip-gaussians.js';
import { clusterOptimal } from './cluster-optimal.js';
import { countCodes } from './count-codes.js';
import { countMagnitudes } from './count-magnitudes.js';
import { countVotes } from './count-votes.js';
import { coverRelative } from './cover-relative.js';
import { drawLevels } from './draw-levels.js';
import { drawNormals, drawUniforms } from './draw-noise.js';
import { exponentials } from './exponentials.js';
import { roundToBins, weighByBins } from './grid-bins.js';
import { perturb } from './perturb.js';
import { addQuantizingPrior } from './quantizing-prior.js';
import { sortFloats } from './sort-floats.js';
import { spreadGradients } from './spread-gradients.js';
import { stepAdam } from './step-adam.js';
import { stepMomentum } from './step-momentum.js';
import { sumClassCosts } from './sum-class-costs.js';
import { sumRoundingErrors } from './sum-rounding-errors.js';
import { sumScaled } from './sum-scaled.js';
import { sumSquares } from './sum-squares.js';
import { trellisPath } from './trellis-path.js';

/**
 * The kernels on an instance. Per-weight arrays may live in `module.arena` and are then not copied; a call may grow the
 * memory, which detaches every view of it.
 */
export function createWasmKernels(module: WasmModule<WringExports>): Kernels {
  return {
    name: 'wasm',
    assignNearest: (...args) => assignNearest(module, ...args),
    countCodes: (...args) => countCodes(module, ...args),
    countMagnitudes: (...args) => countMagnitudes(module, ...args),
    perturb: (...args) => perturb(module, ...args),
    drawNormals: (...args) => drawNormals(module, ...args),
    drawUniforms: (...args) => drawUniforms(module, ...args),
    spreadGradients: (...args) => spreadGradients(module, ...args),
    clipGaussians: (...args) => clipGaussians(module, ...args),
    exponentials: (...args) => exponentials(module, ...args),
    addQuantizingPrior: (...args) => addQuantizingPrior(module, ...args),
    roundToBins: (...args) => roundToBins(module, ...args),
    weighByBins: (...args) => weighByBins(module, ...args),
    drawLevels: (...args) => drawLevels(module, ...args),
    sortFloats: (...args) => sortFloats(module, ...args),
    sumClassCosts: (...args) => sumClassCosts(module, ...args),
    sumRoundingErrors: (...args) => sumRoundingErrors(module, ...args),
    coverRelative: (...args) => coverRelative(module, ...args),
    countVotes: (...args) => countVotes(module, ...args),
    clusterOptimal: (...args) => clusterOptimal(module, ...args),
    assignRateDistortion: (...args) => assignRateDistortion(module, ...args),
    stepMomentum: (...args) => stepMomentum(module, ...args),
    stepAdam: (...args) => stepAdam(module, ...args),
    sumScaled: (...args) => sumScaled(module, ...args),
    sumSquares: (...args) => sumSquares(module, ...args),
    trellisPath: (...args) => trellisPath(module, ...args),
  };
}
