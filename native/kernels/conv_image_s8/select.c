/* select.c: only chooses among the variants of conv_image_s8. */
#include "conv_image_s8.h"

#define SG_KERNEL(name, isa, output, mr, nr, kr) void name(const struct sg_conv_image_s8_args *);
#include "kernels.inc"
#undef SG_KERNEL

static const struct sg_conv_image_s8_variant variants[] = {
#define SG_KERNEL(name, isa, output, mr, nr, kr) {name, isa, output, mr, nr, kr},
#include "kernels.inc"
#undef SG_KERNEL
};

SG_NAMES static const char *const names[] = {
#define SG_KERNEL(name, isa, output, mr, nr, kr) #name,
#include "kernels.inc"
#undef SG_KERNEL
};

SG_DEFINE_FAMILY(conv_image_s8)
