/* SPDX-License-Identifier: Apache-2.0 */
/* cpu.h: instruction sets and performance cores of this CPU. */
#ifndef SG_RUNTIME_CPU_H
#define SG_RUNTIME_CPU_H

#include <stdint.h>

/* Bits of enum sg_isa that every core has, within the limit below. */
uint32_t sg_cpu_isa(void);

/* For tests: models opened from now on use only these bits of enum sg_isa. Not part of the public API. */
void sg_cpu_limit_isa(uint32_t mask);

/* Cores of the fastest kinds (capacity or maximum frequency at least 3/4 of the best), 1 … 4. */
uint32_t sg_cpu_performance_cores(void);

#endif
