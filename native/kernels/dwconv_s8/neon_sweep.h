/* SPDX-License-Identifier: Apache-2.0 */
/* neon_sweep.h: a square depthwise convolution of stride 1 and 2, but for how the products are arranged and summed.
 *
 * Included by a file that has defined, for 8 channels,
 *   SIZE, MOST_ROWS         of the kernel; how many output rows are computed at once: 1 or 2
 *   KEEP_FILTER             whether the filters fit the registers; else they are read anew for each result
 *   SG_DW_RUN, SG_DW_TARGET the function's name and instruction set
 *   struct sg_dw_column     one column of the window: SIZE image rows, or one more for two output rows
 *   struct sg_dw_filter     the weights of one output row, arranged alike
 *   sg_dw_next_column, sg_dw_padding, sg_dw_filter_of and sg_dw_sum, as called below, and
 *   sg_dw_restart(rows, at) moves the element at index `at` to 0
 *
 * The sweep goes along the row, so a column is loaded and arranged once for all results that it takes part in. Two
 * output rows share all but one of their input rows. Eight channels at a time keep the window, and of 3x3 the filters,
 * in registers. Columns outside the image are the zero point; rows outside have weight 0 and their products are part
 * of the bias. */
#include "../neon_requant_bounded.h"
#include "../neon_store.h"
#include "neon.h"
#include "neon_filters.h"

/* What a sweep reads and writes: pointers to a block's first channel in the first column of each row. */
struct line {
  const struct row_filter *filter[2];
  const int8_t *input[5];
  int8_t *output[2];
  int32_t in_w, out_w, pad;
  size_t step; /* between pixels */
  int8_t padding;
};

/* A sweep under way. */
struct position {
  struct sg_dw_rows
      input[2]; /* of the next column; at stride 2 also of the one after it, so that both share an index */
  int8_t *output[2];
  size_t at, read; /* the index of the next result in its row, and at stride 2 of the next column */
  size_t step;     /* between pixels */
  const struct row_filter *source[2];
  struct sg_dw_filter filter[2];
  float32x4_t scale[2], magic;
};

/* The index of the next column. The compiler must not see that it is a sum, or it gives each of the pointers that share
 * the index an addition of its own. */
SG_INLINE size_t advance(size_t at, size_t step) {
  at += step;
  __asm__("" : "+r"(at));
  return at;
}

/* One result per row from the window that begins at column `first` of the ring. The biases are read anew each time: one
 * load of two registers, where copying them from registers would take two. */
SG_INLINE SG_DW_TARGET void emit(struct position *p, const struct sg_neon_requant *to, size_t count, int rows,
                                 const struct sg_dw_column ring[SIZE], int first) {
  const struct sg_dw_column *window[SIZE];
  SG_UNROLL_FOR (int i = 0; i < SIZE; i++) window[i] = &ring[(first + i) % SIZE];
  SG_UNROLL_FOR (int row = 0; row < rows; row++) {
    const struct row_filter *source = p->source[row];
    const int32x4x2_t sum = sg_dw_sum(source->bias, KEEP_FILTER ? &p->filter[row] : &source->filter, row, window);
    int8_t *output = p->output[row] + p->at;
    if (to) {
      const int32x4_t a = sg_neon_scale(sum.val[0], p->scale[0]), b = sg_neon_scale(sum.val[1], p->scale[1]);
      sg_neon_store_16(output, sg_neon_narrow(a, b, a, b, to), count);
    } else {
      vst1_s8(output, vqmovn_s16(sg_neon_bounded_scale(sum.val[0], sum.val[1], p->scale[0], p->scale[1], p->magic)));
    }
  }
  p->at = advance(p->at, p->step);
}

/* How far along the row a sweep gets without meeting its end. */
struct extent {
  int32_t out_w, in_w, pad, fast; /* fast: results whose columns end inside the image */
};

/* The new columns of the window that begins at `first` of the ring. At stride 1 inputs and outputs share their index.
 * `inside`: how many of the columns lie inside the image. */
SG_INLINE SG_DW_TARGET void turn(struct position *p, struct sg_dw_column ring[SIZE], int first, int rows, int stride,
                                 int32_t inside, struct sg_dw_column padding) {
  SG_UNROLL_FOR (int i = 0; i < stride; i++) {
    struct sg_dw_column *column = &ring[(first + SIZE - stride + i) % SIZE];
    *column = padding;
    if (i < inside) *column = sg_dw_next_column(&p->input[i], stride == 1 ? p->at : p->read, rows);
  }
  if (stride == 2) p->read = advance(p->read, 2 * p->step);
}

/* One line of 8 channels. The columns of the window form a ring, and the loop is unrolled to one turn of it, so
 * that nothing is copied. `to` is null for the short requantisation. */
SG_INLINE SG_DW_TARGET void sweep(struct position p, const struct extent *e, struct sg_dw_column padding,
                                  const struct sg_neon_requant *to, size_t count, int rows, int stride) {
  struct sg_dw_column ring[SIZE];
  size_t at = 0;
  p.input[0].step = p.step;
  SG_UNROLL_FOR (int i = 0; i < SIZE - stride; i++) {
    ring[i] = padding;
    if (i < e->pad || i - e->pad >= e->in_w) continue;
    ring[i] = sg_dw_next_column(&p.input[0], at, rows);
    at += p.step;
  }
  sg_dw_restart(&p.input[0], at);
  if (stride == 2) {
    p.input[0].step = 2 * p.step;
    p.input[1] = p.input[0];
    SG_UNROLL_FOR (int i = 0; i < SIZE; i++) p.input[1].row[i] += p.step;
  }
  int32_t left = e->out_w;
  const int unrolled = SIZE == 3 || !to; /* the library need not carry a large loop for a rare case */
  for (; unrolled && left > e->out_w - e->fast + SIZE - 1; left -= SIZE) {
    SG_UNROLL_FOR (int i = 0; i < SIZE; i++) {
      turn(&p, ring, i * stride % SIZE, rows, stride, stride, padding);
      emit(&p, to, count, rows, ring, i * stride % SIZE);
    }
  }
  int32_t inside = e->in_w + e->pad - SIZE + stride - stride * (e->out_w - left);
  for (; left > 0; left--, inside -= stride) {
    turn(&p, ring, 0, rows, stride, inside, padding);
    emit(&p, to, count, rows, ring, 0);
    SG_UNROLL_FOR (int i = 0; i < SIZE - stride; i++) ring[i] = ring[i + stride];
  }
}

/* The lines of halves [first, last) of a block. */
SG_INLINE SG_DW_TARGET void sweep_halves(const struct block *b, const struct line *l, const struct sg_requant *requant,
                                         size_t first, size_t last, int rows, int stride, int bounded) {
  const struct sg_neon_requant to = sg_neon_requant_load(requant);
  const struct sg_dw_column padding = sg_dw_padding(l->padding);
  const int32_t reach = l->in_w + l->pad < SIZE ? 0 : (l->in_w + l->pad - SIZE) / stride + 1;
  const struct extent e = {l->out_w, l->in_w, l->pad, reach < l->out_w ? reach : l->out_w};
  struct position p = {.step = l->step, .magic = sg_neon_bounded_magic(requant)};
  for (size_t i = first; i < last; i++) {
    for (int row = 0; row < rows; row++) {
      p.output[row] = l->output[row] + i * HALF;
      p.source[row] = &l->filter[row][i];
      p.filter[row] = p.source[row]->filter;
    }
    for (int row = 0; row < MOST_ROWS + SIZE - 1; row++) p.input[0].row[row] = l->input[row] + i * HALF;
    for (int c = 0; c < 2; c++) p.scale[c] = vld1q_f32(b->scale[i] + 4 * c);
    const size_t count = b->channels - i * HALF < HALF ? b->channels - i * HALF : HALF;
    sweep(p, &e, padding, bounded ? NULL : &to, count, rows, stride);
  }
}

#define SWEEP(name, rows, stride)                                                                                 \
  static SG_DW_TARGET void name(const struct block *b, const struct line *l, const struct sg_requant *to) {       \
    sweep_halves(b, l, to, 0, b->bounded, rows, stride, 1);                                                       \
  }                                                                                                               \
  static SG_DW_TARGET void name##_any(const struct block *b, const struct line *l, const struct sg_requant *to) { \
    sweep_halves(b, l, to, b->bounded, b->halves, rows, stride, 0);                                               \
  }
SWEEP(sweep_2_rows, 2, 1)
SWEEP(sweep_1_row, 1, 1)
SWEEP(sweep_stride_2, 1, 2)
#undef SWEEP

/* `rows` output rows from `row` on. */
static SG_DW_TARGET void run_rows(struct block *b, const struct sg_dwconv_s8_args *a, size_t channel, size_t row,
                                  int rows) {
  const struct sg_window *w = &a->window;
  const int32_t oy = (int32_t)(row % (size_t)w->out_h);
  const int8_t *image = a->input + row / (size_t)w->out_h * (size_t)w->in_h * (size_t)w->in_w * a->channels + channel;
  struct line l = {.in_w = w->in_w, .out_w = w->out_w, .pad = w->pad_left, .step = a->channels, .padding = a->padding};
  for (int i = 0; i < rows; i++) {
    const struct sg_taps y = sg_window_taps(oy + i, w->stride_h, w->pad_top, SIZE, 1, w->in_h);
    l.output[i] = a->output + (row + (size_t)i) * (size_t)w->out_w * a->channels + channel;
    l.filter[i] = b->inner[i];
    if (y.first == 0 && y.last == SIZE) continue;
    l.filter[i] = b->edge[i];
    for (size_t c = 0; c < b->channels; c += HALF)
      prepare_row(&b->edge[i][c / HALF], panel_of(a, channel + c), c % SG_DW_PANEL, i, y, a->padding);
  }
  for (int i = 0; i < MOST_ROWS + SIZE - 1; i++) {
    const int32_t y = oy * w->stride_h - w->pad_top + i;
    const int32_t inside = y < 0 ? 0 : y < w->in_h ? y : w->in_h - 1; /* weight 0 if it is another row */
    l.input[i] = image + (size_t)inside * (size_t)w->in_w * a->channels;
  }
  const int shape = w->stride_w == 2 ? 2 : rows - 1;
  typedef void (*sweep_function)(const struct block *, const struct line *, const struct sg_requant *);
  static const sweep_function sweeps[3][2] = {
      {sweep_1_row, sweep_1_row_any},
      {MOST_ROWS == 2 ? sweep_2_rows : NULL, MOST_ROWS == 2 ? sweep_2_rows_any : NULL},
      {sweep_stride_2, sweep_stride_2_any}};
  if (b->bounded > 0) sweeps[shape][0](b, &l, &a->requant);
  if (b->bounded < b->halves) sweeps[shape][1](b, &l, &a->requant);
}

SG_DW_TARGET void SG_DW_RUN(const struct sg_dwconv_s8_args *a) {
  const struct sg_window *w = &a->window;
  struct block b;
  for (size_t channel = 0; channel < a->channels; channel += BLOCK) {
    prepare_block(&b, a, channel);
    for (size_t row = a->begin; row < a->end;) {
      const int pair = MOST_ROWS == 2 && w->stride_h == 1 && row + 1 < a->end && (row + 1) % (size_t)w->out_h != 0;
      run_rows(&b, a, channel, row, pair + 1);
      row += (size_t)pair + 1;
    }
  }
}
