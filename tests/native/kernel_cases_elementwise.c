/* kernel_cases_elementwise.c: products, look-up tables and PReLU against ref.c, bit for bit. */
#include "../../native/kernels/lut_s8/lut_s8.h"
#include "../../native/kernels/mul_s8/mul_s8.h"
#include "../../native/kernels/prelu_s8/prelu_s8.h"
#include "kernel_cases.h"

static const float factors[] = {0.5f, 1.0f, 0.02f, 0.125f, 100.0f, 1e-6f, 1e19f};
enum { FACTORS = sizeof factors / sizeof *factors };

/* Sizes around the vectors of 16 and 32, rarely a long row. */
static size_t any_count(uint32_t turn) {
  return turn < 100 ? 1 + turn : turn % 10 == 0 ? (size_t)between(1000, 3000) : (size_t)between(1, 140);
}

static void some_rows(size_t rows, size_t *begin, size_t *end) {
  *begin = next_random() % 3 == 0 ? next_random() % rows : 0;
  *end = next_random() % 3 == 0 ? *begin + 1 + next_random() % (rows - *begin) : rows;
}

/* Where the result may stand on its input, it does on every second turn: the input is copied to the output first. */
static const int8_t *maybe_in_place(const int8_t *input, int8_t *output, size_t bytes, uint32_t turn) {
  return turn % 2 ? memcpy(output, input, bytes) : input;
}

static size_t make_mul(struct sg_mul_s8_args *a, uint32_t turn, uint32_t output, int which, size_t offset) {
  (void)output;
  const size_t images = (size_t)between(1, 3), pixels = turn % 3 ? (size_t)between(1, 20) : 1, rows = images * pixels;
  a->channels = any_count(turn);
  a->b_rows = turn % 4 < 2 ? pixels : 1;
  a->a_zero_point = (int32_t)(turn % 256) - 128;
  a->b_zero_point = between(-128, 127);
  a->requant = any_requant((int32_t)(turn / 2 % 256) - 128);
  a->scale = factors[between(0, FACTORS - 1)] * (turn % 5 ? real_between(0.001f, 1.0f) : 0.0078125f);
  some_rows(rows, &a->begin, &a->end);
  const size_t bytes = rows * a->channels;
  a->a = int8_input(0, bytes, -128);
  a->b = int8_input(1, rows / a->b_rows * a->channels, -128);
  a->output = (int8_t *)output_space(which, bytes, offset);
  a->a = maybe_in_place(a->a, a->output, bytes, turn);
  if (a->b_rows == 1 && turn % 7 == 0) a->b = a->a; /* a square */
  snprintf(description, sizeof description, "rows %zu-%zu of %zu channels %zu b_rows %zu zero points %d %d %d scale %g",
           a->begin, a->end, rows, a->channels, a->b_rows, a->a_zero_point, a->b_zero_point, a->requant.zero_point,
           a->scale);
  return bytes;
}
TEST_FAMILY(mul_s8, 1500, make_mul)

static size_t make_lut(struct sg_lut_s8_args *a, uint32_t turn, uint32_t output, int which, size_t offset) {
  (void)output;
  const size_t count = turn < 200 ? 1 + turn : (size_t)between(1, 3000);
  int8_t *table = (int8_t *)input_space(1, 256, turn % 3);
  for (int i = 0; i < 256; i++) table[i] = (int8_t)(turn % 5 ? next_random() : (uint32_t)(127 - i));
  a->table = table;
  int8_t *input = (int8_t *)input_space(0, count, SLACK);
  for (size_t i = 0; i < count; i++) input[i] = (int8_t)(turn % 2 ? next_random() : (uint32_t)i); /* every value */
  a->begin = turn % 4 ? 0 : next_random() % count;
  a->end = turn % 4 ? count : a->begin + 1 + next_random() % (count - a->begin);
  a->output = (int8_t *)output_space(which, count, offset);
  a->input = maybe_in_place(input, a->output, count, turn / 2);
  snprintf(description, sizeof description, "count %zu of %zu-%zu", count, a->begin, a->end);
  return count;
}
TEST_FAMILY(lut_s8, 1000, make_lut)

/* Slopes as a trained network has them, and every one that a plan may hold: negative, 0, tiny, huge. */
static const float *any_slopes(size_t channels, uint32_t turn) {
  const size_t stored = (channels + 15) / 16 * 16;
  float *slopes = (float *)(void *)input_space(1, stored * sizeof *slopes, 4);
  for (size_t c = 0; c < stored; c++) {
    slopes[c] = turn % 3 ? real_between(-0.5f, 1.0f) : factors[between(0, FACTORS - 1)] * real_between(-1.0f, 1.0f);
    if (next_random() % 8 == 0) slopes[c] = 0.0f;
    if (turn % 6 == 0 && next_random() % 8 == 0) slopes[c] = (float[]){3e38f, -3e38f, 1e-40f, -0.0f}[between(0, 3)];
    if (c >= channels) slopes[c] = 1.0f;
  }
  return slopes;
}

static size_t make_prelu(struct sg_prelu_s8_args *a, uint32_t turn, uint32_t output, int which, size_t offset) {
  (void)output;
  const size_t rows = (size_t)between(1, 20);
  a->channels = any_count(turn);
  a->input_zero_point = (int32_t)(turn % 256) - 128;
  a->requant = any_requant((int32_t)(turn / 2 % 256) - 128);
  a->scale = factors[between(0, FACTORS - 1)] * (turn % 5 ? real_between(0.5f, 1.0f) : 1.0f);
  a->slopes = any_slopes(a->channels, turn);
  some_rows(rows, &a->begin, &a->end);
  const size_t bytes = rows * a->channels;
  a->output = (int8_t *)output_space(which, bytes, offset);
  a->input = maybe_in_place(int8_input(0, bytes, -128), a->output, bytes, turn);
  snprintf(description, sizeof description, "rows %zu-%zu of %zu channels %zu zero points %d %d scale %g", a->begin,
           a->end, rows, a->channels, a->input_zero_point, a->requant.zero_point, a->scale);
  return bytes;
}
TEST_FAMILY(prelu_s8, 1000, make_prelu)
