/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects among the kernels of gemm_s8. */
#include "gemm_s8.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(gemm_s8)
