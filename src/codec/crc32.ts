/** Slicing by four: TABLES[256 k + b] is b followed by k zero bytes. */
const TABLES = (() => {
  const tables = new Uint32Array(1024);
  for (let byte = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = remainder & 1 ? (remainder >>> 1) ^ 0xedb88320 : remainder >>> 1;
    tables[byte] = remainder;
  }
  for (let i = 256; i < 1024; i++) tables[i] = (tables[i - 256] >>> 8) ^ tables[tables[i - 256] & 255];
  return tables;
})();

/** CRC-32 as in gzip and PNG (reflected 0xEDB88320). `previous` continues an earlier result. */
export function crc32(bytes: Uint8Array, previous = 0): number {
  let remainder = ~previous;
  let i = 0;
  for (; i + 4 <= bytes.length; i += 4) {
    remainder ^= bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    remainder =
      TABLES[768 + (remainder & 255)] ^
      TABLES[512 + ((remainder >>> 8) & 255)] ^
      TABLES[256 + ((remainder >>> 16) & 255)] ^
      TABLES[remainder >>> 24];
  }
  for (; i < bytes.length; i++) remainder = (remainder >>> 8) ^ TABLES[(remainder ^ bytes[i]) & 255];
  return ~remainder >>> 0;
}
