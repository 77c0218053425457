/* SPDX-License-Identifier: Apache-2.0 */
/* select.c: selects a kernel of any family. */
#include "family.h"

const struct sg_variant *sg_variant_select(const struct sg_variant *variants, size_t count, uint32_t isa,
                                           uint32_t output) {
  for (const struct sg_variant *v = variants; v < variants + count; v++)
    if ((v->isa & isa) == v->isa && v->output == output) return v;
  return NULL;
}
