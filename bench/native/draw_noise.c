// draw_noise n seed 0|1: normals, or uniforms
#include "bench.h"
#include "noise.h"

static void draw_normals(float *targets, size_t n, uint32_t seed) {
  for (size_t i = 0; i < n; i++) targets[i] = normal_at((uint32_t)i, seed);
}

static void draw_uniforms(float *targets, size_t n, uint32_t seed) {
  for (size_t i = 0; i < n; i++) targets[i] = (float)((hash_index((uint32_t)i, seed) >> 8) | 1) * 0x1p-24f;
}

int main(int argc, char **argv) {
  if (argc < 4) return 1;
  size_t n = (size_t)atol(argv[1]);
  uint32_t seed = (uint32_t)atol(argv[2]);
  float *targets = calloc(n, 4);
  void (*draw)(float *, size_t, uint32_t) = atoi(argv[3]) ? draw_uniforms : draw_normals;
  MEASURE(best, (void)0, draw(targets, n, seed))
  report(best, targets, n * 4);
  return 0;
}
