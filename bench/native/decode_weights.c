#include "bench.h"

enum { TAPS = 9, CLASSES = 16 };

static void build(const uint16_t *frequencies, size_t alphabet, uint32_t *tables) {
  for (size_t row = 0; row < CLASSES; row++) {
    uint32_t *entry = tables + row * 4096;
    for (uint32_t symbol = 0; symbol < alphabet; symbol++) {
      uint32_t frequency = *frequencies++;
      for (uint32_t i = 0; i < frequency; i++) *entry++ = i << 20 | frequency << 8 | symbol;
    }
  }
}

/** classes[row][column][tap] = clamp(rows[row] + columns[column]) */
static void fill_classes(const int8_t *rows, size_t row_count, const int8_t *columns, size_t column_count, uint8_t *classes) {
  for (size_t row = 0; row < row_count; row++)
    for (size_t column = 0; column < column_count; column++) {
      int sum = rows[row] + columns[column];
      uint8_t class = (uint8_t)(sum < 0 ? 0 : sum > CLASSES - 1 ? CLASSES - 1 : sum);
      for (int tap = 0; tap < TAPS; tap++) *classes++ = class;
    }
}

static void decode(const uint16_t *stream, const uint32_t *tables, const uint8_t *classes, size_t n, uint8_t *symbols) {
  uint32_t states[16];
  memcpy(states, stream, 64);
  const uint16_t *words = stream + 32;
  for (size_t i = 0; i < n; i++) {
    uint32_t state = states[i & 15];
    uint32_t entry = tables[(size_t)classes[i] << 12 | (state & 4095)];
    symbols[i] = (uint8_t)entry;
    state = (entry >> 8 & 4095) * (state >> 12) + (entry >> 20);
    uint32_t low = state < 65536;
    states[i & 15] = low ? state << 16 | *words : state;
    words += low;
  }
}

static void look_up(const uint8_t *symbols, size_t n, const float *values, const float *scales, size_t inner, float *weights) {
  for (size_t i = 0; i < n; i++) weights[i] = values[symbols[i]] * scales[i / inner];
}

int main(int argc, char **argv) {
  size_t bytes, cells, row_count, column_count, alphabet, scale_count;
  const uint16_t *stream = read_input(argv[1], 1, &bytes);
  const uint16_t *frequencies = read_input(argv[2], 2, &cells);
  const int8_t *rows = read_input(argv[3], 1, &row_count);
  const int8_t *columns = read_input(argv[4], 1, &column_count);
  const float *values = read_input(argv[5], 4, &alphabet);
  const float *scales = read_input(argv[6], 4, &scale_count);
  size_t n = row_count * column_count * TAPS;
  uint32_t *tables = malloc(CLASSES * 16384);
  uint8_t *classes = malloc(n), *symbols = malloc(n);
  float *weights = malloc(4 * n);
  MEASURE(best, ,
          (build(frequencies, alphabet, tables), fill_classes(rows, row_count, columns, column_count, classes),
           decode(stream, tables, classes, n, symbols),
           look_up(symbols, n, values, scales, n / scale_count, weights)))
  report(best, weights, 4 * n);
  return argc < 7;
}
