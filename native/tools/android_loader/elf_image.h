/* elf.h: map an Android arm64 shared library into this process, with every bound checked. */
#ifndef ANDROID_LOADER_ELF_H
#define ANDROID_LOADER_ELF_H

#include <elf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ELF_MAX_SEGMENTS = 16, ELF_ERROR_BYTES = 256 };

typedef struct elf_image {
  uint8_t *base; /* the address of virtual address 0 of the library */
  uint64_t span; /* bytes reserved from `base` */
  uint32_t load_count;
  Elf64_Phdr loads[ELF_MAX_SEGMENTS];
  const Elf64_Sym *symbols;
  uint64_t symbol_count;
  const char *strings;
  uint64_t string_bytes;
  char error[ELF_ERROR_BYTES]; /* why elf_load returned false */
} elf_image;

/* The address of an imported name, or null when the loader has none. */
typedef void *(*elf_resolver)(const char *name);

/* Map the file, relocate it, protect it and run its initialisers. False with image->error set when the file is not
 * what an Android device of 16 KB pages would load, or imports a name that `resolve` does not have. */
bool elf_load(const char *path, elf_resolver resolve, elf_image *image);

/* The address of an exported function or object, or null. */
void *elf_symbol(const elf_image *image, const char *name);

#endif
