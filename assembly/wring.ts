// Every kernel. Interface and specification: src/kernels/kernels.ts and src/kernels/reference.
export * from "./decode";
export { largestByte, largestCode } from "./kernels/largest";
export { countCodes, foldCounts } from "./kernels/count-codes";
export { countMagnitudes } from "./kernels/count-magnitudes";
export { sortFloats } from "./kernels/sort-floats";
