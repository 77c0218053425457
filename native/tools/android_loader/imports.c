/* imports.c: the fixed table of bionic's functions that an SDK may import, most of them musl's of the same ABI.
 *
 * Only functions without a structure or constant that differs between bionic and musl are here; the pthread objects
 * are opaque, and the library reserves more bytes for them than either needs (runtime/platform.h). */
#include "imports.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

enum { HEADER_BYTES = 16 }; /* keeps malloc's alignment */

static atomic_size_t heap_now;
static atomic_size_t heap_peak;

static void *counted_calloc(size_t count, size_t bytes) {
  size_t total;
  if (__builtin_mul_overflow(count, bytes, &total) || total > SIZE_MAX - HEADER_BYTES) {
    return NULL;
  }
  uint8_t *block = calloc(1, total + HEADER_BYTES);
  if (block == NULL) {
    return NULL;
  }
  memcpy(block, &total, sizeof total);
  const size_t now = atomic_fetch_add(&heap_now, total) + total;
  size_t peak = atomic_load(&heap_peak);
  while (now > peak && !atomic_compare_exchange_weak(&heap_peak, &peak, now)) {
  }
  return block + HEADER_BYTES;
}

/* Filled with a pattern, so that a library that relies on zeros does not get them by luck. */
static void *counted_malloc(size_t bytes) {
  void *memory = counted_calloc(1, bytes);
  if (memory != NULL) {
    memset(memory, 0xA5, bytes);
  }
  return memory;
}

static void counted_free(void *memory) {
  if (memory == NULL) {
    return;
  }
  uint8_t *block = (uint8_t *)memory - HEADER_BYTES;
  size_t total;
  memcpy(&total, block, sizeof total);
  atomic_fetch_sub(&heap_now, total);
  free(block);
}

static int log_write(int priority, const char *tag, const char *text) {
  return fprintf(stderr, "log %d %s: %s\n", priority, tag, text);
}

__attribute__((format(printf, 3, 4))) static int log_print(int priority, const char *tag, const char *format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  return log_write(priority, tag, text);
}

/* What crt files of the NDK register for unloading; the loader never unloads. */
static int at_exit(void (*function)(void *), void *argument, void *library) {
  (void)function;
  (void)argument;
  (void)library;
  return 0;
}

static void finalize(void *library) {
  (void)library;
}

static void stack_smashed(void) {
  fputs("android_loader: the library's stack was overwritten\n", stderr);
  abort();
}

#define ROW(function) {#function, (void *)(function)}

void *import_resolve(const char *name) {
  static const struct {
    const char *name;
    void *function;
  } rows[] = {
      {"malloc", (void *)counted_malloc},
      {"calloc", (void *)counted_calloc},
      {"free", (void *)counted_free},
      {"__android_log_print", (void *)log_print},
      {"__android_log_write", (void *)log_write},
      {"__cxa_atexit", (void *)at_exit},
      {"__cxa_finalize", (void *)finalize},
      {"__stack_chk_fail", (void *)stack_smashed},
      ROW(abort),
      ROW(close),
      ROW(getauxval),
      ROW(memcmp),
      ROW(memcpy),
      ROW(memmove),
      ROW(memset),
      ROW(open),
      ROW(pthread_cond_broadcast),
      ROW(pthread_cond_destroy),
      ROW(pthread_cond_init),
      ROW(pthread_cond_signal),
      ROW(pthread_cond_wait),
      ROW(pthread_create),
      ROW(pthread_join),
      ROW(pthread_mutex_destroy),
      ROW(pthread_mutex_init),
      ROW(pthread_mutex_lock),
      ROW(pthread_mutex_unlock),
      ROW(read),
      ROW(strlen),
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
    if (strcmp(rows[i].name, name) == 0) {
      return rows[i].function;
    }
  }
  return NULL;
}

size_t import_heap_peak(void) {
  return atomic_load(&heap_peak);
}
