/* main.c: run an SDK's Android arm64 library through its JNI methods on plain aarch64 Linux, as its Kotlin would.
 *
 * android_loader LIBRARY MODEL THREADS FINGERPRINT { image WIDTHxHEIGHT INPUT OUTPUT | tensor INPUT OUTPUT }...
 *
 * An image's input holds bytes R G B; a tensor's the float32 inputs one after the other. The output file receives the
 * float32 outputs one after the other. Prints one line of JSON. Exit code: 2 usage or files, 3 the library is refused,
 * 4 a JNI function is missing, 5 the SDK answered with an error. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "elf_image.h"
#include "imports.h"
#include "jni_env.h"

enum { USAGE = 2, REFUSED = 3, SDK_ERROR = 5, MAX_TENSORS = 64, MAX_SIDE = 16384, FIELDS = 8, ELEMENTS = 5 };

#define BUFFER "Ljava/nio/ByteBuffer;"

typedef struct natives {
  int32_t (*abi_version)(void *, void *);
  int32_t (*open)(void *, void *, fake_object *, int32_t, int64_t, fake_object *);
  void (*close)(void *, void *, int64_t);
  int32_t (*input_count)(void *, void *, int64_t);
  int32_t (*output_count)(void *, void *, int64_t);
  int32_t (*describe_input)(void *, void *, int64_t, int32_t, fake_object *);
  int32_t (*describe_output)(void *, void *, int64_t, int32_t, fake_object *);
  int32_t (*label_count)(void *, void *, int64_t);
  int32_t (*verify)(void *, void *, int64_t);
  int32_t (*preprocess)(void *, void *, int64_t, fake_object *, int32_t, int32_t, fake_object *);
  int32_t (*run_quantized)(void *, void *, int64_t, fake_object *, fake_object *);
  int32_t (*run)(void *, void *, int64_t, fake_object *, fake_object *);
} natives;

static natives sdk;

_Noreturn static void stop(int code, const char *what, const char *detail) {
  fprintf(stderr, "android_loader: %s: %s\n", what, detail);
  exit(code);
}

static void *native(const char *name, const char *signature) {
  void *function = jni_native(name, signature);
  if (function == NULL) {
    fprintf(stderr, "android_loader: no native method %s%s was registered\n", name, signature);
    exit(REFUSED);
  }
  return function;
}

static void find_natives(void) {
  sdk.abi_version = native("abiVersion", "()I");
  sdk.open = native("open", "(" BUFFER "IJ[J)I");
  sdk.close = native("close", "(J)V");
  sdk.input_count = native("inputCount", "(J)I");
  sdk.output_count = native("outputCount", "(J)I");
  sdk.describe_input = native("describeInput", "(JI[I)I");
  sdk.describe_output = native("describeOutput", "(JI[I)I");
  sdk.label_count = native("labelCount", "(J)I");
  sdk.verify = native("verify", "(J)I");
  sdk.preprocess = native("preprocess", "(J[III" BUFFER ")I");
  sdk.run_quantized = native("runQuantized", "(J" BUFFER "[" BUFFER ")I");
  sdk.run = native("run", "(J[" BUFFER "[" BUFFER ")I");
}

static void check(int32_t status, const char *call) {
  const char *thrown = jni_take_exception();
  if (thrown != NULL) {
    stop(SDK_ERROR, call, thrown);
  }
  if (status != 0) {
    fprintf(stderr, "android_loader: %s: status %" PRId32 "\n", call, status);
    exit(SDK_ERROR);
  }
}

/* A whole file as the direct buffer that Kotlin's mapping or asset gives. */
static fake_object *read_file(const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
    stop(USAGE, path, strerror(errno));
  }
  const long bytes = ftell(file);
  if (bytes <= 0 || bytes > INT32_MAX) {
    stop(USAGE, path, "empty or too large");
  }
  rewind(file);
  fake_object *buffer = fake_new(FAKE_BUFFER, (int32_t)bytes, NULL);
  if (fread(buffer->data, 1, (size_t)bytes, file) != (size_t)bytes) {
    stop(USAGE, path, "cannot be read");
  }
  fclose(file);
  return buffer;
}

static void write_outputs(const char *path, const fake_object *outputs) {
  FILE *file = fopen(path, "wb");
  if (file == NULL) {
    stop(USAGE, path, strerror(errno));
  }
  for (int32_t i = 0; i < outputs->length; ++i) {
    const fake_object *output = ((fake_object **)outputs->data)[i];
    if (fwrite(output->data, 1, (size_t)output->length, file) != (size_t)output->length) {
      stop(USAGE, path, "cannot be written");
    }
  }
  if (fclose(file) != 0) {
    stop(USAGE, path, strerror(errno));
  }
}

/* An array of direct buffers, one per tensor of the model; *total receives their bytes. */
static fake_object *new_tensors(int64_t model, int32_t count,
                                int32_t (*describe)(void *, void *, int64_t, int32_t, fake_object *), size_t *total) {
  fake_object *array = fake_new(FAKE_OBJECTS, count, NULL);
  *total = 0;
  for (int32_t i = 0; i < count; ++i) {
    fake_object *fields = fake_new(FAKE_INTS, FIELDS, NULL);
    check(describe(jni_env(), NULL, model, i, fields), "describe");
    const int32_t elements = ((int32_t *)fields->data)[ELEMENTS];
    if (elements < 1 || elements > INT32_MAX / 4) {
      stop(SDK_ERROR, "describe", "a tensor of a senseless size");
    }
    ((fake_object **)array->data)[i] = fake_new(FAKE_BUFFER, elements * 4, NULL);
    *total += (size_t)elements * 4;
  }
  return array;
}

static void run_image(int64_t model, const char *size, const char *input, fake_object *outputs) {
  unsigned width = 0;
  unsigned height = 0;
  if (sscanf(size, "%ux%u", &width, &height) != 2 || width < 1 || height < 1 || width > MAX_SIDE || height > MAX_SIDE) {
    stop(USAGE, size, "not WIDTHxHEIGHT");
  }
  const fake_object *file = read_file(input);
  const size_t pixels = (size_t)width * height;
  if ((size_t)file->length != pixels * 3) {
    stop(USAGE, input, "not WIDTH x HEIGHT x 3 bytes");
  }
  fake_object *colours = fake_new(FAKE_INTS, (int32_t)pixels, NULL);
  for (size_t i = 0; i < pixels; ++i) {
    const uint8_t *rgb = (const uint8_t *)file->data + 3 * i;
    ((uint32_t *)colours->data)[i] = 0xFF000000U | (uint32_t)rgb[0] << 16 | (uint32_t)rgb[1] << 8 | rgb[2];
  }
  fake_object *fields = fake_new(FAKE_INTS, FIELDS, NULL);
  check(sdk.describe_input(jni_env(), NULL, model, 0, fields), "describeInput");
  fake_object *tensor = fake_new(FAKE_BUFFER, ((int32_t *)fields->data)[ELEMENTS], NULL);
  check(sdk.preprocess(jni_env(), NULL, model, colours, (int32_t)width, (int32_t)height, tensor), "preprocess");
  check(sdk.run_quantized(jni_env(), NULL, model, tensor, outputs), "runQuantized");
}

static void run_tensors(int64_t model, const char *input, fake_object *outputs) {
  const fake_object *file = read_file(input);
  size_t total;
  fake_object *inputs = new_tensors(model, sdk.input_count(jni_env(), NULL, model), sdk.describe_input, &total);
  if ((size_t)file->length != total) {
    stop(USAGE, input, "not the bytes of the model's inputs");
  }
  const uint8_t *source = file->data;
  for (int32_t i = 0; i < inputs->length; ++i) {
    fake_object *tensor = ((fake_object **)inputs->data)[i];
    memcpy(tensor->data, source, (size_t)tensor->length);
    source += tensor->length;
  }
  check(sdk.run(jni_env(), NULL, model, inputs, outputs), "run");
}

static int64_t open_model(const char *path, const char *threads, const char *fingerprint) {
  fake_object *handle = fake_new(FAKE_LONGS, 1, NULL);
  check(sdk.open(jni_env(), NULL, read_file(path), atoi(threads), (int64_t)strtoull(fingerprint, NULL, 0), handle),
        "open");
  return *(int64_t *)handle->data;
}

int main(int count, char **arguments) {
  if (count < 5) {
    stop(USAGE, "usage",
         "android_loader LIBRARY MODEL THREADS FINGERPRINT { image WIDTHxHEIGHT INPUT OUTPUT | tensor INPUT OUTPUT "
         "}...");
  }
  static elf_image image;
  if (!elf_load(arguments[1], import_resolve, &image)) {
    stop(REFUSED, arguments[1], image.error);
  }
  int32_t (*on_load)(void *, void *) = elf_symbol(&image, "JNI_OnLoad");
  if (on_load == NULL) {
    stop(REFUSED, arguments[1], "exports no JNI_OnLoad");
  }
  if (on_load(jni_vm(), NULL) < 0x00010001) {
    stop(REFUSED, arguments[1], "JNI_OnLoad failed");
  }
  find_natives();
  const int64_t model = open_model(arguments[2], arguments[3], arguments[4]);
  check(sdk.verify(jni_env(), NULL, model), "verify");
  const int32_t labels = sdk.label_count(jni_env(), NULL, model);
  size_t output_bytes;
  fake_object *outputs =
      new_tensors(model, sdk.output_count(jni_env(), NULL, model), sdk.describe_output, &output_bytes);
  int runs = 0;
  for (int at = 5; at < count; ++runs) {
    const bool is_image = strcmp(arguments[at], "image") == 0;
    if (at + (is_image ? 4 : 3) > count || (!is_image && strcmp(arguments[at], "tensor") != 0)) {
      stop(USAGE, arguments[at], "expected image WIDTHxHEIGHT INPUT OUTPUT or tensor INPUT OUTPUT");
    }
    if (is_image) {
      run_image(model, arguments[at + 1], arguments[at + 2], outputs);
    } else {
      run_tensors(model, arguments[at + 1], outputs);
    }
    at += is_image ? 4 : 3;
    write_outputs(arguments[at - 1], outputs);
  }
  sdk.close(jni_env(), NULL, model);
  printf("{\"abi_version\": %" PRId32 ", \"class\": \"%s\", \"native_methods\": %zu, \"labels\": %" PRId32
         ", \"output_bytes\": %zu, \"runs\": %d, \"mapped_library_bytes\": %" PRIu64 ", \"heap_peak_bytes\": %zu}\n",
         sdk.abi_version(jni_env(), NULL), jni_native_class(), jni_native_count(), labels, output_bytes, runs,
         image.span, import_heap_peak());
  return 0;
}
