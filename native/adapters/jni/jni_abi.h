/* SPDX-License-Identifier: Apache-2.0 */
/* jni_abi.h: the slots of the JNI function tables that the adapter calls, so that no jni.h is needed to build it.
 *
 * Slot numbers and types are those of the Java Native Interface Specification (version 1.6), chapters 4 "JNI
 * Functions" and 5 "The Invocation API"; tests/unit/generate/test_jni_abi.py holds them against a JDK's jni.h. */
#ifndef SG_JNI_ABI_H
#define SG_JNI_ABI_H

#include <stdint.h>

typedef int32_t sg_jint;
typedef int64_t sg_jlong;
typedef uint8_t sg_jboolean;
typedef void *sg_jobject; /* any reference: jclass, jstring, jintArray, … */

typedef void (*sg_jni_slot)(void);
/* JNIEnv * and JavaVM *: both point to a pointer to a table of functions. */
typedef const sg_jni_slot *const *sg_jni_env;
typedef const sg_jni_slot *const *sg_jni_vm;

typedef struct sg_jni_method {
  const char *name;
  const char *signature;
  sg_jni_slot function;
} sg_jni_method;

enum {
  SG_JNI_OK = 0,
  SG_JNI_ERR = -1,
  SG_JNI_VERSION_1_6 = 0x00010006,
  SG_JNI_ABORT = 2 /* Release…: free the copy, if there is one, without copying back */
};

enum { SG_JNI_VM_GET_ENV = 6 };

enum {
  SG_JNI_FIND_CLASS = 6,
  SG_JNI_DELETE_LOCAL_REF = 23,
  SG_JNI_NEW_STRING_UTF = 167,
  SG_JNI_GET_ARRAY_LENGTH = 171,
  SG_JNI_GET_OBJECT_ARRAY_ELEMENT = 173,
  SG_JNI_NEW_BYTE_ARRAY = 176,
  SG_JNI_SET_BYTE_ARRAY_REGION = 208,
  SG_JNI_SET_INT_ARRAY_REGION = 211,
  SG_JNI_SET_LONG_ARRAY_REGION = 212,
  SG_JNI_REGISTER_NATIVES = 215,
  SG_JNI_GET_PRIMITIVE_ARRAY_CRITICAL = 222,
  SG_JNI_RELEASE_PRIMITIVE_ARRAY_CRITICAL = 223,
  SG_JNI_GET_DIRECT_BUFFER_ADDRESS = 230,
  SG_JNI_GET_DIRECT_BUFFER_CAPACITY = 231
};

static inline sg_jint sg_jni_get_env(sg_jni_vm vm, void **env, sg_jint version) {
  return ((sg_jint (*)(sg_jni_vm, void **, sg_jint))(*vm)[SG_JNI_VM_GET_ENV])(vm, env, version);
}

static inline sg_jobject sg_jni_find_class(sg_jni_env env, const char *name) {
  return ((sg_jobject (*)(sg_jni_env, const char *))(*env)[SG_JNI_FIND_CLASS])(env, name);
}

static inline void sg_jni_delete_local_ref(sg_jni_env env, sg_jobject reference) {
  ((void (*)(sg_jni_env, sg_jobject))(*env)[SG_JNI_DELETE_LOCAL_REF])(env, reference);
}

static inline sg_jobject sg_jni_new_string(sg_jni_env env, const char *modified_utf8) {
  return ((sg_jobject (*)(sg_jni_env, const char *))(*env)[SG_JNI_NEW_STRING_UTF])(env, modified_utf8);
}

static inline sg_jint sg_jni_array_length(sg_jni_env env, sg_jobject array) {
  return ((sg_jint (*)(sg_jni_env, sg_jobject))(*env)[SG_JNI_GET_ARRAY_LENGTH])(env, array);
}

static inline sg_jobject sg_jni_object_at(sg_jni_env env, sg_jobject array, sg_jint index) {
  return ((sg_jobject (*)(sg_jni_env, sg_jobject, sg_jint))(*env)[SG_JNI_GET_OBJECT_ARRAY_ELEMENT])(env, array, index);
}

static inline sg_jobject sg_jni_new_byte_array(sg_jni_env env, sg_jint length) {
  return ((sg_jobject (*)(sg_jni_env, sg_jint))(*env)[SG_JNI_NEW_BYTE_ARRAY])(env, length);
}

static inline void sg_jni_set_bytes(sg_jni_env env, sg_jobject array, sg_jint count, const int8_t *values) {
  ((void (*)(sg_jni_env, sg_jobject, sg_jint, sg_jint, const int8_t *))(*env)[SG_JNI_SET_BYTE_ARRAY_REGION])(
      env, array, 0, count, values);
}

static inline void sg_jni_set_ints(sg_jni_env env, sg_jobject array, sg_jint count, const sg_jint *values) {
  ((void (*)(sg_jni_env, sg_jobject, sg_jint, sg_jint, const sg_jint *))(*env)[SG_JNI_SET_INT_ARRAY_REGION])(
      env, array, 0, count, values);
}

static inline void sg_jni_set_longs(sg_jni_env env, sg_jobject array, sg_jint count, const sg_jlong *values) {
  ((void (*)(sg_jni_env, sg_jobject, sg_jint, sg_jint, const sg_jlong *))(*env)[SG_JNI_SET_LONG_ARRAY_REGION])(
      env, array, 0, count, values);
}

static inline sg_jint sg_jni_register_natives(sg_jni_env env, sg_jobject type, const sg_jni_method *methods,
                                              sg_jint count) {
  return ((sg_jint (*)(sg_jni_env, sg_jobject, const sg_jni_method *, sg_jint))(*env)[SG_JNI_REGISTER_NATIVES])(
      env, type, methods, count);
}

static inline void *sg_jni_critical(sg_jni_env env, sg_jobject array) {
  return ((void *(*)(sg_jni_env, sg_jobject, sg_jboolean *))(*env)[SG_JNI_GET_PRIMITIVE_ARRAY_CRITICAL])(env, array,
                                                                                                         (void *)0);
}

static inline void sg_jni_release_critical(sg_jni_env env, sg_jobject array, void *elements, sg_jint mode) {
  ((void (*)(sg_jni_env, sg_jobject, void *, sg_jint))(*env)[SG_JNI_RELEASE_PRIMITIVE_ARRAY_CRITICAL])(env, array,
                                                                                                       elements, mode);
}

static inline void *sg_jni_buffer_address(sg_jni_env env, sg_jobject buffer) {
  return ((void *(*)(sg_jni_env, sg_jobject))(*env)[SG_JNI_GET_DIRECT_BUFFER_ADDRESS])(env, buffer);
}

static inline sg_jlong sg_jni_buffer_capacity(sg_jni_env env, sg_jobject buffer) {
  return ((sg_jlong (*)(sg_jni_env, sg_jobject))(*env)[SG_JNI_GET_DIRECT_BUFFER_CAPACITY])(env, buffer);
}

#endif
