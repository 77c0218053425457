/* SPDX-License-Identifier: Apache-2.0 */
/* window.c: which part of the resized picture is kept. */
#include "image.h"

enum { MAX_SIDE = 16384 };

sg_status sg_image_check(const sg_image *image) {
  if (!image || !image->pixels || image->width < 1 || image->height < 1 || image->width > MAX_SIDE ||
      image->height > MAX_SIDE)
    return SG_ERROR_ARGUMENT;
  if (image->format != SG_RGBA_8888 && image->format != SG_BGRA_8888 && image->format != SG_RGB_888)
    return SG_ERROR_ARGUMENT;
  return image->row_bytes >= image->width * sg_image_pixel_bytes(image) ? SG_OK : SG_ERROR_ARGUMENT;
}

/* torchvision's CenterCrop takes int(round(excess / 2)), and Python rounds half to even. */
static uint32_t centre(uint32_t excess) {
  const uint32_t half = excess / 2;
  return excess % 2 ? half + half % 2 : half;
}

sg_status sg_image_shorter_side(uint32_t source_width, uint32_t source_height, uint32_t shorter_side, uint32_t width,
                                uint32_t height, sg_resize *resize) {
  if (!resize || source_width < 1 || source_height < 1 || source_width > MAX_SIDE || source_height > MAX_SIDE ||
      width < 1 || height < 1 || shorter_side < width || shorter_side < height || shorter_side > MAX_SIDE)
    return SG_ERROR_ARGUMENT;
  const int wide = source_width > source_height;
  const uint64_t longer = wide ? source_width : source_height, shorter = wide ? source_height : source_width;
  const uint64_t resized = shorter_side * longer / shorter; /* rounded down, as torchvision's Resize */
  if (resized > 0x7FFFFFFF) return SG_ERROR_ARGUMENT;
  resize->resized_width = wide ? (uint32_t)resized : shorter_side;
  resize->resized_height = wide ? shorter_side : (uint32_t)resized;
  resize->width = width;
  resize->height = height;
  resize->left = centre(resize->resized_width - width);
  resize->top = centre(resize->resized_height - height);
  return SG_OK;
}
