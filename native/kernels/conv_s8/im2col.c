/* SPDX-License-Identifier: Apache-2.0 */
/* im2col.c: gathers the windows of output positions, whole vectors at a time, and multiplies them by gemm_s8. A
 * window's bytes are written in order, so a vector may run over the end of its piece: what follows is written later. */
#include "im2col.h"

#include "../bytes.h"

/* One group of a convolution and one row of its output. */
struct line {
  const struct sg_conv_s8_args *a;
  const int8_t *image; /* first channel of the group */
  size_t channels;     /* of the group */
  size_t pitch;        /* bytes of an image row */
  size_t depth;        /* bytes from one window in scratch to the next */
  int32_t y;           /* image row of the first tap; may be outside */
  int32_t first, last; /* output columns whose window lies inside the image */
};

/* Four instructions for 64 bytes. Where the last few are fewer, vectors of 16 would cost more than copying too much. */
static int8_t *copy(int8_t *to, const int8_t *from, size_t count) {
  int8_t *const end = to + count;
  if (count <= 32)
    for (; to < end; from += 16, to += 16) sg_copy_16(to, from);
  else
    for (size_t left = (count + 63) / 64; left; left--, from += 64, to += 64) sg_copy_64(to, from);
  return end;
}

static int8_t *fill(int8_t *to, sg_bytes16 value, size_t count) {
  int8_t *const end = to + count;
  for (; to < end; to += 16) *(sg_bytes16 *)(void *)to = value;
  return end;
}

/* Any window, tap by tap. */
static void gather_taps(const struct line *l, int32_t x, int8_t *to) {
  const struct sg_window *w = &l->a->window;
  const sg_bytes16 padding = sg_splat_16(l->a->padding);
  const int64_t left = (int64_t)x * w->stride_w - w->pad_left;
  for (int32_t ky = 0; ky < w->kernel_h; ky++)
    for (int32_t kx = 0; kx < w->kernel_w; kx++) {
      const int64_t iy = l->y + (int64_t)ky * w->dilation_h, ix = left + (int64_t)kx * w->dilation_w;
      if (iy >= 0 && iy < w->in_h && ix >= 0 && ix < w->in_w)
        to = sg_copy_past(to, l->image + (size_t)iy * l->pitch + (size_t)ix * l->a->in_c, l->channels);
      else
        to = sg_fill_past(to, padding, l->channels);
    }
}

/* Windows of columns [begin, end) that reach over the edge of the image, if the taps of a row are contiguous: padding,
 * one run of bytes, padding. */
static void gather_edge(const struct line *l, int32_t begin, int32_t end, int8_t *to) {
  const struct sg_window *w = &l->a->window;
  const sg_bytes16 padding = sg_splat_16(l->a->padding);
  const size_t all = (size_t)w->kernel_w * l->channels;
  for (int32_t x = begin; x < end; x++, to += l->depth) {
    const struct sg_taps taps = sg_window_taps(x, w->stride_w, w->pad_left, w->kernel_w, w->dilation_w, w->in_w);
    const size_t run = taps.first < taps.last ? (size_t)(taps.last - taps.first) * l->channels : 0;
    const size_t left = run ? (size_t)taps.first * l->channels : all;
    const int8_t *from = l->image + (run ? (size_t)(taps.begin + taps.first) * l->a->in_c : 0);
    int8_t *at = to;
    for (int32_t ky = 0; ky < w->kernel_h; ky++) {
      const int64_t iy = l->y + (int64_t)ky * w->dilation_h;
      if (run && iy >= 0 && iy < w->in_h) {
        at = fill(at, padding, left);
        at = copy(at, from + (size_t)iy * l->pitch, run);
        at = fill(at, padding, all - left - run);
      } else {
        at = fill(at, padding, all);
      }
    }
  }
}

static void gather_inside(const struct sg_windows *w) {
  const int8_t *from = w->from;
  int8_t *to = w->to;
  for (int32_t left = w->count; left; left--, from += w->step, to += w->depth) {
    const int8_t *row = from;
    int8_t *at = to;
    for (int32_t ky = w->rows; ky; ky--, row += w->pitch) at = copy(at, row, w->run);
  }
}

/* The windows of columns [begin, end). */
static void gather_line(const struct line *l, int32_t begin, int32_t end, int8_t *to, sg_gather gather_windows) {
  const struct sg_window *w = &l->a->window;
  if (w->kernel_w > 1 && (w->dilation_w > 1 || l->a->groups > 1)) {
    for (int32_t x = begin; x < end; x++, to += l->depth) gather_taps(l, x, to);
    return;
  }
  int32_t first = l->first > begin ? l->first : begin, last = l->last < end ? l->last : end;
  if (l->y < 0 || l->y + (int64_t)(w->kernel_h - 1) * w->dilation_h >= w->in_h || last <= first) first = last = end;
  gather_edge(l, begin, first, to);
  if (first == end) return;
  gather_windows(&(struct sg_windows){
      .from = l->image + (size_t)l->y * l->pitch + (size_t)(first * w->stride_w - w->pad_left) * l->a->in_c,
      .step = (size_t)w->stride_w * l->a->in_c,
      .pitch = l->pitch * (size_t)w->dilation_h,
      .run = (size_t)w->kernel_w * l->channels,
      .rows = w->kernel_h,
      .count = last - first,
      .to = to + (size_t)(first - begin) * l->depth,
      .depth = l->depth});
  gather_edge(l, last, end, to + (size_t)(last - begin) * l->depth);
}

/* Positions [begin, end) of the output, counted through the batch, for one group. */
static void gather_positions(const struct sg_conv_s8_args *a, size_t group, size_t depth, size_t begin, size_t end,
                             sg_gather gather_windows) {
  const struct sg_window *w = &a->window;
  const size_t out_w = (size_t)w->out_w, out_h = (size_t)w->out_h, pitch = (size_t)w->in_w * a->in_c;
  const int64_t room = (int64_t)w->in_w + w->pad_left - (int64_t)(w->kernel_w - 1) * w->dilation_w - 1;
  int8_t *to = a->scratch;
  while (begin < end) {
    const size_t row = begin / out_w, x = begin % out_w;
    const size_t count = end - begin < out_w - x ? end - begin : out_w - x;
    const struct line l = {.a = a,
                           .image = a->input + row / out_h * (size_t)w->in_h * pitch + group * (a->in_c / a->groups),
                           .channels = a->in_c / a->groups,
                           .pitch = pitch,
                           .depth = depth,
                           .y = (int32_t)(row % out_h) * w->stride_h - w->pad_top,
                           .first = (w->pad_left + w->stride_w - 1) / w->stride_w,
                           .last = room < 0 ? 0 : (int32_t)(room / w->stride_w) + 1};
    gather_line(&l, (int32_t)x, (int32_t)(x + count), to, gather_windows);
    to += count * depth;
    begin += count;
  }
}

void sg_conv_s8_gather(const struct sg_conv_s8_args *a, size_t group, size_t depth, size_t begin, size_t end) {
  gather_positions(a, group, depth, begin, end, gather_inside);
}

void sg_conv_s8_gathered(const struct sg_conv_s8_args *a, sg_gather gather) {
  sg_gemm_s8_kernel *const gemm = (sg_gemm_s8_kernel *)a->gemm->run;
  const size_t size = a->gemm->output == SG_OUT_F32 ? sizeof(float) : sizeof(int8_t);
  const size_t channels = a->out_c / a->groups, out_w = (size_t)a->window.out_w;
  const size_t end = a->end * out_w, positions = end - a->begin * out_w;
  const size_t k = (size_t)a->window.kernel_h * (size_t)a->window.kernel_w * (a->in_c / a->groups);
  const size_t depth = sg_panel_depth(k), block = sg_gemm_s8_block(k, positions);
  const size_t group_bytes = (channels + SG_PANEL - 1) / SG_PANEL * sg_panel_bytes(depth);
  for (size_t begin = a->begin * out_w; begin < end; begin += block) {
    const size_t count = end - begin < block ? end - begin : block;
    for (size_t group = 0; group < a->groups; group++) {
      gather_positions(a, group, depth, begin, begin + count, gather);
      gemm(&(struct sg_gemm_s8_args){.input = a->scratch,
                                     .weights = (const char *)a->weights + group * group_bytes,
                                     .output = (char *)a->output + (begin * a->out_c + group * channels) * size,
                                     .scratch = a->scratch + sg_conv_s8_columns(k, positions),
                                     .begin = 0,
                                     .end = count,
                                     .k = depth,
                                     .n = channels,
                                     .output_stride = a->out_c,
                                     .requant = a->requant});
    }
  }
}

void sg_conv_s8(const struct sg_conv_s8_args *a) {
  sg_conv_s8_gathered(a, gather_inside);
}
