// CRC-32 as in gzip (reflected 0xEDB88320), sixteen bytes at a time. Specification: src/kernels/reference/crc32.ts.

/** u32[16][256]: row k says what a byte does k bytes later. */
const TABLE = memory.data(16384, 16);

/** The checksum of `n` bytes. */
export function crc32(bytes: usize, n: i32): u32 {
  if (load<u32>(TABLE, 4) == 0) fillTable();
  let remainder: u32 = 0xffffffff;
  const end = bytes + <usize>n;
  for (; bytes + 16 <= end; bytes += 16) {
    remainder =
      four(load<u32>(bytes) ^ remainder, 12 << 10) ^
      four(load<u32>(bytes, 4), 8 << 10) ^
      four(load<u32>(bytes, 8), 4 << 10) ^
      four(load<u32>(bytes, 12), 0);
  }
  for (; bytes < end; bytes++) {
    remainder = (remainder >>> 8) ^ load<u32>(TABLE + (((remainder ^ load<u8>(bytes)) & 255) << 2));
  }
  return ~remainder;
}

/** What four bytes do, from a row on. */
// @ts-ignore: decorator
@inline
function four(bytes: u32, row: usize): u32 {
  const rows = TABLE + row;
  return (
    load<u32>(rows + ((bytes & 255) << 2), 3072) ^
    load<u32>(rows + (((bytes >>> 8) & 255) << 2), 2048) ^
    load<u32>(rows + (((bytes >>> 16) & 255) << 2), 1024) ^
    load<u32>(rows + ((bytes >>> 24) << 2))
  );
}

function fillTable(): void {
  for (let byte: u32 = 0; byte < 256; byte++) {
    let remainder = byte;
    for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ (0xedb88320 & (0 - (remainder & 1)));
    store<u32>(TABLE + (byte << 2), remainder);
  }
  for (let i: u32 = 0; i < 15 * 256; i++) {
    const before = load<u32>(TABLE + (i << 2));
    store<u32>(TABLE + (i << 2), (before >>> 8) ^ load<u32>(TABLE + ((before & 255) << 2)), 1024);
  }
}
