export { type CodedTensor, type CostModel, type CostOptions, learnCosts } from './cost.js';
export { type EncodeOptions, type EncodeSegment, encodeWrg, encodeWrgBytes } from './encode.js';
export { openWithHead, openWrg, type WrgFile, type WrgTensor } from './open.js';
