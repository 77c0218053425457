/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects among the kernels of avg_pool_s8. */
#include "avg_pool_s8.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(avg_pool_s8)
