export { type ByteShare, byteShares } from './byte-shares.js';
export { type CodedTensor, type CostModel, type CostOptions, learnCosts } from './cost.js';
export { type EncodeOptions, encodeWrg, encodeWrgBytes } from './encode.js';
export { openWithHead, openWrg, type WrgFile, type WrgTensor } from './open.js';
export type { EncodeSegment } from './plan-holes.js';
