/* kernel_cases_missing.c: an operator without a kernel is found and has a name; with the kernels of this CPU there is
 * none. Prints `named <kind> <name>` for every kind. */
#include <stdio.h>
#include <string.h>

#include "../../native/runtime/run.h"

/* A plan of one operator, as far as the search for kernels looks. */
static uint32_t missing(uint16_t kind, uint16_t flags, uint8_t output, const struct sg_kernels *kernels) {
  const struct sg_plan_header header = {.op_count = 1};
  const struct sg_tensor tensors[] = {{.dtype = SG_INT8}, {.dtype = output}};
  const struct sg_op op = {.kind = kind, .flags = flags, .input0 = 0, .output = 1};
  const struct sg_plan plan = {.header = &header, .tensors = tensors, .ops = &op};
  return sg_execution_missing_kernel(&plan, kernels);
}

int sg_test_missing(uint32_t isa) {
  struct sg_kernels none, all;
  memset(&none, 0, sizeof none);
  sg_kernels_select(isa, &all);
  for (uint16_t kind = SG_GEMM; sg_op_name(kind); kind++) {
    const int has_float = kind == SG_GEMM || kind == SG_CONV || kind == SG_CONV_TRANSPOSE || kind == SG_AVG_POOL;
    for (uint16_t flags = 0; flags <= SG_FLAG_BILINEAR; flags += SG_FLAG_BILINEAR)
      for (uint8_t output = SG_INT8; output <= (has_float ? SG_FLOAT32 : SG_INT8); output++)
        if (missing(kind, flags, output, &none) != kind || missing(kind, flags, output, &all) != 0) {
          printf("WRONG kernel of %s, flags %d, output %d\n", sg_op_name(kind), flags, output);
          return 1;
        }
    printf("named %d %s\n", kind, sg_op_name(kind));
  }
  return 0;
}
