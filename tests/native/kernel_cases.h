/* kernel_cases.h: what the kernel tests share: seeded values, memory with guards, and the loop over a family's rows.
 * Every row is compared with the reference row of its family and output type, bit for bit. Inputs end 64 bytes (float32
 * inputs: 0) before a page that cannot be read; outputs lie between guard bytes. */
#ifndef SG_TESTS_KERNEL_CASES_H
#define SG_TESTS_KERNEL_CASES_H

#define _GNU_SOURCE
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../../native/kernels/requant.h"

enum { GUARD = 64, GUARD_BYTE = 0x5A, SLACK = 64, LARGEST = 1 << 20, PAGE = 1 << 16 };

static uint32_t state;
static inline uint32_t next_random(void) {
  state ^= state << 13;
  state ^= state >> 17;
  state ^= state << 5;
  return state;
}
static inline int32_t between(int32_t low, int32_t high) {
  return low + (int32_t)(next_random() % (uint32_t)(high - low + 1));
}
static inline float real_between(float low, float high) {
  return low + (high - low) * (float)(next_random() >> 8) / 16777216.0f;
}

/* Memory whose last byte is followed by a page that cannot be read, three of them. */
static inline char *region_end(int which) {
  static char *ends[3];
  if (!ends[which]) {
    char *start = mmap(NULL, LARGEST + PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED || mprotect(start + LARGEST, PAGE, PROT_NONE)) abort();
    ends[which] = start + LARGEST;
  }
  return ends[which];
}

static inline char *input_space(int which, size_t bytes, size_t slack) {
  if (bytes + slack > LARGEST) abort();
  char *at = region_end(which) - slack - bytes;
  memset(at + bytes, (int)next_random(), slack);
  return at;
}

/* Values of one of five kinds: all the same extreme, only extremes, or any. */
static inline const int8_t *int8_input(int which, size_t count, int32_t low) {
  int8_t *at = (int8_t *)input_space(which, count, SLACK);
  const int32_t kind = between(0, 7);
  for (size_t i = 0; i < count; i++)
    at[i] = (int8_t)(kind == 0   ? low
                     : kind == 1 ? 127
                     : kind == 2 ? (next_random() & 1 ? low : 127)
                                 : between(low, 127));
  return at;
}

static inline const float *float_input(int which, size_t count, float range, int specials) {
  float *at = (float *)(void *)input_space(which, count * sizeof *at, 0);
  for (size_t i = 0; i < count; i++) {
    at[i] = real_between(-range, range);
    if (next_random() % 8 == 0) at[i] = (float)between(-300, 300) * 0.5f; /* ties */
    if (specials && next_random() % 16 == 0)
      at[i] = (float[]){__builtin_nanf(""), __builtin_inff(), -__builtin_inff(), 1e30f}[between(0, 3)];
  }
  return at;
}

/* Both results, the expected and the actual, between guards; `offset` unaligns them. */
static char outputs[2][LARGEST];
static inline char *output_space(int which, size_t bytes, size_t offset) {
  if (bytes + offset + 2 * GUARD > LARGEST) abort();
  memset(outputs[which], GUARD_BYTE, bytes + offset + 2 * GUARD);
  return outputs[which] + GUARD + offset;
}
static inline int differ(const char *name, const char *description, size_t bytes, size_t offset) {
  const size_t all = bytes + offset + 2 * GUARD;
  if (memcmp(outputs[0], outputs[1], all) == 0) return 0;
  size_t i = 0;
  while (outputs[0][i] == outputs[1][i]) i++;
  printf("DIFFERENT %s: byte %ld of %zu: %d, expected %d: %s\n", name, (long)i - GUARD - (long)offset, bytes,
         outputs[1][i], outputs[0][i], description);
  return 1;
}

static inline struct sg_requant any_requant(int32_t zero_point) {
  struct sg_requant to = {zero_point, -128, 127};
  if (next_random() % 3 == 0) {
    if (next_random() % 3) to.clamp_min = between(-128, 127);
    if (next_random() % 3) to.clamp_max = between(to.clamp_min, 127);
  }
  return to;
}

static char description[512] __attribute__((unused));

/* `cases` times: `make` makes arguments `a` from `turn`, and `call` runs them by the reference (which = 0), then by the
 * row `name` (which = 1). */
#define COMPARE(name, arguments, row_output, cases, make, call)              \
  for (uint32_t turn = 0; turn < (cases); turn++)                            \
    for (int which = 0; which < 2; which++) {                                \
      state = 0x9E3779B9u * (turn + 1);                                      \
      const size_t offset = turn % 5 * ((row_output) == SG_OUT_F32 ? 4 : 1); \
      struct sg_##arguments##_args a;                                        \
      memset(&a, 0, sizeof a);                                               \
      const size_t bytes = make(&a, turn, row_output, which, offset);        \
      call;                                                                  \
      if (which && differ(name, description, bytes, offset)) return 1;       \
    }                                                                        \
  printf("executed %s %u\n", name, (unsigned)(cases))

/* Defines sg_test_<family>: every row of its kernels.inc that `isa` allows. */
#define TEST_FAMILY(family, cases, make)                                                    \
  int sg_test_##family(uint32_t isa) {                                                      \
    size_t count;                                                                           \
    const struct sg_variant *rows = sg_##family##_variants(&count);                         \
    for (size_t r = 0; r < count; r++) {                                                    \
      const struct sg_variant *row = &rows[r], *reference = rows;                           \
      if ((row->isa & isa) != row->isa) continue;                                           \
      while (reference->isa != SG_ISA_REF || reference->output != row->output) reference++; \
      COMPARE(sg_##family##_name(r), family, row->output, cases, make,                      \
              sg_##family##_run(which ? row : reference, &a));                              \
    }                                                                                       \
    return 0;                                                                               \
  }

/* Defines sg_test_<family> for a convolution over gemm_s8: sg_<family> with every row of gemm_s8 that `isa` allows and
 * that writes one of `outputs`, against the definition of struct sg_<arguments>_args. Its rows: <family>:<of gemm_s8>.
 */
#define TEST_CONVOLUTION(family, arguments, outputs, cases, make)                                          \
  int sg_test_##family(uint32_t isa) {                                                                     \
    size_t count;                                                                                          \
    const struct sg_variant *rows = sg_gemm_s8_variants(&count);                                           \
    for (size_t r = 0; r < count; r++) {                                                                   \
      char name[128];                                                                                      \
      if ((rows[r].isa & isa) != rows[r].isa || !(rows[r].output & (outputs))) continue;                   \
      sg_##arguments##_kernel *reference =                                                                 \
          rows[r].output == SG_OUT_F32 ? sg_##arguments##_f32_1x8c4__ref : sg_##arguments##_s8_1x8c4__ref; \
      snprintf(name, sizeof name, "%s:%s", #family, sg_gemm_s8_name(r));                                   \
      COMPARE(name, arguments, rows[r].output, cases, make,                                                \
              (a.gemm = &rows[r], (which ? sg_##family : reference)(&a)));                                 \
    }                                                                                                      \
    return 0;                                                                                              \
  }

#endif
