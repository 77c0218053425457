/* bytes.h: vectors of bytes that every 64-bit CPU copies by an instruction or two. */
#ifndef SG_KERNELS_BYTES_H
#define SG_KERNELS_BYTES_H

#include <stdint.h>

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

typedef int8_t sg_bytes16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef int8_t sg_bytes64 __attribute__((vector_size(64), aligned(1), may_alias));

static inline void sg_copy_16(int8_t *to, const int8_t *from) {
  *(sg_bytes16 *)(void *)to = *(const sg_bytes16 *)(const void *)from;
}

/* LD1 and ST1 move four registers by an instruction each, which no compiler chooses by itself. */
static inline void sg_copy_64(int8_t *to, const int8_t *from) {
#if defined(__aarch64__)
  vst1q_s8_x4(to, vld1q_s8_x4(from));
#else
  *(sg_bytes64 *)(void *)to = *(const sg_bytes64 *)(const void *)from;
#endif
}

static inline sg_bytes16 sg_splat_16(int8_t value) {
  return value - (sg_bytes16){0};
}

#endif
