#include "fused_table.h"

static void assign(const float *w, size_t n, const float *c, int k, uint16_t *codes, uint32_t *t, uint32_t *table) {
  for (int i = 0; i + 1 < k; i++) {
    double middle = ((double)c[i] + (double)c[i + 1]) / 2;
    float rounded = (float)middle;
    t[i] = key_of(rounded) + ((double)rounded <= middle);
  }
  int shift = fused_shift(t, k - 1);
  fill_fused_table(t, k - 1, shift, table);
  for (size_t i = 0; i < n; i++) codes[i] = (uint16_t)fused_rank(table, key_of(w[i]), shift);
}

int main(int argc, char **argv) {
  size_t n, k;
  const float *w = read_input(argv[1], 4, &n);
  const float *c = read_input(argv[2], 4, &k);
  uint16_t *codes = calloc(n, 2);
  uint32_t *t = calloc(k, 4), *table = calloc(1 << 20, 4);
  MEASURE(best, , assign(w, n, c, (int)k, codes, t, table))
  report(best, codes, n * 2);
  return argc < 3;
}
