export { dedup } from './dedup.js';
export { type FoldConstantsOptions, foldConstants } from './fold-constants.js';
export { freeze } from './freeze.js';
export { fuseBatchNorm } from './fuse-batch-norm.js';
export { prune } from './prune.js';
export {
  SPELLINGS,
  type Spelling,
  type SpellingReport,
  type SpellStandardOptions,
  spellStandard,
} from './spell-standard.js';
export { wholeTables } from './whole-tables.js';
