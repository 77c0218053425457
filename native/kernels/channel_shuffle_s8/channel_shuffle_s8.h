/* SPDX-License-Identifier: Apache-2.0 */
/* channel_shuffle_s8.h: the channels of each group dealt out in turn. */
#ifndef SG_KERNELS_CHANNEL_SHUFFLE_S8_H
#define SG_KERNELS_CHANNEL_SHUFFLE_S8_H

#include "../family.h"

struct sg_channel_shuffle_s8_args {
  const int8_t *input; /* [rows][groups][channels / groups]; 64 bytes past the end may be read */
  int8_t *output;      /* [rows][channels / groups][groups] */
  size_t begin, end;   /* rows */
  size_t channels, groups;
};

SG_DECLARE_FAMILY(channel_shuffle_s8)

#endif
