/* threads.c: workers take the part of the range that belongs to their number. Between the operators of a run they spin
 * for some microseconds, since waking a sleeping thread costs more than most operators; between runs they sleep. */
#include "threads.h"

#include "platform.h"

/* About 50 microseconds; an operator of a small network takes as long. */
enum { SPINS = 4000 };

struct worker {
  struct sg_pool *pool;
  sg_thread thread;
  uint32_t number;   /* 1 … threads - 1; the caller is 0 */
  uint32_t finished; /* the last generation that it has done its part of */
  uint32_t asleep;
};

/* `generation`, `quit`, `caller_asleep` and a worker's `finished` and `asleep` are atomic, each written by one thread,
 * so that loads and stores are enough. Who goes to sleep says so first and then looks again; who has news stores it
 * first and then looks for sleepers: so one of the two sees the other. */
struct sg_pool {
  sg_mutex lock;
  sg_condition start, done;
  uint32_t threads;
  uint32_t generation; /* of the job; a worker runs each generation once */
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

/* Tells the core that this is a waiting loop. */
static void pause_core(void) {
#if defined(__aarch64__)
  __asm__ volatile("yield");
#elif defined(__x86_64__)
  __asm__ volatile("pause");
#endif
}

/* Whether all workers have done their part of the job. */
static int is_done(const struct sg_pool *p, uint32_t generation) {
  for (uint32_t i = 1; i < p->threads; i++)
    if (load(&p->workers[i].finished) != generation) return 0;
  return 1;
}

static int is_asleep(const struct sg_pool *p) {
  for (uint32_t i = 1; i < p->threads; i++)
    if (load(&p->workers[i].asleep)) return 1;
  return 0;
}

/* The share of one thread: tiles are dealt out in blocks whose sizes differ by at most one tile. */
static void run_share(const struct sg_pool *p, uint32_t number) {
  const size_t tiles = (p->items + p->tile - 1) / p->tile;
  const size_t each = tiles / p->threads, more = tiles % p->threads;
  const size_t first = number * each + (number < more ? number : more);
  const size_t begin = first * p->tile;
  size_t end = (first + each + (number < more)) * p->tile;
  if (end > p->items) end = p->items;
  if (begin < end) p->work(p->context, number, begin, end);
}

static void wake(struct sg_pool *p, sg_condition *condition) {
  pthread_mutex_lock(&p->lock);
  pthread_cond_broadcast(condition);
  pthread_mutex_unlock(&p->lock);
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

static void wait_for_done(struct sg_pool *p, uint32_t generation) {
  for (int i = 0; i < SPINS; i++, pause_core())
    if (is_done(p, generation)) return;
  pthread_mutex_lock(&p->lock);
  store(&p->caller_asleep, 1);
  while (!is_done(p, generation)) pthread_cond_wait(&p->done, &p->lock);
  store(&p->caller_asleep, 0);
  pthread_mutex_unlock(&p->lock);
}

static void *worker_main(void *argument) {
  struct worker *self = argument;
  struct sg_pool *p = self->pool;
  for (uint32_t seen = 0;; seen++) {
    wait_for_start(self, seen);
    if (load(&p->quit)) return NULL;
    run_share(p, self->number);
    store(&self->finished, seen + 1);
    if (load(&p->caller_asleep)) wake(p, &p->done);
  }
}

/* The workers see every store before this. */
static uint32_t start_generation(struct sg_pool *p) {
  const uint32_t generation = load(&p->generation) + 1;
  store(&p->generation, generation);
  if (is_asleep(p)) wake(p, &p->start);
  return generation;
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
  start_generation(p);
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
  const uint32_t generation = start_generation(p);
  run_share(p, 0);
  wait_for_done(p, generation);
}
