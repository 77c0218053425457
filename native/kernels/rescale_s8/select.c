/* select.c: selects among the kernels of rescale_s8. */
#include "kernels.inc"
#include "rescale_s8.h"

SG_DEFINE_FAMILY(rescale_s8)
