/* SPDX-License-Identifier: Apache-2.0 */
/* image.h: the model's input contract: how a picture of any size becomes the pixels that the network sees. */
#ifndef SG_IMAGE_IMAGE_H
#define SG_IMAGE_IMAGE_H

#include "../include/sdkgen.h"
#include "../kernels/exact.h"

/* SG_ERROR_ARGUMENT for a null, empty, too large or too narrow picture. */
sg_status sg_image_check(const sg_image *image);

static inline size_t sg_image_pixel_bytes(const sg_image *image) {
  return image->format == SG_RGB_888 ? 3 : 4;
}

#endif
