import { InvalidArgumentError } from 'commander';
import type { Dataset } from '../data/dataset.js';
import { type Preprocess, parsePreprocess } from '../data/index.js';
import { openDataset } from '../data/node/open-dataset.js';
import { readText } from '../data/node/read-file.js';

/** The arguments of `command.option` for how samples become inputs. */
export const PREPROCESS_OPTION = [
  '--preprocess <json>',
  'how samples become inputs: {"divide": 255, "mean": […], "std": […], "bgr": true, "layout": "NHWC", "size": [height, ' +
    'width]}, or a file that says so (default: what lies beside the model, or the data)',
  preprocessOption,
] as const;

export interface OpenDataOptions {
  /** The split where the option names none (default: `test`). */
  readonly usual?: string;
  /** As `openDataset` has it. */
  readonly ownSplit?: boolean;
  readonly preprocess?: Preprocess | undefined;
}

/**
 * `--data`: a folder in wring's own format or of images, or .npy/.npz. `path#split` takes another split than `usual`. How
 * samples become inputs may be given, or written beside the model or the data.
 */
export function openData(
  option: string,
  modelPath: string,
  { usual = 'test', ownSplit = false, preprocess }: OpenDataOptions = {},
): Promise<Dataset> {
  const [path, split = usual] = option.split('#');
  return openDataset(path, { model: modelPath, split, ownSplit, ...(preprocess ? { preprocess } : {}) });
}

function preprocessOption(value: string): Preprocess {
  const text = value.trimStart().startsWith('{') ? value : readText(value);
  try {
    return parsePreprocess(JSON.parse(text), '--preprocess');
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new InvalidArgumentError(`It is no JSON: ${cause.message}`);
  }
}
