/* SPDX-License-Identifier: Apache-2.0 */
/* threads.c: a pool with work stealing. Each thread owns a share of the range, cut into up to three blocks; a thread
 * that has finished its share takes blocks of others, so that a slow or preempted core delays a run by at most one
 * block. Between the operators of a run workers spin for some microseconds, since waking a sleeping thread costs more
 * than most operators; between runs they sleep. */
#include "threads.h"

#include "platform.h"

/* About 50 microseconds; an operator of a small network takes as long. */
enum { SPINS = 4000 };

enum {
  BLOCKS = 3,         /* of a share: a half and two quarters */
  BLOCK_BITS = 2,     /* of a counter that goes up to BLOCKS */
  DIVISIBLE_TILES = 8 /* a share of fewer is one block: kernels prepare weights anew in each */
};

struct worker {
  struct sg_pool *pool;
  sg_thread thread;
  uint32_t number; /* 1 … threads - 1; the caller is 0 */
  uint32_t asleep;
  uint32_t taken; /* of this share: the generation, and in the lowest bits how many of its blocks have been taken */
};

/* `generation`, `quit`, `done_blocks`, `caller_asleep` and a worker's `asleep` and `taken` are atomic.
 * Sleep protocol (Dekker, seq_cst): a sleeper sets its `asleep`, then re-reads `generation` (the caller:
 * `done_blocks`); a waker publishes the new value, then reads `asleep`. So at least one of the two sees the other's
 * store. The job (work, context, items, tile) is written only while no block is left to take, and read only by a thread
 * that has taken a block; it does not change until that block is done. */
struct sg_pool {
  sg_mutex lock;
  sg_condition start, done;
  uint32_t threads;
  uint32_t generation;  /* of the job */
  uint32_t done_blocks; /* of all shares, those that are empty among them */
  uint32_t quit, caller_asleep;
  sg_work work;
  void *context;
  size_t items, tile;
  struct worker workers[SG_MAX_THREADS];
};

static uint32_t load(const uint32_t *value) {
  return __atomic_load_n(value, __ATOMIC_SEQ_CST);
}

static void store(uint32_t *value, uint32_t to) {
  __atomic_store_n(value, to, __ATOMIC_SEQ_CST);
}

#if defined(__aarch64__) && defined(__linux__)
/* In line: by default these compilers call functions of their own runtime, which the library does not link. */
#define SG_ATOMIC __attribute__((target("no-outline-atomics"), noinline))
#else
#define SG_ATOMIC
#endif

/* Adds one and returns the sum. */
SG_ATOMIC static uint32_t count_up(uint32_t *value) {
  return __atomic_add_fetch(value, 1, __ATOMIC_SEQ_CST);
}

/* Replaces *value by `to` if it equals *expected; else *expected becomes *value. */
SG_ATOMIC static int exchange(uint32_t *value, uint32_t *expected, uint32_t to) {
  return __atomic_compare_exchange_n(value, expected, to, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
}

/* Hints to the core that this is a spin loop. */
static void pause_core(void) {
#if defined(__aarch64__)
  __asm__ volatile("yield");
#elif defined(__x86_64__)
  __asm__ volatile("pause");
#endif
}

static int is_done(const struct sg_pool *p) {
  return load(&p->done_blocks) == p->threads * BLOCKS;
}

static int is_asleep(const struct sg_pool *p) {
  for (uint32_t i = 1; i < p->threads; i++)
    if (load(&p->workers[i].asleep)) return 1;
  return 0;
}

static void wake(struct sg_pool *p, sg_condition *condition) {
  pthread_mutex_lock(&p->lock);
  pthread_cond_broadcast(condition);
  pthread_mutex_unlock(&p->lock);
}

/* Takes the next block of a share, 0 … BLOCKS - 1; returns BLOCKS when the generation has changed or no block is left.
 */
static uint32_t take(struct worker *share, uint32_t generation) {
  uint32_t taken = load(&share->taken);
  do {
    if (taken >> BLOCK_BITS != (generation & UINT32_MAX >> BLOCK_BITS)) return BLOCKS;
    if ((taken & ((1U << BLOCK_BITS) - 1)) == BLOCKS) return BLOCKS;
  } while (!exchange(&share->taken, &taken, taken + 1));
  return taken & ((1U << BLOCK_BITS) - 1);
}

/* Runs a block of the share of thread `owner`. Shares differ by at most one tile. */
static void run_block(const struct sg_pool *p, uint32_t number, uint32_t owner, uint32_t block) {
  const size_t tiles = (p->items + p->tile - 1) / p->tile;
  const size_t each = tiles / p->threads, more = tiles % p->threads;
  const size_t first = owner * each + (owner < more ? owner : more);
  const size_t count = each + (owner < more);
  size_t ends[BLOCKS + 1] = {0, count, count, count};
  if (count >= DIVISIBLE_TILES) {
    ends[1] = (count + 1) / 2;
    ends[2] = (count + ends[1] + 1) / 2;
  }
  const size_t begin = (first + ends[block]) * p->tile;
  size_t end = (first + ends[block + 1]) * p->tile;
  if (end > p->items) end = p->items;
  if (begin < end) p->work(p->context, number, begin, end);
}

/* Runs the blocks that are left: of the thread's own share first, then of the others. */
static void run_blocks(struct sg_pool *p, uint32_t number, uint32_t generation) {
  for (uint32_t i = 0; i < p->threads; i++) {
    const uint32_t owner = (number + i) % p->threads;
    for (uint32_t block; (block = take(&p->workers[owner], generation)) < BLOCKS;) {
      run_block(p, number, owner, block);
      if (count_up(&p->done_blocks) == p->threads * BLOCKS && load(&p->caller_asleep)) wake(p, &p->done);
    }
  }
}

/* Waits for a job after generation `seen`, or for the end. */
static void wait_for_start(struct worker *self, uint32_t seen) {
  struct sg_pool *p = self->pool;
  for (int i = 0; i < SPINS; i++, pause_core())
    if (load(&p->generation) != seen) return;
  pthread_mutex_lock(&p->lock);
  store(&self->asleep, 1);
  while (load(&p->generation) == seen) pthread_cond_wait(&p->start, &p->lock);
  store(&self->asleep, 0);
  pthread_mutex_unlock(&p->lock);
}

static void wait_for_done(struct sg_pool *p) {
  for (int i = 0; i < SPINS; i++, pause_core())
    if (is_done(p)) return;
  pthread_mutex_lock(&p->lock);
  store(&p->caller_asleep, 1);
  while (!is_done(p)) pthread_cond_wait(&p->done, &p->lock);
  store(&p->caller_asleep, 0);
  pthread_mutex_unlock(&p->lock);
}

static void *worker_main(void *argument) {
  struct worker *self = argument;
  struct sg_pool *p = self->pool;
  for (uint32_t seen = 0;;) {
    wait_for_start(self, seen);
    if (load(&p->quit)) return NULL;
    seen = load(&p->generation); /* generations may have passed meanwhile */
    run_blocks(p, self->number, seen);
  }
}

/* Publishes a generation, and with it every store before this. */
static void start_generation(struct sg_pool *p, uint32_t generation) {
  store(&p->generation, generation);
  if (is_asleep(p)) wake(p, &p->start);
}

struct sg_pool *sg_pool_create(uint32_t threads) {
  if (threads <= 1) return NULL;
  if (threads > SG_MAX_THREADS) threads = SG_MAX_THREADS;
  struct sg_pool *p = calloc(1, sizeof *p);
  if (!p) return NULL;
  if (pthread_mutex_init(&p->lock, NULL) || pthread_cond_init(&p->start, NULL) || pthread_cond_init(&p->done, NULL)) {
    free(p);
    return NULL;
  }
  p->threads = 1;
  while (p->threads < threads) {
    struct worker *w = &p->workers[p->threads];
    *w = (struct worker){.pool = p, .number = p->threads};
    if (pthread_create(&w->thread, NULL, worker_main, w)) break;
    p->threads++;
  }
  if (p->threads == 1) {
    sg_pool_destroy(p);
    return NULL;
  }
  return p;
}

void sg_pool_destroy(struct sg_pool *p) {
  if (!p) return;
  store(&p->quit, 1);
  start_generation(p, p->generation + 1); /* it has no block to take */
  for (uint32_t i = 1; i < p->threads; i++) pthread_join(p->workers[i].thread, NULL);
  pthread_cond_destroy(&p->done);
  pthread_cond_destroy(&p->start);
  pthread_mutex_destroy(&p->lock);
  free(p);
}

uint32_t sg_pool_threads(const struct sg_pool *p) {
  return p ? p->threads : 1;
}

void sg_pool_run(struct sg_pool *p, size_t items, size_t tile, sg_work work, void *context) {
  if (!p || items <= tile) {
    if (items) work(context, 0, 0, items);
    return;
  }
  p->work = work;
  p->context = context;
  p->items = items;
  p->tile = tile;
  store(&p->done_blocks, 0);
  const uint32_t generation = p->generation + 1;
  for (uint32_t i = 0; i < p->threads; i++) store(&p->workers[i].taken, generation << BLOCK_BITS);
  start_generation(p, generation);
  run_blocks(p, 0, generation);
  wait_for_done(p);
}
