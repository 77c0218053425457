/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects among the kernels of rescale_s8. */
#include "rescale_s8.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(rescale_s8)
