#include "bench.h"
#include "noise.h"

static void perturb(const float *means, const float *spreads, float *noises, float *targets, size_t n, uint32_t seed) {
  for (size_t i = 0; i < n; i++) {
    float noise = normal_at((uint32_t)i, seed);
    float spread = spreads[i] > 0x1p-30f ? spreads[i] : 0x1p-30f;
    noises[i] = noise;
    targets[i] = means[i] + spread * noise;
  }
}

int main(int argc, char **argv) {
  size_t n;
  const float *means = read_input(argv[1], 4, &n), *spreads = read_input(argv[2], 4, &n);
  float *noises = calloc(n, 4), *targets = calloc(n, 4);
  MEASURE(best, (void)0, perturb(means, spreads, noises, targets, n, (uint32_t)atol(argv[3])))
  report(best, targets, n * 4);
  return argc < 4;
}
