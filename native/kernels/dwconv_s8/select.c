/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects among the kernels of dwconv_s8. */
#include "dwconv_s8.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(dwconv_s8)
