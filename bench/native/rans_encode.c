#include "bench.h"

static size_t encode(const uint8_t *symbols, size_t n, const uint8_t *contexts, const uint16_t *frequencies,
                     const uint16_t *starts, size_t alphabet, uint8_t *stream, uint16_t *end) {
  uint32_t states[16];
  for (int lane = 0; lane < 16; lane++) states[lane] = 65536;
  uint16_t *words = end;
  for (size_t i = n; i-- > 0;) {
    size_t entry = contexts[i] * alphabet + symbols[i];
    uint32_t frequency = frequencies[entry], state = states[i & 15];
    if (state >> 20 >= frequency) {
      *--words = (uint16_t)state;
      state >>= 16;
    }
    states[i & 15] = (state / frequency << 12) + state % frequency + starts[entry];
  }
  memcpy(stream, states, 64);
  memcpy(stream + 64, words, (size_t)(end - words) * 2);
  return 64 + (size_t)(end - words) * 2;
}

int main(int argc, char **argv) {
  size_t n, cells, same, alphabet = (size_t)atoi(argv[4]), length = 0;
  const uint8_t *symbols = read_input(argv[1], 1, &n);
  const uint16_t *frequencies = read_input(argv[2], 2, &cells);
  const uint8_t *contexts = read_input(argv[3], 1, &same);
  uint16_t *starts = calloc(cells, 2), *words = malloc(2 * n);
  for (size_t i = 1; i < cells; i++) starts[i] = i % alphabet ? (uint16_t)(starts[i - 1] + frequencies[i - 1]) : 0;
  uint8_t *stream = malloc(2 * n + 64);
  MEASURE(best, , length = encode(symbols, n, contexts, frequencies, starts, alphabet, stream, words + n))
  report(best, stream, length);
  return argc < 5;
}
