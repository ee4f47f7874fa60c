#include "bench.h"

static uint32_t table[8][256];

static void fill(void) {
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t remainder = byte;
    for (int bit = 0; bit < 8; bit++) remainder = remainder >> 1 ^ (0xedb88320u & (0u - (remainder & 1)));
    table[0][byte] = remainder;
  }
  for (int row = 1; row < 8; row++)
    for (int byte = 0; byte < 256; byte++)
      table[row][byte] = table[row - 1][byte] >> 8 ^ table[0][table[row - 1][byte] & 255];
}

static uint32_t crc32(const uint8_t *bytes, size_t n) {
  fill();
  uint32_t remainder = ~0u;
  for (; n >= 8; n -= 8, bytes += 8) {
    uint32_t first, second;
    memcpy(&first, bytes, 4);
    memcpy(&second, bytes + 4, 4);
    first ^= remainder;
    remainder = table[7][first & 255] ^ table[6][first >> 8 & 255] ^ table[5][first >> 16 & 255] ^ table[4][first >> 24] ^
                table[3][second & 255] ^ table[2][second >> 8 & 255] ^ table[1][second >> 16 & 255] ^ table[0][second >> 24];
  }
  for (; n > 0; n--) remainder = remainder >> 8 ^ table[0][(remainder ^ *bytes++) & 255];
  return ~remainder;
}

int main(int argc, char **argv) {
  size_t n;
  const uint8_t *bytes = read_input(argv[1], 1, &n);
  uint32_t result;
  MEASURE(best, , result = crc32(bytes, n))
  report(best, &result, 4);
  return argc < 2;
}
