/* SPDX-License-Identifier: Apache-2.0 */
/* family.h: shared by all kernel families: ISA bits, the rows of kernels.inc, and the selection of a variant. */
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

/* The kernels of a family, best first, are a list in its kernels.inc that applies ROW to each:
 *   #define SG_KERNELS(ROW)
 *     SG_ARM64(ROW, name, isa, output, mr, nr, kr)
 *     ROW(name, isa, output, mr, nr, kr)
 * Name: sg_<op>_<types>_<mr>x<nr>c<kr>__<isa>. mr x nr: tile of rows and channels; kr: steps of the reduction at once.
 * A prefix limits a row to the machines whose compiler has the instructions. */
#if defined(__aarch64__)
#define SG_ARM64(ROW, ...) ROW(__VA_ARGS__)
#else
#define SG_ARM64(ROW, ...)
#endif
#if defined(__x86_64__)
#define SG_X86_64(ROW, ...) ROW(__VA_ARGS__)
#else
#define SG_X86_64(ROW, ...)
#endif
/* macOS reports AVX-512 only after a process has used it. */
#if defined(__x86_64__) && !defined(__APPLE__)
#define SG_X86_64_AVX512(ROW, ...) ROW(__VA_ARGS__)
#else
#define SG_X86_64_AVX512(ROW, ...)
#endif

/* A kernel of any family, and its row of kernels.inc. */
typedef void sg_any_kernel(void);
struct sg_variant {
  sg_any_kernel *run; /* called by sg_<family>_run, which restores its type */
  uint16_t isa;
  uint8_t output, mr, nr, kr;
};

/* Of `count` variants, the first that this CPU can run and that writes `output`; null when there is none. */
const struct sg_variant *sg_variant_select(const struct sg_variant *variants, size_t count, uint32_t isa,
                                           uint32_t output);

/* Declares a family whose arguments are struct sg_<family>_args: its kernel type, the selection of a variant and the
 * call of one. Tests read the whole list and the names; a linker drops both from an app. */
#define SG_DECLARE_FAMILY(family)                                                                                 \
  typedef void sg_##family##_kernel(const struct sg_##family##_args *);                                           \
  const struct sg_variant *sg_##family##_select(uint32_t isa, uint32_t output);                                   \
  const struct sg_variant *sg_##family##_variants(size_t *count);                                                 \
  const char *sg_##family##_name(size_t index);                                                                   \
  static inline void sg_##family##_run(const struct sg_variant *variant, const struct sg_##family##_args *args) { \
    ((sg_##family##_kernel *)variant->run)(args);                                                                 \
  }

/* Only tests on Linux read names; a Swift package has no linker step of ours to drop them. */
#if defined(__APPLE__)
#define SG_DEFINE_FAMILY_NAMES(family)
#else
#define SG_DEFINE_FAMILY_NAMES(family)                            \
  const char *sg_##family##_name(size_t index) {                  \
    static const char *const names[] = {SG_KERNELS(SG_ROW_NAME)}; \
    return names[index];                                          \
  }
#endif

/* Defines the functions of SG_DECLARE_FAMILY from the SG_KERNELS that was included last. */
#define SG_DEFINE_FAMILY(family)                                                         \
  typedef sg_##family##_kernel sg_kernel_of_family;                                      \
  SG_KERNELS(SG_ROW_DECLARATION)                                                         \
  static const struct sg_variant variants[] = {SG_KERNELS(SG_ROW_VARIANT)};              \
  const struct sg_variant *sg_##family##_select(uint32_t isa, uint32_t output) {         \
    return sg_variant_select(variants, sizeof variants / sizeof *variants, isa, output); \
  }                                                                                      \
  const struct sg_variant *sg_##family##_variants(size_t *count) {                       \
    *count = sizeof variants / sizeof *variants;                                         \
    return variants;                                                                     \
  }                                                                                      \
  SG_DEFINE_FAMILY_NAMES(family)
#define SG_ROW_DECLARATION(name, isa, output, mr, nr, kr) sg_kernel_of_family name;
#define SG_ROW_VARIANT(name, isa, output, mr, nr, kr) {(sg_any_kernel *)name, isa, output, mr, nr, kr},
#define SG_ROW_NAME(name, isa, output, mr, nr, kr) #name,

#endif
