/* SPDX-License-Identifier: Apache-2.0 */
/* exact.h: a * b + c rounds twice on every CPU, also where the build passes no -ffp-contract=off (SwiftPM, Xcode).
 * Included before the first float step of every file. */
#ifndef SG_KERNELS_EXACT_H
#define SG_KERNELS_EXACT_H

#if defined(__clang__) /* GCC lacks the pragma; it is given the flag */
#pragma STDC FP_CONTRACT OFF
#endif

#endif
