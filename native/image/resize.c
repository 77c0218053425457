/* SPDX-License-Identifier: Apache-2.0 */
/* resize.c: antialiased bilinear resampling in fixed point, byte for byte the rule of Pillow 13's
 * Image.resize(BILINEAR).
 *
 * Per axis, output position i averages the inputs around (i + 0.5) * scale with triangle weights of half-width
 * max(scale, 1), normalised and rounded to 22 fraction bits. The first pass rounds to bytes, so the order of the passes
 * shows in the result: along y first if the height shrinks, and by more than twice what the width shrinks; else along x
 * first. An axis that keeps its extent has one weight of 1: its pass changes nothing. Only the wanted window is
 * computed. */
#include "../runtime/platform.h"
#include "image.h"

enum { FRACTION_BITS = 22 };

/* Weights of output position i: values[i * most + t] for input first[i] + t, t < count[i]. */
struct axis {
  uint32_t *first, *count;
  int32_t *values;
  uint32_t most;
};

static uint32_t round_up(double x) {
  const uint32_t whole = (uint32_t)x;
  return whole + ((double)whole < x);
}

static void axis_free(struct axis *a) {
  free(a->first);
  free(a->count);
  free(a->values);
}

/* Triangle weights for output positions [begin, begin + length) of `out` resampled from `in`. */
static int axis_make(struct axis *a, uint32_t in, uint32_t out, uint32_t begin, uint32_t length) {
  const double scale = (double)in / out, width = scale < 1.0 ? 1.0 : scale, inverse = 1.0 / width;
  a->most = round_up(width) * 2 + 1;
  a->first = calloc(length, sizeof *a->first);
  a->count = calloc(length, sizeof *a->count);
  a->values = calloc((size_t)length * a->most, sizeof *a->values);
  double *weights = calloc(a->most, sizeof *weights);
  const int made = a->first && a->count && a->values && weights;
  for (uint32_t i = 0; made && i < length; i++) {
    const double centre = (begin + i + 0.5) * scale;
    const double low = centre - width + 0.5, high = centre + width + 0.5;
    const uint32_t first = low > 0 ? (uint32_t)low : 0, end = high < in ? (uint32_t)high : in;
    double total = 0.0;
    for (uint32_t t = 0; t < end - first; t++) {
      double distance = ((t + first) - centre + 0.5) * inverse;
      distance = distance < 0 ? -distance : distance;
      weights[t] = distance < 1.0 ? 1.0 - distance : 0.0;
      total += weights[t];
    }
    for (uint32_t t = 0; t < end - first; t++) {
      const double weight = total != 0.0 ? weights[t] / total : weights[t];
      a->values[(size_t)i * a->most + t] = (int32_t)(0.5 + weight * (1 << FRACTION_BITS));
    }
    a->first[i] = first;
    a->count[i] = end - first;
  }
  free(weights);
  return made;
}

static uint8_t to_byte(int32_t sum) {
  const int32_t value = sum >> FRACTION_BITS; /* the sum of the weights may exceed 1 by a rounding error */
  return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value);
}

/* One source row, resampled along x to `width` pixels R G B. */
static void resample_row(const sg_image *image, uint32_t y, const struct axis *x, uint32_t width, uint8_t *rgb) {
  const uint8_t *row = (const uint8_t *)image->pixels + y * image->row_bytes;
  const size_t step = sg_image_pixel_bytes(image);
  const size_t red = image->format == SG_BGRA_8888 ? 2 : 0, blue = 2 - red;
  for (uint32_t i = 0; i < width; i++) {
    const int32_t *weight = x->values + (size_t)i * x->most;
    const uint8_t *pixel = row + x->first[i] * step;
    int32_t r = 1 << (FRACTION_BITS - 1), g = r, b = r;
    for (uint32_t t = 0; t < x->count[i]; t++, pixel += step) {
      r += weight[t] * pixel[red];
      g += weight[t] * pixel[1];
      b += weight[t] * pixel[blue];
    }
    rgb[3 * i] = to_byte(r);
    rgb[3 * i + 1] = to_byte(g);
    rgb[3 * i + 2] = to_byte(b);
  }
}

static void add_row(int32_t *sums, const uint8_t *row, int32_t weight, size_t bytes) {
  for (size_t i = 0; i < bytes; i++) sums[i] += weight * row[i];
}

/* Source rows pass once, resampled along x; each adds itself to the output rows it belongs to.
 * `line`: one output row; `sums`: one int32 per output byte. */
static void resample_x_first(const sg_image *image, const struct axis *x, const struct axis *y, const sg_resize *r,
                             uint8_t *line, int32_t *sums, uint8_t *rgb) {
  const size_t stride = (size_t)r->width * 3, bytes = stride * r->height;
  const uint32_t first = y->first[0], end = y->first[r->height - 1] + y->count[r->height - 1];
  uint32_t begin = 0; /* the first output row that is not complete yet */
  for (size_t i = 0; i < bytes; i++) sums[i] = 1 << (FRACTION_BITS - 1);
  for (uint32_t row = first; row < end; row++) {
    resample_row(image, row, x, r->width, line);
    while (begin < r->height && y->first[begin] + y->count[begin] <= row) begin++;
    for (uint32_t o = begin; o < r->height && y->first[o] <= row; o++) {
      if (row - y->first[o] >= y->count[o]) continue;
      add_row(sums + o * stride, line, y->values[(size_t)o * y->most + (row - y->first[o])], stride);
    }
  }
  for (size_t i = 0; i < bytes; i++) rgb[i] = to_byte(sums[i]);
}

/* Per output row, the source rows it averages become one row in the source's own pixel format, resampled along x.
 * `line`: one source row; `sums`: one int32 per byte of it. */
static void resample_y_first(const sg_image *image, const struct axis *x, const struct axis *y, const sg_resize *r,
                             uint8_t *line, int32_t *sums, uint8_t *rgb) {
  const size_t step = sg_image_pixel_bytes(image), last = r->width - 1;
  const size_t begin = x->first[0] * step, end = (x->first[last] + x->count[last]) * step; /* bytes that x reads */
  const sg_image averaged = {line, image->width, 1, image->width * step, image->format};
  for (uint32_t o = 0; o < r->height; o++) {
    const int32_t *weight = y->values + (size_t)o * y->most;
    for (size_t i = begin; i < end; i++) sums[i] = 1 << (FRACTION_BITS - 1);
    for (uint32_t t = 0; t < y->count[o]; t++) {
      const uint8_t *row = (const uint8_t *)image->pixels + (y->first[o] + t) * image->row_bytes;
      add_row(sums + begin, row + begin, weight[t], end - begin);
    }
    for (size_t i = begin; i < end; i++) line[i] = to_byte(sums[i]);
    resample_row(&averaged, 0, x, r->width, rgb + (size_t)o * r->width * 3);
  }
}

/* Pillow's choice, by the whole extents also where only a window of the result is kept. */
static int y_comes_first(const sg_image *image, const sg_resize *r) {
  const int64_t narrower = (int64_t)image->width - r->resized_width;
  const int64_t lower = (int64_t)image->height - r->resized_height;
  return lower > 0 && lower > 2 * narrower;
}

sg_status sg_image_resize(const sg_image *image, const sg_resize *r, uint8_t *rgb, size_t bytes) {
  const sg_status status = sg_image_check(image);
  if (status != SG_OK) return status;
  if (!r || !rgb || r->width < 1 || r->height < 1 || r->width > 16384 || r->height > 16384 ||
      r->resized_width > 0x7FFFFFFF || r->resized_height > 0x7FFFFFFF || r->width > r->resized_width ||
      r->height > r->resized_height || r->left > r->resized_width - r->width ||
      r->top > r->resized_height - r->height || bytes != (size_t)r->width * r->height * 3)
    return SG_ERROR_ARGUMENT;
  struct axis x, y;
  const int made_x = axis_make(&x, image->width, r->resized_width, r->left, r->width);
  const int made_y = axis_make(&y, image->height, r->resized_height, r->top, r->height);
  const int y_first = y_comes_first(image, r);
  const size_t line_bytes = y_first ? image->width * sg_image_pixel_bytes(image) : (size_t)r->width * 3;
  int32_t *sums = malloc((y_first ? line_bytes : bytes) * sizeof *sums);
  uint8_t *line = malloc(line_bytes);
  const int made = made_x && made_y && sums && line;
  if (made) (y_first ? resample_y_first : resample_x_first)(image, &x, &y, r, line, sums, rgb);
  free(line);
  free(sums);
  axis_free(&y);
  axis_free(&x);
  return made ? SG_OK : SG_ERROR_MEMORY;
}
