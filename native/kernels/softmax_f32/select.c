/* select.c: selects among the kernels of softmax_f32. */
#include "kernels.inc"
#include "softmax_f32.h"

SG_DEFINE_FAMILY(softmax_f32)
