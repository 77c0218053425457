/* instruction_counter.c: a QEMU plugin that counts the A64 instructions a program executes, by class, exactly.
 *
 *   qemu-aarch64 -plugin instruction_counter.so,out=FILE PROGRAM …
 *
 * FILE receives one JSON object a line: one per marker (marker.h) with what ran since the marker before, and at the end
 * one for what ran after the last marker and one per block of straight code that did most multiply-accumulate
 * instructions, most first. The counts of a program with one thread are the same in every run.
 *
 * The emulator translates blocks; each gets one counter, increased inline when it is entered, and a histogram of its
 * instructions. So a marker costs a walk over the blocks, and everything between costs next to nothing. */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "marker.h"
#include "qemu_plugin.h"

#define EXPORTED __attribute__((visibility("default")))

EXPORTED int qemu_plugin_version = SG_QEMU_PLUGIN_API;

/* The first classes are multiply-accumulates, from the most to the fewest products per instruction. */
enum instruction_class {
  MMLA,
  DOT,
  WIDE_MLA,
  WIDE_MUL,
  MLA,
  FLOAT_MLA,
  PAIRWISE,
  SIMD,
  SIMD_LOAD,
  SIMD_STORE,
  LOAD,
  STORE,
  BRANCH,
  INTEGER,
  OTHER,
  CLASSES
};
enum { MAC_CLASSES = FLOAT_MLA + 1, HOT_BLOCKS = 8 };
static const char *const names[CLASSES] = {"mmla", "dot",    "smlal",  "smull",     "mla",
                                           "fmla", "sadalp", "simd",   "simd_load", "simd_store",
                                           "load", "store",  "branch", "integer",   "other"};

/* Vector arithmetic, from section C4.1 (A64 instruction set encoding) of the Arm Architecture Reference Manual, DDI
 * 0487. The bit that tells signed from unsigned (29) and the one for 64 or 128 bits (30) are left out where both
 * belong. */
static const struct {
  uint32_t mask, value;
  enum instruction_class class;
} arithmetic[] = {
    {0x9F20F400, 0x0E00A400, MMLA},      /* SMMLA UMMLA USMMLA */
    {0x9F20FC00, 0x0E009400, DOT},       /* SDOT UDOT, vector */
    {0x9F00F400, 0x0F00E000, DOT},       /* by element */
    {0xBF20FC00, 0x0E009C00, DOT},       /* USDOT, vector */
    {0xBF00F400, 0x0F00F000, DOT},       /* USDOT SUDOT, by element */
    {0x9F20FC00, 0x0E208000, WIDE_MLA},  /* SMLAL UMLAL */
    {0x9F00F400, 0x0F002000, WIDE_MLA},  /* by element */
    {0x9F20FC00, 0x0E20C000, WIDE_MUL},  /* SMULL UMULL */
    {0x9F00F400, 0x0F00A000, WIDE_MUL},  /* by element */
    {0xBF20FC00, 0x0E209400, MLA},       /* MLA */
    {0xBF00F400, 0x2F000000, MLA},       /* by element */
    {0xBFA0FC00, 0x0E20CC00, FLOAT_MLA}, /* FMLA */
    {0xBF80F400, 0x0F801000, FLOAT_MLA}, /* by element */
    {0x9F3FFC00, 0x0E206800, PAIRWISE},  /* SADALP UADALP */
};

static enum instruction_class memory_class(uint32_t word) {
  const int vector = word >> 26 & 1, is_register_form = (word >> 27 & 7) == 7, size = word >> 30, opc = word >> 22 & 3;
  int load = opc & 1; /* pairs, exclusive, structures: the L bit; vector registers: the low bit of opc */
  if (is_register_form && !vector) {
    if (size == 3 && opc == 2) return OTHER; /* prefetch */
    load = opc != 0;
  }
  if ((word >> 24 & 0x3B) == 0x18) load = 1; /* literal */
  return vector ? (load ? SIMD_LOAD : SIMD_STORE) : load ? LOAD : STORE;
}

static enum instruction_class class_of(uint32_t word) {
  const uint32_t group = word >> 25 & 15;
  if ((group & 5) == 4) return memory_class(word);
  if ((group & 14) == 10) return BRANCH;
  if ((group & 14) == 8 || (group & 7) == 5) return INTEGER;
  if ((group & 7) != 7) return OTHER; /* SVE, SME */
  for (size_t i = 0; i < sizeof arithmetic / sizeof *arithmetic; i++)
    if ((word & arithmetic[i].mask) == arithmetic[i].value) return arithmetic[i].class;
  return SIMD;
}

struct block {
  uint64_t address, runs;
  uint32_t histogram[CLASSES];
  struct block *next;
};

static struct block *blocks;
static uint64_t reported[CLASSES];
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static FILE *out;

static void write_counts(const char *start, const uint64_t counts[CLASSES]) {
  fprintf(out, "{%s", start);
  for (int c = 0; c < CLASSES; c++)
    if (counts[c]) fprintf(out, ", \"%s\": %llu", names[c], (unsigned long long)counts[c]);
  fputs("}\n", out);
}

static void on_marker(unsigned cpu, void *name) {
  uint64_t now[CLASSES] = {0}, since[CLASSES];
  char start[32];
  (void)cpu;
  pthread_mutex_lock(&lock);
  for (const struct block *b = blocks; b; b = b->next)
    for (int c = 0; c < CLASSES; c++) now[c] += b->runs * b->histogram[c];
  for (int c = 0; c < CLASSES; c++) since[c] = now[c] - reported[c];
  memcpy(reported, now, sizeof now);
  snprintf(start, sizeof start, "\"mark\": \"%s\"", (const char *)name);
  write_counts(start, since);
  pthread_mutex_unlock(&lock);
}

static const char *marker_name(uint32_t word) {
  static const char *const marker_names[SG_MARKERS] = SG_MARKER_NAMES;
  const uint32_t index = (word - 0xD503201F) / 32 - SG_FIRST_HINT; /* HINT #imm: imm in bits 5 … 11 */
  return (word & 0xFFFFF01F) == 0xD503201F && index < SG_MARKERS ? marker_names[index] : NULL;
}

static void on_translated(uint64_t plugin, struct qemu_plugin_tb *translated) {
  (void)plugin;
  struct block *b = calloc(1, sizeof *b);
  if (!b) abort();
  const size_t count = qemu_plugin_tb_n_insns(translated);
  b->address = qemu_plugin_tb_vaddr(translated);
  qemu_plugin_register_vcpu_tb_exec_inline(translated, SG_INLINE_ADD, &b->runs, 1);
  for (size_t i = 0; i < count; i++) {
    struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(translated, i);
    uint32_t word;
    memcpy(&word, qemu_plugin_insn_data(instruction), sizeof word);
    const char *name = marker_name(word);
    if (name) {
      qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_marker, SG_READS_NO_REGISTERS, (void *)(uintptr_t)name);
      i++; /* neither the marker nor the ISB after it is the program's own */
    } else {
      b->histogram[class_of(word)]++;
    }
  }
  pthread_mutex_lock(&lock);
  b->next = blocks;
  blocks = b;
  pthread_mutex_unlock(&lock);
}

static uint64_t macs(const struct block *b) {
  uint64_t n = 0;
  for (int c = 0; c < MAC_CLASSES; c++) n += b->histogram[c];
  return n * b->runs;
}

static void on_exit_of_program(uint64_t plugin, void *context) {
  (void)plugin, (void)context;
  on_marker(0, "other");
  for (int i = 0; i < HOT_BLOCKS; i++) {
    struct block *most = NULL;
    for (struct block *b = blocks; b; b = b->next)
      if (!most || macs(b) > macs(most)) most = b;
    if (!most || !macs(most)) break;
    uint64_t counts[CLASSES];
    char start[80];
    for (int c = 0; c < CLASSES; c++) counts[c] = most->runs * most->histogram[c];
    snprintf(start, sizeof start, "\"block\": %llu, \"runs\": %llu", (unsigned long long)most->address,
             (unsigned long long)most->runs);
    write_counts(start, counts);
    memset(most->histogram, 0, sizeof most->histogram); /* written: the next one */
  }
  fclose(out);
}

EXPORTED int qemu_plugin_install(uint64_t plugin, const struct qemu_info *info, int count, char **arguments) {
  (void)info;
  for (int i = 0; i < count; i++)
    if (strncmp(arguments[i], "out=", 4) == 0) out = fopen(arguments[i] + 4, "w");
  if (!out) {
    fputs("instruction_counter: out=FILE is missing or cannot be written\n", stderr);
    return -1;
  }
  qemu_plugin_register_vcpu_tb_trans_cb(plugin, on_translated);
  qemu_plugin_register_atexit_cb(plugin, on_exit_of_program, NULL);
  return 0;
}
