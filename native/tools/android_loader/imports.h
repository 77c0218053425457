/* imports.h: what the loaded library may import, by bionic's names. */
#ifndef ANDROID_LOADER_IMPORTS_H
#define ANDROID_LOADER_IMPORTS_H

#include <stddef.h>

/* The replacement of bionic's `name`, or null when there is none. */
void *import_resolve(const char *name);

/* The most bytes that the library held from malloc and calloc at one time. */
size_t import_heap_peak(void);

#endif
