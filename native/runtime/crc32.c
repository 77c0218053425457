/* SPDX-License-Identifier: Apache-2.0 */
/* crc32.c: CRC-32 of IEEE 802.3, reflected polynomial 0xEDB88320, as zlib computes it. Four bytes a step, with one
 * table for each (Kounavis and Berry, "A systematic approach to building high performance software-based CRC
 * generators", 2005): opening a model checks some 25 KB. */
#include "crc32.h"

enum { BYTES = 4 };

/* table[k][b]: what byte b does to the remainder when k bytes follow it. */
static void make_tables(uint32_t table[BYTES][256]) {
  for (uint32_t b = 0; b < 256; b++) {
    uint32_t value = b;
    for (int bit = 0; bit < 8; bit++) value = (value >> 1) ^ (0xEDB88320u & (0u - (value & 1)));
    table[0][b] = value;
  }
  for (int k = 1; k < BYTES; k++)
    for (uint32_t b = 0; b < 256; b++) table[k][b] = (table[k - 1][b] >> 8) ^ table[0][table[k - 1][b] & 255];
}

uint32_t sg_crc32(uint32_t seed, const uint8_t *bytes, size_t size) {
  uint32_t table[BYTES][256];
  make_tables(table);
  uint32_t crc = ~seed;
  for (; size >= BYTES; size -= BYTES, bytes += BYTES) {
    crc ^= bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    crc = table[3][crc & 255] ^ table[2][crc >> 8 & 255] ^ table[1][crc >> 16 & 255] ^ table[0][crc >> 24];
  }
  for (; size; size--, bytes++) crc = (crc >> 8) ^ table[0][(crc ^ *bytes) & 255];
  return ~crc;
}
