export type { ExternalPlace, ResolveExternal } from './external-data.js';
export { EXTERNAL_LAYOUT_DEFAULTS, type ExternalLayout } from './external-layout.js';
export { beginsLikeModel, readModel } from './read-model.js';
export type { Segment } from './segment.js';
export { totalByteLength } from './segment-list.js';
export { type ModelFiles, modelBytes, writeModel, writeModelFiles } from './write-model.js';
