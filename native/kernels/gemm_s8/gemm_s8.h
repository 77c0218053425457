/* gemm_s8.h: rows of int8 times a packed weight matrix: 1x1 convolution and linear. */
#ifndef SG_KERNELS_GEMM_S8_H
#define SG_KERNELS_GEMM_S8_H

#include "../family.h"
#include "../panel.h"
#include "../requant.h"

struct sg_gemm_s8_args {
  const int8_t *input; /* [rows][k]; 64 bytes past the end may be read */
  const void *weights; /* panels of layout n8c4 */
  void *output;        /* [rows][n], int8 or float32 by the variant */
  size_t begin, end;   /* rows to compute */
  size_t k, n;
  struct sg_requant requant; /* int8 output only */
};

SG_DECLARE_FAMILY(gemm_s8)

#endif
