/* SPDX-License-Identifier: Apache-2.0 */
/* platform.h: the handful of libc functions that the runtime uses, declared here so that no sysroot is needed.
 * They are part of every libc (bionic, glibc, musl, Apple's libSystem); the pthread objects are opaque and at least as
 * large as each platform's own (the largest: 64 bytes, Apple's pthread_mutex_t). */
#ifndef SG_RUNTIME_PLATFORM_H
#define SG_RUNTIME_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

void *malloc(size_t);
void *calloc(size_t, size_t);
void free(void *);
void *memcpy(void *restrict, const void *restrict, size_t);
void *memmove(void *, const void *, size_t);
void *memset(void *, int, size_t);
int memcmp(const void *, const void *, size_t);

typedef union {
  unsigned char bytes[64];
  void *align;
} sg_mutex;
typedef union {
  unsigned char bytes[64];
  void *align;
} sg_condition;
typedef void *sg_thread; /* an unsigned long or a pointer, both of pointer size */

int pthread_create(sg_thread *, const void *attributes, void *(*)(void *), void *);
int pthread_join(sg_thread, void **);
int pthread_mutex_init(sg_mutex *, const void *attributes);
int pthread_mutex_destroy(sg_mutex *);
int pthread_mutex_lock(sg_mutex *);
int pthread_mutex_unlock(sg_mutex *);
int pthread_cond_init(sg_condition *, const void *attributes);
int pthread_cond_destroy(sg_condition *);
int pthread_cond_wait(sg_condition *, sg_mutex *);
int pthread_cond_broadcast(sg_condition *);

#if defined(__APPLE__)
int sysctlbyname(const char *, void *, size_t *, void *, size_t);
#else
int open(const char *, int, ...);
long read(int, void *, size_t);
int close(int);
unsigned long getauxval(unsigned long);
#endif

#endif
