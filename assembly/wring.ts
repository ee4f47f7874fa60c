// Every kernel. Interface and specification: src/kernels/kernels.ts and src/kernels/reference.
export * from "./decode";
export { fillFusedTable, fusedShift } from "./shared/fused-table";
export { assignNearest, assignNearestBySearch, nearestThresholds } from "./kernels/assign-nearest";
export { assignRateDistortion } from "./kernels/assign-rate-distortion";
export { clusterOptimal, clusterScratch } from "./kernels/cluster-optimal";
export { countCodes, foldCounts } from "./kernels/count-codes";
export { countMagnitudes } from "./kernels/count-magnitudes";
export { centroidKeys, countVotes, countVotesBySearch } from "./kernels/count-votes";
export { coverRelative, coverScratch } from "./kernels/cover-relative";
export { largestByte, largestCode } from "./kernels/largest";
export { buildRansEntries, encodeRans } from "./kernels/rans-encode";
export { sortFloats } from "./kernels/sort-floats";
export { stepAdam } from "./kernels/step-adam";
export { stepMomentum } from "./kernels/step-momentum";
export { sumClassCosts } from "./kernels/sum-class-costs";
export { addScaled } from "./kernels/sum-scaled";
export { sumSquares } from "./kernels/sum-squares";
export { trellisPath, trellisScratch } from "./kernels/trellis-path";
