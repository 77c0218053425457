/* SPDX-License-Identifier: Apache-2.0 */
/* resize_bilinear_s8.h: the four neighbours of a position, weighed in integers. */
#ifndef SG_KERNELS_RESIZE_BILINEAR_S8_H
#define SG_KERNELS_RESIZE_BILINEAR_S8_H

#include "../family.h"
#include "../requant.h"

struct sg_resize_bilinear_s8_args {
  const int8_t *input; /* [batch][in_h][in_w][channels]; 64 bytes past the end may be read */
  int8_t *output;      /* [batch][out_h][out_w][channels] */
  int8_t *scratch;     /* sg_resize_bilinear_s8_scratch bytes for this call alone, aligned to 64 */
  size_t begin, end;   /* rows of the output, counted through the batch */
  size_t in_h, in_w, out_h, out_w, channels;
  int align_corners;
  int32_t input_zero_point;
  float scale; /* of the input, divided by the output's, times 2^-14 */
  struct sg_requant requant;
};

/* The neighbours of one output position along one axis: `weight` of 128 parts belong to the second. */
struct sg_neighbours {
  size_t first, second;
  int32_t weight;
};

static inline struct sg_neighbours sg_neighbours_of(size_t i, size_t in, size_t out, int align_corners) {
  const size_t centre = (2 * i + 1) * in; /* half pixels, as `out` below */
  const size_t position = align_corners ? i * (in - 1) : centre > out ? centre - out : 0;
  const size_t unit = !align_corners ? 2 * out : out > 1 ? out - 1 : 1;
  const size_t first = position / unit;
  return (struct sg_neighbours){first, first + 1 < in ? first + 1 : in - 1,
                                (int32_t)((position % unit * 256 + unit) / (2 * unit))};
}

/* Two rows of int16, each with 16 elements that may be written past its end. */
static inline size_t sg_resize_bilinear_s8_row(size_t out_w, size_t channels) {
  return (out_w * channels + 16 + 31) / 32 * 32;
}
static inline size_t sg_resize_bilinear_s8_scratch(size_t out_w, size_t channels) {
  return 2 * sizeof(int16_t) * sg_resize_bilinear_s8_row(out_w, channels);
}

SG_DECLARE_FAMILY(resize_bilinear_s8)

#endif
