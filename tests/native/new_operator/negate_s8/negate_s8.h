/* negate_s8.h: -(x - zero_point), requantised. */
#ifndef SG_KERNELS_NEGATE_S8_H
#define SG_KERNELS_NEGATE_S8_H

#include "../family.h"
#include "../requant.h"

struct sg_negate_s8_args {
  const int8_t *input;
  int8_t *output;
  size_t begin, end; /* elements */
  int32_t input_zero_point;
  struct sg_requant requant;
};

SG_DECLARE_FAMILY(negate_s8)

#endif
