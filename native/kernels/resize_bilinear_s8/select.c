/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects among the kernels of resize_bilinear_s8. */
#include "resize_bilinear_s8.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(resize_bilinear_s8)
