/* SPDX-License-Identifier: Apache-2.0 */
/* neon_filters.h: weights, biases and scales of a block of channels, in the order of the sweep over the image. A part
 * of neon_sweep.h. */
/* Channels: of a sweep, and of a pass over the image: a cache line, so that each line of the image is fetched once
 * though a sweep takes 8 channels of it. */
enum { HALF = 8, BLOCK = 64, HALVES = BLOCK / HALF };

/* The filter of one output row in 8 channels, with the products of image rows outside added to the bias. */
struct row_filter {
  struct sg_dw_filter filter;
  int32_t bias[HALF];
};

/* Two output rows in a block of channels. `edge` replaces `inner` where a row of the window lies outside the image.
 */
struct block {
  struct row_filter inner[MOST_ROWS][HALVES], edge[MOST_ROWS][HALVES];
  float scale[HALVES][HALF];
  size_t channels, halves;
  size_t bounded; /* so many halves from the first on take the short requantisation */
};

/* Weights and bias as the output row `row` of a pair needs them, its taps `y` inside the image. */
SG_INLINE SG_DW_TARGET void prepare_row(struct row_filter *to, const struct sg_dw_panel *panel, size_t half, int row,
                                        struct sg_taps y, int8_t padding) {
  int8x8_t weights[SIZE * SIZE];
  int32x4_t bias[2] = {vld1q_s32(panel->bias + half), vld1q_s32(panel->bias + half + 4)};
  SG_UNROLL_FOR (int t = 0; t < SIZE * SIZE; t++) {
    weights[t] = vld1_s8(panel->weights + t * SG_DW_PANEL + half);
    if (t / SIZE >= y.first && t / SIZE < y.last) continue;
    const int16x8_t products = vmull_s8(weights[t], vdup_n_s8(padding));
    bias[0] = vaddw_s16(bias[0], vget_low_s16(products));
    bias[1] = vaddw_high_s16(bias[1], products);
    weights[t] = vdup_n_s8(0);
  }
  vst1q_s32(to->bias, bias[0]);
  vst1q_s32(to->bias + 4, bias[1]);
  to->filter = sg_dw_filter_of(weights, row);
}

static const struct sg_dw_panel *panel_of(const struct sg_dwconv_s8_args *a, size_t channel) {
  return (const struct sg_dw_panel *)((const char *)a->weights +
                                      channel / SG_DW_PANEL * sg_dw_panel_bytes(SIZE * SIZE));
}

static SG_DW_TARGET void prepare_block(struct block *b, const struct sg_dwconv_s8_args *a, size_t channel) {
  const struct sg_taps whole = {0, 0, SIZE};
  b->channels = a->channels - channel < BLOCK ? a->channels - channel : BLOCK;
  b->halves = (b->channels + HALF - 1) / HALF;
  b->bounded = 0;
  int bounded = sg_neon_bounded(&a->requant);
  for (size_t i = 0; i < b->halves; i++) {
    const size_t half = i * HALF % SG_DW_PANEL;
    const struct sg_dw_panel *panel = panel_of(a, channel + i * HALF);
    SG_UNROLL_FOR (int row = 0; row < MOST_ROWS; row++) prepare_row(&b->inner[row][i], panel, half, row, whole, 0);
    for (size_t c = 0; c < HALF; c += 4) {
      const float32x4_t scale = vld1q_f32(panel->scale + half + c);
      bounded = bounded && sg_neon_bounded_sums(vld1q_s32(panel->bias + half + c), scale, SIZE * SIZE * 127 * 128);
      vst1q_f32(b->scale[i] + c, scale);
    }
    bounded = bounded && b->channels >= (i + 1) * HALF;
    b->bounded += (size_t)bounded;
  }
}
