import assignNearest from './assign-nearest.mjs';
import assignRateDistortion from './assign-rate-distortion.mjs';
import clusterOptimal from './cluster-optimal.mjs';
import countVotes from './count-votes.mjs';
import coverRelative from './cover-relative.mjs';
import decodeWeights from './decode-weights.mjs';
import grid from './grid.mjs';
import histograms from './histograms.mjs';
import noise from './noise.mjs';
import optimizer from './optimizer.mjs';
import prior from './prior.mjs';
import rans from './rans.mjs';
import sortFloats from './sort-floats.mjs';
import sumClassCosts from './sum-class-costs.mjs';
import sumRoundingErrors from './sum-rounding-errors.mjs';
import trellisPath from './trellis-path.mjs';

/**
 * A case: `data()` makes the arrays, always the same ones; those named in `perWeight` may live in the module's memory.
 * `reset(data)` is not timed; `run(kernels, data)` is, and gives the array by which results are compared. `native` names a
 * program in bench/native and its arguments: arrays are handed over as files, numbers as text.
 */
export const CASES = [
  ...assignNearest,
  ...histograms,
  ...sortFloats,
  ...coverRelative,
  ...countVotes,
  ...clusterOptimal,
  ...assignRateDistortion,
  ...rans,
  ...decodeWeights,
  ...sumClassCosts,
  ...optimizer,
  ...noise,
  ...prior,
  ...grid,
  ...sumRoundingErrors,
  ...trellisPath,
];
