/* SPDX-License-Identifier: Apache-2.0 */
/* conv_transpose_s8.h: transposed convolution over NHWC int8, one convolution of stride 1 per phase of its strides. */
#ifndef SG_KERNELS_CONV_TRANSPOSE_S8_H
#define SG_KERNELS_CONV_TRANSPOSE_S8_H

#include "../conv_s8/conv_s8.h"
#include "../family.h"
#include "../requant.h"
#include "../window.h"

struct sg_conv_transpose_s8_args {
  const int8_t *input;     /* [batch][in_h][in_w][in_c]; 64 bytes past the end may be read */
  const void *weights;     /* panels of layout n8c4, phase after phase */
  void *output;            /* [batch][out_h][out_w][out_c], int8 or float32 as `gemm` writes */
  int8_t *scratch;         /* sg_conv_transpose_s8_scratch bytes for this call alone, aligned to 64 */
  size_t begin, end;       /* rows of the output, counted through the batch: batch * out_h in all */
  struct sg_window window; /* padding is what is cut off the output; dilation 1 */
  size_t in_c, out_c;
  int8_t padding; /* the input's zero point */
  struct sg_requant requant;
  const struct sg_variant *gemm; /* of gemm_s8; ref.c does not use it */
};

/* One phase along one axis: outputs first, first + stride, …, `count` of them. Output i is the sum over `taps` inputs
 * from i - pad on, the tap of the highest kernel index first. */
struct sg_phase {
  int32_t first, count, taps, pad;
};

static inline struct sg_phase sg_phase_of(int32_t phase, int32_t kernel, int32_t stride, int32_t pad, int32_t out) {
  const int32_t taps = phase < kernel ? (kernel - phase + stride - 1) / stride : 0;
  const int32_t skipped = phase < pad ? (pad - phase + stride - 1) / stride : 0; /* outputs that were cut off */
  const int32_t first = skipped * stride + phase - pad;
  return (struct sg_phase){first, first < out ? (out - first + stride - 1) / stride : 0, taps, taps - 1 - skipped};
}

/* Weights of the phase (y, x); those of one without taps are biases and scales alone. */
static inline size_t sg_conv_transpose_s8_phase_bytes(const struct sg_phase *y, const struct sg_phase *x, size_t in_c,
                                                      size_t out_c) {
  const size_t depth = sg_panel_depth((size_t)y->taps * (size_t)x->taps * in_c);
  return (out_c + SG_PANEL - 1) / SG_PANEL * sg_panel_bytes(depth);
}

/* The reduction of the phase with most taps. */
static inline size_t sg_conv_transpose_s8_depth(const struct sg_window *w, size_t in_c) {
  return (size_t)((w->kernel_h + w->stride_h - 1) / w->stride_h) *
         (size_t)((w->kernel_w + w->stride_w - 1) / w->stride_w) * in_c;
}

/* Below so many results in a row of a phase, several rows are multiplied together, and their results, as many at most,
 * are copied from scratch. */
enum { SG_CONV_TRANSPOSE_NARROW = 32, SG_CONV_TRANSPOSE_BLOCK = 64 };

/* Scratch for `positions` of the output: what a convolution with that reduction needs, then those results, up to
 * float32. */
static inline size_t sg_conv_transpose_s8_products(size_t depth, size_t positions) {
  return (sg_conv_s8_scratch(depth, positions) + 63) / 64 * 64;
}
static inline size_t sg_conv_transpose_s8_scratch(const struct sg_window *w, size_t in_c, size_t out_c,
                                                  size_t positions) {
  return sg_conv_transpose_s8_products(sg_conv_transpose_s8_depth(w, in_c), positions) +
         SG_CONV_TRANSPOSE_BLOCK * out_c * sizeof(float);
}

typedef void sg_conv_transpose_s8_kernel(const struct sg_conv_transpose_s8_args *);

/* Runs the transposed convolution; its results equal those of ref.c. */
sg_conv_transpose_s8_kernel sg_conv_transpose_s8;

/* The definition, for tests. */
sg_conv_transpose_s8_kernel sg_conv_transpose_s8_s8_1x8c4__ref, sg_conv_transpose_s8_f32_1x8c4__ref;

#endif
