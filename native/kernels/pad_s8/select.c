/* select.c: selects among the kernels of pad_s8. */
#include "kernels.inc"
#include "pad_s8.h"

SG_DEFINE_FAMILY(pad_s8)
