/* threads.c: workers sleep on a condition and take the part of the range that belongs to their number. */
#include "threads.h"

#include "platform.h"

struct worker {
  struct sg_pool *pool;
  sg_thread thread;
  uint32_t number; /* 1 … threads - 1; the caller is 0 */
};

struct sg_pool {
  sg_mutex lock;
  sg_condition start, done;
  uint32_t threads, running;
  uint32_t generation; /* of the job; a worker runs each generation once */
  int quit;
  sg_work work;
  void *context;
  size_t items, tile;
  struct worker workers[SG_MAX_THREADS];
};

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

static void *worker_main(void *argument) {
  struct worker *self = argument;
  struct sg_pool *p = self->pool;
  uint32_t seen = 0;
  pthread_mutex_lock(&p->lock);
  for (;;) {
    while (!p->quit && p->generation == seen) pthread_cond_wait(&p->start, &p->lock);
    if (p->quit) break;
    seen = p->generation;
    pthread_mutex_unlock(&p->lock);
    run_share(p, self->number);
    pthread_mutex_lock(&p->lock);
    if (--p->running == 0) pthread_cond_broadcast(&p->done);
  }
  pthread_mutex_unlock(&p->lock);
  return NULL;
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
  pthread_mutex_lock(&p->lock);
  p->quit = 1;
  pthread_cond_broadcast(&p->start);
  pthread_mutex_unlock(&p->lock);
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
  pthread_mutex_lock(&p->lock);
  p->work = work;
  p->context = context;
  p->items = items;
  p->tile = tile;
  p->running = p->threads - 1;
  p->generation++;
  pthread_cond_broadcast(&p->start);
  pthread_mutex_unlock(&p->lock);
  run_share(p, 0);
  pthread_mutex_lock(&p->lock);
  while (p->running) pthread_cond_wait(&p->done, &p->lock);
  pthread_mutex_unlock(&p->lock);
}
