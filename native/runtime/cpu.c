/* cpu.c: instruction sets and performance cores. Only portable kernels exist yet, so no instruction set is asked for.
 */
#include "cpu.h"

#include "../kernels/family.h"
#include "platform.h"

enum { MAX_THREADS = 4, MAX_CPUS = 64 };

uint32_t sg_cpu_isa(void) {
  return SG_ISA_REF;
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
  /* A virtual machine may tell neither: its cores count alike. */
  for (uint32_t i = 0; !cores && i < MAX_CPUS && cpu_number(i, "topology/core_id") >= 0; i++)
    if (i + 1 == MAX_THREADS || cpu_number(i + 1, "topology/core_id") < 0) cores = i + 1;
  return cores < 1 ? 1 : cores < MAX_THREADS ? cores : MAX_THREADS;
}

#endif
