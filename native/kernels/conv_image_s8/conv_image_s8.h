/* SPDX-License-Identifier: Apache-2.0 */
/* conv_image_s8.h: the first layer of a network: windows over an image of few channels, whose rows of taps are so short
 * that gathering them would cost as much as multiplying. */
#ifndef SG_KERNELS_CONV_IMAGE_S8_H
#define SG_KERNELS_CONV_IMAGE_S8_H

#include "../conv_s8/conv_s8.h"

/* Whether the window is one of those unrolled here: 3 rows of at most 16 bytes (3 x 3 x RGB), 7 rows of at
 * most 32 (7 x 7 x RGB). */
static inline int sg_conv_image_s8_fits(const struct sg_conv_s8_args *a) {
  const size_t run = (size_t)a->window.kernel_w * a->in_c;
  return a->groups == 1 && a->window.dilation_w == 1 &&
         ((a->window.kernel_h == 3 && run <= 16) || (a->window.kernel_h == 7 && run <= 32));
}

/* sg_conv_s8 for a convolution that fits, with int8 results. */
sg_conv_s8_kernel sg_conv_image_s8;

#endif
