/* SPDX-License-Identifier: Apache-2.0 */
/* sdkgen.h: run a model compiled by sdkgen. Plain C11, no other header needed beyond <stddef.h> and <stdint.h>.
 *
 * A model runs in place from the caller's memory (usually a mapped file): opening it validates every offset and
 * size once, packs nothing and copies nothing; only the activation arena is allocated. A model may be used from
 * one thread at a time; different models are independent. */
#ifndef SDKGEN_H
#define SDKGEN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#ifndef SG_API
#define SG_API
#endif

/* Changes when a program made for an earlier header would no longer work; a further function alone does not change it.
 */
#define SG_ABI_VERSION 1

typedef enum sg_status {
  SG_OK = 0,
  SG_ERROR_ARGUMENT = 1,      /* a null pointer, a wrong size or count */
  SG_ERROR_ALIGNMENT = 2,     /* the model does not begin at a multiple of 4 bytes */
  SG_ERROR_TRUNCATED = 3,     /* the file is shorter than its header states */
  SG_ERROR_FORMAT = 4,        /* not a .pte or plan, or its records contradict each other */
  SG_ERROR_VERSION = 5,       /* made for another plan version or weight layout */
  SG_ERROR_CHECKSUM = 6,      /* bytes were changed after the model was written */
  SG_ERROR_NOT_DELEGATED = 7, /* the .pte is not one single call of the sdkgen delegate */
  SG_ERROR_MISMATCH = 8,      /* the model belongs to another SDK (fingerprint) */
  SG_ERROR_MEMORY = 9,        /* the arena could not be allocated */
  SG_ERROR_KERNEL = 10,       /* an operator has no kernel for this CPU */
  SG_ERROR_UNSUPPORTED = 11   /* the call does not fit this model (such as an image for a tensor model) */
} sg_status;

typedef struct sg_model sg_model;

typedef struct sg_options {
  uint32_t threads;     /* 0 = number of performance cores, at most 4 */
  uint32_t reserved;    /* 0 */
  uint64_t fingerprint; /* of the SDK the model must belong to; 0 = any */
} sg_options;

typedef enum sg_dtype { SG_INT8 = 1, SG_FLOAT32 = 2 } sg_dtype;

/* One input or output as the caller sees it: float32, shape (N, C) or NCHW, contiguous. For a model with an image
 * input, `scale` and `zero_point` of input 0 are those of the int8 NHWC tensor that sg_model_run_quantized takes:
 * real = (q - zero_point) * scale. */
typedef struct sg_tensor_info {
  uint32_t rank; /* 2 or 4 */
  uint32_t dims[4];
  size_t elements;
  float scale;
  int32_t zero_point;
} sg_tensor_info;

typedef enum sg_pixel_format {
  SG_RGBA_8888 = 1, /* bytes R G B A */
  SG_BGRA_8888 = 2, /* bytes B G R A: also Android's 0xAARRGGBB ints on a little-endian machine */
  SG_RGB_888 = 3    /* bytes R G B */
} sg_pixel_format;

typedef struct sg_image {
  const void *pixels;
  uint32_t width, height; /* pixels, each 1..16384 */
  size_t row_bytes;       /* distance between rows */
  sg_pixel_format format; /* alpha is ignored */
} sg_image;

/* `bytes` is a .pte or a bare plan; it must stay readable and unchanged until sg_model_close. `options` may be null. */
SG_API sg_status sg_model_open(const void *bytes, size_t size, const sg_options *options, sg_model **model);
SG_API void sg_model_close(sg_model *model); /* null is allowed */
/* After SG_ERROR_KERNEL: the name of the first operator that this CPU has no kernel for, such as "conv_transpose". Null
 * when there is none or the file is no model. */
SG_API const char *sg_missing_kernel(const void *bytes, size_t size);

SG_API uint32_t sg_model_input_count(const sg_model *model);
SG_API uint32_t sg_model_output_count(const sg_model *model);
SG_API sg_status sg_model_input(const sg_model *model, uint32_t index, sg_tensor_info *info);
SG_API sg_status sg_model_output(const sg_model *model, uint32_t index, sg_tensor_info *info);
SG_API uint64_t sg_model_fingerprint(const sg_model *model);
SG_API size_t sg_model_arena_bytes(const sg_model *model); /* memory allocated for activations and scratch */
SG_API uint32_t sg_model_threads(const sg_model *model);

/* UTF-8, not terminated; *length in bytes. Null when the model has no such label. */
SG_API uint32_t sg_model_label_count(const sg_model *model);
SG_API const char *sg_model_label(const sg_model *model, uint32_t index, size_t *length);

/* Run on float32 tensors, inputs[i] and outputs[i] as described by sg_model_input and sg_model_output. */
SG_API sg_status sg_model_run(sg_model *model, const float *const *inputs, float *const *outputs);

/* Run on an image: crop, resize, colour order, normalisation and quantisation follow the model's own rule. */
SG_API sg_status sg_model_run_image(sg_model *model, const sg_image *image, float *const *outputs);

/* Run on the already quantised int8 NHWC input of a model with an image input; `bytes` must be its exact size. */
SG_API sg_status sg_model_run_quantized(sg_model *model, const int8_t *input, size_t bytes, float *const *outputs);

/* Only the first step of sg_model_run_image: the int8 NHWC tensor that the network sees. */
SG_API sg_status sg_model_preprocess(const sg_model *model, const sg_image *image, int8_t *output, size_t bytes);

/* Recompute the checksum over the weights (opening checks the structure only, so that it costs nothing). */
SG_API sg_status sg_model_verify(const sg_model *model);

/* In place: scores[i] = exp(scores[i] - max) / sum. The same bytes on every CPU. */
SG_API void sg_softmax(float *scores, size_t count);
/* The k highest scores, highest first, the lower index first among equals. Returns min(k, count). */
SG_API size_t sg_top_k(const float *scores, size_t count, size_t k, uint32_t *indices, float *values);

SG_API const char *sg_status_text(sg_status status);
SG_API uint32_t sg_abi_version(void);

/* Preprocessing without a model: resize `source` by Pillow's antialiased bilinear rule to resized_width x
 * resized_height and write the window (left, top, width, height) of the result as bytes R G B. */
typedef struct sg_resize {
  uint32_t resized_width, resized_height;
  uint32_t left, top, width, height;
} sg_resize;
SG_API sg_status sg_image_resize(const sg_image *source, const sg_resize *resize, uint8_t *rgb, size_t bytes);
/* The window of torchvision's Resize(shorter_side) and CenterCrop(height, width) for this source size. */
SG_API sg_status sg_image_shorter_side(uint32_t source_width, uint32_t source_height, uint32_t shorter_side,
                                       uint32_t width, uint32_t height, sg_resize *resize);

#ifdef __cplusplus
}
#endif
#endif
