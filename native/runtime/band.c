/* SPDX-License-Identifier: Apache-2.0 */
/* band.c: runs a chain of operators some rows at a time, so that the tensors between them stay in the cache. Each
 * thread takes rows of the band's result and computes everything that they depend on in buffers of its own: threads
 * synchronise only at the end, and only the rows around their borders are computed twice. */
#include "band.h"

#include "platform.h"

struct work {
  const struct sg_execution *e;
  const struct sg_band *band;
  float *const *outputs;
};

/* One thread's part of it. */
struct part {
  struct sg_execution e; /* of one thread, with its scratch */
  uint8_t *memory;       /* of the tensors within the band */
  const struct sg_op *ops;
  const struct sg_variant *const *kernels; /* of these operators */
  uint32_t last;                           /* operator, counted from the band's first */
  struct sg_rows held[SG_MAX_BAND_OPS];    /* of each operator's result */
  struct sg_rows making[SG_MAX_BAND_OPS];  /* in this step */
};

static struct sg_rows rows_read(const struct sg_op *op, uint32_t in_h, struct sg_rows out) {
  const struct sg_reach r = sg_band_reach(op);
  const uint32_t begin = out.begin * r.stride, end = (out.end - 1) * r.stride + r.kernel;
  return (struct sg_rows){begin > r.pad ? begin - r.pad : 0, end - r.pad < in_h ? end - r.pad : in_h};
}

/* Drops the rows of result `i` before those needed and moves the others to the front; what is missing is to be made. */
static void advance(struct part *p, uint32_t i, struct sg_rows need) {
  const struct sg_tensor *t = &p->e.plan.tensors[p->ops[i].output];
  struct sg_rows *held = &p->held[i];
  const size_t row_bytes = (size_t)t->w * t->c;
  uint8_t *data = p->memory + t->arena_offset;
  const uint32_t begin = held->end > need.begin ? held->end : need.begin;
  if (need.begin > held->begin && begin > need.begin)
    memmove(data, data + (need.begin - held->begin) * row_bytes, (begin - need.begin) * row_bytes);
  p->making[i] = (struct sg_rows){begin, need.end > begin ? need.end : begin};
  *held = (struct sg_rows){need.begin, p->making[i].end};
}

/* Rows of a tensor as an image of their own, whose record is `image`. */
static void *image_of(const struct part *p, const struct work *w, uint32_t index, const struct sg_rows *held,
                      struct sg_rows rows, struct sg_tensor *image) {
  const struct sg_tensor *t = &p->e.plan.tensors[index];
  const size_t row_bytes = t->bytes / t->h;
  *image = *t;
  image->h = rows.end - rows.begin;
  image->bytes = (uint32_t)(image->h * row_bytes);
  if (t->location == SG_IN_BAND) return p->memory + t->arena_offset + (rows.begin - held->begin) * row_bytes;
  return (uint8_t *)(uintptr_t)sg_tensor_data(&p->e, index, NULL, w->outputs) + rows.begin * row_bytes;
}

static void run_op(struct part *p, const struct work *w, uint32_t i) {
  const struct sg_op *op = &p->ops[i];
  const struct sg_rows out = p->making[i], read = rows_read(op, p->e.plan.tensors[op->input0].h, out);
  const struct sg_rows *before = i ? &p->held[i - 1] : NULL;
  struct sg_tensor images[3];
  struct sg_step s = {
      .e = &p->e, .op = op, .kernel = p->kernels[i], .in = &images[0], .in1 = &images[1], .out = &images[2]};
  s.input = image_of(p, w, op->input0, before, read, &images[0]);
  if (op->input1 != SG_NO_TENSOR) s.input1 = image_of(p, w, op->input1, before, read, &images[1]);
  s.output = image_of(p, w, op->output, &p->held[i], out, &images[2]);
  sg_step_complete(&s);
  const struct sg_reach r = sg_band_reach(op);
  s.window.pad_top = (int32_t)(read.begin + r.pad - out.begin * r.stride);
  sg_step_run(&s);
}

/* Rows [begin, end) of the band's result. */
static void run_rows(void *context, uint32_t thread, size_t begin, size_t end) {
  const struct work *w = context;
  const struct sg_band *band = w->band;
  struct part p = {.e = *w->e,
                   .ops = &w->e->plan.ops[band->first_op],
                   .kernels = &w->e->kernels[band->first_op],
                   .last = band->last_op - band->first_op};
  p.memory = p.e.scratch + thread * p.e.scratch_stride;
  p.e.scratch = p.memory + p.e.plan.header->band_bytes + SG_ARENA_SLACK;
  p.e.pool = NULL;
  for (size_t row = begin; row < end; row += band->rows) {
    const size_t most = end - row < band->rows ? end - row : band->rows;
    p.making[p.last] = (struct sg_rows){(uint32_t)row, (uint32_t)(row + most)};
    uint32_t first = p.last; /* near the lower border the first operators may have made all their rows already */
    for (; first > 0; first--) {
      const struct sg_tensor *t = &p.e.plan.tensors[p.ops[first - 1].output];
      advance(&p, first - 1, rows_read(&p.ops[first], t->h, p.making[first]));
      if (p.making[first - 1].begin == p.making[first - 1].end) break;
    }
    for (uint32_t i = first; i <= p.last; i++) run_op(&p, w, i);
  }
}

void sg_band_run(const struct sg_execution *e, const struct sg_band *band, float *const *outputs) {
  struct work w = {e, band, outputs};
  const uint32_t rows = e->plan.tensors[e->plan.ops[band->last_op].output].h;
  sg_pool_run(e->pool, rows, 2, run_rows, &w); /* kernels take rows in pairs */
}
