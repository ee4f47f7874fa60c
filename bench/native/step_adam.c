#include "bench.h"
#include <math.h>

/** gradientScale, beta1, 1 − beta1, beta2, 1 − beta2, 1 / √correction2, epsilon, rate / correction1, rate · decay */
static void step(float *w, const float *gradients, float *m, float *s, size_t n, const float *c) {
  for (size_t i = 0; i < n; i++) {
    float g = c[0] * gradients[i];
    m[i] = c[1] * m[i] + c[2] * g;
    s[i] = c[3] * s[i] + c[4] * (g * g);
    w[i] = w[i] - c[8] * w[i] - c[7] * (m[i] / (sqrtf(s[i]) * c[5] + c[6]));
  }
}

int main(int argc, char **argv) {
  size_t n;
  const float *start = read_input(argv[1], 4, &n), *g = read_input(argv[2], 4, &n);
  const float *m0 = read_input(argv[3], 4, &n), *s0 = read_input(argv[4], 4, &n);
  float *w = calloc(n, 4), *m = calloc(n, 4), *s = calloc(n, 4), constants[9];
  for (int i = 0; i < 9; i++) constants[i] = (float)atof(argv[5 + i]);
  MEASURE(best, (memcpy(w, start, n * 4), memcpy(m, m0, n * 4), memcpy(s, s0, n * 4)), step(w, g, m, s, n, constants))
  report(best, w, n * 4);
  return argc < 14;
}
