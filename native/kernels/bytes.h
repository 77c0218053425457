/* SPDX-License-Identifier: Apache-2.0 */
/* bytes.h: bytes moved as vectors, which every 64-bit CPU loads and stores by an instruction or two. */
#ifndef SG_KERNELS_BYTES_H
#define SG_KERNELS_BYTES_H

#include <stddef.h>
#include <stdint.h>

#if defined(__aarch64__)
#include <arm_neon.h>
#endif

typedef int8_t sg_bytes16 __attribute__((vector_size(16), aligned(1), may_alias));
typedef int8_t sg_bytes64 __attribute__((vector_size(64), aligned(1), may_alias));
typedef uint64_t sg_bytes8 __attribute__((aligned(1), may_alias));
typedef uint32_t sg_bytes4 __attribute__((aligned(1), may_alias));

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

/* These two read and write whole vectors: up to 15 bytes more, which the caller writes later. They return the end of
 * the `count` bytes. */
static inline int8_t *sg_copy_past(int8_t *to, const int8_t *from, size_t count) {
  int8_t *const end = to + count;
  for (; count >= 64; count -= 64, from += 64, to += 64) sg_copy_64(to, from);
  for (; to < end; from += 16, to += 16) sg_copy_16(to, from);
  return end;
}

static inline int8_t *sg_fill_past(int8_t *to, sg_bytes16 value, size_t count) {
  int8_t *const end = to + count;
  for (; to < end; to += 16) *(sg_bytes16 *)(void *)to = value;
  return end;
}

/* Exactly `count` bytes: the last vector overlaps the one before it. */
static inline void sg_copy_exact(int8_t *to, const int8_t *from, size_t count) {
  if (count >= 16) {
    const size_t last = count - 16;
    sg_copy_past(to, from, last);
    sg_copy_16(to + last, from + last);
  } else if (count >= 8) {
    const sg_bytes8 first = *(const sg_bytes8 *)(const void *)from,
                    last = *(const sg_bytes8 *)(const void *)(from + count - 8);
    *(sg_bytes8 *)(void *)to = first;
    *(sg_bytes8 *)(void *)(to + count - 8) = last;
  } else if (count >= 4) {
    const sg_bytes4 first = *(const sg_bytes4 *)(const void *)from,
                    last = *(const sg_bytes4 *)(const void *)(from + count - 4);
    *(sg_bytes4 *)(void *)to = first;
    *(sg_bytes4 *)(void *)(to + count - 4) = last;
  } else if (count > 0) {
    to[0] = from[0];
    if (count > 1) to[1] = from[1];
    if (count > 2) to[2] = from[2];
  }
}

/* Exactly `count` bytes of one value. */
static inline void sg_fill_exact(int8_t *to, int8_t value, size_t count) {
  const sg_bytes16 all = sg_splat_16(value);
  if (count >= 16) {
    sg_fill_past(to, all, count - 16);
    *(sg_bytes16 *)(void *)(to + count - 16) = all;
  } else {
    for (size_t i = 0; i < count; i++) to[i] = value;
  }
}

/* One of many pixels written in order up to `end`: what is written past it is written again by the next. */
static inline void sg_copy_pixel(int8_t *to, const int8_t *from, size_t channels, const int8_t *end) {
  if ((size_t)(end - to) >= channels + 15)
    sg_copy_past(to, from, channels);
  else
    sg_copy_exact(to, from, channels);
}

#endif
