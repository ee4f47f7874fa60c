import type { Dataset } from '../data/dataset.js';
import { openDataset } from '../data/node/open-dataset.js';

/** `--data`: a folder in wring's own format, or .npy/.npz. `path#split` takes another split than `test`. */
export function openData(option: string, _modelPath: string): Promise<Dataset> {
  const [path, split] = option.split('#');
  return openDataset(path, split ? { split } : {});
}
