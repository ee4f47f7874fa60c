#include "bench.h"

static void step(float *w, const float *gradients, float *v, size_t n, float scale, float momentum, float rate,
                 float decay) {
  for (size_t i = 0; i < n; i++) {
    float g = scale * gradients[i];
    v[i] = momentum * v[i] + g;
    float direction = g + momentum * v[i];
    w[i] = w[i] - decay * w[i] - rate * direction;
  }
}

int main(int argc, char **argv) {
  size_t n;
  const float *start = read_input(argv[1], 4, &n), *g = read_input(argv[2], 4, &n), *before = read_input(argv[3], 4, &n);
  float *w = calloc(n, 4), *v = calloc(n, 4);
  MEASURE(best, (memcpy(w, start, n * 4), memcpy(v, before, n * 4)),
          step(w, g, v, n, (float)atof(argv[4]), (float)atof(argv[5]), (float)atof(argv[6]), (float)atof(argv[7])))
  report(best, w, n * 4);
  return argc < 8;
}
