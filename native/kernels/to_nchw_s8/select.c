/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects among the kernels of to_nchw_s8. */
#include "to_nchw_s8.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(to_nchw_s8)
