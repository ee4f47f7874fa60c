#include "bench.h"
#include "noise.h"

static void draw(float *targets, size_t n, uint32_t seed) {
  for (size_t i = 0; i < n; i++) targets[i] = normal_at((uint32_t)i, seed);
}

int main(int argc, char **argv) {
  size_t n = (size_t)atol(argv[1]);
  float *targets = calloc(n, 4);
  MEASURE(best, (void)0, draw(targets, n, (uint32_t)atol(argv[2])))
  report(best, targets, n * 4);
  return argc < 3;
}
