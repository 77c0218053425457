/* select.c: selects among the kernels of max_pool_s8. */
#include "kernels.inc"
#include "max_pool_s8.h"

SG_DEFINE_FAMILY(max_pool_s8)
