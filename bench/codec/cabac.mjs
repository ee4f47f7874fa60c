// The yardstick: a coder in the manner of DeepCABAC (Wiedemann et al. 2020, arXiv 1907.11900), as NNC has it. A level is told by
// binary decisions: is it zero, its sign, is it above 1, 2 … 10, and what is left by an exponential Golomb code; each has
// adaptive probabilities, "is it zero" by how many of the two levels before it are not. Two rates are averaged, as in wasm.md's
// best setting (1/32 and 1/256). Contexts go on from layer to layer, and no arithmetic coder loses a bit: in its favour.

const GREATER = 10;

/** Bits of all levels of all layers. */
export function cabacBits(layers) {
  const zero = Array.from({ length: 3 }, newContext);
  const sign = newContext();
  const greater = Array.from({ length: 2 * GREATER }, newContext);
  const prefix = Array.from({ length: 16 }, newContext);
  let bits = 0;
  const code = (context, bit) => {
    bits -= Math.log2(bit ? probability(context) : 1 - probability(context));
    learn(context, bit);
  };
  for (const { codes } of layers) {
    let before = 0;
    for (let i = 0; i < codes.length; i++) {
      const size = Math.abs(codes[i]);
      code(zero[before], size > 0);
      before = Number(i > 0 && codes[i - 1] !== 0) + Number(size > 0);
      if (size === 0) continue;
      const negative = codes[i] < 0;
      code(sign, negative);
      let k = 1;
      for (; k <= GREATER; k++) {
        code(greater[2 * (k - 1) + Number(negative)], size > k);
        if (size <= k) break;
      }
      if (k <= GREATER) continue;
      const rest = size - GREATER;
      const octave = 31 - Math.clz32(rest);
      for (let n = 0; n <= octave; n++) code(prefix[n], n < octave);
      bits += octave;
    }
  }
  return bits;
}

function newContext() {
  return { fast: 0.5, slow: 0.5 };
}

function probability({ fast, slow }) {
  return Math.min(1 - 2 ** -12, Math.max(2 ** -12, (fast + slow) / 2));
}

function learn(context, bit) {
  context.fast += (bit - context.fast) / 32;
  context.slow += (bit - context.slow) / 256;
}
