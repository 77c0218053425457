/* avx512vnni.c: conv_image_s8 by the AVX-512 VNNI kernel of gemm_s8. */
#if defined(__x86_64__) && !defined(__APPLE__) /* macOS announces AVX-512 only once a process has used it */
#include "gather.h"

void sg_gemm_s8_s8_7x32c4__avx512vnni(const struct sg_gemm_s8_args *);

void sg_conv_image_s8_s8_7x32c4__avx512vnni(const struct sg_conv_image_s8_args *a) {
  sg_conv_image_s8_by_gemm(a, sg_gemm_s8_s8_7x32c4__avx512vnni);
}
#endif
