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

/** Plain TypeScript: the specification of every kernel, and what runs where WebAssembly has no SIMD. */
export const referenceKernels: Kernels = {
  name: 'reference',
  assignNearest,
  countCodes,
  countMagnitudes,
  perturb,
  drawNormals,
  drawUniforms,
  spreadGradients,
  exponentials,
  clipGaussians,
  addQuantizingPrior,
  roundToBins,
  weighByBins,
  drawLevels,
  sortFloats,
  coverRelative,
  countVotes,
  clusterOptimal,
  assignRateDistortion,
  sumClassCosts,
  stepMomentum,
  stepAdam,
  sumScaled,
  sumSquares,
  trellisPath,
  sumRoundingErrors,
};
