/* SPDX-License-Identifier: Apache-2.0 */
/* crc32.h: CRC-32 (IEEE 802.3). */
#ifndef SG_RUNTIME_CRC32_H
#define SG_RUNTIME_CRC32_H

#include <stddef.h>
#include <stdint.h>

/* `seed` is the checksum of what came before, or 0. */
uint32_t sg_crc32(uint32_t seed, const uint8_t *bytes, size_t size);

#endif
