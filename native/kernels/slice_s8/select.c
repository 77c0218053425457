/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects among the kernels of slice_s8. */
#include "slice_s8.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(slice_s8)
