/** About as many numbers of an input as fit a processor's cache. */
const ELEMENTS_PER_RUN = 400_000;

/**
 * Samples of a run of which activations are fetched: those of all layers are held at once, so memory grows with it. Larger
 * runs are no faster.
 */
export const FEED_SAMPLES = 16;

/** How many samples of so many elements go into one run, `most` at most. */
export function samplesPerRun(elements: number, most: number): number {
  return Math.max(1, Math.min(most, Math.floor(ELEMENTS_PER_RUN / elements)));
}
