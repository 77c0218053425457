/* jni_env.c: the JNI functions that an SDK's adapter calls, at the table positions of the JNI specification (chapter
 * 4). */
#include "jni_env.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TABLE_SIZE = 235, MAX_NATIVES = 64, JNI_VERSION = 0x00010006, JNI_OK = 0, JNI_ERR = -1 };

typedef struct native_method {
  const char *name;
  const char *signature;
  void *function;
} native_method;

static void *env_table[TABLE_SIZE];
static void *vm_table[8];
static void *env_pointer = env_table; /* a JNIEnv * points to a pointer to the table */
static void *vm_pointer = vm_table;

static native_method natives[MAX_NATIVES];
static size_t native_total;
static const char *native_class = "";
static char exception[256];

static void refuse(const char *what) {
  fprintf(stderr, "android_loader: the library called %s\n", what);
  exit(4);
}

static void unknown_function(void) {
  refuse("a JNI function that this loader does not have");
}

static size_t element_bytes(fake_kind kind) {
  switch (kind) {
    case FAKE_LONGS:
    case FAKE_OBJECTS:
      return 8;
    case FAKE_INTS:
    case FAKE_FLOATS:
      return 4;
    default:
      return 1;
  }
}

fake_object *fake_new(fake_kind kind, int32_t length, void *data) {
  fake_object *object = malloc(sizeof *object);
  void *memory = data != NULL ? data : calloc((size_t)length + 1, element_bytes(kind));
  if (object == NULL || memory == NULL) {
    refuse("for more memory than there is");
  }
  *object = (fake_object){kind, length, memory};
  return object;
}

static int32_t get_version(void *env) {
  (void)env;
  return JNI_VERSION;
}

static void *find_class(void *env, const char *name) {
  (void)env;
  return fake_new(FAKE_CLASS, (int32_t)strlen(name), strdup(name));
}

static int32_t throw_new(void *env, void *class, const char *message) {
  (void)env;
  const fake_object *thrown = class;
  snprintf(exception, sizeof exception, "%s: %s", thrown != NULL ? (const char *)thrown->data : "?",
           message != NULL ? message : "");
  return JNI_OK;
}

static uint8_t exception_check(void *env) {
  (void)env;
  return exception[0] != 0;
}

static void *same_reference(void *env, void *object) {
  (void)env;
  return object;
}

static void drop_reference(void *env, void *object) {
  (void)env;
  (void)object;
}

static int32_t array_length(void *env, const fake_object *array) {
  (void)env;
  return array->length;
}

static void *object_element(void *env, const fake_object *array, int32_t index) {
  (void)env;
  if (array->kind != FAKE_OBJECTS || index < 0 || index >= array->length) {
    refuse("GetObjectArrayElement outside an object array");
  }
  return ((void **)array->data)[index];
}

static void *new_bytes(void *env, int32_t length) {
  (void)env;
  return fake_new(FAKE_BYTES, length, NULL);
}

static void *new_text(void *env, const char *text) {
  (void)env;
  return fake_new(FAKE_TEXT, (int32_t)strlen(text), strdup(text));
}

static void *array_elements(void *env, const fake_object *array, uint8_t *is_copy) {
  (void)env;
  if (is_copy != NULL) {
    *is_copy = 0;
  }
  return array->data;
}

static void release_elements(void *env, void *array, void *elements, int32_t mode) {
  (void)env;
  (void)array;
  (void)elements;
  (void)mode;
}

static uint8_t *region(const fake_object *array, fake_kind kind, int32_t start, int32_t count) {
  if (array->kind != kind || start < 0 || count < 0 || count > array->length - start) {
    snprintf(exception, sizeof exception, "java/lang/ArrayIndexOutOfBoundsException: %d + %d", start, count);
    return NULL;
  }
  return (uint8_t *)array->data + (size_t)start * element_bytes(kind);
}

#define REGION(name, kind)                                                                                          \
  static void get_##name(void *env, const fake_object *array, int32_t start, int32_t count, void *elements) {       \
    (void)env;                                                                                                      \
    const uint8_t *source = region(array, kind, start, count);                                                      \
    if (source != NULL) memcpy(elements, source, (size_t)count * element_bytes(kind));                              \
  }                                                                                                                 \
  static void set_##name(void *env, const fake_object *array, int32_t start, int32_t count, const void *elements) { \
    (void)env;                                                                                                      \
    uint8_t *target = region(array, kind, start, count);                                                            \
    if (target != NULL) memcpy(target, elements, (size_t)count * element_bytes(kind));                              \
  }
REGION(bytes, FAKE_BYTES)
REGION(ints, FAKE_INTS)
REGION(longs, FAKE_LONGS)
REGION(floats, FAKE_FLOATS)

static int32_t register_natives(void *env, void *class, const native_method *methods, int32_t count) {
  (void)env;
  native_class = ((const fake_object *)class)->data;
  for (int32_t i = 0; i < count; ++i) {
    if (native_total == MAX_NATIVES) {
      return JNI_ERR;
    }
    natives[native_total++] = methods[i];
  }
  return JNI_OK;
}

static int32_t get_vm(void *env, void **vm) {
  (void)env;
  *vm = &vm_pointer;
  return JNI_OK;
}

static void *buffer_address(void *env, const fake_object *buffer) {
  (void)env;
  return buffer != NULL && buffer->kind == FAKE_BUFFER ? buffer->data : NULL;
}

static int64_t buffer_capacity(void *env, const fake_object *buffer) {
  (void)env;
  return buffer != NULL && buffer->kind == FAKE_BUFFER ? buffer->length : -1;
}

static int32_t get_env(void *vm, void **env, int32_t version) {
  (void)vm;
  (void)version;
  *env = &env_pointer;
  return JNI_OK;
}

static void fill_tables(void) {
  static const struct {
    size_t index;
    void *function;
  } rows[] = {
      {4, get_version},      {6, find_class},        {14, throw_new},         {21, same_reference},
      {22, drop_reference},  {23, drop_reference},   {25, same_reference},    {167, new_text},
      {171, array_length},   {173, object_element},  {176, new_bytes},        {200, get_bytes},
      {203, get_ints},       {204, get_longs},       {205, get_floats},       {208, set_bytes},
      {211, set_ints},       {212, set_longs},       {213, set_floats},       {215, register_natives},
      {219, get_vm},         {222, array_elements},  {223, release_elements}, {228, exception_check},
      {230, buffer_address}, {231, buffer_capacity},
  };
  for (size_t i = 0; i < TABLE_SIZE; ++i) {
    env_table[i] = (void *)unknown_function;
  }
  for (size_t i = 0; i < sizeof rows / sizeof *rows; ++i) {
    env_table[rows[i].index] = rows[i].function;
  }
  for (size_t i = 0; i < sizeof vm_table / sizeof *vm_table; ++i) {
    vm_table[i] = (void *)unknown_function;
  }
  vm_table[6] = (void *)get_env;
}

void *jni_env(void) {
  if (env_table[0] == NULL) {
    fill_tables();
  }
  return &env_pointer;
}

void *jni_vm(void) {
  jni_env();
  return &vm_pointer;
}

void *jni_native(const char *name, const char *signature) {
  for (size_t i = 0; i < native_total; ++i) {
    if (strcmp(natives[i].name, name) == 0 && strcmp(natives[i].signature, signature) == 0) {
      return natives[i].function;
    }
  }
  return NULL;
}

size_t jni_native_count(void) {
  return native_total;
}

const char *jni_native_class(void) {
  return native_class;
}

const char *jni_take_exception(void) {
  static char taken[sizeof exception];
  if (exception[0] == 0) {
    return NULL;
  }
  memcpy(taken, exception, sizeof taken);
  exception[0] = 0;
  return taken;
}
