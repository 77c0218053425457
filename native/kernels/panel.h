/* SPDX-License-Identifier: Apache-2.0 */
/* panel.h: weight layout n8c4: panels of 8 output channels, the reduction in groups of 4 (see native/README.md). */
#ifndef SG_KERNELS_PANEL_H
#define SG_KERNELS_PANEL_H

#include <stddef.h>
#include <stdint.h>

enum { SG_PANEL = 8 };

struct sg_panel {
  int32_t bias[SG_PANEL];
  float scale[SG_PANEL];
  int8_t weights[]; /* [depth / 4][8][4] */
};

/* The reduction as stored: rounded up to 8, the rest is 0. */
static inline size_t sg_panel_depth(size_t k) {
  return (k + 7) / 8 * 8;
}
static inline size_t sg_panel_bytes(size_t depth) {
  return sizeof(struct sg_panel) + SG_PANEL * depth;
}

/* acc[c] = bias[c] + sum of x[k] * w[k][c], wrapping around. Reads `depth` bytes of x: beyond the true reduction the
 * weights are 0, so the values of x do not matter there (the arena guarantees that they can be read). */
static inline void sg_panel_dot(const struct sg_panel *panel, const int8_t *x, size_t depth, int32_t acc[SG_PANEL]) {
  uint32_t sum[SG_PANEL];
  for (int c = 0; c < SG_PANEL; c++) sum[c] = (uint32_t)panel->bias[c];
  const int8_t *w = panel->weights;
  for (size_t k = 0; k < depth; k += 4, w += 4 * SG_PANEL)
    for (int c = 0; c < SG_PANEL; c++)
      sum[c] +=
          (uint32_t)(x[k] * w[4 * c] + x[k + 1] * w[4 * c + 1] + x[k + 2] * w[4 * c + 2] + x[k + 3] * w[4 * c + 3]);
  for (int c = 0; c < SG_PANEL; c++) acc[c] = (int32_t)sum[c];
}

#endif
