#include <math.h>

#include "bench.h"

static void spread_gradients(const float *gradients, const float *spreads, const float *noises, float *targets,
                             size_t n, float pull, float limit) {
  for (size_t i = 0; i < n; i++) {
    float own = spreads[i] > 0x1p-30f ? gradients[i] * noises[i] : 0;
    float missing = limit - spreads[i];
    targets[i] = own - pull * (missing > 0 ? missing : 0) * fabsf(noises[i]);
  }
}

int main(int argc, char **argv) {
  size_t n;
  const float *gradients = read_input(argv[1], 4, &n), *spreads = read_input(argv[2], 4, &n),
              *noises = read_input(argv[3], 4, &n);
  float *targets = calloc(n, 4);
  MEASURE(best, (void)0,
          spread_gradients(gradients, spreads, noises, targets, n, (float)atof(argv[4]), (float)atof(argv[5])))
  report(best, targets, n * 4);
  return argc < 6;
}
