/* kernel_driver.c: runs every kernel of every family that this CPU can run against its reference.
 *
 *   kernel_driver [MASK]     MASK: only these bits of enum sg_isa
 *
 * One line `executed <name> <cases>` per row of a kernels.inc; status 1 at the first difference, with the case. Before
 * them, one line `named <kind> <name>` per operator kind. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "../../native/runtime/cpu.h"

int sg_test_add_s8(uint32_t isa);
int sg_test_avg_pool_s8(uint32_t isa);
int sg_test_conv_image_s8(uint32_t isa);
int sg_test_channel_shuffle_s8(uint32_t isa);
int sg_test_conv_s8(uint32_t isa);
int sg_test_conv_transpose_s8(uint32_t isa);
int sg_test_dequantize_s8(uint32_t isa);
int sg_test_dwconv_s8(uint32_t isa);
int sg_test_gemm_s8(uint32_t isa);
int sg_test_lut_s8(uint32_t isa);
int sg_test_max_pool_s8(uint32_t isa);
int sg_test_missing(uint32_t isa);
int sg_test_mul_s8(uint32_t isa);
int sg_test_pad_s8(uint32_t isa);
int sg_test_prelu_s8(uint32_t isa);
int sg_test_quantize_s8(uint32_t isa);
int sg_test_rescale_s8(uint32_t isa);
int sg_test_resize_bilinear_s8(uint32_t isa);
int sg_test_resize_nearest_s8(uint32_t isa);
int sg_test_slice_s8(uint32_t isa);
int sg_test_softmax_f32(uint32_t isa);
int sg_test_to_nchw_s8(uint32_t isa);

int main(int argc, char **argv) {
  static int (*const tests[])(uint32_t) = {sg_test_missing,
                                           sg_test_gemm_s8,
                                           sg_test_conv_image_s8,
                                           sg_test_conv_s8,
                                           sg_test_conv_transpose_s8,
                                           sg_test_dwconv_s8,
                                           sg_test_add_s8,
                                           sg_test_mul_s8,
                                           sg_test_lut_s8,
                                           sg_test_prelu_s8,
                                           sg_test_avg_pool_s8,
                                           sg_test_max_pool_s8,
                                           sg_test_rescale_s8,
                                           sg_test_softmax_f32,
                                           sg_test_quantize_s8,
                                           sg_test_dequantize_s8,
                                           sg_test_to_nchw_s8,
                                           sg_test_pad_s8,
                                           sg_test_slice_s8,
                                           sg_test_channel_shuffle_s8,
                                           sg_test_resize_nearest_s8,
                                           sg_test_resize_bilinear_s8};
  if (argc > 1) sg_cpu_limit_isa((uint32_t)strtoul(argv[1], NULL, 0));
  for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
    if (tests[i](sg_cpu_isa())) return 1;
  return 0;
}
