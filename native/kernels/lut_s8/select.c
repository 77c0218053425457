/* select.c: selects among the kernels of lut_s8. */
#include "kernels.inc"
#include "lut_s8.h"

SG_DEFINE_FAMILY(lut_s8)
