import type { Dataset } from '../data/dataset.js';
import { openDataset } from '../data/node/open-dataset.js';

/**
 * `--data`: a folder in wring's own format, or .npy/.npz. `path#split` takes another split than `usual`. How samples
 * become inputs may be written beside the model.
 */
export function openData(option: string, modelPath: string, usual = 'test'): Promise<Dataset> {
  const [path, split = usual] = option.split('#');
  return openDataset(path, { model: modelPath, split });
}
