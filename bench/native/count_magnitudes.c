#include "bench.h"

static void count(const uint32_t *bits, size_t n, uint32_t *counts) {
  for (size_t i = 0; i < n; i++) {
    int bucket = (int)((bits[i] & 0x7fffffff) >> 12) - (0x35800000 >> 12);
    bucket = bucket < 0 ? 0 : bucket > 65535 ? 65535 : bucket;
    counts[bucket]++;
  }
}

int main(int argc, char **argv) {
  size_t n;
  const uint32_t *bits = read_input(argv[1], 4, &n);
  uint32_t *counts = calloc(65536, 4);
  MEASURE(best, memset(counts, 0, 65536 * 4), count(bits, n, counts))
  report(best, counts, 65536 * 4);
  return argc < 2;
}
