/* SPDX-License-Identifier: Apache-2.0 */
/* neon.c: only chooses, for armv8.0. */
#if defined(__aarch64__)

#include "neon.h"

void sg_dwconv_s8_s8_2x8c2__neon(const struct sg_dwconv_s8_args *a) {
  if (sg_dw_is_square(&a->window, 3))
    sg_dwconv_s8_3x3__neon(a);
  else if (sg_dw_is_square(&a->window, 5))
    sg_dwconv_s8_5x5__neon(a);
  else
    sg_dwconv_s8_any__neon(a);
}

#endif
