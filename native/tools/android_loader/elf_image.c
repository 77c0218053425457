/* elf.c: the dynamic loader's work for one position-independent aarch64 library: map, relocate, protect, initialise. */
#include "elf_image.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ANDROID_PAGE = 16384, HOST_PAGE = 4096, MAX_SPAN = 1 << 28 };

typedef struct dynamic_table {
  uint64_t value[DT_NUM];
  uint64_t gnu_hash, relr, relr_bytes;
} dynamic_table;

__attribute__((format(printf, 2, 3))) static bool fail(elf_image *image, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(image->error, sizeof image->error, format, arguments);
  va_end(arguments);
  return false;
}

/* `bytes` bytes at virtual address `address`, or null unless one mapped segment with all `flags` holds them all. */
static void *at(const elf_image *image, uint64_t address, uint64_t bytes, uint32_t flags) {
  for (uint32_t i = 0; i < image->load_count; ++i) {
    const Elf64_Phdr *load = &image->loads[i];
    if ((load->p_flags & flags) == flags && address >= load->p_vaddr && address - load->p_vaddr <= load->p_memsz &&
        bytes <= load->p_memsz - (address - load->p_vaddr)) {
      return image->base + address;
    }
  }
  return NULL;
}

/* The text at `offset` of the string table, or null when it does not end inside the table. */
static const char *text_at(const elf_image *image, uint64_t offset) {
  if (offset >= image->string_bytes ||
      memchr(image->strings + offset, 0, (size_t)(image->string_bytes - offset)) == NULL) {
    return NULL;
  }
  return image->strings + offset;
}

static bool check_header(const Elf64_Ehdr *header, uint64_t file_bytes, elf_image *image) {
  if (file_bytes < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0) {
    return fail(image, "not an ELF file");
  }
  if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB || header->e_type != ET_DYN ||
      header->e_machine != EM_AARCH64) {
    return fail(image, "not a 64-bit little-endian aarch64 shared library");
  }
  if (header->e_phentsize != sizeof(Elf64_Phdr) || header->e_phoff > file_bytes ||
      header->e_phnum > (file_bytes - header->e_phoff) / sizeof(Elf64_Phdr) || header->e_phoff % 8 != 0) {
    return fail(image, "the file ends before its program headers");
  }
  return true;
}

/* Collect the loadable segments: ascending, apart by whole pages, inside the file, aligned for 16 KB pages. */
static bool collect_segments(const Elf64_Phdr *headers, uint32_t count, uint64_t file_bytes, elf_image *image) {
  uint64_t end = 0;
  for (uint32_t i = 0; i < count; ++i) {
    const Elf64_Phdr *load = &headers[i];
    if (load->p_type != PT_LOAD) {
      continue;
    }
    if (load->p_offset > file_bytes || load->p_filesz > file_bytes - load->p_offset) {
      return fail(image, "the file ends before segment %u does", i);
    }
    if (load->p_memsz < load->p_filesz || load->p_vaddr > MAX_SPAN || load->p_memsz > MAX_SPAN - load->p_vaddr ||
        load->p_vaddr < end || image->load_count == ELF_MAX_SEGMENTS) {
      return fail(image, "segment %u overlaps another or is too large", i);
    }
    if (load->p_align % ANDROID_PAGE != 0 || (load->p_vaddr - load->p_offset) % ANDROID_PAGE != 0) {
      return fail(image, "segment %u is not aligned for 16 KB pages", i);
    }
    if ((load->p_flags & PF_W) != 0 && (load->p_flags & PF_X) != 0) {
      return fail(image, "segment %u is writable and executable", i);
    }
    image->loads[image->load_count++] = *load;
    end = (load->p_vaddr + load->p_memsz + ANDROID_PAGE - 1) / ANDROID_PAGE * ANDROID_PAGE;
  }
  image->span = end;
  return image->load_count != 0 || fail(image, "no loadable segment");
}

/* Segments that will be executable or read-only stay writable until the relocations are applied. */
static bool map_segments(int file, elf_image *image) {
  uint8_t *base = mmap(NULL, (size_t)image->span, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (base == MAP_FAILED) {
    return fail(image, "%llu bytes of address space are not to be had", (unsigned long long)image->span);
  }
  image->base = base;
  for (uint32_t i = 0; i < image->load_count; ++i) {
    const Elf64_Phdr *load = &image->loads[i];
    const uint64_t slack = load->p_vaddr % HOST_PAGE;
    const uint64_t begin = load->p_vaddr - slack;
    const uint64_t file_end = load->p_vaddr + load->p_filesz;
    const uint64_t memory_end = load->p_vaddr + load->p_memsz;
    const uint64_t mapped_end = (file_end + HOST_PAGE - 1) / HOST_PAGE * HOST_PAGE;
    const int access = PROT_READ | PROT_WRITE;
    if (load->p_filesz != 0 && mmap(base + begin, (size_t)(file_end - begin), access, MAP_PRIVATE | MAP_FIXED, file,
                                    (off_t)(load->p_offset - slack)) == MAP_FAILED) {
      return fail(image, "segment %u cannot be mapped", i);
    }
    const uint64_t anonymous = load->p_filesz != 0 ? mapped_end : begin;
    if (memory_end > anonymous && mmap(base + anonymous, (size_t)(memory_end - anonymous), access,
                                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == MAP_FAILED) {
      return fail(image, "segment %u cannot be mapped", i);
    }
    if (load->p_filesz != 0 && load->p_memsz > load->p_filesz) {
      memset(base + file_end, 0, (size_t)((mapped_end < memory_end ? mapped_end : memory_end) - file_end));
    }
  }
  return true;
}

static bool read_dynamic(const Elf64_Phdr *headers, uint32_t count, elf_image *image, dynamic_table *table,
                         const Elf64_Dyn **entries, uint64_t *entry_count) {
  for (uint32_t i = 0; i < count; ++i) {
    if (headers[i].p_type == PT_TLS) {
      return fail(image, "thread-local storage is not supported");
    }
    if (headers[i].p_type == PT_DYNAMIC) {
      *entries = at(image, headers[i].p_vaddr, headers[i].p_memsz, PF_R);
      *entry_count = headers[i].p_memsz / sizeof(Elf64_Dyn);
      if (*entries == NULL || headers[i].p_vaddr % 8 != 0) {
        return fail(image, "the dynamic section lies outside the segments");
      }
    }
  }
  if (*entries == NULL) {
    return fail(image, "no dynamic section");
  }
  for (uint64_t i = 0; i < *entry_count && (*entries)[i].d_tag != DT_NULL; ++i) {
    const Elf64_Dyn *entry = &(*entries)[i];
    if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0)) {
      return fail(image, "text relocations: Android refuses them");
    } else if (entry->d_tag == DT_GNU_HASH) {
      table->gnu_hash = entry->d_un.d_val;
    } else if (entry->d_tag == DT_RELR) {
      table->relr = entry->d_un.d_val;
    } else if (entry->d_tag == DT_RELRSZ) {
      table->relr_bytes = entry->d_un.d_val;
    } else if (entry->d_tag >= 0x6000000fLL && entry->d_tag <= 0x60000012LL) {
      return fail(image, "relocations in Android's packed form are not supported");
    } else if (entry->d_tag > 0 && entry->d_tag < DT_NUM) {
      table->value[entry->d_tag] = entry->d_un.d_val;
    }
  }
  return true;
}

/* The number of symbols: the ELF hash table states it; the GNU one ends where its longest chain does. */
static bool count_symbols(const dynamic_table *table, elf_image *image) {
  if (table->value[DT_HASH] != 0) {
    const uint32_t *hash = at(image, table->value[DT_HASH], 8, PF_R);
    image->symbol_count = hash != NULL ? hash[1] : 0;
  } else if (table->gnu_hash != 0) {
    const uint32_t *head = at(image, table->gnu_hash, 16, PF_R);
    if (head == NULL) {
      return fail(image, "the symbol hash lies outside the segments");
    }
    const uint64_t buckets_at = table->gnu_hash + 16 + 8ULL * head[2];
    const uint32_t *buckets = at(image, buckets_at, 4ULL * head[0], PF_R);
    uint64_t last = 0;
    for (uint32_t i = 0; buckets != NULL && i < head[0]; ++i) {
      last = buckets[i] > last ? buckets[i] : last;
    }
    const uint64_t chains_at = buckets_at + 4ULL * head[0];
    const uint32_t *link = NULL;
    while (last >= head[1] && (link = at(image, chains_at + 4 * (last - head[1]), 4, PF_R)) != NULL &&
           (*link & 1) == 0) {
      ++last;
    }
    image->symbol_count = link != NULL ? last + 1 : head[1];
  }
  image->symbols = at(image, table->value[DT_SYMTAB], image->symbol_count * sizeof(Elf64_Sym), PF_R);
  image->strings = at(image, table->value[DT_STRTAB], table->value[DT_STRSZ], PF_R);
  image->string_bytes = table->value[DT_STRSZ];
  if (image->symbols == NULL || image->strings == NULL || image->symbol_count == 0 ||
      image->symbol_count > MAX_SPAN / sizeof(Elf64_Sym)) {
    return fail(image, "the symbol table lies outside the segments");
  }
  return true;
}

static bool check_needed(const Elf64_Dyn *entries, uint64_t entry_count, elf_image *image) {
  static const char *const allowed[] = {"libc.so", "libm.so", "liblog.so", "libdl.so"};
  for (uint64_t i = 0; i < entry_count && entries[i].d_tag != DT_NULL; ++i) {
    if (entries[i].d_tag != DT_NEEDED) {
      continue;
    }
    const char *name = text_at(image, entries[i].d_un.d_val);
    bool known = false;
    for (size_t k = 0; name != NULL && k < sizeof allowed / sizeof *allowed; ++k) {
      known = known || strcmp(name, allowed[k]) == 0;
    }
    if (!known) {
      return fail(image, "needs a library that the SDK must not need: %.100s", name != NULL ? name : "(damaged name)");
    }
  }
  return true;
}

/* The value of symbol `index`: its address in the library, or the address from `resolve` for an import. */
static bool symbol_value(elf_image *image, elf_resolver resolve, uint64_t index, uint64_t *value) {
  if (index >= image->symbol_count) {
    return fail(image, "a relocation names symbol %llu of %llu", (unsigned long long)index,
                (unsigned long long)image->symbol_count);
  }
  const Elf64_Sym *symbol = &image->symbols[index];
  const char *name = text_at(image, symbol->st_name);
  if (symbol->st_shndx != SHN_UNDEF) {
    if (at(image, symbol->st_value, 0, PF_R) == NULL) {
      return fail(image, "symbol %llu lies outside the segments", (unsigned long long)index);
    }
    *value = (uint64_t)(uintptr_t)image->base + symbol->st_value;
    return true;
  }
  *value = name != NULL ? (uint64_t)(uintptr_t)resolve(name) : 0;
  if (*value == 0 && ELF64_ST_BIND(symbol->st_info) != STB_WEAK) {
    return fail(image, "unknown import: %.100s", name != NULL ? name : "(damaged name)");
  }
  return true;
}

static bool relocate(elf_image *image, elf_resolver resolve, uint64_t address, uint64_t bytes) {
  const Elf64_Rela *entries = at(image, address, bytes, PF_R);
  if (bytes != 0 && (entries == NULL || address % 8 != 0)) {
    return fail(image, "the relocations lie outside the segments");
  }
  for (uint64_t i = 0; i < bytes / sizeof(Elf64_Rela); ++i) {
    const Elf64_Rela *entry = &entries[i];
    uint64_t *target = at(image, entry->r_offset, 8, PF_W);
    uint64_t value = 0;
    if (target == NULL || entry->r_offset % 8 != 0) {
      return fail(image, "relocation %llu writes outside the writable segments", (unsigned long long)i);
    }
    switch (ELF64_R_TYPE(entry->r_info)) {
      case R_AARCH64_RELATIVE:
        value = (uint64_t)(uintptr_t)image->base;
        break;
      case R_AARCH64_ABS64:
      case R_AARCH64_GLOB_DAT:
      case R_AARCH64_JUMP_SLOT:
        if (!symbol_value(image, resolve, ELF64_R_SYM(entry->r_info), &value)) {
          return false;
        }
        break;
      default:
        return fail(image, "relocation type %u is not supported", (unsigned)ELF64_R_TYPE(entry->r_info));
    }
    *target = value + (uint64_t)entry->r_addend;
  }
  return true;
}

/* RELR: an even entry is an address, an odd one a bitmap of the 63 words that follow. */
static bool relocate_relative(elf_image *image, uint64_t address, uint64_t bytes) {
  const uint64_t *entries = at(image, address, bytes, PF_R);
  if (bytes != 0 && (entries == NULL || address % 8 != 0)) {
    return fail(image, "the relative relocations lie outside the segments");
  }
  uint64_t next = 0;
  for (uint64_t i = 0; i < bytes / 8; ++i) {
    const bool is_bitmap = (entries[i] & 1) != 0;
    const uint64_t bits = is_bitmap ? entries[i] >> 1 : 1;
    const uint64_t first = is_bitmap ? next : entries[i];
    for (uint32_t bit = 0; bit < 63; ++bit) {
      if ((bits >> bit & 1) == 0) {
        continue;
      }
      uint64_t *target = at(image, first + 8ULL * bit, 8, PF_W);
      if (target == NULL || first % 8 != 0) {
        return fail(image, "a relative relocation writes outside the writable segments");
      }
      *target += (uint64_t)(uintptr_t)image->base;
    }
    next = first + (is_bitmap ? 63 * 8 : 8);
  }
  return true;
}

static bool protect(const Elf64_Phdr *headers, uint32_t count, elf_image *image) {
  for (uint32_t i = 0; i < count; ++i) {
    const bool is_relro = headers[i].p_type == PT_GNU_RELRO;
    if (headers[i].p_type != PT_LOAD && !is_relro) {
      continue;
    }
    const uint32_t flags = is_relro ? PF_R : headers[i].p_flags;
    const uint64_t begin = headers[i].p_vaddr / HOST_PAGE * HOST_PAGE;
    const uint64_t end = headers[i].p_vaddr + headers[i].p_memsz;
    /* A page that RELRO covers only in part stays writable, as in bionic. */
    const uint64_t whole_end = is_relro ? end / HOST_PAGE * HOST_PAGE : (end + HOST_PAGE - 1) / HOST_PAGE * HOST_PAGE;
    if (is_relro && at(image, headers[i].p_vaddr, 0, PF_R) == NULL) {
      return fail(image, "the read-only part lies outside the segments");
    }
    const int access = ((flags & PF_R) != 0 ? PROT_READ : 0) | ((flags & PF_W) != 0 ? PROT_WRITE : 0) |
                       ((flags & PF_X) != 0 ? PROT_EXEC : 0);
    if (whole_end > image->span ||
        (whole_end > begin && mprotect(image->base + begin, (size_t)(whole_end - begin), access) != 0)) {
      return fail(image, "segment %u cannot be protected", i);
    }
    __builtin___clear_cache((char *)image->base + begin, (char *)image->base + end);
  }
  return true;
}

static bool run_initialisers(elf_image *image, uint64_t address, uint64_t bytes) {
  void (*const *entries)(void) = at(image, address, bytes, PF_R);
  if (bytes != 0 && (entries == NULL || address % 8 != 0)) {
    return fail(image, "the initialisers lie outside the segments");
  }
  for (uint64_t i = 0; i < bytes / 8; ++i) {
    const uint64_t target = (uint64_t)(uintptr_t)entries[i] - (uint64_t)(uintptr_t)image->base;
    if (at(image, target, 4, PF_X) == NULL) {
      return fail(image, "initialiser %llu is not code of the library", (unsigned long long)i);
    }
    entries[i]();
  }
  return true;
}

static bool load_file(int file, const uint8_t *bytes, uint64_t file_bytes, elf_resolver resolve, elf_image *image) {
  const Elf64_Ehdr *header = (const Elf64_Ehdr *)(const void *)bytes;
  if (!check_header(header, file_bytes, image)) {
    return false;
  }
  const Elf64_Phdr *headers = (const Elf64_Phdr *)(const void *)(bytes + header->e_phoff);
  const uint32_t count = header->e_phnum;
  const Elf64_Dyn *entries = NULL;
  uint64_t entry_count = 0;
  dynamic_table table = {0};
  return collect_segments(headers, count, file_bytes, image) && map_segments(file, image) &&
         read_dynamic(headers, count, image, &table, &entries, &entry_count) && count_symbols(&table, image) &&
         check_needed(entries, entry_count, image) && relocate_relative(image, table.relr, table.relr_bytes) &&
         relocate(image, resolve, table.value[DT_RELA], table.value[DT_RELASZ]) &&
         relocate(image, resolve, table.value[DT_JMPREL], table.value[DT_PLTRELSZ]) && protect(headers, count, image) &&
         run_initialisers(image, table.value[DT_INIT_ARRAY], table.value[DT_INIT_ARRAYSZ]);
}

bool elf_load(const char *path, elf_resolver resolve, elf_image *image) {
  memset(image, 0, sizeof *image);
  const int file = open(path, O_RDONLY | O_CLOEXEC);
  struct stat status;
  if (file < 0 || fstat(file, &status) != 0) {
    return fail(image, "the file cannot be opened");
  }
  if (status.st_size == 0) {
    close(file);
    return fail(image, "not an ELF file");
  }
  const uint64_t file_bytes = (uint64_t)status.st_size;
  uint8_t *bytes = mmap(NULL, (size_t)file_bytes, PROT_READ, MAP_PRIVATE, file, 0);
  const bool loaded = bytes != MAP_FAILED ? load_file(file, bytes, file_bytes, resolve, image)
                                          : fail(image, "the file cannot be mapped");
  if (bytes != MAP_FAILED) {
    munmap(bytes, (size_t)file_bytes);
  }
  close(file);
  return loaded;
}

void *elf_symbol(const elf_image *image, const char *name) {
  for (uint64_t i = 1; i < image->symbol_count; ++i) {
    const Elf64_Sym *symbol = &image->symbols[i];
    const char *text = text_at(image, symbol->st_name);
    if (symbol->st_shndx != SHN_UNDEF && text != NULL && strcmp(text, name) == 0) {
      return at(image, symbol->st_value, 1, PF_R);
    }
  }
  return NULL;
}
