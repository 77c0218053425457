/* SPDX-License-Identifier: Apache-2.0 */
/* avx512vnni.c: dwconv_s8: 3x3 by VPDPBUSD, other kernels by AVX2. A register holds a column of four image rows in 16
 * channels, [channel][row]; it serves three output columns and, at stride 1, two output rows, whose weights leave out
 * one of the four. VPDPBUSD's first operand is unsigned: 128 is added to the input, and 128 times the sum of the
 * weights leaves the bias. */
#if defined(__x86_64__) && !defined(__APPLE__) /* macOS announces AVX-512 only once a process has used it */
#include "../avx512.h"
#include "dwconv_s8.h"

/* A sweep along a row takes 16 channels; a pass over the image 64, a cache line, so that each line is fetched once. */
enum { SIZE = 3, SWEEPS = 4 };

struct filter {
  __m512i weights[2][SIZE]; /* of the upper and the lower output row */
  __m512i bias;
  __m512 scale;
};

/* The image rows of one or two output rows, at the first of the channels; a row outside is padding at every column. */
struct rows {
  const int8_t *row[4];
  size_t moves[4]; /* a mask of the offset in the row */
  int32_t in_w, stride;
  size_t channels;
  __m512i padding;
};

SG_AVX512_INLINE __m512i everywhere(const int8_t *x) {
  return _mm512_broadcast_i32x4(_mm_loadu_si128((const __m128i *)(const void *)x));
}

/* 16 channels of four rows, to [channel][row]: each 128 bits take four channels, one byte in four from each row. */
SG_AVX512_INLINE __m512i side_by_side(const int8_t *a, const int8_t *b, const int8_t *c, const int8_t *d) {
  const int32_t one = 0x01010101;
  const __m512i channels = _mm512_set_epi32(15 * one, 14 * one, 13 * one, 12 * one, 11 * one, 10 * one, 9 * one,
                                            8 * one, 7 * one, 6 * one, 5 * one, 4 * one, 3 * one, 2 * one, one, 0);
  __m512i all = _mm512_shuffle_epi8(everywhere(a), channels);
  all = _mm512_mask_shuffle_epi8(all, 0x2222222222222222, everywhere(b), channels);
  all = _mm512_mask_shuffle_epi8(all, 0x4444444444444444, everywhere(c), channels);
  return d ? _mm512_mask_shuffle_epi8(all, 0x8888888888888888, everywhere(d), channels) : all;
}

SG_AVX512_INLINE void prepare(struct filter *to, const struct sg_dw_panel *panel) {
  static const int8_t none[SG_DW_PANEL] = {0};
  const __m512i offset = _mm512_set1_epi8(-128);
  __m512i sum = _mm512_setzero_si512();
  for (int x = 0; x < SIZE; x++) {
    const int8_t *w = panel->weights + x * SG_DW_PANEL, *v = w + SIZE * SG_DW_PANEL, *u = v + SIZE * SG_DW_PANEL;
    to->weights[0][x] = side_by_side(w, v, u, none);
    to->weights[1][x] = side_by_side(none, w, v, u);
    sum = _mm512_dpbusd_epi32(sum, offset, to->weights[0][x]);
  }
  to->bias = _mm512_sub_epi32(_mm512_loadu_si512(panel->bias), sum);
  to->scale = _mm512_loadu_ps(panel->scale);
}

/* Column x of the image, 128 added. */
SG_AVX512_INLINE __m512i column(const struct rows *r, int32_t x, size_t channel, const int pair) {
  if (x < 0 || x >= r->in_w) return r->padding;
  const size_t at = (size_t)x * r->channels;
  const int8_t *p[4];
  for (int i = 0; i < 3 + pair; i++) p[i] = r->row[i] + (at & r->moves[i]) + channel;
  return _mm512_xor_si512(side_by_side(p[0], p[1], p[2], pair ? p[3] : NULL), _mm512_set1_epi8(-128));
}

/* 16 channels along one output row, or two. */
SG_AVX512_INLINE void sweep(const struct sg_dwconv_s8_args *a, const struct rows *r, const struct filter *filter,
                            size_t channel, int8_t *output, size_t count, const int pair) {
  const struct sg_avx512_requant requant = sg_avx512_requant_load(&a->requant);
  const struct filter f = *filter;
  const size_t below = (size_t)a->window.out_w * a->channels;
  int32_t x = -a->window.pad_left;
  __m512i c0 = column(r, x, channel, pair), c1 = column(r, x + 1, channel, pair), c2;
  for (int32_t left = a->window.out_w; left > 0; left--, output += a->channels) {
    c2 = column(r, x + 2, channel, pair);
    for (int i = 0; i < 1 + pair; i++) {
      __m512i sum = _mm512_dpbusd_epi32(f.bias, c0, f.weights[i][0]);
      sum = _mm512_dpbusd_epi32(sum, c1, f.weights[i][1]);
      sum = _mm512_dpbusd_epi32(sum, c2, f.weights[i][2]);
      const __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(sum), f.scale);
      sg_avx512_store(output + (i ? below : 0), sg_avx512_round(value, &requant), count);
    }
    x += r->stride;
    c0 = r->stride == 1 ? c1 : r->stride == 2 ? c2 : column(r, x, channel, pair);
    c1 = r->stride == 1 ? c2 : column(r, x + 1, channel, pair);
  }
}

/* Finds the image rows of output row `row` and, at stride 1, of the next. */
static void find_rows(const struct sg_dwconv_s8_args *a, size_t row, const int8_t *padding, struct rows *r) {
  const struct sg_window *w = &a->window;
  const size_t line = (size_t)w->in_w * a->channels;
  const int8_t *image = a->input + row / (size_t)w->out_h * (size_t)w->in_h * line;
  const int32_t first = (int32_t)(row % (size_t)w->out_h) * w->stride_h - w->pad_top;
  for (int32_t i = 0; i < 4; i++) {
    const int inside = first + i >= 0 && first + i < w->in_h;
    r->row[i] = inside ? image + (size_t)(first + i) * line : padding;
    r->moves[i] = inside ? SIZE_MAX : 0;
  }
}

SG_AVX512 static void run_3x3(const struct sg_dwconv_s8_args *a) {
  const struct sg_window *w = &a->window;
  const size_t pass = SWEEPS * SG_DW_PANEL, out_h = (size_t)w->out_h;
  struct rows r = {.in_w = w->in_w,
                   .stride = w->stride_w,
                   .channels = a->channels,
                   .padding = _mm512_set1_epi8((int8_t)(a->padding ^ -128))};
  int8_t padding[SWEEPS * SG_DW_PANEL];
  for (size_t i = 0; i < pass; i++) padding[i] = a->padding;
  for (size_t begin = 0; begin < a->channels; begin += pass) {
    struct filter filter[SWEEPS];
    const size_t end = a->channels - begin < pass ? a->channels - begin : pass;
    const char *panels = (const char *)a->weights + begin / SG_DW_PANEL * sg_dw_panel_bytes(SIZE * SIZE);
    for (size_t c = 0; c < end; c += SG_DW_PANEL, panels += sg_dw_panel_bytes(SIZE * SIZE))
      prepare(&filter[c / SG_DW_PANEL], (const void *)panels);
    for (size_t row = a->begin, count; row < a->end; row += count) {
      count = w->stride_h == 1 && row + 1 < a->end && (row + 1) % out_h != 0 ? 2 : 1;
      find_rows(a, row, padding, &r);
      for (int i = 0; i < 4; i++) r.row[i] += r.moves[i] & begin;
      for (size_t c = 0; c < end; c += SG_DW_PANEL) {
        int8_t *output = a->output + row * (size_t)w->out_w * a->channels + begin + c;
        if (count == 2)
          sweep(a, &r, &filter[c / SG_DW_PANEL], c, output, end - c, 1);
        else
          sweep(a, &r, &filter[c / SG_DW_PANEL], c, output, end - c, 0);
      }
    }
  }
}

void sg_dwconv_s8_s8_1x16c2__avx2(const struct sg_dwconv_s8_args *);

void sg_dwconv_s8_s8_2x16c4__avx512vnni(const struct sg_dwconv_s8_args *a) {
  const struct sg_window *w = &a->window;
  if (w->kernel_h == SIZE && w->kernel_w == SIZE && w->dilation_h == 1 && w->dilation_w == 1)
    run_3x3(a);
  else
    sg_dwconv_s8_s8_1x16c2__avx2(a);
}
#endif
