/* SPDX-License-Identifier: Apache-2.0 */
/* dwconv_s8.h: depthwise convolution (one filter per channel) over NHWC int8. */
#ifndef SG_KERNELS_DWCONV_S8_H
#define SG_KERNELS_DWCONV_S8_H

#include "../family.h"
#include "../requant.h"
#include "../window.h"

enum { SG_DW_PANEL = 16 };

/* Channels in panels of 16; the last panel's missing channels are bias 0, scale 1, weights 0. */
struct sg_dw_panel {
  int32_t bias[SG_DW_PANEL];
  float scale[SG_DW_PANEL];
  int8_t weights[]; /* [kernel_h * kernel_w][16] */
};

static inline size_t sg_dw_panel_bytes(size_t taps) {
  return sizeof(struct sg_dw_panel) + SG_DW_PANEL * taps;
}

struct sg_dwconv_s8_args {
  const int8_t *input; /* [batch][in_h][in_w][channels]; 64 bytes past the end may be read */
  const void *weights; /* panels */
  int8_t *output;      /* [batch][out_h][out_w][channels] */
  size_t begin, end;   /* rows of the output, counted through the batch */
  struct sg_window window;
  size_t channels;
  int8_t padding; /* the input's zero point */
  struct sg_requant requant;
};

SG_DECLARE_FAMILY(dwconv_s8)

#endif
