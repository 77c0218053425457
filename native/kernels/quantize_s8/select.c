/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects among the kernels of quantize_s8. */
#include "quantize_s8.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(quantize_s8)
