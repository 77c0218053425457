/* neoni8mm.c: conv_transpose_s8 by the SMMLA kernels of gemm_s8. */
#if defined(__aarch64__)
#include "phases.h"

void sg_gemm_s8_s8_4x16c8__neoni8mm(const struct sg_gemm_s8_args *);
void sg_gemm_s8_f32_4x16c8__neoni8mm(const struct sg_gemm_s8_args *);

void sg_conv_transpose_s8_s8_4x16c8__neoni8mm(const struct sg_conv_transpose_s8_args *a) {
  sg_conv_transpose_s8_by_gemm(a, sg_gemm_s8_s8_4x16c8__neoni8mm, sizeof(int8_t));
}

void sg_conv_transpose_s8_f32_4x16c8__neoni8mm(const struct sg_conv_transpose_s8_args *a) {
  sg_conv_transpose_s8_by_gemm(a, sg_gemm_s8_f32_4x16c8__neoni8mm, sizeof(float));
}
#endif
