/** floats[i] = values[symbols[i]] */
export function lookUpFloats(symbols: Uint8Array, values: Float32Array, floats: Float32Array): void {
  for (let i = 0; i < floats.length; i++) floats[i] = values[symbols[i]];
}
