/* select.c: selects among the kernels of quantize_s8. */
#include "kernels.inc"
#include "quantize_s8.h"

SG_DEFINE_FAMILY(quantize_s8)
