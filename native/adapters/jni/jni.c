/* SPDX-License-Identifier: Apache-2.0 */
/* jni.c: the public C API for the Kotlin class SG_JNI_CLASS (templates/kotlin/runtime/internal/NativeModel.kt).
 *
 * Kotlin owns every buffer and serialises the calls on one handle; here every reference, length and capacity is
 * checked again, so that no call can read or write outside what it was given. A call that cannot be made returns
 * SG_ERROR_ARGUMENT; nothing is thrown from here, except what the VM itself raises when it has no memory. */
#include "jni_abi.h"
#include "sdkgen.h"

#ifndef SG_JNI_CLASS
#error "define SG_JNI_CLASS as the string \"com/example/sdk/internal/NativeModel\""
#endif

#define SG_JNI_EXPORT __attribute__((visibility("default")))

enum { MAX_TENSORS = 64 }; /* inputs or outputs of a plan, native/README.md */

static sg_model *model_of(sg_jlong handle) {
  return (sg_model *)(uintptr_t)handle;
}

typedef struct buffer {
  void *address;
  size_t bytes;
} buffer;

static int get_buffer(sg_jni_env env, sg_jobject reference, buffer *result) {
  if (!reference) return 0;
  result->address = sg_jni_buffer_address(env, reference);
  const sg_jlong capacity = sg_jni_buffer_capacity(env, reference);
  result->bytes = capacity > 0 ? (size_t)capacity : 0;
  return result->address && capacity > 0;
}

static int is_float_aligned(const void *address) {
  return ((uintptr_t)address & (sizeof(float) - 1)) == 0;
}

typedef sg_status (*describe_function)(const sg_model *, uint32_t, sg_tensor_info *);

/* The addresses of an array of direct buffers, of which each holds its whole tensor. */
static int get_tensors(sg_jni_env env, sg_jobject array, const sg_model *model, uint32_t count,
                       describe_function describe, float **addresses) {
  if (!array || count > MAX_TENSORS || sg_jni_array_length(env, array) != (sg_jint)count) return 0;
  for (uint32_t i = 0; i < count; i++) {
    sg_jobject reference = sg_jni_object_at(env, array, (sg_jint)i);
    buffer tensor;
    const int is_direct = get_buffer(env, reference, &tensor);
    if (reference) sg_jni_delete_local_ref(env, reference);
    sg_tensor_info info;
    if (!is_direct || describe(model, i, &info) != SG_OK) return 0;
    if (tensor.bytes / sizeof(float) < info.elements || !is_float_aligned(tensor.address)) return 0;
    addresses[i] = tensor.address;
  }
  return 1;
}

static int get_outputs(sg_jni_env env, sg_jobject array, const sg_model *model, float **addresses) {
  return get_tensors(env, array, model, sg_model_output_count(model), sg_model_output, addresses);
}

static sg_jint abi_version(sg_jni_env env, sg_jobject type) {
  (void)env, (void)type;
  return (sg_jint)sg_abi_version();
}

static sg_jobject status_text(sg_jni_env env, sg_jobject type, sg_jint status) {
  (void)type;
  return sg_jni_new_string(env, sg_status_text((sg_status)status));
}

static sg_jint model_open(sg_jni_env env, sg_jobject type, sg_jobject bytes, sg_jint threads, sg_jlong fingerprint,
                          sg_jobject handle) {
  (void)type;
  buffer file;
  if (!get_buffer(env, bytes, &file) || threads < 0) return SG_ERROR_ARGUMENT;
  if (!handle || sg_jni_array_length(env, handle) < 1) return SG_ERROR_ARGUMENT;
  const sg_options options = {.threads = (uint32_t)threads, .reserved = 0, .fingerprint = (uint64_t)fingerprint};
  sg_model *model = 0;
  const sg_status status = sg_model_open(file.address, file.bytes, &options, &model);
  if (status != SG_OK) return (sg_jint)status;
  const sg_jlong value = (sg_jlong)(uintptr_t)model;
  sg_jni_set_longs(env, handle, 1, &value);
  return SG_OK;
}

static void model_close(sg_jni_env env, sg_jobject type, sg_jlong handle) {
  (void)env, (void)type;
  sg_model_close(model_of(handle));
}

static sg_jint input_count(sg_jni_env env, sg_jobject type, sg_jlong handle) {
  (void)env, (void)type;
  return handle ? (sg_jint)sg_model_input_count(model_of(handle)) : 0;
}

static sg_jint output_count(sg_jni_env env, sg_jobject type, sg_jlong handle) {
  (void)env, (void)type;
  return handle ? (sg_jint)sg_model_output_count(model_of(handle)) : 0;
}

/* Writes rank, four dims, elements, zero point, bits of the float32 scale. */
static sg_jint describe(sg_jni_env env, sg_jlong handle, sg_jint index, sg_jobject fields, describe_function get) {
  enum { FIELDS = 8 };
  if (!handle || index < 0 || !fields || sg_jni_array_length(env, fields) < FIELDS) return SG_ERROR_ARGUMENT;
  sg_tensor_info info;
  const sg_status status = get(model_of(handle), (uint32_t)index, &info);
  if (status != SG_OK) return (sg_jint)status;
  const union {
    float value;
    sg_jint bits;
  } scale = {.value = info.scale};
  const sg_jint values[FIELDS] = {
      (sg_jint)info.rank,    (sg_jint)info.dims[0],  (sg_jint)info.dims[1],    (sg_jint)info.dims[2],
      (sg_jint)info.dims[3], (sg_jint)info.elements, (sg_jint)info.zero_point, scale.bits};
  sg_jni_set_ints(env, fields, FIELDS, values);
  return SG_OK;
}

static sg_jint describe_input(sg_jni_env env, sg_jobject type, sg_jlong handle, sg_jint index, sg_jobject fields) {
  (void)type;
  return describe(env, handle, index, fields, sg_model_input);
}

static sg_jint describe_output(sg_jni_env env, sg_jobject type, sg_jlong handle, sg_jint index, sg_jobject fields) {
  (void)type;
  return describe(env, handle, index, fields, sg_model_output);
}

static sg_jint label_count(sg_jni_env env, sg_jobject type, sg_jlong handle) {
  (void)env, (void)type;
  return handle ? (sg_jint)sg_model_label_count(model_of(handle)) : 0;
}

/* UTF-8 bytes and not a jstring: JNI strings are made from "modified UTF-8", which most emoji are not. */
static sg_jobject label(sg_jni_env env, sg_jobject type, sg_jlong handle, sg_jint index) {
  (void)type;
  if (!handle || index < 0) return 0;
  size_t length = 0;
  const char *text = sg_model_label(model_of(handle), (uint32_t)index, &length);
  if (!text || length > INT32_MAX) return 0;
  sg_jobject bytes = sg_jni_new_byte_array(env, (sg_jint)length);
  if (bytes) sg_jni_set_bytes(env, bytes, (sg_jint)length, (const int8_t *)text);
  return bytes;
}

static sg_jint verify(sg_jni_env env, sg_jobject type, sg_jlong handle) {
  (void)env, (void)type;
  return handle ? (sg_jint)sg_model_verify(model_of(handle)) : SG_ERROR_ARGUMENT;
}

/* The critical section holds up the garbage collector, so it spans the resize only, not the network. */
static sg_jint preprocess(sg_jni_env env, sg_jobject type, sg_jlong handle, sg_jobject pixels, sg_jint width,
                          sg_jint height, sg_jobject input) {
  (void)type;
  buffer tensor;
  if (!handle || !pixels || width < 1 || height < 1 || !get_buffer(env, input, &tensor)) return SG_ERROR_ARGUMENT;
  if ((int64_t)width * height > sg_jni_array_length(env, pixels)) return SG_ERROR_ARGUMENT;
  void *colours = sg_jni_critical(env, pixels);
  if (!colours) return SG_ERROR_MEMORY;
  const sg_image image = {.pixels = colours,
                          .width = (uint32_t)width,
                          .height = (uint32_t)height,
                          .row_bytes = (size_t)width * 4,
                          .format = SG_BGRA_8888}; /* 0xAARRGGBB on a little-endian machine */
  const sg_status status = sg_model_preprocess(model_of(handle), &image, tensor.address, tensor.bytes);
  sg_jni_release_critical(env, pixels, colours, SG_JNI_ABORT);
  return (sg_jint)status;
}

static sg_jint run_quantized(sg_jni_env env, sg_jobject type, sg_jlong handle, sg_jobject input, sg_jobject outputs) {
  (void)type;
  buffer tensor;
  float *results[MAX_TENSORS];
  if (!handle || !get_buffer(env, input, &tensor)) return SG_ERROR_ARGUMENT;
  if (!get_outputs(env, outputs, model_of(handle), results)) return SG_ERROR_ARGUMENT;
  return (sg_jint)sg_model_run_quantized(model_of(handle), tensor.address, tensor.bytes, results);
}

static sg_jint run(sg_jni_env env, sg_jobject type, sg_jlong handle, sg_jobject inputs, sg_jobject outputs) {
  (void)type;
  float *arguments[MAX_TENSORS];
  float *results[MAX_TENSORS];
  if (!handle) return SG_ERROR_ARGUMENT;
  sg_model *model = model_of(handle);
  if (!get_tensors(env, inputs, model, sg_model_input_count(model), sg_model_input, arguments)) {
    return SG_ERROR_ARGUMENT;
  }
  if (!get_outputs(env, outputs, model, results)) return SG_ERROR_ARGUMENT;
  return (sg_jint)sg_model_run(model, (const float *const *)arguments, results);
}

/* The first `count` floats of `scores`, or null if the buffer does not hold them. */
static float *get_scores(sg_jni_env env, sg_jobject scores, sg_jint count) {
  buffer values;
  if (count < 1 || !get_buffer(env, scores, &values)) return 0;
  if (values.bytes / sizeof(float) < (size_t)count || !is_float_aligned(values.address)) return 0;
  return values.address;
}

static sg_jint softmax(sg_jni_env env, sg_jobject type, sg_jobject scores, sg_jint count) {
  (void)type;
  float *values = get_scores(env, scores, count);
  if (!values) return SG_ERROR_ARGUMENT;
  sg_softmax(values, (size_t)count);
  return SG_OK;
}

/* Fills both arrays, which are of one length k <= count. */
static sg_jint top_k(sg_jni_env env, sg_jobject type, sg_jobject scores, sg_jint count, sg_jobject indices,
                     sg_jobject values) {
  (void)type;
  const float *all = get_scores(env, scores, count);
  if (!all || !indices || !values) return SG_ERROR_ARGUMENT;
  const sg_jint k = sg_jni_array_length(env, indices);
  if (k < 1 || k > count || sg_jni_array_length(env, values) != k) return SG_ERROR_ARGUMENT;
  uint32_t *best_indices = sg_jni_critical(env, indices);
  float *best_values = best_indices ? sg_jni_critical(env, values) : 0;
  if (best_values) (void)sg_top_k(all, (size_t)count, (size_t)k, best_indices, best_values);
  if (best_values) sg_jni_release_critical(env, values, best_values, 0);
  if (best_indices) sg_jni_release_critical(env, indices, best_indices, 0);
  return best_values ? SG_OK : SG_ERROR_MEMORY;
}

#define BUFFER "Ljava/nio/ByteBuffer;"

static const sg_jni_method methods[] = {
    {"abiVersion", "()I", (sg_jni_slot)abi_version},
    {"statusText", "(I)Ljava/lang/String;", (sg_jni_slot)status_text},
    {"open", "(" BUFFER "IJ[J)I", (sg_jni_slot)model_open},
    {"close", "(J)V", (sg_jni_slot)model_close},
    {"inputCount", "(J)I", (sg_jni_slot)input_count},
    {"outputCount", "(J)I", (sg_jni_slot)output_count},
    {"describeInput", "(JI[I)I", (sg_jni_slot)describe_input},
    {"describeOutput", "(JI[I)I", (sg_jni_slot)describe_output},
    {"labelCount", "(J)I", (sg_jni_slot)label_count},
    {"label", "(JI)[B", (sg_jni_slot)label},
    {"verify", "(J)I", (sg_jni_slot)verify},
    {"preprocess", "(J[III" BUFFER ")I", (sg_jni_slot)preprocess},
    {"runQuantized", "(J" BUFFER "[" BUFFER ")I", (sg_jni_slot)run_quantized},
    {"run", "(J[" BUFFER "[" BUFFER ")I", (sg_jni_slot)run},
    {"softmax", "(" BUFFER "I)I", (sg_jni_slot)softmax},
    {"topK", "(" BUFFER "I[I[F)I", (sg_jni_slot)top_k},
};

SG_JNI_EXPORT sg_jint JNI_OnLoad(sg_jni_vm vm, void *reserved);

SG_JNI_EXPORT sg_jint JNI_OnLoad(sg_jni_vm vm, void *reserved) {
  (void)reserved;
  void *pointer = 0;
  if (sg_jni_get_env(vm, &pointer, SG_JNI_VERSION_1_6) != SG_JNI_OK) return SG_JNI_ERR;
  const sg_jni_env env = pointer;
  sg_jobject type = sg_jni_find_class(env, SG_JNI_CLASS);
  if (!type) return SG_JNI_ERR;
  const sg_jint status = sg_jni_register_natives(env, type, methods, (sg_jint)(sizeof methods / sizeof methods[0]));
  sg_jni_delete_local_ref(env, type);
  return status == SG_JNI_OK ? SG_JNI_VERSION_1_6 : SG_JNI_ERR;
}
