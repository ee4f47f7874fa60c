#include "bench.h"

static void build(const uint16_t *frequencies, size_t rows, size_t alphabet, uint32_t *tables) {
  for (size_t row = 0; row < rows; row++) {
    uint32_t *entry = tables + row * 4096;
    for (uint32_t symbol = 0; symbol < alphabet; symbol++) {
      uint32_t frequency = *frequencies++;
      for (uint32_t i = 0; i < frequency; i++) *entry++ = i << 20 | frequency << 8 | symbol;
    }
  }
}

static void decode(const uint16_t *stream, const uint32_t *tables, const uint8_t *contexts, size_t n, uint8_t *symbols) {
  uint32_t states[16];
  memcpy(states, stream, 64);
  const uint16_t *words = stream + 32;
  for (size_t i = 0; i + 16 <= n; i += 16) {
    for (int lane = 0; lane < 16; lane++) {
      uint32_t state = states[lane];
      uint32_t entry = tables[(size_t)contexts[i + lane] << 12 | (state & 4095)];
      symbols[i + lane] = (uint8_t)entry;
      state = (entry >> 8 & 4095) * (state >> 12) + (entry >> 20);
      uint32_t low = state < 65536;
      states[lane] = low ? state << 16 | *words : state;
      words += low;
    }
  }
}

int main(int argc, char **argv) {
  size_t bytes, cells, n, alphabet = (size_t)atoi(argv[4]);
  const uint16_t *stream = read_input(argv[1], 1, &bytes);
  const uint16_t *frequencies = read_input(argv[2], 2, &cells);
  const uint8_t *contexts = read_input(argv[3], 1, &n);
  uint32_t *tables = malloc(cells / alphabet * 16384);
  uint8_t *symbols = malloc(n);
  MEASURE(best, , (build(frequencies, cells / alphabet, alphabet, tables), decode(stream, tables, contexts, n, symbols)))
  report(best, symbols, n);
  return argc < 5;
}
