/* select.c: selects among the kernels of mul_s8. */
#include "kernels.inc"
#include "mul_s8.h"

SG_DEFINE_FAMILY(mul_s8)
