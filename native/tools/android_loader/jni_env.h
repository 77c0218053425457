/* jni_env.h: a JavaVM and JNIEnv without Java: class names, native methods, arrays, direct buffers, exceptions. */
#ifndef ANDROID_LOADER_JNI_ENV_H
#define ANDROID_LOADER_JNI_ENV_H

#include <stddef.h>
#include <stdint.h>

typedef enum fake_kind {
  FAKE_CLASS,
  FAKE_TEXT,
  FAKE_BYTES,
  FAKE_INTS,
  FAKE_LONGS,
  FAKE_FLOATS,
  FAKE_OBJECTS,
  FAKE_BUFFER
} fake_kind;

/* What a jobject points to. `length` counts elements; a buffer's counts bytes. */
typedef struct fake_object {
  fake_kind kind;
  int32_t length;
  void *data;
} fake_object;

fake_object *fake_new(fake_kind kind, int32_t length, void *data); /* null data: zeroed memory is allocated */

/* What JNI_OnLoad and the native methods receive. */
void *jni_vm(void);
void *jni_env(void);

/* The native method registered under this name with this signature, or null. */
void *jni_native(const char *name, const char *signature);
size_t jni_native_count(void);
const char *jni_native_class(void); /* "com/example/sdk/internal/NativeModel", or "" before RegisterNatives */

/* The message of the exception that native code threw, cleared by the call; null when none is pending. */
const char *jni_take_exception(void);

#endif
