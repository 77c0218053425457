/* SPDX-License-Identifier: Apache-2.0 */
/* pte.h: finds the plan in an ExecuTorch program. */
#ifndef SG_RUNTIME_PTE_H
#define SG_RUNTIME_PTE_H

#include "../include/sdkgen.h"

/* The plan inside a .pte whose whole program is one call of our delegate. */
sg_status sg_pte_find_plan(const void *bytes, size_t size, const void **plan, size_t *plan_size);

#endif
