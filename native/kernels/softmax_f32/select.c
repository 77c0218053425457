/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects among the kernels of softmax_f32. */
#include "softmax_f32.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(softmax_f32)
