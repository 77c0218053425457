/* kernel_cases_missing.c: every operator has a kernel on this CPU, and one without is found and has a name. Prints
 * `named <kind> <name>` for every kind. */
#include <stdio.h>

#include "../../native/runtime/ops/op.h"

/* Of a plan of one operator, as far as the selection reads it; `forget` drops the kernel that was selected. */
static uint32_t missing(uint16_t kind, uint16_t flags, uint8_t output, uint32_t isa, int forget) {
  const struct sg_plan_header header = {.op_count = 1};
  const struct sg_tensor tensors[] = {{.dtype = SG_INT8}, {.dtype = output}};
  const struct sg_op op = {.kind = kind, .flags = flags, .input0 = 0, .output = 1};
  const struct sg_plan plan = {.header = &header, .tensors = tensors, .ops = &op};
  const struct sg_variant *kernels[1];
  sg_execution_select(&plan, isa, kernels);
  if (forget) kernels[0] = NULL;
  return sg_execution_missing_kernel(&plan, kernels);
}

int sg_test_missing(uint32_t isa) {
  for (uint16_t kind = SG_GEMM; sg_op_name(kind); kind++) {
    const int only_float = kind == SG_SOFTMAX || kind == SG_DEQUANTIZE;
    const int has_float =
        only_float || kind == SG_GEMM || kind == SG_CONV || kind == SG_CONV_TRANSPOSE || kind == SG_AVG_POOL;
    for (uint16_t flags = 0; flags <= SG_FLAG_BILINEAR; flags += SG_FLAG_BILINEAR)
      for (uint8_t output = only_float ? SG_FLOAT32 : SG_INT8; output <= (has_float ? SG_FLOAT32 : SG_INT8); output++)
        if (missing(kind, flags, output, isa, 1) != kind || missing(kind, flags, output, isa, 0) != 0) {
          printf("WRONG kernel of %s, flags %d, output %d\n", sg_op_name(kind), flags, output);
          return 1;
        }
    printf("named %d %s\n", kind, sg_op_name(kind));
  }
  return 0;
}
