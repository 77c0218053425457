/* gather.c: the first layer as gemm_s8 over gathered windows. */
#if defined(__aarch64__) || defined(__x86_64__)
#include "gather.h"

#include "../bytes.h"

/* A vector may run over the end of its row of taps: the next row is written later. */
static inline __attribute__((always_inline)) void gather(const struct sg_windows *w, const int rows,
                                                         const int vectors) {
  const size_t run = w->run, step = w->step, pitch = w->pitch, depth = w->depth;
  const int8_t *from = w->from;
  int8_t *to = w->to;
  for (int32_t left = w->count; left; left--, from += step, to += depth)
    _Pragma("clang loop unroll(full)") for (int r = 0; r < rows; r++) {
      sg_copy_16(to + (size_t)r * run, from + (size_t)r * pitch);
      if (vectors == 2) sg_copy_16(to + (size_t)r * run + 16, from + (size_t)r * pitch + 16);
    }
}

static void gather_3_rows(const struct sg_windows *w) {
  gather(w, 3, 1);
}

static void gather_7_rows(const struct sg_windows *w) {
  gather(w, 7, 2);
}

void sg_conv_image_s8_by_gemm(const struct sg_conv_image_s8_args *a, sg_gemm_s8_kernel gemm) {
  sg_conv_s8_gathered(&a->conv, gemm, sizeof(int8_t), a->conv.window.kernel_h == 3 ? gather_3_rows : gather_7_rows);
}
#endif
