/* SPDX-License-Identifier: Apache-2.0 */
/* phases.c: each phase is a convolution of stride 1 whose results are strided in the output. One row of a phase is
 * written there by gemm_s8 itself, whose rows may be any distance apart; short rows are multiplied together, so that
 * the weights pass by less often, and their results copied. */
#include "../bytes.h"
#include "../conv_s8/im2col.h"
#include "conv_transpose_s8.h"

/* One phase of one call. */
struct work {
  const struct sg_conv_transpose_s8_args *a;
  struct sg_phase y, x;
  struct sg_conv_s8_args conv; /* the phase as a convolution; its scratch is where windows are gathered */
  const int8_t *weights;
  sg_gemm_s8_kernel *gemm;
  size_t size, depth, block; /* bytes of a result; of the reduction; positions at once */
  int8_t *gemm_scratch, *results;
};

/* The place in the output of position `at` of the phase, counted through the batch. */
static char *place(const struct work *p, size_t at) {
  const struct sg_window *w = &p->a->window;
  const size_t row = at / (size_t)p->x.count, column = at % (size_t)p->x.count;
  const size_t image = row / (size_t)p->y.count, inside = row % (size_t)p->y.count;
  const size_t y = image * (size_t)w->out_h + (size_t)p->y.first + inside * (size_t)w->stride_h;
  const size_t x = (size_t)p->x.first + column * (size_t)w->stride_w;
  return (char *)p->a->output + (y * (size_t)w->out_w + x) * p->a->out_c * p->size;
}

/* `count` gathered windows to rows of results `stride` apart. */
static void multiply(const struct work *p, size_t count, void *output, size_t stride) {
  p->gemm(&(struct sg_gemm_s8_args){.input = p->conv.scratch,
                                    .weights = p->weights,
                                    .output = output,
                                    .scratch = p->gemm_scratch,
                                    .end = count,
                                    .k = p->depth,
                                    .n = p->a->out_c,
                                    .output_stride = stride,
                                    .requant = p->a->requant});
}

/* Positions [begin, end), long rows: never more than one row at once. */
static void run_rows(const struct work *p, size_t begin, size_t end) {
  const size_t width = (size_t)p->x.count, stride = (size_t)p->a->window.stride_w * p->a->out_c;
  for (size_t count; begin < end; begin += count) {
    const size_t row_left = width - begin % width;
    count = row_left < p->block ? row_left : p->block;
    sg_conv_s8_gather(&p->conv, 0, p->depth, begin, begin + count);
    multiply(p, count, place(p, begin), stride);
  }
}

/* The same for short rows. */
static void run_narrow(const struct work *p, size_t begin, size_t end) {
  const size_t bytes = p->a->out_c * p->size;
  const size_t block = p->block < SG_CONV_TRANSPOSE_BLOCK ? p->block : SG_CONV_TRANSPOSE_BLOCK;
  for (size_t count; begin < end; begin += count) {
    count = end - begin < block ? end - begin : block;
    sg_conv_s8_gather(&p->conv, 0, p->depth, begin, begin + count);
    multiply(p, count, p->results, p->a->out_c);
    for (size_t i = 0; i < count; i++) sg_copy_exact((int8_t *)place(p, begin + i), p->results + i * bytes, bytes);
  }
}

/* A phase without taps: every result is its bias. Each panel in turn gets a reduction of zeros, and one row of results
 * serves all positions. */
static void run_biases(const struct work *p, size_t begin, size_t end) {
  const size_t channels = p->a->out_c, bytes = channels * p->size;
  int8_t *const panel = p->conv.scratch, *const zeros = panel + sizeof(struct sg_panel);
  sg_fill_exact(zeros, 0, 8 * SG_PANEL);
  for (size_t n = 0; n < channels; n += SG_PANEL) {
    sg_copy_64(panel, p->weights + n / SG_PANEL * sizeof(struct sg_panel));
    p->gemm(&(struct sg_gemm_s8_args){.input = zeros,
                                      .weights = panel,
                                      .output = p->results + n * p->size,
                                      .scratch = p->gemm_scratch,
                                      .end = 1,
                                      .k = 8,
                                      .n = channels - n < SG_PANEL ? channels - n : SG_PANEL,
                                      .output_stride = channels,
                                      .requant = p->a->requant});
  }
  for (size_t at = begin; at < end; at++) sg_copy_exact((int8_t *)place(p, at), p->results, bytes);
}

/* Rows of the phase that come before an output row, counted through the batch. */
static size_t rows_before(const struct work *p, size_t row) {
  const size_t out_h = (size_t)p->a->window.out_h, stride = (size_t)p->a->window.stride_h, first = (size_t)p->y.first;
  const size_t inside = row % out_h;
  return row / out_h * (size_t)p->y.count + (inside > first ? (inside - first + stride - 1) / stride : 0);
}

static void run_phase(struct work *p) {
  const struct sg_conv_transpose_s8_args *a = p->a;
  const size_t width = (size_t)p->x.count;
  if (p->x.count == 0 || p->y.count == 0) return;
  p->conv.window = (struct sg_window){.in_h = a->window.in_h,
                                      .in_w = a->window.in_w,
                                      .out_h = p->y.count,
                                      .out_w = p->x.count,
                                      .kernel_h = p->y.taps,
                                      .kernel_w = p->x.taps,
                                      .stride_h = 1,
                                      .stride_w = 1,
                                      .dilation_h = 1,
                                      .dilation_w = 1,
                                      .pad_top = p->y.pad,
                                      .pad_left = p->x.pad};
  p->depth = sg_panel_depth((size_t)p->y.taps * (size_t)p->x.taps * a->in_c);
  const size_t begin = rows_before(p, a->begin) * width, end = rows_before(p, a->end) * width;
  if (p->depth == 0)
    run_biases(p, begin, end);
  else if (width < SG_CONV_TRANSPOSE_NARROW)
    run_narrow(p, begin, end);
  else
    run_rows(p, begin, end);
}

void sg_conv_transpose_s8(const struct sg_conv_transpose_s8_args *a) {
  const struct sg_window *w = &a->window;
  const size_t positions = (a->end - a->begin) * (size_t)w->out_w, most = sg_conv_transpose_s8_depth(w, a->in_c);
  struct work p = {.a = a,
                   .conv = {.input = a->input,
                            .scratch = a->scratch,
                            .in_c = a->in_c,
                            .out_c = a->out_c,
                            .groups = 1,
                            .padding = a->padding},
                   .weights = a->weights,
                   .gemm = (sg_gemm_s8_kernel *)a->gemm->run,
                   .size = a->gemm->output == SG_OUT_F32 ? sizeof(float) : sizeof(int8_t),
                   .block = sg_gemm_s8_block(most, positions),
                   .gemm_scratch = a->scratch + sg_conv_s8_columns(most, positions),
                   .results = a->scratch + sg_conv_transpose_s8_products(most, positions)};
  for (int32_t py = 0; py < w->stride_h; py++)
    for (int32_t px = 0; px < w->stride_w; px++) {
      p.y = sg_phase_of(py, w->kernel_h, w->stride_h, w->pad_top, w->out_h);
      p.x = sg_phase_of(px, w->kernel_w, w->stride_w, w->pad_left, w->out_w);
      run_phase(&p);
      p.weights += sg_conv_transpose_s8_phase_bytes(&p.y, &p.x, a->in_c, a->out_c);
    }
}
