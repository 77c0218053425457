/* cpu.h: what this CPU can do and how many of its cores are worth using. */
#ifndef SG_RUNTIME_CPU_H
#define SG_RUNTIME_CPU_H

#include <stdint.h>

/* Bits of enum sg_isa that every core has. */
uint32_t sg_cpu_isa(void);

/* Cores of the fastest kinds (capacity or maximum frequency at least 3/4 of the best), 1 … 4. */
uint32_t sg_cpu_performance_cores(void);

#endif
