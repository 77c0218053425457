/* select.c: selects among the kernels of prelu_s8. */
#include "kernels.inc"
#include "prelu_s8.h"

SG_DEFINE_FAMILY(prelu_s8)
