/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects among the kernels of prelu_s8. */
#include "prelu_s8.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(prelu_s8)
