/* select.c: selects among the kernels of slice_s8. */
#include "kernels.inc"
#include "slice_s8.h"

SG_DEFINE_FAMILY(slice_s8)
