// What a decoder needs and nothing more: this module travels with every reader of a .wrg file.
export { heapBase } from "./shared/heap";
export { buildRansTables, decodeRans16, decodeRansScalar } from "./kernels/rans-decode";
