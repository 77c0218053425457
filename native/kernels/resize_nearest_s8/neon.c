/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: resize_nearest_s8: pixels are copied as vectors; a row that repeats the one before is one copy of it. */
#if defined(__aarch64__)

#include "../bytes.h"
#include "resize_nearest_s8.h"

/* One row of the output. */
static void widen(const struct sg_resize_nearest_s8_args *a, const int8_t *from, int8_t *to, const int8_t *end) {
  const size_t c = a->channels, step = a->in_w / a->out_w * c, more = a->in_w % a->out_w;
  size_t rest = 0; /* x * in_w modulo out_w */
  for (size_t x = a->out_w; x > 0; x--, to += c) {
    sg_copy_pixel(to, from, c, end);
    from += step;
    rest += more;
    if (rest >= a->out_w) {
      rest -= a->out_w;
      from += c;
    }
  }
}

void sg_resize_nearest_s8_s8_1x64c1__neon(const struct sg_resize_nearest_s8_args *a) {
  const size_t width = a->out_w * a->channels, pitch = a->in_w * a->channels;
  const int8_t *const end = a->output + a->end * width, *before = NULL;
  for (size_t row = a->begin; row < a->end; row++) {
    const size_t y = row / a->out_h * a->in_h + row % a->out_h * a->in_h / a->out_h;
    const int8_t *from = a->input + y * pitch;
    int8_t *to = a->output + row * width;
    if (from == before)
      sg_copy_exact(to, to - width, width);
    else
      widen(a, from, to, end);
    before = from;
  }
}

#endif
