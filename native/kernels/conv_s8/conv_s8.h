/* conv_s8.h: any 2-D convolution, grouped or not, over NHWC int8. */
#ifndef SG_KERNELS_CONV_S8_H
#define SG_KERNELS_CONV_S8_H

#include "../family.h"
#include "../panel.h"
#include "../requant.h"
#include "../window.h"

struct sg_conv_s8_args {
  const int8_t *input; /* [batch][in_h][in_w][in_c]; 64 bytes past the end may be read */
  const void *weights; /* panels of layout n8c4, group after group */
  void *output;        /* [batch][out_h][out_w][out_c], int8 or float32 by the variant */
  int8_t *scratch;     /* sg_panel_depth(kernel_h * kernel_w * in_c / groups) bytes, for this call alone */
  size_t begin, end;   /* rows of the output, counted through the batch: batch * out_h in all */
  struct sg_window window;
  size_t in_c, out_c, groups;
  int8_t padding; /* the input's zero point */
  struct sg_requant requant;
};

SG_DECLARE_FAMILY(conv_s8)

#endif
