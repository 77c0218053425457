/* kernel_cases_transpose.c: transposed convolution against ref.c, bit for bit. */
#include "../../native/kernels/conv_transpose_s8/conv_transpose_s8.h"
#include "kernel_panels.h"

/* Output extent, or 0 when nothing is left. */
static int32_t extent(int32_t in, int32_t kernel, int32_t stride, int32_t pads, int32_t extra) {
  const int32_t out = (in - 1) * stride - pads + kernel + extra;
  return out > 0 ? out : 0;
}

/* As networks have them (kernel 2 or 4, stride 2), and any: kernels smaller than the stride leave phases without taps,
 * paddings beyond the kernel cut whole rows off. */
static void any_transposed_window(struct sg_window *w, uint32_t turn) {
  *w = (struct sg_window){.dilation_h = 1, .dilation_w = 1};
  do {
    const int usual = turn % 3 == 0;
    w->kernel_h = usual ? 2 + 2 * (int32_t)(turn & 1) : between(1, 5);
    w->kernel_w = usual ? w->kernel_h : between(1, 5);
    w->stride_h = usual ? 2 : between(1, 4);
    w->stride_w = usual ? 2 : between(1, 4);
    w->pad_top = usual ? w->kernel_h / 2 - 1 : between(0, 6);
    w->pad_left = usual ? w->pad_top : between(0, 6);
    w->in_h = between(1, 9);
    w->in_w = turn % 5 == 0 ? between(30, 75) : between(1, 18);
    w->out_h = extent(w->in_h, w->kernel_h, w->stride_h, w->pad_top + between(0, 3), between(0, w->stride_h - 1));
    w->out_w = extent(w->in_w, w->kernel_w, w->stride_w, w->pad_left + between(0, 3), between(0, w->stride_w - 1));
  } while (w->out_h == 0 || w->out_w == 0);
}

static const void *all_panels(const struct sg_window *w, size_t in_c, size_t out_c) {
  size_t bytes = 0;
  char *first = NULL;
  for (int pass = 0; pass < 2; pass++) {
    if (pass) first = input_space(2, bytes, 4);
    char *at = first;
    for (int32_t py = 0; py < w->stride_h; py++)
      for (int32_t px = 0; px < w->stride_w; px++) {
        const struct sg_phase y = sg_phase_of(py, w->kernel_h, w->stride_h, w->pad_top, w->out_h);
        const struct sg_phase x = sg_phase_of(px, w->kernel_w, w->stride_w, w->pad_left, w->out_w);
        const size_t size = sg_conv_transpose_s8_phase_bytes(&y, &x, in_c, out_c);
        if (pass) fill_panels(at, (size_t)y.taps * (size_t)x.taps * in_c, out_c, 1);
        if (pass) at += size;
        bytes += pass ? 0 : size;
      }
  }
  return first;
}

static size_t make_conv_transpose(struct sg_conv_transpose_s8_args *a, uint32_t turn, uint32_t output, int which,
                                  size_t offset) {
  struct sg_window *w = &a->window;
  any_transposed_window(w, turn);
  const int deep = turn % 20 == 0; /* rows longer than what is multiplied at once */
  a->in_c = deep ? ONE_OF(160, 300) : ONE_OF(1, 2, 3, 4, 8, 13, 16, 24, 40);
  a->out_c = deep ? ONE_OF(1, 9) : ONE_OF(1, 3, 7, 8, 12, 16, 24, 33);
  const size_t batch = ONE_OF(1, 1, 2), rows = batch * (size_t)w->out_h, out_w = (size_t)w->out_w;
  a->begin = turn % 3 ? 0 : (size_t)between(0, (int32_t)rows);
  a->end = turn % 3 ? rows : (size_t)between((int32_t)a->begin, (int32_t)rows);
  a->padding = (int8_t)between(-128, 127);
  a->input = int8_input(0, batch * (size_t)w->in_h * (size_t)w->in_w * a->in_c, -128);
  a->weights = all_panels(w, a->in_c, a->out_c);
  a->requant = any_requant((int32_t)(turn % 256) - 128);
  a->scratch = scratch_space(sg_conv_transpose_s8_scratch(w, a->in_c, a->out_c, rows * out_w));
  const size_t bytes = rows * out_w * a->out_c * (output == SG_OUT_F32 ? sizeof(float) : 1);
  a->output = output_space(which, bytes, offset);
  snprintf(description, sizeof description,
           "turn %u rows %zu-%zu of %zux%dx%dx%zu -> %dx%dx%zu kernel %dx%d stride %dx%d pad %d %d", turn, a->begin,
           a->end, batch, w->in_h, w->in_w, a->in_c, w->out_h, w->out_w, a->out_c, w->kernel_h, w->kernel_w,
           w->stride_h, w->stride_w, w->pad_top, w->pad_left);
  return bytes;
}
TEST_CONVOLUTION(conv_transpose_s8, conv_transpose_s8, SG_OUT_S8 | SG_OUT_F32, 600, make_conv_transpose)
