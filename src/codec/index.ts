export { type ByteShare, byteShares } from './byte-shares.js';
export { type CodedTensor, type CostModel, type CostOptions, learnCosts } from './cost.js';
export { type EncodeOptions, encodeWrg, encodeWrgBytes } from './encode.js';
export { SYMBOLS_CHUNK } from './format.js';
export { BIT, log2 } from './log2.js';
export { openWithHead, openWrg, type WrgFile, type WrgTensor } from './open.js';
export type { EncodeSegment } from './plan-holes.js';
export { findTrellis, periodOf } from './trellis.js';
export { learnTrellisCosts, type TrellisCostModel, type TrellisTensor } from './trellis-cost.js';
