/* ref.c: defines conv_image_s8: what conv_s8 is. */
#include "conv_image_s8.h"

void sg_conv_s8_s8_1x8c4__ref(const struct sg_conv_s8_args *);

SG_REFERENCE void sg_conv_image_s8_s8_1x8c4__ref(const struct sg_conv_image_s8_args *a) {
  sg_conv_s8_s8_1x8c4__ref(&a->conv);
}
