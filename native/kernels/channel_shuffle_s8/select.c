/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects among the kernels of channel_shuffle_s8. */
#include "channel_shuffle_s8.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(channel_shuffle_s8)
