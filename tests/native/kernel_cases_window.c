/* kernel_cases_window.c: depthwise convolution, pooling, element-wise and layout kernels against ref.c, bit for bit. */
#include "../../native/kernels/add_s8/add_s8.h"
#include "../../native/kernels/avg_pool_s8/avg_pool_s8.h"
#include "../../native/kernels/dequantize_s8/dequantize_s8.h"
#include "../../native/kernels/dwconv_s8/dwconv_s8.h"
#include "../../native/kernels/max_pool_s8/max_pool_s8.h"
#include "../../native/kernels/quantize_s8/quantize_s8.h"
#include "../../native/kernels/rescale_s8/rescale_s8.h"
#include "../../native/kernels/softmax_f32/softmax_f32.h"
#include "../../native/kernels/to_nchw_s8/to_nchw_s8.h"
#include "kernel_cases.h"

/* Sizes around the tiles of 8, 16 and 64. */
static int32_t any_channels(void) {
  static const int32_t sizes[] = {1, 2, 3, 7, 8, 9, 15, 16, 17, 23, 24, 31, 32, 33, 40, 63, 64, 65, 72, 96, 130};
  return sizes[next_random() % (sizeof sizes / sizeof *sizes)];
}

/* A window over an image that, with its padding, is at least as large. Every fourth has another stride across. */
static struct sg_window any_window(int32_t kernel, int32_t stride, int32_t dilation, int padded) {
  struct sg_window w = {.kernel_h = kernel,
                        .kernel_w = kernel,
                        .stride_h = stride,
                        .stride_w = next_random() % 4 ? stride : between(1, 3),
                        .dilation_h = dilation,
                        .dilation_w = dilation};
  const int32_t reach_h = dilation * (w.kernel_h - 1) + 1, reach_w = dilation * (w.kernel_w - 1) + 1;
  const int32_t wide = padded > 1 ? 2 : -1; /* whole windows outside the image */
  w.pad_top = padded ? between(0, reach_h + wide) : 0;
  w.pad_left = padded ? between(0, reach_w + wide) : 0;
  w.in_h = between(1, 12);
  w.in_w = between(1, 19);
  const int32_t pad_bottom = padded ? between(0, reach_h + wide) : 0,
                pad_right = padded ? between(0, reach_w + wide) : 0;
  while (w.in_h + w.pad_top + pad_bottom < reach_h) w.in_h++;
  while (w.in_w + w.pad_left + pad_right < reach_w) w.in_w++;
  w.out_h = (w.in_h + w.pad_top + pad_bottom - reach_h) / w.stride_h + 1;
  w.out_w = (w.in_w + w.pad_left + pad_right - reach_w) / w.stride_w + 1;
  return w;
}

static void describe_window(const struct sg_window *w, size_t batch, size_t channels, size_t begin, size_t end,
                            const struct sg_requant *to) {
  snprintf(description, sizeof description,
           "in %dx%d out %dx%d kernel %dx%d stride %dx%d dilation %d pad %d %d batch %zu channels %zu rows %zu-%zu "
           "zero point "
           "%d clamp %d %d",
           w->in_h, w->in_w, w->out_h, w->out_w, w->kernel_h, w->kernel_w, w->stride_h, w->stride_w, w->dilation_h,
           w->pad_top, w->pad_left, batch, channels, begin, end, to->zero_point, to->clamp_min, to->clamp_max);
}

static void some_rows(size_t rows, size_t *begin, size_t *end) {
  *begin = next_random() % 3 == 0 ? next_random() % rows : 0;
  *end = next_random() % 3 == 0 ? *begin + 1 + next_random() % (rows - *begin) : rows;
}

static size_t make_dwconv(struct sg_dwconv_s8_args *a, uint32_t turn, uint32_t output, int which, size_t offset) {
  (void)output;
  static const int32_t shapes[][3] = {{3, 1, 1}, {3, 2, 1}, {3, 1, 1}, {3, 2, 1}, {5, 1, 1}, {5, 2, 1},
                                      {3, 3, 1}, {3, 1, 2}, {1, 1, 1}, {2, 1, 1}, {7, 2, 1}, {4, 1, 3}};
  const int32_t *shape = shapes[turn % (sizeof shapes / sizeof *shapes)];
  a->window = any_window(shape[0], shape[1], shape[2], between(0, 2));
  if (turn % 3 == 0 && shape[0] <= 5) { /* as in the networks: the same padding all around */
    struct sg_window *w = &a->window;
    w->pad_top = w->pad_left = shape[0] / 2;
    w->out_h = (w->in_h + 2 * w->pad_top - shape[0]) / w->stride_h + 1;
    w->out_w = (w->in_w + 2 * w->pad_left - shape[0]) / w->stride_w + 1;
    if (shape[2] > 1) w->dilation_h = w->dilation_w = 1;
  }
  const struct sg_window *w = &a->window;
  const size_t batch = (size_t)between(1, 2), taps = (size_t)(w->kernel_h * w->kernel_w);
  a->channels = (size_t)any_channels();
  a->padding = (int8_t)((int32_t)(turn % 256) - 128);
  a->requant = any_requant((int32_t)(turn / 3 % 256) - 128);
  a->input = int8_input(0, batch * (size_t)(w->in_h * w->in_w) * a->channels, -128);
  const size_t panels = (a->channels + SG_DW_PANEL - 1) / SG_DW_PANEL, panel_bytes = sg_dw_panel_bytes(taps);
  char *weights = input_space(1, panels * panel_bytes, 4 * (turn % 16));
  const int32_t kind = between(0, 5);
  const float scale = (float[]){0.004f, 0.02f, 0.1f, 1.0f, 1e-9f, 1e20f, 0.125f, 0.0625f}[between(0, 7)];
  const int ties = scale == 0.125f || scale == 0.0625f;
  for (size_t p = 0; p < panels; p++) {
    struct sg_dw_panel *panel = (struct sg_dw_panel *)(void *)(weights + p * panel_bytes);
    for (size_t c = 0; c < SG_DW_PANEL; c++) {
      const int missing = p * SG_DW_PANEL + c >= a->channels;
      panel->bias[c] = missing ? 0 : kind == 4 ? (int32_t)next_random() : between(-40000, 40000);
      panel->scale[c] = missing ? 1.0f : scale * (ties ? 1.0f : real_between(0.3f, 1.0f));
      for (size_t t = 0; t < taps; t++)
        panel->weights[t * SG_DW_PANEL + c] = (int8_t)(missing     ? 0
                                                       : kind == 0 ? 127
                                                       : kind == 1 ? -127
                                                                   : between(-127, 127));
    }
  }
  a->weights = weights;
  some_rows(batch * (size_t)w->out_h, &a->begin, &a->end);
  describe_window(w, batch, a->channels, a->begin, a->end, &a->requant);
  const size_t bytes = batch * (size_t)(w->out_h * w->out_w) * a->channels;
  a->output = (int8_t *)output_space(which, bytes, offset);
  return bytes;
}
TEST_FAMILY(dwconv_s8, 3000, make_dwconv)

static size_t make_max_pool(struct sg_max_pool_s8_args *a, uint32_t turn, uint32_t output, int which, size_t offset) {
  (void)output;
  static const int32_t shapes[][3] = {{3, 2, 1}, {2, 2, 1}, {3, 1, 1}, {2, 1, 2}, {5, 3, 1}, {1, 1, 1}};
  const int32_t *shape = shapes[turn % (sizeof shapes / sizeof *shapes)];
  const size_t batch = (size_t)between(1, 2);
  struct sg_window w;
  do w = any_window(shape[0], shape[1], shape[2], next_random() & 1);
  while (w.pad_top * 2 > shape[0] || w.pad_left * 2 > shape[0]);
  /* Every window holds at least one element (the plan's contract). */
  while (w.out_h > 1 && (w.out_h - 1) * w.stride_h - w.pad_top >= w.in_h) w.out_h--;
  while (w.out_w > 1 && (w.out_w - 1) * w.stride_w - w.pad_left >= w.in_w) w.out_w--;
  a->window = w;
  a->channels = (size_t)any_channels();
  const struct sg_requant clamp = any_requant(0);
  a->clamp_min = (int8_t)clamp.clamp_min;
  a->clamp_max = (int8_t)clamp.clamp_max;
  a->input = int8_input(0, batch * (size_t)(w.in_h * w.in_w) * a->channels, -128);
  some_rows(batch * (size_t)w.out_h, &a->begin, &a->end);
  describe_window(&w, batch, a->channels, a->begin, a->end, &clamp);
  const size_t bytes = batch * (size_t)(w.out_h * w.out_w) * a->channels;
  a->output = (int8_t *)output_space(which, bytes, offset);
  return bytes;
}
TEST_FAMILY(max_pool_s8, 1200, make_max_pool)

static size_t make_avg_pool(struct sg_avg_pool_s8_args *a, uint32_t turn, uint32_t output, int which, size_t offset) {
  const size_t batch = (size_t)between(1, 2);
  struct sg_window w;
  if (turn % 2) { /* adaptive; a third of them global */
    w = (struct sg_window){between(1, 12), between(1, 12), 1, 1, 1, 1, 1, 1, 1, 1, 0, 0};
    if (turn % 3) w.out_h = between(1, w.in_h), w.out_w = between(1, 5);
    if (turn % 21 == 0) w.in_h = between(30, 60), w.in_w = between(10, 40); /* sums beyond int16 */
    a->adaptive = 1;
  } else {
    const int32_t kernel = between(1, 5);
    do w = any_window(kernel, between(1, 3), 1, next_random() & 1);
    while (w.pad_top * 2 > kernel || w.pad_left * 2 > kernel);
    while (w.out_h > 1 && (w.out_h - 1) * w.stride_h - w.pad_top >= w.in_h) w.out_h--;
    while (w.out_w > 1 && (w.out_w - 1) * w.stride_w - w.pad_left >= w.in_w) w.out_w--;
    a->count_include_pad = (int)(next_random() & 2);
  }
  a->window = w;
  a->channels = (size_t)any_channels();
  a->input_zero_point = (int32_t)(turn % 256) - 128;
  a->scale = (float[]){0.02f, 1.0f, 1.3f, 1e9f}[between(0, 3)];
  a->requant = any_requant((int32_t)(turn / 3 % 256) - 128);
  a->input = int8_input(0, batch * (size_t)(w.in_h * w.in_w) * a->channels, -128);
  some_rows(batch * (size_t)w.out_h, &a->begin, &a->end);
  describe_window(&w, batch, a->channels, a->begin, a->end, &a->requant);
  const size_t bytes = batch * (size_t)(w.out_h * w.out_w) * a->channels * (output == SG_OUT_F32 ? 4 : 1);
  a->output = output_space(which, bytes, offset);
  return bytes;
}
TEST_FAMILY(avg_pool_s8, 1200, make_avg_pool)

static size_t make_add(struct sg_add_s8_args *a, uint32_t turn, uint32_t output, int which, size_t offset) {
  (void)output;
  const size_t count = turn < 200 ? 1 + turn : (size_t)between(1, 3000);
  a->a_zero_point = (int32_t)(turn % 256) - 128;
  a->b_zero_point = between(-128, 127);
  a->requant = any_requant((int32_t)(turn / 2 % 256) - 128);
  a->a_scale =
      (float[]){0.5f, 1.0f, 0.9f, 100.0f, 1e-4f, 1e19f}[between(0, 5)] * (turn % 3 ? real_between(0.5f, 1.0f) : 1.0f);
  a->b_scale =
      (float[]){0.5f, 1.0f, 0.9f, 100.0f, 1e-4f, 1e19f}[between(0, 5)] * (turn % 3 ? real_between(0.5f, 1.0f) : 1.0f);
  a->b = int8_input(1, count, -128);
  a->a = int8_input(0, count, -128);
  a->begin = turn % 4 ? 0 : next_random() % count;
  a->end = turn % 4 ? count : a->begin + 1 + next_random() % (count - a->begin);
  a->output = (int8_t *)output_space(which, count, offset);
  if (turn % 2) { /* in place */
    memcpy(a->output, a->a, count);
    a->a = a->output;
  }
  snprintf(description, sizeof description, "count %zu of %zu-%zu zero points %d %d %d clamp %d %d scales %g %g", count,
           a->begin, a->end, a->a_zero_point, a->b_zero_point, a->requant.zero_point, a->requant.clamp_min,
           a->requant.clamp_max, a->a_scale, a->b_scale);
  return count;
}
TEST_FAMILY(add_s8, 3000, make_add)

static size_t make_rescale(struct sg_rescale_s8_args *a, uint32_t turn, uint32_t output, int which, size_t offset) {
  (void)output;
  const size_t rows = (size_t)between(1, 40), extra = turn % 3 ? 0 : (size_t)between(1, 40);
  a->channels = (size_t)any_channels();
  a->output_stride = a->channels + extra;
  a->input_zero_point = (int32_t)(turn % 256) - 128;
  a->requant = any_requant((int32_t)(turn / 2 % 256) - 128);
  a->scale = (float[]){0.5f, 1.0f, 0.93f, 2.0f, 1e-4f, 1e19f}[between(0, 5)];
  if (turn % 4 == 1) { /* a copy, or one with a clamp */
    a->scale = 1.0f;
    a->requant.zero_point = a->input_zero_point;
    if (turn % 8 == 1) a->requant.clamp_min = -128, a->requant.clamp_max = 127;
  }
  a->input = int8_input(0, rows * a->channels, -128);
  some_rows(rows, &a->begin, &a->end);
  const size_t bytes = rows * a->output_stride, slice = extra ? next_random() % (extra + 1) : 0;
  a->output = (int8_t *)output_space(which, bytes, offset) + slice;
  if (turn % 3 == 1) { /* in place */
    memcpy(a->output, a->input, bytes);
    a->input = a->output;
  }
  snprintf(description, sizeof description,
           "rows %zu-%zu of %zu channels %zu in %zu zero points %d %d clamp %d %d scale %g", a->begin, a->end, rows,
           a->channels, a->output_stride, a->input_zero_point, a->requant.zero_point, a->requant.clamp_min,
           a->requant.clamp_max, a->scale);
  return bytes;
}
TEST_FAMILY(rescale_s8, 2000, make_rescale)

static size_t make_softmax(struct sg_softmax_f32_args *a, uint32_t turn, uint32_t output, int which, size_t offset) {
  (void)output;
  const size_t rows = (size_t)between(1, 3);
  a->channels = turn < 70 ? 1 + turn : (size_t)between(1, 1100);
  a->input = float_input(0, rows * a->channels, (float[]){1.0f, 10.0f, 60.0f, 200.0f}[turn % 4], turn % 16 == 15);
  some_rows(rows, &a->begin, &a->end);
  const size_t bytes = rows * a->channels * sizeof(float);
  a->output = (float *)(void *)output_space(which, bytes, offset);
  if (turn % 3 == 0) { /* in place */
    memcpy(a->output, a->input, bytes);
    a->input = a->output;
  }
  snprintf(description, sizeof description, "rows %zu-%zu of %zu channels %zu turn %u", a->begin, a->end, rows,
           a->channels, turn);
  return bytes;
}
TEST_FAMILY(softmax_f32, 400, make_softmax)

/* A batch of images as rows of channels. */
static void any_image(size_t *batch, size_t *pixels, size_t *channels, uint32_t turn) {
  *batch = (size_t)between(1, 2);
  *pixels = turn % 5 == 0 ? 1 : (size_t)between(1, 120);
  *channels = turn % 3 == 0 ? 3 : (size_t)any_channels();
}

static size_t make_quantize(struct sg_quantize_s8_args *a, uint32_t turn, uint32_t output, int which, size_t offset) {
  (void)output;
  size_t batch;
  any_image(&batch, &a->pixels, &a->channels, turn);
  const size_t rows = batch * a->pixels, bytes = rows * a->channels;
  a->input_nchw = turn % 2;
  a->scale = (float[]){1.0f, 0.5f, 53.8f, 127.0f, 1e-3f}[between(0, 4)];
  a->requant = any_requant((int32_t)(turn % 256) - 128);
  a->input = float_input(0, bytes, 150.0f / a->scale, turn % 4 == 0);
  some_rows(rows, &a->begin, &a->end);
  a->output = (int8_t *)output_space(which, bytes, offset);
  snprintf(description, sizeof description, "rows %zu-%zu of %zu x %zu channels %zu nchw %d scale %g", a->begin, a->end,
           batch, a->pixels, a->channels, a->input_nchw, a->scale);
  return bytes;
}
TEST_FAMILY(quantize_s8, 2000, make_quantize)

static size_t make_dequantize(struct sg_dequantize_s8_args *a, uint32_t turn, uint32_t output, int which,
                              size_t offset) {
  (void)output;
  size_t batch;
  any_image(&batch, &a->pixels, &a->channels, turn);
  const size_t rows = batch * a->pixels, bytes = rows * a->channels * sizeof(float);
  a->output_nchw = turn % 2;
  a->scale = real_between(0.001f, 1.0f);
  a->zero_point = (int32_t)(turn % 256) - 128;
  a->input = int8_input(0, rows * a->channels, -128);
  some_rows(rows, &a->begin, &a->end);
  a->output = (float *)(void *)output_space(which, bytes, offset);
  snprintf(description, sizeof description, "rows %zu-%zu of %zu x %zu channels %zu nchw %d", a->begin, a->end, batch,
           a->pixels, a->channels, a->output_nchw);
  return bytes;
}
TEST_FAMILY(dequantize_s8, 1000, make_dequantize)

static size_t make_to_nchw(struct sg_to_nchw_s8_args *a, uint32_t turn, uint32_t output, int which, size_t offset) {
  (void)output;
  size_t batch;
  any_image(&batch, &a->pixels, &a->channels, turn);
  const size_t rows = batch * a->pixels, bytes = rows * a->channels;
  a->input = int8_input(0, bytes, -128);
  some_rows(rows, &a->begin, &a->end);
  a->output = (int8_t *)output_space(which, bytes, offset);
  snprintf(description, sizeof description, "rows %zu-%zu of %zu x %zu channels %zu", a->begin, a->end, batch,
           a->pixels, a->channels);
  return bytes;
}
TEST_FAMILY(to_nchw_s8, 1000, make_to_nchw)
