/* anonymous.h: how much anonymous memory (heap, stack, zero-initialised data) this process has touched.
 *
 * The kernel's own figures (/proc/self/status, smaps) are those of the emulator. The list of mappings that the emulator
 * shows to its guest and mincore(), which counts the pages that exist, are the guest's own. */
#ifndef SG_BENCH_ANONYMOUS_H
#define SG_BENCH_ANONYMOUS_H

#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SG_PAGES_AT_ONCE = 4096 };

static inline size_t sg_touched_bytes(uintptr_t begin, uintptr_t end, size_t page) {
  static unsigned char present[SG_PAGES_AT_ONCE];
  size_t bytes = 0;
  for (uintptr_t at = begin; at < end; at += SG_PAGES_AT_ONCE * page) {
    const size_t length = end - at < SG_PAGES_AT_ONCE * page ? end - at : SG_PAGES_AT_ONCE * page;
    if (mincore((void *)at, length, present) != 0) continue; /* unmapped since the list was read */
    for (size_t i = 0; i < length / page; i++) bytes += (present[i] & 1) * page;
  }
  return bytes;
}

/* Bytes in private mappings that no file backs, or 0 when the list cannot be read. */
static inline size_t sg_anonymous_bytes(void) {
  static char text[1 << 16];
  size_t length = 0, bytes = 0;
  const int file = open("/proc/self/maps", O_RDONLY);
  if (file < 0) return 0;
  for (ssize_t n; length < sizeof text - 1 && (n = read(file, text + length, sizeof text - 1 - length)) > 0;)
    length += (size_t)n;
  close(file);
  text[length] = 0;
  const size_t page = (size_t)sysconf(_SC_PAGESIZE);
  for (char *line = text; line && *line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
    unsigned long long begin, end, inode;
    char access[5];
    if (sscanf(line, "%llx-%llx %4s %*x %*x:%*x %llu", &begin, &end, access, &inode) != 4) continue;
    if (inode == 0 && access[3] == 'p' && access[0] == 'r')
      bytes += sg_touched_bytes((uintptr_t)begin, (uintptr_t)end, page);
  }
  return bytes;
}

#endif
