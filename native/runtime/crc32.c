/* crc32.c: CRC-32 of IEEE 802.3, reflected polynomial 0xEDB88320, as zlib computes it. */
#include "plan.h"

uint32_t sg_crc32(uint32_t seed, const uint8_t *bytes, size_t size) {
  uint32_t table[256];
  for (uint32_t i = 0; i < 256; i++) {
    uint32_t value = i;
    for (int bit = 0; bit < 8; bit++) value = (value >> 1) ^ (0xEDB88320u & (0u - (value & 1)));
    table[i] = value;
  }
  uint32_t crc = ~seed;
  for (size_t i = 0; i < size; i++) crc = (crc >> 8) ^ table[(crc ^ bytes[i]) & 255];
  return ~crc;
}
