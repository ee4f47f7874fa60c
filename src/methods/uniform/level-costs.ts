import type { Tensor } from '../../core/index.js';
import type { LevelCosts } from './quantize-tensor.js';

export function learnLevelCosts(_tensors: readonly Tensor[], _lambda: number): ReadonlyMap<Tensor, LevelCosts> {
  return new Map();
}
