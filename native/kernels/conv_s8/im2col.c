/* im2col.c: gathers the windows of output positions, whole vectors at a time, and multiplies them by gemm_s8. A
 * window's bytes are written in order, so a vector may run over the end of its piece: what follows is written later. */
#if defined(__aarch64__) || defined(__x86_64__)
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

/* Any window, tap by tap. */
static void gather_any(const struct line *l, int32_t x, int8_t *to) {
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

/* Windows inside the image whose rows are each one run of bytes. */
static void gather_runs(const struct line *l, const int8_t *from, size_t step, int32_t count, int8_t *to) {
  const struct sg_window *w = &l->a->window;
  const size_t run = (size_t)w->kernel_w * l->channels, pitch = l->pitch * (size_t)w->dilation_h;
  for (; count > 0; count--, from += step, to += l->depth) {
    const int8_t *row = from;
    int8_t *at = to;
    for (int32_t ky = 0; ky < w->kernel_h; ky++, row += pitch) at = sg_copy_past(at, row, run);
  }
}

/* The same for three rows of at most 16 bytes, as in the first layer of most networks (3 x 3 x RGB): six instructions
 * a window. */
static void gather_first_layer(const struct line *l, const int8_t *from, size_t step, int32_t count, int8_t *to) {
  const size_t run = (size_t)l->a->window.kernel_w * l->a->in_c, pitch = l->pitch * (size_t)l->a->window.dilation_h;
  const size_t depth = l->depth;
#pragma clang loop unroll_count(4)
  for (; count > 0; count--, from += step, to += depth) {
    sg_copy_16(to, from);
    sg_copy_16(to + run, from + pitch);
    sg_copy_16(to + 2 * run, from + 2 * pitch);
  }
}

/* The windows of columns [begin, end). */
static void gather(const struct line *l, int32_t begin, int32_t end, int8_t *to) {
  const struct sg_window *w = &l->a->window;
  const int32_t first = l->first > begin ? l->first : begin, last = l->last < end ? l->last : end;
  const int inside = l->y >= 0 && l->y + (int64_t)(w->kernel_h - 1) * w->dilation_h < w->in_h;
  const int runs = inside && last > first && (w->kernel_w == 1 || (w->dilation_w == 1 && l->a->groups == 1));
  int32_t x = begin;
  for (; x < (runs ? first : end); x++, to += l->depth) gather_any(l, x, to);
  if (!runs) return;
  const int8_t *from = l->image + (size_t)l->y * l->pitch + (size_t)(x * w->stride_w - w->pad_left) * l->a->in_c;
  const size_t step = (size_t)w->stride_w * l->a->in_c;
  if (w->kernel_h == 3 && l->a->groups == 1 && (size_t)w->kernel_w * l->a->in_c <= 16)
    gather_first_layer(l, from, step, last - x, to);
  else
    gather_runs(l, from, step, last - x, to);
  for (to += (size_t)(last - x) * l->depth, x = last; x < end; x++, to += l->depth) gather_any(l, x, to);
}

void sg_conv_s8_gather(const struct sg_conv_s8_args *a, size_t group, size_t depth, size_t begin, size_t end) {
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
    gather(&l, (int32_t)x, (int32_t)(x + count), to);
    to += count * depth;
    begin += count;
  }
}

void sg_conv_s8_by_gemm(const struct sg_conv_s8_args *a, sg_gemm_s8_kernel gemm, size_t size) {
  const size_t channels = a->out_c / a->groups, out_w = (size_t)a->window.out_w;
  const size_t end = a->end * out_w, positions = end - a->begin * out_w;
  const size_t k = (size_t)a->window.kernel_h * (size_t)a->window.kernel_w * (a->in_c / a->groups);
  const size_t depth = sg_panel_depth(k), block = sg_gemm_s8_block(k, positions);
  const size_t group_bytes = (channels + SG_PANEL - 1) / SG_PANEL * sg_panel_bytes(depth);
  for (size_t begin = a->begin * out_w; begin < end; begin += block) {
    const size_t count = end - begin < block ? end - begin : block;
    for (size_t group = 0; group < a->groups; group++) {
      sg_conv_s8_gather(a, group, depth, begin, begin + count);
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
#endif
