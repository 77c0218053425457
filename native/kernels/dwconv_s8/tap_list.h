/* SPDX-License-Identifier: Apache-2.0 */
/* tap_list.h: the loops of a depthwise convolution over lists of taps: for each output position, pointers to its taps.
 * Taps outside the image point at padding, so that borders need no code of their own. 64 channels, a cache line, share
 * a list, and their rearranged weights stay in the first cache for a whole pass over the image.
 *
 * Before: SG_DW_INLINE; struct sg_dw_block, 16 channels; sg_dw_block_of(block, panel, taps);
 * sg_dw_block_run(block, taps, list, channel, output, count, requant), channel counted from the list's first. */
#ifndef SG_KERNELS_DWCONV_S8_TAP_LIST_H
#define SG_KERNELS_DWCONV_S8_TAP_LIST_H

enum { SG_DW_CHANNELS = 64, SG_DW_BLOCKS = SG_DW_CHANNELS / SG_DW_PANEL };

/* Fills `list` for one output position; `image` and `padding` point to the first of the channels. */
static inline void sg_dw_list(const struct sg_dwconv_s8_args *a, const int8_t *image, const int8_t *padding,
                              struct sg_taps y, struct sg_taps x, const int8_t **list) {
  const struct sg_window *w = &a->window;
  const size_t step = (size_t)w->dilation_w * a->channels;
  for (int32_t ky = 0; ky < w->kernel_h; ky++) {
    const int64_t iy = y.begin + (int64_t)ky * w->dilation_h, ix = x.begin + (int64_t)x.first * w->dilation_w;
    int32_t kx = 0;
    if (ky >= y.first && ky < y.last && x.first < x.last) {
      const int8_t *from = image + (size_t)(iy * w->in_w + ix) * a->channels;
      for (; kx < x.first; kx++) *list++ = padding;
      for (; kx < x.last; kx++, from += step) *list++ = from;
    }
    for (; kx < w->kernel_w; kx++) *list++ = padding;
  }
}

/* `taps` is the kernel's, a constant where that pays. */
SG_DW_INLINE void sg_dw_run(const struct sg_dwconv_s8_args *a, const int taps) {
  const struct sg_window *w = &a->window;
  const size_t panel_bytes = sg_dw_panel_bytes((size_t)taps), line = (size_t)w->in_w * a->channels;
  const sg_dw_requant requant = sg_dw_requant_load(&a->requant);
  struct sg_dw_block block[SG_DW_BLOCKS];
  int8_t padding[SG_DW_CHANNELS];
  const int8_t *list[SG_DW_MOST_TAPS + 3];
  for (int i = 0; i < SG_DW_CHANNELS; i++) padding[i] = a->padding;
  for (int i = 0; i < SG_DW_MOST_TAPS + 3; i++) list[i] = padding;
  for (size_t c = 0; c < a->channels; c += SG_DW_CHANNELS) {
    const size_t channels = a->channels - c < SG_DW_CHANNELS ? a->channels - c : SG_DW_CHANNELS;
    for (size_t b = 0; b * SG_DW_PANEL < channels; b++)
      sg_dw_block_of(&block[b], (const void *)((const char *)a->weights + (c / SG_DW_PANEL + b) * panel_bytes), taps);
    for (size_t row = a->begin; row < a->end; row++) {
      const int8_t *image = a->input + row / (size_t)w->out_h * (size_t)w->in_h * line + c;
      const int32_t oy = (int32_t)(row % (size_t)w->out_h);
      const struct sg_taps y = sg_window_taps(oy, w->stride_h, w->pad_top, w->kernel_h, w->dilation_h, w->in_h);
      int8_t *output = a->output + row * (size_t)w->out_w * a->channels + c;
      for (int32_t ox = 0; ox < w->out_w; ox++, output += a->channels) {
        const struct sg_taps x = sg_window_taps(ox, w->stride_w, w->pad_left, w->kernel_w, w->dilation_w, w->in_w);
        sg_dw_list(a, image, padding, y, x, list);
        for (size_t b = 0, at = 0; at < channels; b++, at += SG_DW_PANEL)
          sg_dw_block_run(&block[b], taps, list, at, output + at, channels - at, &requant);
      }
    }
  }
}

#endif
