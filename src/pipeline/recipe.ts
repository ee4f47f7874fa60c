import {
  type ChosenOptions,
  COMPRESS_DEFAULTS,
  type CompressOptions,
  fusesUsually,
  resolveCompressOptions,
} from './options.js';

/**
 * What has to be said to do it again: the method that was chosen, quality, seed, and every other option that is not as it
 * is by default. Travels in the file.
 */
export type Recipe = CompressOptions & Required<Pick<CompressOptions, 'method' | 'seed'>> & { quality: number };

export function recipeOf(options: ChosenOptions, chosen: Recipe['method']): Recipe {
  const given = new Map<string, unknown>(Object.entries(options));
  const special = Object.entries(COMPRESS_DEFAULTS)
    .filter(
      ([name, value]) =>
        JSON.stringify(given.get(name)) !== JSON.stringify(value) ||
        (name === 'fuseBatchNorm' && !fusesUsually(options)),
    )
    .map(([name]) => [name, given.get(name)]);
  const { quality, seed } = options;
  return { ...Object.fromEntries(special), method: chosen, quality, seed };
}

/** The options of a recipe that came with a file; null for what is none. @throws {WringError} E_OPTION */
export function optionsOfRecipe(recipe: unknown): Required<CompressOptions> | null {
  if (typeof recipe !== 'object' || recipe === null) return null;
  return resolveCompressOptions(recipe);
}
