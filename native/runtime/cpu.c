/* SPDX-License-Identifier: Apache-2.0 */
/* cpu.c: instruction sets and performance cores. */
#include "cpu.h"

#include "../kernels/family.h"
#include "platform.h"

#if defined(__x86_64__)
#include <cpuid.h>
#endif

enum { MAX_THREADS = 4, MAX_CPUS = 64 };

static uint32_t limit = UINT32_MAX;

void sg_cpu_limit_isa(uint32_t mask) {
  limit = mask;
}

#if defined(__aarch64__) && defined(__APPLE__)

static int has_feature(const char *name) {
  int32_t value = 0;
  size_t size = sizeof value;
  return sysctlbyname(name, &value, &size, NULL, 0) == 0 && value != 0;
}

static uint32_t detect(void) {
  return SG_ISA_NEON | (has_feature("hw.optional.arm.FEAT_DotProd") ? SG_ISA_NEONDOT : 0u) |
         (has_feature("hw.optional.arm.FEAT_I8MM") ? SG_ISA_NEONI8MM : 0u);
}

#elif defined(__aarch64__)

/* The kernel reports only what all cores have. */
static uint32_t detect(void) {
  enum { AT_HWCAP = 16, AT_HWCAP2 = 26 };
  const unsigned long dotprod = 1ul << 20, i8mm = 1ul << 13;
  return SG_ISA_NEON | (getauxval(AT_HWCAP) & dotprod ? SG_ISA_NEONDOT : 0u) |
         (getauxval(AT_HWCAP2) & i8mm ? SG_ISA_NEONI8MM : 0u);
}

#elif defined(__x86_64__)

/* The states that the operating system saves with a thread. */
static uint32_t saved_states(void) {
  uint32_t low, high;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

static uint32_t detect(void) {
  enum { SSE_AVX = 0x6, SSE_AVX_AVX512 = 0xE6 };
  const uint32_t avx512 = bit_AVX512F | bit_AVX512BW | bit_AVX512VL;
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d) || !(c & bit_OSXSAVE)) return SG_ISA_REF;
  const uint32_t saved = saved_states();
  if ((saved & SSE_AVX) != SSE_AVX || !__get_cpuid_count(7, 0, &a, &b, &c, &d) || !(b & bit_AVX2)) return SG_ISA_REF;
  const int vnni = (saved & SSE_AVX_AVX512) == SSE_AVX_AVX512 && (b & avx512) == avx512 && (c & bit_AVX512VNNI);
  return SG_ISA_AVX2 | (vnni ? SG_ISA_AVX512VNNI : 0u);
}

#else

static uint32_t detect(void) {
  return SG_ISA_REF;
}

#endif

uint32_t sg_cpu_isa(void) {
  return detect() & limit;
}

#if defined(__APPLE__)

uint32_t sg_cpu_performance_cores(void) {
  int32_t cores = 0;
  size_t size = sizeof cores;
  if (sysctlbyname("hw.perflevel0.physicalcpu", &cores, &size, NULL, 0) != 0 || cores < 1) cores = 1;
  return cores < MAX_THREADS ? (uint32_t)cores : MAX_THREADS;
}

#else

/* The number in /sys/devices/system/cpu/cpu<index>/<leaf>, or -1 when there is none. */
static int32_t cpu_number(uint32_t index, const char *leaf) {
  static const char prefix[] = "/sys/devices/system/cpu/cpu";
  char path[96], text[16];
  size_t at = sizeof prefix - 1;
  memcpy(path, prefix, at);
  if (index >= 10) path[at++] = (char)('0' + index / 10);
  path[at++] = (char)('0' + index % 10);
  path[at++] = '/';
  do path[at++] = *leaf;
  while (*leaf++);
  const int file = open(path, 0);
  if (file < 0) return -1;
  const long length = read(file, text, sizeof text);
  close(file);
  int32_t value = 0;
  for (long i = 0; i < length && text[i] >= '0' && text[i] <= '9' && value < 100000000; i++)
    value = 10 * value + (text[i] - '0');
  return value;
}

uint32_t sg_cpu_performance_cores(void) {
  static const char *const leaves[] = {"cpu_capacity", "cpufreq/cpuinfo_max_freq"};
  uint32_t cores = 0;
  for (int l = 0; l < 2 && !cores; l++) {
    int32_t value[MAX_CPUS], best = 0;
    for (uint32_t i = 0; i < MAX_CPUS; i++) {
      value[i] = cpu_number(i, leaves[l]);
      best = value[i] > best ? value[i] : best;
    }
    for (uint32_t i = 0; best && i < MAX_CPUS; i++) cores += value[i] >= best - best / 4;
  }
  /* A virtual machine may have neither file: then all its cores count. */
  for (uint32_t i = 0; !cores && i < MAX_CPUS && cpu_number(i, "topology/core_id") >= 0; i++)
    if (i + 1 == MAX_THREADS || cpu_number(i + 1, "topology/core_id") < 0) cores = i + 1;
  return cores < 1 ? 1 : cores < MAX_THREADS ? cores : MAX_THREADS;
}

#endif
