// CRC-32 as in gzip (reflected 0xEDB88320), eight bytes at a time. Specification: src/codec/crc32.ts.

/** u32[8][256]: row k says what a byte does k bytes later. */
const TABLE = memory.data(8192, 16);

/** The checksum of `n` bytes. */
export function crc32(bytes: usize, n: i32): u32 {
  fillTable();
  let remainder: u32 = 0xffffffff;
  const end = bytes + <usize>n;
  for (; bytes + 8 <= end; bytes += 8) {
    const first = load<u32>(bytes) ^ remainder;
    const second = load<u32>(bytes, 4);
    remainder =
      load<u32>(TABLE + ((first & 255) << 2), 7168) ^
      load<u32>(TABLE + (((first >>> 8) & 255) << 2), 6144) ^
      load<u32>(TABLE + (((first >>> 16) & 255) << 2), 5120) ^
      load<u32>(TABLE + ((first >>> 24) << 2), 4096) ^
      load<u32>(TABLE + ((second & 255) << 2), 3072) ^
      load<u32>(TABLE + (((second >>> 8) & 255) << 2), 2048) ^
      load<u32>(TABLE + (((second >>> 16) & 255) << 2), 1024) ^
      load<u32>(TABLE + ((second >>> 24) << 2));
  }
  for (; bytes < end; bytes++) {
    remainder = (remainder >>> 8) ^ load<u32>(TABLE + (((remainder ^ load<u8>(bytes)) & 255) << 2));
  }
  return ~remainder;
}

function fillTable(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (0xedb88320 & (0 - (remainder & 1)));
    store<u32>(TABLE + (byte << 2), remainder);
  }
  for (let i: u32 = 0; i < 7 * 256; i++) {
    const before = load<u32>(TABLE + (i << 2));
    store<u32>(TABLE + (i << 2), (before >>> 8) ^ load<u32>(TABLE + ((before & 255) << 2)), 1024);
  }
}
