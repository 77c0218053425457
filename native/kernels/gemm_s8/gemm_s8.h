/* SPDX-License-Identifier: Apache-2.0 */
/* gemm_s8.h: rows of int8 times a packed weight matrix: 1x1 convolution and linear. */
#ifndef SG_KERNELS_GEMM_S8_H
#define SG_KERNELS_GEMM_S8_H

#include "../family.h"
#include "../panel.h"
#include "../requant.h"

struct sg_gemm_s8_args {
  const int8_t *input; /* [rows][k]; 64 bytes past the end may be read */
  const void *weights; /* panels of layout n8c4 */
  void *output;        /* [rows][output_stride], int8 or float32 by the variant; n of each row are written */
  void *scratch;       /* sg_gemm_s8_scratch(k, rows) bytes for this call alone, aligned to 16 */
  size_t begin, end;   /* rows to compute */
  size_t k, n, output_stride;
  struct sg_requant requant; /* int8 output only */
};

/* Of `rows` rows, kernels take so many at once that their input stays in the cache while all panels pass over it: 64
 * KB, but up to 56 rows (a 7x7 image), so that rearranging a panel pays. A multiple of 8. */
static inline size_t sg_gemm_s8_block(size_t k, size_t rows) {
  const size_t all = (rows + 7) / 8 * 8, cached = 65536 / sg_panel_depth(k) / 8 * 8, most = cached > 56 ? cached : 56;
  return all < most ? all : most;
}

/* The maximum over all variants: such a block and two panels, rearranged, the depth rounded up to 16 (neoni8mm),
 * or 16 KB of rows four times (neon). */
static inline size_t sg_gemm_s8_scratch(size_t k, size_t rows) {
  return (sg_gemm_s8_block(k, rows) + 2 * SG_PANEL) * (sg_panel_depth(k) + 8) + 8 * sizeof(struct sg_panel) + 16384;
}

SG_DECLARE_FAMILY(gemm_s8)

#endif
