/* select.c: selects among the kernels of resize_nearest_s8. */
#include "kernels.inc"
#include "resize_nearest_s8.h"

SG_DEFINE_FAMILY(resize_nearest_s8)
