/* files.h: files as memory, for the measured programs; any failure ends the program with a message.
 * Shared mappings, so that they do not count as anonymous memory. */
#ifndef SG_BENCH_FILES_H
#define SG_BENCH_FILES_H

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct sg_file {
  const void *bytes;
  size_t size;
};

static inline int sg_fail(const char *what, const char *why) {
  fprintf(stderr, "%s: %s\n", what, why);
  return 1;
}

static inline struct sg_file sg_map_file(const char *path) {
  struct stat info;
  const int file = open(path, O_RDONLY);
  if (file < 0 || fstat(file, &info) != 0) exit(sg_fail(path, "cannot be read"));
  const struct sg_file mapped = {mmap(NULL, (size_t)info.st_size, PROT_READ, MAP_SHARED, file, 0),
                                 (size_t)info.st_size};
  close(file);
  if (mapped.bytes == MAP_FAILED) exit(sg_fail(path, "cannot be mapped"));
  return mapped;
}

/* A new file of that size, to be written through memory. */
static inline float *sg_output_file(const char *path, size_t bytes) {
  const int file = open(path, O_RDWR | O_CREAT | O_TRUNC, 0644);
  if (file < 0 || ftruncate(file, (off_t)bytes) != 0) exit(sg_fail(path, "cannot be written"));
  void *mapped = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  if (mapped == MAP_FAILED) exit(sg_fail(path, "cannot be mapped"));
  return (float *)mapped;
}

#endif
