#include "bench.h"
#include <math.h>

static void choose(const float *w, const float *m, const uint8_t *contexts, size_t n, const float *c, int k,
                   const float *bits, int zero, uint16_t *codes) {
  for (size_t i = 0; i < n; i++) {
    const float *row = bits + (size_t)contexts[i] * (size_t)k;
    int nearest = codes[i], first = nearest < 2 ? 0 : nearest - 2, last = nearest + 2 < k ? nearest + 2 : k - 1;
    float best = INFINITY;
    int choice = nearest;
    if (zero < first) {
      float d = w[i] - c[zero], cost = m[i] * (d * d) + row[zero];
      if (cost < best) best = cost, choice = zero;
    }
    for (int j = first; j <= last; j++) {
      float d = w[i] - c[j], cost = m[i] * (d * d) + row[j];
      if (cost < best) best = cost, choice = j;
    }
    if (zero > last) {
      float d = w[i] - c[zero], cost = m[i] * (d * d) + row[zero];
      if (cost < best) choice = zero;
    }
    codes[i] = (uint16_t)choice;
  }
}

int main(int argc, char **argv) {
  size_t n, k, rows;
  const float *w = read_input(argv[1], 4, &n), *m = read_input(argv[2], 4, &n), *c = read_input(argv[3], 4, &k);
  const uint8_t *contexts = read_input(argv[4], 1, &n);
  const float *bits = read_input(argv[5], 4, &rows);
  const uint16_t *nearest = read_input(argv[6], 2, &n);
  uint16_t *codes = calloc(n, 2);
  MEASURE(best, memcpy(codes, nearest, n * 2), choose(w, m, contexts, n, c, (int)k, bits, atoi(argv[7]), codes))
  report(best, codes, n * 2);
  return argc < 8;
}
