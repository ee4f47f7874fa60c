#include "bench.h"

static void count(const uint16_t *codes, size_t n, uint32_t *counts, size_t k, uint32_t *four) {
  memset(four, 0, k * 16);
  for (size_t i = 0; i + 4 <= n; i += 4) {
    four[codes[i]]++;
    four[k + codes[i + 1]]++;
    four[2 * k + codes[i + 2]]++;
    four[3 * k + codes[i + 3]]++;
  }
  for (size_t i = n & ~(size_t)3; i < n; i++) four[codes[i]]++;
  for (size_t c = 0; c < k; c++) counts[c] += four[c] + four[k + c] + four[2 * k + c] + four[3 * k + c];
}

int main(int argc, char **argv) {
  size_t n, k = (size_t)atoi(argv[2]);
  const uint16_t *codes = read_input(argv[1], 2, &n);
  uint32_t *counts = calloc(k, 4), *four = calloc(k, 16);
  MEASURE(best, memset(counts, 0, k * 4), count(codes, n, counts, k, four))
  report(best, counts, k * 4);
  return argc < 3;
}
