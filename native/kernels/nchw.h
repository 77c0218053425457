/* SPDX-License-Identifier: Apache-2.0 */
/* nchw.h: the index of an element in NCHW, for inputs and outputs of the NHWC network. */
#ifndef SG_KERNELS_NCHW_H
#define SG_KERNELS_NCHW_H

#include <stddef.h>

/* `row` counts pixels through the batch. */
static inline size_t sg_nchw(size_t row, size_t c, size_t pixels, size_t channels) {
  return (row / pixels * channels + c) * pixels + row % pixels;
}

#endif
