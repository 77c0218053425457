/* family.h: what all kernel families share: ISA bits, the row of kernels.inc, and how a variant is chosen. */
#ifndef SG_KERNELS_FAMILY_H
#define SG_KERNELS_FAMILY_H

#include <stddef.h>
#include <stdint.h>

#include "exact.h"

/* Instruction sets a kernel may need; a variant runs only where all its bits are present. */
enum sg_isa {
  SG_ISA_REF = 0, /* portable C */
  SG_ISA_NEON = 1 << 0,
  SG_ISA_NEONDOT = 1 << 1,
  SG_ISA_NEONI8MM = 1 << 2,
  SG_ISA_AVX2 = 1 << 8,
  SG_ISA_AVX512VNNI = 1 << 9
};

/* Element type a kernel writes; the values of sg_dtype. */
enum sg_output { SG_OUT_S8 = 1, SG_OUT_F32 = 2 };

/* A reference that no phone runs, since arm64 without NEON does not exist, should not take space in apps. */
#if defined(__aarch64__)
#define SG_REFERENCE __attribute__((cold))
#else
#define SG_REFERENCE
#endif

/* A row of kernels.inc, best first:
 *   SG_KERNEL(name, isa, output, mr, nr, kr)   mr x nr: tile of rows and channels, kr: steps of the reduction at once
 * Name: sg_<op>_<types>_<mr>x<nr>c<kr>__<isa>. Declares the family's kernel type, its variants and their selection.
 * Names and the whole list are for tests; a linker drops them from an app. */
#define SG_DECLARE_FAMILY(family)                                            \
  typedef void (*sg_##family##_kernel)(const struct sg_##family##_args *);   \
  struct sg_##family##_variant {                                             \
    sg_##family##_kernel run;                                                \
    uint16_t isa;                                                            \
    uint8_t output, mr, nr, kr;                                              \
  };                                                                         \
  const struct sg_##family##_variant *sg_##family##_variants(size_t *count); \
  const char *sg_##family##_name(size_t index);                              \
  /* The first variant that this CPU can run, or null. */                    \
  const struct sg_##family##_variant *sg_##family##_select(uint32_t isa, uint32_t output);

/* Names are only asked for by tests, which run on Linux; a Swift package has no linker step of ours to drop them. */
#if defined(__APPLE__)
#define SG_DEFINE_FAMILY_NAMES(family)
#else
#define SG_DEFINE_FAMILY_NAMES(family)           \
  const char *sg_##family##_name(size_t index) { \
    return names[index];                         \
  }
#endif
#define SG_NAMES __attribute__((unused))

/* Defines them from tables called `variants` and `names`. */
#define SG_DEFINE_FAMILY(family)                                                                           \
  const struct sg_##family##_variant *sg_##family##_variants(size_t *count) {                              \
    *count = sizeof variants / sizeof *variants;                                                           \
    return variants;                                                                                       \
  }                                                                                                        \
  SG_DEFINE_FAMILY_NAMES(family)                                                                           \
  const struct sg_##family##_variant *sg_##family##_select(uint32_t isa, uint32_t output) {                \
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++)                                        \
      if ((variants[i].isa & isa) == variants[i].isa && variants[i].output == output) return &variants[i]; \
    return NULL;                                                                                           \
  }

#endif
