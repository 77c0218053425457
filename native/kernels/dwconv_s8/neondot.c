/* SPDX-License-Identifier: Apache-2.0 */
/* neondot.c: only chooses, for CPUs with SDOT. */
#if defined(__aarch64__)

#include "neon.h"

void sg_dwconv_s8_s8_2x8c4__neondot(const struct sg_dwconv_s8_args *a) {
  if (sg_dw_is_square(&a->window, 3))
    sg_dwconv_s8_3x3__neondot(a);
  else if (sg_dw_is_square(&a->window, 5))
    sg_dwconv_s8_5x5__neondot(a);
  else
    sg_dwconv_s8_any__neon(a);
}

#endif
