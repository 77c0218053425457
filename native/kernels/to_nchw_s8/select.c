/* select.c: selects among the kernels of to_nchw_s8. */
#include "kernels.inc"
#include "to_nchw_s8.h"

SG_DEFINE_FAMILY(to_nchw_s8)
