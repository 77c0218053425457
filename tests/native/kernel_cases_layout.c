/* kernel_cases_layout.c: pad, slice, channel shuffle and both resizes against ref.c, bit for bit. */
#include "../../native/kernels/channel_shuffle_s8/channel_shuffle_s8.h"
#include "../../native/kernels/pad_s8/pad_s8.h"
#include "../../native/kernels/resize_bilinear_s8/resize_bilinear_s8.h"
#include "../../native/kernels/resize_nearest_s8/resize_nearest_s8.h"
#include "../../native/kernels/slice_s8/slice_s8.h"
#include "kernel_panels.h"

/* Sizes around the vectors of 16 and 64. */
static size_t any_channels(void) {
  return ONE_OF(1, 2, 3, 4, 7, 8, 15, 16, 17, 21, 24, 31, 32, 33, 48, 63, 64, 65, 79, 80, 130);
}

static void some_rows(size_t rows, size_t *begin, size_t *end) {
  *begin = next_random() % 3 == 0 ? next_random() % rows : 0;
  *end = next_random() % 3 == 0 ? *begin + 1 + next_random() % (rows - *begin) : rows;
}

static size_t any_side(int32_t most) {
  return (size_t)between(1, next_random() % 4 ? most : 3);
}

static size_t make_pad(struct sg_pad_s8_args *a, uint32_t turn, uint32_t output, int which, size_t offset) {
  (void)output;
  const size_t batch = (size_t)between(1, 2);
  a->channels = any_channels();
  a->in_h = any_side(8);
  a->in_w = any_side(20);
  a->top = (size_t)between(0, 3);
  a->left = (size_t)(turn % 3 ? between(0, 4) : between(0, 40));
  a->out_h = a->in_h + a->top + (size_t)between(0, 3);
  a->out_w = a->in_w + a->left + (size_t)between(0, 5);
  a->fill = (int8_t)((int32_t)(turn % 256) - 128);
  a->input = int8_input(0, batch * a->in_h * a->in_w * a->channels, -128);
  some_rows(batch * a->out_h, &a->begin, &a->end);
  const size_t bytes = batch * a->out_h * a->out_w * a->channels;
  a->output = (int8_t *)output_space(which, bytes, offset);
  snprintf(description, sizeof description, "rows %zu-%zu of %zux%zux%zux%zu -> %zux%zu top %zu left %zu", a->begin,
           a->end, batch, a->in_h, a->in_w, a->channels, a->out_h, a->out_w, a->top, a->left);
  return bytes;
}
TEST_FAMILY(pad_s8, 1000, make_pad)

/* An axis of `in` elements: where a slice begins, its step and how many it takes. */
static void any_range(size_t in, int whole, size_t *start, size_t *stride, size_t *out) {
  *start = whole ? 0 : (size_t)between(0, (int32_t)in - 1);
  *stride = whole ? 1 : (size_t)between(1, 3);
  const size_t most = (in - *start + *stride - 1) / *stride;
  *out = whole ? in : (size_t)between(1, (int32_t)most);
}

static size_t make_slice(struct sg_slice_s8_args *a, uint32_t turn, uint32_t output, int which, size_t offset) {
  (void)output;
  const size_t batch = (size_t)between(1, 2);
  a->in_h = any_side(8);
  a->in_w = any_side(20);
  a->in_c = any_channels();
  any_range(a->in_h, turn % 2 == 0, &a->start_h, &a->stride_h, &a->out_h);
  any_range(a->in_w, turn % 3 == 0, &a->start_w, &a->stride_w, &a->out_w);
  any_range(a->in_c, turn % 4 == 0, &a->start_c, &a->stride_c, &a->out_c);
  if (turn % 4 == 1) { /* channels that stand together, as of a split */
    a->stride_c = 1;
    a->out_c = (size_t)between(1, (int32_t)(a->in_c - a->start_c));
  }
  if (turn % 12 == 0 && a->in_w > 1) a->start_w = 1, a->out_w = a->in_w - 1; /* a crop */
  a->input = int8_input(0, batch * a->in_h * a->in_w * a->in_c, -128);
  some_rows(batch * a->out_h, &a->begin, &a->end);
  const size_t bytes = batch * a->out_h * a->out_w * a->out_c;
  a->output = (int8_t *)output_space(which, bytes, offset);
  snprintf(description, sizeof description,
           "rows %zu-%zu of %zux%zux%zux%zu -> %zux%zux%zu start %zu %zu %zu step %zu %zu %zu", a->begin, a->end, batch,
           a->in_h, a->in_w, a->in_c, a->out_h, a->out_w, a->out_c, a->start_h, a->start_w, a->start_c, a->stride_h,
           a->stride_w, a->stride_c);
  return bytes;
}
TEST_FAMILY(slice_s8, 1000, make_slice)

static size_t make_channel_shuffle(struct sg_channel_shuffle_s8_args *a, uint32_t turn, uint32_t output, int which,
                                   size_t offset) {
  (void)output;
  const size_t rows = (size_t)between(1, 30);
  a->groups = (size_t)(turn % 6 + 1);
  a->channels = a->groups * (turn % 2 ? (size_t)between(1, 70) : any_channels());
  a->input = int8_input(0, rows * a->channels, -128);
  some_rows(rows, &a->begin, &a->end);
  const size_t bytes = rows * a->channels;
  a->output = (int8_t *)output_space(which, bytes, offset);
  snprintf(description, sizeof description, "rows %zu-%zu of %zu channels %zu groups %zu", a->begin, a->end, rows,
           a->channels, a->groups);
  return bytes;
}
TEST_FAMILY(channel_shuffle_s8, 1200, make_channel_shuffle)

/* Enlarging by 2 or 4, any enlarging, any shrinking, the same size. */
static size_t any_target(size_t in, uint32_t kind) {
  return kind == 0   ? 2 * in
         : kind == 1 ? 4 * in
         : kind == 2 ? in
         : kind == 3 ? (size_t)between(1, (int32_t)in)
                     : any_side(40);
}

static size_t make_resize_nearest(struct sg_resize_nearest_s8_args *a, uint32_t turn, uint32_t output, int which,
                                  size_t offset) {
  (void)output;
  const size_t batch = (size_t)between(1, 2);
  a->channels = any_channels();
  a->in_h = any_side(8);
  a->in_w = any_side(20);
  a->out_h = any_target(a->in_h, turn % 5);
  a->out_w = any_target(a->in_w, turn % 7 < 5 ? turn % 5 : 4);
  a->input = int8_input(0, batch * a->in_h * a->in_w * a->channels, -128);
  some_rows(batch * a->out_h, &a->begin, &a->end);
  const size_t bytes = batch * a->out_h * a->out_w * a->channels;
  a->output = (int8_t *)output_space(which, bytes, offset);
  snprintf(description, sizeof description, "rows %zu-%zu of %zux%zux%zux%zu -> %zux%zu", a->begin, a->end, batch,
           a->in_h, a->in_w, a->channels, a->out_h, a->out_w);
  return bytes;
}
TEST_FAMILY(resize_nearest_s8, 1000, make_resize_nearest)

static size_t make_resize_bilinear(struct sg_resize_bilinear_s8_args *a, uint32_t turn, uint32_t output, int which,
                                   size_t offset) {
  (void)output;
  const size_t batch = (size_t)between(1, 2);
  a->channels = any_channels();
  a->in_h = any_side(8);
  a->in_w = any_side(20);
  a->out_h = any_target(a->in_h, turn % 5);
  a->out_w = any_target(a->in_w, turn % 7 < 5 ? turn % 5 : 4);
  a->align_corners = (int)(turn / 5 % 2);
  a->input_zero_point = (int32_t)(turn % 256) - 128;
  a->requant = any_requant((int32_t)(turn / 2 % 256) - 128);
  a->scale = (float[]){1.0f, 0.7f, 1.5f, 0.003f, 200.0f, 1e19f}[between(0, 5)] / 16384.0f;
  a->input = int8_input(0, batch * a->in_h * a->in_w * a->channels, -128);
  a->scratch = scratch_space(sg_resize_bilinear_s8_scratch(a->out_w, a->channels));
  some_rows(batch * a->out_h, &a->begin, &a->end);
  const size_t bytes = batch * a->out_h * a->out_w * a->channels;
  a->output = (int8_t *)output_space(which, bytes, offset);
  snprintf(description, sizeof description,
           "rows %zu-%zu of %zux%zux%zux%zu -> %zux%zu align_corners %d zero points %d %d scale %g", a->begin, a->end,
           batch, a->in_h, a->in_w, a->channels, a->out_h, a->out_w, a->align_corners, a->input_zero_point,
           a->requant.zero_point, a->scale);
  return bytes;
}
TEST_FAMILY(resize_bilinear_s8, 1000, make_resize_bilinear)
