/* pool_driver.c: the thread pool alone. Made for ThreadSanitizer, which ends the program at the first race.
 * Status 1: no pool; 3: an item was computed twice or not at all; 4: a thread that is held up holds up the others.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../native/runtime/threads.h"

enum { ITEMS = 300, ROUNDS = 40, HELD = 64, PATIENCE_SECONDS = 20 };

static unsigned char counts[ITEMS]; /* written by whoever computes an item: a race if two do */

static void count(void *context, uint32_t thread, size_t begin, size_t end) {
  (void)context, (void)thread;
  for (size_t i = begin; i < end; i++) counts[i]++;
}

static int every_item_once(uint32_t threads) {
  struct sg_pool *pool = sg_pool_create(threads);
  if (!pool || sg_pool_threads(pool) != threads) return 1;
  uint32_t random = threads;
  for (int round = 0; round < ROUNDS; round++) {
    random = random * 1664525U + 1013904223U;
    const size_t items = random >> 8 & 255, tile = 1 + (random >> 24 & 7);
    memset(counts, 0, sizeof counts);
    sg_pool_run(pool, items, tile, count, NULL);
    for (size_t i = 0; i < ITEMS; i++)
      if (counts[i] != (i < items)) return 3;
  }
  sg_pool_destroy(pool);
  return 0;
}

/* Of two threads the worker does not finish its first block before the caller has computed three quarters. */
static void hold_worker(void *context, uint32_t thread, size_t begin, size_t end) {
  uint32_t *caller = context;
  const struct timespec moment = {.tv_nsec = 1000000};
  if (thread == 0)
    __atomic_add_fetch(caller, (uint32_t)(end - begin), __ATOMIC_SEQ_CST);
  else
    for (int i = 0; i < PATIENCE_SECONDS * 1000 && __atomic_load_n(caller, __ATOMIC_SEQ_CST) < HELD / 4 * 3; i++)
      nanosleep(&moment, NULL);
}

int main(void) {
  for (uint32_t threads = 2; threads <= 8; threads++) {
    const int status = every_item_once(threads);
    if (status) return status;
  }
  struct sg_pool *pool = sg_pool_create(2);
  if (!pool) return 1;
  uint32_t caller = 0;
  sg_pool_run(pool, HELD, 1, hold_worker, &caller);
  sg_pool_destroy(pool);
  return caller >= HELD / 4 * 3 ? 0 : 4;
}
