#include "fused_table.h"

static inline uint32_t key_below(double value) {
  float rounded = (float)value;
  return key_of(rounded + 0.0f) - ((double)rounded >= value);
}

static inline uint32_t key_at_most(double value) {
  float rounded = (float)value;
  return key_of(rounded + 0.0f) - ((double)rounded > value);
}

static void vote(const float *m, const float *s, size_t n, double delta, const float *c, int k, uint32_t *t,
                 uint32_t *table, int32_t *steps, int32_t *votes) {
  for (int i = 0; i < k; i++) t[i] = key_of(c[i] + 0.0f);
  int shift = fused_shift(t, k);
  fill_fused_table(t, k, shift, table);
  memset(steps, 0, (size_t)(k + 1) * 4);
  for (size_t i = 0; i < n; i++) {
    double reach = delta * s[i], low = m[i] - reach, high = m[i] + reach;
    if (!(low <= high)) continue;
    steps[fused_rank(table, key_below(low), shift)]++;
    steps[fused_rank(table, key_at_most(high), shift)]--;
  }
  int32_t sum = 0;
  for (int i = 0; i < k; i++) votes[i] = sum += steps[i];
}

int main(int argc, char **argv) {
  size_t n, k;
  const float *m = read_input(argv[1], 4, &n), *s = read_input(argv[2], 4, &n), *c = read_input(argv[3], 4, &k);
  uint32_t *t = calloc(k, 4), *table = calloc(1 << 20, 4);
  int32_t *steps = calloc(k + 1, 4), *votes = calloc(k, 4);
  MEASURE(best, , vote(m, s, n, atof(argv[4]), c, (int)k, t, table, steps, votes))
  report(best, votes, k * 4);
  return argc < 5;
}
