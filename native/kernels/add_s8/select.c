/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects among the kernels of add_s8. */
#include "add_s8.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(add_s8)
