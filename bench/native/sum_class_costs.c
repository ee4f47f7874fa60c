#include "bench.h"

int main(int argc, char **argv) {
  size_t n, same, cells, shape[3];
  const uint8_t *symbols = read_input(argv[1], 1, &n), *bases = read_input(argv[2], 1, &same);
  const int32_t *costs = read_input(argv[3], 4, &cells);
  for (int i = 0; i < 3; i++) shape[i] = (size_t)atoi(argv[4 + i]);
  int axis = atoi(argv[7]), count = atoi(argv[9]);
  size_t pitch = (size_t)atoi(argv[8]), length = shape[axis], outer = 1, inner = 1;
  for (int i = 0; i < axis; i++) outer *= shape[i];
  for (int i = axis + 1; i < 3; i++) inner *= shape[i];
  double *sums = malloc(length * (size_t)count * 8);
  MEASURE(best, memset(sums, 0, length * (size_t)count * 8), {
    for (size_t o = 0; o < outer; o++)
      for (size_t index = 0; index < length; index++) {
        int64_t sum[64] = {0};
        for (size_t i = (o * length + index) * inner; i < (o * length + index + 1) * inner; i++) {
          const int32_t *row = costs + symbols[i] * pitch + bases[i];
          for (int k = 0; k < count; k++) sum[k] += row[k];
        }
        for (int k = 0; k < count; k++) sums[index * (size_t)count + (size_t)k] += (double)sum[k];
      }
  })
  report(best, sums, length * (size_t)count * 8);
  return argc < 10;
}
