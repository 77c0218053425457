/* SPDX-License-Identifier: Apache-2.0 */
/* threads.h: a thread pool. It splits a range at places that depend only on its length and the number of threads; which
 * thread computes which part depends on timing. */
#ifndef SG_RUNTIME_THREADS_H
#define SG_RUNTIME_THREADS_H

#include <stddef.h>
#include <stdint.h>

enum { SG_MAX_THREADS = 64 };

struct sg_pool;

typedef void (*sg_work)(void *context, uint32_t thread, size_t begin, size_t end);

/* Creates a pool of `threads`, the caller among them. Null when threads <= 1 or none could be created: then the caller
 * works alone. */
struct sg_pool *sg_pool_create(uint32_t threads);
void sg_pool_destroy(struct sg_pool *pool); /* null is allowed */
uint32_t sg_pool_threads(const struct sg_pool *pool);

/* Calls work on disjoint ranges that cover [0, items), cut at multiples of `tile`; returns when all are done. */
void sg_pool_run(struct sg_pool *pool, size_t items, size_t tile, sg_work work, void *context);

#endif
