/* kernel_cases_gemm.c: matrix multiplication and convolution against ref.c, bit for bit. */
#include "kernel_panels.h"

#include "../../native/kernels/conv_image_s8/conv_image_s8.h"
#include "../../native/kernels/conv_s8/conv_s8.h"
#include "../../native/kernels/gemm_s8/gemm_s8.h"

static size_t make_gemm(struct sg_gemm_s8_args *a, uint32_t turn, uint32_t output, int which, size_t offset) {
  const size_t size = output == SG_OUT_F32 ? sizeof(float) : 1;
  const int large = turn % 40 == 39;
  a->k = large ? ONE_OF(960, 1283, 2304)
               : ONE_OF(1, 3, 4, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 40, 48, 55, 64, 72, 147);
  a->n = ONE_OF(1, 2, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 32, 33, 40, 48);
  const size_t rows =
      large ? ONE_OF(1, 49, 60, 70) : ONE_OF(1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 15, 16, 17, 23, 31, 33, 49);
  a->begin = turn % 3 ? 0 : (size_t)between(0, (int32_t)rows);
  a->end = turn % 3 ? rows : (size_t)between((int32_t)a->begin, (int32_t)rows);
  a->output_stride = a->n + (turn % 4 ? 0 : ONE_OF(1, 8, 19));
  a->input = int8_input(0, rows * a->k, -128);
  a->weights = panels(a->k, a->n, 1);
  a->requant = any_requant((int32_t)(turn % 256) - 128);
  a->scratch = scratch_space(sg_gemm_s8_scratch(a->k, rows));
  const size_t bytes = rows * a->output_stride * size;
  a->output = output_space(which, bytes, offset);
  snprintf(description, sizeof description,
           "turn %u rows %zu-%zu of %zu k %zu n %zu stride %zu zero point %d clamp %d %d scales %u", turn, a->begin,
           a->end, rows, a->k, a->n, a->output_stride, a->requant.zero_point, a->requant.clamp_min,
           a->requant.clamp_max, scale_kind);
  return bytes;
}

TEST_FAMILY(gemm_s8, 2500, make_gemm)

/* Windows over an image wide enough that most lie inside, of 3 x 3 or, `large`, 7 x 7 taps; or of any size. */
static size_t make_any_conv(struct sg_conv_s8_args *a, uint32_t turn, uint32_t output, int which, size_t offset,
                            int first_layer, int large) {
  const size_t size = output == SG_OUT_F32 ? sizeof(float) : 1;
  struct sg_window *w = &a->window;
  int32_t pad_bottom, pad_right;
  do {
    w->kernel_h = large ? 7 : first_layer ? 3 : between(1, 5);
    w->kernel_w = large ? 7 : first_layer ? 3 : between(1, 5);
    w->stride_h = between(1, 3);
    w->stride_w = between(1, 3);
    w->dilation_h = turn % 3 ? 1 : between(1, 3);
    w->dilation_w = turn % 4 || first_layer ? 1 : between(1, 3);
    w->pad_top = between(0, 3);
    w->pad_left = between(0, 3);
    pad_bottom = between(0, 3);
    pad_right = between(0, 3);
    w->in_h = between(1, 12);
    w->in_w = first_layer ? between(10, 70) : between(1, 20);
    w->out_h = (w->in_h + w->pad_top + pad_bottom - w->dilation_h * (w->kernel_h - 1) - 1) / w->stride_h + 1;
    w->out_w = (w->in_w + w->pad_left + pad_right - w->dilation_w * (w->kernel_w - 1) - 1) / w->stride_w + 1;
  } while (w->in_h + w->pad_top + pad_bottom < w->dilation_h * (w->kernel_h - 1) + 1 ||
           w->in_w + w->pad_left + pad_right < w->dilation_w * (w->kernel_w - 1) + 1);
  a->groups = first_layer ? 1 : ONE_OF(1, 1, 2, 3);
  a->in_c = a->groups * (first_layer ? ONE_OF(1, 3, 3, 4, large ? 2 : 5) : ONE_OF(1, 2, 3, 4, 8, 13, 16, 24, 40));
  a->out_c = a->groups * ONE_OF(1, 7, 8, 12, 16, 24, 33);
  const size_t batch = ONE_OF(1, 1, 2), rows = batch * (size_t)w->out_h;
  const size_t k = (size_t)w->kernel_h * (size_t)w->kernel_w * (a->in_c / a->groups);
  a->begin = turn % 3 ? 0 : (size_t)between(0, (int32_t)rows);
  a->end = turn % 3 ? rows : (size_t)between((int32_t)a->begin, (int32_t)rows);
  a->padding = (int8_t)between(-128, 127);
  a->input = int8_input(0, batch * (size_t)w->in_h * (size_t)w->in_w * a->in_c, -128);
  a->weights = panels(k, a->out_c / a->groups, a->groups);
  a->requant = any_requant((int32_t)(turn % 256) - 128);
  a->scratch = scratch_space(sg_conv_s8_scratch(k, rows * (size_t)w->out_w));
  const size_t bytes = rows * (size_t)w->out_w * a->out_c * size;
  a->output = output_space(which, bytes, offset);
  snprintf(description, sizeof description,
           "turn %u rows %zu-%zu of %zux%dx%dx%zu -> %dx%dx%zu groups %zu kernel %dx%d stride %dx%d pad %d %d dilation "
           "%dx%d",
           turn, a->begin, a->end, batch, w->in_h, w->in_w, a->in_c, w->out_h, w->out_w, a->out_c, a->groups,
           w->kernel_h, w->kernel_w, w->stride_h, w->stride_w, w->pad_top, w->pad_left, w->dilation_h, w->dilation_w);
  return bytes;
}

static size_t make_conv(struct sg_conv_s8_args *a, uint32_t turn, uint32_t output, int which, size_t offset) {
  return make_any_conv(a, turn, output, which, offset, turn % 10 == 9, turn % 20 == 9);
}
TEST_CONVOLUTION(conv_s8, conv_s8, SG_OUT_S8 | SG_OUT_F32, 600, make_conv)

static size_t make_conv_image(struct sg_conv_s8_args *a, uint32_t turn, uint32_t output, int which, size_t offset) {
  const size_t bytes = make_any_conv(a, turn, output, which, offset, 1, turn % 2);
  if (!sg_conv_image_s8_fits(a)) abort();
  return bytes;
}
TEST_CONVOLUTION(conv_image_s8, conv_s8, SG_OUT_S8, 200, make_conv_image)
