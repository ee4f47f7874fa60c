import { assertIndex, assertSameLength } from '../arguments.js';

/** See GridKernels.roundToBins. */
export function roundToBins(
  numbers: Float32Array,
  scale: number,
  offset: number,
  values: Float32Array,
  bins: Uint16Array,
  targets: Float32Array,
): void {
  assertSameLength('bins', bins, 'numbers', numbers);
  assertSameLength('targets', targets, 'numbers', numbers);
  const [factor, shift, last] = [Math.fround(scale), Math.fround(offset), values.length - 1];
  for (let i = 0; i < numbers.length; i++) {
    const place = Math.fround(Math.fround(numbers[i] * factor) + shift);
    const bin = Math.floor(Math.max(0, Math.min(last, place)));
    bins[i] = bin;
    targets[i] = values[bin];
  }
}

/** See GridKernels.weighByBins. */
export function weighByBins(
  gradients: Float32Array,
  bins: Uint16Array,
  slopes: Float32Array,
  targets: Float32Array,
  sums: Float64Array,
): void {
  assertSameLength('bins', bins, 'gradients', gradients);
  assertSameLength('targets', targets, 'gradients', gradients);
  assertSameLength('sums', sums, 'slopes', slopes);
  for (let i = 0; i < gradients.length; i++) {
    const bin = bins[i];
    assertIndex('bins', bin, slopes.length);
    sums[bin] += gradients[i];
    targets[i] = gradients[i] * slopes[bin];
  }
}
