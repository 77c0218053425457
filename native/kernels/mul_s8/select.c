/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects among the kernels of mul_s8. */
#include "mul_s8.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(mul_s8)
