/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects among the kernels of lut_s8. */
#include "lut_s8.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(lut_s8)
