export { findConvBlock } from './autodiff/blocked-conv.js';
export { differentiate } from './autodiff/differentiate.js';
export type * from './losses/loss.js';
export type * from './training-graph.js';
