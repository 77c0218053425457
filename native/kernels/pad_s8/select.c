/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects among the kernels of pad_s8. */
#include "pad_s8.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(pad_s8)
