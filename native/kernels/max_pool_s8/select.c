/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects among the kernels of max_pool_s8. */
#include "max_pool_s8.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(max_pool_s8)
