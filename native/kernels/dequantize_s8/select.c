/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects among the kernels of dequantize_s8. */
#include "dequantize_s8.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(dequantize_s8)
