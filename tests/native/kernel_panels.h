/* kernel_panels.h: scratch and generated panels of weights for the families that multiply. */
#ifndef SG_TESTS_KERNEL_PANELS_H
#define SG_TESTS_KERNEL_PANELS_H

#include "../../native/kernels/panel.h"
#include "kernel_cases.h"

/* Scratch as large as promised, aligned to 64; beyond it is memory that cannot be written. */
static inline int8_t *scratch_space(size_t bytes) {
  static char *end;
  const size_t largest = 1 << 22;
  if (!end) {
    char *start = mmap(NULL, largest + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED || mprotect(start + largest, PAGE, PROT_NONE)) abort();
    end = start + largest;
  }
  if (bytes > largest) abort();
  bytes = (bytes + 63) / 64 * 64;
  return memset(end - bytes, (int)next_random(), bytes);
}

static uint32_t scale_kind __attribute__((unused));

/* Fills `groups` times ceil(channels / 8) panels. Scales from "all saturate" to "all are one
 * value", and powers of two, whose products are often halves; biases up to the ends of int32, so that sums wrap around.
 */
static inline void fill_panels(char *first, size_t k, size_t channels, size_t groups) {
  const size_t depth = sg_panel_depth(k), bytes = sg_panel_bytes(depth), count = groups * ((channels + 7) / 8);
  const int32_t weight_kind = between(0, 5), bias_kind = between(0, 5);
  scale_kind = (uint32_t)between(0, 3);
  for (size_t p = 0; p < count; p++) {
    struct sg_panel *panel = (struct sg_panel *)(void *)(first + p * bytes);
    const size_t exist = channels - p % ((channels + 7) / 8) * 8;
    for (size_t c = 0; c < 8; c++) {
      const int missing = c >= exist;
      const int32_t exponent = between(-22, 3), usual = between(-12, -5);
      const union {
        uint32_t bits;
        float real;
      } power = {(uint32_t)(127 + (scale_kind == 0 ? exponent : usual)) << 23};
      const int32_t bias = bias_kind == 0 ? (int32_t)next_random() : between(-100000, 100000);
      panel->bias[c] = missing ? 0 : bias;
      panel->scale[c] = missing ? 1.0f : scale_kind == 1 ? power.real : power.real * real_between(0.5f, 2.0f);
    }
    for (size_t i = 0; i < 8 * depth; i++) {
      const size_t c = i / 4 % 8, at = i / 32 * 4 + i % 4;
      const int32_t value = weight_kind == 0   ? -127
                            : weight_kind == 1 ? 127
                            : weight_kind == 2 ? (next_random() & 1 ? -127 : 127)
                                               : between(-127, 127);
      panel->weights[i] = (int8_t)(c >= exist || at >= k ? 0 : value);
    }
  }
}

/* The same in memory that is aligned to 4 and no more. */
static inline const void *panels(size_t k, size_t channels, size_t groups) {
  char *const first = input_space(2, groups * ((channels + 7) / 8) * sg_panel_bytes(sg_panel_depth(k)), 4);
  fill_panels(first, k, channels, groups);
  return first;
}

static inline size_t one_of(const int32_t *sizes, size_t count) {
  return (size_t)sizes[next_random() % count];
}
#define ONE_OF(...) one_of((const int32_t[]){__VA_ARGS__}, sizeof((int32_t[]){__VA_ARGS__}) / sizeof(int32_t))

#endif
