// The exponential and the logarithm of src/kernels/reference/fast-math.ts.
#pragma once
#include <math.h>
#include <stdint.h>
#include <string.h>

static inline float exp2_fast(float x) {
  float clamped = x < -126 ? -126 : x > 126 ? 126 : x;
  float whole = floorf(clamped + 0.5f), part = clamped - whole, power;
  int32_t bits = ((int32_t)whole + 127) << 23;
  memcpy(&power, &bits, 4);
  float sum = 0.0013381302123889327f;
  sum = sum * part + 0.00966636836528778f;
  sum = sum * part + 0.055503811687231064f;
  sum = sum * part + 0.2402234971523285f;
  sum = sum * part + 0.6931471824645996f;
  return power * (1 + part * sum);
}

static inline float log2_fast(float x) {
  int32_t bits, ones;
  float part;
  memcpy(&bits, &x, 4);
  ones = (bits & 0x7fffff) | 0x3f800000;
  memcpy(&part, &ones, 4);
  part -= 1;
  float sum = 0.02001664973795414f;
  sum = sum * part + -0.09462680667638779f;
  sum = sum * part + 0.213943213224411f;
  sum = sum * part + -0.3383772075176239f;
  sum = sum * part + 0.47749635577201843f;
  sum = sum * part + -0.7211440801620483f;
  sum = sum * part + 1.4426929950714111f;
  return (float)((int32_t)((uint32_t)bits >> 23) - 127) + part * sum;
}
