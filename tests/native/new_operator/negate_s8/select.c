/* select.c: selects among the kernels of negate_s8. */
#include "negate_s8.h"

#include "kernels.inc"

SG_DEFINE_FAMILY(negate_s8)
