/* avx512vnni.c: conv_s8 by the AVX-512 VNNI kernels of gemm_s8. */
#if defined(__x86_64__) && !defined(__APPLE__) /* macOS announces AVX-512 only once a process has used it */
#include "im2col.h"

void sg_gemm_s8_s8_7x32c4__avx512vnni(const struct sg_gemm_s8_args *);
void sg_gemm_s8_f32_7x32c4__avx512vnni(const struct sg_gemm_s8_args *);

void sg_conv_s8_s8_7x32c4__avx512vnni(const struct sg_conv_s8_args *a) {
  sg_conv_s8_by_gemm(a, sg_gemm_s8_s8_7x32c4__avx512vnni, sizeof(int8_t));
}

void sg_conv_s8_f32_7x32c4__avx512vnni(const struct sg_conv_s8_args *a) {
  sg_conv_s8_by_gemm(a, sg_gemm_s8_f32_7x32c4__avx512vnni, sizeof(float));
}
#endif
