/* plan_names.c: what native/README.md calls the operator kinds. */
#include "plan.h"

const char *sg_op_name(uint32_t kind) {
  static const char names[][16] = {
      [SG_GEMM] = "gemm",
      [SG_CONV] = "conv",
      [SG_DWCONV] = "dwconv",
      [SG_ADD] = "add",
      [SG_MAX_POOL] = "max_pool",
      [SG_AVG_POOL] = "avg_pool",
      [SG_RESCALE] = "rescale",
      [SG_SOFTMAX] = "softmax",
      [SG_QUANTIZE] = "quantize",
      [SG_DEQUANTIZE] = "dequantize",
      [SG_TO_NCHW] = "to_nchw",
      [SG_MUL] = "mul",
      [SG_LUT] = "lut",
      [SG_PRELU] = "prelu",
      [SG_PAD] = "pad",
      [SG_SLICE] = "slice",
      [SG_CHANNEL_SHUFFLE] = "channel_shuffle",
      [SG_RESIZE] = "resize",
      [SG_CONV_TRANSPOSE] = "conv_transpose",
  };
  return kind >= 1 && kind < sizeof names / sizeof *names ? names[kind] : NULL;
}
