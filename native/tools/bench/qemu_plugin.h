/* qemu_plugin.h: the few functions of QEMU's plugin interface, version 1 (QEMU 4.2 … 8.2), that the instruction counter
 * uses. Debian ships no header with qemu-user. */
#ifndef SG_BENCH_QEMU_PLUGIN_H
#define SG_BENCH_QEMU_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

enum { SG_QEMU_PLUGIN_API = 1 };

struct qemu_info;
struct qemu_plugin_tb; /* a translated block: instructions that are entered at the first only */
struct qemu_plugin_insn;
typedef void (*sg_translated_callback)(uint64_t plugin, struct qemu_plugin_tb *);
typedef void (*sg_executed_callback)(unsigned cpu, void *context);
typedef void (*sg_exit_callback)(uint64_t plugin, void *context);
enum { SG_INLINE_ADD = 0, SG_READS_NO_REGISTERS = 0 };

void qemu_plugin_register_vcpu_tb_trans_cb(uint64_t plugin, sg_translated_callback);
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *, int operation, void *counter, uint64_t operand);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *, sg_executed_callback, int flags, void *context);
void qemu_plugin_register_atexit_cb(uint64_t plugin, sg_exit_callback, void *context);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *, size_t index);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *);

#endif
