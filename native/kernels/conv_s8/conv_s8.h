/* SPDX-License-Identifier: Apache-2.0 */
/* conv_s8.h: any 2-D convolution, grouped or not, over NHWC int8: im2col and a kernel of gemm_s8, which the caller
 * selects. */
#ifndef SG_KERNELS_CONV_S8_H
#define SG_KERNELS_CONV_S8_H

#include "../family.h"
#include "../gemm_s8/gemm_s8.h"
#include "../panel.h"
#include "../requant.h"
#include "../window.h"

struct sg_conv_s8_args {
  const int8_t *input; /* [batch][in_h][in_w][in_c]; 64 bytes past the end may be read */
  const void *weights; /* panels of layout n8c4, group after group */
  void *output;        /* [batch][out_h][out_w][out_c], int8 or float32 as `gemm` writes */
  int8_t *scratch;     /* sg_conv_s8_scratch bytes for this call alone, aligned to 64 */
  size_t begin, end;   /* rows of the output, counted through the batch: batch * out_h in all */
  struct sg_window window;
  size_t in_c, out_c, groups;
  int8_t padding; /* the input's zero point */
  struct sg_requant requant;
  const struct sg_variant *gemm; /* of gemm_s8; ref.c does not use it */
};

/* Scratch for `positions` of the output and a reduction of k: as many im2col rows as gemm_s8 takes at once and 64 bytes
 * that may be written past them, then the scratch of gemm_s8. */
static inline size_t sg_conv_s8_columns(size_t k, size_t positions) {
  return (sg_gemm_s8_block(k, positions) * sg_panel_depth(k) + 64 + 63) / 64 * 64;
}
static inline size_t sg_conv_s8_scratch(size_t k, size_t positions) {
  return sg_conv_s8_columns(k, positions) + sg_gemm_s8_scratch(k, positions);
}

typedef void sg_conv_s8_kernel(const struct sg_conv_s8_args *);

/* Runs the convolution; its results equal those of ref.c. */
sg_conv_s8_kernel sg_conv_s8;

/* The definition, for tests. */
sg_conv_s8_kernel sg_conv_s8_s8_1x8c4__ref, sg_conv_s8_f32_1x8c4__ref;

#endif
