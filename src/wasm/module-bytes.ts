/** The bytes behind the text of a module. scripts/build-wasm.mjs writes it, and says why it is so. */
export function moduleBytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  let high = 0;
  for (let i = 0; i < text.length; i++) {
    const value = text.charCodeAt(i) - 37;
    if (value < 0) high = -89 * value;
    else {
      bytes.push(high + value - 4);
      high = 0;
    }
  }
  return Uint8Array.from(bytes);
}
